"""All there is to know of members, to replay their histories: seven queries for any number."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import UUID

from saleor_loyalty.accrual.history import Entry, EventEntry, History, OrderEntry
from saleor_loyalty.orders import store as orders
from saleor_loyalty.orders.rules import Earned, Record
from saleor_loyalty.orders.store import Known, earned_from
from saleor_loyalty.sql import fetch
from saleor_loyalty.tiers.rules import Fact, Grant

#: The most events of one member that are counted, the newest.
EVENTS_MAX = 5_000

_MEMBERS = "SELECT id, joined_at FROM loyalty_member WHERE id = ANY(%s)"
_ACTIVITIES = """
SELECT done.member_id, done.id, done.at, done.event, done.reference, done.is_revoked,
       done.points, done.postings, done.parts, done.granted, done.receipt
FROM unnest(%s::uuid[]) AS member(id)
CROSS JOIN LATERAL (
    SELECT * FROM loyalty_activity WHERE member_id = member.id ORDER BY at DESC, id DESC LIMIT %s
) AS done
"""
_GRANTS = """
SELECT member_id, level, from_at, until, is_floor, reason, revoked_at
FROM loyalty_tiergrant WHERE member_id = ANY(%s) ORDER BY from_at, id
"""
_FACTS = "SELECT member_id, key, value, at FROM loyalty_memberfact WHERE member_id = ANY(%s)"
_OPT_INS = "SELECT member_id, campaign, at FROM loyalty_optin WHERE member_id = ANY(%s)"


_Row = TypeVar("_Row")


@dataclass(slots=True)
class Book:
    """One member's history, and what its entries earned so far."""

    history: History
    earned: dict[UUID, Earned] = field(default_factory=dict)
    numbers: dict[UUID, str] = field(default_factory=dict)


def books(member_ids: Collection[UUID], *, heard: Iterable[Known] = ()) -> dict[UUID, Book]:
    """Return the book of each member.

    :param heard: orders of theirs of which we know more than is written yet.
    """
    wanted, told = list(member_ids), list(heard)
    entries: dict[UUID, list[Entry]] = defaultdict(list)
    earned: dict[UUID, dict[UUID, Earned]] = defaultdict(dict)
    numbers: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    stored = orders.history(wanted, without=[order.record.id for order in told])
    for order in [*told, *stored]:
        member_id, entry = order.record.member_id, order_entry(order.record, order.earned)
        if member_id and entry:
            entries[member_id].append(entry)
            earned[member_id][entry.id] = order.earned
            numbers[member_id][entry.id] = order.record.number
    for member_id, *event, points, postings, parts, granted, receipt in fetch(
        _ACTIVITIES, [wanted, EVENTS_MAX]
    ):
        so_far = earned_from((points, postings, parts, granted, receipt))
        activity = event_entry(event, so_far)
        entries[member_id].append(activity)
        earned[member_id][activity.id] = so_far
    return {
        member_id: Book(
            replace(history, entries=in_order(entries[member_id])),
            earned[member_id],
            numbers[member_id],
        )
        for member_id, history in empty_histories(wanted).items()
    }


def empty_histories(member_ids: Collection[UUID]) -> dict[UUID, History]:
    """Return all that histories begin with, without any entry."""
    wanted = list(member_ids)
    grants = _by_member(_GRANTS, wanted, lambda row: Grant(*row))
    facts = _by_member(_FACTS, wanted, lambda row: Fact(*row))
    opted_in = _by_member(_OPT_INS, wanted, tuple)
    return {
        member_id: History(
            joined_at=joined_at,
            grants=grants[member_id],
            facts=facts[member_id],
            opted_in=dict(opted_in[member_id]),
        )
        for member_id, joined_at in fetch(_MEMBERS, [wanted])
    }


def books_alone(orders_heard: Iterable[Known]) -> list[tuple[UUID, Book]]:
    """Return a book for each order, for programmes that look at nothing else of a member."""
    alone = []
    for order in orders_heard:
        member_id, entry = order.record.member_id, order_entry(order.record, order.earned)
        if member_id and entry:
            history = History(joined_at=entry.at, entries=[entry])
            earned, number = {entry.id: order.earned}, {entry.id: order.record.number}
            alone.append((member_id, Book(history, earned, number)))
    return alone


def order_entry(record: Record, earned: Earned) -> OrderEntry | None:
    """Return the order's place in its buyer's history; None while it has none."""
    state = record.state
    if state is None or record.paid_at is None:
        return None
    return OrderEntry(
        record.id,
        state.created_at,
        earned.granted,
        state,
        record.charged_peak,
        record.paid_at,
        record.version_id,
    )


def event_entry(row: Sequence[Any], earned: Earned) -> EventEntry:
    """Return an activity's place in its member's history."""
    activity_id, at, event, reference, is_revoked = row
    return EventEntry(activity_id, at, earned.granted, event, reference, is_revoked)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Sort entries as they happened, always the same way."""
    return sorted(entries, key=lambda entry: (entry.at, entry.id))


def _by_member(
    query: str, member_ids: Sequence[UUID], make: Callable[[Sequence[Any]], _Row]
) -> Mapping[UUID, list[_Row]]:
    rows: dict[UUID, list[_Row]] = defaultdict(list)
    for member_id, *values in fetch(query, [member_ids]):
        rows[member_id].append(make(values))
    return rows
