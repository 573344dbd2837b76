"""Why an order earned what it did, and nearly earned, in the language that is active.

Arithmetic that shoppers can check by hand. Plain text that may hold anything a merchant typed:
whoever shows it escapes it.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, gettext_noop, ngettext, ngettext_lazy

from saleor_loyalty.earning.words import day, in_language, money, number, unit

#: What is said of a limit, by what it is renewed by.
_POINTS_AT_MOST = {
    "ORDER": gettext_noop("At most %(points)s points an order"),
    "DAY": gettext_noop("At most %(points)s points a day"),
    "WEEK": gettext_noop("At most %(points)s points a week"),
    "MONTH": gettext_noop("At most %(points)s points a month"),
    "QUARTER": gettext_noop("At most %(points)s points a quarter"),
    "YEAR": gettext_noop("At most %(points)s points a year"),
    "EVER": gettext_noop("At most %(points)s points in all"),
}
_TIMES_AT_MOST = {
    "ORDER": ngettext_lazy("Once an order", "At most %(times)s times an order", "times"),
    "DAY": ngettext_lazy("Once a day", "At most %(times)s times a day", "times"),
    "WEEK": ngettext_lazy("Once a week", "At most %(times)s times a week", "times"),
    "MONTH": ngettext_lazy("Once a month", "At most %(times)s times a month", "times"),
    "QUARTER": ngettext_lazy("Once a quarter", "At most %(times)s times a quarter", "times"),
    "YEAR": ngettext_lazy("Once a year", "At most %(times)s times a year", "times"),
    "EVER": ngettext_lazy("Once in all", "At most %(times)s times in all", "times"),
}
#: What money that was paid with points earns, by the programme's policy.
_EARNED_BY_POINTS = {
    "NONE": gettext_noop("%(money)s were paid with points: such orders earn nothing"),
    "MONEY_PART": gettext_noop("%(money)s were paid with points and earn nothing"),
    "FULL": gettext_noop("%(money)s were paid with points and earn as money does"),
}
_Facts = Mapping[str, Any]


def sentence(reason: _Facts) -> str:
    """Return a sentence for a reason of a receipt, or for what was nearly earned.

    :param reason: its code and points together with its facts.

    A reason nobody knows, or without its facts, gets a sentence that is true of all.
    """
    try:
        return _with_limit(_SENTENCES[reason["code"]](reason), reason)
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return gettext("Points: %(points)s") % {"points": number(reason.get("points", 0))}


def _everyday(facts: _Facts) -> str:
    return gettext("%(points)s %(unit)s per %(per)s on %(money)s: %(exact)s") % {
        "points": number(facts["rate"]),
        "unit": unit(facts.get("unit"), facts["rate"]),
        "per": money(facts["per"], facts["currency"]),
        "money": money(facts["money"], facts["currency"]),
        "exact": _exact(facts),
    }


def _rate(facts: _Facts) -> str:
    return gettext("%(name)s, %(step)s: %(exact)s") % {
        "name": _name(facts), "step": _step(facts), "exact": _exact(facts),
    }  # fmt: skip


def _bands(facts: _Facts) -> str:
    return gettext("%(name)s, %(step)s: %(exact)s") % {
        "name": _name(facts),
        "step": ", ".join(_step(step) for step in facts["steps"]),
        "exact": _exact(facts),
    }


def _step(facts: _Facts) -> str:
    return gettext("%(points)s per %(per)s on %(money)s") % {
        "points": number(facts["rate"]),
        "per": money(facts["per"], facts["currency"]),
        "money": money(facts["money"], facts["currency"]),
    }


def _multiplier(facts: _Facts) -> str:
    return _multiplied(_name(facts), facts)


def _level(facts: _Facts) -> str:
    return _multiplied(gettext("Level %(name)s") % {"name": _name(facts)}, facts)


def _multiplied(name: str, facts: _Facts) -> str:
    words = {"name": name, "factor": number(facts["factor"]), "points": number(facts["of"])}
    if share := facts.get("share"):
        what = gettext("%(name)s, %(factor)s × %(share)s %% of %(points)s")
        words["share"] = number(share)
    else:
        what = gettext("%(name)s, %(factor)s × %(points)s")
    change = Decimal(facts.get("uncut", facts["exact"]))
    ends = gettext("%(what)s: %(points)s more") if change >= 0 else gettext(
        "%(what)s: %(points)s less"
    )  # fmt: skip
    return ends % {"what": what % words, "points": number(abs(change))}


def _bonus(facts: _Facts) -> str:
    return gettext("%(name)s: %(exact)s") % {"name": _name(facts), "exact": _exact(facts)}


def _threshold(facts: _Facts) -> str:
    words = {
        "name": _name(facts),
        "times": number(facts["times"]),
        "money": money(facts["money"], facts["currency"]),
        "exact": _exact(facts),
    }
    if facts["times"] == 1:
        return gettext("%(name)s, %(money)s or more: %(exact)s") % words
    return gettext("%(name)s, %(times)s times %(money)s: %(exact)s") % words


def _quantity(facts: _Facts) -> str:
    pieces, times = facts["every"], facts["times"]
    if pieces == 1:
        pieces, times = times, 1
    words = {
        "name": _name(facts),
        "pieces": number(pieces),
        "times": number(times),
        "exact": _exact(facts),
    }
    if times == 1:
        what = ngettext(
            "%(name)s, %(pieces)s piece: %(exact)s",
            "%(name)s, %(pieces)s pieces: %(exact)s",
            pieces,
        )
    else:
        what = gettext("%(name)s, %(times)s times %(pieces)s pieces: %(exact)s")
    return what % words


def _event(facts: _Facts) -> str:
    if "reward_name" not in facts:
        return _bonus(facts)
    reward = in_language(facts, "reward_name", "reward_translations")
    words = {"name": _name(facts), "reward": reward, "exact": _exact(facts)}
    if Decimal(facts["exact"]):
        return gettext("%(name)s: %(reward)s, and %(exact)s") % words
    return gettext("%(name)s: %(reward)s") % words


def _cut(facts: _Facts) -> str:
    less = number(abs(Decimal(facts["exact"])))
    return gettext("%(what)s: %(points)s less") % {"what": _limit(facts["limit"]), "points": less}


def _total(facts: _Facts) -> str:
    exact, points = number(facts["exact"]), number(facts["together"])
    if exact == points:
        return gettext("Together %(points)s") % {"points": points}
    return gettext("Together %(exact)s, rounded down to %(points)s") % {
        "exact": exact, "points": points,
    }  # fmt: skip


def _money_missing(facts: _Facts) -> str:
    return gettext("%(money)s more for %(name)s: %(points)s more") % {
        "money": money(facts["money"], facts["currency"]), **_near(facts),
    }  # fmt: skip


def _pieces_missing(facts: _Facts) -> str:
    return ngettext(
        "One more piece of %(name)s: %(points)s more",
        "%(pieces)s more pieces of %(name)s: %(points)s more",
        facts["pieces"],
    ) % {"pieces": number(facts["pieces"]), **_near(facts)}


def _ended(facts: _Facts) -> str:
    words = {"date": day(facts["date"]), **_near(facts)}
    return gettext("%(name)s ended on %(date)s: before, %(points)s more") % words


def _begins(facts: _Facts) -> str:
    words = {"date": day(facts["date"]), **_near(facts)}
    return gettext("%(name)s begins on %(date)s: from then, %(points)s more") % words


def _for_level(facts: _Facts) -> str:
    words = {"level": _name(facts["level"]), **_near(facts)}
    return gettext("%(name)s is for level %(level)s: %(points)s more") % words


def _next_level(facts: _Facts) -> str:
    return gettext("With level %(name)s: %(points)s more") % _near(facts)


def _to_join(facts: _Facts) -> str:
    return gettext("Activate %(name)s before you buy: %(points)s more") % _near(facts)


def _outdone(facts: _Facts) -> str:
    words = {"better": _name(facts["better"]), **_near(facts)}
    return gettext("%(name)s would give %(points)s, but %(better)s gives more") % words


def _paid_with_points(facts: _Facts) -> str:
    return gettext(_EARNED_BY_POINTS[facts["policy"]]) % {
        "money": money(facts["money"], facts["currency"])
    }


def _limit_reached(facts: _Facts) -> str:
    words = {"name": _name(facts), "limit": _limit(facts["limit"])}
    return gettext("%(name)s gives nothing more. %(limit)s") % words


_SENTENCES: dict[str, Callable[[_Facts], str]] = {
    "EVERYDAY": _everyday,
    "RATE": _rate,
    "BANDS": _bands,
    "MULTIPLIER": _multiplier,
    "LEVEL": _level,
    "BONUS": _bonus,
    "THRESHOLD": _threshold,
    "QUANTITY": _quantity,
    "EVENT": _event,
    "LIMIT": _cut,
    "TOTAL": _total,
    "MONEY_MISSING": _money_missing,
    "PIECES_MISSING": _pieces_missing,
    "ENDED": _ended,
    "BEGINS": _begins,
    "FOR_LEVEL": _for_level,
    "NEXT_LEVEL": _next_level,
    "TO_JOIN": _to_join,
    "OUTDONE": _outdone,
    "PAID_WITH_POINTS": _paid_with_points,
    "LIMIT_REACHED": _limit_reached,
}


def _with_limit(said: str, facts: _Facts) -> str:
    """Say of a rule that was cut to a limit how much of it counts."""
    if "uncut" not in facts:
        return said
    words = {"what": said, "points": number(facts["exact"]), "limit": _limit(facts["limit"])}
    return gettext("%(what)s, of which %(points)s count. %(limit)s") % words


def _limit(limit: _Facts) -> str:
    if "points" in limit:
        return gettext(_POINTS_AT_MOST[limit["per"]]) % {"points": number(limit["points"])}
    if "times" in limit:
        return str(_TIMES_AT_MOST[limit["per"]] % {"times": limit["times"]})
    return gettext("No more than %(points)s points are given to all members together") % {
        "points": number(limit["budget"])
    }


def _near(facts: _Facts) -> dict[str, str]:
    return {"name": _name(facts), "points": number(facts["points"])}


def _exact(facts: _Facts) -> str:
    return number(facts.get("uncut", facts["exact"]))


def _name(facts: _Facts) -> str:
    return in_language(facts, "name", "translations")
