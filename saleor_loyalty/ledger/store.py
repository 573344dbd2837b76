"""How the ledger locks members and reads their rows: few round trips, whole sets at a time.

The three hot paths (drain the inbox, redeem, correct) meet here, and in `writing`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from saleor_loyalty.ledger.book import COUNTED, Book, Cover, Draw, Life, Lot, State
from saleor_loyalty.sql import fetch

COLUMN_OF = {state: state.value.lower() for state in COUNTED}
COLUMNS = ", ".join(COLUMN_OF.values())

# A key as `new_key` makes it (UUIDv7: milliseconds, then chance), where PostgreSQL makes the rows.
NEW_KEY = """
encode(set_bit(set_bit(overlay(
    uuid_send(gen_random_uuid())
    PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
"""

LOCK = """
SELECT id, installation_id FROM loyalty_member WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
# For one member at a time: PostgreSQL plans a statement with a short `= ANY` anew each time.
LOCK_ONE = "SELECT installation_id FROM loyalty_member WHERE id = %s FOR NO KEY UPDATE"

LOTS = f"""
SELECT member_id, id, order_id, matures_at, expires_at, lapses_at, {COLUMNS}
FROM loyalty_lot
"""  # noqa: S608 (column names of our own)
_IS_OPEN = "(pending > 0 OR available > 0 OR held > 0 OR owed > 0)"
OPEN_LOTS = f"{LOTS} WHERE member_id = ANY(%s) AND {_IS_OPEN}"
OPEN_LOTS_OF_ONE = f"{LOTS} WHERE member_id = %s AND {_IS_OPEN}"
OWING_MEMBERS = "SELECT DISTINCT member_id FROM loyalty_lot WHERE member_id = ANY(%s) AND owed > 0"
LOTS_BY_ID = LOTS + "WHERE member_id = ANY(%s) AND id = ANY(%s)"
LOTS_OF_ORDERS = LOTS + "WHERE order_id = ANY(%s)"
# The lots of orders, and all open ones of members who owe: what these gain may repay.
LOTS_OF_ORDERS_AND_DEBTORS = f"""
{LOTS_OF_ORDERS}
UNION ALL
{LOTS} WHERE member_id IN ({OWING_MEMBERS}) AND {_IS_OPEN}
"""
EXPIRED_LOTS_OF_ONE = LOTS + "WHERE member_id = %s AND expired > 0 AND expires_at > %s"

POSTED = "SELECT id FROM loyalty_posting WHERE member_id = %s AND key = %s"

COVERS = """
SELECT member_id, lot_id, covers_id,
       sum(CASE WHEN target = 'REPAID' THEN points ELSE -points END)::bigint
FROM loyalty_movement
WHERE covers_id = ANY(%s) OR (lot_id = ANY(%s) AND covers_id IS NOT NULL)
GROUP BY member_id, lot_id, covers_id
"""

DRAWS = """
SELECT lot_id, points FROM loyalty_movement
WHERE posting_id = %s AND target IN ('HELD', 'SPENT', 'OWED') ORDER BY id
"""
_SETTLED = "SELECT 1 FROM loyalty_posting WHERE undoes_id = %s AND kind <> 'GIVE_BACK'"
# A give-back that does not say how many points were given back (as the first ones) returned all.
_GIVEN_BACK = """
SELECT coalesce(sum(coalesce(given_back, %s)), 0)::bigint FROM loyalty_posting
WHERE undoes_id = %s AND kind = 'GIVE_BACK'
"""


class MissingMember(LookupError):
    """A posting for members nobody enrolled."""


def lock(member_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Lock the members, in the order of their keys, and return the installation of each.

    What is read afterwards is current.

    :raises MissingMember: if one is not there.
    """
    assert connection.in_atomic_block, "points move in a transaction only"
    wanted = set(member_ids)
    found = dict(fetch(LOCK, [list(wanted)]))
    if len(found) != len(wanted):
        raise MissingMember(*wanted.difference(found))
    return found


def lock_one(member_id: UUID) -> UUID:
    """Lock a member, and return their installation. What is read afterwards is current.

    :raises MissingMember: if they are not there.
    """
    assert connection.in_atomic_block, "points move in a transaction only"
    if not (rows := fetch(LOCK_ONE, [member_id])):
        raise MissingMember(member_id)
    installation_id: UUID = rows[0][0]
    return installation_id


def books_of(member_ids: Collection[UUID], lots: Sequence[tuple[Any, ...]]) -> dict[UUID, Book]:
    """Return one book a member, filled from rows of a `LOTS…` statement."""
    books = {member_id: Book({}) for member_id in member_ids}
    add_rows(books, lots)
    return books


def add_rows(books: Mapping[UUID, Book], lots: Sequence[tuple[Any, ...]]) -> None:
    """Put the rows of a `LOTS…` statement into the books.

    :raises LookupError: if a lot is of nobody who has a book here.
    """
    for member_id, lot_id, order_id, matures_at, expires_at, lapses_at, *counts in lots:
        points = dict(zip(COUNTED, counts, strict=True))
        life = Life(matures_at, expires_at, lapses_at)
        books[member_id].lots[lot_id] = Lot(lot_id, order_id, life, points)


def add_covers(books: Mapping[UUID, Book]) -> None:
    """Read which lots of the books repaid whose debts, and the lots on the other side."""
    lots = [lot for book in books.values() for lot in book.lots.values()]
    repaid = [lot.id for lot in lots if lot[State.CLAWED_BACK]]
    repaying = [lot.id for lot in lots if lot[State.REPAID]]
    if not repaid and not repaying:
        return
    ends: set[UUID] = set()
    for member_id, lot_id, covers_id, points in fetch(COVERS, [repaid, repaying]):
        if points:
            books[member_id].covers.append(Cover(lot_id, covers_id, points))
            ends |= {lot_id, covers_id}
    add_lots(books, ends)


def add_lots(books: Mapping[UUID, Book], lot_ids: Collection[UUID]) -> None:
    """Read these lots into the books, unless they are there."""
    missing = [
        lot_id for lot_id in lot_ids if not any(lot_id in book.lots for book in books.values())
    ]
    if missing:
        add_rows(books, fetch(LOTS_BY_ID, [list(books), missing]))


def draws(posting_id: UUID) -> list[Draw]:
    """Return what a hold, or a spend without one, took from each lot, and advanced at last, in
    the order it did.
    """
    return [Draw(lot_id, points) for lot_id, points in fetch(DRAWS, [posting_id])]


def is_settled(hold_id: UUID) -> bool:
    """Tell whether a hold was released or spent."""
    return bool(fetch(_SETTLED, [hold_id]))


def given_back(spend_id: UUID, *, whole: int) -> int:
    """Return how many points of a spend were given back; `whole` is how many it took."""
    [(points,)] = fetch(_GIVEN_BACK, [whole, spend_id])
    return int(points)
