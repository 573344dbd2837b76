"""Reading orders, many in a call."""

import json
from typing import Any

import pytest
from factories import NOON, order_payload
from loopback import LoopbackServer

from saleor_loyalty.gateways.saleor.client import Connection, SaleorUnavailable
from saleor_loyalty.gateways.saleor.order_reading import (
    ORDERS_MAX,
    customer_orders,
    fetch_orders,
    orders_changed_since,
)


class Shop:
    """Orders by id; one that is broken makes Saleor answer nothing but an error."""

    def __init__(self, *ids: str, broken: frozenset[str] = frozenset()) -> None:
        self.ids, self.broken = ids, broken
        self.variables: list[dict[str, Any]] = []

    def answer(self, _path: str, body: Any) -> tuple[int, Any]:
        variables = body["variables"]
        self.variables.append(variables)
        wanted = [each for each in self.ids if each in variables.get("ids", self.ids)]
        if variables.get("whole", True) and self.broken & set(wanted):
            error = {"message": "Expected a value of type", "path": ["orders", "edges", 0]}
            return 200, {"errors": [error], "data": {"orders": None}}
        nodes = [
            json.loads(json.dumps(order_payload(order_id=each), default=float))
            if variables.get("whole", True)
            else {"id": each}
            for each in wanted
        ]
        page = {"hasNextPage": "after" in variables, "endCursor": "next"}
        return 200, {"data": {"orders": {"pageInfo": page, "edges": [{"node": n} for n in nodes]}}}


def test_many_orders_come_in_one_call() -> None:
    shop = Shop("A", "B", "C")
    with LoopbackServer(shop.answer).running() as saleor:
        orders = fetch_orders(Connection(f"{saleor.url}/graphql/", "t"), ["A", "C"], at=NOON)

    assert [order.saleor_id for order in orders] == ["A", "C"]
    assert {order.read_at for order in orders} == {NOON}
    assert shop.variables == [{"ids": ["A", "C"], "first": 2}]


def test_no_orders_cost_no_call() -> None:
    assert fetch_orders(Connection("http://127.0.0.1:1/graphql/", "t"), [], at=NOON) == []


def test_more_orders_than_a_call_holds_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="at most 50"):
        fetch_orders(Connection("", "t"), ["A"] * (ORDERS_MAX + 1), at=NOON)


def test_a_page_says_where_the_next_one_begins() -> None:
    shop = Shop("A")
    with LoopbackServer(shop.answer).running() as saleor:
        page = orders_changed_since(Connection(f"{saleor.url}/graphql/", "t"), NOON, at=NOON)

    assert [order.saleor_id for order in page.orders] == ["A"]
    assert page.next_after == "next"
    assert shop.variables == [
        {"since": NOON.isoformat(), "after": None, "first": ORDERS_MAX, "whole": True}
    ]


def test_a_broken_order_does_not_hide_the_others_of_its_page() -> None:
    shop = Shop("A", "B", "C", "D", broken=frozenset({"B"}))
    with LoopbackServer(shop.answer).running() as saleor:
        page = customer_orders(Connection(f"{saleor.url}/graphql/", "t"), "VXNlcjox", at=NOON)

    assert [order.saleor_id for order in page.orders] == ["A", "C", "D"]
    assert page.next_after == "next"


def test_an_answer_of_another_shape_is_transient() -> None:
    server = LoopbackServer(lambda _path, _body: (200, {"data": {"orders": 7}}))
    with server.running() as saleor, pytest.raises(SaleorUnavailable, match="not what was asked"):
        fetch_orders(Connection(f"{saleor.url}/graphql/", "t"), ["A"], at=NOON)
