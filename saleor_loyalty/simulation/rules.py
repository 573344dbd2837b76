"""Counting the same histories under two programmes. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from saleor_loyalty.accrual.history import History, OrderEntry, Replayed
from saleor_loyalty.accrual.rules import ready_all, replay
from saleor_loyalty.earning.terms import Terms
from saleor_loyalty.programme.document import Version
from saleor_loyalty.simulation.comparison import Comparison, Dear, Side, Swing
from saleor_loyalty.tiers.preview import Past, preview

_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)
_FINEST = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Programmes:
    """The two sides, each a programme as if it had always been in force."""

    current: Version
    draft: Version
    # What has really been in force, the latest first: where members stand today.
    history: Sequence[Version]

    @classmethod
    def of(cls, current: Version, draft: Version, history: Sequence[Version]) -> "Programmes":
        """Return the two ready to be compared."""
        return cls(
            replace(current, effective_from=_ALWAYS),
            replace(draft, effective_from=_ALWAYS),
            history,
        )

    @property
    def have_tiers(self) -> bool:
        """Tell whether there are levels to move between."""
        versions = (self.draft, *self.history)
        return any(version.document.tiers for version in versions)


def compare(
    histories: Mapping[UUID, History],
    programmes: Programmes,
    *,
    since: datetime,
    until: datetime,
) -> Comparison:
    """Count members' histories under both programmes.

    Entries before `since` only prepare what follows: levels, stamps, the number of an order.
    """
    comparison, have_tiers = Comparison(), programmes.have_tiers
    swings: list[Swing] = []
    pasts: list[Past] = []
    current_terms, draft_terms = _terms(programmes.current), _terms(programmes.draft)
    for member, history in histories.items():
        current = _replay(history, programmes.current, until)
        draft = _replay(history, programmes.draft, until)
        _count_orders(comparison, history, since)
        before = _count(comparison.current, current, current_terms, since)
        after = _count(comparison.draft, draft, draft_terms, since)
        if before != after:
            swings.append(Swing(after - before, member, before, after))
        comparison.movers.note(member, _level(current), _level(draft))
        comparison.note_dear(list(_dear(draft, draft_terms, since)))
        if have_tiers:
            pasts.append(_past(member, history, current, draft))
    comparison.note_swings(swings)
    if have_tiers:
        _preview(comparison, pasts, programmes, until)
    return comparison


def _terms(version: Version) -> Terms:
    return ready_all([version])[version.id]


def _replay(history: History, version: Version, until: datetime) -> Replayed:
    versions = [version]
    return replay(
        history, versions, ready_all(versions), spent=None, until=until, is_explained=False
    )


def _count_orders(comparison: Comparison, history: History, since: datetime) -> None:
    comparison.members += 1
    for entry in history.entries:
        if isinstance(entry, OrderEntry) and entry.at >= since:
            currency, money = entry.order.currency, comparison.money
            comparison.orders[currency] += 1
            money[currency] = money.get(currency, Decimal(0)) + entry.order.total


def _count(side: Side, replayed: Replayed, terms: Terms, since: datetime) -> int:
    """Count what a member gets, and return their points."""
    side.by_tier[_level(replayed)] += 1
    points = 0
    for accrued in replayed.accrued:
        if accrued.entry.at < since:
            continue
        is_order = isinstance(accrued.entry, OrderEntry)
        currency = accrued.entry.order.currency if isinstance(accrued.entry, OrderEntry) else ""
        for allocation in accrued.reckoning.allocations:
            side.give(allocation.rule, currency, allocation.points)
        side.rewarded_orders += is_order and accrued.reckoning.points > 0
        points += accrued.reckoning.points
    return points


def _dear(replayed: Replayed, terms: Terms, since: datetime) -> Iterator[Dear]:
    worths = terms.document.value.worth
    for accrued in replayed.accrued:
        entry, points = accrued.entry, accrued.reckoning.points
        if not (isinstance(entry, OrderEntry) and points and entry.at >= since):
            continue
        order = entry.order
        worth = worths.get(order.currency)
        if order.total <= 0 or (worths and not worth):
            continue
        money = points * worth.money / worth.points if worth else Decimal(points)
        share = (money / order.total).quantize(_FINEST)
        yield Dear(share, order.number, points, order.total, order.currency)


def _past(member: UUID, history: History, current: Replayed, draft: Replayed) -> Past:
    """Return what counts for levels on the day the draft takes effect.

    That is money as the draft counts it, and the points that members have by then.
    """
    known = {**current.deeds, **draft.deeds}
    deeds = [
        replace(known[accrued.entry.id], points=accrued.reckoning.points)
        for accrued in current.accrued
        if accrued.entry.id in known
    ]
    # Who bought as a guest was a member from then on.
    began = min([history.joined_at, *[deed.at for deed in deeds[:1]]])
    return Past(member, began, deeds, history.grants, draft.facts)


def _preview(
    comparison: Comparison, pasts: Iterable[Past], programmes: Programmes, at: datetime
) -> None:
    found = preview(pasts, current=programmes.history, draft=programmes.draft.document, at=at)
    comparison.at_once.take(found.at_once)
    comparison.at_review.take(found.at_review)


def _level(replayed: Replayed) -> str:
    return (replayed.standing and replayed.standing.level) or ""
