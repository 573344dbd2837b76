"""An order's money and status, to the cent, through everything that may happen to it.

The same steps were seen on a running Saleor, with the same outcome and the same events.
"""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from journeys.shop import Customer, Shop, ShopRefused
from sandbox.backdoor import Backdoor
from sandbox.small_app import SmallApp

COFFEE, TOTE = "coffee-beans", "tote-bag"
PAID = ["order_confirmed", "order_created", "order_fully_paid", "order_paid", "order_updated"]


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


def money(order: dict[str, Any]) -> tuple[str, str, float, float, float]:
    """Return status, charge status, charged, refunded, promised."""
    return (
        order["status"],
        order["chargeStatus"],
        order["totalCharged"]["amount"],
        order["totalRefunded"]["amount"],
        order["totalGrantedRefund"]["amount"],
    )


def heard(app: SmallApp, count: int) -> list[str]:
    """Return the next events by name, and forget them."""
    names = sorted(each.headers["saleor-event"] for each in app.wait_for(count))
    app.received.clear()
    return names


def test_from_payment_to_return(shop: Shop, app: SmallApp, app_id: str, alice: Customer) -> None:
    order = shop.buy(alice, [(COFFEE, 2), (TOTE, 1)])
    bought = shop.order(order.id)
    assert money(bought) == ("UNFULFILLED", "FULL", 55.0, 0.0, 0.0)
    assert bought["subtotal"] == {"gross": {"amount": 50.0}, "net": {"amount": 41.66}}
    assert heard(app, 5) == PAID

    lines = {line["productSku"]: line["id"] for line in bought["lines"]}
    shop.fulfil(order.id, {lines[COFFEE]: 1})
    assert shop.order(order.id)["status"] == "PARTIALLY_FULFILLED"
    shop.fulfil(order.id)
    assert shop.order(order.id)["status"] == "FULFILLED"
    assert heard(app, 3) == ["order_fulfilled", "order_updated", "order_updated"]

    shop.return_lines(order.id, {lines[COFFEE]: 1})
    assert shop.order(order.id)["status"] == "PARTIALLY_RETURNED"
    assert heard(app, 1) == ["order_updated"]

    shop.grant_refund(order.id, Decimal(12))
    promised = money(shop.order(order.id))
    shop.refund(order.id, Decimal("12.00"))
    assert promised == ("PARTIALLY_RETURNED", "OVERCHARGED", 55.0, 0.0, 12.0)
    assert money(shop.order(order.id)) == ("PARTIALLY_RETURNED", "FULL", 43.0, 12.0, 12.0)
    assert heard(app, 2) == ["order_refunded", "order_updated"]

    shop.return_lines(order.id)
    shop.refund(order.id, Decimal(43))
    assert money(shop.order(order.id)) == ("RETURNED", "NONE", 0.0, 55.0, 12.0)
    assert heard(app, 4) == [
        "order_fully_refunded",
        "order_refunded",
        "order_updated",
        "order_updated",
    ]


def test_a_promise_of_money_fires_no_event_but_counts_as_a_change(
    shop: Shop, app: SmallApp, app_id: str, alice: Customer
) -> None:
    order = shop.buy(alice)
    before = shop.order(order.id)["updatedAt"]
    app.wait_for(5)

    shop.grant_refund(order.id, Decimal(1))

    assert shop.order(order.id)["updatedAt"] > before
    assert len(app.wait_for(6, seconds=0.2)) == 5


def test_more_of_the_same_is_no_change_of_the_order(shop: Shop, alice: Customer) -> None:
    order = shop.buy(alice, [(COFFEE, 3)])
    line = shop.order(order.id)["lines"][0]["id"]
    shop.fulfil(order.id, {line: 1})
    first = shop.order(order.id)["updatedAt"]

    shop.fulfil(order.id, {line: 1})

    assert shop.order(order.id)["updatedAt"] == first


def test_paying_in_two_parts(shop: Shop, app: SmallApp, app_id: str, alice: Customer) -> None:
    order = shop.buy_paying_partly(alice, Decimal("0.5"), [(COFFEE, 2)])
    assert money(shop.order(order.id))[:3] == ("UNFULFILLED", "PARTIAL", 15.0)
    assert heard(app, 2) == ["order_confirmed", "order_created"]

    shop.pay(order.id, Decimal(15), "USD")

    assert money(shop.order(order.id))[:3] == ("UNFULFILLED", "FULL", 30.0)
    assert heard(app, 3) == ["order_fully_paid", "order_paid", "order_updated"]


def test_a_chargeback_only_updates_the_order(
    shop: Shop, app: SmallApp, app_id: str, alice: Customer
) -> None:
    order = shop.buy(alice)
    heard(app, 5)

    shop.report(order.id, "CHARGE_BACK", Decimal(2))

    assert money(shop.order(order.id)) == ("UNFULFILLED", "PARTIAL", 6.0, 0.0, 0.0)
    assert heard(app, 1) == ["order_updated"]


def test_a_requested_refund_lowers_what_was_charged_before_it_succeeds(
    shop: Shop, alice: Customer
) -> None:
    order = shop.buy(alice)

    shop.report(order.id, "REFUND_REQUEST", Decimal(3), "r")
    requested = money(shop.order(order.id))
    shop.report(order.id, "REFUND_SUCCESS", Decimal(3), "r")

    assert requested == ("UNFULFILLED", "PARTIAL", 5.0, 0.0, 0.0)
    assert money(shop.order(order.id)) == ("UNFULFILLED", "PARTIAL", 5.0, 3.0, 0.0)


def test_the_same_report_counts_once(shop: Shop, alice: Customer) -> None:
    order = shop.buy(alice)

    for _ in range(2):
        shop.report(order.id, "REFUND_SUCCESS", Decimal(3), "same")

    assert money(shop.order(order.id))[2:4] == (5.0, 3.0)


def test_cancelling_keeps_the_money_and_is_refused_once_goods_left(
    shop: Shop, app: SmallApp, app_id: str, alice: Customer
) -> None:
    canceled, sent = shop.buy(alice), shop.buy(alice)
    heard(app, 10)

    shop.cancel(canceled.id)
    assert heard(app, 2) == ["order_cancelled", "order_updated"]
    shop.fulfil(sent.id)
    with pytest.raises(ShopRefused) as refusal:
        shop.cancel(sent.id)

    assert money(shop.order(canceled.id))[:3] == ("CANCELED", "FULL", 8.0)
    assert refusal.value.codes == ["CANNOT_CANCEL_ORDER"]


def test_replaced_goods_make_a_draft_of_their_own(shop: Shop, alice: Customer) -> None:
    order = shop.buy(alice, [(COFFEE, 2)])
    shop.fulfil(order.id)

    shop.return_lines(order.id, replace=True)

    after = shop.order(order.id)
    assert after["status"] == "FULFILLED"
    assert [each["status"] for each in after["fulfillments"]] == ["REPLACED", "RETURNED"]


def test_an_unpaid_order_marked_as_paid_says_no_order_paid(
    shop: Shop, app: SmallApp, app_id: str, alice: Customer
) -> None:
    shop.allow_unpaid()
    order = shop.complete(shop.checkout(alice), alice)
    heard(app, 2)

    shop.mark_as_paid(order.id)

    assert money(shop.order(order.id))[:3] == ("UNCONFIRMED", "FULL", 8.0)
    assert heard(app, 2) == ["order_fully_paid", "order_updated"]


def test_an_unpaid_checkout_becomes_no_order(shop: Shop, alice: Customer) -> None:
    with pytest.raises(ShopRefused) as refusal:
        shop.complete(shop.checkout(alice), alice)

    assert refusal.value.codes == ["CHECKOUT_NOT_FULLY_PAID"]


def test_unpaid_orders_expire_without_counting_as_changed(
    shop: Shop, backdoor: Backdoor, app: SmallApp, app_id: str, alice: Customer
) -> None:
    shop.allow_unpaid()
    paid = shop.buy(alice)
    unpaid = shop.complete(shop.checkout(alice), alice)
    before = shop.order(unpaid.id)
    heard(app, 7)

    expired = backdoor.command("expire-orders")["orders"]

    after = shop.order(unpaid.id)
    assert expired == [unpaid.id]
    assert (after["status"], after["updatedAt"]) == ("EXPIRED", before["updatedAt"])
    assert shop.order(paid.id)["status"] == "UNFULFILLED"
    assert heard(app, 2) == ["order_expired", "order_updated"]


def test_expiry_gives_back_what_a_code_counted_but_activates_no_code(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    shop.allow_unpaid()
    voucher = shop.new_voucher(
        "ONCE", value=Decimal(5), singleUse=True, usageLimit=3, applyOncePerCustomer=True
    )
    shop.complete(shop.checkout(alice, code="ONCE"), alice)

    backdoor.command("expire-orders")

    query = """query ($id: ID!) { voucher(id: $id) {
      codes(first: 1) { edges { node { used isActive } } } } }"""
    code = backdoor.ask(query, id=voucher)["codes"]["edges"][0]["node"]
    assert code == {"used": 0, "isActive": False}


def test_a_note_counts_as_a_change(
    shop: Shop, backdoor: Backdoor, app: SmallApp, app_id: str, alice: Customer
) -> None:
    order = shop.buy(alice)
    before = shop.order(order.id)["updatedAt"]
    heard(app, 5)
    note = """mutation ($order: ID!, $message: String!) {
      orderNoteAdd(order: $order, input: {message: $message}) { errors { code } } }"""

    refused = backdoor.ask(note, order=order.id, message="  ")["errors"]
    added = backdoor.ask(note, order=order.id, message="Look at this.")["errors"]

    assert (refused, added) == ([{"code": "REQUIRED"}], [])
    assert shop.order(order.id)["updatedAt"] > before
    assert heard(app, 1) == ["order_updated"]


def test_a_guests_order_finds_its_owner_when_the_account_is_confirmed(shop: Shop) -> None:
    order = shop.buy("guest@example.com")
    assert shop.order(order.id)["user"] is None

    guest = shop.new_customer("guest@example.com")

    assert shop.order(order.id)["user"] == {"id": guest.id}


def test_orders_outlive_their_customer(
    shop: Shop, app: SmallApp, app_id: str, alice: Customer
) -> None:
    order = shop.buy(alice)
    heard(app, 5)

    shop.delete_customer(alice.id)

    assert shop.order(order.id)["user"] is None
    assert heard(app, 1) == ["customer_deleted"]


def test_a_poller_sees_every_order_once_while_they_keep_changing(
    shop: Shop, app: SmallApp, app_id: str, alice: Customer
) -> None:
    orders = [shop.buy(alice) for _ in range(5)]
    query = """query ($after: String) {
      orders(first: 2, after: $after, sortBy: {field: LAST_MODIFIED_AT, direction: ASC},
             where: {updatedAt: {gte: "2020-01-01T00:00:00Z"}}) {
        pageInfo { hasNextPage endCursor } edges { node { id } } } }"""

    seen: list[str] = []
    after = None
    for page_number in range(10):
        answer = httpx.post(
            shop.api_url,
            json={"query": query, "variables": {"after": after}},
            headers={"Authorization-Bearer": app.token},
        ).json()["data"]["orders"]
        seen += [edge["node"]["id"] for edge in answer["edges"]]
        if page_number == 0:
            shop.grant_refund(orders[0].id, Decimal(1))
        after = answer["pageInfo"]["endCursor"]
        if not answer["pageInfo"]["hasNextPage"]:
            break

    assert set(seen) == {order.id for order in orders}
    assert seen.count(orders[0].id) == 2
