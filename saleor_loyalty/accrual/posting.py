"""From what an entry should have earned to what is posted for it. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json

from saleor_loyalty.accrual.history import Accrued, Entry, EventEntry, OrderEntry
from saleor_loyalty.earning.reckoning import Nothing
from saleor_loyalty.ledger.convergence import Part
from saleor_loyalty.orders.rules import Earned, Record


def earned(before: Earned, accrued: Accrued) -> Earned:
    """Return what will have been earned; `postings` grows where points have to move."""
    parts = _by_moment(accrued.parts)
    has_moved = parts != before.parts
    return Earned(
        points=accrued.reckoning.points,
        postings=before.postings + has_moved,
        parts=parts,
        granted=accrued.granted,
        # As it comes back from the database, so that the same receipt is never written twice.
        receipt=from_json(to_json(accrued.receipt)),
    )


def nothing(before: Earned, why: Nothing) -> Earned:
    """Return what an order earned that cannot earn yet."""
    return replace(before, receipt={"nothing": why.value})


def why_nothing(record: Record, *, has_programme: bool) -> Nothing | None:
    """Return why an order cannot be counted at all; None if it can."""
    if record.paid_at is None:
        return Nothing.NOT_PAID
    if not has_programme:
        return Nothing.NO_PROGRAMME
    if record.member_id is None:
        return Nothing.NO_CUSTOMER
    return None


def reason(before: Earned, accrued: Accrued, *, number: str, is_its_own: bool) -> dict[str, Any]:
    """Return why points of an entry move, see ledger/reasons.py.

    :param is_its_own: news of this very entry is the cause, not of another one before it.
    """
    entry, points = accrued.entry, accrued.reckoning.points
    if isinstance(entry, EventEntry):
        return _reason_of_event(before, accrued, entry)
    if points == before.points:
        code = "ORDER_RESCHEDULED"
    elif not is_its_own and before.postings:
        code = "ORDER_RECOUNTED"
    elif points > before.points:
        code = "ORDER_REINSTATED" if before.postings else "ORDER"
    else:
        code = _loss(entry, accrued)
    return {"code": code, "order": number}


def kind(entry: Entry) -> str:
    """Return what keys of an entry's postings begin with."""
    return "order" if isinstance(entry, OrderEntry) else "activity"


def occurred_at(entry: Entry, *, is_its_own: bool, at: datetime) -> datetime:
    """Return when that happened which moves an entry's points."""
    if isinstance(entry, EventEntry):
        return entry.at
    return entry.order.changed_at if is_its_own else at


def _loss(entry: OrderEntry, accrued: Accrued) -> str:
    if accrued.reckoning.nothing is Nothing.CANCELLED:
        return "ORDER_CANCELLED"
    order = entry.order
    is_money_back = order.refunded > 0 or order.charged < entry.charged_peak
    return "ORDER_REFUND" if is_money_back else "ORDER_RETURN"


def _reason_of_event(before: Earned, accrued: Accrued, entry: EventEntry) -> dict[str, Any]:
    code = "EVENT" if accrued.reckoning.points >= before.points else "EVENT_UNDONE"
    # Under a name that a shopper knows; what was undone keeps the name it was given under.
    given = [each.facts for each in accrued.reckoning.reasons] + before.receipt.get("reasons", [])
    named = next((facts for facts in given if "name" in facts), {"name": entry.event})
    reason = {"code": code, "event": named["name"]}
    if translations := named.get("translations"):
        reason["translations"] = translations
    return reason


def _by_moment(parts: Sequence[Part]) -> tuple[tuple[int, datetime | None], ...]:
    points: Counter[datetime | None] = Counter()
    for part in parts:
        points[part.life.matures_at] += part.points
    moments = sorted(points, key=lambda at: (at is None, at.timestamp() if at else 0.0))
    return tuple([(points[at], at) for at in moments if points[at]])
