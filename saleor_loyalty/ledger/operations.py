"""The only code that moves a point.

Every operation runs in one transaction: lock the member, read what is current, let a pure rule
move points in the member's book, write the posting with its movements. A key is unique for ever,
so that a repeated request finds what the first one did.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import convergence, rules, spending, store, writing
from saleor_loyalty.ledger.book import Book, Life, Lot, State
from saleor_loyalty.ledger.convergence import Part, Target
from saleor_loyalty.ledger.models import Posting
from saleor_loyalty.ledger.posting import Act, AlreadyPosted, AlreadyUndone, Draws, Reason, post
from saleor_loyalty.ledger.rules import DebtPolicy, MoreThanIsOwed, NothingToRevive
from saleor_loyalty.ledger.spending import MoreThanWasSpent, NotEnoughPoints
from saleor_loyalty.sql import fetch

__all__ = [
    "AlreadyPosted",
    "AlreadyUndone",
    "DebtPolicy",
    "MoreThanIsOwed",
    "MoreThanWasSpent",
    "NotEnoughPoints",
    "NothingToRevive",
    "OrderChange",
    "Part",
    "adjust",
    "charge",
    "converge_orders",
    "give_back",
    "hold",
    "release",
    "revive",
    "spend",
    "spend_held",
    "write_off",
]

Kind = Posting.Kind


@dataclass(frozen=True, slots=True)
class OrderChange:
    """All the points an order (or an activity) should have earned, by when they are available."""

    member_id: UUID
    order_id: UUID
    key: str
    reason: Reason
    occurred_at: datetime
    parts: Sequence[Part]
    policy: DebtPolicy = DebtPolicy.DEBT
    version_id: UUID | None = None


def converge_orders(*, changes: Sequence[OrderChange], at: datetime) -> list[UUID | None]:
    """Bring many orders to what they should have earned, in three to seven round trips however
    many they are; return the posting of each, or None where no point had to move.

    The caller has a transaction open, and sees to it that no key was posted before.

    :raises LookupError: if an order has lots of another member.
    """
    installations = store.lock({change.member_id for change in changes})
    books = _books_of_orders(changes)
    entries: dict[int, writing.Entry] = {}
    for number, change in enumerate(changes):
        book = books[change.member_id]
        target = Target(change.order_id, change.parts, change.policy, change.version_id)
        grown = convergence.converge(book, target, at=at, new_key=new_key)
        moves, book.moves = book.moves, []
        if moves:
            entries[number] = writing.Entry(
                installations[change.member_id], change.member_id, _kind_of(grown), change.key,
                change.reason, moves, change.occurred_at,
            )  # fmt: skip
    postings = dict(zip(entries, writing.write(list(entries.values()), books, at=at), strict=True))
    return [postings.get(number) for number in range(len(changes))]


def hold(*, member_id: UUID, points: int, key: str, reason: Reason, at: datetime) -> UUID:
    """Reserve available points, the soonest to expire first; return the posting.

    :raises AlreadyPosted: if `key` was posted before.
    :raises NotEnoughPoints: if the member has fewer.
    """
    act = Act(member_id, Kind.HOLD, key, reason, at)
    return post(act, lambda book, _: spending.draw(book, points, into=State.HELD, at=at))


def spend(*, member_id: UUID, points: int, key: str, reason: Reason, at: datetime) -> UUID:
    """Spend available points, the soonest to expire first; return the posting.

    :raises AlreadyPosted: if `key` was posted before.
    :raises NotEnoughPoints: if the member has fewer.
    """
    act = Act(member_id, Kind.SPEND, key, reason, at)
    return post(act, lambda book, _: spending.draw(book, points, into=State.SPENT, at=at))


def charge(*, member_id: UUID, points: int, key: str, reason: Reason, at: datetime) -> UUID:
    """Spend points whether or not there are enough: what is missing is owed. Return the posting,
    a spend like others.

    :raises AlreadyPosted: if `key` was posted before.
    """
    act = Act(member_id, Kind.SPEND, key, reason, at)
    return post(act, lambda book, _: spending.charge(book, Lot(new_key()), points, at=at))


def adjust(*, member_id: UUID, points: int, key: str, reason: Reason, at: datetime) -> UUID:
    """Correct a balance: give points for good, or (below zero) take available ones away.

    :raises AlreadyPosted: if `key` was posted before.
    :raises NotEnoughPoints: if fewer are available than are to be taken.
    """
    assert points, "a correction changes something"

    def correct(book: Book, _: Draws) -> None:
        if points > 0:
            rules.earn(book, Lot(new_key(), life=Life(matures_at=at)), points, at=at)
        else:
            spending.take(book, -points, at=at)

    return post(Act(member_id, Kind.ADJUST, key, reason, at), correct)


def write_off(
    *, member_id: UUID, points: int | None, key: str, reason: Reason, at: datetime
) -> UUID:
    """Give up `points` a member owes, or all of them.

    :raises AlreadyPosted: if `key` was posted before.
    :raises MoreThanIsOwed: if fewer are owed, or none.
    """
    act = Act(member_id, Kind.WRITE_OFF, key, reason, at)
    return post(act, lambda book, _: rules.write_off(book, points))


def revive(
    *, member_id: UUID, since: datetime, lapses_at: datetime | None, key: str, reason: Reason,
    at: datetime,
) -> UUID:  # fmt: skip
    """Let points that expired after `since` count again; they are planned to end at `lapses_at`.

    :raises AlreadyPosted: if `key` was posted before.
    :raises NothingToRevive: if there are none.
    """

    def count_again(book: Book, _: Draws) -> None:
        store.add_rows({member_id: book}, fetch(store.EXPIRED_LOTS_OF_ONE, [member_id, since]))
        rules.revive(book, since=since, lapses_at=lapses_at, at=at)

    return post(Act(member_id, Kind.REVIVE, key, reason, at), count_again)


def release(
    *, hold_id: UUID, key: str, reason: Reason, at: datetime, grace_until: datetime | None = None
) -> UUID:
    """Return held points to the lots they came from; in lots that are over they live until
    then.

    :raises AlreadyPosted: if `key` was posted before.
    :raises AlreadyUndone: if the hold was released or spent.
    :raises Posting.DoesNotExist: if there is no such hold.
    """
    held = Posting.objects.get(pk=hold_id, kind=Kind.HOLD)

    def put_back(book: Book, draws: Draws) -> None:
        spending.put_back(book, draws, state=State.HELD, at=at, grace_until=grace_until)

    return post(Act(held.member_id, Kind.RELEASE, key, reason, at, undoes=held), put_back)


def spend_held(*, hold_id: UUID, key: str, reason: Reason, at: datetime) -> UUID:
    """Spend what a hold reserved.

    :raises AlreadyPosted: if `key` was posted before.
    :raises AlreadyUndone: if the hold was released or spent.
    :raises Posting.DoesNotExist: if there is no such hold.
    """
    held = Posting.objects.get(pk=hold_id, kind=Kind.HOLD)
    act = Act(held.member_id, Kind.SPEND, key, reason, at, undoes=held)
    return post(act, spending.capture)


def give_back(
    *, spend_id: UUID, key: str, reason: Reason, at: datetime, points: int | None = None,
    grace_until: datetime | None = None,
) -> UUID:  # fmt: skip
    """Return `points` of a spend, or all that were not given back yet, to the lots they came from:
    those drawn last first, and what was advanced before all. In lots that are over they live until
    `grace_until`.

    :raises AlreadyPosted: if `key` was posted before.
    :raises AlreadyUndone: if all of the spend was given back.
    :raises MoreThanWasSpent: if fewer than `points` are left.
    :raises Posting.DoesNotExist: if there is no such spend.
    """
    spent = Posting.objects.get(pk=spend_id, kind=Kind.SPEND)

    def put_back(book: Book, draws: Draws) -> None:
        spending.put_back(book, draws, state=State.SPENT, at=at, grace_until=grace_until)

    act = Act(spent.member_id, Kind.GIVE_BACK, key, reason, at, undoes=spent, points=points)
    return post(act, put_back)


def _books_of_orders(changes: Sequence[OrderChange]) -> dict[UUID, Book]:
    """Read the lots that convergence may touch: none at all for most first orders."""
    buyers = {change.order_id: change.member_id for change in changes}
    books = {member_id: Book({}) for member_id in buyers.values()}
    rows = fetch(store.LOTS_OF_ORDERS_AND_DEBTORS, [list(buyers), list(books)])
    store.add_rows(books, rows)
    earned: Counter[UUID | None] = Counter()
    for member_id, book in books.items():
        for lot in book.lots.values():
            if lot.order_id in buyers and buyers[lot.order_id] != member_id:
                raise LookupError(f"order {lot.order_id} was earned by another member")
            earned[lot.order_id] += lot.reclaimable
    losers = {
        change.member_id for change in changes
        if earned[change.order_id] > sum(part.points for part in change.parts)
    }  # fmt: skip
    if losers:
        # What is taken back may have been spent: other lots have to pay then.
        store.add_rows(books, fetch(store.OPEN_LOTS, [list(losers)]))
    store.add_covers(books)
    return books


def _kind_of(grown: int) -> str:
    if not grown:
        return Kind.RESCHEDULE
    return Kind.EARN if grown > 0 else Kind.CLAW_BACK
