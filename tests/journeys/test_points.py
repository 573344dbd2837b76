"""What shoppers, staff and operators of a shop live through with points.

On a sandbox, or unchanged on the real Saleor named by SALEOR_API_URL, SALEOR_STAFF_EMAIL and
SALEOR_STAFF_PASSWORD, which must reach this machine.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from deployment import eventually
from journeys.app import ME, MEMBER, SOON_S, App, points, reasons
from journeys.shop import Shop

pytestmark = pytest.mark.slow

CENT = Decimal("0.01")


def test_an_order_paid_becomes_points(app: App, shop: Shop) -> None:
    app.publish(shop)
    anna = shop.new_customer()
    first = shop.buy(anna, [(0, 2)])
    earned = points(shop, first)
    app.has(shop, anna, available=earned)

    app.publish(shop, maturity={"after": "FULFILMENT", "days": 14})
    second = shop.buy(anna, [(0, 1)])
    waits = points(shop, second)
    app.has(shop, anna, available=earned, pending=waits)

    seen = app.me(shop, anna)
    assert reasons(seen) == [(waits, f"Order {second.number}"), (earned, f"Order {first.number}")]
    assert seen["userId"] == anna.id
    by_staff = app.ask(shop, MEMBER, shop.staff_token(app.app_id), user=anna.id)
    assert by_staff == {"data": {"member": seen}}


def test_points_wait_for_the_parcel_where_the_programme_says_so(app: App, shop: Shop) -> None:
    app.publish(shop, maturity={"after": "FULFILMENT", "days": 0})
    anna = shop.new_customer()
    order = shop.buy(anna, [(0, 1)])
    earned = points(shop, order)
    app.has(shop, anna, pending=earned)

    shop.fulfil(order.id)

    app.has(shop, anna, available=earned)


def test_a_refund_takes_back_exactly_its_share(app: App, shop: Shop) -> None:
    app.publish(shop)
    anna = shop.new_customer()
    order = shop.buy(anna, [(0, 2), (1, 1)])
    whole = points(shop, order)
    app.has(shop, anna, available=whole)

    quarter, seventh = ((order.total / share).quantize(CENT) for share in (4, 7))
    shop.refund(order.id, quarter)
    after_one = points(shop, order, refunded=quarter)
    app.has(shop, anna, available=after_one)
    shop.refund(order.id, seventh)
    after_two = points(shop, order, refunded=quarter + seventh)
    app.has(shop, anna, available=after_two)
    shop.cancel(order.id)
    app.has(shop, anna)

    refund = f"Refund of order {order.number}"
    assert reasons(app.me(shop, anna)) == [
        (-after_two, f"Order {order.number} was cancelled"),
        (after_two - after_one, refund), (after_one - whole, refund),
        (whole, f"Order {order.number}"),
    ]  # fmt: skip


def test_goods_that_come_back_take_their_points_along(app: App, shop: Shop) -> None:
    app.publish(shop)
    anna = shop.new_customer()
    order = shop.buy(anna, [(0, 3)])
    whole = points(shop, order)
    app.has(shop, anna, available=whole)
    shop.fulfil(order.id)
    [line] = shop.order(order.id)["lines"]

    shop.return_lines(order.id, {line["id"]: 1})
    app.has(shop, anna, available=whole * 2 // 3)
    shop.return_lines(order.id, {line["id"]: 1})
    app.has(shop, anna, available=whole // 3)
    shop.return_lines(order.id)
    app.has(shop, anna)


def test_the_same_news_three_times_and_out_of_order_changes_nothing(app: App, shop: Shop) -> None:
    app.publish(shop)
    anna = shop.new_customer()
    app.postman.delivered.clear()
    app.postman.is_keeping = True
    order = shop.buy(anna, [(0, 2)])
    third = (order.total / 3).quantize(CENT)
    shop.refund(order.id, third)
    eventually("the shop told of the refund", partial(told_of, app, "order_refunded"))
    app.postman.is_keeping = False
    kept = app.postman.delivered[:]
    earned = points(shop, order, refunded=third)

    for news in (kept[::-1], kept, kept[::-1]):
        for delivery in news:
            assert app.postman.deliver(delivery) == 200
        app.until_idle()
        app.has(shop, anna, available=earned)

    assert sum(change for change, _reason in reasons(app.me(shop, anna))) == earned


def told_of(app: App, event: str) -> bool:
    return any(delivery.event == event for delivery in app.postman.delivered)


@pytest.fixture
def _afterwards_as_before(app: App) -> Iterator[None]:
    yield
    app.postman.is_refusing = False
    app.programs.stop()
    app.start()


@pytest.mark.usefixtures("_afterwards_as_before")
def test_after_an_outage_longer_than_saleor_waits_the_poller_catches_up(
    app: App, shop: Shop
) -> None:
    app.publish(shop)
    anna, ben = shop.new_customer(), shop.new_customer()
    before = shop.buy(ben, [(0, 2)])
    app.has(shop, ben, available=points(shop, before))

    app.programs.stop()
    app.postman.delivered.clear()
    # Saleor gives up at once, and whatever it has to tell later does not help either.
    app.postman.is_refusing = True
    during = shop.buy(anna, [(0, 1)])
    half = (before.total / 2).quantize(CENT)
    shop.refund(before.id, half)
    for event in ("order_paid", "order_refunded"):
        eventually(f"the shop gave {event} up", partial(told_of, app, event))
    app.start(poll_every_s=SOON_S)

    app.has(shop, anna, available=points(shop, during))
    app.has(shop, ben, available=points(shop, before, refunded=half))


def test_a_shop_that_reinstalls_keeps_its_points(app: App, shop: Shop) -> None:
    app.publish(shop)
    anna = shop.new_customer()
    first = shop.buy(anna, [(0, 1)])
    earned = points(shop, first)
    app.has(shop, anna, available=earned)

    shop.uninstall(app.app_id)
    eventually("the app is gone", lambda: "errors" in app.ask(shop, ME, anna.token))
    app.app_id = shop.install(app.manifest_url)

    app.has(shop, anna, available=earned)
    second = shop.buy(anna, [(0, 1)])
    app.has(shop, anna, available=earned + points(shop, second))
    assert len(reasons(app.me(shop, anna))) == 2


def test_one_shops_token_opens_nothing_of_another(app: App, shop: Shop, other_shop: Shop) -> None:
    other_app_id = other_shop.install(app.manifest_url)
    for each in (shop, other_shop):
        app.publish(each)
    anna, stranger = shop.new_customer(), other_shop.new_customer()
    while anna.id == stranger.id:
        # Two sandboxes count their customers alike.
        anna = shop.new_customer()
    order = shop.buy(anna, [(0, 1)])
    app.has(shop, anna, available=points(shop, order))
    app.has(other_shop, stranger)

    refused = {"UNAUTHENTICATED"}
    assert codes(app.ask(shop, ME, stranger.token)) == refused
    assert codes(app.ask(other_shop, ME, anna.token)) == refused
    staff = other_shop.staff_token(other_app_id)
    assert codes(app.ask(shop, MEMBER, staff, user=anna.id)) == refused
    assert app.ask(other_shop, MEMBER, staff, user=anna.id)["data"]["member"] is None
    [paid, *_] = [each for each in app.postman.delivered if each.event == "order_paid"]
    assert app.postman.deliver(paid, saleor_api_url=other_shop.api_url) == 401


def codes(answer: dict[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer["errors"]}
