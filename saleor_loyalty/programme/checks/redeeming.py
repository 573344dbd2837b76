"""What can be wrong with what holds for all rewards, with conversions, and paying members."""

from collections.abc import Iterator

from django.utils.translation import gettext

from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.problems import Problem

#: The fewest days that a period has.
_DAYS = {"DAY": 1, "WEEK": 7, "MONTH": 28, "QUARTER": 90}
_PROMISED = frozenset({"MONEY_OFF", "GIFT_CARD", "PARTNER_CODE"})


def check_redeeming(document: Piece) -> Iterator[Problem]:
    """Check what holds for all rewards together, and what points are promised to be worth."""
    redeeming = document["redeeming"]
    yield from _check_rewards_per_order(redeeming, document["rewards"])
    yield from _check_store_credit(redeeming["store_credit_from"], document)
    for reward in document["rewards"].items():
        if reward["kind"].text() in _PROMISED:
            yield from _check_worth(reward["money"], _dearest(reward), document)


def check_members(document: Piece) -> Iterator[Problem]:
    """Check that there can be paying members where they are meant."""
    conversion = document["conversion"]
    if document["membership"]:
        return
    if conversion["each"].text() == "MEMBERSHIP_YEAR":
        message = gettext("Add a membership: without one there are no such years.")
        yield conversion["each"].problem("NO_MEMBERSHIP", message)
    metric, members_only = document["tiers"]["metric"], conversion["members_only"]
    for piece, is_meant in (
        (metric, metric.text() == "MEMBERSHIP"),
        (members_only, members_only.value is True),
    ):
        if is_meant:
            message = gettext(
                "Add a membership, unless paying members are told through the API, as the segment"
                " “membership”."
            )
            yield piece.warning("NO_MEMBERSHIP", message)


def check_conversion(document: Piece) -> Iterator[Problem]:
    """Check points that become money by themselves."""
    conversion = document["conversion"]
    step, at_least = conversion["step"].number(), conversion["at_least"].number()
    if step and at_least and at_least < step:
        message = gettext("Write at least %(step)s: fewer points make no step.")
        yield conversion["at_least"].problem("LESS_THAN_A_STEP", message, step=step)
    days, period = conversion["issued_after_days"].number(), conversion["each"].text()
    if days is not None and period in _DAYS and -days >= _DAYS[period]:
        message = gettext("Choose fewer days before its end: the period has not begun by then.")
        yield conversion["issued_after_days"].problem("BEFORE_ITS_BEGINNING", message)
    yield from _check_worth(conversion["money"], conversion["step"], document)


def _check_rewards_per_order(redeeming: Piece, rewards: Piece) -> Iterator[Problem]:
    most = redeeming["rewards_per_order"]
    has_credit = redeeming["with_promo_code"].text() == "STORE_CREDIT" or any(
        reward["kind"].text() == "GIFT_CARD" for reward in rewards.items()
    )
    if (most.number() or 0) > 1 and not has_credit:
        message = gettext(
            "Let rewards be given as store credit beside a promo code (STORE_CREDIT), or write 1:"
            " a checkout has room for one voucher."
        )
        yield most.warning("ONE_VOUCHER_PER_ORDER", message)


def _check_store_credit(least: Piece, document: Piece) -> Iterator[Problem]:
    tables = [document["conversion"]["money"]] + [
        reward["money"]
        for reward in document["rewards"].items()
        if reward["kind"].text() == "MONEY_OFF"
    ]
    known = {currency for table in tables for currency, _amount in table.entries()}
    for currency, amount in least.entries():
        if currency not in known:
            message = gettext("Take %(currency)s out: no reward takes money in it off.")
            yield amount.warning("NEVER_MATTERS", message, currency=currency)


def _dearest(reward: Piece) -> Piece:
    """Return the price of who pays most."""
    prices = [reward["points"], *(price for _level, price in reward["tier_points"].entries())]
    return max(prices, key=lambda price: price.number() or 0)


def _check_worth(money: Piece, price: Piece, document: Piece) -> Iterator[Problem]:
    """Check that points buy as much money as they are promised to be worth."""
    points = price.number()
    for currency, amount in money.entries():
        promised = document["value"]["worth"][currency]
        for_points, worth = promised["points"].number(), promised["money"].number()
        given = amount.number()
        if points is None or given is None or for_points is None or worth is None:
            continue
        if given * for_points < worth * points:
            message = gettext(
                "Give more, or promise less: %(points)s points are said to be worth %(money)s."
            )
            money_worth = f"{worth} {currency}"
            yield amount.warning(
                "LESS_THAN_PROMISED", message, points=for_points, money=money_worth
            )
