"""What cuts a reward down: a share of the goods, and all benefits together."""

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
    refused,
    reward,
    take,
    with_code,
    with_promotion,
)

from saleor_loyalty.rewards.values import Held, Means, Why

RICH = replace(ANYBODY, points=10**6)


class TestShareOfOrder:
    """Here a reward takes off at most 30 percent."""

    def wanted(self, **terms: Any) -> dict[str, Any]:
        return reward(share_at_most=30, **{**STEPS, **terms})

    @pytest.mark.parametrize(
        ("goods", "times"), [("50", 3), ("49.99", 2), ("34", 2), ("16.67", 1), ("100", 6)]
    )
    def test_cuts_to_whole_steps(self, goods: str, times: int) -> None:
        decision = take(self.wanted(), basket(line(goods)), RICH, times=9)

        assert (decision.times, decision.amount) == (times, times * 5)
        assert cuts(decision)[-1] == "SHARE_OF_ORDER"
        assert decision.reductions[-1].facts == {"limit": 30}

    def test_is_told_to_who_names_no_number(self) -> None:
        assert cuts(take(self.wanted(), basket(line("50")), RICH)) == ["SHARE_OF_ORDER"]

    @pytest.mark.parametrize("terms", [{}, {"steps": None}])
    def test_leaves_nothing_of_a_small_basket(self, terms: Any) -> None:
        [obstacle] = refused(self.wanted(**terms), basket(line("16.66")), times=1)

        assert obstacle.why is Why.BASKET_TOO_SMALL
        assert obstacle.facts == {"missing": Decimal("0.01"), "currency": "USD"}

    def test_what_is_missing_makes_the_basket_large_enough(self) -> None:
        wanted = self.wanted(steps={"at_least": 3})
        [obstacle] = refused(wanted, basket(line("20")))

        assert take(wanted, basket(line("20"), line(str(obstacle.facts["missing"]))))

    def test_a_basket_that_shrinks_drops_the_voucher(self) -> None:
        assert take(self.wanted(), basket(line("34")), times=1).minimum == Decimal("16.67")
        assert take(self.wanted(), times=3).minimum == 50

    def test_the_largest_minimum_holds(self) -> None:
        wanted = self.wanted(minimum={"USD": "20"})

        assert take(wanted, times=1).minimum == 20
        assert take(wanted, times=3).minimum == 50
        assert take(wanted, basket(line("20"))).minimum == 20

    def test_the_larger_of_two_small_baskets_is_told(self) -> None:
        [obstacle] = refused(self.wanted(minimum={"USD": "12"}), basket(line("10")), times=1)

        assert obstacle.facts["missing"] == Decimal("6.67")


HALF_AT_MOST = {"benefit_at_most": 50, "with_promo_code": "STORE_CREDIT"}


class TestTotalBenefit:
    """Here everything together takes off at most half."""

    @pytest.mark.parametrize(
        ("checkout", "times"),
        [
            (basket(line("30")), 3),
            (basket(line("29.99")), 2),
            # 15 in all, of which 2 are taken.
            (with_code(line("30")), 2),
            (with_promotion(line("30")), 2),
            # The gift is among what is taken off, and among the goods: 17.50, of which 7 are.
            (with_promotion(line("30"), gift="5"), 2),
            (with_promotion(line("32"), gift="2", discount="0"), 3),
        ],
    )
    def test_cuts_to_whole_steps(self, checkout: Any, times: int) -> None:
        decision = take(reward(**STEPS), checkout, RICH, times=5, terms=HALF_AT_MOST)

        assert (decision.times, decision.amount) == (times, times * 5)
        assert cuts(decision) == ["TOTAL_BENEFIT"]
        assert decision.reductions[0].facts == {"limit": 50}

    def test_what_a_sale_has_taken_off_counts(self) -> None:
        """40 of goods for 30: of 20 that may be taken off, 10 are."""
        on_sale = basket(line("30", before="40"))

        decision = take(reward(**STEPS), on_sale, RICH, times=5, terms=HALF_AT_MOST)

        # Once 20 - 10 of sale = 10 are left of it, as much as half of the price before the sale.
        assert (decision.times, decision.minimum) == (2, 30)
        assert cuts(decision) == ["TOTAL_BENEFIT"]

    def test_a_sale_alone_may_be_enough(self) -> None:
        on_sale = basket(line("20", before="40"))

        [obstacle] = refused(reward(), on_sale, terms=HALF_AT_MOST)

        assert obstacle.why is Why.BENEFIT_LIMIT

    def test_what_other_rewards_pay_counts(self) -> None:
        there = [Held("other", times=1, points=100, credit=Decimal(6))]

        decision = take(
            reward(**STEPS), basket(line("30")), terms=HALF_AT_MOST, held_in_checkout=there
        )

        assert (decision.times, decision.minimum) == (1, 22)

    def test_what_other_store_credit_pays_counts_beside_more_of_it(self) -> None:
        there = [Held("other", times=1, points=100, credit=Decimal(6))]

        decision = take(
            reward(**STEPS), with_code(line("40")), terms=HALF_AT_MOST, held_in_checkout=there
        )

        assert (decision.means, decision.amount) == (Means.GIFT_CARD, 10)

    @pytest.mark.parametrize("terms", [{}, {"steps": {}}])
    def test_leaves_nothing_where_enough_is_taken_off(self, terms: Any) -> None:
        full = with_code(line("30"), discount="14")

        [obstacle] = refused(reward(**terms), full, terms=HALF_AT_MOST)

        assert (obstacle.why, obstacle.facts) == (Why.BENEFIT_LIMIT, {"limit": 50})

    def test_a_voucher_takes_the_place_of_everything_else(self) -> None:
        terms = {"benefit_at_most": 50, "with_promo_code": "REPLACE"}

        decision = take(reward(**STEPS), with_code(line("30"), discount="14"), terms=terms)

        assert (decision.amount, decision.minimum) == (15, 30)

    def test_a_basket_that_shrinks_drops_the_voucher(self) -> None:
        assert take(reward(), terms={"benefit_at_most": 40}).minimum == Decimal("12.50")

    def test_the_stricter_of_two_caps_holds(self) -> None:
        wanted = reward(share_at_most=25)

        assert take(wanted, terms={"benefit_at_most": 50}).minimum == 20
        assert take(wanted, terms={"benefit_at_most": 20}).minimum == 25
