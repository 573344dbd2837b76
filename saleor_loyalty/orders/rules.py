"""What a newly heard state of an order changes: pure decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Any
from uuid import UUID

from saleor_loyalty.earning.rules import Nothing, Target, is_paid, peak_charged, target
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.ledger.rules import Life
from saleor_loyalty.programme.document import Moment, Programme, Version


@dataclass(frozen=True, slots=True)
class Record:
    """What we know of an order before (and after) it is heard of again."""

    id: UUID
    saleor_id: str
    number: str = ""
    member_id: UUID | None = None
    version_id: UUID | None = None
    state_at: datetime | None = None
    state_digest: bytes = b""
    currency: str = ""
    charged_peak: Decimal = Decimal(0)
    paid_at: datetime | None = None
    points: int = 0
    postings: int = 0
    receipt: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The record as it should be, the points to post, and how long these live."""

    record: Record
    delta: int = 0
    life: Life = Life()  # noqa: RUF009 (frozen)


class News(Enum):
    """What a state that was heard of means for a record."""

    NONE = auto()
    NEWER = auto()
    # Two different states claim the same change date: Saleor must be asked which one holds.
    DOUBTFUL = auto()


def news(record: Record, state: OrderState, *, is_certain: bool) -> News:
    """Compare `state` with what is known.

    Not every change moves an order's change date, and payloads are rendered some time after the
    event from a copy of the database that may lag. So a payload must be newer to count; Saleor's
    own answer to our question (`is_certain`) counts unless something newer is known.
    """
    if record.state_at is None or state.changed_at > record.state_at:
        return News.NEWER
    if state.changed_at < record.state_at or state.digest == record.state_digest:
        return News.NONE
    return News.NEWER if is_certain else News.DOUBTFUL


def decide(
    record: Record, state: OrderState, *, versions: Sequence[Version], member_id: UUID | None
) -> Decision:
    """Return what `state` makes of the order.

    :param versions: every version of the programme, the latest to take effect first.
    :param member_id: the member who bought, None for a guest.
    """
    record = _heard(record, state)
    if record.paid_at is None and is_paid(state):
        record = replace(record, paid_at=state.changed_at)
    record = _with_terms(record, versions, member_id)
    version = next((version for version in versions if version.id == record.version_id), None)
    if record.paid_at is None:
        return _earns_nothing(record, Nothing.NOT_PAID)
    if version is None:
        return _earns_nothing(record, Nothing.NO_PROGRAMME)
    if record.member_id is None:
        return _earns_nothing(record, Nothing.NO_CUSTOMER)
    terms = version.document
    goal = target(state, earning=terms.earning, charged_peak=record.charged_peak)
    return Decision(
        _posted(record, goal),
        goal.points - record.points,
        _life(terms, paid_at=record.paid_at, fulfilled_at=state.fulfilled_at),
    )


def _life(terms: Programme, *, paid_at: datetime, fulfilled_at: datetime | None) -> Life:
    """Return when an order's points become available and expire; unknown while it is not sent."""
    start = paid_at if terms.maturity.after is Moment.PAYMENT else fulfilled_at
    if start is None:
        return Life()
    matures_at = start + timedelta(days=terms.maturity.days)
    days = terms.expiry.days
    return Life(matures_at, matures_at + timedelta(days=days) if days else None)


def _heard(record: Record, state: OrderState) -> Record:
    return replace(
        record,
        number=state.number,
        state_at=state.changed_at,
        state_digest=state.digest,
        currency=state.currency,
        charged_peak=peak_charged(state, known=record.charged_peak),
    )


def _with_terms(record: Record, versions: Sequence[Version], member_id: UUID | None) -> Record:
    """Freeze the member and the programme's version once the order is paid."""
    if record.paid_at is None:
        return record
    paid_at = record.paid_at
    in_force = next((version.id for version in versions if version.effective_from <= paid_at), None)
    # Orders from before the first version earn under the first.
    first = versions[-1].id if versions else None
    return replace(
        record,
        member_id=record.member_id or member_id,
        version_id=record.version_id or in_force or first,
    )


def _earns_nothing(record: Record, nothing: Nothing) -> Decision:
    return Decision(replace(record, receipt={"nothing": nothing.value}))


def _posted(record: Record, goal: Target) -> Record:
    receipt: dict[str, Any] = {
        "lines": [{"line": part.line, "points": part.points} for part in goal.allocations]
    }
    if goal.nothing:
        receipt = {"nothing": goal.nothing.value}
    postings = record.postings + (goal.points != record.points)
    return replace(record, points=goal.points, postings=postings, receipt=receipt)
