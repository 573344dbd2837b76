"""The only code that moves a point.

Every operation runs in one transaction: lock the member, read what is current, let a pure rule
move points in the member's book, write the posting with its movements. A key is unique for ever,
so that a repeated request finds what the first one did.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import convergence, rules, store
from saleor_loyalty.ledger.book import Book, Draw, Life, Lot, State
from saleor_loyalty.ledger.convergence import Part, Target
from saleor_loyalty.ledger.models import Posting
from saleor_loyalty.ledger.rules import (
    DebtPolicy,
    MoreThanIsOwed,
    NotEnoughPoints,
    NothingToRevive,
)
from saleor_loyalty.sql import fetch

__all__ = [
    "AlreadyPosted",
    "AlreadyUndone",
    "DebtPolicy",
    "MoreThanIsOwed",
    "NotEnoughPoints",
    "NothingToRevive",
    "OrderChange",
    "Part",
    "adjust",
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
Reason = Mapping[str, Any]
Draws = Sequence[Draw]


class AlreadyPosted(Exception):
    """The key was posted before, as the posting `posting_id`; nothing has moved now."""

    def __init__(self, posting_id: UUID) -> None:
        super().__init__(str(posting_id))
        self.posting_id = posting_id


class AlreadyUndone(Exception):
    """The hold or spend was released, spent or given back before; nothing has moved now."""


_REFUSALS = (NotEnoughPoints, MoreThanIsOwed, NothingToRevive, AlreadyUndone)


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
    entries: dict[int, store.Entry] = {}
    for number, change in enumerate(changes):
        book = books[change.member_id]
        target = Target(change.order_id, change.parts, change.policy, change.version_id)
        grown = convergence.converge(book, target, at=at, new_key=new_key)
        moves, book.moves = book.moves, []
        if moves:
            entries[number] = store.Entry(
                installations[change.member_id], change.member_id, _kind_of(grown), change.key,
                change.reason, moves, change.occurred_at,
            )  # fmt: skip
    postings = dict(zip(entries, store.write(list(entries.values()), books, at=at), strict=True))
    return [postings.get(number) for number in range(len(changes))]


def hold(*, member_id: UUID, points: int, key: str, reason: Reason, at: datetime) -> UUID:
    """Reserve available points, the soonest to expire first; return the posting.

    :raises AlreadyPosted: if `key` was posted before.
    :raises NotEnoughPoints: if the member has fewer.
    """
    act = _Act(member_id, Kind.HOLD, key, reason, at)
    return _do(act, lambda book, _: rules.draw(book, points, into=State.HELD, at=at))


def spend(*, member_id: UUID, points: int, key: str, reason: Reason, at: datetime) -> UUID:
    """Spend available points, the soonest to expire first; return the posting.

    :raises AlreadyPosted: if `key` was posted before.
    :raises NotEnoughPoints: if the member has fewer.
    """
    act = _Act(member_id, Kind.SPEND, key, reason, at)
    return _do(act, lambda book, _: rules.draw(book, points, into=State.SPENT, at=at))


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
            rules.take(book, -points, at=at)

    return _do(_Act(member_id, Kind.ADJUST, key, reason, at), correct)


def write_off(
    *, member_id: UUID, points: int | None, key: str, reason: Reason, at: datetime
) -> UUID:
    """Give up `points` a member owes, or all of them.

    :raises AlreadyPosted: if `key` was posted before.
    :raises MoreThanIsOwed: if fewer are owed, or none.
    """
    act = _Act(member_id, Kind.WRITE_OFF, key, reason, at)
    return _do(act, lambda book, _: rules.write_off(book, points))


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

    return _do(_Act(member_id, Kind.REVIVE, key, reason, at), count_again)


def release(*, hold_id: UUID, key: str, reason: Reason, at: datetime) -> UUID:
    """Return held points to the lots they came from.

    :raises AlreadyPosted: if `key` was posted before.
    :raises AlreadyUndone: if the hold was released or spent.
    :raises Posting.DoesNotExist: if there is no such hold.
    """
    held = Posting.objects.get(pk=hold_id, kind=Kind.HOLD)
    act = _Act(held.member_id, Kind.RELEASE, key, reason, at, undoes=held)
    return _do(act, lambda book, draws: rules.put_back(book, draws, state=State.HELD, at=at))


def spend_held(*, hold_id: UUID, key: str, reason: Reason, at: datetime) -> UUID:
    """Spend what a hold reserved.

    :raises AlreadyPosted: if `key` was posted before.
    :raises AlreadyUndone: if the hold was released or spent.
    :raises Posting.DoesNotExist: if there is no such hold.
    """
    held = Posting.objects.get(pk=hold_id, kind=Kind.HOLD)
    act = _Act(held.member_id, Kind.SPEND, key, reason, at, undoes=held)
    return _do(act, rules.capture)


def give_back(*, spend_id: UUID, key: str, reason: Reason, at: datetime) -> UUID:
    """Return spent points to the lots they came from, with the expiry they had.

    :raises AlreadyPosted: if `key` was posted before.
    :raises AlreadyUndone: if the spend was given back.
    :raises Posting.DoesNotExist: if there is no such spend.
    """
    spent = Posting.objects.select_related("undoes").get(pk=spend_id, kind=Kind.SPEND)
    act = _Act(spent.member_id, Kind.GIVE_BACK, key, reason, at, undoes=spent)
    return _do(act, lambda book, draws: rules.put_back(book, draws, state=State.SPENT, at=at))


@dataclass(frozen=True, slots=True)
class _Act:
    """A posting about to be made for one member."""

    member_id: UUID
    kind: str
    key: str
    reason: Reason
    at: datetime
    # The hold or spend that it settles.
    undoes: Posting | None = None


def _do(act: _Act, rule: Callable[[Book, Draws], None]) -> UUID:
    """Post what `rule` does to the member's book, given what the posting it undoes drew."""
    member_id = act.member_id
    with _once(member_id, act.key):
        installation_id = store.lock_one(member_id)
        books = store.books_of([member_id], fetch(store.OPEN_LOTS_OF_ONE, [member_id]))
        book = books[member_id]
        rule(book, _draws_of(act.undoes, books) if act.undoes else ())
        undoes_id = act.undoes.pk if act.undoes else None
        entry = store.Entry(
            installation_id, member_id, act.kind, act.key, act.reason, book.moves, act.at, undoes_id
        )
        return store.write([entry], books, at=act.at)[0]


def _draws_of(undone: Posting, books: dict[UUID, Book]) -> Draws:
    """Return what was drawn, having read into the books all lots that its return may touch."""
    if Posting.objects.filter(undoes=undone).exists():
        raise AlreadyUndone(str(undone.pk))
    # Where a hold was spent, it was the hold that drew.
    draws = store.draws(undone.undoes_id or undone.pk)
    store.add_lots(books, [draw.lot_id for draw in draws])
    store.add_covers(books)
    return draws


@contextmanager
def _once(member_id: UUID, key: str) -> Iterator[None]:
    """Open a transaction that posts `key`, and raise AlreadyPosted if that was done before.

    Nobody looks first: the database refuses a key it has. A repeated request may also be refused
    because of what it did itself the first time, such as spending all there was.
    """
    try:
        with transaction.atomic():
            yield
    except (*_REFUSALS, IntegrityError) as refusal:
        if rows := fetch(store.POSTED, [member_id, key]):
            raise AlreadyPosted(rows[0][0]) from refusal
        raise


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
