"""What can be wrong with how orders and other events become points."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext

from saleor_loyalty.programme.checks.parts import (
    check_budget,
    check_limits,
    check_no_orders,
    check_scope,
    check_when,
)
from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.problems import Problem
from saleor_loyalty.programme.earning_terms import BASE_GROUP

#: Kinds of effects that give points by themselves, and the field that says for which money.
_RATES = {"RATE": "rates", "BANDS": "bands"}


def check_earning(document: Piece, at: datetime | None) -> Iterator[Problem]:
    """Check rates, rules and events."""
    earning = document["earning"]
    rated = _rated(earning)
    if not rated and not any(
        (earning["rules"], earning["events"], document["campaigns"], document["referral"])
    ):
        message = gettext("Add a rate for a currency: nobody earns anything so far.")
        yield earning["rates"].warning("NOTHING_EARNS", message)
    yield from check_scope(earning["scope"], Piece(None))
    yield from check_limits(earning["limits"], points=Piece(None), budget=Piece(None))
    for rule in earning["rules"].items():
        yield from _check_rule(rule, earning, rated, at)
    for event in earning["events"].items():
        yield from _check_event(event, at)
    yield from _check_groups(earning)


def _rated(earning: Piece) -> set[str]:
    """Return the currencies in which money earns."""
    effects = [rule["effect"] for rule in earning["rules"].items()]
    tables = [earning["rates"]] + [effect[_RATES.get(_kind(effect), "")] for effect in effects]
    return {currency for table in tables for currency, _rate in table.entries()}


def _kind(effect: Piece) -> str:
    return effect["kind"].text()


def _check_rule(
    rule: Piece, earning: Piece, rated: set[str], at: datetime | None
) -> Iterator[Problem]:
    effect = rule["effect"]
    yield from check_when(rule["when"], at)
    yield from check_scope(rule["scope"], earning["scope"]["without"])
    yield from check_limits(rule["limits"], points=effect["points"], budget=rule["budget"])
    yield from check_budget(rule["budget"], effect["points"])
    yield from _check_currencies(rule, rated)
    if _kind(effect) == "BANDS":
        for _currency, bands in effect["bands"].entries():
            yield from _check_bands(bands)
    if _kind(effect) == "MULTIPLIER" and effect["factor"].number() == 1:
        message = gettext("Choose another factor: times 1 changes nothing.")
        yield effect["factor"].warning("NEVER_MATTERS", message)
    for limit in rule["limits"].items():
        if limit["per"].text() == "ORDER" and limit["times"]:
            message = gettext("Take this out: a rule counts once per order anyway.")
            yield limit["times"].warning("NEVER_MATTERS", message)


def _check_currencies(rule: Piece, rated: set[str]) -> Iterator[Problem]:
    """Check that there is something to multiply, in the currencies the rule is for."""
    effect, wanted = rule["effect"], rule["currencies"].texts()
    if _kind(effect) == "MULTIPLIER" and not rated.intersection(wanted or rated):
        message = gettext("Add a rate for its currencies: there are no points to multiply.")
        yield effect.warning("NO_RATE", message)
    for table in (effect["rates"], effect["bands"], effect["money"]):
        for currency, inner in table.entries():
            if wanted and currency not in wanted:
                message = gettext("Take %(currency)s out, or add it to the rule's currencies.")
                yield inner.warning("NEVER_MATTERS", message, currency=currency)


def _check_bands(bands: Piece) -> Iterator[Problem]:
    """Check that bands rise, and that the last one takes all that is left."""
    below = None
    items = bands.items()
    for band in items[:-1]:
        ends = band["up_to"].number()
        if ends is None or (below is not None and ends <= below):
            message = gettext("Let bands rise: say up to which amount, above the band before.")
            yield band["up_to"].problem("BANDS_DO_NOT_RISE", message)
        below = ends
    if items and items[-1]["up_to"].value is not None:
        message = gettext("Leave the last band open, without “up_to”: else more earns nothing.")
        yield items[-1]["up_to"].problem("LAST_BAND_NOT_OPEN", message)


def _check_event(event: Piece, at: datetime | None) -> Iterator[Problem]:
    yield from check_when(event["when"], at)
    yield from check_no_orders(event["audience"])
    yield from check_limits(event["limits"], points=event["points"], budget=event["budget"])
    yield from check_budget(event["budget"], event["points"])
    if isinstance(event.value, dict) and not event["reward"] and not event["points"].number():
        message = gettext("Say how many points, or which reward.")
        yield event["points"].problem("EMPTY_AWARD", message)
    for limit in event["limits"].items():
        if limit["per"].text() == "ORDER":
            message = gettext("Choose a period: this is no order.")
            yield limit["per"].warning("NEVER_MATTERS", message)


def _check_groups(earning: Piece) -> Iterator[Problem]:
    sizes = Counter(rule["group"].text() or BASE_GROUP for rule in earning["rules"].items())
    if earning["rates"]:
        sizes[BASE_GROUP] += 1  # the everyday rate
    for key, stacking in earning["groups"].entries():
        if stacking.text() != "BEST_OF":
            continue
        if key == BASE_GROUP and earning["rates"] and sizes[key] > 1:
            message = gettext(
                "Put rules into another group: in this one the best of them replaces the"
                " everyday rate."
            )
            yield stacking.warning("REPLACES_EVERYDAY_RATE", message)
        if sizes[key] == 1:
            message = gettext("Add another rule, or choose ADD: there is nothing to choose from.")
            yield stacking.warning("NOTHING_TO_CHOOSE", message)
