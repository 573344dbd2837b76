"""Giving levels by hand, and writing down where members stand.

What members earn may depend on it: whoever gives or takes a level has them counted again after.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from saleor_loyalty.keys import new_key
from saleor_loyalty.sql import as_json, fetch, run
from saleor_loyalty.tiers.models import TierChange, TierGrant
from saleor_loyalty.tiers.rules import Change, Standing, Standings

_NOTE = """
UPDATE loyalty_member AS member
SET tier = row.tier, tier_since = row.since, tier_until = row.until, tier_cause = row.cause,
    tier_review_at = row.review_at
FROM jsonb_to_recordset(%s::jsonb) AS row(
    id uuid, tier text, since timestamptz, until timestamptz, cause text, review_at timestamptz)
WHERE member.id = row.id AND member.installation_id = %s
  AND (member.tier, member.tier_since, member.tier_until, member.tier_cause, member.tier_review_at)
      IS DISTINCT FROM (row.tier, row.since, row.until, row.cause, row.review_at)
RETURNING member.id
"""
_RECORD = """
INSERT INTO loyalty_tierchange
    (id, installation_id, member_id, from_level, to_level, at, until, cause, recorded_at)
SELECT id, %s, member_id, from_level, to_level, at, until, cause, %s
FROM jsonb_to_recordset(%s::jsonb) AS row(
    id uuid, member_id uuid, from_level text, to_level text, at timestamptz, until timestamptz,
    cause text)
ON CONFLICT ON CONSTRAINT tier_change_once DO NOTHING
"""
_NEWEST = """
SELECT member.id, newest.to_level, newest.until FROM unnest(%s::uuid[]) AS member(id)
CROSS JOIN LATERAL (
    SELECT to_level, until FROM loyalty_tierchange
    WHERE member_id = member.id ORDER BY at DESC, id DESC LIMIT 1
) AS newest
"""


class GrantKeyUsed(ValueError):
    """The key came with another grant to this member before."""


class EndsBeforeItBegins(ValueError):
    """A level cannot be given until a moment that has passed."""


@dataclass(frozen=True, slots=True)
class Gift:
    """A level for a member, from `from_at` on: at least it (a floor), or exactly it."""

    level: str
    from_at: datetime
    until: datetime | None
    is_floor: bool
    reason: str
    # Who gives it: the id of a user in Saleor.
    by: str


@transaction.atomic
def set_tier(*, installation_id: UUID, member_id: UUID, gift: Gift, key: str) -> TierGrant:
    """Give a member a level; the same key again gives nothing again.

    :param key: unique for the member, for ever; a repeated one may come with another `from_at`.
    :raises EndsBeforeItBegins:
    :raises GrantKeyUsed:
    """
    is_over = gift.until is not None and gift.until <= gift.from_at
    if is_over and not TierGrant.objects.filter(member_id=member_id, key=key).exists():
        raise EndsBeforeItBegins
    # The unique constraint sees to it that two requests at once give once.
    if not is_over:
        TierGrant.objects.bulk_create(
            [
                TierGrant(
                    installation_id=installation_id, member_id=member_id, key=key,
                    level=gift.level, from_at=gift.from_at, until=gift.until,
                    is_floor=gift.is_floor, reason=gift.reason, by=gift.by,
                )
            ],
            ignore_conflicts=True,
        )  # fmt: skip
    grant = TierGrant.objects.get(member_id=member_id, key=key)
    asked = (gift.level, gift.until, gift.is_floor, gift.reason)
    if (grant.level, grant.until, grant.is_floor, grant.reason) != asked:
        raise GrantKeyUsed(key)
    return grant


def revoke(*, member_id: UUID, by: str, at: datetime) -> int:
    """Take back all levels given to a member by hand that have not ended; return how many."""
    running = TierGrant.objects.filter(member_id=member_id, revoked_at=None)
    return running.exclude(until__lte=at).update(revoked_at=at, revoked_by=by)


def note_standing(*, installation_id: UUID, standings: Standings, at: datetime) -> None:
    """Write where members stand, and what changed on the way there: once, however often counted.

    Their rows are locked by the caller. Where the history that is written no longer leads to
    where they stand (goods were returned, say), a correction follows it.
    """
    assert connection.in_atomic_block, "members are locked in a transaction only"
    rows = [_row(member_id, standing) for member_id, (standing, _) in standings.items()]
    moved: list[UUID] = [row[0] for row in fetch(_NOTE, [as_json(rows), installation_id])]
    if not moved:
        return
    changes = [
        _change(member_id, change.at, change.before, change.standing)
        for member_id in moved
        for change in _worth_telling(standings[member_id][1])
    ]
    if changes:
        run(_RECORD, [installation_id, at, as_json(changes)])
    corrections = [
        _change(member_id, at, level, standings[member_id][0])
        | {"cause": TierChange.Cause.CORRECTION}
        for member_id, level, until in fetch(_NEWEST, [moved])
        if (level, until) != _place(standings[member_id][0])
    ]
    if corrections:
        run(_RECORD, [installation_id, at, as_json(corrections)])


def _worth_telling(changes: Sequence[Change]) -> Iterable[Change]:
    """Leave out how everybody began."""
    is_first = bool(changes) and changes[0].standing.cause == "START"
    return changes[1:] if is_first else changes


def _place(standing: Standing) -> tuple[str, datetime | None]:
    return standing.level or "", standing.until


def _row(member_id: UUID, standing: Standing) -> dict[str, Any]:
    return {
        "id": member_id, "tier": standing.level or "", "since": standing.since,
        "until": standing.until, "cause": standing.cause, "review_at": standing.review_at,
    }  # fmt: skip


def _change(
    member_id: UUID, at: datetime, before: str | None, standing: Standing
) -> dict[str, Any]:
    return {
        "id": new_key(), "member_id": member_id, "from_level": before or "",
        "to_level": standing.level or "", "at": at, "until": standing.until,
        "cause": standing.cause,
    }  # fmt: skip
