"""When points lapse, what may be promised about it, and when to try again. Pure."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from saleor_loyalty.earning.calendar import later, rounded_up
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.timing_terms import Expiry

#: Tries before no further e-mail is sent; with the waits between them five days.
ATTEMPTS_MAX = 8
_FIRST_WAIT = timedelta(hours=1)
_WAIT_MAX = timedelta(days=1)


def zone_of(programme: Programme) -> ZoneInfo:
    """Return the programme's time zone."""
    return ZoneInfo(programme.timezone)


def has_term(expiry: Expiry) -> bool:
    """Tell whether points lapse at all."""
    return bool(expiry.days or expiry.months)


def full_term(programme: Programme, start: datetime) -> datetime | None:
    """Return when points lapse whose term begins at `start`; None if they never do."""
    expiry, zone = programme.expiry, zone_of(programme)
    if not has_term(expiry):
        return None
    end = later(start, zone, days=expiry.days or 0, months=expiry.months or 0)
    return rounded_up(end, expiry.round_up_to, zone)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the day that is meant when points end at `at`."""
    return at.astimezone(zone).date()


def horizon(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the moment up to which points lapse soon enough to be announced at `at`.

    It is an end of a day, so that points of one day are announced together; and a day early, so
    that a late job makes no promise later.
    """
    return rounded_up(later(at, zone, days=days + 1), "DAY", zone)


def promised(lapses_at: datetime, *, told_at: datetime, days: int) -> datetime:
    """Return when points may end that were planned to at `lapses_at`, if told so at `told_at`."""
    return max(lapses_at, told_at + timedelta(days=days))


def next_attempt(at: datetime, attempts: int) -> datetime | None:
    """Return when to try again after so many attempts that failed; None: never."""
    if attempts >= ATTEMPTS_MAX:
        return None
    return at + min(_FIRST_WAIT * (1 << (attempts - 1)), _WAIT_MAX)
