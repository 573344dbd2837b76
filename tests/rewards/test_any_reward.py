"""What holds for every reward, every checkout and every shopper."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rewards.documents import KEYS, programmes, shoppers, situations

from saleor_loyalty.programme.document import Programme
from saleor_loyalty.rewards.goods import goods_price
from saleor_loyalty.rewards.rules import decide, offers
from saleor_loyalty.rewards.sentences import obstacle, reduction
from saleor_loyalty.rewards.values import (
    Decision,
    Means,
    Offer,
    Shopper,
    Unavailable,
    Why,
)

thoroughly = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
keys = st.sampled_from(KEYS)
times = st.none() | st.integers(0, 30)


def ask(
    document: Programme, key: str, who: Shopper, situation: Mapping[str, Any], **asked: Any
) -> Decision | Unavailable:
    try:
        return decide(document, key, who, **situation, **asked)
    except Unavailable as refused:
        return refused


def had(
    document: Programme, who: Shopper, situation: Mapping[str, Any], wanted: int | None
) -> list[Decision]:
    """All that the shopper can have, whatever promotion is lost by it."""
    asked = {"times": wanted, "accepts_lost_promotion": True}
    found = [ask(document, key, who, situation, **asked) for key in KEYS]
    return [each for each in found if isinstance(each, Decision)]


def capped(decision: Decision) -> bool:
    return decision.reward.kind != "FREE_SHIPPING" and decision.means in (
        Means.VOUCHER,
        Means.GIFT_CARD,
    )


@thoroughly
@given(programmes(), shoppers(), situations(), times)
def test_a_price_is_paid_once_for_each_time_and_never_more_than_there_is(
    document: Programme, who: Shopper, situation: Any, wanted: int | None
) -> None:
    for decision in had(document, who, situation, wanted):
        assert decision.times >= 1
        assert wanted is None or decision.times <= wanted
        if decision.is_given:
            assert (decision.points, decision.times) == (0, 1)
            assert who.given[decision.reward.id] > 0
        else:
            price = decision.reward.tier_points.get(who.tier, decision.reward.points)
            assert price is not None
            assert decision.points == decision.times * price <= who.points


@thoroughly
@given(programmes(), shoppers(), situations(), times)
def test_no_more_is_taken_off_than_there_is(
    document: Programme, who: Shopper, situation: Any, wanted: int | None
) -> None:
    checkout = situation["checkout"]
    for decision in had(document, who, situation, wanted):
        if decision.amount is not None:
            assert 0 < decision.amount <= decision.times * decision.reward.money[decision.currency]
        if checkout is None:
            assert decision.benefit is None
            continue
        assert decision.benefit is not None
        assert 0 <= decision.benefit <= (decision.amount or decision.benefit)
        if decision.means is Means.GIFT_CARD:
            assert decision.benefit <= checkout.balance
        elif decision.reward.kind == "FREE_SHIPPING":
            assert decision.benefit == checkout.shipping
        else:
            assert decision.benefit <= goods_price(checkout)
        if decision.reward.kind == "MONEY_OFF":
            assert decision.amount == decision.benefit


@thoroughly
@given(programmes(), shoppers(), situations(), times)
def test_caps_hold_for_any_basket(
    document: Programme, who: Shopper, situation: Any, wanted: int | None
) -> None:
    checkout = situation["checkout"]
    for decision in had(document, who, situation, wanted) if checkout else []:
        if not capped(decision):
            continue
        assert decision.benefit is not None
        price = whole = goods_price(checkout)
        beside = sum([each.credit for each in situation["held_in_checkout"]], Decimal(0))
        if decision.means is Means.GIFT_CARD:
            price = min(price, checkout.subtotal)
            whole += checkout.gift_value
            beside += checkout.voucher_discount + checkout.promotion_discount
            beside += checkout.gift_value

        share, benefit = decision.reward.share_at_most, document.redeeming.benefit_at_most
        assert decision.benefit <= Fraction(price) * (share or 10**9) / 100
        assert benefit is None or decision.benefit + beside <= Fraction(whole) * benefit / 100
        assert decision.reward.minimum.get(checkout.currency, 0) <= price


@thoroughly
@given(programmes(), shoppers(), situations(), times, st.fractions(0, 1))
def test_a_smaller_basket_keeps_to_the_caps_or_drops_the_voucher(
    document: Programme, who: Shopper, situation: Any, wanted: int | None, left: Fraction
) -> None:
    """What Saleor takes off then is the voucher's amount, if the goods cost its minimum."""
    checkout = situation["checkout"]
    goods = left * (Fraction(goods_price(checkout)) if checkout else 200)
    for decision in had(document, who, situation, wanted):
        if decision.means not in (Means.VOUCHER, Means.GIFT_CARD):
            assert decision.minimum is None
            continue
        is_dropped = decision.minimum is not None and goods < decision.minimum
        caps = (decision.reward.share_at_most, document.redeeming.benefit_at_most)
        for cap in caps if decision.amount is not None and not is_dropped else ():
            assert min(goods, Fraction(decision.amount or 0)) <= goods * (cap or 100) / 100
        if checkout and decision.minimum is not None:
            assert decision.minimum <= goods_price(checkout)


@thoroughly
@given(programmes(), keys, shoppers(), situations(), times)
def test_agreeing_to_lose_a_promotion_changes_nothing_else(
    document: Programme, key: str, who: Shopper, situation: Any, wanted: int | None
) -> None:
    agreed = ask(document, key, who, situation, times=wanted, accepts_lost_promotion=True)
    silent = ask(document, key, who, situation, times=wanted)

    if isinstance(silent, Decision):
        assert agreed == silent
    elif isinstance(agreed, Decision):
        [in_the_way] = silent.obstacles
        assert in_the_way.why is Why.PROMOTION_LOST
        assert in_the_way.facts["net"] == agreed.net_benefit
        assert 0 < in_the_way.facts["promotion"] <= agreed.lost
    else:
        assert agreed.obstacles == silent.obstacles


@thoroughly
@given(programmes(), shoppers(), situations())
def test_an_offer_is_what_asking_for_it_gives(
    document: Programme, who: Shopper, situation: Any
) -> None:
    found = offers(document, who, **situation)

    assert sorted(each.reward.id for each in found) == sorted(KEYS)
    for offer in found:
        # Without a checkout, who names no number gets the least; an offer is the most.
        number = offer.times_at_most or None if situation["checkout"] is None else None
        asked = ask(document, offer.reward.id, who, situation, times=number)
        if isinstance(asked, Unavailable):
            assert asked.obstacles == offer.obstacles
            assert offer.times_at_most == 0
            agreed = ask(
                document, offer.reward.id, who, situation, times=number, accepts_lost_promotion=True
            )
            assert offer.decision == (agreed if isinstance(agreed, Decision) else None)
        else:
            assert offer.decision is not None
            assert not offer.obstacles
            assert offer.times_at_most == asked.times
            if situation["checkout"]:
                assert offer.decision == asked
            else:
                assert replace(offer.decision, reductions=()) == asked


@thoroughly
@given(programmes(), shoppers(), situations())
def test_the_best_offer_comes_first(document: Programme, who: Shopper, situation: Any) -> None:
    found = offers(document, who, **situation)

    def place(offer: Offer) -> tuple[int, Decimal]:
        if offer.decision:
            return 0, -(offer.decision.net_benefit or Decimal(0))
        if [each.why for each in offer.obstacles] == [Why.NOT_ENOUGH_POINTS]:
            return 1, Decimal(offer.obstacles[0].facts["missing"])
        return 2, Decimal(0)

    order = [(*place(offer), KEYS.index(offer.reward.id)) for offer in found]
    assert order == sorted(order)
    assert found == offers(document, who, **situation)


@thoroughly
@given(programmes(), shoppers(), situations(), st.integers(1, 5_000))
def test_more_points_make_no_fewer_rewards_available(
    document: Programme, who: Shopper, situation: Any, more: int
) -> None:
    richer = replace(who, points=who.points + more)
    before, after = offers(document, who, **situation), offers(document, richer, **situation)

    available = {each.reward.id for each in before if each.decision}
    assert available <= {each.reward.id for each in after if each.decision}
    for key in KEYS:
        if not situation["checkout"]:
            assert times_of(before, key) <= times_of(after, key)


def times_of(found: list[Offer], key: str) -> int:
    return next(each.times_at_most for each in found if each.reward.id == key)


@thoroughly
@given(programmes(), keys, shoppers(), situations(), times)
def test_all_that_is_told_can_be_put_into_words(
    document: Programme, key: str, who: Shopper, situation: Any, wanted: int | None
) -> None:
    result = ask(document, key, who, situation, times=wanted)

    with translation.override("en"):
        if isinstance(result, Decision):
            told = [reduction(each) for each in result.reductions]
        else:
            told = [obstacle(each) for each in result.obstacles]
            assert len({each.why for each in result.obstacles}) == len(result.obstacles) > 0
    assert all(sentence and "%" not in sentence.replace(" %", "") for sentence in told)


@thoroughly
@given(programmes(), shoppers(), situations())
def test_the_total_is_what_is_left_of_it(document: Programme, who: Shopper, situation: Any) -> None:
    checkout = situation["checkout"]
    for offer in offers(document, who, **situation):
        if not (checkout and offer.decision):
            assert offer.total_after is None
            continue
        assert offer.decision.benefit is not None
        if offer.decision.means is Means.VOUCHER:
            # Nothing stands beside a voucher.
            price = goods_price(checkout) + checkout.shipping
            assert offer.total_after == price - offer.decision.benefit
        else:
            assert offer.total_after == checkout.total - offer.decision.benefit
