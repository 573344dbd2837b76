"""What a basket would earn, and how far a member is: reading only, nothing is locked or written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from saleor_loyalty.accrual import reading, store
from saleor_loyalty.accrual.history import (
    NO_POINTS,
    History,
    OrderEntry,
    PaidByPoints,
    Replayed,
)
from saleor_loyalty.accrual.rules import Spent, ready_all, replay
from saleor_loyalty.campaigns.rules import Progress
from saleor_loyalty.earning.reckoning import Reckoning
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.programme.document import Programme, Version, always, version_at
from saleor_loyalty.programme.queries import NoProgramme, begun
from saleor_loyalty.tiers.rules import Outlook, Standing

# Sorts after every real entry of the same moment.
_BASKET = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a basket would earn if it were bought now, and what that would lead to."""

    version: Version
    # As kept with orders, see accrual/history.py.
    receipt: dict[str, object]
    reckoning: Reckoning
    # Of a member; None for guests, and where the programme has no tiers.
    standing: Standing | None
    outlook: Outlook | None
    progress: Sequence[Progress]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """How far a member is in levels and campaigns."""

    standing: Standing | None
    outlook: Outlook | None
    progress: Sequence[Progress]


def estimate(
    *,
    installation_id: UUID,
    member_id: UUID | None,
    basket: OrderState,
    at: datetime,
    trial: Programme | None = None,
) -> Estimate:
    """Return what the basket would earn at `at`, for a member or (None) for a newcomer.

    :param trial: a programme to count with as if it had always been in force; not given: the
        shop's own.
    :raises NoProgramme: if the shop has none in force.
    """
    versions = [always(trial)] if trial else begun(installation_id, at)
    version = version_at(at, versions)
    if version is None:
        raise NoProgramme(str(installation_id))
    histories = _histories(installation_id, [member_id] if member_id else [], versions)
    history = (histories.get(member_id) if member_id else None) or History(joined_at=at)
    # Saleor's clock need not be ours: nothing is bought before what was bought last.
    at = max([at, *[entry.at for entry in history.entries[-1:]]])
    entry = OrderEntry(
        _BASKET, at, {}, replace(basket, created_at=at), basket.total, paid_at=at,
        paid_by_points=_paid_by_points(installation_id, basket),
    )  # fmt: skip
    history = replace(history, entries=[*history.entries, entry])
    spent = _spent(installation_id, versions)
    replayed = _replay(history, versions, spent, at)
    accrued = replayed.accrued[-1]
    return Estimate(
        version,
        accrued.receipt,
        accrued.reckoning,
        replayed.standing if member_id else None,
        replayed.climb.outlook(at) if replayed.climb and member_id else None,
        replayed.count.progress(at, replayed.who),
    )


def whereabouts(
    *, installation_id: UUID, member_ids: Sequence[UUID], at: datetime
) -> dict[UUID, Whereabouts]:
    """Return how far each member is, in the same few queries for one and for a page of them.

    A customer of whom nothing is known yet is where everybody begins.
    """
    if not (versions := begun(installation_id, at)):
        return {}
    histories = _histories(installation_id, member_ids, versions)
    newcomer = History(joined_at=at)
    spent = _spent(installation_id, versions)
    return {
        member_id: _whereabouts(_replay(histories.get(member_id, newcomer), versions, spent, at))
        for member_id in member_ids
    }


def _whereabouts(replayed: Replayed) -> Whereabouts:
    until = replayed.until
    outlook = replayed.climb.outlook(until) if replayed.climb else None
    return Whereabouts(replayed.standing, outlook, replayed.count.progress(until, replayed.who))


def _histories(
    installation_id: UUID, member_ids: Sequence[UUID], versions: Sequence[Version]
) -> dict[UUID, History]:
    if not member_ids:
        return {}
    books = reading.books(installation_id, member_ids, versions)
    return {member_id: book.history for member_id, book in books.items()}


def _paid_by_points(installation_id: UUID, basket: OrderState) -> PaidByPoints:
    """Return what a reward in a basket takes off, if points were paid for it."""
    code = basket.voucher_code
    bought = reading.bought_with_points(installation_id, code) if code else None
    if bought is None:
        return NO_POINTS
    # Baskets tell what was taken off in all, catalogue promotions included.
    reduced = sum(
        [max(Decimal(0), line.undiscounted_gross - line.gross) for line in basket.lines],
        Decimal(0),
    )
    return PaidByPoints(off=reduced if bought.amount is None else min(bought.amount, reduced))


def _spent(installation_id: UUID, versions: Sequence[Version]) -> Spent:
    terms = ready_all(versions)
    return store.read_budgets(
        installation_id, {key for each in terms.values() for key in each.budgets}
    )


def _replay(history: History, versions: Sequence[Version], spent: Spent, at: datetime) -> Replayed:
    # A copy: nobody else's history is changed by this one.
    return replay(history, versions, ready_all(versions), spent=spent.copy(), until=at)
