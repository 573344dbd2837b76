"""Closing the gaps that webhooks leave."""

from datetime import datetime, timedelta

from saleor_loyalty.accrual.operations import converge
from saleor_loyalty.gateways.saleor.order_reading import (
    ORDERS_MAX,
    fetch_orders,
    orders_changed_since,
)
from saleor_loyalty.installations import operations as installations
from saleor_loyalty.installations.queries import (
    Shop,
    connection,
    orders_reread_until,
    orders_seen_until,
)
from saleor_loyalty.orders.queries import known_orders

#: The most pages of one run; the next run goes on where this one stopped.
PAGES_MAX = 100
# A change may carry a date from before it could be seen: the next run looks back a little.
_OVERLAP = timedelta(minutes=5)
# Goods come back within weeks; older orders are left alone.
_REREAD_FOR = timedelta(days=120)


def catch_up(shop: Shop, *, at: datetime) -> int:
    """Converge every order changed since the last run; return how many were news.

    :raises SaleorUnavailable: what was done so far stays done.
    :raises SaleorRefused: likewise.
    """
    saleor, since = connection(shop), orders_seen_until(shop.id)
    news, after = 0, None
    for _ in range(PAGES_MAX):
        page = orders_changed_since(saleor, since, after=after, at=at)
        outcome = converge(installation_id=shop.id, states=page.orders, at=at, is_certain=True)
        news, after = news + outcome.changed, page.next_after
        if page.orders:
            # By Saleor's clock, which need not be ours.
            newest = page.orders[-1].changed_at
            seen_until = newest if after else newest - _OVERLAP
            installations.orders_seen_until(installation_id=shop.id, moment=seen_until)
        if after is None:
            break
    return news


def reread(shop: Shop, *, at: datetime) -> int:
    """Ask again about the next few known orders; return how many had changed.

    Not every change moves an order's change date: a second partial return, a replacement and a
    guest order given to an account do not. Should their webhooks be lost, this finds them.

    :raises SaleorUnavailable: nothing was changed.
    :raises SaleorRefused: likewise.
    """
    known = known_orders(
        installation_id=shop.id,
        after=orders_reread_until(shop.id),
        since=at - _REREAD_FOR,
        limit=ORDERS_MAX,
    )
    saleor_ids = [saleor_id for _, saleor_id in known]
    states = fetch_orders(connection(shop), saleor_ids, at=at)
    outcome = converge(installation_id=shop.id, states=states, at=at, is_certain=True)
    last = known[-1][0] if len(known) == ORDERS_MAX else None
    installations.orders_reread_until(installation_id=shop.id, order_key=last)
    return outcome.changed
