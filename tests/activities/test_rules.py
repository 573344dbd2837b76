"""Which days and surprises are due."""

from calendar import isleap
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_loyalty.activities.rules import (
    Day,
    birthdays_on,
    days_due,
    joined_on,
    surprises_due,
)
from saleor_loyalty.programme.document import Programme, Version

START = datetime(2026, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BIRTHDAYS = {
    "events": [
        {
            "id": "b",
            "name": "B",
            "event": "birthday",
            "points": 50,
            "limits": [{"points": 50, "per": "YEAR"}],
        }
    ]
}


def versions(*documents: tuple[datetime, dict[str, object]]) -> list[Version]:
    """Versions from those dates on, the latest first as everywhere."""
    return [
        Version(UUID(int=number), number, Programme.model_validate(document), at)
        for number, (at, document) in enumerate(documents, 1)
    ][::-1]


def surprise(at: datetime, key: str = "wow") -> dict[str, object]:
    """A surprise of 10 points."""
    return {"kind": "SURPRISE", "id": key, "name": "Wow", "at": at, "award": {"points": 10}}


class TestDays:
    def test_are_those_of_the_last_thirty_days_from_their_midnight_in_the_shop(self) -> None:
        days = days_due(
            "birthday",
            versions((START, {"earning": BIRTHDAYS, "timezone": "Europe/Paris"})),
            at=NOON,
        )

        assert [day.date for day in days] == [date(2026, 2, 8) + DAY * n for n in range(31)]
        assert days[-1].at == datetime(2026, 3, 9, 23, tzinfo=UTC)
        assert days[-1].reference == "2026"

    def test_earn_only_under_a_programme_that_gives_something_for_them(self) -> None:
        since, until = NOON - DAY * 5, NOON - DAY * 2
        terms = versions((START, {}), (since, {"earning": BIRTHDAYS}), (until, {}))

        days = [day.date.day for day in days_due("birthday", terms, at=NOON)]

        # Not the day on which the programme changed at noon.
        assert days == [6, 7, 8]
        assert days_due("anniversary", terms, at=NOON) == []

    def test_before_the_first_programme_there_were_none(self) -> None:
        terms = versions((NOON - DAY * 3, {"earning": BIRTHDAYS}))

        assert [day.date.day for day in days_due("birthday", terms, at=NOON)] == [8, 9, 10]
        assert days_due("birthday", [], at=NOON) == []


class TestLeaplings:
    @pytest.mark.parametrize(
        ("day", "birthdays"),
        [
            (date(2026, 2, 28), [(2, 28), (2, 29)]),
            (date(2028, 2, 28), [(2, 28)]),
            (date(2028, 2, 29), [(2, 29)]),
            (date(2026, 3, 1), [(3, 1)]),
            (date(2100, 2, 28), [(2, 28), (2, 29)]),
        ],
    )
    def test_have_a_birthday_every_year(self, day: date, birthdays: list[tuple[int, int]]) -> None:
        assert birthdays_on(day) == birthdays

    @given(st.integers(1970, 2199), st.dates(date(2024, 1, 1), date(2024, 12, 31)))
    def test_nobody_has_none_or_two_in_a_year(self, year: int, birthday: date) -> None:
        days = [date(year, 1, 1) + DAY * n for n in range(365 + isleap(year))]

        kept = [day for day in days if (birthday.month, birthday.day) in birthdays_on(day)]

        assert len(kept) == 1


@settings(max_examples=20)
@given(
    st.integers(0, 24 * 365 * 25).map(
        lambda hours: datetime(2001, 1, 1, tzinfo=UTC) + DAY / 24 * hours
    ),
    st.sampled_from(["UTC", "America/New_York", "Pacific/Auckland"]),
)
def test_every_member_has_one_anniversary_a_year(joined_at: datetime, name: str) -> None:
    zone = ZoneInfo(name)
    first = date(2027, 1, 1)

    days = [Day(first + DAY * n, joined_at, zone) for n in range(365)]
    kept = [
        day.date for day in days if any(low <= joined_at < high for low, high in joined_on(day))
    ]

    joined = joined_at.astimezone(zone).date()
    assert kept == [joined.replace(year=2027, day=min(joined.day, 28 if joined.month == 2 else 31))]


class TestSurprises:
    def test_are_due_when_their_time_has_come(self) -> None:
        terms = versions((START, {"campaigns": [surprise(NOON)]}))

        assert surprises_due(terms, at=NOON - DAY) == []
        [due] = surprises_due(terms, at=NOON)
        assert (due.campaign.id, due.at) == ("wow", NOON)

    def test_are_due_when_they_are_published_if_their_time_has_passed(self) -> None:
        terms = versions((START, {}), (NOON, {"campaigns": [surprise(NOON - DAY * 3)]}))

        assert surprises_due(terms, at=NOON - DAY) == []
        [due] = surprises_due(terms, at=NOON + DAY)
        assert due.at == NOON

    def test_that_were_taken_back_in_time_are_never_due(self) -> None:
        terms = versions((START, {"campaigns": [surprise(NOON)]}), (NOON - DAY, {}))

        assert surprises_due(terms, at=NOON + DAY) == []

    def test_are_due_once_however_often_they_are_published(self) -> None:
        again = {"campaigns": [surprise(NOON + DAY)]}
        terms = versions((START, {"campaigns": [surprise(NOON)]}), (NOON + DAY, again))

        [due] = surprises_due(terms, at=NOON + DAY * 2)

        assert due.at == NOON

    def test_that_were_put_off_wait_for_their_new_time(self) -> None:
        later = {"campaigns": [surprise(NOON + DAY)]}
        terms = versions((START, {"campaigns": [surprise(NOON)]}), (NOON - DAY, later))

        assert surprises_due(terms, at=NOON) == []
        [due] = surprises_due(terms, at=NOON + DAY)
        assert due.at == NOON + DAY

    def test_of_long_ago_are_not_made_up_for(self) -> None:
        terms = versions((START, {"campaigns": [surprise(NOON)]}))

        assert surprises_due(terms, at=NOON + DAY * 31) == []
