"""What lies ahead of a member, in facts and in words."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from tiers.climbs import (
    BEAUTY,
    climb,
    day,
    given,
    programme,
    spent,
    told,
    versions,
)

from saleor_loyalty.programme.document import Programme
from saleor_loyalty.tiers import sentences
from saleor_loyalty.tiers.rules import Climb, Goal, Outlook

TERMS = programme(grace_days=31, timezone="Europe/Paris")


def outlook(way: Climb, at: str) -> Outlook:
    found = way.outlook(day(at))
    assert found
    return found


def words(way: Climb, at: str, document: Programme = TERMS) -> str:
    return sentences.sentence(outlook(way, at), versions(document), document)


class TestFacts:
    def test_tell_what_is_missing_for_the_next_level_and_by_when(self) -> None:
        found = outlook(climb(TERMS, spent("2026-02-01", 380)), "2026-03-01")

        assert found.rise == Goal(
            "gold", Decimal(500), Decimal(380), day("2025-12-31T23:00"), day("2026-12-31T23:00")
        )
        assert found.rise.missing == 120

    def test_tell_what_keeps_the_level_and_until_when(self) -> None:
        way = climb(TERMS, spent("2026-02-01", 100), spent("2027-02-01", 66))

        found = outlook(way, "2027-03-01")

        assert found.keep == Goal(
            "silver", Decimal(100), Decimal(66), day("2026-12-31T23:00"), day("2028-01-31T23:00")
        )
        assert (found.projected, found.review_at) == (None, day("2028-01-31T23:00"))

    def test_project_the_level_that_is_kept(self) -> None:
        way = climb(TERMS, spent("2026-02-01", 500), spent("2027-02-01", 100))

        assert outlook(way, "2027-03-01").projected == "silver"

    def test_of_those_on_the_highest_level_have_nothing_above(self) -> None:
        assert outlook(climb(TERMS, spent("2026-02-01", 1000)), "2026-03-01").rise is None

    def test_of_what_is_for_ever_have_nothing_to_keep(self) -> None:
        found = outlook(climb(programme(BEAUTY)), "2026-03-01")

        assert (found.keep, found.review_at, found.projected) == (None, None, "insider")

    def test_of_a_level_given_by_hand_tell_what_comes_after_it(self) -> None:
        way = climb(
            TERMS, spent("2026-02-01", 100), grants=[given("gold", "2026-03-01", "2026-09-01")]
        )

        found = outlook(way, "2026-04-01")

        assert (found.level, found.projected) == ("gold", "silver")
        assert (found.review_at, found.keep) == (day("2026-09-01"), None)
        assert found.rise
        assert (found.rise.level, found.rise.missing) == ("platinum", 900)

    def test_of_a_year_that_stands_alone_have_nothing_that_keeps_the_level(self) -> None:
        terms = programme(validity={"until": "END_OF_YEAR"})

        found = outlook(climb(terms, spent("2026-02-01", 100)), "2026-03-01")

        assert (found.keep, found.projected) == (None, None)

    def test_change_nothing(self) -> None:
        way = climb(TERMS, spent("2026-02-01", 100))

        first, second = outlook(way, "2026-03-01"), outlook(way, "2026-03-01")

        assert first == second
        assert len(way.changes) == 1


class TestWords:
    @pytest.mark.parametrize(
        ("spending", "at", "sentence"),
        [
            ([], "2026-03-01", "Spend 100 $ by 31 December to reach Silver."),
            (
                [("2026-02-01", 380)],
                "2026-03-01",
                "Spend 100 $ from 1 January 2027 to 31 January 2028 to keep Silver."
                " Spend 120 $ more by 31 December to reach Gold.",
            ),
            (
                [("2026-02-01", 100), ("2027-02-01", "66.5")],
                "2027-03-01",
                "Spend 33.50 $ more by 31 January 2028 to keep Silver."
                " Spend 433.50 $ more by 31 December to reach Gold.",
            ),
            (
                [("2026-02-01", 1000), ("2027-02-01", 1000)],
                "2027-03-01",
                "You keep Platinum: nothing more is needed.",
            ),
        ],
    )
    def test_say_what_to_spend_and_by_when(
        self, spending: Sequence[tuple[str, int | str]], at: str, sentence: str
    ) -> None:
        way = climb(TERMS, *[spent(*each) for each in spending])

        assert words(way, at).replace("\N{NO-BREAK SPACE}", " ") == sentence

    @pytest.mark.parametrize(
        ("metric", "sentence"),
        [
            ("POINTS", "Earn 98 more points by 31 December to reach Silver."),
            ("ORDERS", "Order 98 more times by 31 December to reach Silver."),
            ("VISITS", "Shop on 99 more days by 31 December to reach Silver."),
            ("MEMBERSHIP", "Become a paying member to reach Silver."),
            ("ATTRIBUTE", "Raise “balance” by 90 to reach Silver."),
        ],
    )
    def test_say_what_to_do_instead(self, metric: str, sentence: str) -> None:
        terms = programme(metric=metric, attribute="balance")
        deeds = spent("2026-02-01", 0, points=1), spent("2026-02-01", 0, points=1)
        way = climb(terms, *deeds, facts=[told("2026-02-01", 10)])

        assert words(way, "2026-03-01", terms) == sentence

    def test_name_one_thing_as_one(self) -> None:
        terms = programme((("silver", 1),), metric="ORDERS")

        assert words(climb(terms), "2026-03-01", terms) == (
            "Order 1 time by 31 December to reach Silver."
        )

    def test_use_the_shops_name_of_points(self) -> None:
        terms = programme(metric="POINTS")
        unit = {"one": "pearl", "many": "pearls"}
        terms = Programme.model_validate(terms.model_dump() | {"unit": unit})

        assert words(climb(terms), "2026-03-01", terms) == (
            "Earn 100 pearls by 31 December to reach Silver."
        )

    def test_say_until_when_a_level_given_by_hand_lasts(self) -> None:
        way = climb(TERMS, grants=[given("platinum", "2026-03-01", "2026-09-01")])

        assert words(way, "2026-04-01") == "You have Platinum until 1 September."

    def test_say_it_where_there_is_no_end(self) -> None:
        terms = programme(validity={"until": "FOR_EVER"})
        way = climb(terms, spent("2026-02-01", 1000))

        assert words(way, "2026-04-01", terms) == "You keep Platinum: nothing more is needed."
