"""How the ledger reads and writes its rows: few round trips, whole sets at a time.

The three hot paths (drain the inbox, redeem, correct) meet here. Rows travel as one JSON document
for each statement, so that one member's posting and five hundred members' take the same SQL.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger.book import Book, Cover, Draw, Life, Lot, Move, State
from saleor_loyalty.sql import as_json, fetch, run

# The states a lot counts, in the order of its columns.
COUNTED = tuple(state for state in State if state is not State.OUTSIDE)
_COLUMN_OF = {state: state.value.lower() for state in COUNTED}
_COLUMNS = ", ".join(_COLUMN_OF.values())

LOCK = """
SELECT id, installation_id FROM loyalty_member WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
# For one member at a time: PostgreSQL plans a statement with a short `= ANY` anew each time.
LOCK_ONE = "SELECT installation_id FROM loyalty_member WHERE id = %s FOR NO KEY UPDATE"

LOTS = f"""
SELECT member_id, id, order_id, matures_at, expires_at, {_COLUMNS}
FROM loyalty_lot
"""  # noqa: S608 (column names of our own)
OPEN_LOTS = (
    LOTS
    + """
WHERE member_id = ANY(%s) AND (pending > 0 OR available > 0 OR held > 0 OR owed > 0)
"""
)
OPEN_LOTS_OF_ONE = OPEN_LOTS.replace("= ANY(%s)", "= %s")
OWING_MEMBERS = "SELECT DISTINCT member_id FROM loyalty_lot WHERE member_id = ANY(%s) AND owed > 0"
LOTS_BY_ID = LOTS + "WHERE member_id = ANY(%s) AND id = ANY(%s)"
LOTS_OF_ORDERS = LOTS + "WHERE order_id = ANY(%s)"

POSTED = "SELECT id FROM loyalty_posting WHERE member_id = %s AND key = %s"

# A lot's due date may become known later; points that are pending then wait for it.
SCHEDULE = """
UPDATE loyalty_lot AS lot SET matures_at = row.matures_at, expires_at = row.expires_at
FROM jsonb_to_recordset(%s::jsonb)
     AS row(order_id uuid, matures_at timestamptz, expires_at timestamptz)
WHERE lot.order_id = row.order_id AND lot.pending > 0
  AND lot.matures_at IS DISTINCT FROM row.matures_at
"""

COVERS = """
SELECT member_id, lot_id, covers_id,
       sum(CASE WHEN target = 'REPAID' THEN points ELSE -points END)::bigint
FROM loyalty_movement
WHERE covers_id = ANY(%s) OR (lot_id = ANY(%s) AND covers_id IS NOT NULL)
GROUP BY member_id, lot_id, covers_id
"""

DRAWS = """
SELECT lot_id, sum(points)::bigint FROM loyalty_movement
WHERE posting_id = %s AND target IN ('HELD', 'SPENT') GROUP BY lot_id ORDER BY lot_id
"""

_INSERT_POSTINGS = """
INSERT INTO loyalty_posting
    (id, installation_id, member_id, kind, key, reason, undoes_id, occurred_at, recorded_at)
SELECT id, installation_id, member_id, kind, key, reason, undoes_id, occurred_at, recorded_at
FROM jsonb_to_recordset((SELECT document -> 'postings' FROM input)) AS row(
    id uuid, installation_id uuid, member_id uuid, kind text, key text, reason jsonb,
    undoes_id uuid, occurred_at timestamptz, recorded_at timestamptz)
"""
_INSERT_LOTS = f"""
INSERT INTO loyalty_lot
    (id, installation_id, member_id, order_id, matures_at, expires_at, earned, {_COLUMNS})
SELECT id, installation_id, member_id, order_id, matures_at, expires_at, earned, {_COLUMNS}
FROM jsonb_to_recordset((SELECT document -> 'new_lots' FROM input)) AS row(
    id uuid, installation_id uuid, member_id uuid, order_id uuid, matures_at timestamptz,
    expires_at timestamptz, earned bigint,
    {", ".join(f"{name} bigint" for name in _COLUMN_OF.values())})
"""  # noqa: S608
_INSERT_MOVEMENTS = """
INSERT INTO loyalty_movement
    (id, posting_id, member_id, lot_id, source, target, points, covers_id)
SELECT id, posting_id, member_id, lot_id, source, target, points, covers_id
FROM jsonb_to_recordset((SELECT document -> 'movements' FROM input)) AS row(
    id uuid, posting_id uuid, member_id uuid, lot_id uuid, source text, target text,
    points bigint, covers_id uuid)
"""
_UPDATE_LOTS = f"""
UPDATE loyalty_lot AS lot
SET {", ".join(f"{name} = row.{name}" for name in _COLUMN_OF.values())}
FROM jsonb_to_recordset((SELECT document -> 'changed_lots' FROM input)) AS row(
    id uuid, {", ".join(f"{name} bigint" for name in _COLUMN_OF.values())})
WHERE lot.id = row.id
"""  # noqa: S608
WRITE = f"""
WITH input AS MATERIALIZED (SELECT %s::jsonb AS document),
     postings AS ({_INSERT_POSTINGS}),
     lots AS ({_INSERT_LOTS}),
     movements AS ({_INSERT_MOVEMENTS})
{_UPDATE_LOTS}
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting with the movements it makes in one member's book."""

    installation_id: UUID
    member_id: UUID
    kind: str
    key: str
    reason: Mapping[str, Any]
    moves: Sequence[Move]
    occurred_at: datetime
    undoes_id: UUID | None = None


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
    for member_id, lot_id, order_id, matures_at, expires_at, *counts in lots:
        points = dict(zip(COUNTED, counts, strict=True))
        books[member_id].lots[lot_id] = Lot(lot_id, order_id, Life(matures_at, expires_at), points)
    return books


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
        rows = fetch(LOTS_BY_ID, [list(books), missing])
        for member_id, book in books_of(books, rows).items():
            books[member_id].lots.update(book.lots)


def draws(posting_id: UUID) -> list[Draw]:
    """Return what a hold, or a spend without one, took from each lot."""
    return [Draw(lot_id, points) for lot_id, points in fetch(DRAWS, [posting_id])]


def write(entries: Sequence[Entry], books: Mapping[UUID, Book], *, at: datetime) -> list[UUID]:
    """Write the entries with all that moved in the books; return the postings' keys.

    New lots are those that points came into from outside.
    """
    earned: dict[UUID, int] = defaultdict(int)
    document: dict[str, list[dict[str, Any]]] = {
        "postings": [], "movements": [], "new_lots": [], "changed_lots": []
    }  # fmt: skip
    touched: dict[UUID, Entry] = {}
    keys = []
    for entry in entries:
        posting_id = new_key()
        keys.append(posting_id)
        document["postings"].append(_posting(posting_id, entry, at))
        for move in entry.moves:
            touched[move.lot_id] = entry
            document["movements"].append(_movement(posting_id, entry, move))
            if move.source is State.OUTSIDE:
                earned[move.lot_id] += move.points
    for lot_id, entry in touched.items():
        lot = books[entry.member_id].lots[lot_id]
        if lot_id in earned:
            document["new_lots"].append(_new_lot(lot, entry, earned[lot_id]))
        else:
            document["changed_lots"].append(_counts(lot))
    run(WRITE, [as_json(document)])
    return keys


def _posting(posting_id: UUID, entry: Entry, at: datetime) -> dict[str, Any]:
    return {
        "id": posting_id, "installation_id": entry.installation_id, "member_id": entry.member_id,
        "kind": entry.kind, "key": entry.key, "reason": entry.reason,
        "undoes_id": entry.undoes_id, "occurred_at": entry.occurred_at, "recorded_at": at,
    }  # fmt: skip


def _movement(posting_id: UUID, entry: Entry, move: Move) -> dict[str, Any]:
    return {
        "id": new_key(), "posting_id": posting_id, "member_id": entry.member_id,
        "lot_id": move.lot_id, "source": move.source, "target": move.target,
        "points": move.points, "covers_id": move.covers,
    }  # fmt: skip


def _new_lot(lot: Lot, entry: Entry, earned: int) -> dict[str, Any]:
    return _counts(lot) | {
        "installation_id": entry.installation_id, "member_id": entry.member_id,
        "order_id": lot.order_id, "matures_at": lot.life.matures_at,
        "expires_at": lot.life.expires_at, "earned": earned,
    }  # fmt: skip


def _counts(lot: Lot) -> dict[str, Any]:
    return {"id": lot.id} | {name: lot[state] for state, name in _COLUMN_OF.items()}
