"""How much a rule may give, and all of them together: in an order, in a period, and ever."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from earning.buying import (
    NOON,
    bonus,
    by_line,
    by_rule,
    counted,
    earn,
    line,
    order,
    points,
    programme,
    rule,
    times,
    used,
)

from saleor_loyalty.earning.reckoning import ALL_RULES
from saleor_loyalty.earning.rules import (
    Allocation,
    Circumstances,
    Reckoning,
    Usage,
    ready,
    usages,
)


def limit(per: str, **most: int) -> list[dict[str, Any]]:
    return [{"per": per, **most}]


class TestPointsOfARule:
    @pytest.mark.parametrize(
        ("kind", "facts"),
        [
            ("RATE", {"rates": {"USD": {"points": 1, "per": "1"}}}),
            ("BANDS", {"bands": {"USD": [{"points": 1, "per": "1"}]}}),
            ("MULTIPLIER", {"factor": "2"}),
            ("BONUS", {"points": 100}),
            ("THRESHOLD", {"money": {"USD": "10"}, "points": 10, "repeats": True}),
            ("QUANTITY", {"points": 50}),
        ],
    )
    def test_are_cut_to_what_is_left(self, kind: str, facts: dict[str, Any]) -> None:
        for most, given in ((30, 30), (100, 100), (150, 100)):
            limited = rule("a", kind, limits=limit("ORDER", points=most), **facts)
            reckoning = earn(order(), limited)
            assert by_rule(reckoning) == {"base": 100, "a": given}

    def test_are_cut_on_every_line_alike(self) -> None:
        assert by_line(earn(order(), times(2, limits=limit("ORDER", points=10)))) == {
            "shirt": 66, "shoes": 44,
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("per", "bucket"),
        [
            ("DAY", "2026-03-01"), ("WEEK", "2026-W09"), ("MONTH", "2026-03"),
            ("QUARTER", "2026-Q1"), ("YEAR", "2026"), ("EVER", "EVER"),
        ],
    )  # fmt: skip
    def test_count_what_was_given_in_the_period(self, per: str, bucket: str) -> None:
        limited = bonus(50, limits=limit(per, points=80))

        assert points(order(), limited, who=used("bonus", bucket, points=60)) == 120
        assert points(order(), limited, who=used("bonus", bucket, points=80)) == 100
        assert points(order(), limited, who=used("bonus", bucket, points=99)) == 100
        assert points(order(), limited, who=used("other", bucket, points=80)) == 150
        assert points(order(), limited, who=used("bonus", "2025", points=80)) == 150

    def test_of_an_order_do_not_count_others(self) -> None:
        limited = bonus(50, limits=limit("ORDER", points=80))

        assert points(order(), limited, who=used("bonus", "ORDER", points=60)) == 150

    def test_are_within_the_tightest_of_several_limits(self) -> None:
        limits = [{"per": "DAY", "points": 40}, {"per": "EVER", "points": 100}]
        limited = bonus(50, limits=limits)

        assert points(order(), limited) == 140
        assert points(order(), limited, who=used("bonus", "EVER", points=90)) == 110

    def test_that_are_cut_are_multiplied_as_cut(self) -> None:
        doubled = rule(
            "a", "RATE", rates={"USD": {"points": 1, "per": "1"}}, limits=limit("ORDER", points=20)
        )

        assert by_rule(earn(order(), doubled, times(2))) == {"base": 100, "a": 20, "times": 120}

    def test_that_are_cut_leave_no_more_to_lose(self) -> None:
        groups = {"base": "MULTIPLY"}
        tripled = times(3, "a", limits=limit("ORDER", points=5))

        assert points(order(), tripled, times("0.1", "b"), groups=groups) == 10

    def test_do_not_limit_what_a_rule_takes(self) -> None:
        halved = times("0.5", limits=limit("ORDER", points=5))

        assert points(order(), halved) == 50

    def test_stay_within_the_limit_though_many_lines_are_rounded(self) -> None:
        lines = [line(f"l{number}", "0.50") for number in range(6)]
        limited = times(2, limits=limit("ORDER", points=1))

        assert by_rule(earn(order(*lines), limited)) == {"base": 3, "times": 1}


class TestTimesOfARule:
    def test_are_orders_for_most_rules(self) -> None:
        once = bonus(50, limits=limit("MONTH", times=2))

        assert points(order(), once, who=used("bonus", "2026-03", times=1)) == 150
        assert points(order(), once, who=used("bonus", "2026-03", times=2)) == 100
        assert points(order(), once, who=used("bonus", "2026-02", times=2)) == 150

    @pytest.mark.parametrize(("already", "given"), [(0, 30), (1, 20), (2, 10), (3, 0), (4, 0)])
    def test_are_bonuses_for_rules_that_give_several(self, already: int, given: int) -> None:
        who = used("a", "2026", times=already)
        limits = limit("YEAR", times=3)
        pieces = rule("a", "QUANTITY", points=10, limits=limits)
        money = rule("a", "THRESHOLD", money={"USD": "10"}, repeats=True, points=10, limits=limits)
        state = order(line("socks", 50, quantity=5))

        assert points(state, pieces, rates={}, who=who) == given
        assert points(state, money, rates={}, who=who) == given

    def test_are_orders_for_multipliers_too(self) -> None:
        once = times(2, limits=limit("MONTH", times=1))

        assert points(order(), once, who=used("times", "2026-03", times=1)) == 100
        assert points(order(), once) == 200

    def test_may_be_limited_in_one_order(self) -> None:
        pieces = rule("a", "QUANTITY", points=10, limits=limit("ORDER", times=2))

        assert points(order(line("socks", 50, quantity=5)), pieces, rates={}) == 20
        assert points(order(), bonus(5, limits=limit("ORDER", times=1))) == 105


class TestReceipts:
    """What they say of limits."""

    def facts(self, offer: dict[str, Any]) -> Any:
        return earn(order(line("socks", 50, quantity=5)), offer, rates={}).reasons[0].facts

    def test_tell_what_was_cut(self) -> None:
        pieces = rule("a", "QUANTITY", points=10, limits=limit("ORDER", times=3))
        assert self.facts(pieces)["uncut"] == "50"
        assert self.facts(pieces)["limit"] == {"times": 3, "per": "ORDER"}

        offer = bonus(50, limits=limit("ORDER", points=49))
        assert self.facts(offer)["uncut"] == "50"
        assert self.facts(offer)["limit"] == {"points": 49, "per": "ORDER"}

    def test_tell_the_whole_of_what_was_cut_twice(self) -> None:
        limits = [{"times": 3, "per": "ORDER"}, {"points": 20, "per": "DAY"}]
        found = self.facts(rule("a", "QUANTITY", points=10, limits=limits))

        assert (found["uncut"], found["exact"]) == ("50", "20")
        assert found["limit"] == {"points": 20, "per": "DAY"}

    def test_tell_nothing_of_limits_that_are_just_met(self) -> None:
        pieces = rule("a", "QUANTITY", points=10, limits=limit("ORDER", times=5))
        assert not {"uncut", "limit"} & self.facts(pieces).keys()
        assert "uncut" not in self.facts(bonus(50, limits=limit("ORDER", points=50)))


class TestBudgets:
    OFFER = bonus(50, "offer", budget=1000)

    @pytest.mark.parametrize(
        ("left", "given"), [({}, 50), ({"offer": 50}, 50), ({"offer": 20}, 20), ({"offer": 0}, 0),
                            ({"offer": -5}, 0), ({"other": 0}, 50)]
    )  # fmt: skip
    def test_are_given_until_nothing_is_left(self, left: dict[str, int], given: int) -> None:
        assert points(order(), self.OFFER, who=Circumstances(budget_left=left)) == 100 + given

    def test_cut_the_first_order_too(self) -> None:
        assert points(order(), bonus(50, budget=20)) == 120

    def test_go_together_with_limits(self) -> None:
        offer = self.OFFER | {"limits": limit("ORDER", points=30)}

        assert points(order(), offer, who=Circumstances(budget_left={"offer": 40})) == 130
        assert points(order(), offer, who=Circumstances(budget_left={"offer": 10})) == 110

    def test_are_known_by_rule_event_and_campaign(self) -> None:
        events = [{"id": "visit", "name": "Visit", "event": "visit", "points": 1, "budget": 7,
                   "limits": limit("DAY", times=1)}]  # fmt: skip
        campaigns = [{"kind": "STAMPS", "id": "card", "name": "Card", "target": 5,
                      "award": {"points": 9}, "budget": 70}]  # fmt: skip
        terms = ready(programme(self.OFFER, bonus(1), events=events, campaigns=campaigns))

        assert terms.budgets == {"offer": 1000, "visit": 7, "card": 70}


class TestAllRulesTogether:
    @pytest.mark.parametrize(("most", "given"), [(30, 30), (150, 150), (200, 150)])
    def test_give_no_more_than_their_limit(self, most: int, given: int) -> None:
        reckoning = earn(order(), bonus(50), limits=limit("ORDER", points=most))

        assert reckoning.points == reckoning.exact == sum(by_rule(reckoning).values()) == given

    def test_are_cut_alike(self) -> None:
        reckoning = earn(order(), bonus(50), limits=limit("ORDER", points=30))

        assert by_rule(reckoning) == {"base": 20, "bonus": 10}

    def test_count_all_points_of_the_period(self) -> None:
        limits = limit("DAY", points=120)

        assert points(order(), limits=limits, who=used(ALL_RULES, "2026-03-01", points=90)) == 30
        assert points(order(), limits=limits, who=used("base", "2026-03-01", points=90)) == 100

    def test_may_earn_so_many_times(self) -> None:
        limits = limit("DAY", times=2)

        assert points(order(), limits=limits, who=used(ALL_RULES, "2026-03-01", times=1)) == 100
        assert points(order(), limits=limits, who=used(ALL_RULES, "2026-03-01", times=2)) == 0


class TestUsages:
    """What one order adds to what was used."""

    EVERY: ClassVar[list[dict[str, Any]]] = [
        {"per": "ORDER", "points": 1000}, {"per": "DAY", "points": 1000},
        {"per": "MONTH", "times": 9}, {"per": "MONTH", "points": 1000}, {"per": "EVER", "times": 9},
    ]  # fmt: skip

    def usages(self, *rules: dict[str, Any], who: Any = None, at: Any = NOON,
               **earning: Any) -> dict[tuple[str, str], Usage]:  # fmt: skip
        terms = ready(programme(*rules, **earning))
        reckoning = counted(order(), terms, who or Circumstances())
        found = list(usages(reckoning, terms, at))
        assert len(found) == len(dict(found))
        return dict(found)

    def test_are_points_and_times_by_period(self) -> None:
        assert self.usages(bonus(50, limits=self.EVERY)) == {
            ("bonus", "2026-03-01"): Usage(50, 1),
            ("bonus", "2026-03"): Usage(50, 1),
            ("bonus", "EVER"): Usage(50, 1),
        }

    def test_count_bonuses_given_several_times(self) -> None:
        pieces = rule("a", "QUANTITY", points=10, limits=limit("DAY", times=9))

        assert self.usages(pieces) == {("a", "2026-03-01"): Usage(20, 2)}

    def test_are_told_by_the_shop_s_clock(self) -> None:
        late = NOON + timedelta(hours=11, minutes=30)
        offer = bonus(50, limits=limit("DAY", points=99))

        found = self.usages(offer, at=late, timezone="Europe/Paris")

        assert found == {("bonus", "2026-03-02"): Usage(50, 1)}

    def test_are_none_without_limits_beyond_the_order(self) -> None:
        assert self.usages(bonus(50), bonus(5, "b", limits=limit("ORDER", points=1))) == {}

    def test_are_none_of_rules_that_gave_nothing(self) -> None:
        offer = bonus(50, limits=limit("EVER", times=1))

        assert self.usages(offer, who=used("bonus", "EVER", times=1)) == {}
        assert self.usages(
            offer, limits=limit("DAY", points=5), who=used(ALL_RULES, "2026-03-01", points=5)
        ) == {}  # fmt: skip

    def test_are_no_points_of_rules_that_take(self) -> None:
        halved = times("0.5", limits=limit("EVER", times=3))

        assert self.usages(halved) == {("times", "EVER"): Usage(0, 1)}

    def test_of_all_rules_are_all_points(self) -> None:
        limits = [{"per": "DAY", "points": 999}, {"per": "ORDER", "points": 120}]

        assert self.usages(bonus(50), times("0.5"), limits=limits) == {
            (ALL_RULES, "2026-03-01"): Usage(100, 1)
        }

    def test_of_all_rules_begin_with_the_first_point(self) -> None:
        terms = ready(programme(limits=limit("DAY", points=999)))

        for earned, expected in ((1, [Usage(1, 1)]), (0, [])):
            reckoning = Reckoning(earned, allocations=(Allocation("a", "base", earned),))
            assert list(dict(usages(reckoning, terms, NOON)).values()) == expected

    def test_do_not_count_awards_of_campaigns(self) -> None:
        terms = ready(programme(limits=limit("DAY", points=999)))
        reckoning = Reckoning(
            90, allocations=(Allocation("a", "base", 20), Allocation("", "stamps", 70))
        )

        assert dict(usages(reckoning, terms, NOON)) == {(ALL_RULES, "2026-03-01"): Usage(20, 1)}


class TestWhetherAnOrderCanBeCountedAlone:
    @pytest.mark.parametrize(
        "facts",
        [
            {"audience": {"tiers": ["gold"]}}, {"audience": {"order_numbers": [1]}},
            {"audience": {"from_order": 2}}, {"new_category": True}, {"budget": 5},
            {"opt_in": True}, {"limits": limit("EVER", times=1)},
            {"limits": limit("DAY", points=1)},
        ],
    )  # fmt: skip
    def test_not_if_a_rule_looks_at_the_member(self, facts: dict[str, Any]) -> None:
        assert ready(programme(bonus(5, **facts))).needs_history

    @pytest.mark.parametrize(
        "facts",
        [
            {"limits": limit("DAY", points=1)},
            {"tiers": {"levels": [{"id": "a", "name": "A", "threshold": "0"}], "currency": "USD"}},
            {"maturity": {"trusted": {"orders": 1, "days": 0}}},
            {"campaigns": [{"kind": "STAMPS", "id": "card", "name": "Card", "target": 5,
                            "award": {"points": 9}}]},
        ],
    )  # fmt: skip
    def test_not_if_the_programme_does(self, facts: dict[str, Any]) -> None:
        assert ready(programme(**facts)).needs_history

    def test_if_everything_is_in_the_order(self) -> None:
        plain = bonus(5, limits=limit("ORDER", points=1), channels=["web"],
                      when={"weekdays": [1]}, scope={"full_price_only": True})  # fmt: skip

        assert not ready(
            programme(plain, times(2), limits=limit("ORDER", points=5), maturity={"days": 14},
                      expiry={"days": 5})
        ).needs_history  # fmt: skip
