"""What a member's level asks of them, and how it changed, in the language that is active.

Plain text that may hold anything a merchant typed: whoever shows it escapes it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext, ngettext

from saleor_loyalty.programme.document import Programme, Version
from saleor_loyalty.programme.tier_terms import Metric, Tier
from saleor_loyalty.tiers.queries import Step
from saleor_loyalty.tiers.rules import Goal, Outlook

_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹", "KRW": "₩", "UAH": "₴"}


def find_level(key: str, versions: Sequence[Version]) -> Tier | None:
    """Return a level by its key, from the latest version that has it."""
    return next(
        (
            level
            for version in versions
            if version.document.tiers
            for level in version.document.tiers.levels
            if level.id == key
        ),
        None,
    )


def name(key: str, versions: Sequence[Version]) -> str:
    """Return what a level is called; its key if no version knows it."""
    level = find_level(key, versions)
    return level.name_in(_language()) if level else key


def sentence(outlook: Outlook, versions: Sequence[Version], document: Programme) -> str:
    """Return what lies ahead: what keeps the level, what wins the next, or that all is well.

    :param versions: every version of the programme, the latest first.
    :param document: the one in force.
    """
    said = [
        to_keep(outlook, versions, document) if outlook.keep and outlook.keep.missing else "",
        to_rise(outlook, versions, document),
    ]
    return " ".join(filter(None, said)) or _as_it_is(outlook, versions)


def to_rise(outlook: Outlook, versions: Sequence[Version], document: Programme) -> str:
    """Return what is missing for the next level: "Spend 120 € more to reach Gold"."""
    goal = outlook.rise
    if goal is None:
        return ""
    words = {"what": _deed(outlook, goal, document), "level": name(goal.level, versions)}
    if goal.by is None:
        return gettext("%(what)s to reach %(level)s.") % words
    words["day"] = _last_day(goal.by, outlook)
    return gettext("%(what)s by %(day)s to reach %(level)s.") % words


def to_keep(outlook: Outlook, versions: Sequence[Version], document: Programme) -> str:
    """Return what keeps the level, and until when: "Spend 34 € by 31 March to keep Gold"."""
    goal = outlook.keep
    if goal is None:
        return ""
    words = {"level": name(goal.level, versions)}
    if not goal.missing:
        return gettext("You keep %(level)s: nothing more is needed.") % words
    assert goal.by, "what has no end needs nothing"
    words |= {"what": _deed(outlook, goal, document), "day": _last_day(goal.by, outlook)}
    if goal.since and goal.since > outlook.at:
        words["since"] = _day(goal.since, outlook)
        return gettext("%(what)s from %(since)s to %(day)s to keep %(level)s.") % words
    return gettext("%(what)s by %(day)s to keep %(level)s.") % words


def change(step: Step, versions: Sequence[Version], zone: ZoneInfo) -> str:
    """Return how a level changed."""
    before, after = name(step.from_level, versions), name(step.to_level, versions)
    words = {"before": before, "level": after}
    if step.to_level == step.from_level:
        return _other_end(step, words, zone)
    if step.cause == "MANUAL":
        return _by_hand(step, words)
    if step.cause == "CORRECTION":
        return _corrected(step, words)
    if not step.to_level:
        return gettext("%(before)s has ended.") % words
    if step.cause == "REVIEW":
        return gettext("%(before)s has ended: %(level)s from now on.") % words
    if step.cause == "TERMS":
        return gettext("The levels are other ones now: you have %(level)s.") % words
    return gettext("You reached %(level)s.") % words


def _other_end(step: Step, words: dict[str, str], zone: ZoneInfo) -> str:
    if step.until is None:
        return gettext("You keep %(level)s.") % words
    last_day = (step.until - timedelta(microseconds=1)).astimezone(zone)
    words["day"] = date_format(last_day, "j F Y")
    return gettext("You have %(level)s until %(day)s.") % words


def _by_hand(step: Step, words: dict[str, str]) -> str:
    if not step.to_level:
        return gettext("%(before)s, which the shop gave you, has ended.") % words
    return gettext("The shop gave you %(level)s.") % words


def _corrected(step: Step, words: dict[str, str]) -> str:
    if not step.to_level:
        return gettext("Your orders changed: %(before)s is not reached any more.") % words
    return gettext("Your orders changed: you have %(level)s.") % words


def _as_it_is(outlook: Outlook, versions: Sequence[Version]) -> str:
    if outlook.level is None:
        return gettext("You have no level yet.")
    words = {"level": name(outlook.level, versions)}
    if outlook.until is None or (outlook.keep and not outlook.keep.missing):
        return gettext("You keep %(level)s: nothing more is needed.") % words
    words["day"] = _last_day(outlook.until, outlook)
    return gettext("You have %(level)s until %(day)s.") % words


def _deed(outlook: Outlook, goal: Goal, document: Programme) -> str:
    """Return what is to be done; "more" where something was done already."""
    return _more(outlook, goal, document) if goal.have else _from_nothing(outlook, goal, document)


def _more(outlook: Outlook, goal: Goal, document: Programme) -> str:
    count = _count(goal)
    match outlook.metric:
        case Metric.MONEY:
            what = gettext("Spend %(amount)s more")
        case Metric.POINTS:
            what = gettext("Earn %(count)s more %(unit)s")
        case Metric.ORDERS:
            what = ngettext("Order %(count)s more time", "Order %(count)s more times", count)
        case Metric.VISITS:
            what = ngettext("Shop on %(count)s more day", "Shop on %(count)s more days", count)
        case Metric.MEMBERSHIP:
            what = gettext("Choose a higher membership")
        case Metric.ATTRIBUTE:
            what = gettext("Raise “%(attribute)s” by %(number)s")
    return what % _numbers(outlook, goal, document)


def _from_nothing(outlook: Outlook, goal: Goal, document: Programme) -> str:
    count = _count(goal)
    match outlook.metric:
        case Metric.MONEY:
            what = gettext("Spend %(amount)s")
        case Metric.POINTS:
            what = gettext("Earn %(count)s %(unit)s")
        case Metric.ORDERS:
            what = ngettext("Order %(count)s time", "Order %(count)s times", count)
        case Metric.VISITS:
            what = ngettext("Shop on %(count)s day", "Shop on %(count)s days", count)
        case Metric.MEMBERSHIP:
            what = gettext("Become a paying member")
        case Metric.ATTRIBUTE:
            what = gettext("Raise “%(attribute)s” by %(number)s")
    return what % _numbers(outlook, goal, document)


def _numbers(outlook: Outlook, goal: Goal, document: Programme) -> dict[str, str]:
    count = _count(goal)
    return {
        "amount": _money(goal.missing, outlook.currency),
        "count": _number(count),
        "number": _number(goal.missing.normalize()),
        "unit": _unit(document, count),
        "attribute": outlook.attribute or "",
    }


def _count(goal: Goal) -> int:
    """Return what is missing in whole things."""
    return -int(-goal.missing // 1)


def _unit(document: Programme, count: int) -> str:
    unit, language = document.unit, _language()
    named = unit.translations.get(language) or unit.translations.get(language.partition("-")[0])
    words = named or unit
    return words.one if count == 1 else words.many


def _last_day(end: datetime, outlook: Outlook) -> str:
    return _day(end - timedelta(microseconds=1), outlook)


def _day(moment: datetime, outlook: Outlook) -> str:
    """Return the day of a moment, with its year unless it is this one."""
    zone = ZoneInfo(outlook.timezone)
    local = moment.astimezone(zone)
    is_this_year = local.year == outlook.at.astimezone(zone).year
    return str(date_format(local, "j F" if is_this_year else "j F Y"))


def _number(number: Decimal | int) -> str:
    return str(number_format(number, force_grouping=True))


def _money(amount: Decimal, currency: str | None) -> str:
    """Return money with two decimals at least, or none; with more where it has more."""
    amount = amount.normalize()
    decimals = max(0, -int(amount.as_tuple().exponent))
    digits = number_format(amount, max(2, decimals) if decimals else 0, force_grouping=True)
    if currency is None:
        return str(digits)
    # Never broken over two lines.
    return f"{digits}\N{NO-BREAK SPACE}{_SIGNS.get(currency, currency)}"


def _language() -> str:
    return get_language() or "en"
