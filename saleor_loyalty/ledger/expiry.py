"""When points end: planned when they are earned, real once a notice was sent.

No notice, no expiry: rules plan a lot's end (`lapses_at`), and only `notice` makes it one
(`expires_at`). Whatever changes a lot's dates holds the lock of its member, as what moves its
points does.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_loyalty.ledger import store
from saleor_loyalty.sql import as_json, fetch

#: The most lots, and the most members, of one call: it is one transaction.
LOTS_MAX = 1000
MEMBERS_MAX = 1000

_OWNERS = "SELECT DISTINCT member_id FROM loyalty_lot WHERE id = ANY(%s)"
_NOTICE = """
UPDATE loyalty_lot SET expires_at = greatest(lapses_at, greatest(%s, matures_at) + %s)
WHERE id = ANY(%s) AND lapses_at IS NOT NULL AND expires_at IS NULL
  AND (pending > 0 OR available > 0)
RETURNING id, member_id, expires_at
"""
# Lots with points of the member's that count.
_COUNTS = """
(lot.pending > 0 OR lot.available > 0 OR lot.held > 0)
  AND (lot.expires_at IS NULL OR lot.expires_at > %s)
"""
_EXTEND = f"""
UPDATE loyalty_lot AS lot SET lapses_at = row.until, expires_at = NULL
FROM jsonb_to_recordset(%s::jsonb) AS row(member_id uuid, until timestamptz)
WHERE lot.member_id = row.member_id AND {_COUNTS}
  AND coalesce(lot.expires_at, lot.lapses_at) < row.until
RETURNING 1
"""  # noqa: S608 (conditions of our own)
_SET = f"""
UPDATE loyalty_lot AS lot
SET lapses_at = %s + greatest(lot.matures_at - %s, interval '0')
WHERE lot.member_id = ANY(%s) AND {_COUNTS} AND lot.expires_at IS NULL AND lot.lapses_at IS NULL
RETURNING 1
"""  # noqa: S608 (conditions of our own)
_UNSET = f"""
UPDATE loyalty_lot AS lot SET lapses_at = NULL, expires_at = NULL
WHERE lot.member_id = ANY(%s) AND {_COUNTS}
  AND (lot.expires_at IS NOT NULL OR lot.lapses_at IS NOT NULL)
RETURNING 1
"""  # noqa: S608 (conditions of our own)


@dataclass(frozen=True, slots=True)
class Noticed:
    """A lot of whose end its member was told."""

    lot_id: UUID
    member_id: UUID
    expires_at: datetime


@transaction.atomic
def notice(*, lot_ids: Collection[UUID], sent_at: datetime, days: int) -> list[Noticed]:
    """Let lots end as planned, now that a notice was sent, but no sooner than `days` after it was
    sent and their points were available. Lots that await no notice are left out of the answer.
    """
    assert days > 0, "a notice comes before the end"
    assert len(lot_ids) <= LOTS_MAX, "one call is one transaction"
    lots = list(lot_ids)
    store.lock([row[0] for row in fetch(_OWNERS, [lots])])
    rows = fetch(_NOTICE, [sent_at, timedelta(days=days), lots])
    return [Noticed(*row) for row in rows]


def extend(*, until: Mapping[UUID, datetime], at: datetime) -> int:
    """Put off the end of every lot that would end sooner, for each member to the moment given;
    return how many lots that were. Points that are over stay so, and those for ever too.

    An earlier notice counts no more: the member is told of the new end before it comes.
    """
    rows = [{"member_id": member_id, "until": moment} for member_id, moment in until.items()]
    return _change(until, _EXTEND, [as_json(rows), at])


def set_expiry(*, member_ids: Collection[UUID], lapses_at: datetime, at: datetime) -> int:
    """Plan an end for lots that had none; return how many. Points that are not available yet last
    as long from the day they are.
    """
    return _change(member_ids, _SET, [lapses_at, at, list(member_ids), at])


def unset_expiry(*, member_ids: Collection[UUID], at: datetime) -> int:
    """Let points last for ever, unless they are over; return how many lots were to end."""
    return _change(member_ids, _UNSET, [list(member_ids), at])


@transaction.atomic
def _change(member_ids: Collection[UUID], sql: str, parameters: Sequence[Any]) -> int:
    assert len(member_ids) <= MEMBERS_MAX, "one call is one transaction"
    store.lock(member_ids)
    return len(fetch(sql, parameters))
