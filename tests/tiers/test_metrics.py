"""What levels are reached by, over which window, and for how long."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tiers.climbs import climb, day, levels_on, midnight, programme, spent, told

from saleor_loyalty.tiers.rules import Deed

INSTANT = timedelta(microseconds=1)
YEAR = {"kind": "CALENDAR_YEAR"}
ROLLING = {"kind": "ROLLING", "months": 3}
EVER = {"kind": "SINCE_JOINING"}
WINDOWS = [YEAR, ROLLING, EVER]
TWO = (("low", 2), ("high", 4))


class TestMetric:
    @pytest.mark.parametrize("window", WINDOWS)
    @pytest.mark.parametrize(
        ("metric", "each", "needed"),
        [
            ("MONEY", {"money": "1.5"}, 2),
            ("POINTS", {"points": 1}, 2),
            ("ORDERS", {}, 2),
            ("VISITS", {}, 2),
        ],
    )
    def test_counts_what_it_says(
        self, window: dict[str, Any], metric: str, each: dict[str, Any], needed: int
    ) -> None:
        terms = programme(TWO, metric=metric, window=window)
        deeds = [
            spent(f"2026-03-0{number}", each.get("money", 0), points=each.get("points", 0))
            for number in range(1, needed + 1)
        ]

        before, after = climb(terms, *deeds[:-1]), climb(terms, *deeds)

        assert levels_on(before, "2026-03-20") == [None]
        assert levels_on(after, "2026-03-20") == ["low"]

    def test_of_orders_and_visits_leaves_out_other_deeds(self) -> None:
        confirmed = Deed(day("2026-03-01"), Decimal(0), 500, is_order=False)

        for metric, level in (("ORDERS", None), ("VISITS", None), ("POINTS", "high")):
            way = climb(programme(TWO, metric=metric), confirmed, confirmed)
            assert levels_on(way, "2026-03-02") == [level]

    def test_of_visits_counts_days_by_the_shops_clocks(self) -> None:
        # Both on 1 March in New York, on two days in UTC.
        deeds = spent("2026-03-01T20:00", 10), spent("2026-03-02T04:00", 10)
        local = programme(TWO, metric="VISITS", timezone="America/New_York")

        assert levels_on(climb(local, *deeds), "2026-03-20") == [None]
        assert levels_on(climb(programme(TWO, metric="VISITS"), *deeds), "2026-03-20") == ["low"]

    def test_of_a_membership_is_whether_there_is_one(self) -> None:
        terms = programme((("club", 1), ("gold-club", 2)), metric="MEMBERSHIP")
        key = "membership"

        assert levels_on(climb(terms), "2026-03-20") == [None]
        for value, level in (
            ("0.5", "club"),
            (1, "club"),
            (2, "gold-club"),
            (0, None),
            (None, None),
        ):
            way = climb(terms, facts=[told("2026-03-01", value, key)])
            assert levels_on(way, "2026-03-20") == [level]

    @pytest.mark.parametrize("window", [YEAR, EVER])
    def test_of_an_attribute_is_the_number_told_last(self, window: dict[str, Any]) -> None:
        terms = programme(TWO, metric="ATTRIBUTE", attribute="balance", window=window)
        facts = [told("2026-03-01", 1), told("2026-03-10", 3), told("2026-03-11", 99, "other")]

        way = climb(terms, facts=facts)

        assert levels_on(way, "2026-03-09", "2026-03-10", "2026-04-01") == [None, "low", "low"]

    def test_of_an_attribute_rises_when_it_is_told_though_nothing_is_bought(self) -> None:
        terms = programme(TWO, metric="ATTRIBUTE", attribute="balance")

        standing = climb(terms, facts=[told("2026-03-10", 3)]).standing_at(day("2026-05-01"))

        assert (standing.level, standing.since) == ("low", day("2026-03-10"))


class TestWindow:
    def test_of_a_calendar_year_begins_again_on_the_first_of_january(self) -> None:
        terms = programme(window=YEAR)
        way = climb(terms, spent("2025-12-31T23:59", 60), spent("2026-01-01T00:00", 60))

        assert levels_on(way, "2026-01-02") == [None]

    def test_of_a_calendar_year_is_the_shops(self) -> None:
        terms = programme(window=YEAR, timezone="Asia/Tokyo")
        # 1 January in Tokyo already.
        way = climb(terms, spent("2025-12-31T15:00", 60), spent("2026-01-01T00:00", 60))

        assert levels_on(way, "2026-01-02") == ["silver"]

    def test_of_months_forgets_what_is_older(self) -> None:
        terms = programme(window=ROLLING)

        in_time = climb(terms, spent("2026-01-10", 60), spent("2026-04-10", 60))
        too_late = climb(terms, spent("2026-01-10", 60), spent("2026-04-10T12:01", 60))

        assert levels_on(in_time, "2026-04-11") == ["silver"]
        assert levels_on(too_late, "2026-04-11") == [None]

    def test_since_joining_forgets_nothing(self) -> None:
        terms = programme(window=EVER)
        way = climb(terms, spent("2016-01-10", 60), spent("2026-04-10", 60), joined="2016-01-01")

        assert levels_on(way, "2026-04-11") == ["silver"]


class TestValidity:
    @pytest.mark.parametrize(
        ("validity", "until"),
        [
            ({"until": "END_OF_YEAR"}, midnight("2027-01-01")),
            ({"until": "END_OF_NEXT_YEAR"}, midnight("2028-01-01")),
            ({"until": "MONTHS", "months": 6}, midnight("2026-09-16")),
            ({"until": "MONTHS", "months": 12}, midnight("2027-03-16")),
            ({"until": "FOR_EVER"}, None),
        ],
    )
    @pytest.mark.parametrize("window", WINDOWS)
    def test_says_until_when_a_level_is_promised(
        self, validity: dict[str, Any], until: datetime | None, window: dict[str, Any]
    ) -> None:
        way = climb(programme(validity=validity, window=window), spent("2026-03-15", 100))

        standing = way.standing_at(day("2026-03-15"))

        assert (standing.level, standing.until, standing.cause) == ("silver", until, "UPGRADE")
        assert standing.review_at == until

    @pytest.mark.parametrize(
        ("validity", "lost_on"),
        [
            ({"until": "END_OF_YEAR"}, "2027-01-01"),
            ({"until": "END_OF_NEXT_YEAR"}, "2028-01-01"),
            ({"until": "MONTHS", "months": 6}, "2026-09-16"),
        ],
    )
    @pytest.mark.parametrize("window", [YEAR, ROLLING])
    def test_over_and_nothing_done_since_takes_the_level(
        self, validity: dict[str, Any], lost_on: str, window: dict[str, Any]
    ) -> None:
        if window == YEAR and validity["until"] == "MONTHS":
            lost_on = "2027-03-16"  # the year's spending still counts at the first review
        way = climb(programme(validity=validity, window=window), spent("2026-03-15", 100))

        end = midnight(lost_on)
        assert way.standing_at(end - INSTANT).level == "silver"
        assert way.standing_at(end).level is None

    def test_for_ever_is_for_ever(self) -> None:
        way = climb(programme(validity={"until": "FOR_EVER"}), spent("2026-03-15", 100))

        assert levels_on(way, "2190-01-01") == ["silver"]

    def test_since_joining_is_renewed_each_time(self) -> None:
        terms = programme(validity={"until": "MONTHS", "months": 1}, window=EVER)
        way = climb(terms, spent("2026-01-31", 100))

        standing = way.standing_at(day("2100-01-31"))

        assert (standing.level, standing.cause) == ("silver", "REVIEW")
        assert standing.since == day("2026-01-31")

    @pytest.mark.parametrize("won", ["2027-02-28", "2028-02-29", "2026-08-31", "2026-01-31"])
    @pytest.mark.parametrize("months", [1, 3, 6, 12])
    def test_in_months_never_counts_twice_what_won_the_level(self, won: str, months: int) -> None:
        terms = programme(
            validity={"until": "MONTHS", "months": months},
            window={"kind": "ROLLING", "months": months},
        )
        way = climb(terms, spent(won, 100))

        until = way.standing_at(day(won)).until

        assert until
        assert way.standing_at(until).level is None
