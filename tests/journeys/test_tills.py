"""What comes of one reward that is used at several tills at the same moment.

On a sandbox, or unchanged on the real Saleor named by SALEOR_API_URL, see test_points.py. Saleor
lets a voucher's code be used at each till that looks at it before another one has used it up.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from journeys.app import App
from journeys.shop import Order, Shop, ShopRefused
from journeys.shopper import CREDIT, Shopper, publish

pytestmark = pytest.mark.slow

TILLS = 4


def at_once(shop: Shop, anna: Shopper, checkouts: Sequence[str]) -> list[Order]:
    """Complete checkouts at the same moment; return the orders that came of it."""
    start = Barrier(len(checkouts), timeout=10)

    def complete(checkout: str) -> Order | None:
        start.wait()
        try:
            return shop.complete(checkout, anna.who)
        except ShopRefused:
            return None

    with ThreadPoolExecutor(len(checkouts)) as tills:
        return [order for order in tills.map(complete, checkouts) if order]


def test_each_discount_of_one_code_used_at_four_tills_at_once_is_paid_with_points(
    app: App, shop: Shop, anna: Shopper
) -> None:
    publish(app, shop)
    anna.is_given(100)
    taken = anna.takes("five", currency="USD")["redemption"]
    checkouts = [anna.checkout() for _ in range(TILLS)]
    before = anna.total(checkouts[0])
    for checkout in checkouts:
        shop.add_code(checkout, taken["code"])
        shop.pay(checkout, *shop.total(checkout))

    orders = at_once(shop, anna, checkouts)

    reduced = [order for order in orders if order.total == before - 5]
    assert reduced
    anna.sees(taken, "USED")
    anna.has(debt=100 * (len(reduced) - 1))
    uses = anna.uses(taken)
    assert {use["orderId"]: use["points"] for use in uses} == {each.id: 100 for each in reduced}
    assert [use["flag"] for use in uses].count("USED_AGAIN") == len(reduced) - 1
    assert anna.is_shown_to_staff(taken) == (len(reduced) > 1)


def test_store_credit_used_at_four_tills_at_once_never_pays_more_than_it_is_worth(
    app: App, shop: Shop, anna: Shopper
) -> None:
    ten = {**CREDIT, "money": {"USD": "10"}}
    publish(app, shop, ten)
    anna.is_given(1000)
    taken = anna.takes("credit", currency="USD")["redemption"]
    checkouts = [anna.checkout() for _ in range(TILLS)]
    before = anna.total(checkouts[0])
    for checkout in checkouts:
        shop.add_code(checkout, taken["code"])
        shop.pay(checkout, *shop.total(checkout))

    orders = at_once(shop, anna, checkouts)

    assert sum(before - order.total for order in orders) == 10
    anna.sees(taken, "USED")
    anna.has()
    assert sum(use["points"] for use in anna.uses(taken)) == 1000
    assert not anna.is_shown_to_staff(taken)
