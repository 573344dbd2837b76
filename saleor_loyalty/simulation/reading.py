"""Members' histories for a trial: what they did, and nothing of what it earned them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from saleor_loyalty.accrual.history import NO_POINTS, Entry, EventEntry, History, OrderEntry
from saleor_loyalty.accrual.reading import (
    EVENTS_MAX,
    empty_histories,
    in_order,
    paid_by_points,
)
from saleor_loyalty.gateways.saleor.order_facts import load
from saleor_loyalty.orders.store import HISTORY_MAX
from saleor_loyalty.sql import fetch, from_json

#: The most of one page. A single member may have more entries, within the limits of any history.
MEMBERS_MAX = 500
ENTRIES_MAX = 2_000

_MEMBERS = """
SELECT member.id,
       (SELECT count(*) FROM loyalty_order WHERE member_id = member.id)
       + (SELECT count(*) FROM loyalty_activity WHERE member_id = member.id)
FROM (
    SELECT id FROM loyalty_member WHERE installation_id = %s AND id > %s AND id <= %s
    ORDER BY id LIMIT %s
) AS member
ORDER BY member.id
"""
# As those who earn are read, see orders/store.py and accrual/reading.py.
_ORDERS = """
SELECT known.* FROM unnest(%s::uuid[]) AS member(id)
CROSS JOIN LATERAL (
    SELECT member_id, id, created_at, facts, charged_peak, paid_at FROM loyalty_order
    WHERE member_id = member.id AND created_at <= %s AND paid_at IS NOT NULL AND facts <> '{}'
    ORDER BY created_at DESC, id DESC LIMIT %s
) AS known
"""
_ACTIVITIES = """
SELECT done.* FROM unnest(%s::uuid[]) AS member(id)
CROSS JOIN LATERAL (
    SELECT member_id, id, at, event, reference, is_revoked FROM loyalty_activity
    WHERE member_id = member.id AND at <= %s ORDER BY at DESC, id DESC LIMIT %s
) AS done
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Some members' histories, and the last key that is behind us with them."""

    histories: dict[UUID, History]
    reached: UUID

    @property
    def entries(self) -> int:
        """How many orders and events there are on it."""
        return sum(len(history.entries) for history in self.histories.values())


def page(installation_id: UUID, *, after: UUID, last: UUID, until: datetime) -> Page:
    """Return the next members of a shop by key, up to `last`, and what they did until `until`."""
    rows = fetch(_MEMBERS, [installation_id, after, last, MEMBERS_MAX])
    members = _few_enough(rows)
    is_end = len(members) == len(rows) < MEMBERS_MAX
    histories = _histories(installation_id, members, until)
    return Page(histories, last if is_end else members[-1])


def _few_enough(rows: Sequence[tuple[UUID, int]]) -> list[UUID]:
    """Return as many of the members as go onto a page: one at least."""
    members: list[UUID] = []
    entries = 0
    for member_id, count in rows:
        entries += count
        if members and entries > ENTRIES_MAX:
            break
        members.append(member_id)
    return members


def _histories(
    installation_id: UUID, member_ids: list[UUID], until: datetime
) -> dict[UUID, History]:
    entries: dict[UUID, list[Entry]] = defaultdict(list)
    orders = [
        (member_id, OrderEntry(order_id, at, {}, load(from_json(facts)), charged_peak, paid_at))
        for member_id, order_id, at, facts, charged_peak, paid_at in fetch(
            _ORDERS, [member_ids, until, HISTORY_MAX]
        )
    ]
    paid = paid_by_points(installation_id, [entry.order.saleor_id for _, entry in orders])
    for member_id, entry in orders:
        by_points = paid.get(entry.order.saleor_id, NO_POINTS)
        entries[member_id].append(replace(entry, paid_by_points=by_points) if paid else entry)
    for member_id, activity_id, at, event, reference, is_revoked in fetch(
        _ACTIVITIES, [member_ids, until, EVENTS_MAX]
    ):
        activity = EventEntry(activity_id, at, {}, event, reference, is_revoked)
        entries[member_id].append(activity)
    return {
        member_id: replace(history, entries=in_order(entries[member_id]))
        for member_id, history in empty_histories(member_ids).items()
    }
