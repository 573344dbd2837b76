"""How often a reward may be had at once: every cap, and what it says. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from saleor_loyalty.rewards.eligibility import times_per_order
from saleor_loyalty.rewards.money import rounded_up, share_of, whole_for
from saleor_loyalty.rewards.request import Request
from saleor_loyalty.rewards.room import Room
from saleor_loyalty.rewards.values import Cut, Obstacle, Why

#: Rewards whose part of the goods' price is capped; shipping is none of it.
CAPPED = ("MONEY_OFF", "PERCENT_OFF", "PRODUCT", "GIFT_CARD")
_FREE = 100
_BOUNDLESS = 10**12


@dataclass(frozen=True, slots=True)
class Bound:
    """The most times that one cap leaves, and what stands in the way where that is too few."""

    cut: Cut
    times: int
    facts: Mapping[str, Any]
    obstacle: Obstacle | None = None


def bounds(request: Request, room: Room | None) -> Iterator[Bound]:
    """Return every cap on a reward that finds this room; None: no checkout is known."""
    steps = request.steps
    at_most = max(steps.at_least, steps.at_most)
    yield Bound(Cut.STEPS_AT_MOST, at_most, {"limit": at_most})
    if request.is_for_order:
        yield from _per_order(request)
    if room is None:
        yield from _of_percents(request)
    else:
        yield from _of_goods(request, room)
        if request.reward.kind in CAPPED:
            yield from _of_share(request, room)
            yield from _of_benefit(request, room)


def _per_order(request: Request) -> Iterator[Bound]:
    at_most = times_per_order(request.reward)
    if at_most is not None:
        there = sum(each.times for each in request.held if each.reward == request.reward.id)
        facts = {"limit": at_most}
        obstacle = Obstacle(Why.TOO_MANY_REWARDS, facts)
        yield Bound(Cut.STEPS_AT_MOST, at_most - there, facts, obstacle)
    points = request.redeeming.points_per_order
    if points is not None and request.cost:
        left = points - sum(each.points for each in request.held)
        told = {"limit": points, "unit": request.unit}
        obstacle = Obstacle(Why.TOO_MANY_POINTS, told)
        yield Bound(Cut.POINTS_PER_ORDER, left // request.cost, told, obstacle)


def _of_percents(request: Request) -> Iterator[Bound]:
    """Return the caps on percents of goods that are not known yet: they hold for all of them."""
    if request.reward.kind not in ("PERCENT_OFF", "PRODUCT"):
        return
    percent = request.reward.percent or _FREE
    for cap in (request.reward.share_at_most, request.redeeming.benefit_at_most):
        if cap is not None and percent > cap:
            yield Bound(Cut.TOTAL_BENEFIT, 0, {}, Obstacle(Why.BENEFIT_LIMIT, {"limit": cap}))


def _of_goods(request: Request, room: Room) -> Iterator[Bound]:
    """Return the bound that goods set: a step that would take nothing off is not taken."""
    step = request.step
    # What is bought as store credit may be more than is to pay now: the rest stays on the card.
    if step is None or (request.reward.kind == "GIFT_CARD" and request.times is not None):
        return
    times = max(request.steps.at_least, ceil(Fraction(room.worth) / Fraction(step)))
    yield Bound(Cut.GOODS_COST_LESS, times, {"limit": room.worth, "currency": request.currency})


def _of_share(request: Request, room: Room) -> Iterator[Bound]:
    percent = request.reward.share_at_most
    if percent is None:
        return
    times = _times_within(share_of(room.goods, percent), request, room)
    is_of_everything = request.reward.kind == "PERCENT_OFF" and not request.is_for_some_goods
    if is_of_everything:
        obstacle = Obstacle(Why.BENEFIT_LIMIT, {"limit": percent})
    else:
        whole = rounded_up(whole_for(_least(request, room), percent), request.currency)
        obstacle = too_small(whole, request, room)
    yield Bound(Cut.SHARE_OF_ORDER, times, {"limit": percent}, obstacle)


def _of_benefit(request: Request, room: Room) -> Iterator[Bound]:
    percent = request.redeeming.benefit_at_most
    if percent is None:
        return
    left = share_of(room.whole, percent) - Fraction(room.beside)
    facts = {"limit": percent}
    times = _times_within(left, request, room)
    yield Bound(Cut.TOTAL_BENEFIT, times, facts, Obstacle(Why.BENEFIT_LIMIT, facts))


def too_small(needed: Decimal, request: Request, room: Room) -> Obstacle:
    """Return what is said where the goods cost less than is needed."""
    facts = {"missing": needed - room.goods, "currency": request.currency}
    return Obstacle(Why.BASKET_TOO_SMALL, facts)


def _times_within(cap: Fraction, request: Request, room: Room) -> int:
    """Return how often it may be had so that no more than `cap` is taken off."""
    if room.worth <= cap:
        return _BOUNDLESS
    if request.step is None:
        return 0
    return max(0, floor(cap / Fraction(request.step)))


def _least(request: Request, room: Room) -> Decimal:
    """Return the least that it takes off once the goods are worth enough."""
    if request.step is None:
        return room.worth
    least = request.step * request.steps.at_least
    return min(least, room.worth) if request.is_for_some_goods else least
