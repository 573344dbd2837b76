"""What a shop tells of its orders, from the goods to the last granted refund."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from factories import NOON
from journeys.shop import Customer, Order, Shop

from saleor_loyalty.gateways.saleor.client import Connection
from saleor_loyalty.gateways.saleor.order_reading import fetch_orders
from saleor_loyalty.gateways.saleor.orders import Goods, OrderLine, OrderState, Payment

GRANT = """mutation Grant($id: ID!, $input: OrderGrantRefundCreateInput!) {
  orderGrantRefundCreate(id: $id, input: $input) { grantedRefund { id } errors { message } } }"""
REQUEST = """mutation Request($id: ID!) {
  transactionRequestRefundForGrantedRefund(grantedRefundId: $id) {
    transaction { events { type pspReference } } errors { code } } }"""
PAY = """mutation Pay($id: ID!, $transaction: TransactionCreateInput!) {
  transactionCreate(id: $id, transaction: $transaction) { errors { message } } }"""


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


def told(connection: Connection, order: Order) -> OrderState:
    [state] = fetch_orders(connection, [order.id], at=NOON)
    return state


def line(state: OrderState, sku: str) -> OrderLine:
    return next(each for each in state.lines if each.goods.sku == sku)


def as_staff(shop: Shop, document: str, **variables: Any) -> Any:
    """Run a document; return the payload of its only field."""
    token = shop.log_in("admin@example.com", "admin")["token"]
    answer = httpx.post(
        shop.api_url,
        json={"query": document, "variables": variables},
        headers={"Authorization-Bearer": token},
    ).json()
    assert "errors" not in answer
    [payload] = answer["data"].values()
    assert not payload["errors"]
    return payload


def pay_with(shop: Shop, target: str, amount: str, **details: Any) -> None:
    """Charge a part by some means."""
    charged = {"amount": float(amount), "currency": "USD"}
    payment = {"name": "Part", "pspReference": amount, "amountCharged": charged}
    as_staff(shop, PAY, id=target, transaction={**payment, "paymentMethodDetails": details})


def test_goods_are_told_apart(shop: Shop, connection: Connection, alice: Customer) -> None:
    order = shop.buy(alice, [("espresso-roast", 1), ("enamel-mug", 1), ("apple-juice", 1)])

    state = told(connection, order)

    assert state.channel == "default-channel"
    assert [each.goods for each in state.lines] == [
        Goods("espresso-roast", "espresso-roast", "goods", ("coffee", "drinks"),
              ("our-picks", "winter")),
        Goods("enamel-mug", "enamel-mug", "crockery", ("gifts",)),
        Goods("apple-juice", "apple-juice", "goods", ("drinks",)),
    ]  # fmt: skip


def test_only_a_sale_makes_a_line_cheaper_than_full_price(
    shop: Shop, connection: Connection, alice: Customer
) -> None:
    order = shop.buy(alice, [("dark-chocolate", 2), ("tote-bag", 1)], code="WELCOME10")

    state = told(connection, order)

    reduced, full = line(state, "dark-chocolate"), line(state, "tote-bag")
    assert (reduced.gross, reduced.undiscounted_gross) == (Decimal("6.30"), 10)
    assert (full.gross, full.undiscounted_gross) == (Decimal("22.50"), 25)
    assert (reduced.is_full_price, full.is_full_price) == (False, True)
    assert state.voucher_code == "WELCOME10"


def test_every_payment_names_its_means(shop: Shop, connection: Connection, alice: Customer) -> None:
    checkout = shop.checkout(alice, [("tote-bag", 2)])
    pay_with(shop, checkout, "30", card={"name": "Card", "brand": "Visa"})
    pay_with(shop, checkout, "15", giftCard={"name": "Card of Bob"})
    pay_with(shop, checkout, "10", other={"name": "PayPal"})

    state = told(connection, shop.complete(checkout, alice))

    assert state.payments == (
        Payment("card:visa", Decimal(30)), Payment("gift_card", Decimal(15)),
        Payment("paypal", Decimal(10)),
    )  # fmt: skip
    assert state.charged_to_gift_cards == 15


def test_each_parcel_is_known_until_its_pieces_come_back(
    shop: Shop, connection: Connection, alice: Customer
) -> None:
    order = shop.buy(alice, [("coffee-beans", 3), ("tote-bag", 1)])
    coffee = line(told(connection, order), "coffee-beans").id
    shop.fulfil(order.id, {coffee: 1})
    shop.fulfil(order.id)

    sent = told(connection, order)
    shop.return_lines(order.id, {coffee: 2})
    back = told(connection, order)

    assert [parcel.quantity for parcel in line(sent, "coffee-beans").parcels] == [1, 2]
    assert len(line(sent, "tote-bag").parcels) == 1
    first, second = line(sent, "coffee-beans").parcels
    assert first.sent_at < second.sent_at == sent.fulfilled_at
    [left] = line(back, "coffee-beans").parcels
    assert (left.sent_at, left.quantity) == (second.sent_at, 1)
    assert line(back, "coffee-beans").quantity_gone == 2


def test_a_granted_refund_counts_once_it_was_paid(
    shop: Shop, connection: Connection, alice: Customer
) -> None:
    order = shop.buy(alice, [("coffee-beans", 3)])
    [transaction] = shop.order(order.id)["transactions"]
    [bought] = told(connection, order).lines
    lines = [{"id": bought.id, "quantity": 2}]
    grant = as_staff(
        shop, GRANT, id=order.id, input={"lines": lines, "transactionId": transaction["id"]}
    )
    granted = told(connection, order).lines[0].quantity_refunded

    asked = as_staff(shop, REQUEST, id=grant["grantedRefund"]["id"])
    requested = told(connection, order).lines[0].quantity_refunded
    event = asked["transaction"]["events"][-1]
    shop.report(order.id, "REFUND_SUCCESS", Decimal(25), event["pspReference"])

    state = told(connection, order)
    assert (granted, requested) == (0, 0)
    assert state.lines[0].quantity_refunded == state.lines[0].quantity_gone == 2
    assert state.refunded == 25
