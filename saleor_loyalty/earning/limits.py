"""How much a rule may still give, and what an entry uses up. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from saleor_loyalty.earning.calendar import bucket
from saleor_loyalty.earning.reckoning import ALL_RULES, Circumstances, Reckoning, Usage
from saleor_loyalty.earning.terms import Terms
from saleor_loyalty.programme.parts import Limit

_NOT_USED = Usage(0, 0)


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that one limit or budget leaves: points or times, and what receipts say of it."""

    left: int
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a rule may still give; None: as much as it likes."""

    points: Bound | None = None
    times: Bound | None = None

    @property
    def nothing_left(self) -> Bound | None:
        """Return the bound that leaves nothing, if there is one."""
        bounds = [bound for bound in (self.times, self.points) if bound and bound.left <= 0]
        return bounds[0] if bounds else None


#: Neither limits nor a budget.
UNBOUNDED = Allowance()


def allowance(
    rule: str,
    limits: Sequence[Limit],
    at: datetime,
    zone: ZoneInfo,
    who: Circumstances,
    *,
    budget: int | None = None,
) -> Allowance:
    """Return what a rule may still give to the member for something that happens at `at`."""
    if not limits and budget is None:
        return UNBOUNDED
    points, times = [], []
    for limit in limits:
        used = _used(rule, limit, at, zone, who)
        if limit.points is not None:
            facts = {"points": limit.points, "per": str(limit.per)}
            points.append(Bound(limit.points - used.points, facts))
        if limit.times is not None:
            facts = {"times": limit.times, "per": str(limit.per)}
            times.append(Bound(limit.times - used.times, facts))
    if budget is not None:
        left = who.budget_left.get(rule, budget)
        points.append(Bound(left, {"budget": budget}))
    return Allowance(_tightest(points), _tightest(times))


def usages(
    reckoning: Reckoning, terms: Terms, at: datetime
) -> Iterator[tuple[tuple[str, str], Usage]]:
    """Return what an entry uses of every limit that goes beyond it.

    Awards of campaigns among its allocations count for no limit.
    """
    by_rule = {
        reason.rule: Usage(max(0, reason.points), reason.facts.get("times", 1))
        for reason in reckoning.reasons
        # What was cut to nothing was not given; a reward was, without any points.
        if reason.rule in terms.limits and (reason.points or "reward" in reason.facts)
    }
    for rule, used in by_rule.items():
        for key in _buckets(rule, terms.limits[rule], at, terms.zone):
            yield key, used
    overall = [limit for limit in terms.document.earning.limits if limit.per != "ORDER"]
    points = sum([each.points for each in reckoning.allocations if each.rule in terms.rule_ids])
    if overall and points > 0:
        for key in _buckets(ALL_RULES, overall, at, terms.zone):
            yield key, Usage(points, 1)


def _used(rule: str, limit: Limit, at: datetime, zone: ZoneInfo, who: Circumstances) -> Usage:
    if limit.per == "ORDER":
        return _NOT_USED
    return who.used.get((rule, bucket(limit.per, at, zone)), _NOT_USED)


def _buckets(
    rule: str, limits: Iterable[Limit], at: datetime, zone: ZoneInfo
) -> Iterable[tuple[str, str]]:
    # Several limits of one period count in one place.
    return dict.fromkeys([(rule, bucket(limit.per, at, zone)) for limit in limits])


def _tightest(bounds: Sequence[Bound]) -> Bound | None:
    return min(bounds, key=lambda bound: bound.left, default=None)
