"""Periods and ends of a shop's calendar, in its own time zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_loyalty.earning.calendar import (
    EVER,
    bucket,
    later,
    period_end,
    period_start,
    rounded_up,
)
from saleor_loyalty.programme.parts import Period

PARIS, LA = ZoneInfo("Europe/Paris"), ZoneInfo("America/Los_Angeles")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("period", "moment", "name"),
    [
        ("DAY", "2026-11-22T12:00+00:00", "2026-11-22"),
        ("DAY", "2026-11-22T23:00+00:00", "2026-11-23"),
        ("WEEK", "2026-11-22T12:00+00:00", "2026-W47"),
        ("WEEK", "2026-11-22T23:00+00:00", "2026-W48"),
        ("WEEK", "2027-01-01T12:00+00:00", "2026-W53"),
        ("WEEK", "2024-12-30T12:00+00:00", "2025-W01"),
        ("MONTH", "2026-11-30T22:59+00:00", "2026-11"),
        ("MONTH", "2026-11-30T23:00+00:00", "2026-12"),
        ("QUARTER", "2026-03-31T12:00+00:00", "2026-Q1"),
        ("QUARTER", "2026-04-01T12:00+00:00", "2026-Q2"),
        ("QUARTER", "2026-09-30T12:00+00:00", "2026-Q3"),
        ("QUARTER", "2026-12-31T12:00+00:00", "2026-Q4"),
        ("YEAR", "2026-12-31T23:00+00:00", "2027"),
        (EVER, "2026-12-31T23:00+00:00", "EVER"),
    ],
)
def test_a_period_is_named_by_the_shop_s_clock(period: str, moment: str, name: str) -> None:
    assert bucket(period, at(moment), PARIS) == name


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (Period.DAY, "2026-05-14T22:00+00:00", "2026-05-15T22:00+00:00"),
        (Period.WEEK, "2026-05-10T22:00+00:00", "2026-05-17T22:00+00:00"),
        (Period.MONTH, "2026-04-30T22:00+00:00", "2026-05-31T22:00+00:00"),
        (Period.QUARTER, "2026-03-31T22:00+00:00", "2026-06-30T22:00+00:00"),
        (Period.YEAR, "2025-12-31T23:00+00:00", "2026-12-31T23:00+00:00"),
    ],
)
def test_a_period_begins_and_ends_at_the_shop_s_midnight(
    period: Period, start: str, end: str
) -> None:
    moment = at("2026-05-15T12:00+00:00")

    assert period_start(period, moment, PARIS) == at(start)
    assert period_end(period, moment, PARIS) == at(end)
    assert period_start(period, moment, PARIS).tzinfo is UTC


def test_a_day_may_have_23_or_25_hours() -> None:
    spring, autumn = at("2026-03-29T12:00+00:00"), at("2026-10-25T12:00+00:00")

    lengths = [
        period_end(Period.DAY, day, PARIS) - period_start(Period.DAY, day, PARIS)
        for day in (spring, autumn)
    ]

    assert lengths == [timedelta(hours=23), timedelta(hours=25)]


class TestRoundingUp:
    @pytest.mark.parametrize(
        ("period", "end"),
        [
            (None, "2026-05-15T12:00+00:00"),
            ("DAY", "2026-05-15T22:00+00:00"),
            ("MONTH", "2026-05-31T22:00+00:00"),
            ("QUARTER", "2026-06-30T22:00+00:00"),
            ("YEAR", "2026-12-31T23:00+00:00"),
        ],
    )
    def test_goes_to_the_end(self, period: str | None, end: str) -> None:
        assert rounded_up(at("2026-05-15T12:00+00:00"), period, PARIS) == at(end)

    @pytest.mark.parametrize("period", Period)
    def test_leaves_what_is_an_end_already(self, period: Period) -> None:
        end = period_end(period, at("2026-05-15T12:00+00:00"), LA)

        assert rounded_up(end, period, LA) == end


class TestLater:
    @pytest.mark.parametrize(
        ("moment", "days", "months", "expected"),
        [
            ("2026-05-15T12:00+00:00", 14, 0, "2026-05-29T12:00+00:00"),
            ("2026-01-31T12:00+00:00", 0, 1, "2026-02-28T12:00+00:00"),
            ("2024-01-31T12:00+00:00", 0, 1, "2024-02-29T12:00+00:00"),
            ("2026-01-31T12:00+00:00", 1, 1, "2026-03-01T12:00+00:00"),
            ("2026-12-15T12:00+00:00", 0, 1, "2027-01-15T12:00+00:00"),
            ("2026-12-15T12:00+00:00", 0, 1200, "2126-12-15T12:00+00:00"),
            # The clock goes forward on 29 March and back on 25 October.
            ("2026-03-28T12:00+00:00", 1, 0, "2026-03-29T11:00+00:00"),
            ("2026-10-24T12:00+00:00", 1, 0, "2026-10-25T13:00+00:00"),
            # 00:30 on the 16th in the shop.
            ("2026-01-31T23:30+00:00", 0, 1, "2026-02-28T23:30+00:00"),
        ],
    )
    def test_is_the_same_time_of_day_in_the_shop(
        self, moment: str, days: int, months: int, expected: str
    ) -> None:
        assert later(at(moment), PARIS, days=days, months=months) == at(expected)

    def test_is_the_same_moment_if_nothing_is_added(self) -> None:
        moment = at("2026-05-15T12:00+00:00")

        assert later(moment, PARIS) == moment
        assert later(moment, PARIS, days=1) == at("2026-05-16T12:00+00:00")
        assert later(moment, PARIS, months=1) == at("2026-06-15T12:00+00:00")

    def test_skips_an_hour_that_does_not_exist(self) -> None:
        assert later(at("2026-03-28T01:30+00:00"), PARIS, days=1) == at("2026-03-29T01:30+00:00")


@given(
    st.integers(0, 6_000_000_000).map(
        lambda seconds: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    st.sampled_from(Period),
    st.sampled_from([PARIS, LA, ZoneInfo("Asia/Kathmandu"), ZoneInfo("UTC")]),
)
def test_periods_follow_each_other_without_a_gap(
    moment: datetime, period: Period, zone: ZoneInfo
) -> None:
    start, end = period_start(period, moment, zone), period_end(period, moment, zone)
    instant = timedelta.resolution

    assert start <= moment < end
    assert period_start(period, end, zone) == end
    assert bucket(period, start, zone) == bucket(period, moment, zone)
    assert bucket(period, end - instant, zone) == bucket(period, moment, zone)
    assert bucket(period, end, zone) != bucket(period, moment, zone)
    assert rounded_up(moment, period, zone) in {moment, end}
