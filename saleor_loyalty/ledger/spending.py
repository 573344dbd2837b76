"""Which points a redemption takes, and which it returns: pure arithmetic over a member's lots.

Points are drawn from the lots that end soonest. What a *charge* wants beyond the available points
is advanced: a lot of its own comes into being, all of whose points are owed at once. So the debt
counts them, later points repay them as they repay any debt, and the lot conserves its points like
every other. They were never earned: the lot is of no order, and none of its points is ever
available; the advance ends clawed back, once it was repaid or returned, or written off.

What was drawn last is returned first, the advance before all: however often parts of a spend are
given back, the member has what they would have, had only the rest been spent. It is also the
kindest order, as debts go before points come back, and those come back that last the longest.

Points return to the lots they came from, with the end these have. Where a grace is given, what is
returned to a lot that is over lives until then, and nothing else of it. Lots that are not over are
left alone: redeeming and returning is no way to make points last longer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from saleor_loyalty.ledger import rules
from saleor_loyalty.ledger.book import Book, Draw, Lot, State


class NotEnoughPoints(Exception):
    """The member cannot pay; `available` says how many points there are."""

    def __init__(self, *, wanted: int, available: int) -> None:
        super().__init__(f"{wanted} points wanted, {available} available")
        self.wanted, self.available = wanted, available


class MoreThanWasSpent(Exception):
    """More points are to be given back than are still spent; `spent` says how many are."""

    def __init__(self, *, wanted: int, spent: int) -> None:
        super().__init__(f"{wanted} points to give back, {spent} still spent")
        self.wanted, self.spent = wanted, spent


def draw(book: Book, points: int, *, into: State, at: datetime) -> None:
    """Take available points, the soonest to expire first, into `into`.

    :raises NotEnoughPoints: if fewer are available; nothing has moved then.
    """
    assert points > 0, "a draw takes something"
    usable = book.usable(at)
    available = sum(lot[State.AVAILABLE] for lot in usable)
    if available < points:
        raise NotEnoughPoints(wanted=points, available=available)
    book.move_any(usable, State.AVAILABLE, into, points)


def charge(book: Book, advance: Lot, points: int, *, at: datetime) -> None:
    """Spend available points, the soonest to expire first; what is missing comes into the new lot
    `advance`, and is owed.
    """
    assert points > 0, "a charge takes something"
    missing = points - book.move_any(book.usable(at), State.AVAILABLE, State.SPENT, points)
    if missing:
        book.lots[advance.id] = advance
        book.move(advance, State.OUTSIDE, State.OWED, missing)


def take(book: Book, points: int, *, at: datetime) -> None:
    """Remove available points for good (a correction by staff).

    They count as spent: were they clawed back, a refund could not take them from the order again.

    :raises NotEnoughPoints: if fewer are available.
    """
    draw(book, points, into=State.SPENT, at=at)


def capture(book: Book, draws: Sequence[Draw]) -> None:
    """Turn what a hold drew into spent points; points owed meanwhile stay owed."""
    for drawn in draws:
        lot = book.lots[drawn.lot_id]
        book.move(lot, State.HELD, State.SPENT, min(drawn.points, lot[State.HELD]))


def part_to_return(draws: Sequence[Draw], points: int | None, *, returned: int) -> list[Draw]:
    """Return which `points` of a spend to give back now, or all that are left (None), where
    `returned` were given back before. What was drawn last is returned first.

    :param draws: what the spend drew, in that order.
    :raises MoreThanWasSpent: if fewer are left, or none.
    """
    assert points is None or points > 0, "what is given back is something"
    left = sum(drawn.points for drawn in draws) - returned
    wanted = left if points is None else points
    if not 0 < wanted <= left:
        raise MoreThanWasSpent(wanted=wanted, spent=left)
    parts = []
    for drawn in reversed(draws):
        skipped = min(returned, drawn.points)
        part = min(wanted, drawn.points - skipped)
        parts.append(Draw(drawn.lot_id, part))
        returned -= skipped
        wanted -= part
    return [part for part in parts if part.points]


def put_back(
    book: Book, draws: Sequence[Draw], *, state: State, at: datetime,
    grace_until: datetime | None = None,
) -> None:  # fmt: skip
    """Return what was drawn into `state` (held or spent) to the lots it came from.

    Of points that were taken back meanwhile, or advanced, the return cancels the debt, and frees
    the points of other lots that repaid it. What returns to lots that are over ends at
    `grace_until`.
    """
    before = {lot.id: lot[State.AVAILABLE] for lot in book.lots.values()}
    for drawn in draws:
        lot = book.lots[drawn.lot_id]
        rest = drawn.points
        rest -= _return(book, lot, state, min(rest, lot[state]))
        rest -= book.move(
            lot, State.WRITTEN_OFF, State.CLAWED_BACK, min(rest, lot[State.WRITTEN_OFF])
        )
        rest -= book.move(lot, State.OWED, State.CLAWED_BACK, min(rest, lot[State.OWED]))
        rest -= rules.free_covers(book, lot, rest)
        # Held points that were owed for a while are counted as spent since.
        book.move(lot, State.SPENT, State.AVAILABLE, min(rest, lot[State.SPENT]))
    if grace_until is not None:
        _give_grace(book, before, until=grace_until, at=at)
    rules.settle(book, at=at)


def _return(book: Book, lot: Lot, state: State, points: int) -> int:
    """Make `points` available again; those that were written off of the same lot stay taken."""
    book.move(lot, state, State.AVAILABLE, points)
    taken = book.move(lot, State.AVAILABLE, State.CLAWED_BACK, min(points, lot[State.WRITTEN_OFF]))
    book.move(lot, State.WRITTEN_OFF, State.SPENT, taken)
    return points


def _give_grace(book: Book, before: Mapping[UUID, int], *, until: datetime, at: datetime) -> None:
    """Let lots that are over, and have more available points than `before`, end at `until`."""
    for lot in book.lots.values():
        if lot[State.AVAILABLE] > before[lot.id] and lot.is_expired(at):
            # What was left in it stays expired, whether or not that was recorded.
            book.move(lot, State.PENDING, State.EXPIRED, lot[State.PENDING])
            book.move(lot, State.AVAILABLE, State.EXPIRED, before[lot.id])
            book.redate(lot, replace(lot.life, expires_at=until))
