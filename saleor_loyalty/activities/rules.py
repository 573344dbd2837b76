"""Which days and surprises are due: pure decisions over the versions of a programme."""

from calendar import isleap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from saleor_loyalty.programme.campaign_terms import Surprise
from saleor_loyalty.programme.document import Programme, Version, version_at

#: What was missed longer ago than that is not made up for.
CATCH_UP = timedelta(days=30)
#: Nobody joined before.
FIRST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Day:
    """A day on which birthdays, or anniversaries, earn; it begins at `at`."""

    date: date
    at: datetime
    zone: ZoneInfo

    @property
    def reference(self) -> str:
        """What the activities of this day are told apart by: each year once."""
        return str(self.date.year)


@dataclass(frozen=True, slots=True)
class DueSurprise:
    """A surprise whose time has come, and when it did."""

    campaign: Surprise
    at: datetime


def days_due(event: str, versions: Sequence[Version], *, at: datetime) -> list[Day]:
    """Return the days up to `at` on which such an event earned something, the oldest first.

    A day's terms are those in force when it begins, in the time zone of today's programme.

    :param versions: every version of the programme, the latest to take effect first.
    """
    today = version_at(at, versions)
    if today is None:
        return []
    zone = ZoneInfo(today.document.timezone)
    days = [
        _day(at.astimezone(zone).date() - timedelta(days=n), zone)
        for n in range(CATCH_UP.days, -1, -1)
    ]
    return [day for day in days if _earns(event, _in_force(day.at, versions))]


def birthdays_on(day: date) -> list[tuple[int, int]]:
    """Return the birthdays (month, day) kept on a day: leaplings' on the 28th of other years."""
    kept = [(day.month, day.day)]
    if kept == [(2, 28)] and not isleap(day.year):
        kept.append((2, 29))
    return kept


def joined_on(day: Day) -> Iterator[tuple[datetime, datetime]]:
    """Yield, for every year before, when those joined whose anniversary it is: from, until."""
    for year in range(FIRST_YEAR, day.date.year):
        for month, number in birthdays_on(day.date):
            if (month, number) == (2, 29) and not isleap(year):
                continue
            first = date(year, month, number)
            yield _midnight(first, day.zone), _midnight(first + timedelta(days=1), day.zone)


def surprises_due(versions: Sequence[Version], *, at: datetime) -> list[DueSurprise]:
    """Return the surprises whose time came lately, each once, the earliest first.

    A surprise is due at its moment, or later when the version that brings it takes effect, as
    long as that version is in force then.
    """
    due: dict[str, DueSurprise] = {}
    for version in versions:
        for campaign in version.document.campaigns:
            if not isinstance(campaign, Surprise):
                continue
            moment = max(campaign.at, version.effective_from)
            known = due.get(campaign.id)
            if version_at(moment, versions) is version and (known is None or moment < known.at):
                due[campaign.id] = DueSurprise(campaign, moment)
    lately = [each for each in due.values() if at - CATCH_UP <= each.at <= at]
    return sorted(lately, key=lambda each: (each.at, each.campaign.id))


def _day(day: date, zone: ZoneInfo) -> Day:
    return Day(day, _midnight(day, zone), zone)


def _in_force(at: datetime, versions: Sequence[Version]) -> Programme | None:
    version = version_at(at, versions)
    return version.document if version and version.effective_from <= at else None


def _earns(event: str, document: Programme | None) -> bool:
    return document is not None and any(rule.event == event for rule in document.earning.events)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
