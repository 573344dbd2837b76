"""How much a reward takes off, and what cuts it down."""

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
    whys,
)

from saleor_loyalty.rewards.values import Why

RICH = replace(ANYBODY, points=10**6)
MUGS: dict[str, Any] = {"only": {"collections": ["mugs"]}}


def mug(unit: str, quantity: int = 1, **facts: Any) -> Any:
    return line(unit, quantity, collections=("mugs",), **facts)


class TestMoneyOff:
    @pytest.mark.parametrize(
        ("goods", "amount", "told"),
        [
            ("50", "5", []),
            ("5", "5", []),
            ("4.99", "4.99", ["GOODS_COST_LESS"]),
            ("0.01", "0.01", ["GOODS_COST_LESS"]),
        ],
    )
    def test_is_no_more_than_the_goods_cost(self, goods: str, amount: str, told: Any) -> None:
        decision = take(reward(), basket(line(goods)))

        assert decision.amount == decision.benefit == Decimal(amount)
        assert cuts(decision) == told
        assert decision.points == 100

    def test_never_pays_shipping(self) -> None:
        decision = take(reward(), basket(line("3"), shipping="100"))

        assert decision.amount == 3

    def test_what_the_goods_cost_is_told(self) -> None:
        [reduction] = take(reward(), basket(line("3"))).reductions

        assert reduction.facts == {"limit": 3, "currency": "USD"}

    def test_gifts_cost_nothing(self) -> None:
        gifts = basket(line("30", is_gift=True))

        assert whys(reward(), gifts) == [Why.NOTHING_TO_TAKE_OFF]

    @pytest.mark.parametrize("goods", [[], [line("0")]])
    def test_of_nothing_there_is_nothing_to_take_off(self, goods: Any) -> None:
        assert whys(reward(), basket(*goods)) == [Why.NOTHING_TO_TAKE_OFF]

    def test_without_a_checkout_its_benefit_is_not_known(self) -> None:
        decision = take(reward())

        assert (decision.amount, decision.benefit, decision.net_benefit) == (5, None, None)


class TestSteps:
    @pytest.mark.parametrize(
        ("goods", "asked", "times", "amount", "told"),
        [
            ("50", 3, 3, "15", []),
            ("15", 3, 3, "15", []),
            # The last step takes off what is left.
            ("12", 3, 3, "12", ["GOODS_COST_LESS"]),
            ("12", None, 3, "12", ["GOODS_COST_LESS"]),
            # A step that would take nothing off is not taken.
            ("10", 3, 2, "10", ["GOODS_COST_LESS"]),
            ("10", 9, 2, "10", ["GOODS_COST_LESS"]),
            ("12", 9, 3, "12", ["GOODS_COST_LESS"]),
            # Who names no number asks for no more than fits.
            ("10", None, 2, "10", []),
            ("50", None, 10, "50", []),
        ],
    )
    def test_are_as_many_as_the_goods_need(
        self, goods: str, asked: int | None, times: int, amount: str, told: Any
    ) -> None:
        decision = take(reward(**STEPS), basket(line(goods)), RICH, times=asked)

        assert (decision.times, decision.points) == (times, times * 100)
        assert decision.amount == decision.benefit == Decimal(amount)
        assert cuts(decision) == told

    def test_the_fewest_are_had_even_if_the_goods_cost_less(self) -> None:
        wanted = reward(**{**STEPS, "steps": {"at_least": 4}})

        decision = take(wanted, basket(line("7")))

        assert (decision.times, decision.amount) == (4, 7)
        assert cuts(decision) == ["GOODS_COST_LESS"]


class TestSomeGoods:
    """Money off for some goods is off the cheapest piece, as Saleor does it."""

    def test_takes_the_cheapest_piece(self) -> None:
        goods = basket(mug("4", 3), mug("9"), line("1"))

        decision = take(reward(scope=MUGS), goods)

        assert (decision.amount, cuts(decision)) == (4, ["GOODS_COST_LESS"])

    @pytest.mark.parametrize(
        ("scope", "goods"),
        [
            (MUGS, [line("30")]),
            (MUGS, []),
            ({"without": {"collections": ["mugs"]}}, [mug("9")]),
            ({"full_price_only": True}, [line("9", is_full_price=False)]),
            (MUGS, [mug("9", is_gift=True), line("9")]),
        ],
    )
    def test_needs_one_of_them(self, scope: Any, goods: Any) -> None:
        for kind in ("MONEY_OFF", "PRODUCT"):
            assert whys(reward(kind, scope=scope), basket(*goods)) == [Why.NO_ELIGIBLE_GOODS]

    def test_steps_go_up_to_its_price(self) -> None:
        decision = take(reward(**STEPS, scope=MUGS), basket(mug("12"), line("99")), times=9)

        assert (decision.times, decision.amount) == (3, 12)

    def test_a_share_is_of_all_goods(self) -> None:
        wanted = reward(scope=MUGS, share_at_most=10)

        assert take(wanted, basket(mug("5"), line("45"))).minimum == 50
        [obstacle] = refused(wanted, basket(mug("4"), line("20")))
        assert obstacle.facts["missing"] == 16

    def test_without_a_checkout_it_is_its_whole_amount(self) -> None:
        assert take(reward(scope=MUGS)).amount == 5


@pytest.mark.parametrize(
    "wanted",
    [
        reward(),
        reward("PERCENT_OFF", percent=10),
        reward("PRODUCT"),
        reward("FREE_SHIPPING"),
        reward("GIFT_CARD"),
    ],
)
def test_the_goods_must_cost_enough(wanted: dict[str, Any]) -> None:
    terms = {**wanted, "minimum": {"USD": "20", "EUR": "18"}}

    [obstacle] = refused(terms, basket(line("12.50"), line("100", is_gift=True)))
    assert obstacle.why is Why.BASKET_TOO_SMALL
    assert obstacle.facts == {"missing": Decimal("7.50"), "currency": "USD"}
    assert take(terms, basket(line("20")))


@pytest.mark.parametrize(
    ("kind", "facts"),
    [("MONEY_OFF", {"money": {"USD": "5"}}), ("PERCENT_OFF", {"percent": 10}), ("PRODUCT", {})],
)
def test_a_minimum_goes_with_the_voucher(kind: str, facts: Any) -> None:
    wanted = reward(kind, **facts, minimum={"USD": "20"})

    assert take(wanted).minimum == 20
    assert take(wanted, basket(line("30"))).minimum == 20


class TestDigits:
    def test_amounts_have_no_parts_of_a_cent(self) -> None:
        finely = reward(points=1, money={"USD": "0.0125"}, steps={})

        assert take(finely, times=3).amount == Decimal("0.03")
        assert whys(reward(money={"USD": "0.009"})) == [Why.NOTHING_TO_TAKE_OFF]
        assert whys(reward(money={"USD": "0.009"}), basket(line("9"))) == [Why.NOTHING_TO_TAKE_OFF]

    def test_some_currencies_have_no_cents(self) -> None:
        yen = reward(money={"JPY": "12.5"}, share_at_most=30)

        decision = take(yen)

        assert (decision.amount, decision.minimum) == (12, 40)

    def test_a_minimum_is_never_above_the_goods_it_was_reckoned_for(self) -> None:
        dinars = reward(money={"KWD": "3"}, share_at_most=33)
        goods = basket(line("9.091"), currency="KWD")

        assert take(dinars, goods).minimum == Decimal("9.091")
