"""The calendar of a shop: periods, and the ends that dates are rounded up to.

A programme counts in its own time zone; moments come in any zone and go out in UTC.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from saleor_loyalty.programme.parts import Period

#: The bucket of a limit that is never renewed.
EVER = "EVER"
_MONTHS = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}


def bucket(period: Period | str, at: datetime, zone: ZoneInfo) -> str:
    """Return the name of the period that holds `at`.

    Such as 2026-11-22, 2026-W47, 2026-11, 2026-Q4, 2026, or EVER.
    """
    if period == EVER:
        return EVER
    day = at.astimezone(zone).date()
    match Period(period):
        case Period.DAY:
            return day.isoformat()
        case Period.WEEK:
            year, week, _ = day.isocalendar()
            return f"{year}-W{week:02}"
        case Period.MONTH:
            return f"{day:%Y-%m}"
        case Period.QUARTER:
            return f"{day.year}-Q{(day.month + 2) // 3}"
        case Period.YEAR:
            return str(day.year)


def period_start(period: Period | str, at: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment of the period that holds `at`."""
    return _midnight(_first_day(Period(period), at.astimezone(zone).date()), zone)


def period_end(period: Period | str, at: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment after the period that holds `at`."""
    period = Period(period)
    first = _first_day(period, at.astimezone(zone).date())
    if months := _MONTHS.get(period):
        return _midnight(_months_later(first, months), zone)
    return _midnight(first + timedelta(days=7 if period is Period.WEEK else 1), zone)


def rounded_up(at: datetime, period: Period | str | None, zone: ZoneInfo) -> datetime:
    """Return the end of the period that holds `at`; a moment between two periods stays."""
    if period is None or period_start(period, at, zone) == at:
        return at
    return period_end(period, at, zone)


def later(at: datetime, zone: ZoneInfo, *, days: int = 0, months: int = 0) -> datetime:
    """Return the same time of day in the shop, so many months and then days later.

    Where a month has no such day, its last one.
    """
    local = at.astimezone(zone)
    day = _months_later(local.date(), months) + timedelta(days=days)
    return datetime.combine(day, local.timetz()).astimezone(UTC)


def _first_day(period: Period, day: date) -> date:
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)
        case Period.QUARTER:
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case Period.YEAR:
            return day.replace(month=1, day=1)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
