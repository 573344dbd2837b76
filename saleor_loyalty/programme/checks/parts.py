"""What can be wrong with the parts that many chapters share."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import permutations
from zoneinfo import available_timezones

from django.utils.translation import gettext

from saleor_loyalty.programme.checks.pieces import Piece
from saleor_loyalty.programme.checks.problems import Problem

LISTS_DEPTH_MAX = 12
LIMITS_COMPARED_MAX = 20
SELECTORS = ("categories", "collections", "products", "product_types", "skus")
#: For each period those that hold it entirely; a week may belong to two months.
_WIDER = {
    "ORDER": {"DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "EVER"},
    "DAY": {"WEEK", "MONTH", "QUARTER", "YEAR", "EVER"},
    "WEEK": {"EVER"},
    "MONTH": {"QUARTER", "YEAR", "EVER"},
    "QUARTER": {"YEAR", "EVER"},
    "YEAR": {"EVER"},
}


def check_timezone(piece: Piece) -> Iterator[Problem]:
    """Check that the time zone is one that clocks know."""
    if piece.text() and piece.text() not in _timezones():
        message = gettext("Write a time zone such as Europe/Paris: “%(name)s” is not known.")
        yield piece.problem("UNKNOWN_TIMEZONE", message, name=piece.text())


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def check_repetitions(piece: Piece, depth: int = LISTS_DEPTH_MAX) -> Iterator[Problem]:
    """Check that no list names the same thing twice."""
    if isinstance(piece.value, list) and _names_twice(piece.value):
        seen: set[str | int] = set()
        message = gettext("Take this out: “%(name)s” is in the list already.")
        for item in piece.items():
            if isinstance(item.value, str | int) and item.value in seen:
                yield item.warning("REPEATED", message, name=item.text() or item.number())
            elif isinstance(item.value, str | int):
                seen.add(item.value)
    if depth:
        for inner in piece.holders():
            yield from check_repetitions(inner, depth - 1)


def _names_twice(values: list[object]) -> bool:
    names = [value for value in values if isinstance(value, str | int)]
    return len(set(names)) < len(names)


def check_when(when: Piece, at: datetime | None) -> Iterator[Problem]:
    """Check the time something applies."""
    starts_at, ends_at = when["starts_at"].moment(), when["ends_at"].moment()
    if starts_at and ends_at and ends_at <= starts_at:
        message = gettext("Choose an end after the beginning, %(start)s.")
        yield when["ends_at"].problem(
            "ENDS_BEFORE_IT_BEGINS", message, start=when["starts_at"].text()
        )
    elif at and ends_at and ends_at <= at:
        message = gettext("Choose a later end, or take this out: it is over already.")
        yield when["ends_at"].warning("OVER", message)
    if when["from_time"].text() and when["from_time"].text() == when["until_time"].text():
        message = gettext("Choose another time of day: from %(time)s until %(time)s is no time.")
        yield when["until_time"].problem("NO_TIME", message, time=when["from_time"].text())


def check_scope(scope: Piece, excluded: Piece) -> Iterator[Problem]:
    """Check that what is selected is not left out again, here or for all rules (`excluded`)."""
    for selector in SELECTORS:
        without = {*scope["without"][selector].texts(), *excluded[selector].texts()}
        # Long lists are looked through piece by piece only where there is something to tell.
        if without.isdisjoint(scope["only"][selector].texts()):
            continue
        for item in scope["only"][selector].items():
            if item.text() in without:
                message = gettext("Take “%(name)s” out: it is also among what does not count.")
                yield item.warning("NOTHING_MEANT", message, name=item.text())


def check_limits(limits: Piece, *, points: Piece, budget: Piece) -> Iterator[Problem]:
    """Check that limits limit something.

    :param points: what is given at a time, where that is known.
    """
    for limit in limits.items():
        if limit.value == {} or (limit["per"] and not limit["points"] and not limit["times"]):
            message = gettext("Say how many points, or how many times.")
            yield limit.problem("EMPTY_LIMIT", message)
        yield from _against_award(limit["points"], points, budget)
    for (place, one), (others_place, other) in permutations(
        enumerate(limits.items()[:LIMITS_COMPARED_MAX]), 2
    ):
        yield from _useless(one, other, is_later=place > others_place)


def _against_award(limit: Piece, points: Piece, budget: Piece) -> Iterator[Problem]:
    most, given, in_all = limit.number(), points.number(), budget.number()
    if most and given and most < given:
        message = gettext("Allow at least %(points)s points, or nobody ever gets all of them.")
        yield limit.warning("LIMIT_BELOW_AWARD", message, points=given)
    if most and in_all and most >= in_all:
        message = gettext("Allow less than the budget, %(budget)s points: this limits nothing.")
        yield limit.warning("NEVER_MATTERS", message, budget=in_all)


def _useless(limit: Piece, other: Piece, *, is_later: bool) -> Iterator[Problem]:
    """Check a limit against another of a period that holds its own, or the same one."""
    period, others = limit["per"].text(), other["per"].text()
    is_same = period == others
    if not is_same and others not in _WIDER.get(period, ()):
        return
    for kind in ("points", "times"):
        most, others_most = limit[kind].number(), other[kind].number()
        if most is None or others_most is None or most < others_most:
            continue
        # Of two that say the same, only the later one is told about.
        if not is_same or most > others_most or is_later:
            message = gettext(
                "Take this out: no more than %(most)s per %(period)s are allowed anyway."
            )
            yield limit[kind].warning("NEVER_MATTERS", message, most=others_most, period=others)


def check_budget(budget: Piece, points: Piece) -> Iterator[Problem]:
    """Check that a budget is enough for one award."""
    in_all, given = budget.number(), points.number()
    if in_all is not None and given is not None and in_all < given:
        message = gettext("Give it at least %(points)s points: that is one award.")
        yield budget.problem("BUDGET_BELOW_AWARD", message, points=given)


def check_award(award: Piece, budget: Piece) -> Iterator[Problem]:
    """Check that an award gives something."""
    given = (award["points"].value, award["reward"].value)
    if isinstance(award.value, dict) and given == (None, None):
        message = gettext("Say how many points, or which reward.")
        yield award.problem("EMPTY_AWARD", message)
    yield from check_budget(budget, award["points"])


def check_no_orders(audience: Piece) -> Iterator[Problem]:
    """Check an audience of something that is no order."""
    for name in ("order_numbers", "from_order", "every_order"):
        if audience[name]:
            message = gettext("Take this out: only orders are counted, and this is none.")
            yield audience[name].warning("NEVER_MATTERS", message)
