"""What shoppers live through with levels, campaigns and receipts.

On a sandbox, or unchanged on the real Saleor named by SALEOR_API_URL, see test_points.py.
"""

from decimal import Decimal
from typing import Any

import pytest
from journeys.app import App, Data, points
from journeys.shop import Shop
from journeys.staff import Customer

pytestmark = pytest.mark.slow

RATES = {"USD": {"points": 100, "per": "1.00"}}
GOLD_FROM_THE_FIRST_ORDER = {
    "metric": "MONEY",
    "currency": "USD",
    "window": {"kind": "SINCE_JOINING"},
    "levels": [
        {"id": "gold", "name": "Gold", "threshold": "1", "benefits": {"multiplier": "2"}},
    ],
}
#: Two campaigns at once: 2 × of one makes 3 × with 1.5 × of the other.
STACKED = {
    "rates": RATES,
    "groups": {"base": "ADD", "week": "MULTIPLY"},
    "rules": [
        {"id": "double", "name": "Double points", "effect": {"kind": "MULTIPLIER", "factor": "2"}},
        {"id": "half-more", "name": "Anniversary week", "group": "week",
         "effect": {"kind": "MULTIPLIER", "factor": "1.5"}},
    ],
}  # fmt: skip
RECEIPT = """
query Receipt($order: ID!) {
  orderReceipt(orderId: $order) {
    orderNumber
    receipt {
      points summary summaryInFrench: summary(language: FR)
      reasons { rule points sentence }
      lines { lineId rule points }
    }
    changes { kind points reason }
  }
}
"""
ESTIMATE = """
query Estimate($checkout: ID!) {
  estimate(checkoutId: $checkout) { receipt { points reasons { rule sentence } } }
}
"""


def receipt(app: App, shop: Shop, customer: Customer, order_id: str) -> Data:
    answer = app.ask(shop, RECEIPT, customer.token, order=order_id)
    assert "errors" not in answer, answer
    found: Data = answer["data"]["orderReceipt"]
    return found


def cents(line: Any) -> int:
    """What a line costs, in cents: its points at a point a cent."""
    return round(100 * line["totalPrice"]["gross"]["amount"])


def test_the_order_after_an_upgrade_earns_by_the_new_level(app: App, shop: Shop) -> None:
    app.publish(shop, tiers=GOLD_FROM_THE_FIRST_ORDER)
    anna = shop.new_customer()
    first = shop.buy(anna, [(0, 2)])
    once = points(shop, first)
    app.has(shop, anna, available=once)

    second = shop.buy(anna, [(1, 1)])

    twice = points(shop, second)
    app.has(shop, anna, available=once + 2 * twice)
    told = receipt(app, shop, anna, second.id)["receipt"]
    assert told["points"] == 2 * twice
    assert [(each["rule"], each["points"]) for each in told["reasons"]] == [
        ("base", twice),
        ("tier-gold", twice),
    ]
    assert "Gold" in told["reasons"][1]["sentence"]


def test_one_of_three_lines_that_comes_back_takes_its_share_of_two_campaigns(
    app: App, shop: Shop
) -> None:
    app.publish(shop, earning=STACKED)
    anna = shop.new_customer()
    order = shop.buy(anna, [(0, 1), (1, 1), (2, 1)])
    whole = 3 * points(shop, order)
    app.has(shop, anna, available=whole)
    shop.fulfil(order.id)
    one, *_others = shop.order(order.id)["lines"]

    shop.return_lines(order.id, {one["id"]: 1})
    left = whole - 3 * cents(one)
    app.has(shop, anna, available=left)
    shop.refund(order.id, Decimal(cents(one)) / 100)
    app.until_idle()

    app.has(shop, anna, available=left)
    told = receipt(app, shop, anna, order.id)
    assert one["id"] not in {line["lineId"] for line in told["receipt"]["lines"]}
    assert [change["points"] for change in told["changes"]] == [whole, left - whole]
    assert told["receipt"]["summary"] != told["receipt"]["summaryInFrench"]


def test_half_an_order_that_was_sent_is_half_of_its_points(app: App, shop: Shop) -> None:
    app.publish(shop, maturity={"after": "FULFILMENT", "days": 0})
    anna = shop.new_customer()
    order = shop.buy(anna, [(0, 4)])
    whole = points(shop, order)
    app.has(shop, anna, pending=whole)
    [line] = shop.order(order.id)["lines"]

    shop.fulfil(order.id, {line["id"]: 2})
    app.has(shop, anna, available=whole // 2, pending=whole // 2)
    shop.fulfil(order.id, {line["id"]: 2})

    app.has(shop, anna, available=whole)


def test_a_basket_earns_what_was_told_before_it_was_bought(app: App, shop: Shop) -> None:
    app.publish(shop, earning=STACKED)
    anna = shop.new_customer()
    checkout_id = shop.checkout(anna, [(0, 2), (1, 1)])

    answer = app.ask(shop, ESTIMATE, anna.token, checkout=checkout_id)

    assert "errors" not in answer, answer
    expected = answer["data"]["estimate"]["receipt"]["points"]
    shop.pay(checkout_id, *shop.total(checkout_id))
    order = shop.complete(checkout_id, anna)
    app.has(shop, anna, available=expected)
    assert expected == 3 * points(shop, order)
