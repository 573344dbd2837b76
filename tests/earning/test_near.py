"""What an order nearly earned."""

from typing import Any

import pytest
from earning.buying import SHIRT, bonus, earn, line, only, order, rule, times, used

from saleor_loyalty.earning.rules import Circumstances, Reason

LEVELS = {
    "currency": "USD",
    "levels": [
        {"id": "silver", "name": "Silver", "threshold": "0", "benefits": {"multiplier": "1.5"}},
        {"id": "gold", "name": "Gold", "threshold": "1", "benefits": {"multiplier": "2"}},
        {"id": "ruby", "name": "Ruby", "threshold": "2", "benefits": {"multiplier": "3"}},
    ],
}


def near(*rules: dict[str, Any], state: Any = None, **more: Any) -> tuple[Reason, ...]:
    return earn(state or order(), *rules, **more).nearly


def codes(*rules: dict[str, Any], **more: Any) -> list[tuple[str, str, int]]:
    return [(each.code, each.rule, each.points) for each in near(*rules, **more)]


def threshold(money: str, **facts: Any) -> dict[str, Any]:
    return rule("basket", "THRESHOLD", money={"USD": money}, points=50, **facts)


class TestMoneyMissing:
    @pytest.mark.parametrize(
        ("money", "repeats", "missing"),
        [
            ("100", False, None), ("100.01", False, "0.01"), ("160", False, "60"),
            ("200", False, "100"), ("200.01", False, None),
            # Of the next one, half must be there too.
            ("60", True, "20"), ("66.66", True, "33.32"), ("66.67", True, None),
            ("100", True, None),
        ],
    )  # fmt: skip
    def test_is_told_if_half_is_there(self, money: str, repeats: bool, missing: str | None) -> None:
        told = near(threshold(money, repeats=repeats))

        assert [each.facts["money"] for each in told] == ([missing] if missing else [])
        assert all((each.code, each.points) == ("MONEY_MISSING", 50) for each in told)

    def test_is_told_in_full(self) -> None:
        assert near(threshold("150")) == (
            Reason(
                "basket", "MONEY_MISSING", 50, {"name": "Basket", "money": "50", "currency": "USD"}
            ),
        )

    def test_is_of_the_goods_meant(self) -> None:
        (told,) = near(threshold("100", scope=only(products="shirt")))

        assert told.facts["money"] == "40"

    def test_is_not_told_where_it_would_give_nothing(self) -> None:
        assert not near(threshold("150", limits=[{"points": 49, "per": "ORDER"}]))
        assert near(threshold("150", limits=[{"points": 50, "per": "ORDER"}]))
        assert not near(threshold("60", repeats=True, limits=[{"times": 1, "per": "ORDER"}]))
        assert near(threshold("60", repeats=True, limits=[{"times": 2, "per": "ORDER"}]))
        assert not near(threshold("60", repeats=True, limits=[{"points": 99, "per": "ORDER"}]))
        assert not near(rule("basket", "THRESHOLD", money={"EUR": "150"}, points=50))
        assert not near(
            threshold("100", payment_methods=["card"]), state=order(paid={"card": 80, "cash": 30})
        )


class TestPiecesMissing:
    @pytest.mark.parametrize(
        ("every", "missing"), [(1, None), (2, 1), (3, 1), (6, 1), (9, 4), (10, 5), (11, None)]
    )
    def test_are_told_if_half_is_there(self, every: int, missing: int | None) -> None:
        state = order(line("socks", 50, quantity=5))

        told = near(rule("brand", "QUANTITY", every=every, points=120), state=state)

        assert [each.facts["pieces"] for each in told] == ([missing] if missing else [])
        assert all((each.code, each.points) == ("PIECES_MISSING", 120) for each in told)

    @pytest.mark.parametrize(
        ("limit", "is_told"),
        [
            ({"times": 2}, False), ({"times": 3}, True),
            ({"points": 359}, False), ({"points": 360}, True),
        ],
    )  # fmt: skip
    def test_are_told_where_one_more_bonus_is_within_the_limits(
        self, limit: dict[str, int], is_told: bool
    ) -> None:
        state = order(line("socks", 50, quantity=5))
        limits = [{"per": "ORDER", **limit}]

        told = near(rule("brand", "QUANTITY", every=2, points=120, limits=limits), state=state)

        codes = [each.code for each in told]
        assert codes == (["PIECES_MISSING"] if is_told else [])


class TestTime:
    """The order was made on 1 March at noon."""

    @pytest.mark.parametrize(
        ("when", "told"),
        [
            ({"ends_at": "2026-03-01T12:00:00Z"}, ("ENDED", "2026-03-01")),
            ({"ends_at": "2026-03-01T00:00:00Z"}, ("ENDED", "2026-02-28")),
            ({"ends_at": "2026-02-22T12:00:01Z"}, ("ENDED", "2026-02-22")),
            ({"ends_at": "2026-02-22T12:00:00Z"}, None),
            ({"starts_at": "2026-03-01T12:00:01Z"}, ("BEGINS", "2026-03-01")),
            ({"starts_at": "2026-03-08T12:00:00Z"}, ("BEGINS", "2026-03-08")),
            ({"starts_at": "2026-03-08T12:00:01Z"}, None),
            ({"starts_at": "2026-03-02T00:00:00Z", "weekdays": [1]}, None),
        ],
    )  # fmt: skip
    def test_is_told_within_a_week(
        self, when: dict[str, Any], told: tuple[str, str] | None
    ) -> None:
        found = [(each.code, each.facts["date"], each.points) for each in near(times(2, when=when))]

        assert found == ([(*told, 100)] if told else [])

    def test_is_told_by_the_shop_s_calendar(self) -> None:
        (told,) = near(
            times(2, when={"starts_at": "2026-03-01T23:00:00Z"}), timezone="Europe/Paris"
        )

        assert told.facts["date"] == "2026-03-02"

    def test_is_told_only_of_rules_for_this_order(self) -> None:
        ended = {"ends_at": "2026-03-01T12:00:00Z"}

        assert not near(times(2, when=ended, channels=["app"]))
        assert not near(times(2, when=ended, scope=only(products="hat")))
        assert not near(times(2, when=ended, audience={"segments": ["vip"]}))
        for_gold = times(2, when=ended, audience={"tiers": ["gold"]})
        assert not near(for_gold, tiers=LEVELS, who=Circumstances(tier="ruby"))
        assert not near(times(2, when=ended, opt_in=True))
        assert not near(times("0.5", when=ended))


class TestLevels:
    def test_that_come_next_are_told(self) -> None:
        assert codes(tiers=LEVELS) == [("NEXT_LEVEL", "tier-silver", 50)]
        assert codes(tiers=LEVELS, who=Circumstances(tier="silver")) == [
            ("NEXT_LEVEL", "tier-gold", 50)
        ]
        assert codes(tiers=LEVELS, who=Circumstances(tier="ruby")) == []

    def test_that_come_next_may_have_rules(self) -> None:
        offer = bonus(70, audience={"tiers": ["gold"]})

        assert near(offer, tiers=LEVELS, who=Circumstances(tier="silver"))[0] == Reason(
            "bonus", "FOR_LEVEL", 70, {"name": "Bonus", "level": {"name": "Gold"}}
        )
        assert codes(offer, tiers=LEVELS) == [("NEXT_LEVEL", "tier-silver", 50)]

    def test_are_told_by_how_much_more_they_give_than_the_best(self) -> None:
        groups, silver = {"base": "BEST_OF"}, Circumstances(tier="silver")

        told = codes(times("1.8"), tiers=LEVELS, groups=groups, who=silver)
        assert told == [("OUTDONE", "tier-silver", 50), ("NEXT_LEVEL", "tier-gold", 20)]
        assert codes(times(4), tiers=LEVELS, groups=groups, who=silver) == [
            ("OUTDONE", "tier-silver", 50)
        ]


class TestOptingIn:
    def test_is_told(self) -> None:
        assert near(times(2, "double-days", opt_in=True)) == (
            Reason("double-days", "TO_JOIN", 100, {"name": "Double days"}),
        )


class TestLimits:
    def test_that_are_reached_are_told(self) -> None:
        spent = near(
            times(2, limits=[{"points": 80, "per": "MONTH"}]),
            who=used("times", "2026-03", points=80),
        )

        assert spent == (
            Reason("times", "LIMIT_REACHED", 100,
                   {"name": "Times", "limit": {"points": 80, "per": "MONTH"}}),
        )  # fmt: skip

    def test_of_times_and_budgets_are_told(self) -> None:
        once = bonus(50, limits=[{"times": 1, "per": "EVER"}])
        (told,) = near(once, who=used("bonus", "EVER", times=1))
        assert (told.points, told.facts["limit"]) == (50, {"times": 1, "per": "EVER"})

        (told,) = near(bonus(50, budget=900), who=Circumstances(budget_left={"bonus": 0}))
        assert told.facts["limit"] == {"budget": 900}


class TestTheBestOf:
    def test_several_is_told_with_those_it_outdid(self) -> None:
        told = near(times(2, "a"), bonus(150, "b"), groups={"base": "BEST_OF"})

        assert told == (Reason("a", "OUTDONE", 100, {"name": "A", "better": {"name": "B"}}),)

    def test_several_is_what_others_are_compared_with(self) -> None:
        ended = {"ends_at": "2026-03-01T12:00:00Z"}
        rules = [times(3, "a", when=ended), bonus(150, "b")]

        assert codes(*rules, groups={"base": "BEST_OF"}) == [("ENDED", "a", 50)]


def test_at_most_five_are_told_the_most_valuable_first() -> None:
    ended = {"ends_at": "2026-03-01T12:00:00Z"}
    rules = [bonus(number, f"b{number}", when=ended) for number in (5, 90, 40, 90 - 1, 7, 60, 40)]
    rules[-1]["id"] = "second-forty"

    assert [each.rule for each in near(*rules)] == ["b90", "b89", "b60", "b40", "second-forty"]


@pytest.mark.parametrize(("price", "told"), [("0.99", []), ("1", [1]), ("1.99", [1])])
def test_less_than_a_point_is_not_told(price: str, told: list[int]) -> None:
    ended = times(2, when={"ends_at": "2026-03-01T12:00:00Z"})

    assert [each.points for each in near(ended, state=order(line("a", price)))] == told


def test_nothing_is_told_of_an_order_that_is_none() -> None:
    assert near(threshold("150"), state=order(SHIRT, status="CANCELED")) == ()
