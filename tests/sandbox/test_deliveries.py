"""Webhooks arrive signed, more than once, late, or not at all."""

import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import jwt
import pytest
from journeys.shop import Customer, Shop
from sandbox.backdoor import Backdoor
from sandbox.small_app import Received, SmallApp

from saleor_loyalty.sandbox import RunningSandbox
from saleor_loyalty.sandbox.bulk import Wish, sell

FAILED = """{ app { webhooks { identifier eventDeliveries(first: 10, filter: {status: FAILED}) {
  edges { node { eventType status payload attempts(first: 10) {
    edges { node { responseStatusCode } } } } } } } } }"""

VOUCHERS = """subscription Vouchers { event { __typename
  ... on VoucherUpdated { voucher { id } }
  ... on VoucherDeleted { voucher { id } }
  ... on VoucherCodesDeleted { voucherCodes { code } } } }"""


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


def control(running: RunningSandbox, path: str, **body: Any) -> dict[str, Any]:
    url = running.api_url.replace("/graphql/", f"/sandbox/{path}")
    answer = httpx.get(url) if path == "deliveries" else httpx.post(url, json=body)
    return dict(answer.raise_for_status().json())


def verify(received: Received, jwks: dict[str, Any]) -> None:
    signature = received.headers["saleor-signature"]
    kid = jwt.get_unverified_header(signature)["kid"]
    key = jwt.PyJWK.from_dict(next(each for each in jwks["keys"] if each["kid"] == kid)).key
    jwt.PyJWS().decode_complete(signature, key, algorithms=["RS256"], detached_payload=received.raw)


def failed(running: RunningSandbox, app: SmallApp) -> list[dict[str, Any]]:
    headers = {"Authorization-Bearer": app.token}
    answer = httpx.post(running.api_url, json={"query": FAILED}, headers=headers).json()
    webhooks = answer["data"]["app"]["webhooks"]
    return [edge["node"] for each in webhooks for edge in each["eventDeliveries"]["edges"]]


def until(condition: Callable[[], bool], *, seconds: float = 5.0) -> None:
    give_up_at = time.monotonic() + seconds
    while not condition() and time.monotonic() < give_up_at:
        time.sleep(0.01)
    assert condition()


def test_the_body_is_the_event_signed_with_the_published_key(
    running: RunningSandbox, shop: Shop, app: SmallApp, app_id: str, alice: Customer
) -> None:
    jwks = httpx.get(running.api_url.replace("/graphql/", "/.well-known/jwks.json")).json()

    order = shop.buy(alice)

    received = next(
        each for each in app.wait_for(5) if each.headers["saleor-event"] == "order_paid"
    )
    verify(received, jwks)
    assert received.headers["saleor-api-url"] == running.api_url
    assert received.body["__typename"] == "OrderPaid"
    assert received.body["recipient"] == {"id": app_id}
    assert received.body["issuingPrincipal"] == {"__typename": "User", "id": alice.id}
    assert received.body["order"]["id"] == order.id


def test_a_changed_body_does_not_verify(
    running: RunningSandbox, shop: Shop, app: SmallApp, app_id: str, alice: Customer
) -> None:
    shop.buy(alice)
    received = app.wait_for(1)[0]
    received.raw += b" "

    with pytest.raises(jwt.InvalidSignatureError):
        verify(received, running.sandbox.signer.jwks())


def test_a_rotated_key_signs_at_once_and_is_the_only_one_published(
    running: RunningSandbox, shop: Shop, app: SmallApp, app_id: str
) -> None:
    before = running.sandbox.signer.jwks()

    after = control(running, "rotate-key")
    shop.buy(shop.customer("alice@example.com"))

    verify(app.wait_for(1)[0], after)
    assert [key["kid"] for key in after["keys"]] != [key["kid"] for key in before["keys"]]
    assert len(after["keys"]) == 1


def test_server_errors_are_retried_until_one_attempt_succeeds(
    running: RunningSandbox, shop: Shop, app: SmallApp, app_id: str, alice: Customer
) -> None:
    app.answers = [500, 503, 200]

    shop.delete_customer(alice.id)

    assert len(app.wait_for(3)) == 3
    assert len({each.raw for each in app.received}) == 1
    until(lambda: control(running, "deliveries")["deliveries"][-1]["status"] == "SUCCESS")
    assert failed(running, app) == []


def test_after_six_attempts_a_delivery_has_failed_and_can_be_read(
    running: RunningSandbox, shop: Shop, app: SmallApp, app_id: str, alice: Customer
) -> None:
    app.answers = [500] * 20

    shop.delete_customer(alice.id)

    until(lambda: len(failed(running, app)) == 1)
    (delivery,) = failed(running, app)
    assert len(app.received) == 6
    assert delivery["eventType"] == "CUSTOMER_DELETED"
    assert delivery["payload"].encode() == app.received[0].raw
    assert len(delivery["attempts"]["edges"]) == 6


@pytest.mark.parametrize("status", [301, 400, 401, 404, 429])
def test_everything_between_success_and_server_error_is_final(
    running: RunningSandbox,
    shop: Shop,
    app: SmallApp,
    app_id: str,
    alice: Customer,
    status: int,
) -> None:
    app.answers = [status]

    shop.delete_customer(alice.id)

    until(lambda: len(failed(running, app)) == 1)
    assert len(app.wait_for(2, seconds=0.1)) == 1


def test_copies_arrive_with_the_same_body(
    running: RunningSandbox, shop: Shop, app: SmallApp, app_id: str, alice: Customer
) -> None:
    control(running, "quirks", copies=3)

    shop.delete_customer(alice.id)

    received = app.wait_for(3)
    assert len(received) == 3
    assert len({each.raw for each in received}) == 1


def test_shuffled_deliveries_all_arrive_in_another_order(
    running: RunningSandbox, shop: Shop, app: SmallApp, app_id: str
) -> None:
    control(running, "quirks", shuffle_ms=300, seed=7)

    made = control(running, "orders/bulk", count=20)["orders"]

    created = [
        each.body["order"]["id"]
        for each in app.wait_for(100)
        if each.headers["saleor-event"] == "order_created"
    ]
    assert Counter(created) == Counter(made)
    assert created != made


def test_an_outage_loses_what_happens_meanwhile(
    running: RunningSandbox, shop: Shop, app: SmallApp, app_id: str, alice: Customer
) -> None:
    control(running, "quirks", outage=True)
    shop.buy(alice)
    control(running, "quirks", outage=False)

    shop.delete_customer(alice.id)

    assert app.wait_for(1)[0].headers["saleor-event"] == "customer_deleted"
    assert app.events() == ["customer_deleted"]
    assert failed(running, app) == []


def test_order_events_tell_the_state_at_delivery_not_at_the_event(
    running: RunningSandbox, shop: Shop, app: SmallApp, app_id: str
) -> None:
    world = running.sandbox.world
    with world.lock:
        (order,) = sell(world, Wish(count=1))
        order.updated_at = world.now()

    assert {each.body["order"]["updatedAt"] for each in app.wait_for(5)} == {
        order.updated_at.isoformat()
    }


def test_an_app_hears_nothing_it_may_not_know(shop: Shop, app: SmallApp) -> None:
    app.permissions = ("MANAGE_USERS",)
    shop.install(app.manifest_url)

    shop.buy(shop.new_customer())

    assert {"customer_created", "customer_updated"} == {
        each.headers["saleor-event"] for each in app.wait_for(3, seconds=0.3)
    }


def test_staff_who_change_a_voucher_are_told_of(
    shop: Shop, backdoor: Backdoor, app: SmallApp
) -> None:
    app.permissions, app.subscriptions = ("MANAGE_DISCOUNTS",), {"vouchers": VOUCHERS}
    shop.install(app.manifest_url)
    voucher = shop.new_voucher("OURS", value=Decimal(5))
    codes = backdoor.ask(
        "query ($id: ID!) { voucher(id: $id) { codes(first: 1) { edges { node { id } } } } }",
        id=voucher,
    )["codes"]["edges"]
    delete = "mutation ($ids: [ID!]!) { voucherCodeBulkDelete(ids: $ids) { count } }"

    backdoor.ask(delete, ids=[codes[0]["node"]["id"]])
    shop.drop_voucher(voucher)

    heard = sorted((each.body for each in app.wait_for(3)), key=lambda body: body["__typename"])
    assert heard == [
        {"__typename": "VoucherCodesDeleted", "voucherCodes": [{"code": "OURS"}]},
        {"__typename": "VoucherDeleted", "voucher": {"id": voucher}},
        # It was listed.
        {"__typename": "VoucherUpdated", "voucher": {"id": voucher}},
    ]


def test_using_a_code_fires_nothing_about_its_voucher(
    shop: Shop, app: SmallApp, alice: Customer
) -> None:
    shop.new_voucher("ONCE", value=Decimal(5), singleUse=True)
    app.permissions, app.subscriptions = ("MANAGE_DISCOUNTS",), {"vouchers": VOUCHERS}
    shop.install(app.manifest_url)

    shop.buy(alice, code="ONCE")

    assert app.wait_for(1, seconds=0.2) == []
