"""How much a reward takes off: as often as was asked for, cut down to what all caps allow. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from saleor_loyalty.rewards.caps import CAPPED, Bound, bounds, too_small
from saleor_loyalty.rewards.eligibility import times_within_reach
from saleor_loyalty.rewards.money import rounded_down, rounded_up, whole_for
from saleor_loyalty.rewards.request import Request
from saleor_loyalty.rewards.room import Room, room
from saleor_loyalty.rewards.values import Cut, Means, Obstacle, Reduction, Why

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Taking:
    """How often a reward is had, and what it takes off."""

    times: int
    #: Money off, or on a gift card; None: it is no amount.
    amount: Decimal | None
    #: What it is expected to take off in the checkout; None without one.
    benefit: Decimal | None
    #: What the goods must cost for it; Saleor sees to that for vouchers, we do for store credit.
    minimum: Decimal | None
    reductions: Sequence[Reduction]
    obstacles: Sequence[Obstacle]


def taking(request: Request, means: Means) -> Taking:
    """Return what the reward comes to, by a voucher or by store credit."""
    found = room(request, means)
    times, reductions, obstacles = _cut_down(request, found)
    amount = _amount(request, found, times)
    if found is not None and _loses_a_part(request, times, amount, reductions):
        facts = {"limit": found.worth, "currency": request.currency}
        reductions.append(Reduction(Cut.GOODS_COST_LESS, facts))
    obstacles += _misfits(request, means, found, amount)
    benefit = None
    if found is not None:
        benefit = found.worth if amount is None else min(amount, found.worth)
    is_for_goods = means in (Means.VOUCHER, Means.GIFT_CARD)
    minimum = _minimum(request, found, amount or benefit) if is_for_goods else None
    return Taking(times, amount, benefit, minimum, reductions, obstacles)


def _cut_down(request: Request, found: Room | None) -> tuple[int, list[Reduction], list[Obstacle]]:
    """Return how often it is had, what was cut and why, and what cannot be cut any further."""
    at_least = request.steps.at_least
    asked = times_within_reach(request) if request.times is None else request.times
    times = max(at_least, asked)
    reductions, obstacles = [], []
    for bound in bounds(request, found):
        if bound.times >= times:
            continue
        if bound.times < at_least:
            assert bound.obstacle
            times = at_least
            obstacles.append(bound.obstacle)
            continue
        times = bound.times
        if _is_news(bound, request):
            reductions.append(Reduction(bound.cut, bound.facts))
    return times, reductions, obstacles


def _is_news(bound: Bound, request: Request) -> bool:
    """Tell whether the shopper is told; who asked for no number asked for no more than fits."""
    return request.times is not None or bound.cut is not Cut.GOODS_COST_LESS


def _loses_a_part(
    request: Request, times: int, amount: Decimal | None, told: Sequence[Reduction]
) -> bool:
    """Tell whether the last step takes off less than it could, and nobody said so yet."""
    uncut = _uncut(request, times)
    is_cut = amount is not None and uncut is not None and amount < uncut
    return is_cut and all(each.cut is not Cut.GOODS_COST_LESS for each in told)


def _uncut(request: Request, times: int) -> Decimal | None:
    step = request.step
    return None if step is None else rounded_down(step * times, request.currency)


def _amount(request: Request, found: Room | None, times: int) -> Decimal | None:
    """Return the amount; money off is no more than there is to take off."""
    uncut = _uncut(request, times)
    if uncut is None or found is None or request.reward.kind == "GIFT_CARD":
        return uncut
    return rounded_down(min(uncut, found.worth), request.currency)


def _misfits(
    request: Request, means: Means, found: Room | None, amount: Decimal | None
) -> Iterator[Obstacle]:
    """Return what of the goods stands in the way, however often the reward is wanted."""
    if means not in (Means.VOUCHER, Means.GIFT_CARD):
        return
    is_for_goods = request.reward.kind != "FREE_SHIPPING" and request.is_for_some_goods
    if found is not None and is_for_goods and not found.has_goods:
        yield Obstacle(Why.NO_ELIGIBLE_GOODS)
    elif amount == 0 or (found is not None and found.worth <= 0):
        yield Obstacle(Why.NOTHING_TO_TAKE_OFF)
    minimum = request.reward.minimum.get(request.currency)
    if found is not None and minimum is not None and found.goods < minimum:
        yield too_small(minimum, request, found)


def _minimum(request: Request, found: Room | None, taken: Decimal | None) -> Decimal | None:
    """Return what the goods must cost, so that a smaller basket drops the voucher.

    Otherwise it would take off a larger part of fewer goods than the caps allow.
    """
    minimums = _of_caps(request, found, taken) if taken is not None else []
    if (named := request.reward.minimum.get(request.currency)) is not None:
        minimums.append(named)
    return max(minimums, default=None)


def _of_caps(request: Request, found: Room | None, taken: Decimal) -> list[Decimal]:
    is_of_everything = request.reward.kind == "PERCENT_OFF" and not request.is_for_some_goods
    if is_of_everything or request.reward.kind not in CAPPED:
        return []
    share, benefit = request.reward.share_at_most, request.redeeming.benefit_at_most
    beside, sale = (found.beside, found.sale) if found else (_NOTHING, _NOTHING)
    needed = [(taken, share, _NOTHING), (taken + beside, benefit, sale)]
    wholes = [
        rounded_up(whole_for(part, percent) - Fraction(reduced), request.currency)
        for part, percent, reduced in needed
        if percent
    ]
    # Prices with more digits than can be paid must not push it over the goods themselves.
    return [min(whole, found.goods) for whole in wholes] if found else wholes
