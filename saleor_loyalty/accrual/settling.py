"""From what members did to what is posted for it and kept: all that follows from a replay."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from saleor_loyalty.accrual import given, posting, store
from saleor_loyalty.accrual.history import Accrued, EventEntry, OrderEntry, Replayed
from saleor_loyalty.accrual.reading import Book
from saleor_loyalty.accrual.rules import Spent, last_acts, ready_all, replay
from saleor_loyalty.earning.terms import Terms
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.members import operations as members
from saleor_loyalty.members.rules import Paid
from saleor_loyalty.notices.lifetimes import keep_alive
from saleor_loyalty.observability import logs
from saleor_loyalty.orders import store as orders
from saleor_loyalty.orders.rules import Earned, Record
from saleor_loyalty.orders.store import Known
from saleor_loyalty.programme.document import Version
from saleor_loyalty.programme.timing_terms import Act
from saleor_loyalty.redemptions import entitlements
from saleor_loyalty.redemptions.entitlements import Due
from saleor_loyalty.tiers import operations as tiers
from saleor_loyalty.tiers.rules import Change, Standing

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Result:
    """An entry that earns something else than before, or for other reasons."""

    member_id: UUID
    accrued: Accrued
    before: Earned
    after: Earned
    number: str
    is_its_own: bool


@dataclass(slots=True)
class _Outcome:
    """What came of the books."""

    results: list[_Result] = field(default_factory=list)
    acts: dict[UUID, Mapping[Act, datetime]] = field(default_factory=dict)
    standings: dict[UUID, tuple[Standing, Sequence[Change]]] = field(default_factory=dict)
    # Only where a version gives rewards, or sells memberships; of whole books only.
    given: dict[UUID, Mapping[str, Due]] = field(default_factory=dict)
    paid: dict[UUID, Sequence[Paid]] = field(default_factory=dict)


def settle_books(
    installation_id: UUID,
    books: Collection[tuple[UUID, Book]],
    versions: Sequence[Version],
    at: datetime,
    *,
    heard: Sequence[Known] = (),
    are_whole: bool = True,
) -> None:
    """Replay the books, and post and save whatever comes out otherwise than before.

    The caller has the members locked.

    :param heard: the orders that were heard of just now.
    :param are_whole: whether each book holds all that its member did.
    """
    terms = ready_all(versions)
    budgets = store.lock_budgets(installation_id, _keys_of_budgets(books, terms))
    spent = budgets.copy()
    outcome = _replay(books, versions, terms, spent, at, heard=heard, are_whole=are_whole)
    ledger.converge_orders(changes=list(_changes(outcome.results, terms, at)), at=at)
    _save(outcome.results, heard)
    store.save_budgets(installation_id, {key: n for key, n in spent.items() if n != budgets[key]})
    _keep_alive(installation_id, outcome.acts, at)
    if outcome.standings:
        tiers.note_standing(installation_id=installation_id, standings=outcome.standings, at=at)
    if outcome.paid:
        members.note_paid(installation_id=installation_id, paid=outcome.paid)
    if outcome.given:
        entitlements.converge(installation_id, outcome.given, at=at)
    if logger.isEnabledFor(logging.DEBUG):
        _tell(outcome.results)


def _replay(
    books: Iterable[tuple[UUID, Book]],
    versions: Sequence[Version],
    terms: Mapping[UUID, Terms],
    spent: Spent,
    at: datetime,
    *,
    heard: Iterable[Known],
    are_whole: bool,
) -> _Outcome:
    own = {order.record.id for order in heard}
    keeps_alive = any(each.document.expiry.counts_from == "LAST_ACT" for each in versions)
    gives_rewards = are_whole and any(each.gives_rewards for each in terms.values())
    has_memberships = are_whole and any(each.document.membership for each in versions)
    outcome = _Outcome()
    for member_id, book in books:
        replayed = replay(book.history, versions, terms, spent=spent, until=at)
        outcome.results += _results(member_id, book, replayed, own)
        if keeps_alive:
            outcome.acts[member_id] = last_acts(replayed.accrued)
        if replayed.climb and replayed.standing:
            outcome.standings[member_id] = (replayed.standing, replayed.climb.changes)
        if gives_rewards:
            outcome.given[member_id] = given.due(book.history, replayed, versions)
        if has_memberships:
            outcome.paid[member_id] = replayed.paid
    return outcome


def _keys_of_budgets(books: Iterable[tuple[UUID, Book]], terms: Mapping[UUID, Terms]) -> set[str]:
    """Return every budget there is, and those of withdrawn versions that something was taken of."""
    taken = {key for _, book in books for entry in book.history.entries for key in entry.granted}
    return taken.union(*[each.budgets for each in terms.values()])


def _results(
    member_id: UUID, book: Book, replayed: Replayed, own: Collection[UUID]
) -> Iterable[_Result]:
    for accrued in replayed.accrued:
        entry_id = accrued.entry.id
        before, is_its_own = book.earned[entry_id], entry_id in own
        after = posting.earned(before, accrued)
        if is_its_own or after != before:
            number = book.numbers.get(entry_id, "")
            yield _Result(member_id, accrued, before, after, number, is_its_own)


def _changes(
    results: Iterable[_Result], terms: Mapping[UUID, Terms], at: datetime
) -> Iterable[ledger.OrderChange]:
    for result in results:
        accrued, before, after = result.accrued, result.before, result.after
        if after.postings == before.postings:
            continue
        document = terms[accrued.version_id].document
        yield ledger.OrderChange(
            member_id=result.member_id,
            order_id=accrued.entry.id,
            key=f"{posting.kind(accrued.entry)}:{accrued.entry.id}:{after.postings}",
            reason=posting.reason(
                before, accrued, number=result.number, is_its_own=result.is_its_own
            ),
            occurred_at=posting.occurred_at(accrued.entry, is_its_own=result.is_its_own, at=at),
            parts=accrued.parts,
            policy=ledger.DebtPolicy(document.spent_points_of_returns),
            version_id=accrued.version_id,
        )


def _keep_alive(
    installation_id: UUID, acts: Mapping[UUID, Mapping[Act, datetime]], at: datetime
) -> None:
    """Let points last longer where the programme says that acts keep them alive."""
    for act in (Act.ORDER, Act.EVENT):
        if last := {member_id: done[act] for member_id, done in acts.items() if act in done}:
            keep_alive(installation_id=installation_id, acts=last, act=act, at=at)


def _save(results: Sequence[_Result], heard: Sequence[Known]) -> None:
    """Write each table once: orders heard of as a whole, of other entries what they earned."""
    found = {result.accrued.entry.id: result for result in results}
    orders.save([_known(order.record, found[order.record.id]) for order in heard])
    others = [(result.accrued, result.after) for result in results if not result.is_its_own]
    orders.save_earned(
        [
            (accrued.entry.id, accrued.version_id, after)
            for accrued, after in others
            if isinstance(accrued.entry, OrderEntry)
        ]
    )
    store.save_activities(
        [
            (accrued.entry.id, after)
            for accrued, after in others
            if isinstance(accrued.entry, EventEntry)
        ]
    )


def _known(record: Record, result: _Result) -> Known:
    """Return what is known of an order now; paid for before there was a programme, it has terms."""
    version_id = record.version_id or result.accrued.version_id
    return Known(replace(record, version_id=version_id), result.after)


def _tell(results: Sequence[_Result]) -> None:
    """Log what became of each entry; in normal work that would be most of what a drain costs."""
    for result in results:
        with logs.about(order=result.number):
            logger.debug("%d points instead of %d", result.after.points, result.before.points)
