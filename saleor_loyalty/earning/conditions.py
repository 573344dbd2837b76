"""When a rule applies, and to whom. Pure."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from saleor_loyalty.earning.reckoning import Circumstances
from saleor_loyalty.programme.parts import Audience, When


def is_on(when: When, at: datetime, zone: ZoneInfo) -> bool:
    """Tell whether it is the time; beginnings count, ends do not."""
    return is_between_dates(when, at) and is_time_of_week(when, at.astimezone(zone))


def is_between_dates(when: When, at: datetime) -> bool:
    """Tell whether it has begun and not ended."""
    has_begun = when.starts_at is None or when.starts_at <= at
    return has_begun and (when.ends_at is None or at < when.ends_at)


def is_time_of_week(when: When, local: datetime) -> bool:
    """Tell whether it is one of the weekdays, and the time of day, by the shop's clock.

    Hours past midnight belong to the day on which they began.
    """
    if not (when.weekdays or when.from_time or when.until_time):
        return True
    now = local.strftime("%H:%M")
    since, until = when.from_time or "00:00", when.until_time or "24:00"
    if since < until:
        is_time, began_yesterday = since <= now < until, False
    else:
        is_time, began_yesterday = now >= since or now < until, now < until
    if not is_time or not when.weekdays:
        return is_time
    day = local - timedelta(days=1) if began_yesterday else local
    return day.isoweekday() in when.weekdays


def is_for(audience: Audience, who: Circumstances) -> bool:
    """Tell whether the member is meant: their level, one of their segments, and this order."""
    return is_for_level(audience, who) and is_for_others(audience, who)


def is_for_level(audience: Audience, who: Circumstances) -> bool:
    """Tell whether the member's level is meant."""
    return not audience.tiers or who.tier in audience.tiers


def is_for_others(audience: Audience, who: Circumstances) -> bool:
    """Tell whether the member is meant, whatever their level."""
    if audience.segments and who.segments.isdisjoint(audience.segments):
        return False
    every, since, number = audience.every_order, audience.from_order, who.order_number
    if not (audience.order_numbers or every or since):
        return True
    is_nth = every is not None and number % every == 0
    is_later = since is not None and number >= since
    return is_nth or is_later or number in audience.order_numbers
