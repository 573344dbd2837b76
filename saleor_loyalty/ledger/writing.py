"""How the ledger writes its rows: all that moved, in one round trip.

Rows travel as one JSON document for each statement, so that one member's posting and five hundred
members' take the same SQL.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger.book import Book, Lot, Move, State
from saleor_loyalty.ledger.store import COLUMN_OF, COLUMNS
from saleor_loyalty.sql import as_json, run

_INSERT_POSTINGS = """
INSERT INTO loyalty_posting
    (id, installation_id, member_id, kind, key, reason, undoes_id, given_back, occurred_at,
     recorded_at)
SELECT id, installation_id, member_id, kind, key, reason, undoes_id, given_back, occurred_at,
       recorded_at
FROM jsonb_to_recordset((SELECT document -> 'postings' FROM input)) AS row(
    id uuid, installation_id uuid, member_id uuid, kind text, key text, reason jsonb,
    undoes_id uuid, given_back bigint, occurred_at timestamptz, recorded_at timestamptz)
"""
_INSERT_LOTS = f"""
INSERT INTO loyalty_lot
    (id, installation_id, member_id, order_id, version_id, matures_at, expires_at, lapses_at,
     earned, {COLUMNS})
SELECT id, installation_id, member_id, order_id, version_id, matures_at, expires_at, lapses_at,
       earned, {COLUMNS}
FROM jsonb_to_recordset((SELECT document -> 'new_lots' FROM input)) AS row(
    id uuid, installation_id uuid, member_id uuid, order_id uuid, version_id uuid,
    matures_at timestamptz, expires_at timestamptz, lapses_at timestamptz, earned bigint,
    {", ".join(f"{name} bigint" for name in COLUMN_OF.values())})
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
    {", ".join(f"{name} = row.{name}" for name in COLUMN_OF.values())}
FROM jsonb_to_recordset((SELECT document -> 'changed_lots' FROM input)) AS row(
    id uuid, earned bigint, {", ".join(f"{name} bigint" for name in COLUMN_OF.values())})
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
    given_back: int | None = None


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
        "undoes_id": entry.undoes_id, "given_back": entry.given_back,
        "occurred_at": entry.occurred_at, "recorded_at": at,
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
    return {"id": lot.id} | {name: lot[state] for state, name in COLUMN_OF.items()}
