"""How the ledger reads and writes its rows: few round trips, whole sets at a time.

The three hot paths (drain the inbox, redeem, correct) meet here. Rows travel as one JSON document
for each statement, so that one member's posting and five hundred members' take the same SQL.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger.book import COUNTED, Book, Cover, Draw, Life, Lot, Move, State
from saleor_loyalty.sql import as_json, fetch, run

_COLUMN_OF = {state: state.value.lower() for state in COUNTED}
_COLUMNS = ", ".join(_COLUMN_OF.values())

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
SELECT member_id, id, order_id, matures_at, expires_at, lapses_at, {_COLUMNS}
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
    (id, installation_id, member_id, order_id, version_id, matures_at, expires_at, lapses_at,
     earned, {_COLUMNS})
SELECT id, installation_id, member_id, order_id, version_id, matures_at, expires_at, lapses_at,
       earned, {_COLUMNS}
FROM jsonb_to_recordset((SELECT document -> 'new_lots' FROM input)) AS row(
    id uuid, installation_id uuid, member_id uuid, order_id uuid, version_id uuid,
    matures_at timestamptz, expires_at timestamptz, lapses_at timestamptz, earned bigint,
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
SET earned = lot.earned + row.earned,
    {", ".join(f"{name} = row.{name}" for name in _COLUMN_OF.values())}
FROM jsonb_to_recordset((SELECT document -> 'changed_lots' FROM input)) AS row(
    id uuid, earned bigint, {", ".join(f"{name} bigint" for name in _COLUMN_OF.values())})
WHERE lot.id = row.id
"""  # noqa: S608
WRITE = f"""
WITH input AS MATERIALIZED (SELECT %s::jsonb AS document),
     postings AS ({_INSERT_POSTINGS}),
     lots AS ({_INSERT_LOTS}),
     movements AS ({_INSERT_MOVEMENTS})
{_UPDATE_LOTS}
"""
_REDATE = """
UPDATE loyalty_lot AS lot
SET matures_at = row.matures_at, expires_at = row.expires_at, lapses_at = row.lapses_at
FROM jsonb_to_recordset(%s::jsonb)
     AS row(id uuid, matures_at timestamptz, expires_at timestamptz, lapses_at timestamptz)
WHERE lot.id = row.id
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
    """Return what a hold, or a spend without one, took from each lot."""
    return [Draw(lot_id, points) for lot_id, points in fetch(DRAWS, [posting_id])]


def write(entries: Sequence[Entry], books: Mapping[UUID, Book], *, at: datetime) -> list[UUID]:
    """Write the entries with all that moved in the books; return the postings' keys.

    New lots are those that points came into from outside.
    """
    document: dict[str, list[dict[str, Any]]] = {
        "postings": [], "movements": [], "new_lots": [], "changed_lots": []
    }  # fmt: skip
    changed: dict[UUID, _Changed] = {}
    keys = []
    for entry in entries:
        posting_id = new_key()
        keys.append(posting_id)
        document["postings"].append(_posting(posting_id, entry, at))
        for move in entry.moves:
            changed.setdefault(move.lot_id, _Changed(entry)).note(move)
            document["movements"].append(_movement(posting_id, entry, move))
    for lot_id, change in changed.items():
        lot = books[change.entry.member_id].lots[lot_id]
        counts = _counts(lot) | {"earned": change.earned}
        if change.is_new:
            document["new_lots"].append(_new_lot(lot, change.entry) | counts)
        else:
            document["changed_lots"].append(counts)
    if entries:
        run(WRITE, [as_json(document)])
    _redate(books)
    return keys


@dataclass(slots=True)
class _Changed:
    """What the entries do to one lot."""

    entry: Entry
    earned: int = 0
    is_new: bool = False

    def note(self, move: Move) -> None:
        """Count what the lot earns, or (below zero) what was carried to another."""
        if move.source is State.OUTSIDE:
            self.earned += move.points
            self.is_new = True
        elif move.target is State.OUTSIDE:
            self.earned -= move.points


def _redate(books: Mapping[UUID, Book]) -> None:
    rows = [
        {"id": lot_id} | asdict(book.lots[lot_id].life)
        for book in books.values() for lot_id in book.redated
    ]  # fmt: skip
    if rows:
        run(_REDATE, [as_json(rows)])


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


def _new_lot(lot: Lot, entry: Entry) -> dict[str, Any]:
    return {
        "installation_id": entry.installation_id, "member_id": entry.member_id,
        "order_id": lot.order_id, "version_id": lot.version_id,
    } | asdict(lot.life)  # fmt: skip


def _counts(lot: Lot) -> dict[str, Any]:
    return {"id": lot.id} | {name: lot[state] for state, name in _COLUMN_OF.items()}
