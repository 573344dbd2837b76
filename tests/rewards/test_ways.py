"""By what a reward reaches the shopper, and what has to make room for it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from rewards.baskets import (
    ANYBODY,
    STEPS,
    basket,
    cuts,
    line,
    offer,
    refused,
    reward,
    take,
    whys,
    with_code,
    with_promotion,
)

from saleor_loyalty.rewards.values import Held, Means, Why

GOODS = line("50")
VOUCHERS = [
    reward(),
    reward("PERCENT_OFF", percent=10),
    reward("PRODUCT"),
    reward("FREE_SHIPPING"),
]
FOR_MUGS = {"scope": {"only": {"collections": ["mugs"]}}}
MUG = line("50", collections=("mugs",))


class TestPromoCode:
    @pytest.mark.parametrize("wanted", VOUCHERS)
    def test_refuses_a_voucher(self, wanted: dict[str, Any]) -> None:
        [obstacle] = refused(wanted, with_code(GOODS))

        assert obstacle.why is Why.PROMO_CODE_IN_CHECKOUT
        assert obstacle.facts == {"code": "SUMMER"}

    @pytest.mark.parametrize("wanted", VOUCHERS)
    def test_makes_room_where_the_programme_says_so(self, wanted: dict[str, Any]) -> None:
        decision = take(wanted, with_code(GOODS), terms={"with_promo_code": "REPLACE"})

        assert (decision.means, decision.replaces, decision.replaced) == (
            Means.VOUCHER,
            "SUMMER",
            2,
        )
        # No promotion is.
        assert decision.lost == 0
        assert decision.net_benefit == (decision.benefit or 0) - 2

    @pytest.mark.parametrize("policy", ["REFUSE", "REPLACE"])
    def test_that_is_another_reward_of_theirs_is_to_be_given_back_first(self, policy: str) -> None:
        there = [Held("other", times=1, points=100, code="SUMMER")]

        [obstacle] = refused(
            reward(), with_code(GOODS), terms={"with_promo_code": policy}, held_in_checkout=there
        )

        assert obstacle.why is Why.REWARD_IN_CHECKOUT

    def test_stays_beside_store_credit(self) -> None:
        decision = take(reward(), with_code(GOODS), terms={"with_promo_code": "STORE_CREDIT"})

        assert (decision.means, decision.replaces, decision.lost) == (Means.GIFT_CARD, "", 0)
        assert (decision.amount, decision.benefit) == (5, 5)

    @pytest.mark.parametrize("wanted", [*VOUCHERS[1:], reward(**FOR_MUGS)])
    def test_refuses_what_cannot_be_store_credit(self, wanted: dict[str, Any]) -> None:
        terms = {"with_promo_code": "STORE_CREDIT"}

        assert whys(wanted, with_code(MUG), terms=terms) == [Why.PROMO_CODE_IN_CHECKOUT]

    def test_needs_a_saleor_with_store_credit(self) -> None:
        terms = {"with_promo_code": "STORE_CREDIT"}

        assert whys(reward(), with_code(GOODS), terms=terms, has_gift_cards=False) == [
            Why.NEEDS_NEWER_SALEOR
        ]

    @pytest.mark.parametrize("policy", ["REFUSE", "REPLACE", "STORE_CREDIT"])
    def test_stays_beside_what_is_store_credit_anyway(self, policy: str) -> None:
        decision = take(reward("GIFT_CARD"), with_code(GOODS), terms={"with_promo_code": policy})

        assert (decision.means, decision.replaces) == (Means.GIFT_CARD, "")

    def test_the_total_is_told_without_it(self) -> None:
        """50 and 5 for shipping, and 2 less by the code that goes."""
        terms = {"with_promo_code": "REPLACE"}

        assert offer(reward(), with_code(GOODS), terms=terms).total_after == 50

    def test_goods_are_reckoned_as_they_cost_without_it(self) -> None:
        terms = {"with_promo_code": "REPLACE"}

        decision = take(reward(**STEPS), with_code(line("12"), discount="11"), terms=terms)

        assert (decision.amount, decision.net_benefit) == (12, 1)


class TestPromotion:
    @pytest.mark.parametrize("wanted", VOUCHERS)
    def test_is_only_lost_if_the_shopper_agrees(self, wanted: dict[str, Any]) -> None:
        checkout = with_promotion(GOODS, discount="2", gift="1")

        [obstacle] = refused(wanted, checkout)
        decision = take(wanted, checkout, accepts_lost_promotion=True)

        assert obstacle.why is Why.PROMOTION_LOST
        assert obstacle.facts == {
            "promotion": 3,
            "net": decision.net_benefit,
            "currency": "USD",
        }
        assert (decision.lost, decision.replaces) == (3, "")
        assert decision.net_benefit == (decision.benefit or 0) - 3

    def test_an_offer_says_what_it_would_be(self) -> None:
        checkout = with_promotion(GOODS, discount="2", gift="1")

        offered = offer(reward(), checkout)

        assert [each.why for each in offered.obstacles] == [Why.PROMOTION_LOST]
        assert offered.decision == take(reward(), checkout, accepts_lost_promotion=True)
        assert offered.times_at_most == 0
        # 50 and 5 for shipping, 5 less; the gift was never in the total.
        assert offered.total_after == 50

    def test_may_be_worth_more_than_the_reward(self) -> None:
        offered = offer(reward(), with_promotion(GOODS, discount="8"))

        assert offered.decision
        assert offered.decision.net_benefit == -3

    def test_stays_beside_store_credit(self) -> None:
        terms = {"with_promo_code": "STORE_CREDIT"}

        decision = take(reward(), with_promotion(GOODS), terms=terms)

        assert (decision.means, decision.lost) == (Means.GIFT_CARD, 0)

    @pytest.mark.parametrize(
        ("wanted", "has_gift_cards"), [(reward(**FOR_MUGS), True), (reward(), False)]
    )
    def test_is_lost_where_there_is_no_store_credit(
        self, wanted: dict[str, Any], has_gift_cards: bool
    ) -> None:
        asked: dict[str, Any] = {
            "terms": {"with_promo_code": "STORE_CREDIT"},
            "has_gift_cards": has_gift_cards,
        }

        assert whys(wanted, with_promotion(MUG), **asked) == [Why.PROMOTION_LOST]
        assert (
            take(wanted, with_promotion(MUG), accepts_lost_promotion=True, **asked).means
            is Means.VOUCHER
        )

    @pytest.mark.parametrize("kind", ["GIFT_CARD", "ACCESS", "PARTNER_CODE", "DONATION", "OTHER"])
    def test_stays_where_there_is_no_voucher(self, kind: str) -> None:
        assert take(reward(kind), with_promotion(GOODS)).lost == 0

    def test_is_not_spoken_of_where_something_else_is_in_the_way(self) -> None:
        poor = replace(ANYBODY, points=0)

        assert whys(reward(), with_promotion(GOODS), poor) == [Why.NOT_ENOUGH_POINTS]


CREDIT_FROM_TEN = {"store_credit_from": {"USD": "10"}}


class TestStoreCreditFrom:
    @pytest.mark.parametrize(
        ("times", "means"),
        [(1, Means.VOUCHER), (2, Means.GIFT_CARD), (3, Means.GIFT_CARD)],
    )
    @pytest.mark.parametrize("checkout", [None, basket(GOODS)])
    def test_what_is_worth_as_much_is_store_credit(
        self, checkout: Any, times: int, means: Means
    ) -> None:
        decision = take(reward(**STEPS), checkout, times=times, terms=CREDIT_FROM_TEN)

        assert (decision.means, decision.amount) == (means, times * 5)

    def test_another_currency_has_another_limit(self) -> None:
        wanted = reward(money={"EUR": "50"})

        assert take(wanted, terms=CREDIT_FROM_TEN).means is Means.VOUCHER

    def test_what_the_goods_cut_off_is_not_counted(self) -> None:
        wanted = reward(money={"USD": "50"})

        assert take(wanted, basket(line("9")), terms=CREDIT_FROM_TEN).means is Means.VOUCHER

    def test_it_pays_shipping_too(self) -> None:
        """13 for the goods, and 5 for shipping."""
        decision = take(reward(**STEPS), basket(line("13")), terms=CREDIT_FROM_TEN)

        assert (decision.times, decision.amount, decision.benefit) == (4, 18, 18)
        assert cuts(decision) == ["GOODS_COST_LESS"]

    def test_it_is_no_more_than_what_is_left_to_pay(self) -> None:
        decision = take(
            reward(**STEPS), basket(line("30"), balance=Decimal(12)), terms=CREDIT_FROM_TEN
        )

        assert (decision.means, decision.amount) == (Means.GIFT_CARD, 12)

    def test_loses_no_promotion(self) -> None:
        decision = take(reward(**STEPS), with_promotion(GOODS), times=2, terms=CREDIT_FROM_TEN)

        assert (decision.means, decision.lost) == (Means.GIFT_CARD, 0)

    def test_a_promo_code_still_refuses(self) -> None:
        assert whys(reward(**STEPS), with_code(GOODS), terms=CREDIT_FROM_TEN) == [
            Why.PROMO_CODE_IN_CHECKOUT
        ]

    def test_a_promo_code_need_not_make_room_for_it(self) -> None:
        terms = {**CREDIT_FROM_TEN, "with_promo_code": "REPLACE"}

        decision = take(reward(**STEPS), with_code(GOODS), times=2, terms=terms)

        assert (decision.means, decision.replaces, decision.lost) == (Means.GIFT_CARD, "", 0)

    def test_an_older_saleor_has_vouchers_only(self) -> None:
        decision = take(reward(**STEPS), times=2, terms=CREDIT_FROM_TEN, has_gift_cards=False)

        assert (decision.means, decision.amount) == (Means.VOUCHER, 10)

    def test_what_is_for_some_goods_stays_a_voucher(self) -> None:
        wanted = reward(money={"USD": "20"}, **FOR_MUGS)

        assert take(wanted, basket(MUG), terms=CREDIT_FROM_TEN).means is Means.VOUCHER

    @pytest.mark.parametrize(
        "condition",
        [{"minimum": {"USD": "20"}}, {"share_at_most": 50}, {"channels": ["web"]}],
    )
    def test_conditions_are_kept_by_a_voucher_or_checked_in_a_checkout(
        self, condition: dict[str, Any]
    ) -> None:
        wanted = reward(**STEPS, **condition)

        assert take(wanted, times=2, terms=CREDIT_FROM_TEN).means is Means.VOUCHER
        assert take(wanted, basket(GOODS), times=2, terms=CREDIT_FROM_TEN).means is Means.GIFT_CARD

    def test_who_names_no_number_gets_a_voucher_where_credit_is_too_much(self) -> None:
        """Half of 30 is 15, and the promotion that credit leaves there takes off 14."""
        terms = {**CREDIT_FROM_TEN, "benefit_at_most": 50}
        checkout = with_promotion(line("30"), discount="14")

        offered = offer(reward(**STEPS), checkout, terms=terms)

        assert offered.decision
        assert (offered.decision.means, offered.decision.amount) == (Means.VOUCHER, 5)
        assert whys(reward(**STEPS), checkout, times=2, terms=terms) == [Why.BENEFIT_LIMIT]
        assert whys(reward(money={"USD": "12"}), checkout, terms=terms) == [Why.BENEFIT_LIMIT]


def test_a_gift_card_needs_a_saleor_that_has_them() -> None:
    assert whys(reward("GIFT_CARD"), has_gift_cards=False) == [Why.NEEDS_NEWER_SALEOR]
