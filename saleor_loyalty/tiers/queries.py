"""Where members stand, how they came there, and whose level is to be reviewed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db import connection

from saleor_loyalty.pages import Page, Window, page
from saleor_loyalty.sql import fetch

#: The most levels given by hand that are shown of a member.
GIVEN_MAX = 20

_STANDINGS = """
SELECT id, tier, tier_since, tier_until, tier_cause FROM loyalty_member
WHERE id = ANY(%s) AND tier <> ''
"""
_HISTORY = """
SELECT page.* FROM unnest(%s::uuid[]) AS member(id) CROSS JOIN LATERAL (
    SELECT member_id, id, from_level, to_level, at, until, cause FROM loyalty_tierchange
    WHERE member_id = member.id AND (at, id) > (%s, %s) AND (at, id) < (%s, %s)
    ORDER BY {order} LIMIT %s
) AS page
"""
_HISTORIES = {
    direction: _HISTORY.format(order=f"at {direction}, id {direction}")
    for direction in ("ASC", "DESC")
}
_DUE = """
SELECT installation_id, id FROM loyalty_member WHERE tier_review_at <= %s
ORDER BY tier_review_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
"""

_GIVEN = """
SELECT given.* FROM unnest(%s::uuid[]) AS member(id) CROSS JOIN LATERAL (
    SELECT member_id, id, level, from_at, until, is_floor, reason FROM loyalty_tiergrant
    WHERE member_id = member.id AND revoked_at IS NULL AND (until IS NULL OR until > %s)
    ORDER BY from_at DESC, id DESC LIMIT %s
) AS given
"""


@dataclass(frozen=True, slots=True)
class Held:
    """The level a member is on, as it was counted last."""

    level: str
    since: datetime
    # The end of the promise; None: none.
    until: datetime | None
    cause: str


@dataclass(frozen=True, slots=True)
class Given:
    """A level given by hand that has not ended."""

    id: UUID
    level: str
    from_at: datetime
    # None: no end.
    until: datetime | None
    is_floor: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """A change of a member's level, or of the end of its promise; "" is no level."""

    id: UUID
    from_level: str
    to_level: str
    at: datetime
    until: datetime | None
    cause: str


def levels(member_ids: Collection[UUID]) -> dict[UUID, Held | None]:
    """Return the level of each member; None: they have none."""
    held = {member_id: Held(*row) for member_id, *row in fetch(_STANDINGS, [list(member_ids)])}
    return {member_id: held.get(member_id) for member_id in member_ids}


def histories(member_ids: Collection[UUID], window: Window) -> dict[UUID, Page[Step]]:
    """Return a page of each member's changes of level, the newest first."""
    (low, high), direction = window.bounds(newest_first=True), window.direction(newest_first=True)
    rows = fetch(_HISTORIES[direction], [list(member_ids), *low, *high, window.size + 1])
    pages = {
        member_id: [Step(*row[1:]) for row in its_rows]
        for member_id, its_rows in groupby(rows, key=lambda row: row[0])
    }
    return {member_id: page(pages.get(member_id, []), window) for member_id in member_ids}


def due_for_review(*, at: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Lock members whose level may change by `at` though they do nothing, the longest due first.

    Members whom somebody else has locked are left out.

    :return: pairs of installation and member.
    """
    assert connection.in_atomic_block, "a lock lasts as long as its transaction"
    return [(installation_id, member_id) for installation_id, member_id in fetch(_DUE, [at, limit])]


def given(member_ids: Collection[UUID], *, at: datetime) -> dict[UUID, list[Given]]:
    """Return what was given to each member by hand and has not ended, the newest first."""
    rows = fetch(_GIVEN, [list(member_ids), at, GIVEN_MAX])
    found = {
        member_id: [Given(*row[1:]) for row in its_rows]
        for member_id, its_rows in groupby(rows, key=lambda row: row[0])
    }
    return {member_id: found.get(member_id, []) for member_id in member_ids}
