"""What the clock does to points: pending ones mature, forgotten ones expire.

A sweep claims due lots whose members nobody else is at work on, and moves all their points in one
statement: it waits neither for a redemption nor for another sweep, and lets go of them soon.
"""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import rules, store, writing
from saleor_loyalty.ledger.book import State
from saleor_loyalty.ledger.models import Posting
from saleor_loyalty.sql import as_json, fetch

logger = logging.getLogger(__name__)

#: The most due lots of one run, which is one transaction.
LOTS_MAX = 500

_CLAIM = """
SELECT lot.id, lot.member_id
FROM loyalty_lot AS lot JOIN loyalty_member AS member ON member.id = lot.member_id
WHERE {due} ORDER BY {due_at} LIMIT %s
FOR NO KEY UPDATE OF member SKIP LOCKED
"""
# Lots are read again: until the lock was ours, somebody else may have been here.
_MOVE = """
WITH due AS MATERIALIZED (
    SELECT lot.id, lot.installation_id, lot.member_id, lot.pending, lot.available
    FROM loyalty_lot AS lot WHERE {due} AND lot.id = ANY(%s) AND {and_also}
), posting AS MATERIALIZED (
    SELECT {new_key} AS id, installation_id, member_id, %s::jsonb AS reason, %s::timestamptz AS at
    FROM (SELECT DISTINCT installation_id, member_id FROM due) AS member
), postings AS (
    INSERT INTO loyalty_posting
        (id, installation_id, member_id, kind, key, reason, occurred_at, recorded_at)
    SELECT id, installation_id, member_id, '{kind}', lower('{kind}:') || id, reason, at, at
    FROM posting
), movements AS (
    INSERT INTO loyalty_movement (id, posting_id, member_id, lot_id, source, target, points)
    SELECT {new_key}, posting.id, due.member_id, due.id, moved.source, '{target}', moved.points
    FROM due JOIN posting USING (member_id)
    CROSS JOIN LATERAL (VALUES {sources}) AS moved(source, points)
    WHERE moved.points > 0
), lots AS (
    UPDATE loyalty_lot AS lot SET {changes} FROM due WHERE lot.id = due.id
)
SELECT count(*) FROM posting
"""
_IS_OWING = """
EXISTS (SELECT FROM loyalty_lot AS owing WHERE owing.member_id = lot.member_id AND owing.owed > 0)
"""


@dataclass(frozen=True, slots=True)
class _Sweep:
    """Which lots are due, and what becomes of their points; in SQL."""

    kind: Posting.Kind
    reason: str
    due: str
    due_at: str
    sources: str
    target: State
    changes: str
    and_also: str = "true"

    def claim(self, among: str = "") -> str:
        """Return the statement that claims due lots."""
        return _CLAIM.format(due=self.due + among, due_at=self.due_at)

    def move(self) -> str:
        """Return the statement that moves the points of claimed lots."""
        return _MOVE.format(new_key=store.NEW_KEY, **asdict(self))


_MATURE = _Sweep(
    Posting.Kind.MATURE,
    "MATURED",
    due="lot.pending > 0 AND lot.matures_at <= %s",
    due_at="lot.matures_at",
    sources="('PENDING', due.pending)",
    target=State.AVAILABLE,
    changes="pending = 0, available = due.available + due.pending",
    # Their points repay what they owe, which takes the rules.
    and_also=f"NOT {_IS_OWING}",
)
_EXPIRE = _Sweep(
    Posting.Kind.EXPIRE,
    "EXPIRED",
    due="(lot.pending > 0 OR lot.available > 0) AND lot.expires_at <= %s",
    due_at="lot.expires_at",
    sources="('PENDING', due.pending), ('AVAILABLE', due.available)",
    target=State.EXPIRED,
    changes="pending = 0, available = 0, expired = lot.expired + due.pending + due.available",
)


def mature(*, at: datetime) -> int:
    """Make due points available, a bounded batch a run; return how many members had any."""
    return _sweep(_MATURE, at)


def expire(*, at: datetime) -> int:
    """Record expired points, a bounded batch a run; return how many members had any.

    They counted for nothing from the moment they expired, whether this ran or not.
    """
    return _sweep(_EXPIRE, at)


def _sweep(sweep: _Sweep, at: datetime) -> int:
    """Move a batch of due lots at once, or one member's after the other's if that fails."""
    try:
        return _move(sweep, at)
    except Exception:
        logger.exception("%s of a batch failed", sweep.kind)
    moved = 0
    for member_id in _due_members(sweep, at):
        try:
            moved += _move(sweep, at, member_id)
        except Exception:
            logger.exception("%s of a member failed", sweep.kind)
    return moved


@transaction.atomic
def _due_members(sweep: _Sweep, at: datetime) -> set[UUID]:
    return {member_id for _, member_id in fetch(sweep.claim(), [at, LOTS_MAX])}


@transaction.atomic
def _move(sweep: _Sweep, at: datetime, member_id: UUID | None = None) -> int:
    """Move a batch of due lots, all of one member if one is given; return how many members'."""
    if member_id:
        claimed = fetch(sweep.claim(" AND lot.member_id = %s"), [at, member_id, LOTS_MAX])
    else:
        claimed = fetch(sweep.claim(), [at, LOTS_MAX])
    if not claimed:
        return 0
    lots, members = zip(*claimed, strict=True)
    reason = as_json({"code": sweep.reason})
    [(moved,)] = fetch(sweep.move(), [at, list(lots), reason, at])
    return int(moved) + (_mature_debtors(members, at) if sweep is _MATURE else 0)


def _mature_debtors(claimed: Sequence[UUID], at: datetime) -> int:
    """Make due points of those who owe available, and let them repay."""
    debtors = [row[0] for row in fetch(store.OWING_MEMBERS, [list(claimed)])]
    if not debtors:
        return 0
    installations = store.lock(debtors)
    books = store.books_of(debtors, fetch(store.OPEN_LOTS, [debtors]))
    entries = [
        writing.Entry(
            installations[member_id], member_id, Posting.Kind.MATURE, f"mature:{new_key()}",
            {"code": "MATURED"}, book.moves, at,
        )
        for member_id, book in books.items()
        # Somebody else may have been here.
        if rules.mature(book, at=at)
    ]  # fmt: skip
    if entries:
        writing.write(entries, books, at=at)
    return len(entries)
