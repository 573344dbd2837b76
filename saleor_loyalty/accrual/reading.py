"""All there is to know of members, to replay their histories: nine queries for any number."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from saleor_loyalty.accrual.history import (
    NO_POINTS,
    Entry,
    EventEntry,
    History,
    OrderEntry,
    PaidByPoints,
)
from saleor_loyalty.orders import store as orders
from saleor_loyalty.orders.rules import Earned
from saleor_loyalty.orders.store import Known, earned_from
from saleor_loyalty.programme.document import Version
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
_GIVEN_BACK = """
SELECT member_id, order_id, given_back_at FROM loyalty_paidmembership
WHERE member_id = ANY(%s) AND given_back_at IS NOT NULL
"""
# Every code of a voucher's tells the same discount. Free shipping pays for no goods.
_PAID_BY_POINTS = """
SELECT used.order_id,
       coalesce(max(used.discount) FILTER (
           WHERE redemption.means = 'VOUCHER'
             AND redemption.facts ->> 'kind' IS DISTINCT FROM 'FREE_SHIPPING'), 0),
       coalesce(sum(used.discount) FILTER (WHERE redemption.means = 'GIFT_CARD'), 0)
FROM loyalty_redemptionuse AS used JOIN loyalty_redemption AS redemption
  ON redemption.id = used.redemption_id
WHERE used.installation_id = %s AND used.order_id = ANY(%s)
  AND used.is_live AND redemption.points > 0
GROUP BY used.order_id
"""
_BOUGHT = """
SELECT amount FROM loyalty_redemption WHERE installation_id = %s AND code = %s AND code <> ''
  AND points > 0 AND facts ->> 'kind' IS DISTINCT FROM 'FREE_SHIPPING'
"""


_Row = TypeVar("_Row")


@dataclass(slots=True)
class Book:
    """One member's history, and what its entries earned so far."""

    history: History
    earned: dict[UUID, Earned] = field(default_factory=dict)
    numbers: dict[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bought:
    """A reward that points were paid for: it takes so much off at most; None: it depends."""

    amount: Decimal | None


def books(
    installation_id: UUID,
    member_ids: Collection[UUID],
    versions: Sequence[Version],
    *,
    heard: Iterable[Known] = (),
) -> dict[UUID, Book]:
    """Return the book of each member.

    :param versions: every version of the programme: what none of them knows is not read.
    :param heard: orders of theirs of which we know more than is written yet.
    """
    wanted, told = list(member_ids), list(heard)
    entries: dict[UUID, list[Entry]] = defaultdict(list)
    earned: dict[UUID, dict[UUID, Earned]] = defaultdict(dict)
    numbers: dict[UUID, dict[UUID, str]] = defaultdict(dict)
    stored = orders.history(wanted, without=[order.record.id for order in told])
    paid = _paid_by_points(installation_id, [*told, *stored], versions)
    for order in [*told, *stored]:
        member_id, entry = order.record.member_id, order_entry(order, paid)
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
    given_back = _given_back(wanted, versions)
    return {
        member_id: Book(
            replace(
                history,
                entries=in_order(entries[member_id]),
                given_back=dict(given_back[member_id]),
            ),
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


def books_alone(
    installation_id: UUID, orders_heard: Sequence[Known], versions: Sequence[Version]
) -> list[tuple[UUID, Book]]:
    """Return a book for each order, for programmes that look at nothing else of a member."""
    alone = []
    paid = _paid_by_points(installation_id, orders_heard, versions)
    for order in orders_heard:
        member_id, entry = order.record.member_id, order_entry(order, paid)
        if member_id and entry:
            history = History(joined_at=entry.at, entries=[entry])
            earned, number = {entry.id: order.earned}, {entry.id: order.record.number}
            alone.append((member_id, Book(history, earned, number)))
    return alone


def paid_by_points(installation_id: UUID, order_ids: Collection[str]) -> dict[str, PaidByPoints]:
    """Return what rewards bought with points paid of orders, by Saleor's ids."""
    rows = fetch(_PAID_BY_POINTS, [installation_id, list(order_ids)])
    return {order_id: PaidByPoints(*money) for order_id, *money in rows}


def bought_with_points(installation_id: UUID, code: str) -> Bought | None:
    """Return the reward with this code if points were paid for it, and it lowers prices."""
    rows = fetch(_BOUGHT, [installation_id, code])
    return Bought(*rows[0]) if rows else None


def order_entry(order: Known, paid: Mapping[str, PaidByPoints]) -> OrderEntry | None:
    """Return the order's place in its buyer's history; None while it has none."""
    record, earned = order.record, order.earned
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
        paid.get(record.saleor_id, NO_POINTS),
    )


def _paid_by_points(
    installation_id: UUID, known: Iterable[Known], versions: Sequence[Version]
) -> Mapping[str, PaidByPoints]:
    documents = [version.document for version in versions]
    if not any(document.rewards or document.conversion for document in documents):
        return {}
    return paid_by_points(installation_id, [order.record.saleor_id for order in known])


def _given_back(
    member_ids: Sequence[UUID], versions: Sequence[Version]
) -> Mapping[UUID, list[tuple[UUID, datetime]]]:
    memberships = [version.document.membership for version in versions]
    if not any(each and each.refund_keeps_rewards for each in memberships):
        return defaultdict(list)
    return _by_member(_GIVEN_BACK, member_ids, lambda row: (row[0], row[1]))


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
