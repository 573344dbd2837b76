"""Checkouts as rewards see them, and codes put into them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from journeys.shop import Customer, Shop
from loopback import LoopbackServer

from saleor_loyalty.gateways.saleor.baskets import LINES_MAX, BasketTooLarge, NoSuchBasket
from saleor_loyalty.gateways.saleor.checkouts import (
    Checkout,
    CodeRefused,
    apply_code,
    fetch_checkout,
    remove_code,
)
from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused, SaleorUnavailable

BEANS: list[tuple[str | int, int]] = [("coffee-beans", 2), ("tote-bag", 1)]
NOT_THEIRS = ["", "nonsense", "VXNlcjox", "x" * 1000]
MISSING = "Give the id of one"


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


@pytest.fixture
def promote(shop: Shop) -> Iterator[Any]:
    """Begin an order promotion, which ends with the test."""
    door = shop.api_url.replace("/graphql/", "/sandbox/promotion")

    def promote(**terms: Any) -> None:
        httpx.post(door, json=terms).raise_for_status()

    yield promote
    promote()


def money(checkout: Checkout) -> dict[str, Decimal]:
    """All that is not nothing."""
    names = ("subtotal", "shipping", "total", "balance", "voucher_discount",
             "promotion_discount", "gift_value")  # fmt: skip
    amounts = {name: getattr(checkout, name) for name in names}
    return {name: amount for name, amount in amounts.items() if amount}


def plain(goods: str, shipping: str = "5") -> dict[str, Decimal]:
    """What a checkout without any discount costs."""
    total = Decimal(goods) + Decimal(shipping)
    return {"subtotal": Decimal(goods), "shipping": Decimal(shipping),
            "total": total, "balance": total}  # fmt: skip


class TestACheckout:
    def test_is_told_line_by_line(
        self, shop: Shop, connection: Connection, alice: Customer, asked: list[str]
    ) -> None:
        items: list[tuple[str | int, int]] = [("dark-chocolate", 2), ("tote-bag", 1)]

        told = fetch_checkout(connection, shop.checkout(alice, items))

        assert asked == ["CheckoutForRewards"]
        assert (told.user_id, told.channel, told.currency) == (alice.id, "default-channel", "USD")
        assert [(line.quantity, line.unit, line.gross, line.is_full_price) for line in told.lines] \
            == [(2, Decimal("3.5"), 7, False), (1, 25, 25, True)]  # fmt: skip
        assert [line.goods.sku for line in told.lines] == ["dark-chocolate", "tote-bag"]
        assert money(told) == plain("32")
        assert (told.voucher_code, told.gift_cards) == ("", 0)

    def test_of_a_guest_is_nobodys(self, shop: Shop, connection: Connection) -> None:
        told = fetch_checkout(connection, shop.checkout("guest@example.com"))

        assert told.user_id is None

    @pytest.mark.parametrize("checkout", NOT_THEIRS)
    def test_that_does_not_exist_says_what_to_do(
        self, connection: Connection, checkout: str
    ) -> None:
        with pytest.raises(NoSuchBasket, match=MISSING):
            fetch_checkout(connection, checkout)

    def test_that_became_an_order_is_one_no_more(
        self, shop: Shop, connection: Connection, alice: Customer
    ) -> None:
        checkout = shop.checkout(alice)
        shop.pay(checkout, *shop.total(checkout))
        shop.complete(checkout, alice)

        with pytest.raises(NoSuchBasket):
            fetch_checkout(connection, checkout)
        with pytest.raises(NoSuchBasket):
            apply_code(connection, checkout, "WELCOME10")
        with pytest.raises(NoSuchBasket):
            remove_code(connection, checkout, "WELCOME10")


class TestAPromotion:
    def test_tells_what_a_voucher_would_take_away(
        self, shop: Shop, connection: Connection, alice: Customer, promote: Any
    ) -> None:
        promote(percent=10, minimum=50)
        checkout = shop.checkout(alice, BEANS)

        before = fetch_checkout(connection, checkout)
        after = apply_code(connection, checkout, "WELCOME10")

        assert before.promotion_discount == after.voucher_discount == 5
        assert before.voucher_discount == after.promotion_discount == 0

    def test_of_a_present_tells_its_price(
        self, shop: Shop, connection: Connection, alice: Customer, promote: Any
    ) -> None:
        promote(present="enamel-mug", minimum=50)
        checkout = shop.checkout(alice, BEANS)

        before = fetch_checkout(connection, checkout)
        after = apply_code(connection, checkout, "WELCOME10")

        assert money(before) == plain("50") | {"gift_value": Decimal(16)}
        assert [line.is_gift for line in before.lines] == [False, False, True]
        assert (after.gift_value, len(after.lines)) == (0, 2)


class TestACode:
    def test_is_in_the_totals_at_once(
        self, shop: Shop, connection: Connection, alice: Customer
    ) -> None:
        told = apply_code(connection, shop.checkout(alice, BEANS), "WELCOME10")

        assert money(told) == plain("45") | {"voucher_discount": Decimal(5)}
        assert told.voucher_code == "WELCOME10"
        assert [line.unit for line in told.lines] == [Decimal("12.5"), 25]

    def test_may_be_put_in_twice(self, shop: Shop, connection: Connection, alice: Customer) -> None:
        checkout = shop.checkout(alice, BEANS)

        first, second = [apply_code(connection, checkout, "WELCOME10") for _ in range(2)]

        assert money(first) == money(second)

    @pytest.mark.parametrize(
        ("kind", "value", "left"), [("SPECIFIC_PRODUCT", "3", "41"), ("ENTIRE_ORDER", "3", "47")]
    )
    def test_for_some_lines_tells_its_discount_though_saleor_says_none(
        self, shop: Shop, connection: Connection, alice: Customer, kind: str, value: str, left: str
    ) -> None:
        code, once = f"SOME-{kind}", kind == "ENTIRE_ORDER"
        shop.new_voucher(code, value=Decimal(value), type=kind, applyOncePerOrder=once)

        told = apply_code(connection, shop.checkout(alice, BEANS), code)

        assert told.subtotal == Decimal(left)
        assert told.voucher_discount == 50 - Decimal(left)

    def test_for_shipping_takes_it_off_there(
        self, shop: Shop, connection: Connection, alice: Customer
    ) -> None:
        free = {"type": "SHIPPING", "discountValueType": "PERCENTAGE"}
        shop.new_voucher("POSTFREE", value=Decimal(100), **free)

        told = apply_code(connection, shop.checkout(alice, BEANS), "POSTFREE")

        assert (told.subtotal, told.shipping, told.voucher_discount) == (50, 0, 5)

    @pytest.mark.parametrize("code", ["UNKNOWN", "welcome10"])
    def test_that_saleor_does_not_take_is_told_by_its_code(
        self, shop: Shop, connection: Connection, alice: Customer, code: str
    ) -> None:
        with pytest.raises(CodeRefused) as refusal:
            apply_code(connection, shop.checkout(alice, BEANS), code)

        assert refusal.value.code == "INVALID"
        assert code not in str(refusal.value)

    def test_for_more_goods_than_these_is_refused_otherwise(
        self, shop: Shop, connection: Connection, alice: Customer
    ) -> None:
        shop.new_voucher("MANY", value=Decimal(5), minCheckoutItemsQuantity=9)

        with pytest.raises(CodeRefused) as refusal:
            apply_code(connection, shop.checkout(alice, BEANS), "MANY")

        assert refusal.value.code == "VOUCHER_NOT_APPLICABLE"

    def test_that_is_taken_out_leaves_the_checkout_as_it_was(
        self, shop: Shop, connection: Connection, alice: Customer
    ) -> None:
        checkout = shop.checkout(alice, BEANS, code="WELCOME10")

        told = remove_code(connection, checkout, "WELCOME10")

        assert money(told) == plain("50")
        assert told.voucher_code == ""

    def test_that_is_not_there_is_taken_out_already(
        self, shop: Shop, connection: Connection, alice: Customer
    ) -> None:
        checkout = shop.checkout(alice, BEANS, code="WELCOME10")

        told = remove_code(connection, checkout, "ANOTHER")

        assert told.voucher_code == "WELCOME10"


@pytest.mark.parametrize("checkout", NOT_THEIRS)
@pytest.mark.parametrize("change", [apply_code, remove_code])
def test_no_checkout_can_be_changed_that_is_none(
    connection: Connection, change: Any, checkout: str
) -> None:
    with pytest.raises(NoSuchBasket, match=MISSING):
        change(connection, checkout, "WELCOME10")


def answer(*lines: Any, **changes: Any) -> dict[str, Any]:
    """A checkout as Saleor tells it."""
    gross = {"gross": {"amount": 10}}
    return {
        "id": "id", "updatedAt": "2026-01-01T00:00:00Z", "user": None,
        "chargeStatus": "NONE", "authorizeStatus": "NONE", "channel": {"slug": "shop"},
        "voucherCode": None, "discount": {"amount": 0}, "giftCards": [], "subtotalPrice": gross,
        "shippingPrice": gross, "totalPrice": {"currency": "USD", **gross},
        "totalBalance": {"amount": -20}, "lines": list(lines),
    } | changes  # fmt: skip


def answer_line(**changes: Any) -> dict[str, Any]:
    product = {"slug": "mug", "productType": {"slug": "crockery", "kind": "NORMAL"},
               "category": None, "collections": []}  # fmt: skip
    return {
        "id": "L1", "quantity": 1, "isGift": False, "totalPrice": {"gross": {"amount": 10}},
        "undiscountedUnitPrice": {"amount": 12},
        "variant": {"sku": None, "pricing": None, "product": product},
    } | changes  # fmt: skip


def read(checkout: Any, **other: Any) -> Checkout:
    server = LoopbackServer(lambda _path, _body: (200, {"data": {"checkout": checkout}} | other))
    with server.running() as saleor:
        return fetch_checkout(Connection(f"{saleor.url}/graphql/", "t"), "id")


class TestWhatSaleorAnswers:
    def test_about_a_variant_that_is_sold_no_more_has_its_old_price(self) -> None:
        [line] = read(answer(answer_line())).lines

        assert (line.unit, line.undiscounted, line.is_full_price) == (12, 12, True)

    @pytest.mark.parametrize(
        ("told", "is_being_paid"),
        [
            ({}, False),
            ({"authorizeStatus": "PARTIAL"}, True),
            ({"chargeStatus": "FULL", "authorizeStatus": "FULL"}, True),
            # Nothing is to pay: so Saleor tells every such checkout.
            ({"chargeStatus": "FULL", "totalPrice": {"currency": "USD", "gross": {"amount": 0}}},
             False),
        ],
    )  # fmt: skip
    def test_about_a_checkout_tells_whether_somebody_has_paid(
        self, told: Any, is_being_paid: bool
    ) -> None:
        assert read(answer(**told)).is_being_paid is is_being_paid

    def test_about_money_paid_too_much_is_a_balance_of_nothing(self) -> None:
        assert read(answer(totalBalance={"amount": 7})).balance == 0

    def test_has_a_limit(self) -> None:
        with pytest.raises(BasketTooLarge):
            read(answer(*[answer_line()] * (LINES_MAX + 1)))

    @pytest.mark.parametrize(
        "odd",
        [7, {}, answer(7), answer(answer_line(quantity=-1)), answer(answer_line(quantity="x")),
         answer(answer_line(quantity=10**9 + 1)), answer(subtotalPrice=None),
         answer(discount={"amount": "x"}), answer(discount={"amount": -1}),
         answer(subtotalPrice={"gross": {"amount": 10**13}}), answer(updatedAt="yesterday"),
         answer(channel={"slug": "a\0b"}), answer(totalPrice={"currency": "EURO"}),
         answer(voucherCode=7), answer(totalBalance={"amount": None})],
    )  # fmt: skip
    def test_of_another_shape_is_transient(self, odd: Any) -> None:
        with pytest.raises(SaleorUnavailable, match="not what was asked"):
            read(odd)

    def test_of_refusals_of_other_kinds_stays_what_it_is(self) -> None:
        refused = {"checkoutAddPromoCode": {
            "checkout": None, "errors": [{"field": "id", "code": "PERMISSION_DENIED"}],
        }}  # fmt: skip
        server = LoopbackServer(lambda _path, _body: (200, {"data": refused}))
        with server.running() as saleor, pytest.raises(SaleorRefused):
            apply_code(Connection(f"{saleor.url}/graphql/", "t"), "id", "CODE")
