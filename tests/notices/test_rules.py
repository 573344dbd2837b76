"""When points lapse, what may be promised about it, and when to try again."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notices.world import programme

from saleor_loyalty.notices import rules
from saleor_loyalty.programme.timing_terms import Expiry

ZONES = st.sampled_from(["UTC", "Europe/Paris", "Pacific/Auckland", "America/St_Johns"])
MOMENTS = st.integers(0, 20 * 365 * 24 * 60).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@pytest.mark.parametrize(
    ("terms", "end"),
    [
        (Expiry(), None),
        (Expiry(days=10), datetime(2026, 2, 10, 8, tzinfo=UTC)),
        (Expiry(months=1), datetime(2026, 2, 28, 8, tzinfo=UTC)),
        (Expiry(months=1, round_up_to="MONTH"), datetime(2026, 2, 28, 23, tzinfo=UTC)),
        (Expiry(months=1, round_up_to="QUARTER"), datetime(2026, 3, 31, 22, tzinfo=UTC)),
        (Expiry(days=1, months=12, round_up_to="YEAR"), datetime(2027, 12, 31, 23, tzinfo=UTC)),
    ],
)
def test_a_full_term_is_as_the_programme_says(terms: Expiry, end: datetime | None) -> None:
    start = datetime(2026, 1, 31, 8, tzinfo=UTC)

    assert rules.full_term(programme(terms, timezone="Europe/Paris"), start) == end


@given(at=MOMENTS, days=st.integers(1, 365), zone=ZONES, wait=st.integers(-40_000, 40_000))
def test_nobody_is_told_too_late_nor_of_a_day_twice(
    at: datetime, days: int, zone: str, wait: int
) -> None:
    lapses_at = at + timedelta(minutes=wait * 15)
    horizon = rules.horizon(at, days, ZoneInfo(zone))

    # Whatever ends before the horizon is announced now; the rest has time until tomorrow.
    if lapses_at >= horizon:
        assert rules.promised(lapses_at, told_at=at + timedelta(days=1), days=days) == lapses_at
    assert horizon <= at + timedelta(days=days + 3)
    day_before = rules.day_of(horizon - timedelta(microseconds=1), ZoneInfo(zone))
    assert rules.day_of(horizon, ZoneInfo(zone)) != day_before


@given(at=MOMENTS, days=st.integers(1, 365), wait=st.integers(-40_000, 40_000))
def test_a_promise_is_kept_to_the_day(at: datetime, days: int, wait: int) -> None:
    lapses_at = at + timedelta(minutes=wait * 15)

    end = rules.promised(lapses_at, told_at=at, days=days)

    assert end >= lapses_at
    assert end - at >= timedelta(days=days)


def test_attempts_are_limited_and_wait_longer_each_time() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    waits = [rules.next_attempt(at, number) for number in range(1, rules.ATTEMPTS_MAX + 1)]

    hours = [moment and (moment - at) / timedelta(hours=1) for moment in waits]
    assert hours == [1, 2, 4, 8, 16, 24, 24, None]
