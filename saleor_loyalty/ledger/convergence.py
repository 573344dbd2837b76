"""An order's points mature piece by piece, and converge: pure arithmetic over its lots.

What an order should have earned is given as parts, by the moment they become available. Its lots
say what it has, and the difference moves. Points that wait for a wrong moment are carried to the
right one; points that became available stay so, and count for a part that is still to come.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from uuid import UUID

from saleor_loyalty.ledger import rules
from saleor_loyalty.ledger.book import Book, Life, Lot, State
from saleor_loyalty.ledger.rules import DebtPolicy, Share


@dataclass(frozen=True, slots=True)
class Part:
    """Points of an order that become available together."""

    points: int
    life: Life


@dataclass(frozen=True, slots=True)
class Target:
    """All the points an order should have, those taken back left out."""

    order_id: UUID
    parts: Sequence[Part]
    policy: DebtPolicy = DebtPolicy.DEBT
    # The programme version that new lots are earned under.
    version_id: UUID | None = None


@dataclass(slots=True)
class _Group:
    """What the order has of one life, and what it lacks (below zero: has too many)."""

    life: Life
    lots: list[Lot] = field(default_factory=list)
    lack: int = 0

    def movable(self, at: datetime) -> int:
        """Return how many of the points it has too many still wait for their moment."""
        return min(max(-self.lack, 0), sum(_waiting(lot, at) for lot in self.lots))


def converge(book: Book, target: Target, *, at: datetime, new_key: Callable[[], UUID]) -> int:
    """Bring the order's lots to the target; return by how many points it has grown.

    :param new_key: makes the keys of new lots.
    """
    groups = _groups(book, target)
    grown = sum(group.lack for group in groups)
    if grown > 0:
        rules.use_again(book, [lot for group in groups for lot in group.lots], grown)
        groups = _groups(book, target)
    _count_for_others(groups, at)
    work = _Work(book, target, at, new_key)
    _carry(work, groups)
    if grown > 0:
        _give(work, [group for group in groups if group.lack > 0], groups)
    elif grown < 0:
        shares = [Share(group.lots, -group.lack) for group in groups if group.lack < 0]
        rules.claw_back(book, shares, -grown, at=at, policy=target.policy)
    rules.settle(book, at=at)
    return grown


@dataclass(slots=True)
class _Work:
    """What every step of one convergence needs."""

    book: Book
    target: Target
    at: datetime
    new_key: Callable[[], UUID]
    new_lots: dict[datetime | None, Lot] = field(default_factory=dict)

    def earn(self, life: Life, points: int) -> None:
        """Put points from outside into one new lot for each life."""
        if life.matures_at not in self.new_lots:
            lot = Lot(self.new_key(), self.target.order_id, life, version_id=self.target.version_id)
            self.new_lots[life.matures_at] = self.book.lots[lot.id] = lot
        lot = self.new_lots[life.matures_at]
        self.book.move(lot, State.OUTSIDE, lot.entrance(self.at), points)


def _groups(book: Book, target: Target) -> list[_Group]:
    """Return the order's lots and parts by life: the soonest to mature first, unknown ones last."""
    groups: dict[datetime | None, _Group] = {}
    for part in target.parts:
        assert part.points >= 0, "an order owes nothing"
        groups.setdefault(part.life.matures_at, _Group(part.life)).lack += part.points
    for lot in book.lots.values():
        if lot.order_id == target.order_id:
            group = groups.setdefault(lot.life.matures_at, _Group(lot.life))
            group.lots.append(lot)
            group.lack -= lot.reclaimable
    return sorted(groups.values(), key=lambda group: _moment(group.life.matures_at))


def _count_for_others(groups: Sequence[_Group], at: datetime) -> None:
    """Let points the order has too many, and that wait no more, count for what it lacks: for what
    matures first. What waits can be carried, and is left for later parts.
    """
    lack = sum(group.lack for group in groups if group.lack > 0)
    surplus = -sum(group.lack for group in groups if group.lack < 0)
    rest = max(min(lack, surplus) - sum(group.movable(at) for group in groups), 0)
    for group in groups:
        part = min(rest, max(group.lack, 0))
        group.lack -= part
        rest -= part


def _carry(work: _Work, groups: Sequence[_Group]) -> None:
    """Let points that wait for a wrong moment wait for the right one."""
    for source, group in product(groups, groups):
        for lot in list(source.lots):
            points = min(_waiting(lot, work.at), max(-source.lack, 0), max(group.lack, 0))
            if points:
                _reschedule(work, lot, source, group, points)
                group.lack -= points
                source.lack += points


def _reschedule(work: _Work, lot: Lot, source: _Group, group: _Group, points: int) -> None:
    if points < lot.earned - lot[State.CLAWED_BACK]:
        work.book.move(lot, State.PENDING, State.OUTSIDE, points)
        work.earn(group.life, points)
        return
    source.lots.remove(lot)
    group.lots.append(lot)
    work.book.redate(lot, group.life)
    if lot.is_mature(work.at):
        work.book.move(lot, State.PENDING, State.AVAILABLE, points)


def _give(work: _Work, lacking: Sequence[_Group], groups: Sequence[_Group]) -> None:
    """Give what is lacking: points taken back from the same part, empty lots, and then new ones."""
    for group in lacking:
        for lot in group.lots:
            group.lack -= rules.give_again(work.book, lot, group.lack, at=work.at)
    lots = [lot for group in groups for lot in group.lots]
    for group in lacking:
        for lot in lots:
            if group.lack and lot[State.CLAWED_BACK] == lot.earned:
                work.book.redate(lot, group.life)
                group.lack -= rules.give_again(work.book, lot, group.lack, at=work.at)
        if group.lack:
            work.earn(group.life, group.lack)


def _waiting(lot: Lot, at: datetime) -> int:
    """Return the pending points that are neither due nor over."""
    return 0 if lot.is_mature(at) or lot.is_expired(at) else lot[State.PENDING]


def _moment(matures_at: datetime | None) -> tuple[bool, float]:
    return (matures_at is None, matures_at.timestamp() if matures_at else 0.0)
