"""What shoppers and staff of a shop live through with rewards.

On a sandbox, or unchanged on the real Saleor named by SALEOR_API_URL, see test_points.py.
"""

import secrets
from collections.abc import Iterator
from decimal import Decimal

import pytest
from journeys.app import App
from journeys.shop import Shop, ShopRefused
from journeys.shopper import CREDIT, FIVE, Shopper, money, publish

pytestmark = pytest.mark.slow


@pytest.fixture
def seven_off(shop: Shop) -> Iterator[str]:
    """A promo code that anybody may type."""
    code = f"SEVEN-{secrets.token_hex(6).upper()}"
    voucher_id = shop.new_voucher(code, value=Decimal(7))
    yield code
    shop.drop_voucher(voucher_id)


def test_points_take_money_off_and_are_spent_once_the_order_is_paid(
    app: App, shop: Shop, anna: Shopper
) -> None:
    publish(app, shop, earning={"rates": {"USD": {"points": 1, "per": "1.00"}}})
    anna.is_given(250)
    checkout = anna.checkout()
    before = anna.total(checkout)
    offer = anna.offers(checkout)["five"]
    assert (offer["isAvailable"], offer["timesAtMost"]) == (True, 2)
    assert money(offer["discount"]) == 10
    assert money(offer["totalAfter"]) == before - 10

    answer = anna.takes("five", checkout, times=2)

    assert anna.total(checkout) == before - 10
    told = answer["checkout"]
    assert (money(told["total"]), money(told["balance"])) == (before - 10, before - 10)
    assert money(told["discount"]) == 10
    anna.has(available=50, held=200)
    order = anna.buys(checkout)
    assert order.total == before - 10
    anna.sees(answer["redemption"], "USED")
    earned = int(sum(money(line["totalPrice"]["gross"]) for line in shop.order(order.id)["lines"]))
    anna.has(available=50 + earned)
    assert any("were paid with points" in each for each in anna.sentences(order))
    [use] = anna.uses(answer["redemption"])
    assert (use["orderId"], use["points"], use["flag"]) == (order.id, 200, None)
    assert money(use["discount"]) == 10


def test_a_change_of_mind_frees_the_points_and_ends_the_code(
    app: App, shop: Shop, anna: Shopper
) -> None:
    publish(app, shop)
    anna.is_given(100)
    checkout = anna.checkout()
    before = anna.total(checkout)
    taken = anna.takes("five", checkout)["redemption"]

    anna.gives_back(taken)

    anna.has(available=100)
    assert (anna.total(checkout), shop.code_in(checkout)) == (before, None)
    with pytest.raises(ShopRefused):
        shop.add_code(checkout, taken["code"])
    assert anna.buys(checkout).total == before
    anna.has(available=100)


def test_a_promo_code_typed_after_a_reward_takes_its_place_and_no_points(
    app: App, shop: Shop, anna: Shopper, seven_off: str
) -> None:
    publish(app, shop)
    anna.is_given(200)
    first, second, third = (anna.checkout() for _ in range(3))
    before = anna.total(first)
    unwanted = anna.takes("five", first, times=1)["redemption"]
    for_later = anna.takes("five", second, times=1)["redemption"]

    for checkout in (first, second):
        shop.add_code(checkout, seven_off)

    assert (shop.code_in(first), anna.total(first)) == (seven_off, before - 7)
    anna.has(held=200)
    anna.gives_back(unwanted)
    anna.has(available=100, held=100)
    assert (shop.code_in(first), anna.total(first)) == (seven_off, before - 7)
    anna.applies(for_later, third)
    assert anna.total(third) == before - 5
    anna.buys(third)
    anna.sees(for_later, "USED")
    for checkout in (first, second):
        assert anna.buys(checkout).total == before - 7
    app.until_idle()
    anna.has(available=100)


def test_a_reward_beside_a_promo_code_is_refused(
    app: App, shop: Shop, anna: Shopper, seven_off: str
) -> None:
    publish(app, shop)
    anna.is_given(100)
    checkout = anna.checkout(code=seven_off)
    before = anna.total(checkout)

    answer = anna.tries("five", checkout)

    assert [error["code"] for error in answer["errors"]] == ["PROMO_CODE_IN_CHECKOUT"]
    assert answer["redemption"] is None
    assert (shop.code_in(checkout), anna.total(checkout)) == (seven_off, before)
    anna.has(available=100)


def test_a_reward_takes_the_place_of_a_promo_code_where_the_programme_says_so(
    app: App, shop: Shop, anna: Shopper, seven_off: str
) -> None:
    publish(app, shop, redeeming={"with_promo_code": "REPLACE"})
    anna.is_given(200)
    checkout = anna.checkout()
    before = anna.total(checkout)
    shop.add_code(checkout, seven_off)
    assert anna.offers(checkout)["five"]["replacedPromoCode"] == seven_off

    answer = anna.takes("five", checkout)

    assert answer["checkout"]["replacedPromoCode"] == seven_off
    assert anna.total(checkout) == before - 10
    assert anna.buys(checkout).total == before - 10
    anna.sees(answer["redemption"], "USED")
    anna.has()


def test_store_credit_keeps_the_promo_code(
    app: App, shop: Shop, anna: Shopper, seven_off: str
) -> None:
    publish(app, shop, redeeming={"with_promo_code": "STORE_CREDIT"})
    anna.is_given(200)
    checkout = anna.checkout()
    before = anna.total(checkout)
    shop.add_code(checkout, seven_off)

    answer = anna.takes("five", checkout)

    assert answer["redemption"]["means"] == "GIFT_CARD"
    assert money(answer["checkout"]["balance"]) == before - 7 - 10
    assert (shop.code_in(checkout), anna.total(checkout)) == (seven_off, before - 7 - 10)
    order = anna.buys(checkout)
    assert (shop.order(order.id)["voucherCode"], order.total) == (seven_off, before - 17)
    anna.sees(answer["redemption"], "USED")
    anna.has()


def test_a_promo_code_typed_after_store_credit_stands_beside_it(
    app: App, shop: Shop, anna: Shopper, seven_off: str
) -> None:
    publish(app, shop, {**CREDIT, "money": {"USD": "10"}})
    anna.is_given(1000)
    checkout = anna.checkout()
    before = anna.total(checkout)
    taken = anna.takes("credit", checkout)["redemption"]

    shop.add_code(checkout, seven_off)

    assert anna.total(checkout) == before - 10 - 7
    order = anna.buys(checkout)
    anna.sees(taken, "USED")
    anna.has()
    shop.cancel(order.id)
    anna.sees(taken, "RESTORED")
    anna.has(available=1000)


def test_a_code_in_somebody_elses_order_is_paid_by_its_member_and_shown_to_staff(
    app: App, shop: Shop, anna: Shopper
) -> None:
    publish(app, shop)
    anna.is_given(100)
    taken = anna.takes("five", currency="USD")["redemption"]
    ben = Shopper(app, shop)
    checkout = ben.checkout()
    before = ben.total(checkout)
    shop.add_code(checkout, taken["code"])

    order = ben.buys(checkout)

    assert order.total == before - 5
    anna.sees(taken, "USED")
    anna.has()
    ben.has()
    [use] = anna.uses(taken)
    assert (use["orderId"], use["points"], use["flag"]) == (order.id, 100, "USED_BY_OTHER")
    assert anna.is_shown_to_staff(taken)


def test_an_order_paid_with_points_alone_is_free(app: App, shop: Shop, anna: Shopper) -> None:
    publish(app, shop, FIVE, CREDIT)
    anna.is_given(2000)
    checkout = anna.checkout(is_express=True)

    goods = anna.takes("five", checkout)
    assert money(goods["checkout"]["subtotal"]) == 0
    freight = anna.takes("credit", checkout)

    assert money(freight["checkout"]["balance"]) == anna.total(checkout) == 0
    order = shop.complete(checkout, anna.who)
    assert order.total == 0
    anna.sees(goods["redemption"], "USED")
    anna.sees(freight["redemption"], "USED")
    anna.has(available=1000 - goods["redemption"]["points"])


def test_a_cancelled_order_gives_points_back_to_where_they_came_from(
    app: App, shop: Shop, anna: Shopper
) -> None:
    for days in (30, 60):
        publish(app, shop, expiry={"days": days})
        anna.is_given(60)
    (_, soon), (_, late) = before = anna.lots()
    checkout = anna.checkout()
    taken = anna.takes("five", checkout)["redemption"]
    order = anna.buys(checkout)
    anna.sees(taken, "USED")
    assert anna.lots() == [(20, late)]

    shop.cancel(order.id)

    anna.sees(taken, "RESTORED")
    assert anna.lots() == before == [(60, soon), (60, late)]
    anna.has(available=120)


def test_goods_that_come_back_bring_their_share_of_the_points(
    app: App, shop: Shop, anna: Shopper
) -> None:
    publish(app, shop)
    anna.is_given(200)
    checkout = anna.checkout([(1, 4)])
    taken = anna.takes("five", checkout)["redemption"]
    order = anna.buys(checkout)
    anna.has()
    shop.fulfil(order.id)
    [line] = shop.order(order.id)["lines"]

    shop.return_lines(order.id, {line["id"]: 1})
    anna.has(available=50)
    quarter = (money(line["totalPrice"]["gross"]) / 4).quantize(Decimal("0.01"))
    shop.refund(order.id, quarter)
    app.until_idle()
    anna.has(available=50)
    shop.refund(order.id, order.total - quarter)

    anna.sees(taken, "RESTORED")
    anna.has(available=200)


def test_a_promotion_that_would_be_lost_is_told_first(app: App, shop: Shop, anna: Shopper) -> None:
    publish(app, shop)
    anna.is_given(2000)
    articles = shop.articles()
    dearest = max(range(len(articles)), key=lambda each: articles[each].price)
    pieces = int(500 / articles[dearest].price) + 1
    goods = articles[dearest].price * pieces
    tenth = (goods / 10).quantize(Decimal("0.01"))
    with shop.promotion(10, minimum=500):
        checkout = anna.checkout([(dearest, pieces)])
        before = anna.total(checkout)
        offer = anna.offers(checkout)["five"]
        assert (money(offer["lostPromotion"]), money(offer["netBenefit"])) == (tenth, 100 - tenth)
        wish = {"times": 20, "idempotencyKey": secrets.token_hex(16)}

        answer = anna.tries("five", checkout, **wish)

        [error] = answer["errors"]
        assert (error["code"], answer["redemption"]) == ("PROMOTION_LOST", None)
        assert money(error["obstacle"]["lostPromotion"]) == tenth
        assert money(error["obstacle"]["netBenefit"]) == 100 - tenth
        assert anna.total(checkout) == before
        anna.has(available=2000)
        answer = anna.takes("five", checkout, acceptLostPromotion=True, **wish)
        assert money(answer["checkout"]["lostPromotion"]) == tenth
        assert anna.total(checkout) == before - 100 + tenth
        anna.buys(checkout)
    anna.sees(answer["redemption"], "USED")
    anna.has()


def test_a_piece_of_the_goods_percents_and_shipping_are_rewards_too(
    app: App, shop: Shop, anna: Shopper
) -> None:
    piece = shop.articles()[1]
    publish(
        app,
        shop,
        {"id": "piece", "name": "One is free", "kind": "PRODUCT", "points": 10,
         "scope": {"only": {"products": [piece.product]}}},
        {"id": "tenth", "name": "A tenth off", "kind": "PERCENT_OFF", "points": 10, "percent": 10,
         "minimum": {"USD": "20"}},
        {"id": "freight", "name": "Free shipping", "kind": "FREE_SHIPPING", "points": 10},
    )  # fmt: skip
    anna.is_given(30)
    for reward in ("piece", "tenth", "freight"):
        checkout = anna.checkout([(1, 2), (0, 1)], is_express=True)
        before = anna.total(checkout)

        answer = anna.takes(reward, checkout)

        told = answer["checkout"]
        saved = before - anna.total(checkout)
        assert money(told["total"]) == anna.total(checkout)
        assert money(told["discount"]) == saved > 0, reward
        if reward == "piece":
            assert saved == piece.price
        if reward == "freight":
            assert money(told["shipping"]) == 0
        assert anna.buys(checkout).total == before - saved
        anna.sees(answer["redemption"], "USED")
    anna.has()
