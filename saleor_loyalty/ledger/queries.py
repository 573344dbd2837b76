"""What members have, and how it came about. Reads lots and postings, never sums history."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from saleor_loyalty.ledger.book import State
from saleor_loyalty.pages import FIRST, Page, Place, Window, page
from saleor_loyalty.sql import fetch

# A lot past its expiry counts for nothing at once, whether or not that has been recorded. One that
# should have ended, but of which no notice was sent, counts still: nobody knows for how long.
_BALANCES = """
WITH by_end AS (
    SELECT member_id, ends_at, counts, counts AND available > 0 AND ends_at > moment AS ends_next,
           sum(available) AS available, sum(pending) AS pending,
           sum(held) AS held, sum(owed) AS owed
    FROM loyalty_lot CROSS JOIN LATERAL (
        SELECT %s::timestamptz AS moment, coalesce(expires_at, lapses_at) AS ends_at
    ) AS known CROSS JOIN LATERAL (
        SELECT expires_at IS NULL OR expires_at > moment AS counts
    ) AS also
    WHERE member_id = ANY(%s) AND (pending > 0 OR available > 0 OR held > 0 OR owed > 0)
    GROUP BY member_id, ends_at, counts, ends_next
)
SELECT member_id,
       coalesce(sum(available) FILTER (WHERE counts), 0)::bigint,
       coalesce(sum(pending) FILTER (WHERE counts), 0)::bigint,
       sum(held)::bigint,
       sum(owed)::bigint,
       min(ends_at) FILTER (WHERE ends_next),
       coalesce((array_agg(available ORDER BY ends_at) FILTER (WHERE ends_next))[1], 0)::bigint
FROM by_end GROUP BY member_id
"""

_PAGES = """
SELECT page.* FROM unnest(%s::uuid[]) AS member(id) CROSS JOIN LATERAL (
    SELECT {columns} FROM {table}
    WHERE member_id = member.id AND {condition} AND ({key}) > (%s, %s) AND ({key}) < (%s, %s)
    ORDER BY {order} LIMIT %s
) AS page
"""
_HISTORY = {
    direction: _PAGES.format(
        columns="member_id, id, kind, reason, occurred_at",
        table="loyalty_posting", condition="true", key="occurred_at, id",
        order=f"occurred_at {direction}, id {direction}",
    )
    for direction in ("ASC", "DESC")
}  # fmt: skip
# Lots that never end come last.
_END = "coalesce(expires_at, lapses_at, '9999-12-31 23:59:59+00')"
_LOTS = {
    direction: _PAGES.format(
        columns=f"member_id, id, {_END} AS place_at, matures_at,"
        " coalesce(expires_at, lapses_at), earned, pending, available, held, version_id",
        table="loyalty_lot",
        condition="(pending > 0 OR available > 0 OR held > 0)"
        " AND (expires_at IS NULL OR expires_at > %s)",
        key=f"{_END}, id",
        order=f"{_END} {direction}, id {direction}",
    )
    for direction in ("ASC", "DESC")
}

_LAPSING = """
SELECT id, member_id, lapses_at, matures_at, pending + available FROM loyalty_lot
WHERE installation_id = %s AND expires_at IS NULL AND (pending > 0 OR available > 0)
  AND (lapses_at, id) > (%s, %s) AND lapses_at < %s
ORDER BY lapses_at, id LIMIT %s
"""
_HOLDERS = """
SELECT id FROM loyalty_member WHERE installation_id = %s AND id > %s ORDER BY id LIMIT %s
"""

_OF_ORDER = """
SELECT id, kind, reason, occurred_at FROM loyalty_posting
WHERE id IN (SELECT posting_id FROM loyalty_movement
             WHERE lot_id IN (SELECT id FROM loyalty_lot WHERE order_id = %s))
ORDER BY occurred_at, id LIMIT %s
"""

_CHANGES = """
SELECT posting_id, source, target, sum(points)::bigint FROM loyalty_movement
WHERE posting_id = ANY(%s) GROUP BY posting_id, source, target ORDER BY posting_id, source, target
"""


@dataclass(frozen=True, slots=True)
class Balance:
    """A member's points by state, and those that expire next (0 if none ever do)."""

    available: int = 0
    pending: int = 0
    held: int = 0
    debt: int = 0
    expires_next_at: datetime | None = None
    expires_next: int = 0


@dataclass(frozen=True, slots=True)
class StateChange:
    """Points that went from one state to another."""

    source: State
    target: State
    points: int


# Points in these states are the member's, though not all of them can be used now.
_OWNED = {State.PENDING: 1, State.AVAILABLE: 1, State.HELD: 1, State.OWED: -1}


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a member's history."""

    id: UUID
    kind: str
    reason: Mapping[str, Any]
    occurred_at: datetime
    changes: Sequence[StateChange]

    @property
    def points(self) -> int:
        """Points that the member owns since then (pending, available and held, less those owed);
        below zero: owns no longer.

        Earned points count at once, and are no news when they mature; what a reward holds counts
        until it is spent, and what repays a debt counts in full.
        """
        return sum(
            change.points * (_OWNED.get(change.target, 0) - _OWNED.get(change.source, 0))
            for change in self.changes
        )


@dataclass(frozen=True, slots=True)
class OpenLot:
    """Points earned together that have not expired, nor all been used."""

    id: UUID
    # Its place in the list; far away for lots that never expire.
    place_at: datetime
    matures_at: datetime | None
    # As planned, as long as no notice was sent.
    expires_at: datetime | None
    earned: int
    pending: int
    available: int
    held: int
    # The version of the programme they were earned under, as far as there is one.
    version_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LapsingLot:
    """Points that are planned to end, of which no notice was sent yet."""

    id: UUID
    member_id: UUID
    lapses_at: datetime
    matures_at: datetime | None
    points: int

    @property
    def place(self) -> Place:
        """Return its place in the list of all such lots."""
        return Place(self.lapses_at, self.id)


def balance(member_id: UUID, *, at: datetime) -> Balance:
    """Return what the member has at `at`; nothing, if we never heard of them."""
    return balances([member_id], at=at)[member_id]


def balances(member_ids: Collection[UUID], *, at: datetime) -> dict[UUID, Balance]:
    """Return what each of the members has at `at`."""
    return dict.fromkeys(member_ids, Balance()) | {
        member_id: Balance(*counts)
        for member_id, *counts in fetch(_BALANCES, [at, list(member_ids)])
    }


def histories(member_ids: Collection[UUID], window: Window) -> dict[UUID, Page[Entry]]:
    """Return a page of each member's history, the newest first."""
    (low, high), direction = window.bounds(newest_first=True), window.direction(newest_first=True)
    rows = fetch(_HISTORY[direction], [list(member_ids), *low, *high, window.size + 1])
    changes = _changes([posting_id for _, posting_id, *_ in rows])
    pages = {
        member_id: [
            Entry(posting_id, kind, json.loads(reason), occurred_at, changes[posting_id])
            for _, posting_id, kind, reason, occurred_at in its_rows
        ]
        for member_id, its_rows in groupby(rows, key=lambda row: row[0])
    }
    return {member_id: page(pages.get(member_id, []), window) for member_id in member_ids}


def lots(
    member_ids: Collection[UUID], window: Window, *, at: datetime
) -> dict[UUID, Page[OpenLot]]:
    """Return a page of each member's lots that count at `at`, the soonest to expire first."""
    (low, high), direction = window.bounds(newest_first=False), window.direction(newest_first=False)
    rows = fetch(_LOTS[direction], [list(member_ids), at, *low, *high, window.size + 1])
    pages = {
        member_id: [OpenLot(*row[1:]) for row in its_rows]
        for member_id, its_rows in groupby(rows, key=lambda row: row[0])
    }
    return {member_id: page(pages.get(member_id, []), window) for member_id in member_ids}


def lots_to_notice(
    installation_id: UUID, *, before: datetime, after: Place | None = None, limit: int
) -> list[LapsingLot]:
    """Return up to `limit` lots of a shop that are planned to end before `before`, and of which no
    notice was sent, the soonest first; `after` is the place of the last one seen.
    """
    place = after or FIRST
    rows = fetch(_LAPSING, [installation_id, place.at, place.id, before, limit])
    return [LapsingLot(*row) for row in rows]


def holders(installation_id: UUID, *, after: UUID | None = None, limit: int) -> list[UUID]:
    """Return up to `limit` members of a shop, by key; `after` is the last one seen."""
    return [row[0] for row in fetch(_HOLDERS, [installation_id, after or FIRST.id, limit])]


def entry(posting_id: UUID) -> Entry:
    """Return one event of a member's history.

    :raises LookupError: if there is none.
    """
    [(kind, reason, occurred_at)] = fetch(
        "SELECT kind, reason, occurred_at FROM loyalty_posting WHERE id = %s", [posting_id]
    )
    return Entry(
        posting_id, kind, json.loads(reason), occurred_at, _changes([posting_id])[posting_id]
    )


def entries_of(order_id: UUID, *, limit: int) -> list[Entry]:
    """Return the first events that moved points of an order, the oldest first."""
    rows = fetch(_OF_ORDER, [order_id, limit])
    changes = _changes([posting_id for posting_id, *_ in rows])
    return [
        Entry(posting_id, kind, json.loads(reason), occurred_at, changes[posting_id])
        for posting_id, kind, reason, occurred_at in rows
    ]


def _changes(posting_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[StateChange]]:
    changes: dict[UUID, list[StateChange]] = defaultdict(list)
    for posting_id, source, target, points in fetch(_CHANGES, [posting_ids]):
        changes[posting_id].append(StateChange(State(source), State(target), points))
    return changes
