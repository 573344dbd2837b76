"""One story with the same outcome in the sandbox and in a real Saleor.

Set SALEOR_API_URL (and SALEOR_STAFF_EMAIL, SALEOR_STAFF_PASSWORD) to tell it to a real one too:
it must reach this machine at 127.0.0.1 for its webhooks.
"""

import secrets
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from journeys.shop import Customer, Order, Shop, ShopRefused
from sandbox.small_app import RunningApp, SmallApp

from saleor_loyalty.sandbox import Options, Quirks, serve
from saleor_loyalty.sandbox.seed import STAFF_EMAIL, STAFF_PASSWORD

PAID = ["order_confirmed", "order_created", "order_fully_paid", "order_paid", "order_updated"]
SILENCE_SECONDS = {"sandbox": 0.1, "real": 2.0}


@pytest.fixture(params=["sandbox", "real"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def shop(kind: str, private_key_pem: str) -> Iterator[Shop]:
    if kind == "sandbox":
        options = Options(quirks=Quirks(speed=1000.0), private_key_pem=private_key_pem)
        with serve(options=options) as running:
            driver = Shop(running.api_url, STAFF_EMAIL, STAFF_PASSWORD)
            yield driver
            driver.close()
        return
    real = Shop.from_environment()
    if real is None:
        pytest.skip("SALEOR_API_URL is not set: there is no real Saleor to compare with")
    yield real
    real.close()


@pytest.fixture
def app(shop: Shop) -> Iterator[SmallApp]:
    listening = RunningApp(identifier=f"small.{secrets.token_hex(4)}")
    app_id = shop.install(listening.app.manifest_url)
    yield listening.app
    shop.uninstall(app_id)
    listening.stop()


@pytest.fixture
def shopper(shop: Shop, app: SmallApp) -> Iterator[Customer]:
    customer = shop.new_customer()
    app.wait_for(2)
    app.received.clear()
    yield customer
    shop.delete_customer(customer.id)


class Witness:
    """Tells what an order has become since the last look."""

    def __init__(self, shop: Shop, app: SmallApp, kind: str) -> None:
        self._shop, self._app, self._silence = shop, app, SILENCE_SECONDS[kind]
        self._seen_at = ""

    def events(self, count: int) -> list[str]:
        """Return the events, which are exactly so many."""
        self._app.wait_for(count)
        time.sleep(self._silence)
        names = sorted(self._app.events())
        self._app.received.clear()
        return names

    def look(self, order: Order) -> tuple[bool, str, str, float, float]:
        """Return whether it changed, both statuses, and what is charged less and refunded."""
        state = self._shop.order(order.id)
        changed, self._seen_at = state["updatedAt"] != self._seen_at, state["updatedAt"]
        charged, refunded = _amount(state, "totalCharged"), _amount(state, "totalRefunded")
        missing = float(order.total - charged)
        return changed, state["status"], state["chargeStatus"], missing, float(refunded)


def _amount(state: dict[str, Any], name: str) -> Decimal:
    return Decimal(str(state[name]["amount"])).quantize(Decimal("0.01"))


@pytest.fixture
def witness(shop: Shop, app: SmallApp, kind: str) -> Witness:
    return Witness(shop, app, kind)


def test_sending_and_taking_back(shop: Shop, shopper: Customer, witness: Witness) -> None:
    order = shop.buy(shopper, [(0, 3)])
    line = shop.order(order.id)["lines"][0]["id"]
    assert witness.events(5) == PAID
    assert witness.look(order) == (True, "UNFULFILLED", "FULL", 0, 0)

    shop.fulfil(order.id, {line: 1})
    assert witness.look(order)[:2] == (True, "PARTIALLY_FULFILLED")
    shop.fulfil(order.id, {line: 1})
    assert witness.look(order)[:2] == (False, "PARTIALLY_FULFILLED")
    shop.fulfil(order.id)
    assert witness.look(order)[:2] == (True, "FULFILLED")
    assert witness.events(4) == ["order_fulfilled", *["order_updated"] * 3]

    shop.return_lines(order.id, {line: 1})
    assert witness.look(order)[:2] == (True, "PARTIALLY_RETURNED")
    shop.return_lines(order.id, {line: 1})
    assert witness.look(order)[:2] == (False, "PARTIALLY_RETURNED")
    shop.return_lines(order.id)
    assert witness.look(order) == (True, "RETURNED", "FULL", 0, 0)
    assert witness.events(3) == ["order_updated"] * 3


def test_money_back(shop: Shop, shopper: Customer, witness: Witness) -> None:
    order = shop.buy(shopper, [(0, 2)])
    witness.look(order)
    witness.events(5)

    shop.grant_refund(order.id, Decimal(1))
    assert witness.look(order) == (True, "UNFULFILLED", "OVERCHARGED", 0, 0)
    shop.refund(order.id, Decimal(1))
    assert witness.look(order) == (True, "UNFULFILLED", "FULL", 1, 1)
    assert witness.events(2) == ["order_refunded", "order_updated"]

    shop.report(order.id, "REFUND_REQUEST", Decimal(1), "again")
    assert witness.look(order) == (True, "UNFULFILLED", "PARTIAL", 2, 1)
    shop.report(order.id, "REFUND_FAILURE", Decimal(1), "again")
    assert witness.look(order) == (True, "UNFULFILLED", "FULL", 1, 1)
    assert witness.events(4) == ["order_fully_paid", "order_paid", *["order_updated"] * 2]

    shop.report(order.id, "CHARGE_BACK", Decimal(1))
    assert witness.look(order) == (True, "UNFULFILLED", "PARTIAL", 2, 1)
    shop.cancel(order.id)
    assert witness.look(order) == (True, "CANCELED", "PARTIAL", 2, 1)
    assert witness.events(3) == ["order_cancelled", "order_updated", "order_updated"]


def test_paying_later(shop: Shop, shopper: Customer, witness: Witness) -> None:
    order = shop.buy_paying_partly(shopper, Decimal("0.5"), [(0, 2)])
    state = witness.look(order)
    assert state[1:3] == ("UNFULFILLED", "PARTIAL")
    assert witness.events(2) == ["order_confirmed", "order_created"]

    shop.pay(order.id, Decimal(str(state[3])), order.currency)
    assert witness.look(order) == (True, "UNFULFILLED", "FULL", 0, 0)
    assert witness.events(3) == ["order_fully_paid", "order_paid", "order_updated"]


def test_a_code_for_one_order(shop: Shop, shopper: Customer) -> None:
    code = f"J-{secrets.token_hex(5).upper()}"
    voucher = shop.new_voucher(code, value=Decimal("0.03"), singleUse=True)
    late = shop.checkout(shopper, [(0, 1)], code=code)
    shop.pay(late, *shop.total(late))

    order = shop.order(shop.buy(shopper, [(0, 2)], code=code).id)
    refusals = []
    for attempt in (
        lambda: shop.complete(late, shopper),
        lambda: shop.checkout(shopper, code=code),
        lambda: shop.checkout(shopper, code=code.lower()),
    ):
        with pytest.raises(ShopRefused) as refusal:
            attempt()
        refusals += refusal.value.codes
    shop.drop_voucher(voucher)

    assert refusals == ["VOUCHER_NOT_APPLICABLE", "INVALID", "INVALID"]
    assert order["voucherCode"] == code
    assert shop.order(order["id"])["voucherCode"] == code


def test_a_guest_who_registers(shop: Shop, app: SmallApp) -> None:
    email = f"guest-{secrets.token_hex(5)}@example.com"
    order = shop.buy(email, [(0, 1)])
    before = shop.order(order.id)

    guest = shop.new_customer(email)
    attached = shop.order(order.id)
    shop.delete_customer(guest.id)

    assert before["user"] is None
    assert attached["user"] == {"id": guest.id}
    assert attached["updatedAt"] == before["updatedAt"]
    assert shop.order(order.id)["user"] is None
