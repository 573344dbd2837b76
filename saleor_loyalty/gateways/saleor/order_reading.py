"""Read orders from Saleor, many in a call."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from saleor_loyalty.gateways.saleor.client import BrokenRecord, Connection, as_asked, call
from saleor_loyalty.gateways.saleor.orders import OrderState, order_state
from saleor_loyalty.gateways.saleor.payloads import MalformedPayload

logger = logging.getLogger(__name__)

#: Saleor allows 100; its cost of 50 of our orders is a fiftieth of what it accepts.
ORDERS_MAX = 50


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """Some orders, and where the next ones begin; None after the last page."""

    orders: list[OrderState]
    next_after: str | None


def fetch_orders(connection: Connection, ids: Sequence[str], *, at: datetime) -> list[OrderState]:
    """Return the orders with these global ids, at most ORDERS_MAX, asked for at `at`.

    An order that Saleor does not show (a draft, deleted, or broken) is left out, and so is one
    that we cannot read.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    if not ids:
        return []
    if len(ids) > ORDERS_MAX:
        raise ValueError(f"at most {ORDERS_MAX} orders in one call")
    try:
        data = call(connection, "OrdersById", {"ids": list(ids), "first": len(ids)})
    except BrokenRecord as error:
        return _fetch_around(connection, ids, error, at)
    with as_asked():
        return _readable([edge["node"] for edge in data["orders"]["edges"]], at)


def orders_changed_since(
    connection: Connection, since: datetime, *, after: str | None = None, at: datetime
) -> OrdersPage:
    """Return a page of the orders changed since `since`, the longest unchanged first.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    variables = {"since": since.isoformat(), "after": after, "first": ORDERS_MAX}
    return _page(connection, "OrdersChangedSince", variables, at)


def customer_orders(
    connection: Connection, user_id: str, *, after: str | None = None, at: datetime
) -> OrdersPage:
    """Return a page of a customer's orders, the newest first.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    variables = {"user": user_id, "after": after, "first": ORDERS_MAX}
    return _page(connection, "OrdersOfCustomer", variables, at)


def _page(
    connection: Connection, operation: str, variables: Mapping[str, object], at: datetime
) -> OrdersPage:
    try:
        data, is_whole = call(connection, operation, {**variables, "whole": True}), True
    except BrokenRecord:
        # One broken order hides its whole page: ask for the ids, then for the others.
        data, is_whole = call(connection, operation, {**variables, "whole": False}), False
    with as_asked():
        position = data["orders"]["pageInfo"]
        nodes = [edge["node"] for edge in data["orders"]["edges"]]
        next_after = position["endCursor"] if position["hasNextPage"] else None
        if is_whole:
            return OrdersPage(_readable(nodes, at), next_after)
        ids = [node["id"] for node in nodes]
    return OrdersPage(fetch_orders(connection, ids, at=at), next_after)


def _readable(nodes: Sequence[Mapping[str, object]], at: datetime) -> list[OrderState]:
    """Translate the orders; one that makes no sense must not hide all others for ever."""
    states = []
    for node in nodes:
        try:
            states.append(order_state(node, read_at=at))
        except MalformedPayload as error:
            logger.error("an order of Saleor's makes no sense: %s", error)
    return states


def _fetch_around(
    connection: Connection, ids: Sequence[str], error: BrokenRecord, at: datetime
) -> list[OrderState]:
    """Fetch the halves apart, until the broken order is alone."""
    if len(ids) == 1:
        logger.warning("Saleor cannot show order %s: %s", ids[0], error)
        return []
    middle = len(ids) // 2
    return [
        *fetch_orders(connection, ids[:middle], at=at),
        *fetch_orders(connection, ids[middle:], at=at),
    ]
