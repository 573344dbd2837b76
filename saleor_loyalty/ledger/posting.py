"""One posting for one member, once: lock, read, let a rule move points, write.

Nobody looks first whether a key was posted: the database refuses a key it has.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from saleor_loyalty.ledger import spending, store, writing
from saleor_loyalty.ledger.book import Book, Draw
from saleor_loyalty.ledger.models import Posting
from saleor_loyalty.ledger.rules import MoreThanIsOwed, NothingToRevive
from saleor_loyalty.ledger.spending import MoreThanWasSpent, NotEnoughPoints
from saleor_loyalty.sql import fetch

Kind = Posting.Kind
Reason = Mapping[str, Any]
Draws = Sequence[Draw]


class AlreadyPosted(Exception):
    """The key was posted before, as the posting `posting_id`; nothing has moved now."""

    def __init__(self, posting_id: UUID) -> None:
        super().__init__(str(posting_id))
        self.posting_id = posting_id


class AlreadyUndone(Exception):
    """The hold was released or spent before, or all of the spend given back; nothing has moved
    now.
    """


_REFUSALS = (NotEnoughPoints, MoreThanWasSpent, MoreThanIsOwed, NothingToRevive, AlreadyUndone)


@dataclass(frozen=True, slots=True)
class Act:
    """A posting about to be made for one member."""

    member_id: UUID
    kind: str
    key: str
    reason: Reason
    at: datetime
    # The hold or spend that it settles, and how many points of a spend it gives back (None: all
    # that are left).
    undoes: Posting | None = None
    points: int | None = None


def post(act: Act, rule: Callable[[Book, Draws], None]) -> UUID:
    """Post what `rule` does to the member's book, given what it is to settle or give back."""
    member_id = act.member_id
    with _once(member_id, act.key):
        installation_id = store.lock_one(member_id)
        books = store.books_of([member_id], fetch(store.OPEN_LOTS_OF_ONE, [member_id]))
        book = books[member_id]
        draws = _draws_of(act.undoes, act, books) if act.undoes else ()
        rule(book, draws)
        entry = writing.Entry(
            installation_id, member_id, act.kind, act.key, act.reason, book.moves, act.at,
            undoes_id=act.undoes.pk if act.undoes else None,
            given_back=sum(draw.points for draw in draws) if act.kind == Kind.GIVE_BACK else None,
        )  # fmt: skip
        return writing.write([entry], books, at=act.at)[0]


def _draws_of(undone: Posting, act: Act, books: Mapping[UUID, Book]) -> Draws:
    """Return what the act undoes, having read into the books all lots that this may touch."""
    # Where a hold was spent, it was the hold that drew.
    draws: Draws = store.draws(undone.undoes_id or undone.pk)
    if act.kind == Kind.GIVE_BACK:
        draws = _part_of(undone, draws, act.points)
    elif store.is_settled(undone.pk):
        raise AlreadyUndone(str(undone.pk))
    store.add_lots(books, [draw.lot_id for draw in draws])
    store.add_covers(books)
    return draws


def _part_of(spent: Posting, draws: Draws, points: int | None) -> Draws:
    whole = sum(draw.points for draw in draws)
    returned = store.given_back(spent.pk, whole=whole)
    if returned == whole:
        raise AlreadyUndone(str(spent.pk))
    return spending.part_to_return(draws, points, returned=returned)


@contextmanager
def _once(member_id: UUID, key: str) -> Iterator[None]:
    """Open a transaction that posts `key`, and raise AlreadyPosted if that was done before.

    A repeated request may also be refused because of what it did itself the first time, such as
    spending all there was.
    """
    try:
        with transaction.atomic():
            yield
    except (*_REFUSALS, IntegrityError) as refusal:
        if rows := fetch(store.POSTED, [member_id, key]):
            raise AlreadyPosted(rows[0][0]) from refusal
        raise
