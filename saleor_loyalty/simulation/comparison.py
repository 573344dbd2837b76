"""What two programmes give over the same orders: figures that add up, wherever they were counted.

Pure. Nothing depends on the order in which parts are added, so that any number of processes, and
any number of interruptions, come to the same.
"""

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from saleor_loyalty.earning.sharing import shared_out
from saleor_loyalty.programme.document import Programme, Worth
from saleor_loyalty.tiers import preview

#: How many of the dearest orders, and of the members who win or lose most, are named.
WORST_MAX = 10
#: How many members are named who go from one level to another.
EXAMPLES_MAX = 5
#: Between two levels; no key has it.
_TO = ">"


@dataclass(slots=True)
class Side:
    """What one programme gives over the orders looked at."""

    # Points by the key of the rule, campaign or event that gave them, and by the currency of the
    # order; "" where there was no order.
    given: dict[str, Counter[str]] = field(default_factory=dict)
    rewarded_orders: int = 0
    # Members by level at the end; "" is none.
    by_tier: Counter[str] = field(default_factory=Counter)

    @property
    def points(self) -> int:
        """All of them."""
        return sum(self.by_rule.values())

    @property
    def by_rule(self) -> dict[str, int]:
        """Points by what gave them."""
        return {key: points.total() for key, points in sorted(self.given.items())}

    @property
    def by_currency(self) -> Counter[str]:
        """Points by the currency of the order."""
        by_currency: Counter[str] = Counter()
        for points in self.given.values():
            by_currency.update(points)
        return by_currency

    def give(self, rule: str, currency: str, points: int) -> None:
        """Count points."""
        if (known := self.given.get(rule)) is None:
            known = self.given[rule] = Counter()
        known[currency] += points

    def add(self, other: "Side") -> None:
        """Add what was counted elsewhere."""
        for rule, points in other.given.items():
            self.given.setdefault(rule, Counter()).update(points)
        self.rewarded_orders += other.rewarded_orders
        self.by_tier.update(other.by_tier)

    def within(self, budgets: Mapping[str, int]) -> "Side":
        """Return the side without what it gave beyond budgets, whoever might have got it."""
        given = {
            rule: _at_most(budgets[rule], points) if rule in budgets else points
            for rule, points in self.given.items()
        }
        return replace(self, given=given)


@dataclass(frozen=True, slots=True, order=True)
class Dear:
    """An order that gives much away: the share of its money that its points are worth.

    Where nothing is promised, a point stands for a unit of money.
    """

    share: Decimal
    number: str
    points: int
    total: Decimal
    currency: str


@dataclass(frozen=True, slots=True, order=True)
class Swing:
    """A member who gets more, or fewer, points under the draft."""

    gain: int
    member: UUID
    current: int
    draft: int


@dataclass(slots=True)
class Moves:
    """Members who are on another level: how many, and some of them."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[UUID]] = field(default_factory=dict)

    def note(self, member: UUID, before: str | None, after: str | None) -> None:
        """Count a member, if they move."""
        if before != after:
            self._count(f"{before or ''}{_TO}{after or ''}", 1, [member])

    def add(self, other: "Moves") -> None:
        """Add what was counted elsewhere."""
        for move, count in other.counts.items():
            self._count(move, count, other.examples.get(move, []))

    def take(self, moves: preview.Moves) -> None:
        """Add what the preview of levels found."""
        for (before, after), count in moves.counts.items():
            move, some = f"{before or ''}{_TO}{after or ''}", moves.examples[before, after]
            self._count(move, count, some)

    @property
    def rows(self) -> list[tuple[str, str, int, list[UUID]]]:
        """From which level, to which, how many members, and some of them; the most first."""
        ordered = sorted(self.counts.items(), key=lambda each: (-each[1], each[0]))
        return [(*_levels(move), count, self.examples[move]) for move, count in ordered]

    def _count(self, move: str, count: int, some: list[UUID]) -> None:
        self.counts[move] += count
        # The lowest keys, so that it does not matter who was found first.
        known = self.examples.get(move, [])
        self.examples[move] = sorted([*known, *some])[:EXAMPLES_MAX]


@dataclass(slots=True)
class Comparison:
    """Two programmes over the same orders, each as if it had always been in force.

    Budgets are as if they never ended; see `Side.within`.
    """

    members: int = 0
    # Orders and their money, by currency.
    orders: Counter[str] = field(default_factory=Counter)
    money: dict[str, Decimal] = field(default_factory=dict)
    current: Side = field(default_factory=Side)
    draft: Side = field(default_factory=Side)
    dearest: list[Dear] = field(default_factory=list)
    # How many members get more points under the draft, and how many fewer; and the extremes.
    winners: int = 0
    losers: int = 0
    wins: list[Swing] = field(default_factory=list)
    losses: list[Swing] = field(default_factory=list)
    # From the level under the current programme to that under the draft.
    movers: Moves = field(default_factory=Moves)
    # If the draft took effect at the end, with all that was promised kept: from the level of today,
    # and from the one after the next review.
    at_once: Moves = field(default_factory=Moves)
    at_review: Moves = field(default_factory=Moves)

    def add(self, other: "Comparison") -> None:
        """Add what was counted elsewhere."""
        self.members += other.members
        self.orders.update(other.orders)
        for currency, amount in other.money.items():
            self.money[currency] = self.money.get(currency, Decimal(0)) + amount
        self.current.add(other.current)
        self.draft.add(other.draft)
        self.note_dear(other.dearest)
        self.winners += other.winners
        self.losers += other.losers
        self._note_extremes([*other.wins, *other.losses])
        self.movers.add(other.movers)
        self.at_once.add(other.at_once)
        self.at_review.add(other.at_review)

    def note_dear(self, orders: list[Dear]) -> None:
        """Keep the dearest orders."""
        if orders:
            self.dearest = heapq.nlargest(WORST_MAX, [*self.dearest, *orders])

    def note_swings(self, swings: list[Swing]) -> None:
        """Count the members who win or lose, and keep the extremes."""
        self.winners += sum(swing.gain > 0 for swing in swings)
        self.losers += sum(swing.gain < 0 for swing in swings)
        self._note_extremes(swings)

    def _note_extremes(self, swings: list[Swing]) -> None:
        wins = [swing for swing in swings if swing.gain > 0]
        losses = [swing for swing in swings if swing.gain < 0]
        self.wins = heapq.nlargest(WORST_MAX, [*self.wins, *wins])
        self.losses = heapq.nsmallest(WORST_MAX, [*self.losses, *losses])

    def cost(self, side: Side, document: Programme) -> dict[str, Decimal | None]:
        """Return what a side's points are promised to be worth, by currency; None: nothing is.

        Points for what is no order are worth what those of most orders are.
        """
        points = side.by_currency
        home = max(self.orders, key=lambda each: (self.orders[each], each), default="")
        points[home] += points.pop("", 0)
        return {
            currency: _worth(count, document.value.worth.get(currency))
            for currency, count in sorted(points.items())
            if currency
        }


def _at_most(budget: int, points: Counter[str]) -> Counter[str]:
    if points.total() <= budget:
        return points
    shares = shared_out(budget, list(points.values()))
    return Counter(dict(zip(points, shares, strict=True)))


def _worth(points: int, worth: Worth | None) -> Decimal | None:
    return points * worth.money / worth.points if worth else None


def _levels(move: str) -> tuple[str, str]:
    before, _, after = move.partition(_TO)
    return before, after
