"""What shoppers are shown, and the ladders of famous programmes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from rewards.baskets import (
    ANYBODY,
    NOON,
    basket,
    cuts,
    line,
    programme,
    reward,
    with_promotion,
)

from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.presets import load
from saleor_loyalty.rewards.rules import decide, offers
from saleor_loyalty.rewards.values import Means, Offer, Unavailable, Why

#: A Tuesday.
TUESDAY = NOON + timedelta(days=2)


def points(count: int, **facts: Any) -> Any:
    return replace(ANYBODY, points=count, **facts)


def named(key: str, kind: str = "MONEY_OFF", **terms: Any) -> dict[str, Any]:
    return {**reward(kind, **terms), "id": key}


def keys(found: list[Offer]) -> list[str]:
    return [each.reward.id for each in found]


class TestOrder:
    def test_what_saves_most_comes_first(self) -> None:
        document = programme(
            named("five"),
            named("ten", money={"USD": "10"}, points=300),
            named("shipping", "FREE_SHIPPING"),
            named("half", "PERCENT_OFF", percent=50),
        )

        found = offers(document, ANYBODY, checkout=basket(line("30"), shipping="7"), at=NOON)

        assert keys(found) == ["half", "ten", "shipping", "five"]
        assert [each.total_after for each in found] == [22, 27, 30, 32]

    def test_what_is_lost_is_taken_into_account(self) -> None:
        document = programme(named("five"), named("four", "GIFT_CARD", money={"USD": "4"}))

        found = offers(document, ANYBODY, checkout=with_promotion(line("30")), at=NOON)

        assert keys(found) == ["four", "five"]

    def test_then_comes_what_lacks_only_points_by_how_many(self) -> None:
        document = programme(
            named("never", points=None),
            named("far", points=5000),
            named("gold", points=1001, audience={"tiers": ["gold"]}),
            named("near", points=1100),
            named("now"),
        )

        for checkout in (None, basket(line("30"))):
            found = offers(document, ANYBODY, checkout=checkout, at=NOON)
            assert keys(found) == ["now", "near", "far", "never", "gold"]

    def test_equals_stay_in_the_order_of_the_programme(self) -> None:
        document = programme(*[named(key) for key in ("c", "a", "b")])

        assert keys(offers(document, ANYBODY, checkout=basket(line("30")), at=NOON)) == list("cab")
        assert keys(offers(document, points(0), at=NOON)) == list("cab")

    def test_a_programme_without_rewards_offers_none(self) -> None:
        assert offers(programme(), ANYBODY, at=NOON) == []


def test_each_reward_has_a_stock_of_its_own() -> None:
    document = programme(named("one", stock=1), named("two", stock=2))

    found = offers(document, ANYBODY, stock_taken={"one": 1, "two": 1}, at=NOON)

    assert [(each.reward.id, each.times_at_most) for each in found] == [("two", 1), ("one", 0)]


def test_an_offer_that_cannot_be_had_has_no_total() -> None:
    [found] = offers(programme(named("one")), points(0), checkout=basket(line("30")), at=NOON)

    assert (found.decision, found.total_after, found.times_at_most) == (None, None, 0)


def test_a_total_is_never_below_nothing() -> None:
    """Shipping was paid by a promotion that the checkout does not tell."""
    goods = basket(line("30"), total=Decimal(3), balance=Decimal(3))

    [found] = offers(programme(named("one")), ANYBODY, checkout=goods, at=NOON)

    assert found.total_after == 0


ULTA = [(100, "3"), (250, "8"), (500, "17.50"), (1000, "50"), (2000, "125")]


class TestUlta:
    """Every step of the ladder is worth more for each point than the one before."""

    DOCUMENT = Programme.model_validate(load("ulta"))

    def test_the_ladder(self) -> None:
        found = offers(self.DOCUMENT, points(2000), at=NOON)
        amounts = [each.decision.amount for each in found if each.decision]

        assert [each.points for each in found] == [points for points, _money in ULTA]
        assert amounts == [Decimal(money) for _points, money in ULTA]

    @pytest.mark.parametrize(
        ("balance", "best", "next_", "missing"),
        [(99, None, "off-3", 1), (100, "off-3", "off-8", 150), (1999, "off-50", "off-125", 1)],
    )
    def test_the_largest_step_within_reach_comes_first(
        self, balance: int, best: str | None, next_: str, missing: int
    ) -> None:
        found = offers(self.DOCUMENT, points(balance), checkout=basket(line("200")), at=NOON)
        ahead = next(each for each in found if each.obstacles)

        assert (found[0].reward.id if found[0].decision else None) == best
        assert ahead.reward.id == next_
        assert ahead.obstacles[0].facts["missing"] == missing

    def test_it_never_asks_for_more_points_than_an_order_may_take(self) -> None:
        assert self.DOCUMENT.redeeming.points_per_order == 4000
        assert decide(self.DOCUMENT, "off-125", points(9000), at=NOON).points == 2000


class TestStarbucks:
    """Points buy things, not money: the dearest that they buy of what is in the basket."""

    DOCUMENT = Programme.model_validate(load("starbucks"))
    BASKET = basket(
        line("6.50", collections=("rewards-200",)),
        line("3.25", 2, collections=("rewards-100",)),
        line("0.80", collections=("rewards-25",)),
    )

    def test_each_item_has_its_price(self) -> None:
        prices = {each.id: each.points for each in self.DOCUMENT.rewards}

        assert prices == {
            "extra": 25,
            "brewed-coffee": 100,
            "handcrafted-drink": 200,
            "lunch": 300,
            "merchandise": 400,
            "birthday-treat": None,
        }

    def test_the_basket_says_what_is_of_use(self) -> None:
        found = offers(self.DOCUMENT, points(350), checkout=self.BASKET, at=NOON)

        assert [(each.reward.id, each.decision.benefit) for each in found if each.decision] == [
            ("handcrafted-drink", Decimal("6.50")),
            ("brewed-coffee", Decimal("3.25")),
            ("extra", Decimal("0.80")),
        ]
        others = {each.reward.id: [one.why for one in each.obstacles] for each in found[3:]}
        assert others == {
            "lunch": [Why.NO_ELIGIBLE_GOODS],
            "merchandise": [Why.NO_ELIGIBLE_GOODS, Why.NOT_ENOUGH_POINTS],
            "birthday-treat": [Why.NOT_GIVEN],
        }

    def test_the_birthday_treat_is_given(self) -> None:
        given = points(0, given={"birthday-treat": 1})

        decision = decide(self.DOCUMENT, "birthday-treat", given, checkout=self.BASKET, at=NOON)

        assert (decision.points, decision.benefit) == (0, Decimal("6.50"))


class TestTarget:
    """A point is a cent; the shopper says how many."""

    DOCUMENT = programme(
        named("earnings", points=1, money={"USD": "0.01"}, steps={}),
        named("birthday", "PERCENT_OFF", points=None, percent=5, per_order=1),
    )

    @pytest.mark.parametrize(
        ("balance", "goods", "spent"), [(1234, "50", 1234), (1234, "9.99", 999), (0, "9.99", None)]
    )
    def test_all_of_it_if_there_is_no_number(
        self, balance: int, goods: str, spent: int | None
    ) -> None:
        found = offers(self.DOCUMENT, points(balance), checkout=basket(line(goods)), at=NOON)
        decision = next(each.decision for each in found if each.reward.id == "earnings")

        assert (decision.points if decision else None) == spent
        assert (decision.amount if decision else None) == (Decimal(spent) / 100 if spent else None)

    def test_any_number_of_cents(self) -> None:
        decision = decide(
            self.DOCUMENT, "earnings", points(1234), times=777, checkout=basket(line("9")), at=NOON
        )

        assert (decision.points, decision.amount, cuts(decision)) == (777, Decimal("7.77"), [])


class TestSephora:
    """A reward for the highest level, on two days of the week, while it lasts."""

    DOCUMENT = Programme.model_validate(load("sephora"))

    def why_not(self, who: Any, **asked: Any) -> list[Why]:
        try:
            decide(self.DOCUMENT, "rouge-reward", who, **{"at": TUESDAY, **asked})
        except Unavailable as error:
            return [each.why for each in error.obstacles]
        return []

    def test_is_for_its_audience(self) -> None:
        rouge = points(2500, tier="rouge")

        assert self.why_not(rouge) == []
        assert self.why_not(replace(rouge, tier="vib")) == [Why.WRONG_TIER]
        assert self.why_not(points(2499, tier="rouge")) == [Why.NOT_ENOUGH_POINTS]
        assert self.why_not(rouge, at=TUESDAY + timedelta(days=1)) == [Why.NOT_NOW]
        assert self.why_not(rouge, stock_taken=999) == []
        assert self.why_not(rouge, stock_taken=1000) == [Why.SOLD_OUT]

    def test_takes_a_hundred_dollars_off(self) -> None:
        decision = decide(
            self.DOCUMENT,
            "rouge-reward",
            points(2500, tier="rouge"),
            checkout=basket(line("130")),
            at=TUESDAY,
        )

        assert (decision.means, decision.amount, decision.points) == (Means.VOUCHER, 100, 2500)
