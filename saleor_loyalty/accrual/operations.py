"""Points converge: whatever was heard, and however often, they end where they belong.

A member's lock comes before the orders', and guards all that depends on the member's history.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from saleor_loyalty.accrual import posting, reading
from saleor_loyalty.accrual.reading import Book
from saleor_loyalty.accrual.rules import are_counted_alone
from saleor_loyalty.accrual.settling import settle_books
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.ledger.store import lock as lock_members
from saleor_loyalty.members.operations import enrol
from saleor_loyalty.orders import rules
from saleor_loyalty.orders import store as orders
from saleor_loyalty.orders.rules import Tidings
from saleor_loyalty.orders.store import Known
from saleor_loyalty.programme.document import Version
from saleor_loyalty.programme.queries import begun
from saleor_loyalty.redemptions import using
from saleor_loyalty.redemptions.rules import Ordered

logger = logging.getLogger(__name__)


class BuyerChanged(RuntimeError):
    """An order was given to another member while we waited for its lock: try again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a batch: orders that changed, and orders Saleor must be asked about."""

    changed: int
    doubtful: frozenset[str]


@transaction.atomic
def converge(
    *, installation_id: UUID, states: Iterable[OrderState], at: datetime, is_certain: bool = False
) -> Outcome:
    """Bring the points of each order to what its newest state says it should have earned.

    Takes the same number of round trips for one state and for five hundred; where the programme
    looks at a member's other orders, those are read and counted again too. Rewards that orders
    were paid with are charged first, a handful of round trips for each.
    Of states older than what is known only the past is remembered: that the order was paid, and
    how much was ever charged. Where that may change its points, or a payload contradicts a state
    with the same change date, the order is reported as doubtful; an answer of Saleor's to our own
    question is certain (`is_certain`).

    :raises BuyerChanged: nothing was changed; the next try finds the order as it is then.
    """
    told = rules.gather(states)
    users = {tidings.newest.user_id for tidings in told.values()} - {None}
    members = enrol(installation_id=installation_id, saleor_user_ids=filter(None, users), at=at)
    ordered = [Ordered(each.newest, each.charged_peak) for each in told.values()]
    redemptions = using.concerned(installation_id, ordered)
    buyers = orders.buyers(installation_id, list(told))
    involved = {*members.values(), *buyers, *redemptions.values()}
    if involved:
        lock_members(involved)
    known = {
        order.record.saleor_id: order for order in orders.lock(installation_id, list(told), at)
    }
    if any(order.record.member_id not in {None, *involved} for order in known.values()):
        raise BuyerChanged
    news = rules.sort([order.record for order in known.values()], told, is_certain=is_certain)
    if redemptions:
        # Before they are counted: what was paid with points is known then.
        _charge_rewards(redemptions, known.values(), news, told, at)
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
    books = reading.books(installation_id, member_ids, versions)
    settle_books(installation_id, books.items(), versions, at)


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


def _charge_rewards(
    redemptions: Collection[UUID],
    known: Iterable[Known],
    news: rules.Sorted,
    told: Mapping[str, Tidings],
    at: datetime,
) -> None:
    """Charge rewards that orders were paid with, by the newest state known of each order."""
    newer = {record.saleor_id: record for record in news.newer}
    recalled = {record.saleor_id: record for record in news.recalled}
    ordered = []
    for order in known:
        saleor_id = order.record.saleor_id
        if saleor_id in newer:
            state = told[saleor_id].newest
            ordered.append(Ordered(state, newer[saleor_id].charged_peak))
        elif (record := recalled.get(saleor_id)) and (last := record.state):
            ordered.append(Ordered(last, record.charged_peak))
    using.record(redemptions, ordered, at=at)


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
    is_alone = are_counted_alone(versions)
    books: Collection[tuple[UUID, Book]]
    if is_alone:
        books = reading.books_alone(installation_id, counted, versions)
    else:
        buyers = {order.record.member_id for order in counted if order.record.member_id}
        books = reading.books(installation_id, buyers, versions, heard=counted).items()
    settle_books(
        installation_id, books, versions, at, heard=counted, are_whole=not is_alone
    )  # fmt: skip
