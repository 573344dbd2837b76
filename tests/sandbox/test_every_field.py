"""Every field the schema promises has a value, or may be null."""

from typing import Any

import httpx
import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)
from journeys.shop import Shop
from sandbox.backdoor import Backdoor
from sandbox.small_app import SmallApp

from saleor_loyalty.sandbox.execution import load_schema

DEPTH_MAX = 4
PAGED = "(first: 5)"


def selection(kind: Any, depth: int, *, prefix: str = "") -> str:
    """Return a selection of everything below a type, down to a depth."""
    if isinstance(kind, GraphQLUnionType):
        # The same name may have another type in another member of the union.
        parts = [
            f"... on {each.name} {selection(each, depth, prefix=f'{each.name}_{{}}: ')}"
            for each in kind.types
        ]
        return "{ __typename " + " ".join(parts) + " }"
    if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        return ""
    names = ["__typename"]
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        arguments = PAGED if "first" in field.args else ""
        if is_leaf_type(below):
            names.append(prefix.format(name) + name)
        elif depth:
            below_it = selection(below, depth - 1)
            names.append(f"{prefix.format(name)}{name}{arguments} {below_it}")
    return "{ " + " ".join(names) + " }"


def ask(shop: Shop, token: str, field: str, type_name: str) -> dict[str, Any]:
    """Return the answer to a question for everything below a field."""
    query = "{ " + field + " " + selection(load_schema().type_map[type_name], DEPTH_MAX) + " }"
    headers = {"Authorization-Bearer": token}
    return dict(httpx.post(shop.api_url, json={"query": query}, headers=headers).json())


@pytest.fixture
def order_id(shop: Shop, app_id: str) -> str:
    """An order to which about everything has happened."""
    alice = shop.customer("alice@example.com")
    backdoor = Backdoor(shop)
    card = """mutation ($owner: ID) { giftCardCreate(input: {assignedTo: $owner, isActive: true,
      balance: {amount: "1", currency: "USD"}}) { giftCard { code } } }"""
    code = backdoor.ask(card, owner=alice.id)["giftCard"]["code"]
    checkout = shop.checkout(alice, [("coffee-beans", 2), ("tote-bag", 1)], code="WELCOME10")
    shop.ask("AddCode", id=checkout, code=code)
    shop.pay(checkout, *shop.total(checkout))
    order = shop.complete(checkout, alice)
    shop.grant_refund(order.id, order.total)
    shop.refund(order.id, order.total)
    shop.fulfil(order.id)
    shop.return_lines(order.id)
    return order.id


def test_of_an_order(shop: Shop, order_id: str) -> None:
    staff = shop.log_in("admin@example.com", "admin")["token"]

    answer = ask(shop, staff, f'order(id: "{order_id}")', "Order")

    assert "errors" not in answer
    assert answer["data"]["order"]["lines"][0]["unitDiscount"]["amount"] == 1.25


def test_of_a_checkout(shop: Shop) -> None:
    staff = shop.log_in("admin@example.com", "admin")["token"]
    checkout = shop.checkout(shop.customer("bob@example.com"), code="WELCOME10")

    answer = ask(shop, staff, f'checkout(id: "{checkout}")', "Checkout")

    assert "errors" not in answer
    assert answer["data"]["checkout"]["discount"]["amount"] == 0.3


@pytest.mark.parametrize(
    ("field", "type_name"),
    [
        ("me", "User"),
        ("shop", "Shop"),
        ("channels", "Channel"),
        ("apps(first: 5)", "AppCountableConnection"),
        ("vouchers(first: 5)", "VoucherCountableConnection"),
        ("customers(first: 5)", "UserCountableConnection"),
        ("giftCards(first: 5)", "GiftCardCountableConnection"),
        ("categories(first: 5)", "CategoryCountableConnection"),
        ("collections(first: 5)", "CollectionCountableConnection"),
        ('products(first: 10, channel: "channel-eur")', "ProductCountableConnection"),
        ("warehouses(first: 5)", "WarehouseCountableConnection"),
    ],
)
def test_of_all_else(shop: Shop, order_id: str, field: str, type_name: str) -> None:
    staff = shop.log_in("admin@example.com", "admin")["token"]

    assert "errors" not in ask(shop, staff, field, type_name)


def test_of_an_app_by_itself(shop: Shop, app: SmallApp, order_id: str) -> None:
    app.wait_for(5)

    assert "errors" not in ask(shop, app.token, "app", "App")
