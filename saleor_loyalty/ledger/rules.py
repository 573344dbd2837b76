"""Which points move when they are earned, mature, end, are taken back or given up: pure
arithmetic over a member's lots. What redemptions do is in `spending`.

Each rule moves points in a member's `Book` and so records the movements that the operation then
writes. Nothing here reads a clock or a database.

Debt is kept inside the lots, so that one law (a lot conserves its points) covers it too. Taking
back points that were spent already turns them from *spent* into *owed*. Available points of other
lots then repay: they become *repaid*, covering the lot whose owed points become clawed back. So a
spend that can no longer be paid by the points of a returned order is paid by others, exactly as
if the order had never been; and every step can be walked back.

A debt may be written off. Should its points come back after all (the order is paid again, or what
they were spent on is returned), the write-off is undone first, so that nobody gains by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from saleor_loyalty.ledger.book import (
    UNUSED,
    USED,
    Book,
    Cover,
    Life,
    Lot,
    State,
    portions,
    soonest_first,
)


class MoreThanWasGiven(Exception):
    """More points are to be taken back than were given."""


class MoreThanIsOwed(Exception):
    """More points are to be written off than are owed; `owed` says how many are."""

    def __init__(self, *, owed: int) -> None:
        super().__init__(f"{owed} points are owed")
        self.owed = owed


class NothingToRevive(Exception):
    """No points of the member expired in that time."""


class DebtPolicy(StrEnum):
    """What becomes of points that are taken back after they were used."""

    #: They are owed: later points repay them.
    DEBT = "DEBT"
    #: They are written off at once: no more is taken than there is.
    CLAMP = "CLAMP"


@dataclass(slots=True)
class Share:
    """Points that may be taken from these lots, at most."""

    lots: Sequence[Lot]
    points: int


def earn(book: Book, lot: Lot, points: int, *, at: datetime) -> None:
    """Put `points` into a new lot: pending, or available at once if it is due at `at`."""
    book.lots[lot.id] = lot
    book.move(lot, State.OUTSIDE, lot.entrance(at), points)
    settle(book, at=at)


def mature(book: Book, *, at: datetime) -> int:
    """Make due pending points available; return how many."""
    due = [lot for lot in book.lots.values() if lot.is_mature(at)]
    matured = sum(book.move(lot, State.PENDING, State.AVAILABLE, lot[State.PENDING]) for lot in due)
    settle(book, at=at)
    return matured


def expire(book: Book, *, at: datetime) -> int:
    """Record the points of lots past their expiry; return how many."""
    over = [lot for lot in book.lots.values() if lot.is_expired(at)]
    return sum(
        book.move(lot, state, State.EXPIRED, lot[state])
        for lot in over
        for state in (State.PENDING, State.AVAILABLE)
    )


def claw_back(
    book: Book, shares: Sequence[Share], points: int, *, at: datetime, policy: DebtPolicy
) -> None:
    """Take `points` back from lots, whatever has become of their points; nobody has used those
    that are taken first. Used ones are owed, or written off, as the policy says.

    :raises MoreThanWasGiven: if the lots hold fewer points than that.
    """
    if sum(min(share.points, _reclaimable(share.lots)) for share in shares) < points:
        raise MoreThanWasGiven(points)
    for state in UNUSED:
        points -= _take_shares(book, shares, state, State.CLAWED_BACK, points)
    points -= _stop_repaying_shares(book, shares, points, policy)
    target = State.OWED if policy is DebtPolicy.DEBT else State.WRITTEN_OFF
    for state in USED:
        points -= _take_shares(book, shares, state, target, points)
    settle(book, at=at)


def use_again(book: Book, lots: Sequence[Lot], points: int) -> int:
    """Undo claw-backs of points that were used: up to `points` of them are spent again, and no
    longer written off, owed, or repaid by other lots. Return how many.
    """
    rest = points
    for state in (State.WRITTEN_OFF, State.OWED):
        rest -= book.move_any(lots, state, State.SPENT, rest)
    for lot in lots:
        freed = free_covers(book, lot, min(rest, lot[State.CLAWED_BACK]))
        rest -= book.move(lot, State.CLAWED_BACK, State.SPENT, freed)
    return points - rest


def give_again(book: Book, lot: Lot, points: int, *, at: datetime) -> int:
    """Undo claw-backs of up to `points` that nobody had used; return how many."""
    part = min(points, lot[State.CLAWED_BACK])
    return book.move(lot, State.CLAWED_BACK, lot.entrance(at), part)


def write_off(book: Book, points: int | None) -> None:
    """Give up `points` that are owed, or all of them.

    :raises MoreThanIsOwed: if fewer are owed, or none.
    """
    owed = book.debt()
    points = owed if points is None else points
    if not 0 < points <= owed:
        raise MoreThanIsOwed(owed=owed)
    book.move_any(list(book.lots.values()), State.OWED, State.WRITTEN_OFF, points)


def revive(book: Book, *, since: datetime, lapses_at: datetime | None, at: datetime) -> None:
    """Let points that expired after `since` count again, until `lapses_at` (None: for ever).

    :raises NothingToRevive: if there are none.
    """
    expire(book, at=at)
    lots = [lot for lot in book.lots.values() if lot[State.EXPIRED] and _expired_after(lot, since)]
    if not lots:
        raise NothingToRevive
    for lot in lots:
        book.redate(lot, Life(lot.life.matures_at, lapses_at=lapses_at))
        book.move(lot, State.EXPIRED, lot.entrance(at), lot[State.EXPIRED])
    settle(book, at=at)


def settle(book: Book, *, at: datetime) -> None:
    """Let available points repay what is owed: a lot's own first, then the soonest to expire."""
    debtors = [lot for lot in book.lots.values() if lot[State.OWED]]
    for owing in debtors:
        _repay_itself(book, owing)
    for owing in debtors:
        for lot, part in portions(book.usable(at), State.AVAILABLE, owing[State.OWED]):
            book.move(lot, State.AVAILABLE, State.REPAID, part, covers=owing.id)
            book.covers.append(Cover(lot.id, owing.id, part))
            book.move(owing, State.OWED, State.CLAWED_BACK, part)


def free_covers(book: Book, owing: Lot, points: int) -> int:
    """Make available again up to `points` that repaid the debt of `owing`, those first that last
    the longest; return how many.
    """
    covers = [cover for cover in book.covers if cover.covers == owing.id]
    covers.sort(key=lambda cover: soonest_first(book.lots[cover.lot_id]), reverse=True)
    rest = points
    for cover in covers:
        rest -= _uncover(book, cover, min(rest, cover.points))
    return points - rest


def _repay_itself(book: Book, lot: Lot) -> None:
    # Also after its expiry: points taken back are taken from the unused ones first.
    part = min(lot[State.OWED], lot[State.AVAILABLE])
    book.move(lot, State.AVAILABLE, State.CLAWED_BACK, part)
    book.move(lot, State.OWED, State.SPENT, part)


def _stop_repaying(book: Book, lot: Lot, points: int, policy: DebtPolicy) -> int:
    """Take back up to `points` of `lot` that repay debts, which are owed again; return how many."""
    rest = points
    for cover in [cover for cover in book.covers if cover.lot_id == lot.id]:
        part = _uncover(book, cover, min(rest, cover.points))
        rest -= book.move(lot, State.AVAILABLE, State.CLAWED_BACK, part)
        owing = book.lots[cover.covers]
        book.move(owing, State.CLAWED_BACK, State.OWED, part)
        if policy is DebtPolicy.CLAMP:
            _repay_itself(book, owing)
            book.move(owing, State.OWED, State.WRITTEN_OFF, min(part, owing[State.OWED]))
    return points - rest


def _uncover(book: Book, cover: Cover, points: int) -> int:
    lot = book.lots[cover.lot_id]
    book.covers.remove(cover)
    if points < cover.points:
        book.covers.append(Cover(cover.lot_id, cover.covers, cover.points - points))
    return book.move(lot, State.REPAID, State.AVAILABLE, points, covers=cover.covers)


def _take_shares(
    book: Book, shares: Sequence[Share], source: State, target: State, points: int
) -> int:
    rest = points
    for share in shares:
        taken = book.move_any(share.lots, source, target, min(rest, share.points))
        share.points -= taken
        rest -= taken
    return points - rest


def _stop_repaying_shares(
    book: Book, shares: Sequence[Share], points: int, policy: DebtPolicy
) -> int:
    rest = points
    for share in shares:
        for lot in share.lots:
            taken = _stop_repaying(book, lot, min(rest, share.points), policy)
            share.points -= taken
            rest -= taken
    return points - rest


def _reclaimable(lots: Iterable[Lot]) -> int:
    return sum(lot.reclaimable for lot in lots)


def _expired_after(lot: Lot, since: datetime) -> bool:
    return lot.life.expires_at is not None and lot.life.expires_at > since
