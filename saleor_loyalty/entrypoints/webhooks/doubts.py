"""Asking Saleor about orders whose events were not enough: many orders a call.

No transaction is open during the call. The events are leased meanwhile, so that a worker that
dies while asking costs some minutes and nothing else.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction

from saleor_loyalty.accrual.operations import converge
from saleor_loyalty.entrypoints.webhooks.inbox import Row, mark_done, postpone, record_failure
from saleor_loyalty.entrypoints.webhooks.translate import (
    CustomerHeard,
    OrderHeard,
    OrderUnclear,
    heard,
)
from saleor_loyalty.gateways.saleor.client import SaleorUnavailable
from saleor_loyalty.gateways.saleor.order_reading import customer_orders, fetch_orders
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.installations.queries import connection as connection_to
from saleor_loyalty.installations.queries import shop
from saleor_loyalty.observability import logs
from saleor_loyalty.sql import fetch

#: The most events settled in one run.
BATCH_MAX = 20
# Longer than that many calls can take.
_LEASE = timedelta(minutes=10)

_LEASE_DOUBTFUL = """
UPDATE loyalty_inboxevent SET due_at = %s WHERE id IN (
    SELECT id FROM loyalty_inboxevent WHERE status = 'DOUBTFUL' AND due_at <= %s
    ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id, installation_id, name, body
"""


def settle(*, at: datetime) -> int:
    """Ask about at most BATCH_MAX doubtful events and converge the answers; return how many."""
    by_shop: dict[UUID, list[Row]] = defaultdict(list)
    rows = fetch(_LEASE_DOUBTFUL, [at + _LEASE, at, BATCH_MAX])
    for row in rows:
        by_shop[row[1]].append(row)
    for installation_id, shop_rows in by_shop.items():
        with logs.about(shop=shop(installation_id).api_url):
            _settle_shop(installation_id, shop_rows, at)
    return len(rows)


def _settle_shop(installation_id: UUID, rows: Sequence[Row], at: datetime) -> None:
    event_ids = [row[0] for row in rows]
    try:
        states = _ask(installation_id, rows, at)
        with transaction.atomic():
            converge(installation_id=installation_id, states=states, at=at, is_certain=True)
            mark_done(event_ids, at)
    except SoftTimeLimitExceeded:
        # Not their fault: they are tried again when the lease is over.
        raise
    except SaleorUnavailable as error:
        postpone(event_ids=event_ids, reason=str(error), at=at)
    except Exception:
        if len(rows) == 1:
            record_failure(event_ids=event_ids, at=at)
            return
        # One of them is at fault: each takes its turn alone.
        for row in rows:
            _settle_shop(installation_id, [row], at)


def _ask(installation_id: UUID, rows: Sequence[Row], at: datetime) -> list[OrderState]:
    saleor = connection_to(shop(installation_id))
    told = [heard(name, body) for _, _, name, body in rows]
    customers = {each.user_id for each in told if isinstance(each, CustomerHeard)}
    orders = {each.order_id for each in told if isinstance(each, OrderUnclear)} | {
        each.state.saleor_id for each in told if isinstance(each, OrderHeard)
    }
    states = fetch_orders(saleor, sorted(orders), at=at)
    for customer in sorted(customers):
        # The newest page is enough: what a guest bought long ago is found by reading again.
        states += customer_orders(saleor, customer, at=at).orders
    return states
