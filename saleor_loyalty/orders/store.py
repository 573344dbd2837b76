"""How orders are locked, read and saved: whole sets at a time."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from saleor_loyalty.keys import new_key
from saleor_loyalty.orders.rules import Earned, Record
from saleor_loyalty.sql import as_json, fetch, from_json, run

#: The most orders of one member that are counted together, the newest. Older ones stay as they are.
HISTORY_MAX = 5_000

_MEMBERS = """
SELECT DISTINCT member_id FROM loyalty_order
WHERE installation_id = %s AND saleor_id = ANY(%s) AND member_id IS NOT NULL
"""
_MAKE = """
INSERT INTO loyalty_order (id, installation_id, saleor_id, number, currency, charged_peak,
                           state_digest, facts, points, postings, parts, granted, receipt,
                           recorded_at)
SELECT id, %s, saleor_id, '', '', 0, '', '{}', 0, 0, '[]', '{}', '{}', %s
FROM jsonb_to_recordset(%s::jsonb) AS row(id uuid, saleor_id text)
ORDER BY saleor_id
ON CONFLICT ON CONSTRAINT order_once_per_shop DO NOTHING
"""
_COLUMNS = """
id, saleor_id, number, member_id, programme_version_id, created_at, state_at, asked_at,
state_digest, facts, currency, charged_peak, paid_at, points, postings, parts, granted, receipt
"""
_LOCK = f"""
SELECT {_COLUMNS}
FROM loyalty_order WHERE installation_id = %s AND saleor_id = ANY(%s)
ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 (column names of our own)
_HISTORY = f"""
SELECT known.*
FROM unnest(%s::uuid[]) AS member(id)
CROSS JOIN LATERAL (
    SELECT {_COLUMNS} FROM loyalty_order
    WHERE member_id = member.id AND paid_at IS NOT NULL AND facts <> '{{}}' AND id <> ALL(%s)
    ORDER BY created_at DESC, id DESC LIMIT %s
) AS known
"""  # noqa: S608
#: What is set, and from which columns, wherever something has earned.
EARNED = """
    points = row.points, postings = row.postings, parts = row.parts, granted = row.granted,
    receipt = row.receipt
"""
EARNED_COLUMNS = "points bigint, postings int, parts jsonb, granted jsonb, receipt jsonb"
_SAVE = f"""
UPDATE loyalty_order AS known
SET number = row.number, member_id = row.member_id, programme_version_id = row.version_id,
    created_at = row.created_at, state_at = row.state_at, asked_at = row.asked_at,
    state_digest = decode(row.state_digest, 'hex'), facts = row.facts, currency = row.currency,
    charged_peak = row.charged_peak, paid_at = row.paid_at, {EARNED}
FROM jsonb_to_recordset(%s::jsonb) AS row(
    id uuid, number text, member_id uuid, version_id uuid, created_at timestamptz,
    state_at timestamptz, asked_at timestamptz, state_digest text, facts jsonb, currency text,
    charged_peak numeric, paid_at timestamptz, {EARNED_COLUMNS})
WHERE known.id = row.id
"""  # noqa: S608
_SAVE_EARNED = f"""
UPDATE loyalty_order AS known
SET programme_version_id = coalesce(known.programme_version_id, row.version_id), {EARNED}
FROM jsonb_to_recordset(%s::jsonb) AS row(id uuid, version_id uuid, {EARNED_COLUMNS})
WHERE known.id = row.id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Known:
    """An order's row: what we know of it, and what it earned."""

    record: Record
    earned: Earned


def buyers(installation_id: UUID, saleor_ids: Sequence[str]) -> set[UUID]:
    """Return the members who bought these orders, as far as is known already."""
    return {row[0] for row in fetch(_MEMBERS, [installation_id, list(saleor_ids)])}


def lock(installation_id: UUID, saleor_ids: Sequence[str], at: datetime) -> list[Known]:
    """Make the rows that are missing, and lock all of them in the order of their keys."""
    possibly_new = [{"id": new_key(), "saleor_id": saleor_id} for saleor_id in saleor_ids]
    run(_MAKE, [installation_id, at, as_json(possibly_new)])
    return [_known(row) for row in fetch(_LOCK, [installation_id, list(saleor_ids)])]


def history(member_ids: Collection[UUID], *, without: Collection[UUID] = ()) -> list[Known]:
    """Return the paid orders of members whose rows the caller has locked, at most HISTORY_MAX each.

    Nobody else writes an order of a locked member, so these need no lock of their own.
    """
    return [_known(row) for row in fetch(_HISTORY, [list(member_ids), list(without), HISTORY_MAX])]


def save(orders: Iterable[Known]) -> None:
    """Write all there is to know of these orders."""
    if rows := [_facts(order.record) | earned_row(order.earned) for order in orders]:
        run(_SAVE, [as_json(rows)])


def save_earned(earned: Iterable[tuple[UUID, UUID, Earned]]) -> None:
    """Write what orders earned, and under which version, where nothing else changed.

    That version becomes the order's if it had none: it was paid before there was a programme.
    """
    rows = [
        {"id": order_id, "version_id": version_id} | earned_row(each)
        for order_id, version_id, each in earned
    ]
    if rows:
        run(_SAVE_EARNED, [as_json(rows)])


def earned_row(earned: Earned) -> dict[str, Any]:
    """Return the columns that say what was earned."""
    return {
        "points": earned.points, "postings": earned.postings, "parts": earned.parts,
        "granted": earned.granted, "receipt": earned.receipt,
    }  # fmt: skip


def earned_from(columns: Sequence[Any]) -> Earned:
    """Return what was earned from those columns as they come from the database."""
    points, postings, parts, granted, receipt = columns
    return Earned(
        points,
        postings,
        tuple([(part, at and datetime.fromisoformat(at)) for part, at in from_json(parts)]),
        from_json(granted),
        from_json(receipt),
    )


def _known(row: tuple[Any, ...]) -> Known:
    facts, earned = list(row[:-5]), row[-5:]
    facts[8], facts[9] = bytes(facts[8]), from_json(facts[9])
    return Known(Record(*facts), earned_from(earned))


def _facts(record: Record) -> dict[str, Any]:
    return {
        "id": record.id, "number": record.number, "member_id": record.member_id,
        "version_id": record.version_id, "created_at": record.created_at,
        "state_at": record.state_at, "asked_at": record.asked_at,
        "state_digest": record.state_digest.hex(), "facts": record.facts,
        "currency": record.currency, "charged_peak": record.charged_peak,
        "paid_at": record.paid_at,
    }  # fmt: skip
