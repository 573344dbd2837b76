"""Draining the inbox: claim a set, converge its orders and mark it done, in one transaction.

A row that fails takes its turn alone, keeps its traceback, waits longer each time, and is given
up after ATTEMPTS_MAX tries; the others are not held up by it.
"""

import logging
import traceback
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_loyalty.accrual.operations import converge, settle
from saleor_loyalty.activities.operations import accounts_confirmed
from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.entrypoints.webhooks.translate import (
    AppRemoved,
    CustomerHeard,
    OrderHeard,
    OrderUnclear,
    VouchersHeard,
    heard,
)
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.installations.operations import deactivate
from saleor_loyalty.installations.queries import shop
from saleor_loyalty.keys import earliest_key
from saleor_loyalty.ledger.store import lock as lock_members
from saleor_loyalty.members.operations import enrol
from saleor_loyalty.observability import logs, metrics
from saleor_loyalty.orders.queries import has_guest_orders
from saleor_loyalty.orders.store import buyers
from saleor_loyalty.redemptions import outbox
from saleor_loyalty.sql import fetch, run

logger = logging.getLogger(__name__)

#: The most events in one transaction.
BATCH_MAX = 500
#: Tries before an event is given up; with the waits between them an hour and a half.
ATTEMPTS_MAX = 10
_WAIT_MAX_S = 3600
_SALEOR_AWAY = timedelta(minutes=1)
# Who opens an account later than that after buying without one is found by reading again, or not.
_GUESTS_ATTACHED_WITHIN = timedelta(days=120)

_CLAIM = """
SELECT id, installation_id, name, body FROM loyalty_inboxevent
WHERE status = 'WAITING' AND due_at <= %s ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
_CLAIM_ONE = """
SELECT id, installation_id, name, body FROM loyalty_inboxevent
WHERE status = 'WAITING' AND id = %s FOR UPDATE SKIP LOCKED
"""
_MARK = """
UPDATE loyalty_inboxevent SET status = %s, processed_at = %s, due_at = %s WHERE id = ANY(%s)
"""

# Key, installation, name and body.
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Drained:
    """What came of one batch, in events."""

    done: int = 0
    doubtful: int = 0
    failed: int = 0

    @property
    def claimed(self) -> int:
        """Events looked at."""
        return self.done + self.doubtful + self.failed


def drain(*, at: datetime) -> Drained:
    """Process at most BATCH_MAX waiting events."""
    rows: list[Row] = []
    try:
        with transaction.atomic():
            rows = fetch(_CLAIM, [at, BATCH_MAX])
            return _process(rows, at)
    except Exception:
        logger.warning("a batch of %d events failed; each takes its turn alone", len(rows))
        if not rows:
            raise
    return _drain_singly([row[0] for row in rows], at)


def _drain_singly(ids: Sequence[UUID], at: datetime) -> Drained:
    done = doubtful = failed = 0
    for event_id in ids:
        try:
            with logs.about(event=str(event_id)), transaction.atomic():
                result = _process(fetch(_CLAIM_ONE, [event_id]), at)
                done, doubtful = done + result.done, doubtful + result.doubtful
        except Exception:
            record_failure(event_ids=[event_id], at=at)
            logger.warning("event failed", exc_info=True, extra={"event": str(event_id)})
            failed += 1
    return Drained(done, doubtful, failed)


def _process(rows: Sequence[Row], at: datetime) -> Drained:
    by_shop: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        by_shop[row[1]].append(row)
    doubtful: set[UUID] = set()
    for installation_id, shop_rows in sorted(by_shop.items()):
        with logs.about(shop=shop(installation_id).api_url):
            doubtful |= _process_shop(installation_id, shop_rows, at)
    mark_done([row[0] for row in rows if row[0] not in doubtful], at)
    _mark(list(doubtful), InboxEvent.Status.DOUBTFUL, at)
    return Drained(done=len(rows) - len(doubtful), doubtful=len(doubtful))


def _process_shop(installation_id: UUID, rows: Sequence[Row], at: datetime) -> set[UUID]:
    """Converge one shop's orders; return the events whose orders Saleor must be asked about."""
    told = [(event_id, heard(name, body)) for event_id, _, name, body in rows]
    orders = {event_id: each.state for event_id, each in told if isinstance(each, OrderHeard)}
    unclear = {event_id for event_id, each in told if isinstance(each, OrderUnclear)}
    customers = [each for _, each in told if isinstance(each, CustomerHeard)]
    for removed in [each for _, each in told if isinstance(each, AppRemoved)]:
        deactivate(installation_id=installation_id, app_id=removed.app_id)
    if vouchers := [each for _, each in told if isinstance(each, VouchersHeard)]:
        outbox.wake(
            installation_id=installation_id,
            saleor_ids={voucher_id for each in vouchers for voucher_id in each.voucher_ids},
            codes={code for each in vouchers for code in each.codes},
            at=at,
        )
    confirmed: set[UUID] = set()
    if customers:
        # Before the orders, all in one go: members' rows come first, and in one order, everywhere.
        users = {state.user_id for state in orders.values() if state.user_id}
        users |= {each.user_id for each in customers}
        members = enrol(installation_id=installation_id, saleor_user_ids=users, at=at)
        confirmed = _note_confirmed(installation_id, customers, members, orders.values(), at)
    if orders:
        outcome = converge(installation_id=installation_id, states=orders.values(), at=at)
        unclear |= {
            event_id for event_id, state in orders.items() if state.saleor_id in outcome.doubtful
        }
    if confirmed:
        # After the orders, whose rows are locked before budgets are.
        settle(installation_id=installation_id, member_ids=confirmed, at=at)
    if not has_guest_orders(installation_id=installation_id, since=at - _GUESTS_ATTACHED_WITHIN):
        return unclear
    return unclear | {
        event_id
        for event_id, each in told
        if isinstance(each, CustomerHeard) and each.may_own_guest_orders
    }


def _note_confirmed(
    installation_id: UUID,
    customers: Sequence[CustomerHeard],
    members: Mapping[str, UUID],
    orders: Iterable[OrderState],
    at: datetime,
) -> set[UUID]:
    """Record accounts that were confirmed; return the members of whom that is news."""
    confirmed = [
        (members[each.user_id], each.confirmed_at) for each in customers if each.confirmed_at
    ]
    if not confirmed:
        return set()
    # All that this batch is about: a second set would be locked out of order.
    owners = buyers(installation_id, [order.saleor_id for order in orders])
    lock_members({*members.values(), *owners})
    return accounts_confirmed(installation_id=installation_id, confirmed=confirmed, at=at)


def mark_done(ids: Sequence[UUID], at: datetime) -> None:
    """Mark events as processed, in the transaction that did what they ask for."""
    _mark(ids, InboxEvent.Status.DONE, at)


def _mark(ids: Sequence[UUID], status: InboxEvent.Status, at: datetime) -> None:
    if ids:
        processed_at = at if status is InboxEvent.Status.DONE else None
        run(_MARK, [status.value, processed_at, at, list(ids)])


@transaction.atomic
def record_failure(*, event_ids: Sequence[UUID], at: datetime) -> None:
    """Keep the exception being handled with its events, and let them wait or give them up."""
    trace = traceback.format_exc()[-10_000:].replace("\0", "")
    events = InboxEvent.objects.select_for_update().filter(id__in=event_ids).order_by("id")
    for event in events:
        event.attempts += 1
        event.traceback = trace
        event.due_at = at + _wait(event.attempts)
        if event.attempts >= ATTEMPTS_MAX:
            event.status = InboxEvent.Status.FAILED
            metrics.event_failed()
            logger.error("event given up", extra={"event": str(event.pk)})
        event.save(update_fields=["attempts", "traceback", "due_at", "status"])


def postpone(*, event_ids: Sequence[UUID], reason: str, at: datetime) -> None:
    """Let events wait for Saleor to come back; that is no fault of theirs, nor an attempt."""
    InboxEvent.objects.filter(id__in=event_ids).update(due_at=at + _SALEOR_AWAY, traceback=reason)


def _wait(attempts: int) -> timedelta:
    return timedelta(seconds=min(5 * 2**attempts, _WAIT_MAX_S))


def given_up(*, limit: int = 100) -> Sequence[InboxEvent]:
    """Return events that were given up, the longest ago first."""
    failed = InboxEvent.objects.filter(status=InboxEvent.Status.FAILED)
    return list(failed.order_by("id")[:limit])


def replay(*, at: datetime, event_ids: Sequence[UUID] | None = None) -> int:
    """Let events that were given up wait again; return how many."""
    failed = InboxEvent.objects.filter(status=InboxEvent.Status.FAILED)
    if event_ids is not None:
        failed = failed.filter(id__in=event_ids)
    return failed.update(status=InboxEvent.Status.WAITING, attempts=0, due_at=at)


def prune(*, before: datetime, limit: int = 10_000) -> int:
    """Delete processed events received before `before`, at most `limit`; return how many."""
    # Keys are ordered by time: no more than the old end of the table is looked at.
    old = InboxEvent.objects.filter(id__lt=earliest_key(before))
    done = old.filter(status=InboxEvent.Status.DONE, received_at__lt=before)
    ids = list(done.order_by("id").values_list("id", flat=True)[:limit])
    return InboxEvent.objects.filter(id__in=ids).delete()[0]
