"""How rules of a group, and groups, go together."""

from typing import Any, ClassVar

import pytest
from earning.buying import bonus, by_line, by_rule, earn, only, order, points, rule, times

from saleor_loyalty.earning.rules import Circumstances

SHIRTS, SHOES = only(products="shirt"), only(products="shoes")
LEVELS = {
    "levels": [
        {"id": "member", "name": "Member", "threshold": "0"},
        {"id": "gold", "name": "Gold", "threshold": "1", "benefits": {"multiplier": "1.5"}},
    ],
    "currency": "USD",
}
GOLD = Circumstances(tier="gold")


def rates(number: int, key: str, **facts: Any) -> dict[str, Any]:
    return rule(key, "RATE", rates={"USD": {"points": number, "per": "1"}}, **facts)


class TestAdding:
    @pytest.mark.parametrize(
        ("factors", "earned"),
        [
            (("2", "1.5"), 250),
            (("2", "3", "5"), 800),
            (("2", "0.5"), 150),
            (("0.5", "2"), 150),
            (("0.5", "0.5"), 0),
            (("0.5", "0.5", "0.5"), 0),
            (("0", "0", "3"), 100),
            (("3", "0", "0"), 100),
            (("0", "2", "0"), 0),
        ],
    )
    def test_puts_the_extra_parts_together_and_never_below_nothing(
        self, factors: tuple[str, ...], earned: int
    ) -> None:
        rules = [times(factor, f"r{number}") for number, factor in enumerate(factors)]

        assert points(order(), *rules) == earned

    def test_is_what_groups_do_that_nobody_described(self) -> None:
        rules = [times(2, "a", group="other"), times(3, "b", group="other")]

        assert points(order(), *rules, groups={}) == 400

    def test_is_done_line_by_line(self) -> None:
        reckoning = earn(order(), times(2, "a", scope=SHIRTS), times("0.5", "b"))

        assert by_line(reckoning) == {"shirt": 90, "shoes": 20}
        assert by_rule(reckoning) == {"base": 100, "a": 60, "b": -50}

    def test_loses_no_more_than_the_line_has(self) -> None:
        reckoning = earn(
            order(), times(0, "a", scope=SHIRTS), times(0, "b", scope=SHIRTS), times("0.5", "c")
        )

        assert by_line(reckoning) == {"shoes": 20} | {
            name: 0 for name, points in by_line(reckoning).items() if not points
        }
        assert by_rule(reckoning) == {"base": 100, "a": -60, "c": -20}


class TestMultiplying:
    GROUPS: ClassVar[dict[str, Any]] = {"groups": {"base": "MULTIPLY"}}

    def test_multiplies_one_after_another(self) -> None:
        reckoning = earn(order(), times(2, "a"), times("1.5", "b"), **self.GROUPS)

        assert by_rule(reckoning) == {"base": 100, "a": 100, "b": 100}

    def test_is_done_line_by_line(self) -> None:
        reckoning = earn(order(), times(2, "a", scope=SHIRTS), times("1.5", "b"), **self.GROUPS)

        assert by_line(reckoning) == {"shirt": 180, "shoes": 60}
        assert by_rule(reckoning) == {"base": 100, "a": 60, "b": 80}

    def test_adds_rates_and_bonuses(self) -> None:
        rules = (rates(1, "a"), rates(2, "b"), bonus(5), bonus(7, "c"), times(2))

        assert points(order(), *rules, **self.GROUPS) == 812

    def test_may_leave_nothing(self) -> None:
        assert points(order(), times(3, "a"), times(0, "b"), times(5, "c"), **self.GROUPS) == 0


class TestGroups:
    def test_multiply_each_other(self) -> None:
        rules = [times(2, "a"), times(3, "b"), times(2, "c", group="other")]

        reckoning = earn(order(), *rules)

        # 1 + 1 + 2, twice.
        assert by_rule(reckoning) == {"base": 100, "a": 100, "b": 200, "c": 400}

    def test_multiply_each_other_in_the_order_they_are_described_in(self) -> None:
        rules = [times(2, "a"), times(3, "b", group="other")]

        first = earn(order(), *rules, groups={"base": "ADD", "other": "ADD"})
        last = earn(order(), *rules, groups={"other": "ADD", "base": "ADD"})

        assert by_rule(first) == {"base": 100, "a": 100, "b": 400}
        assert by_rule(last) == {"base": 100, "b": 200, "a": 300}

    def test_add_their_points(self) -> None:
        rules = [rates(1, "a"), rates(2, "b", group="other"), bonus(5, group="third")]

        assert points(order(), *rules) == 405


class TestBestOf:
    GROUPS: ClassVar[dict[str, Any]] = {"groups": {"best": "BEST_OF"}}

    def best(self, *rules: dict[str, Any], **more: Any) -> dict[str, int]:
        rules = tuple({"group": "best"} | rule for rule in rules)
        return by_rule(earn(order(), *rules, **self.GROUPS, **more))

    def test_counts_only_the_rule_that_gives_most(self) -> None:
        assert self.best(times(2, "a"), times(3, "b"), times("1.5", "c")) == {"base": 100, "b": 200}

    def test_counts_one_rule_for_the_whole_order(self) -> None:
        # Doubling the shirt gives 60, and tripling the shoes 80.
        assert self.best(times(2, "a", scope=SHIRTS), times(3, "b", scope=SHOES)) == {
            "base": 100, "b": 80,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("bonus_points", "winner"), [(99, {"b": 100}), (100, {"a": 100}), (101, {"a": 101})]
    )
    def test_compares_rules_of_every_kind_and_prefers_the_first_of_equals(
        self, bonus_points: int, winner: dict[str, int]
    ) -> None:
        assert self.best(bonus(bonus_points, "a"), times(2, "b")) == {"base": 100, **winner}

    def test_compares_rates_and_lets_others_multiply_the_best(self) -> None:
        twice = times(2, "twice", group="base")

        assert self.best(rates(2, "a"), rates(3, "b"), twice) == {
            "base": 100, "b": 300, "twice": 400,
        }  # fmt: skip

    def test_compares_what_rules_give_within_their_limits(self) -> None:
        ten_times = times(10, "a", limits=[{"points": 50, "per": "ORDER"}])

        assert self.best(ten_times, times(2, "b")) == {"base": 100, "b": 100}

    def test_counts_the_least_loss_if_all_rules_take(self) -> None:
        assert self.best(times("0.5", "a"), times("0.8", "b")) == {"base": 100, "b": -20}

    def test_leaves_the_everyday_rate_alone(self) -> None:
        rules = [times(2, "a"), times(3, "b")]

        assert by_rule(earn(order(), *rules, groups={"base": "BEST_OF"})) == {
            "base": 100, "b": 200,
        }  # fmt: skip

    def test_goes_together_with_other_groups(self) -> None:
        rules = [
            times(2, "a", group="best"), times(3, "b", group="best"), times(2, "c"),
        ]  # fmt: skip

        assert points(order(), *rules, **self.GROUPS) == 600


class TestLevels:
    def test_multiply_what_the_order_gives(self) -> None:
        assert by_rule(earn(order(), tiers=LEVELS, who=GOLD)) == {"base": 100, "tier-gold": 50}
        assert by_rule(earn(order(), bonus(9), tiers=LEVELS, who=GOLD)) == {
            "base": 100, "tier-gold": 50, "bonus": 9,
        }  # fmt: skip

    @pytest.mark.parametrize("tier", [None, "member", "platinum"])
    def test_give_nothing_to_members_of_none_that_multiplies(self, tier: str | None) -> None:
        assert points(order(), tiers=LEVELS, who=Circumstances(tier=tier)) == 100

    def test_go_together_with_rules_as_their_group_says(self) -> None:
        for kind, earned in (("ADD", 250), ("MULTIPLY", 300), ("BEST_OF", 200)):
            assert points(
                order(), times(2), tiers=LEVELS, who=GOLD, groups={"base": kind}
            ) == earned  # fmt: skip

    def test_may_have_a_group_of_their_own(self) -> None:
        tiers = LEVELS | {"group": "levels"}

        assert points(order(), times(2), times(3, "three"), tiers=tiers, who=GOLD) == 600

    def test_multiply_shipping_where_it_earns(self) -> None:
        assert points(order(), tiers=LEVELS, who=GOLD, shipping=True) == 165
