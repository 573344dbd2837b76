"""What a newly heard state of an order means for what we know of it: pure decisions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any
from uuid import UUID

from saleor_loyalty.earning.keeping import is_paid, peak_charged
from saleor_loyalty.gateways.saleor.order_facts import dump, load, with_goods_of
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.programme.document import Version, version_at


@dataclass(frozen=True, slots=True)
class Record:
    """What we know of an order before (and after) it is heard of again."""

    id: UUID
    saleor_id: str
    number: str = ""
    member_id: UUID | None = None
    version_id: UUID | None = None
    created_at: datetime | None = None
    state_at: datetime | None = None
    asked_at: datetime | None = None
    state_digest: bytes = b""
    facts: Mapping[str, Any] = field(default_factory=dict)
    currency: str = ""
    charged_peak: Decimal = Decimal(0)
    paid_at: datetime | None = None

    @property
    def state(self) -> OrderState | None:
        """The newest state known; None for orders recorded before states were kept."""
        return load(self.facts) if self.facts else None


@dataclass(frozen=True, slots=True)
class Earned:
    """What was posted for an order (or an event), and why."""

    points: int = 0
    postings: int = 0
    # The points by when they become available: [points, moment or None].
    parts: tuple[tuple[int, datetime | None], ...] = ()
    granted: Mapping[str, int] = field(default_factory=dict)
    receipt: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tidings:
    """All that a batch tells of one order."""

    newest: OrderState
    # Several different states claim to be the newest.
    is_contradictory: bool
    # What only ever grows, over all states heard.
    paid_at: datetime | None
    charged_peak: Decimal


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


def heard(
    record: Record,
    state: OrderState,
    *,
    versions: Sequence[Version],
    member_id: UUID | None,
    is_certain: bool,
) -> Record:
    """Return the record with `state` as the newest known, and its terms frozen once it is paid.

    :param versions: every version of the programme, the latest to take effect first.
    :param member_id: the member who bought, None for a guest.
    """
    earlier = record.state
    record = replace(
        record,
        number=state.number,
        created_at=state.created_at,
        state_at=state.changed_at,
        asked_at=state.read_at if is_certain else None,
        state_digest=state.digest,
        # Goods that move to another category do not change what was bought.
        facts=dump(with_goods_of(state, earlier) if earlier else state),
        currency=state.currency,
    )
    return record if record.paid_at is None else _with_terms(record, versions, member_id)


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


def _with_terms(record: Record, versions: Sequence[Version], member_id: UUID | None) -> Record:
    """Freeze the member, and the version of the programme in force when the order was made."""
    assert record.created_at
    terms = version_at(record.created_at, versions)
    return replace(
        record,
        member_id=record.member_id or member_id,
        version_id=record.version_id or (terms.id if terms else None),
    )
