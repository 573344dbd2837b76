"""Points converge: whatever was heard, and however often, they end where they belong.

A member's lock comes before the orders', and guards all that depends on the member's history.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from saleor_loyalty.accrual import posting, reading, store
from saleor_loyalty.accrual.history import Accrued, EventEntry, OrderEntry, Replayed
from saleor_loyalty.accrual.reading import Book
from saleor_loyalty.accrual.rules import are_counted_alone, last_acts, ready_all, replay
from saleor_loyalty.earning.terms import Terms
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.store import lock as lock_members
from saleor_loyalty.members.operations import enrol
from saleor_loyalty.notices.lifetimes import keep_alive
from saleor_loyalty.observability import logs
from saleor_loyalty.orders import rules
from saleor_loyalty.orders import store as orders
from saleor_loyalty.orders.rules import Earned, Record
from saleor_loyalty.orders.store import Known
from saleor_loyalty.programme.document import Version
from saleor_loyalty.programme.queries import begun
from saleor_loyalty.programme.timing_terms import Act
from saleor_loyalty.tiers import operations as tiers
from saleor_loyalty.tiers.rules import Change, Standing

logger = logging.getLogger(__name__)


class BuyerChanged(RuntimeError):
    """An order was given to another member while we waited for its lock: try again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a batch: orders that changed, and orders Saleor must be asked about."""

    changed: int
    doubtful: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Result:
    """An entry that earns something else than before, or for other reasons."""

    member_id: UUID
    accrued: Accrued
    before: Earned
    after: Earned
    number: str
    is_its_own: bool


@transaction.atomic
def converge(
    *, installation_id: UUID, states: Iterable[OrderState], at: datetime, is_certain: bool = False
) -> Outcome:
    """Bring the points of each order to what its newest state says it should have earned.

    Takes the same number of round trips for one state and for five hundred; where the programme
    looks at a member's other orders, those are read and counted again too.
    Of states older than what is known only the past is remembered: that the order was paid, and
    how much was ever charged. Where that may change its points, or a payload contradicts a state
    with the same change date, the order is reported as doubtful; an answer of Saleor's to our own
    question is certain (`is_certain`).

    :raises BuyerChanged: nothing was changed; the next try finds the order as it is then.
    """
    told = rules.gather(states)
    users = {tidings.newest.user_id for tidings in told.values()} - {None}
    members = enrol(installation_id=installation_id, saleor_user_ids=filter(None, users), at=at)
    involved = {*members.values(), *orders.buyers(installation_id, list(told))}
    if involved:
        lock_members(involved)
    known = {
        order.record.saleor_id: order for order in orders.lock(installation_id, list(told), at)
    }
    if any(order.record.member_id not in {None, *involved} for order in known.values()):
        raise BuyerChanged
    news = rules.sort([order.record for order in known.values()], told, is_certain=is_certain)
    if news.newer or news.recalled:
        versions = begun(installation_id, at)
        heard = [
            rules.heard(
                record,
                told[record.saleor_id].newest,
                versions=versions,
                member_id=members.get(told[record.saleor_id].newest.user_id or ""),
                is_certain=is_certain,
            )
            for record in news.newer
        ]
        changed = [
            replace(known[record.saleor_id], record=record) for record in [*heard, *news.recalled]
        ]
        _count(installation_id, changed, versions, at)
    return Outcome(len(news.newer), news.doubtful)


@transaction.atomic
def settle(*, installation_id: UUID, member_ids: Collection[UUID], at: datetime) -> None:
    """Count members again, after something other than an order changed, or time has passed."""
    if not member_ids or not (versions := begun(installation_id, at)):
        return
    lock_members(member_ids)
    _settle(installation_id, reading.books(member_ids).items(), versions, at, heard=())


def settle_most(*, installation_id: UUID, member_ids: Collection[UUID], at: datetime) -> None:
    """Count members again: all at once or, if that fails, each alone, and who fails is logged.

    The caller has a transaction open, which goes on.
    """
    try:
        settle(installation_id=installation_id, member_ids=member_ids, at=at)
    except Exception:
        if len(member_ids) == 1:
            logger.exception("member %s could not be counted again", *member_ids)
            return
        for member_id in sorted(member_ids):
            settle_most(installation_id=installation_id, member_ids=[member_id], at=at)


def _count(
    installation_id: UUID, changed: Sequence[Known], versions: Sequence[Version], at: datetime
) -> None:
    """Count these orders, and all that depends on them, and save what is known of them."""
    waiting, counted = [], []
    for order in changed:
        why = posting.why_nothing(order.record, has_programme=bool(versions))
        if why:
            waiting.append(replace(order, earned=posting.nothing(order.earned, why)))
        elif not order.record.facts:
            # Recorded before states were kept: it keeps what it earned until Saleor is asked.
            waiting.append(order)
        else:
            counted.append(order)
    orders.save(waiting)
    if are_counted_alone(versions):
        books = reading.books_alone(counted)
    else:
        buyers = {order.record.member_id for order in counted if order.record.member_id}
        books = list(reading.books(buyers, heard=counted).items())
    _settle(installation_id, books, versions, at, heard=counted)


def _settle(
    installation_id: UUID,
    books: Collection[tuple[UUID, Book]],
    versions: Sequence[Version],
    at: datetime,
    *,
    heard: Sequence[Known],
) -> None:
    """Replay the books, and post and save whatever comes out otherwise than before."""
    terms = ready_all(versions)
    own = {order.record.id for order in heard}
    budgets = store.lock_budgets(installation_id, _keys_of_budgets(books, terms))
    spent = budgets.copy()
    keeps_alive = any(each.document.expiry.counts_from == "LAST_ACT" for each in versions)
    acts: dict[UUID, Mapping[Act, datetime]] = {}
    results: list[_Result] = []
    standings: dict[UUID, tuple[Standing, Sequence[Change]]] = {}
    for member_id, book in books:
        replayed = replay(book.history, versions, terms, spent=spent, until=at)
        results += _results(member_id, book, replayed, own)
        if keeps_alive:
            acts[member_id] = last_acts(replayed.accrued)
        if replayed.climb and replayed.standing:
            standings[member_id] = (replayed.standing, replayed.climb.changes)
    ledger.converge_orders(changes=list(_changes(results, terms, at)), at=at)
    _save(results, heard)
    store.save_budgets(installation_id, {key: n for key, n in spent.items() if n != budgets[key]})
    _keep_alive(installation_id, acts, at)
    if standings:
        tiers.note_standing(installation_id=installation_id, standings=standings, at=at)
    if logger.isEnabledFor(logging.DEBUG):
        _tell(results)


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
