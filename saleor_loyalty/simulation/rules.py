"""Counting the same histories under two programmes. Pure."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from saleor_loyalty.accrual.history import History, OrderEntry, Replayed
from saleor_loyalty.accrual.rules import Spent, ready_all, replay
from saleor_loyalty.earning.terms import ready
from saleor_loyalty.programme.document import Programme, Version, always

#: How many of the dearest orders are named.
WORST_MAX = 10


#: Amounts by currency.
Money = defaultdict[str, Decimal]


def _no_money() -> Money:
    return Money(Decimal)


@dataclass(slots=True)
class Side:
    """What one programme gives over the orders looked at."""

    points: int = 0
    rewarded_orders: int = 0
    # Points by the key of the rule, campaign or event that gave them.
    by_rule: Counter[str] = field(default_factory=Counter)
    # What the points are promised to be worth, by currency of the order.
    cost: Money = field(default_factory=_no_money)
    # Members by level at the end.
    by_tier: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, order=True)
class Dear:
    """An order that gives much away: the share of its money that its points are worth."""

    share: Decimal
    number: str
    points: int
    total: Decimal
    currency: str


@dataclass(slots=True)
class Comparison:
    """Two programmes over the same orders."""

    orders: int = 0
    members: int = 0
    money: Money = field(default_factory=_no_money)
    current: Side = field(default_factory=Side)
    draft: Side = field(default_factory=Side)
    # Members by (level under the current programme, level under the draft), where they differ.
    movers: Counter[tuple[str, str]] = field(default_factory=Counter)
    worst: list[Dear] = field(default_factory=list)

    def add(self, other: "Comparison") -> None:
        """Add what was counted elsewhere."""
        self.orders += other.orders
        self.members += other.members
        _add(self.money, other.money)
        self.movers += other.movers
        self.worst = heapq.nlargest(WORST_MAX, [*self.worst, *other.worst])
        for mine, theirs in ((self.current, other.current), (self.draft, other.draft)):
            mine.points += theirs.points
            mine.rewarded_orders += theirs.rewarded_orders
            mine.by_rule.update(theirs.by_rule)
            _add(mine.cost, theirs.cost)
            mine.by_tier.update(theirs.by_tier)

    def within_budgets(self, current: Programme, draft: Programme) -> None:
        """Take off what parts that were counted apart gave beyond the budgets they share."""
        for side, document in ((self.current, current), (self.draft, draft)):
            for key, budget in ready(document).budgets.items():
                beyond = max(0, side.by_rule[key] - budget)
                side.by_rule[key] -= beyond
                side.points -= beyond


@dataclass(frozen=True, slots=True)
class Programmes:
    """The two sides: each a programme as if it had always been in force."""

    current: Version
    draft: Version

    @classmethod
    def of(cls, current: Programme, draft: Programme) -> "Programmes":
        """Return the two ready to be compared."""
        return cls(always(current), always(draft))

    @staticmethod
    def nothing_spent() -> tuple[Spent, Spent]:
        """Return budgets of which nothing was given yet, for either side."""
        return Spent(int), Spent(int)


def compare(
    histories: Iterable[tuple[History, Mapping[UUID, str]]],
    programmes: Programmes,
    *,
    spent: tuple[Spent, Spent],
    since: datetime,
    until: datetime,
) -> Comparison:
    """Count histories under both programmes; entries before `since` only prepare what follows.

    :param histories: each with the numbers of its orders, by entry.
    :param spent: what either side gave of its budgets so far; changed to what it will have given.
    """
    comparison = Comparison()
    for history, numbers in histories:
        current = _replay(history, programmes.current, spent[0], until)
        draft = _replay(history, programmes.draft, spent[1], until)
        _count_money(comparison, history, since)
        _count(comparison.current, current, programmes.current, since)
        _count(comparison.draft, draft, programmes.draft, since)
        if (levels := (_level(current), _level(draft)))[0] != levels[1]:
            comparison.movers[levels] += 1
        dear = _dear(draft, programmes.draft, numbers, since)
        comparison.worst = heapq.nlargest(WORST_MAX, [*comparison.worst, *dear])
    return comparison


def _add(mine: Money, theirs: Money) -> None:
    for currency, amount in theirs.items():
        mine[currency] += amount


def _replay(history: History, version: Version, spent: Spent, until: datetime) -> Replayed:
    versions = [version]
    return replay(history, versions, ready_all(versions), spent=spent, until=until)


def _count_money(comparison: Comparison, history: History, since: datetime) -> None:
    comparison.members += 1
    for entry in history.entries:
        if isinstance(entry, OrderEntry) and entry.at >= since:
            comparison.orders += 1
            comparison.money[entry.order.currency] += entry.order.total


def _count(side: Side, replayed: Replayed, version: Version, since: datetime) -> None:
    side.by_tier[_level(replayed)] += 1
    for accrued in replayed.accrued:
        points = accrued.reckoning.points
        if accrued.entry.at < since or not points:
            continue
        side.points += points
        for allocation in accrued.reckoning.allocations:
            side.by_rule[allocation.rule] += allocation.points
        if isinstance(accrued.entry, OrderEntry):
            side.rewarded_orders += 1
            currency = accrued.entry.order.currency
            side.cost[currency] += _worth(points, version, currency)


def _worth(points: int, version: Version, currency: str) -> Decimal:
    worth = version.document.value.worth.get(currency)
    return points * worth.money / worth.points if worth else Decimal(0)


def _dear(
    replayed: Replayed, version: Version, numbers: Mapping[UUID, str], since: datetime
) -> Iterable[Dear]:
    for accrued in replayed.accrued:
        entry, points = accrued.entry, accrued.reckoning.points
        if isinstance(entry, OrderEntry) and points and entry.at >= since and entry.order.total:
            order = entry.order
            worth = _worth(points, version, order.currency) or Decimal(points)
            share = (worth / order.total).quantize(Decimal("0.0001"))
            yield Dear(share, numbers.get(entry.id, ""), points, order.total, order.currency)


def _level(replayed: Replayed) -> str:
    return (replayed.standing and replayed.standing.level) or ""
