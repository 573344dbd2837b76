"""What a shopper may have for their points, and what it comes to. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from saleor_loyalty.programme.document import Programme
from saleor_loyalty.rewards import eligibility
from saleor_loyalty.rewards.amounts import Taking, taking
from saleor_loyalty.rewards.request import Request
from saleor_loyalty.rewards.values import (
    Decision,
    Held,
    Means,
    Obstacle,
    Offer,
    Shopper,
    Unavailable,
    Why,
)
from saleor_loyalty.rewards.ways import Way, store_credit_from, way

if TYPE_CHECKING:
    from saleor_loyalty.gateways.saleor.checkouts import Checkout

_NOTHING = Decimal(0)


def decide(
    document: Programme,
    reward_key: str,
    shopper: Shopper,
    *,
    times: int | None = None,
    checkout: "Checkout | None" = None,
    currency: str = "",
    stock_taken: int = 0,
    held_in_checkout: Sequence[Held] = (),
    accepts_lost_promotion: bool = False,
    has_gift_cards: bool = True,
    at: datetime,
) -> Decision:
    """Return what the shopper gets, and for what.

    :param times: None: the most that makes sense in the checkout; without one, the least there is.
    :param currency: what money is counted in where there is no checkout.
    :param has_gift_cards: whether Saleor has gift cards that belong to a customer.
    :raises Unavailable:
    :raises KeyError: the programme has no such reward.
    """
    reward = {each.id: each for each in document.rewards}[reward_key]
    request = Request(
        document=document,
        reward=reward,
        shopper=shopper,
        times=times,
        checkout=checkout,
        currency_wanted=currency,
        stock_taken=stock_taken,
        held=held_in_checkout,
        has_gift_cards=has_gift_cards,
        at=at,
    )
    if times is None and checkout is None:
        request = replace(request, times=request.steps.at_least)
    obstacles, decision = _considered(request)
    if accepts_lost_promotion:
        obstacles = [each for each in obstacles if each.why is not Why.PROMOTION_LOST]
    if obstacles or decision is None:
        raise Unavailable(obstacles)
    return decision


def offers(
    document: Programme,
    shopper: Shopper,
    *,
    checkout: "Checkout | None" = None,
    currency: str = "",
    stock_taken: Mapping[str, int] | None = None,
    held_in_checkout: Sequence[Held] = (),
    has_gift_cards: bool = True,
    at: datetime,
) -> list[Offer]:
    """Return all rewards as the shopper sees them, best first.

    First those that can be had, by what they save in the checkout; then those for which only
    points are missing, by how many; then the others in the programme's order.
    """
    found = [
        _offer(
            Request(
                document=document,
                reward=reward,
                shopper=shopper,
                times=None,
                checkout=checkout,
                currency_wanted=currency,
                stock_taken=(stock_taken or {}).get(reward.id, 0),
                held=held_in_checkout,
                has_gift_cards=has_gift_cards,
                at=at,
            )
        )
        for reward in document.rewards
    ]
    # Sorting keeps equals in their order.
    return sorted(found, key=_place)


def _offer(request: Request) -> Offer:
    obstacles, decision = _considered(request)
    return Offer(
        reward=request.reward,
        points=request.price,
        times_at_most=decision.times if decision and not obstacles else 0,
        obstacles=tuple(obstacles),
        decision=decision,
        total_after=_total_after(request.checkout, decision) if decision else None,
    )


def _place(offer: Offer) -> tuple[int, Decimal | int]:
    if offer.decision:
        return 0, -(offer.decision.net_benefit or _NOTHING)
    if [each.why for each in offer.obstacles] == [Why.NOT_ENOUGH_POINTS]:
        return 1, offer.obstacles[0].facts["missing"]
    return 2, 0


def _considered(request: Request) -> tuple[list[Obstacle], Decision | None]:
    """Return all that stands in the way, and what the shopper gets if nothing does.

    There is a decision too where only the loss of a promotion has to be agreed to.
    """
    obstacles = list(eligibility.obstacles(request))
    if any(each.why is Why.WRONG_CURRENCY for each in obstacles):
        # Nothing can be reckoned in it.
        return obstacles, None
    by, taken = _by_best_way(request)
    if by.obstacle:
        obstacles.append(by.obstacle)
    obstacles += [*taken.obstacles, *eligibility.obstacles_to(request, taken.times)]
    if obstacles:
        return _each_once(obstacles), None
    decision = _decision(request, by, taken)
    if not by.promotion_lost:
        return [], decision
    facts = {
        "promotion": by.promotion_lost,
        "net": decision.net_benefit,
        "currency": request.currency,
    }
    return [Obstacle(Why.PROMOTION_LOST, facts)], decision


def _by_best_way(request: Request) -> tuple[Way, Taking]:
    """Return how the reward is had; money off that is worth much is store credit."""
    by = way(request)
    taken = taking(request, by.means)
    enough = store_credit_from(request, by)
    if enough is None or taken.amount is None or taken.amount < enough:
        return by, taken
    credit = taking(request, Means.GIFT_CARD)
    if not credit.obstacles or request.times is not None:
        return Way(Means.GIFT_CARD), credit
    # More points must not make a reward unavailable: then it is as much as a voucher may be.
    return _largest_voucher(request, by, enough) or (Way(Means.GIFT_CARD), credit)


def _largest_voucher(request: Request, by: Way, enough: Decimal) -> tuple[Way, Taking] | None:
    assert request.step
    times = ceil(Fraction(enough) / Fraction(request.step)) - 1
    if times < request.steps.at_least:
        return None
    return by, taking(replace(request, times=times), Means.VOUCHER)


def _decision(request: Request, by: Way, taken: Taking) -> Decision:
    return Decision(
        reward=request.reward,
        means=by.means,
        times=taken.times,
        points=taken.times * request.cost,
        is_given=request.is_given,
        price=request.price,
        amount=taken.amount,
        currency=request.currency,
        percent=request.reward.percent,
        minimum=taken.minimum,
        replaces=by.replaces,
        reductions=tuple(taken.reductions),
        benefit=taken.benefit,
        lost=by.promotion_lost,
        replaced=by.code_lost,
    )


def _total_after(checkout: "Checkout | None", decision: Decision) -> Decimal | None:
    """Return the checkout's total with a reward: without what made room, less the benefit."""
    if checkout is None or decision.benefit is None:
        return None
    total = checkout.total - decision.benefit
    if decision.means is Means.VOUCHER:
        # A gift that is lost was never in the total.
        total += decision.lost + decision.replaced - checkout.gift_value
    return max(_NOTHING, total)


def _each_once(obstacles: Iterable[Obstacle]) -> list[Obstacle]:
    """Return each kind of obstacle once; of baskets that are too small, what satisfies all."""
    kept: dict[Why, Obstacle] = {}
    for each in obstacles:
        known = kept.get(each.why)
        if known is None or each.facts.get("missing", 0) > known.facts.get("missing", 0):
            kept[each.why] = each
    return list(kept.values())
