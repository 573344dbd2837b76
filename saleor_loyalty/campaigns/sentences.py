"""How far a member has come, and what they won, in the language that is active.

Plain text that may hold anything a merchant typed: whoever shows it escapes it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext, gettext_noop, ngettext

from saleor_loyalty.campaigns.reckoning import Progress, Status
from saleor_loyalty.programme.campaign_terms import Challenge, Goal
from saleor_loyalty.programme.document import Unit
from saleor_loyalty.programme.parts import Period

_WON = {
    "STAMPS": gettext_noop("%(name)s, card full: %(award)s"),
    "CHALLENGE": gettext_noop("%(name)s, completed: %(award)s"),
    "STREAK": gettext_noop("%(name)s, without a gap: %(award)s"),
    "SURPRISE": gettext_noop("%(name)s, a surprise: %(award)s"),
}


def won(code: str, facts: Mapping[str, Any]) -> str | None:
    """Return a sentence for an award, None for what is no campaign's.

    :param facts: those of the award, with the points it gave.
    """
    if code == "STAMPED":
        return _stamped(facts)
    if code not in _WON or "name" not in facts:
        return None
    words = {"name": _in_language(facts, "name", "translations"), "award": _prize(facts)}
    if (times := facts.get("times", 1)) > 1:
        words["name"] = f"{times} × {words['name']}"
    return gettext(_WON[code]) % words


def _stamped(facts: Mapping[str, Any]) -> str:
    words = {"name": _in_language(facts, "name", "translations")}
    words |= {key: _number(Decimal(facts[key])) for key in ("have", "target")}
    return gettext("%(name)s: %(have)s of %(target)s stamps") % words


def name(progress: Progress) -> str:
    """Return what the campaign is called."""
    return progress.campaign.name_in(_language())


def _prize(facts: Mapping[str, Any]) -> str:
    """Return what was won: a reward, points, or both."""
    points = _number(Decimal(facts.get("points", 0)))
    if not facts.get("reward_name"):
        return points
    reward = _in_language(facts, "reward_name", "reward_translations")
    return _both(reward, points) if facts.get("points") else reward


def so_far(progress: Progress) -> str:
    """Return how far the member is: "7 of 10 stamps"."""
    campaign = progress.campaign
    if isinstance(campaign, Challenge) and campaign.period and campaign.in_a_row > 1:
        return _in_a_row(campaign.period, progress.in_a_row, campaign.in_a_row)
    have = min(progress.have, progress.target)
    if _goal(progress) == Goal.MONEY:
        return gettext("%(have)s of %(target)s") % {
            "have": _number(have, 2), "target": _money(progress.target, progress),
        }  # fmt: skip
    return _of(_goal(progress), have, progress.target)


def next_step(progress: Progress) -> str:
    """Return what is to be done, until when, and for what: "2 more orders …: 100 points"."""
    if progress.status is Status.COMPLETED:
        return gettext("Completed")
    step = {"what": _missing(progress), "award": award(progress)}
    if progress.until:
        step["day"] = _last_day(progress.since, progress.until, progress.zone)
        sentence = gettext("%(what)s by %(day)s: %(award)s") % step
    else:
        sentence = gettext("%(what)s: %(award)s") % step
    if progress.status is Status.TO_JOIN:
        return gettext("Join to take part. %(step)s") % {"step": sentence}
    if progress.status is Status.UPCOMING and progress.since:
        begins = date_format(progress.since.astimezone(progress.zone), "j F Y")
        return gettext("From %(day)s: %(step)s") % {"day": begins, "step": sentence}
    return sentence


def award(progress: Progress) -> str:
    """Return what is won: "100 points", a reward's name, or both."""
    points = progress.campaign.award.points or 0
    words = f"{_number(Decimal(points))} {_unit(progress.unit, points)}"
    if progress.reward is None:
        return words
    reward = progress.reward.name_in(_language())
    return _both(reward, words) if points else reward


def _both(reward: str, points: str) -> str:
    return gettext("%(reward)s, and %(points)s") % {"reward": reward, "points": points}


def _goal(progress: Progress) -> Goal | None:
    """Return what a challenge counts; None: stamps."""
    campaign = progress.campaign
    return campaign.goal if isinstance(campaign, Challenge) else None


def _of(goal: Goal | None, have: Decimal, target: Decimal) -> str:
    count = int(target)
    match goal:
        case Goal.ORDERS:
            words = ngettext("%(have)s of %(target)s order", "%(have)s of %(target)s orders", count)
        case Goal.VISITS:
            words = ngettext("%(have)s of %(target)s visit", "%(have)s of %(target)s visits", count)
        case Goal.PIECES:
            words = ngettext("%(have)s of %(target)s item", "%(have)s of %(target)s items", count)
        case Goal.CATEGORIES:
            words = ngettext(
                "%(have)s of %(target)s category", "%(have)s of %(target)s categories", count
            )
        case _:
            words = ngettext("%(have)s of %(target)s stamp", "%(have)s of %(target)s stamps", count)
    return words % {"have": _number(have), "target": _number(target)}


def _missing(progress: Progress) -> str:
    campaign, goal = progress.campaign, _goal(progress)
    if isinstance(campaign, Challenge) and campaign.period and campaign.in_a_row > 1:
        return _more_in_a_row(campaign.period, max(1, campaign.in_a_row - progress.in_a_row))
    if goal == Goal.MONEY:
        return gettext("%(money)s more") % {"money": _money(progress.missing, progress)}
    count = -int(-progress.missing // 1)
    match goal:
        case Goal.ORDERS:
            words = ngettext("%(count)s more order", "%(count)s more orders", count)
        case Goal.VISITS:
            words = ngettext("%(count)s more visit", "%(count)s more visits", count)
        case Goal.PIECES:
            words = ngettext("%(count)s more item", "%(count)s more items", count)
        case Goal.CATEGORIES:
            words = ngettext("%(count)s more category", "%(count)s more categories", count)
        case _:
            words = ngettext("%(count)s more stamp", "%(count)s more stamps", count)
    return words % {"count": _number(Decimal(count))}


def _in_a_row(period: Period, have: int, target: int) -> str:
    match period:
        case Period.DAY:
            words = gettext("%(have)s of %(target)s days in a row")
        case Period.WEEK:
            words = gettext("%(have)s of %(target)s weeks in a row")
        case Period.MONTH:
            words = gettext("%(have)s of %(target)s months in a row")
        case Period.QUARTER:
            words = gettext("%(have)s of %(target)s quarters in a row")
        case Period.YEAR:
            words = gettext("%(have)s of %(target)s years in a row")
    return words % {"have": have, "target": target}


def _more_in_a_row(period: Period, count: int) -> str:
    match period:
        case Period.DAY:
            words = ngettext("%(count)s more day in a row", "%(count)s more days in a row", count)
        case Period.WEEK:
            words = ngettext("%(count)s more week in a row", "%(count)s more weeks in a row", count)
        case Period.MONTH:
            words = ngettext(
                "%(count)s more month in a row", "%(count)s more months in a row", count
            )
        case Period.QUARTER:
            words = ngettext(
                "%(count)s more quarter in a row", "%(count)s more quarters in a row", count
            )
        case Period.YEAR:
            words = ngettext("%(count)s more year in a row", "%(count)s more years in a row", count)
    return words % {"count": count}


def _last_day(since: datetime | None, until: datetime, zone: ZoneInfo) -> str:
    """Return the last day before a moment; with the year if it is another than at the start."""
    day = (until - timedelta(microseconds=1)).astimezone(zone)
    is_this_year = since is not None and since.astimezone(zone).year == day.year
    return str(date_format(day, "j F" if is_this_year else "j F Y"))


def _money(amount: Decimal, progress: Progress) -> str:
    currency = progress.campaign.currency if isinstance(progress.campaign, Challenge) else None
    return f"{_number(amount, 2)} {currency or ''}".rstrip()


def _number(number: Decimal, digits: int = 0) -> str:
    return str(number_format(number, digits, force_grouping=True))


def _unit(unit: Unit, points: int) -> str:
    language = _language()
    words = unit.translations.get(language) or unit.translations.get(language.partition("-")[0])
    named = words or unit
    return named.one if points == 1 else named.many


def _in_language(facts: Mapping[str, Any], key: str, translations: str) -> str:
    given, language = facts.get(translations) or {}, _language()
    return str(given.get(language) or given.get(language.partition("-")[0]) or facts[key])


def _language() -> str:
    return get_language() or "en"
