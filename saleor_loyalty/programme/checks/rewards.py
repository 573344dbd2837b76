"""What can be wrong with rewards."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import get_args

from django.utils.translation import gettext

from saleor_loyalty.programme.checks.names import rewards_given
from saleor_loyalty.programme.checks.parts import SELECTORS, check_limits, check_when
from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.problems import Problem
from saleor_loyalty.programme.reward_terms import Reward

KINDS = frozenset(get_args(Reward.model_fields["kind"].annotation))
WITH_MONEY = frozenset({"MONEY_OFF", "GIFT_CARD"})
#: Used in an order of the shop.
IN_ORDERS = frozenset({"MONEY_OFF", "PERCENT_OFF", "PRODUCT", "FREE_SHIPPING", "GIFT_CARD"})
#: The most goods of a kind that one voucher is made for.
GOODS_MAX = 100
_FOR_GOODS = frozenset({"MONEY_OFF", "PERCENT_OFF", "PRODUCT"})
_IN_PERCENT = frozenset({"PERCENT_OFF", "PRODUCT"})
_WITH_SHARE = frozenset({"MONEY_OFF", "PERCENT_OFF"})
_SAYING_MONEY = WITH_MONEY | {"PARTNER_CODE"}


def check_rewards(document: Piece, at: datetime | None) -> Iterator[Problem]:
    """Check that rewards are complete, can be had, and do what they say."""
    given = {reward.text() for reward in rewards_given(document)}
    for reward in document["rewards"].items():
        yield from check_when(reward["when"], at)
        yield from _check_limits(reward["limits"])
        kind = reward["kind"].text()
        if kind in KINDS:
            yield from _check_price(reward, is_given=reward["id"].text() in given)
            yield from _check_steps(reward, kind)
            yield from _check_money(reward, kind)
            yield from _check_percent(reward, kind, document["redeeming"])
            yield from _check_segment(reward["segment"], kind)
            yield from _check_scope(reward["scope"], kind)
            yield from _check_use(reward, kind, document["redeeming"])


def _check_price(reward: Piece, *, is_given: bool) -> Iterator[Problem]:
    if reward["points"]:
        return
    if reward["tier_points"]:
        message = gettext(
            "Say what it costs everybody else; if it is only for some levels, name them in its"
            " audience."
        )
        yield reward["points"].problem("NO_POINTS", message)
        return
    if not is_given:
        message = gettext(
            "Say how many points it costs, or let a level, an event or a campaign give it: nobody"
            " ever gets it."
        )
        yield reward["points"].warning("NEVER_HAD", message)
    for part in (reward["audience"], reward["limits"]):
        if _says_anything(part):
            message = gettext("Take it out: what is given can be used by whoever was given it.")
            yield part.warning("NEVER_MATTERS", message)


def _check_steps(reward: Piece, kind: str) -> Iterator[Problem]:
    steps = reward["steps"]
    # `{}` is one too: as often as one likes.
    if steps.value is None:
        return
    if kind not in WITH_MONEY:
        yield _for_other_kinds(steps, WITH_MONEY)
    elif not reward["points"] and not reward["tier_points"]:
        message = gettext("Say what a step costs, or take this out: what is given is had once.")
        yield steps.problem("STEPS_WITHOUT_POINTS", message)
    at_least = steps["at_least"].number()
    if at_least is None:
        return
    for most in _mosts(reward):
        number = most.number()
        if number is not None and number < at_least:
            message = gettext("Allow at least %(times)s times: it is never had less often at once.")
            yield most.problem("OUT_OF_REACH", message, times=at_least)


def _mosts(reward: Piece) -> list[Piece]:
    """Return whatever says how often it can be had."""
    limits = [limit["times"] for limit in reward["limits"].items()]
    return [reward["steps"]["at_most"], reward["per_order"], reward["stock"], *limits]


def _check_money(reward: Piece, kind: str) -> Iterator[Problem]:
    money, minimum = reward["money"], reward["minimum"]
    if kind in WITH_MONEY and not money:
        yield money.problem("NO_MONEY", gettext("Say how much money, in each currency."))
    if kind not in _SAYING_MONEY and money:
        message = gettext("Take it out: this kind of reward is no amount of money.")
        yield money.warning("NEVER_MATTERS", message)
    if kind not in WITH_MONEY or not money or not minimum:
        return
    amounts, minimums = dict(money.entries()), dict(minimum.entries())
    for currency, piece in minimums.items():
        if currency not in amounts:
            message = gettext("Take %(currency)s out: the reward has no money in it.")
            yield piece.warning("NEVER_MATTERS", message, currency=currency)
    for currency in amounts:
        if currency not in minimums:
            message = gettext("Say it for %(currency)s too: orders in it may be of any size.")
            yield minimum.warning("NO_MINIMUM", message, currency=currency)


def _check_percent(reward: Piece, kind: str, redeeming: Piece) -> Iterator[Problem]:
    percent, share = reward["percent"], reward["share_at_most"]
    if kind == "PERCENT_OFF" and not percent:
        yield percent.problem("NO_PERCENT", gettext("Say how many percent."))
    if kind not in _IN_PERCENT and percent:
        yield _for_other_kinds(percent, _IN_PERCENT)
    if kind not in _WITH_SHARE and share:
        yield _for_other_kinds(share, _WITH_SHARE)
    # Percents of some goods may be few percents of all.
    if kind != "PERCENT_OFF" or _says_anything(reward["scope"]):
        return
    wanted, most, most_of_all = (
        each.number() for each in (percent, share, redeeming["benefit_at_most"])
    )
    if wanted and most and most < wanted:
        message = gettext("Allow at least %(percent)s percent, or nobody ever gets it.")
        yield share.problem("OUT_OF_REACH", message, percent=wanted)
    elif wanted and most:
        message = gettext("Take it out: no more than %(percent)s percent are taken off anyway.")
        yield share.warning("NEVER_MATTERS", message, percent=wanted)
    if wanted and most_of_all and most_of_all < wanted:
        message = gettext(
            "Choose at most %(percent)s percent, or nobody ever gets it: so much is all that"
            " rewards may take off."
        )
        yield percent.problem("OUT_OF_REACH", message, percent=most_of_all)


def _check_segment(segment: Piece, kind: str) -> Iterator[Problem]:
    if kind == "ACCESS" and not segment:
        message = gettext("Say which segment members join.")
        yield segment.problem("NO_SEGMENT", message)
    if kind != "ACCESS" and segment:
        message = gettext("Choose the kind ACCESS, or take this out.")
        yield segment.warning("NEVER_MATTERS", message)


def _check_scope(scope: Piece, kind: str) -> Iterator[Problem]:
    if kind not in _FOR_GOODS:
        if _says_anything(scope):
            yield _for_other_kinds(scope, _FOR_GOODS)
        return
    if kind == "PRODUCT" and not _says_anything(scope["only"]):
        message = gettext("Say which goods: one piece of them is free, or cheaper.")
        yield scope["only"].problem("NO_GOODS", message)
    for piece in (scope["without"], scope["full_price_only"], scope["only"]["product_types"]):
        if _says_anything(piece):
            message = gettext(
                "Take this out: Saleor's vouchers know categories, collections, products and SKUs"
                " only."
            )
            yield piece.problem("NOT_IN_VOUCHERS", message)
    for selector in SELECTORS:
        goods = scope["only"][selector]
        if len(goods.texts()) > GOODS_MAX:
            message = gettext("List at most %(most)s, or put them into a collection.")
            yield goods.problem("TOO_MANY", message, most=GOODS_MAX)


def _check_limits(limits: Piece) -> Iterator[Problem]:
    yield from check_limits(limits, points=Piece(None), budget=Piece(None))
    for limit in limits.items():
        if limit["points"]:
            message = gettext("Write `times` instead: what is counted is how often it is had.")
            yield limit["points"].problem("NOT_COUNTED", message)
        if limit["per"].text() == "ORDER":
            message = gettext("Write `per_order` instead, or choose another period.")
            yield limit["per"].problem("NOT_COUNTED", message)


def _check_use(reward: Piece, kind: str, redeeming: Piece) -> Iterator[Problem]:
    if kind not in IN_ORDERS:
        for part in (reward["minimum"], reward["per_order"]):
            if part:
                message = gettext("Take it out: the reward is not used in an order.")
                yield part.warning("NEVER_MATTERS", message)
    elif kind != "GIFT_CARD":  # which need not be bought for an order
        yield from _check_points_of_order(reward, redeeming["points_per_order"].number())


def _check_points_of_order(reward: Piece, most: Decimal | None) -> Iterator[Problem]:
    prices = [reward["points"], *(price for _level, price in reward["tier_points"].entries())]
    known = [number for price in prices if (number := price.number()) is not None]
    times = reward["steps"]["at_least"].number() or 1
    if known and most and min(known) * times > most:
        message = gettext("Ask for at most %(points)s points: no more are used in an order.")
        yield reward["points"].warning("OUT_OF_REACH", message, points=most)


def _for_other_kinds(piece: Piece, kinds: frozenset[str]) -> Problem:
    message = gettext("Take this out: only rewards of the kinds %(kinds)s have it.")
    return piece.problem("OTHER_KIND", message, kinds=", ".join(sorted(kinds)))


def _says_anything(part: Piece) -> bool:
    """Tell whether a part says anything, on whatever level."""
    if isinstance(part.value, dict):
        return any(_says_anything(inner) for _key, inner in part.entries())
    return bool(part) and part.value is not False
