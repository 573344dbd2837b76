"""When points become money: quarters, years and membership years, by the clocks of shops."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from saleor_loyalty.accrual.turns import CATCH_UP, Turn, turns_due
from saleor_loyalty.programme.document import Programme, Version

LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def version(
    number: int = 1, *, since: datetime = LONG_AGO, zone: str = "UTC", **terms: Any
) -> Version:
    conversion = {"each": "QUARTER", "at_least": 150, "step": 50, "money": {"GBP": "0.50"},
                  "valid_days": 730} | terms  # fmt: skip
    document = {"timezone": zone, "conversion": conversion if terms != {"none": True} else None}
    return Version(UUID(int=number), number, Programme.model_validate(document), since)


def due(moment: str, *versions: Version) -> list[Turn]:
    return turns_due(versions or [version()], at=at(moment))


def keys(moment: str, *versions: Version) -> list[str]:
    return [turn.key for turn in due(moment, *versions)]


class TestPeriodsOfTheCalendar:
    def test_a_quarter_is_due_from_its_last_moment_until_the_next_one_is(self) -> None:
        assert keys("2026-09-30T23:59:59+00:00") == ["2026-Q2"]
        assert keys("2026-10-01T00:00:00+00:00") == ["2026-Q3"]
        assert keys("2026-12-31T23:59:59+00:00") == ["2026-Q3"]

    def test_a_quarter_ends_by_the_clocks_of_the_shop(self) -> None:
        """British summer time begins within the first quarter, and is over after the third."""
        london = version(zone="Europe/London")

        assert keys("2026-06-30T22:59:59+00:00", london) == ["2026-Q1"]
        (turn,) = due("2026-06-30T23:00:00+00:00", london)
        assert (turn.key, turn.ends_at) == ("2026-Q2", at("2026-06-30T23:00:00+00:00"))
        assert keys("2026-12-31T23:59:59+00:00", london) == ["2026-Q3"]

    @pytest.mark.parametrize(
        ("year", "issued"), [(2026, "2027-03-02"), (2027, "2028-03-01"), (2028, "2029-03-02")]
    )
    def test_days_after_the_end_of_a_year_are_days_of_the_calendar(
        self, year: int, issued: str
    ) -> None:
        """Sixty days after New Year, with or without a 29 February."""
        rei = version(each="YEAR", issued_after_days=60, zone="America/Los_Angeles")
        moment = at(f"{issued}T00:00:00-08:00")

        (turn,) = turns_due([rei], at=moment)
        assert (turn.key, turn.issued_at) == (str(year), moment)
        assert turn.ends_at == at(f"{year + 1}-01-01T00:00:00-08:00")
        (before,) = turns_due([rei], at=moment - timedelta(seconds=1))
        assert before.key == str(year - 1)

    def test_days_after_are_counted_over_a_change_of_clocks(self) -> None:
        """A hundred days after New Year clocks have gone forward."""
        later = version(each="YEAR", issued_after_days=100, zone="Europe/Paris")

        (turn,) = due("2026-04-11T00:00:00+02:00", later)

        assert (turn.key, turn.issued_at) == ("2025", at("2026-04-11T00:00:00+02:00"))
        assert keys("2026-04-10T23:59:59+02:00", later) == ["2024"]

    def test_days_before_the_end_count_points_up_to_the_moment_of_issue(self) -> None:
        early = version(each="YEAR", issued_after_days=-60)

        (turn,) = due("2026-11-02T00:00:00+00:00", early)

        assert (turn.key, turn.ends_at) == ("2026", at("2027-01-01T00:00:00+00:00"))
        assert turn.counted_before == at("2026-11-02T00:00:00+00:00")

    def test_points_of_the_days_after_the_end_do_not_count(self) -> None:
        (turn,) = due("2027-03-05T00:00:00+00:00", version(each="YEAR", issued_after_days=60))

        assert turn.counted_before == at("2027-01-01T00:00:00+00:00")


class TestVersions:
    def test_nothing_is_due_of_what_ended_before_the_programme_began(self) -> None:
        assert keys("2026-11-22T00:00+00:00", version(since=at("2026-11-01T00:00+00:00"))) == []

    def test_the_terms_at_the_moment_of_issue_hold(self) -> None:
        old, new = version(1), version(2, since=at("2026-10-15T00:00+00:00"), each="MONTH")

        assert keys("2026-10-20T00:00+00:00", new, old) == ["2026-Q3"]
        assert keys("2026-11-01T00:00+00:00", new, old) == ["2026-Q3", "2026-10"]

    def test_a_version_without_a_conversion_ends_it(self) -> None:
        old, new = version(1), version(2, since=at("2026-09-15T00:00+00:00"), none=True)

        assert keys("2026-10-20T00:00+00:00", new, old) == []


class TestMembershipYears:
    def years(self, moment: str, *, days: int = -60, zone: str = "America/Los_Angeles") -> Turn:
        """The turn of that day."""
        costco = version(each="MEMBERSHIP_YEAR", issued_after_days=days, zone=zone)
        *_, last = turns_due([costco], at=at(moment))
        return last

    def test_end_on_every_day_and_are_paid_so_many_days_before(self) -> None:
        turn = self.years("2026-11-22T09:00:00-08:00")

        assert turn.issued_at == at("2026-11-22T00:00:00-08:00")
        assert turn.ends_at == at("2027-01-21T00:00:00-08:00")
        assert turn.key == "year-to-2027-01-21"
        assert turn.years
        assert turn.years.began[-1] == (
            at("2026-01-21T00:00:00-08:00"), at("2026-01-22T00:00:00-08:00"),
        )  # fmt: skip
        assert turn.years.last_began == at("2026-01-21T00:00:00-08:00")

    def test_that_began_on_29_february_end_on_the_28th_of_other_years(self) -> None:
        turn = self.years("2025-02-28T12:00:00-08:00", days=0)
        in_leap_year = self.years("2028-02-28T12:00:00-08:00", days=0)

        assert turn.years
        assert (at("2024-02-29T00:00:00-08:00"), at("2024-03-01T00:00:00-08:00")) in (
            turn.years.began
        )
        assert in_leap_year.years
        assert all(at("2024-02-29T12:00:00-08:00") >= until or since > at(
            "2024-02-29T12:00:00-08:00") for since, until in in_leap_year.years.began)  # fmt: skip

    def test_days_that_were_missed_are_made_up_for_within_limits(self) -> None:
        costco = version(each="MEMBERSHIP_YEAR", issued_after_days=-60)
        turns = turns_due([costco], at=at("2026-11-22T09:00+00:00"))

        assert len(turns) == CATCH_UP.days + 1
        assert turns[0].issued_at == at("2026-10-23T00:00+00:00")
        assert len({turn.key for turn in turns}) == len(turns)
