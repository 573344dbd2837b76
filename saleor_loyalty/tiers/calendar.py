"""What counts for a level, and how long it is promised, by the shop's calendar. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from saleor_loyalty.earning.calendar import later, period_end, period_start
from saleor_loyalty.programme.parts import Period
from saleor_loyalty.programme.tier_terms import CalendarYear, RollingMonths, Tiers

INSTANT = timedelta(microseconds=1)
#: What MONTHS means where no number is given.
MONTHS = 12


def window_start(tiers: Tiers, zone: ZoneInfo, at: datetime) -> datetime | None:
    """Return the moment from which deeds count at `at`; None: all of them."""
    if isinstance(tiers.window, RollingMonths):
        return months_before(at, tiers.window.months, zone)
    if isinstance(tiers.window, CalendarYear):
        return period_start(Period.YEAR, at, zone)
    return None


def promised_until(tiers: Tiers, zone: ZoneInfo, at: datetime) -> datetime | None:
    """Return the end of the promise that a level reached at `at` comes with; None: no end.

    A promise ends with a day: the moment returned is the midnight after.
    """
    match tiers.validity.until:
        case "FOR_EVER":
            return None
        case "END_OF_YEAR":
            return period_end(Period.YEAR, at, zone)
        case "END_OF_NEXT_YEAR":
            return period_end(Period.YEAR, period_end(Period.YEAR, at, zone), zone)
        case "MONTHS":
            last_day = later(at, zone, months=tiers.validity.months or MONTHS)
            return period_end(Period.DAY, last_day, zone)


def months_before(at: datetime, months: int, zone: ZoneInfo) -> datetime:
    """Return the same time of the same day so many months before.

    Where there is no such day, the first of the month after: so what won a level is outside the
    window of the review that ends its promise.
    """
    before = later(at, zone, months=-months)
    if before.astimezone(zone).day == at.astimezone(zone).day:
        return before
    return period_end(Period.MONTH, before, zone)
