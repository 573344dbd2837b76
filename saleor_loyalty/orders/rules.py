"""What a newly heard state of an order changes: pure decisions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum, auto
from typing import Any
from uuid import UUID

from saleor_loyalty.earning.rules import Nothing, Target, is_paid, peak_charged, target
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.ledger.book import Life
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
    asked_at: datetime | None = None
    state_digest: bytes = b""
    currency: str = ""
    charged_peak: Decimal = Decimal(0)
    paid_at: datetime | None = None
    points: int = 0
    postings: int = 0
    # None: as before.
    receipt: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Tidings:
    """All that a batch tells of one order."""

    newest: OrderState
    # Several different states claim to be the newest.
    is_contradictory: bool
    # What only ever grows, over all states heard.
    paid_at: datetime | None
    charged_peak: Decimal


@dataclass(frozen=True, slots=True)
class Decision:
    """The record as it should be, the points to post, and how long these live."""

    record: Record
    delta: int = 0
    # None: as before.
    life: Life | None = None
    # Why points move, see ledger/reasons.py.
    reason: str = ""


class News(Enum):
    """What tidings mean for a record."""

    # Nothing new, though older states may add to what is remembered.
    NONE = auto()
    NEWER = auto()
    # What was told cannot be sorted out: Saleor must be asked.
    DOUBTFUL = auto()


@dataclass(frozen=True, slots=True)
class Sorted:
    """Records by what the tidings about them mean."""

    newer: list[Record]
    # Only their past has changed.
    recalled: list[Record]
    # Saleor ids of orders it must be asked about.
    doubtful: frozenset[str]


def gather(states: Iterable[OrderState]) -> dict[str, Tidings]:
    """Bring together what is told of each order, in whatever order it was told."""
    gathered: dict[str, Tidings] = {}
    for state in states:
        known = gathered.get(state.saleor_id)
        gathered[state.saleor_id] = _and_also(known, state) if known else _tidings(state)
    return gathered


def news(record: Record, tidings: Tidings, *, is_certain: bool) -> News:
    """Compare tidings with what is known.

    Not every change moves an order's change date, and payloads are rendered some time after the
    event from a copy of the database that may lag. So a payload must be newer to count; Saleor's
    own answer to our question (`is_certain`) counts unless something newer is known.
    """
    newest = tidings.newest
    if record.state_at is None or newest.changed_at > record.state_at:
        is_clear = is_certain or not tidings.is_contradictory
        return News.NEWER if is_clear else News.DOUBTFUL
    if newest.changed_at == record.state_at and newest.digest != record.state_digest:
        if not is_certain:
            return News.DOUBTFUL
        was_asked_later = record.asked_at is not None and record.asked_at >= newest.read_at
        return News.NONE if was_asked_later else News.NEWER
    return News.NONE if _is_mere_history(record, tidings) else News.DOUBTFUL


def remember(record: Record, tidings: Tidings) -> Record:
    """Add to the record what only ever grows; older states tell of it too.

    Where that may change the points, what is known of the order's state counts no longer.
    """
    paid_at = min(filter(None, (record.paid_at, tidings.paid_at)), default=None)
    peak = max(record.charged_peak, tidings.charged_peak)
    digest = record.state_digest if _is_mere_history(record, tidings) else b""
    return replace(record, paid_at=paid_at, charged_peak=peak, state_digest=digest)


def sort(records: Iterable[Record], told: Mapping[str, Tidings], *, is_certain: bool) -> Sorted:
    """Sort records by what is told of them, and remember what only grows."""
    newer, recalled, doubtful = [], [], set()
    for known in records:
        tidings = told[known.saleor_id]
        kind = news(known, tidings, is_certain=is_certain)
        record = remember(known, tidings)
        if kind is News.NEWER:
            newer.append(record)
        elif record != known:
            recalled.append(record)
        if kind is News.DOUBTFUL:
            doubtful.add(known.saleor_id)
    return Sorted(newer, recalled, frozenset(doubtful))


def decide(
    record: Record,
    state: OrderState,
    *,
    versions: Sequence[Version],
    member_id: UUID | None,
    is_certain: bool,
) -> Decision:
    """Return what `state` makes of the order.

    :param versions: every version of the programme, the latest to take effect first.
    :param member_id: the member who bought, None for a guest.
    """
    record = replace(
        record,
        number=state.number,
        state_at=state.changed_at,
        asked_at=state.read_at if is_certain else None,
        state_digest=state.digest,
        currency=state.currency,
    )
    if record.paid_at is None:
        return _earns_nothing(record, Nothing.NOT_PAID)
    record = _with_terms(record, state, versions, member_id)
    terms = _terms(record, versions)
    if terms is None:
        return _earns_nothing(record, Nothing.NO_PROGRAMME)
    if record.member_id is None:
        return _earns_nothing(record, Nothing.NO_CUSTOMER)
    goal = target(state, earning=terms.earning, charged_peak=record.charged_peak)
    is_sent = terms.maturity.after is Moment.FULFILMENT
    life = life_from(terms, state.fulfilled_at if is_sent else record.paid_at)
    delta = goal.points - record.points
    return Decision(_posted(record, goal), delta, life, _reason(record, state, goal))


def recall(record: Record, *, versions: Sequence[Version]) -> Decision:
    """Return what a payment earlier than was known means: pending points may mature earlier.

    Points that are available already keep their expiry, later by the time between two states.
    """
    terms = _terms(record, versions)
    if terms is None or terms.maturity.after is not Moment.PAYMENT:
        return Decision(record)
    return Decision(record, life=life_from(terms, record.paid_at))


def life_from(terms: Programme, start: datetime | None) -> Life:
    """Return when points become available and expire; unknown while the start is not known."""
    if start is None:
        return Life()
    matures_at = start + timedelta(days=terms.maturity.days)
    days = terms.expiry.days
    return Life(matures_at, matures_at + timedelta(days=days) if days else None)


def _tidings(state: OrderState) -> Tidings:
    paid_at = state.changed_at if is_paid(state) else None
    return Tidings(state, False, paid_at, peak_charged(state))


def _and_also(known: Tidings, state: OrderState) -> Tidings:
    new, newest = _tidings(state), known.newest
    is_contradictory = known.is_contradictory
    if state.changed_at == newest.changed_at:
        is_contradictory |= state.digest != newest.digest
        newest = max(newest, state, key=lambda each: each.read_at)
    elif state.changed_at > newest.changed_at:
        newest, is_contradictory = state, False
    paid_at = min(filter(None, (known.paid_at, new.paid_at)), default=None)
    peak = max(known.charged_peak, new.charged_peak)
    return Tidings(newest, is_contradictory, paid_at, peak)


def _is_mere_history(record: Record, tidings: Tidings) -> bool:
    """Tell whether nothing that grows has grown in a way that may change the points."""
    is_first_payment = record.paid_at is None and tidings.paid_at is not None
    return not is_first_payment and tidings.charged_peak <= record.charged_peak


def _with_terms(
    record: Record, state: OrderState, versions: Sequence[Version], member_id: UUID | None
) -> Record:
    """Freeze the member, and the version of the programme in force when the order was made."""
    made_at = state.created_at
    in_force = next((version.id for version in versions if version.effective_from <= made_at), None)
    # Orders from before the first version earn under the first.
    first = versions[-1].id if versions else None
    return replace(
        record,
        member_id=record.member_id or member_id,
        version_id=record.version_id or in_force or first,
    )


def _terms(record: Record, versions: Sequence[Version]) -> Programme | None:
    return next((each.document for each in versions if each.id == record.version_id), None)


def _reason(record: Record, state: OrderState, goal: Target) -> str:
    if goal.points >= record.points:
        return "ORDER_REINSTATED" if record.postings else "ORDER"
    if goal.nothing is Nothing.CANCELLED:
        return "ORDER_CANCELLED"
    is_money_back = state.refunded > 0 or state.charged < record.charged_peak
    return "ORDER_REFUND" if is_money_back else "ORDER_RETURN"


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
