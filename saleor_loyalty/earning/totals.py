"""From what each rule gives to the points of an entry: cut, rounded down once, shared out. Pure."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from saleor_loyalty.earning.effects import Given
from saleor_loyalty.earning.limits import Bound, allowance
from saleor_loyalty.earning.reckoning import (
    ALL_RULES,
    EVERYDAY,
    POINTS_MAX,
    WHOLE_ENTRY,
    Allocation,
    Circumstances,
    Reason,
    Reckoning,
)
from saleor_loyalty.earning.sharing import rounded, shared_out
from saleor_loyalty.earning.terms import Terms
from saleor_loyalty.earning.writing import number

_MOST = Bound(POINTS_MAX, {"points": POINTS_MAX, "per": "ORDER"})


def reckoned(
    given: Sequence[Given],
    ids: Sequence[str],
    terms: Terms,
    who: Circumstances,
    at: datetime,
    *,
    nearly: tuple[Reason, ...] = (),
    is_explained: bool = True,
) -> Reckoning:
    """Return the points of an entry that happened at `at`.

    They are rounded rule by rule first, so that no rule gets more than its limits, and then
    shared out over the lines.

    :param ids: of the lines, where a rule's cells have their places.
    :param is_explained: else what lines earn is not told apart, and reasons have no numbers to
        show: they are what limits count.
    """
    total = sum([each.total for each in given], Fraction(0))
    bound = _bound(terms, who, at)
    exact = min(total, Fraction(bound.left))
    totals = [each.total for each in given]
    if exact < total:
        totals = [each * exact / total for each in totals]
    points = rounded(totals)
    if not is_explained:
        return _in_brief(given, points, exact)
    reasons = [_reason(each, part, terms) for each, part in zip(given, points, strict=True)]
    if exact < total:
        facts: dict[str, Any] = {"exact": number(exact - total), "limit": bound.facts}
        reasons.append(Reason(ALL_RULES, "LIMIT", 0, facts))
    allocations = tuple(
        [
            Allocation(ids[place], each.rule, share)
            for each, part in zip(given, points, strict=True)
            for place, share in zip(
                each.cells.lines, shared_out(part, each.cells.parts), strict=True
            )
            if share
        ]
    )
    # What the limit over all rules would cut is promised to nobody.
    within = tuple([each for each in nearly if each.points <= bound.left - exact])
    return Reckoning(sum(points), exact, allocations, tuple(reasons), within)


def _in_brief(given: Sequence[Given], points: Sequence[int], exact: Fraction) -> Reckoning:
    pairs = list(zip(given, points, strict=True))
    reasons = tuple([Reason(each.rule, each.code, part, each.facts) for each, part in pairs])
    allocations = [Allocation(WHOLE_ENTRY, each.rule, part) for each, part in pairs if part]
    return Reckoning(sum(points), exact, tuple(allocations), reasons)


def _bound(terms: Terms, who: Circumstances, at: datetime) -> Bound:
    """Return the most that all rules together may give."""
    left = allowance(ALL_RULES, terms.document.earning.limits, at, terms.zone, who)
    if nothing := left.nothing_left:
        return Bound(0, nothing.facts)
    bounds = [left.points, _MOST] if left.points else [_MOST]
    return min(bounds, key=lambda bound: bound.left)


def _reason(given: Given, points: int, terms: Terms) -> Reason:
    facts: dict[str, Any] = {**given.named, **given.facts, "exact": number(given.total)}
    if terms.unit and given.rule == EVERYDAY:
        facts["unit"] = terms.unit
    return Reason(given.rule, given.code, points, facts)
