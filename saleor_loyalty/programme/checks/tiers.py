"""What can be wrong with levels."""

from collections.abc import Iterator

from django.utils.translation import gettext

from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.problems import Problem

_COUNTED = ("POINTS", "ORDERS", "VISITS")


def check_tiers(document: Piece) -> Iterator[Problem]:
    """Check the levels, and how they are won and kept."""
    tiers = document["tiers"]
    if isinstance(tiers.value, dict):
        yield from _check_metric(tiers)
        yield from _check_levels(tiers)
        yield from _check_validity(tiers)
        yield from _check_benefits(tiers, document)


def _check_metric(tiers: Piece) -> Iterator[Problem]:
    metric = tiers["metric"].text() or "MONEY"
    if metric == "MONEY" and not tiers["currency"]:
        message = gettext("Say in which currency thresholds are.")
        yield tiers["currency"].problem("NO_CURRENCY", message)
    if metric != "MONEY" and tiers["currency"]:
        message = gettext("Take it out: thresholds are no money.")
        yield tiers["currency"].warning("NEVER_MATTERS", message)
    if metric == "ATTRIBUTE" and not tiers["attribute"]:
        message = gettext("Say which attribute is counted.")
        yield tiers["attribute"].problem("NO_ATTRIBUTE", message)
    if metric != "ATTRIBUTE" and tiers["attribute"]:
        message = gettext("Choose the metric ATTRIBUTE, or take this out.")
        yield tiers["attribute"].warning("NEVER_MATTERS", message)


def _check_levels(tiers: Piece) -> Iterator[Problem]:
    below = None
    for level in tiers["levels"].items():
        threshold = level["threshold"].number()
        if threshold is None:
            continue
        if below is not None and threshold <= below:
            message = gettext("List levels from low to high: this must be above %(below)s.")
            yield level["threshold"].problem("TIERS_DO_NOT_RISE", message, below=below)
        if tiers["metric"].text() in _COUNTED and threshold % 1:
            message = gettext("Write a whole number: there are no halves of what is counted.")
            yield level["threshold"].problem("NOT_WHOLE", message)
        below = threshold


def _check_validity(tiers: Piece) -> Iterator[Problem]:
    validity, until = tiers["validity"], tiers["validity"]["until"].text()
    if until == "MONTHS" and not validity["months"]:
        yield validity["months"].problem("NO_MONTHS", gettext("Say for how many months."))
    if until != "MONTHS" and validity["months"]:
        message = gettext("Let it last until MONTHS, or take this out.")
        yield validity["months"].warning("NEVER_MATTERS", message)
    if until == "FOR_EVER" and tiers["grace_days"].number():
        message = gettext("Take it out: no level is ever lost.")
        yield tiers["grace_days"].warning("NEVER_MATTERS", message)


def _check_benefits(tiers: Piece, document: Piece) -> Iterator[Problem]:
    maturity, best = document["maturity"], None
    windows = [window["days"].number() or 0 for window in maturity["windows"].items()]
    longest = max([maturity["days"].number() or 0, *windows])
    for level in tiers["levels"].items():
        benefits = level["benefits"]
        factor = benefits["multiplier"].number() or 1
        if best is not None and factor < best:
            message = gettext("Choose at least %(best)s: a level below has more.")
            yield benefits["multiplier"].warning("LESS_THAN_BELOW", message, best=best)
        best = max(best or factor, factor)
        days = benefits["maturity_days"].number()
        if days is not None and days >= longest:
            message = gettext("Let the level wait less than others: %(days)s days.")
            yield benefits["maturity_days"].warning("NEVER_MATTERS", message, days=longest)
        if benefits["points_expire"].value is False and not (
            document["expiry"]["days"] or document["expiry"]["months"]
        ):
            message = gettext("Take it out: points never lapse.")
            yield benefits["points_expire"].warning("NEVER_MATTERS", message)
