"""Levels given by hand."""

import pytest
from tiers.climbs import BEAUTY, climb, day, given, levels_on, programme, spent, story, versions

from saleor_loyalty.tiers.rules import Grant

TERMS = programme()


class TestAFloor:
    def test_is_the_least_a_member_has(self) -> None:
        way = climb(TERMS, grants=[given("gold", "2026-03-01", "2026-09-01")])

        assert levels_on(way, "2026-02-28", "2026-03-02", "2026-08-31", "2026-09-02") == [
            None, "gold", "gold", None,
        ]  # fmt: skip

    def test_leaves_more_to_those_who_reach_more(self) -> None:
        way = climb(
            TERMS, spent("2026-04-01", 1000), grants=[given("gold", "2026-03-01", "2026-09-01")]
        )

        assert levels_on(way, "2026-04-02", "2026-09-02") == ["platinum", "platinum"]

    def test_gives_way_to_what_was_reached_below_it(self) -> None:
        way = climb(
            TERMS, spent("2026-04-01", 100), grants=[given("gold", "2026-03-01", "2026-09-01")]
        )

        assert levels_on(way, "2026-08-31", "2026-09-02") == ["gold", "silver"]

    def test_does_not_shorten_the_promise_of_the_same_level(self) -> None:
        way = climb(
            TERMS, spent("2026-02-01", 500), grants=[given("gold", "2026-03-01", "2026-09-01")]
        )

        standing = way.standing_at(day("2026-04-01"))

        assert (standing.until, standing.cause) == (day("2028-01-01T00:00"), "UPGRADE")

    def test_that_lasts_longer_than_the_promise_carries_on_after_it(self) -> None:
        way = climb(
            TERMS, spent("2026-02-01", 500), grants=[given("gold", "2026-03-01", "2030-09-01")]
        )

        assert way.standing_at(day("2026-04-01")).until == day("2030-09-01")
        assert levels_on(way, "2028-06-01", "2030-08-31", "2030-09-02") == ["gold", "gold", None]


class TestExactly:
    @pytest.mark.parametrize(("spending", "after"), [(1000, "platinum"), (0, None)])
    def test_is_the_level_whatever_is_reached(self, spending: int, after: str | None) -> None:
        grant = given("gold", "2026-03-01", "2026-09-01", exactly=True)
        way = climb(TERMS, spent("2026-04-01", spending), grants=[grant])

        assert levels_on(way, "2026-04-02", "2026-09-02") == ["gold", after]

    def test_the_last_one_given_counts(self) -> None:
        first = given("platinum", "2026-03-01", exactly=True)
        second = given("silver", "2026-04-01", "2026-05-01", exactly=True)

        way = climb(TERMS, grants=[second, first])

        assert levels_on(way, "2026-03-02", "2026-04-02", "2026-05-02") == [
            "platinum", "silver", "platinum",
        ]  # fmt: skip


def test_one_that_was_revoked_counts_until_then() -> None:
    way = climb(TERMS, grants=[given("gold", "2026-03-01", revoked="2026-04-01")])

    before = way.standing_at(day("2026-03-31"))
    after = way.standing_at(day("2026-04-01"))

    assert (before.level, before.until, before.cause) == ("gold", None, "MANUAL")
    assert (after.level, after.cause) == (None, "MANUAL")


def test_one_from_before_joining_counts_from_the_start() -> None:
    way = climb(TERMS, joined="2026-01-01", grants=[given("gold", "2025-03-01")])

    standing = way.standing_at(day("2026-01-01"))

    assert (standing.level, standing.cause) == ("gold", "MANUAL")


def test_one_of_a_level_that_is_gone_is_of_the_next_below() -> None:
    terms = versions(TERMS, ("2026-06-01", programme((("silver", 100), ("platinum", 1000)))))

    way = climb(terms, grants=[given("gold", "2026-03-01")])

    assert levels_on(way, "2026-05-31", "2026-06-02") == ["gold", "silver"]


def test_one_of_a_level_nobody_ever_knew_counts_for_nothing() -> None:
    way = climb(TERMS, spent("2026-02-01", 500), grants=[given("emerald", "2026-03-01")])

    assert levels_on(way, "2026-03-02") == ["gold"]


def test_the_history_tells_why() -> None:
    grant = Grant("rouge", day("2026-03-01"), day("2026-09-01"), True, "Our fault")
    way = climb(programme(BEAUTY), spent("2026-04-01", 400), grants=[grant])

    way.standing_at(day("2029-01-01"))

    assert story(change.standing for change in way.changes) == [
        ("rouge", "MANUAL"),
        ("vib", "MANUAL"),
        ("insider", "REVIEW"),
    ]
    assert [change.before for change in way.changes] == ["insider", "rouge", "vib"]
