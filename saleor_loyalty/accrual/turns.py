"""When points become money by themselves: pure decisions over the versions of a programme."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from saleor_loyalty.activities.rules import Day, joined_on
from saleor_loyalty.earning.calendar import bucket, later, period_start
from saleor_loyalty.programme.document import Version, version_at
from saleor_loyalty.programme.parts import Period
from saleor_loyalty.programme.reward_terms import Conversion

#: Membership years end on every day. What was missed longer ago than that is not made up for:
#: the points carry over.
CATCH_UP = timedelta(days=30)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Years:
    """The membership years that end on a day, by when the membership began."""

    # From, until: of every year before.
    began: Sequence[tuple[datetime, datetime]]
    # When the year that ends then began: whose membership was over by then has none.
    last_began: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """The end of a period for which points become money now."""

    # Unique for the shop, for ever.
    key: str
    version_id: UUID
    terms: Conversion
    # Only points that were available before the end of the period count.
    ends_at: datetime
    issued_at: datetime
    # None: a period of the calendar, for all members.
    years: Years | None = None

    @property
    def counted_before(self) -> datetime:
        """Only points that were available before then count."""
        return min(self.ends_at, self.issued_at)


def turns_due(versions: Sequence[Version], *, at: datetime) -> list[Turn]:
    """Return the turns whose time has come by `at`, the first first.

    Of periods of the calendar that is the last one only: what was missed before carries over. The
    terms are those in force at the moment of issue.

    :param versions: every version of the programme, the latest to take effect first.
    """
    turns = [turn for version in versions for turn in _turns(version, at)]
    in_force = [turn for turn in turns if _is_in_force(turn, versions)]
    return sorted(in_force, key=lambda turn: (turn.issued_at, turn.key))


def _is_in_force(turn: Turn, versions: Sequence[Version]) -> bool:
    version = version_at(turn.issued_at, versions)
    return (
        version is not None
        and version.id == turn.version_id
        and version.effective_from <= turn.issued_at
    )


def _turns(version: Version, at: datetime) -> Iterator[Turn]:
    terms, zone = version.document.conversion, ZoneInfo(version.document.timezone)
    if terms is None:
        return
    if terms.each == "MEMBERSHIP_YEAR":
        today = at.astimezone(zone).date()
        for days in range(CATCH_UP.days, -1, -1):
            yield _year_turn(version, terms, today - timedelta(days=days), zone)
        return
    days = terms.issued_after_days
    ends_at = period_start(terms.each, later(at, zone, days=-days), zone)
    name = bucket(Period(terms.each), ends_at - _INSTANT, zone)
    yield Turn(name, version.id, terms, ends_at, later(ends_at, zone, days=days))


def _year_turn(version: Version, terms: Conversion, issued: date, zone: ZoneInfo) -> Turn:
    ends = issued - timedelta(days=terms.issued_after_days)
    ends_at = _midnight(ends, zone)
    began = list(joined_on(Day(ends, ends_at, zone)))
    last_began = later(ends_at, zone, months=-12)
    return Turn(
        f"year-to-{ends.isoformat()}", version.id, terms, ends_at, _midnight(issued, zone),
        Years(began, last_began),
    )  # fmt: skip


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
