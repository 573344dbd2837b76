"""What percents, products, shipping and store credit come to."""

from decimal import Decimal
from typing import Any

import pytest
from rewards.baskets import (
    STEPS,
    basket,
    line,
    offer,
    refused,
    reward,
    take,
    whys,
    with_code,
)

from saleor_loyalty.rewards.values import Means, Why

MUGS: dict[str, Any] = {"only": {"collections": ["mugs"]}}


def mug(unit: str, quantity: int = 1, **facts: Any) -> Any:
    return line(unit, quantity, collections=("mugs",), **facts)


class TestPercentOff:
    def test_is_of_all_goods(self) -> None:
        decision = take(reward("PERCENT_OFF", percent=10), basket(line("30"), line("9.99", 2)))

        assert (decision.percent, decision.amount, decision.minimum) == (10, None, None)
        assert decision.benefit == Decimal("4.99")

    def test_for_some_goods_is_of_all_of_them(self) -> None:
        wanted = reward("PERCENT_OFF", percent=10, scope=MUGS)

        assert take(wanted, basket(mug("10", 3), line("50"))).benefit == 3

    @pytest.mark.parametrize("checkout", [None, basket(line("50"))])
    @pytest.mark.parametrize("cap", ["share_at_most", "benefit_at_most"])
    def test_no_basket_makes_it_smaller(self, checkout: Any, cap: str) -> None:
        def ask(percent: int) -> Any:
            own = {cap: percent} if cap == "share_at_most" else {}
            wanted = reward("PERCENT_OFF", percent=20, **own)
            terms = {} if own else {cap: percent}
            return offer(wanted, checkout, terms=terms)

        assert ask(20).decision
        [obstacle] = ask(19).obstacles
        assert (obstacle.why, obstacle.facts) == (Why.BENEFIT_LIMIT, {"limit": 19})

    def test_for_some_goods_other_goods_make_it_smaller(self) -> None:
        wanted = reward("PERCENT_OFF", percent=50, scope=MUGS, share_at_most=10)

        assert take(wanted, basket(mug("20"), line("80"))).minimum == 100
        [obstacle] = refused(wanted, basket(mug("20"), line("60")))
        assert (obstacle.why, obstacle.facts["missing"]) == (Why.BASKET_TOO_SMALL, 20)


class TestProduct:
    def test_the_cheapest_piece_is_free(self) -> None:
        decision = take(reward("PRODUCT", scope=MUGS), basket(mug("9"), mug("7", 2), line("1")))

        assert (decision.benefit, decision.percent, decision.amount) == (7, None, None)

    def test_it_may_only_be_cheaper(self) -> None:
        decision = take(reward("PRODUCT", scope=MUGS, percent=50), basket(mug("7.01")))

        assert (decision.benefit, decision.percent) == (Decimal("3.50"), 50)

    def test_caps_hold(self) -> None:
        wanted = reward("PRODUCT", scope=MUGS)
        terms = {"benefit_at_most": 25}

        assert take(wanted, basket(mug("10"), line("30")), terms=terms).minimum == 40
        assert whys(wanted, basket(mug("10"), line("29")), terms=terms) == [Why.BENEFIT_LIMIT]

    def test_without_a_checkout_no_cap_can_be_kept(self) -> None:
        assert whys(reward("PRODUCT"), terms={"benefit_at_most": 25}) == [Why.BENEFIT_LIMIT]
        assert take(reward("PRODUCT", percent=25), terms={"benefit_at_most": 25})

    def test_of_a_piece_that_costs_nothing_there_is_nothing_to_take_off(self) -> None:
        wanted = reward("PRODUCT", scope=MUGS)

        assert whys(wanted, basket(mug("0"), mug("7"))) == [Why.NOTHING_TO_TAKE_OFF]


class TestFreeShipping:
    def test_is_worth_what_shipping_costs(self) -> None:
        decision = take(reward("FREE_SHIPPING"), basket(line("9"), shipping="6.50"))

        assert (decision.means, decision.benefit) == (Means.VOUCHER, Decimal("6.50"))

    def test_is_worth_nothing_where_shipping_is_free(self) -> None:
        free = basket(line("9"), shipping="0")

        assert whys(reward("FREE_SHIPPING"), free) == [Why.NOTHING_TO_TAKE_OFF]

    def test_takes_nothing_off_the_goods_that_are_capped(self) -> None:
        wanted = reward("FREE_SHIPPING", share_at_most=1, minimum={"USD": "9"})

        assert take(wanted, basket(line("9")), terms={"benefit_at_most": 1}).minimum == 9
        assert take(wanted, terms={"benefit_at_most": 1}).minimum == 9


class TestGiftCard:
    """Store credit is tender: it pays shipping too, and what is left stays on the card."""

    def test_is_its_whole_amount(self) -> None:
        decision = take(reward("GIFT_CARD"), basket(line("1"), shipping="2"))

        assert (decision.means, decision.amount, decision.benefit) == (Means.GIFT_CARD, 5, 3)
        assert not decision.reductions
        assert decision.minimum is None

    def test_whoever_names_a_number_gets_it(self) -> None:
        decision = take(reward("GIFT_CARD", **STEPS), basket(line("7")), times=9)

        assert (decision.amount, decision.benefit) == (45, 12)

    def test_who_names_no_number_gets_what_is_to_be_paid(self) -> None:
        assert take(reward("GIFT_CARD", **STEPS), basket(line("7"))).amount == 15

    def test_where_all_is_paid_there_is_nothing_to_take_off(self) -> None:
        paid = basket(line("7"), balance=Decimal(0))

        assert whys(reward("GIFT_CARD"), paid) == [Why.NOTHING_TO_TAKE_OFF]

    def test_caps_hold_for_what_it_pays_in_the_checkout(self) -> None:
        wanted = reward("GIFT_CARD", **STEPS, share_at_most=50)

        assert take(wanted, basket(line("30")), times=9).amount == 15
        assert whys(wanted, basket(line("9"))) == [Why.BASKET_TOO_SMALL]

    def test_a_share_is_of_the_goods_as_they_stand(self) -> None:
        wanted = reward("GIFT_CARD", **STEPS, share_at_most=50)

        assert take(wanted, with_code(line("30"), discount="10"), times=9).amount == 10


@pytest.mark.parametrize(
    ("kind", "means"),
    [
        ("ACCESS", Means.SEGMENT),
        ("PARTNER_CODE", Means.POOL),
        ("DONATION", Means.RECORD),
        ("OTHER", Means.RECORD),
    ],
)
def test_what_is_not_used_in_the_checkout_takes_nothing_off(kind: str, means: Means) -> None:
    wanted = reward(kind, minimum={"USD": "100"}, share_at_most=1)
    checkout = with_code(line("1"))

    decision = take(wanted, checkout)

    assert (decision.means, decision.benefit, decision.lost) == (means, 0, 0)
    assert (decision.minimum, decision.replaces) == (None, "")
    assert offer(wanted, checkout).total_after == checkout.total
