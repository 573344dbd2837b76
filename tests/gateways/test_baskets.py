"""Baskets are told in the shape of the orders they would become."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from factories import NOON
from journeys.shop import Customer, Shop
from loopback import LoopbackServer

from saleor_loyalty.gateways.saleor import client
from saleor_loyalty.gateways.saleor.baskets import (
    LINES_MAX,
    Basket,
    BasketTooLarge,
    NoSuchBasket,
    fetch_checkout,
    fetch_lines,
)
from saleor_loyalty.gateways.saleor.client import Connection, SaleorUnavailable
from saleor_loyalty.gateways.saleor.order_reading import fetch_orders
from saleor_loyalty.gateways.saleor.orders import OrderState


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every call to Saleor, by its address."""
    made: list[str] = []
    send = client.transport.send

    def counted(request: Any, **options: Any) -> Any:
        made.append(request.url)
        return send(request, **options)

    monkeypatch.setattr(client.transport, "send", counted)
    return made


def variants(shop: Shop) -> dict[str, str]:
    return {article.sku: article.variant_id for article in shop.articles()}


def goods_of(state: OrderState) -> list[Any]:
    """All about an order's lines but their ids, and the tax before discounts."""
    return [
        (replace(line, id="", undiscounted_net=line.undiscounted_gross), line.goods)
        for line in state.lines
    ]


class TestACheckout:
    @pytest.mark.parametrize("code", [None, "WELCOME10"])
    def test_is_the_order_it_becomes(
        self, shop: Shop, connection: Connection, alice: Customer, code: str | None
    ) -> None:
        items = [("dark-chocolate", 2), ("espresso-roast", 1), ("tote-bag", 1)]
        checkout = shop.checkout(alice, items, code=code)
        basket = fetch_checkout(connection, checkout, at=NOON)

        shop.pay(checkout, *shop.total(checkout))
        [order] = fetch_orders(connection, [shop.complete(checkout, alice).id], at=NOON)

        told = basket.order
        assert goods_of(told) == goods_of(order)
        for line, bought in zip(told.lines, order.lines, strict=True):
            assert abs(line.undiscounted_net - bought.undiscounted_net) < Decimal("0.01")
        assert basket.user_id == told.user_id == order.user_id == alice.id
        assert (told.saleor_id, told.number, told.payments) == (checkout, "", ())
        assert told == replace(
            order, saleor_id=checkout, number="", lines=told.lines, payments=(),
            created_at=NOON, changed_at=NOON, read_at=NOON, voucher_discount=Decimal(0),
            voucher_names=(),
        )  # fmt: skip

    def test_costs_one_call(
        self, shop: Shop, connection: Connection, alice: Customer, calls: list[str]
    ) -> None:
        fetch_checkout(connection, shop.checkout(alice), at=NOON)

        assert len(calls) == 1

    def test_of_a_guest_is_nobodys(self, shop: Shop, connection: Connection) -> None:
        basket = fetch_checkout(connection, shop.checkout("guest@example.com"), at=NOON)

        assert basket.user_id is None

    def test_keeps_the_ids_of_its_lines(
        self, shop: Shop, connection: Connection, alice: Customer
    ) -> None:
        basket = fetch_checkout(connection, shop.checkout(alice, [("tote-bag", 2)]), at=NOON)

        [line] = basket.order.lines
        assert line.id.startswith("Q2hlY2tvdXRMaW5l")  # CheckoutLine, as Saleor writes it

    @pytest.mark.parametrize("checkout", ["", "nonsense", "VXNlcjox", "x" * 1000])
    def test_that_does_not_exist_says_what_to_do(
        self, connection: Connection, checkout: str
    ) -> None:
        with pytest.raises(NoSuchBasket, match="Give the id of one"):
            fetch_checkout(connection, checkout, at=NOON)

    def test_that_became_an_order_is_one_no_more(
        self, shop: Shop, connection: Connection, alice: Customer
    ) -> None:
        checkout = shop.checkout(alice)
        shop.pay(checkout, *shop.total(checkout))
        shop.complete(checkout, alice)

        with pytest.raises(NoSuchBasket):
            fetch_checkout(connection, checkout, at=NOON)


class TestLines:
    def test_cost_what_the_channel_takes_for_them(
        self, shop: Shop, connection: Connection, calls: list[str]
    ) -> None:
        ids = variants(shop)
        wanted = [(ids["dark-chocolate"], 2), (ids["enamel-mug"], 1)]
        del calls[:]

        basket = fetch_lines(connection, "channel-eur", wanted, at=NOON)

        order = basket.order
        reduced, full = order.lines
        assert len(calls) == 1
        assert [line.id for line in order.lines] == [variant for variant, _ in wanted]
        assert (reduced.gross, reduced.undiscounted_gross) == (Decimal("6.40"), Decimal("9.20"))
        assert (reduced.is_full_price, full.is_full_price) == (False, True)
        assert full.goods.product_type == "crockery"
        assert (order.channel, order.currency) == ("channel-eur", "EUR")
        assert order.total == order.charged == Decimal("21.20")
        assert (order.shipping_gross, order.charge_status) == (0, "FULL")
        assert basket.user_id is None

    def test_of_one_variant_are_one_line(self, shop: Shop, connection: Connection) -> None:
        mug = variants(shop)["enamel-mug"]

        basket = fetch_lines(connection, "default-channel", [(mug, 1), (mug, 2)], at=NOON)

        [line] = basket.order.lines
        assert (line.quantity, line.gross) == (3, 48)

    def test_know_gift_cards(self, connection: Connection) -> None:
        gift_card = "UHJvZHVjdFZhcmlhbnQ6Ng=="

        basket = fetch_lines(connection, "default-channel", [(gift_card, 1)], at=NOON)

        assert basket.order.lines[0].is_gift_card

    @pytest.mark.parametrize(
        ("channel", "variant"),
        [
            ("no-such-channel", "UHJvZHVjdFZhcmlhbnQ6MQ=="),
            ("default-channel", "UHJvZHVjdFZhcmlhbnQ6OTk5"),
            ("default-channel", "nonsense"),
            ("default-channel", "x" * 1000),
            ("x" * 1000, "UHJvZHVjdFZhcmlhbnQ6MQ=="),
        ],
    )
    def test_that_are_not_sold_say_what_to_do(
        self, connection: Connection, channel: str, variant: str
    ) -> None:
        with pytest.raises(NoSuchBasket, match="Give the ids of variants"):
            fetch_lines(connection, channel, [(variant, 1)], at=NOON)

    def test_of_nothing_are_no_basket(self, connection: Connection) -> None:
        with pytest.raises(NoSuchBasket):
            fetch_lines(connection, "default-channel", [], at=NOON)

    def test_have_a_limit(self, connection: Connection) -> None:
        many = [(str(number), 1) for number in range(LINES_MAX + 1)]

        with pytest.raises(BasketTooLarge, match="at most 100 lines"):
            fetch_lines(connection, "default-channel", many, at=NOON)

    @pytest.mark.parametrize("quantity", [0, -1])
    def test_have_at_least_one_piece(self, connection: Connection, quantity: int) -> None:
        with pytest.raises(ValueError, match="at least one piece"):
            fetch_lines(connection, "default-channel", [("x", quantity)], at=NOON)


def price(gross: str, net: str) -> dict[str, Any]:
    return {"gross": {"amount": float(gross)}, "net": {"amount": float(net)}}


def checkout(
    *lines: dict[str, Any], voucher: dict[str, Any] | None = None, with_tax: bool = True
) -> dict[str, Any]:
    """A checkout as Saleor tells it."""
    tax = {"pricesEnteredWithTax": with_tax}
    return {
        "user": None, "channel": {"slug": "shop", "taxConfiguration": tax},
        "voucherCode": voucher and "CODE", "voucher": voucher,
        "totalPrice": {"currency": "USD", "gross": {"amount": 12}},
        "shippingPrice": price("0", "0"), "lines": list(lines),
    }  # fmt: skip


def checkout_line(total: dict[str, Any], undiscounted: float, **variant: Any) -> dict[str, Any]:
    product = {"slug": "mug", "productType": {"slug": "crockery", "kind": "NORMAL"},
               "category": None, "collections": []}  # fmt: skip
    return {
        "id": "L1", "quantity": 2, "isGift": False, "totalPrice": total,
        "undiscountedTotalPrice": {"amount": undiscounted},
        "variant": {"sku": None, "pricing": {"onSale": False}, "product": product} | variant,
    }  # fmt: skip


def read(answer: Any) -> Basket:
    server = LoopbackServer(lambda _path, _body: (200, {"data": {"checkout": answer}}))
    with server.running() as saleor:
        return fetch_checkout(Connection(f"{saleor.url}/graphql/", "t"), "id", at=NOON)


class TestPricesBeforeDiscounts:
    def test_have_their_tax_in_proportion(self) -> None:
        line = checkout_line(price("12", "10"), 24)

        [told] = read(checkout(line)).order.lines

        assert (told.undiscounted_gross, told.undiscounted_net) == (24, 20)

    def test_are_net_where_the_shop_enters_net_prices(self) -> None:
        line = checkout_line(price("12", "10"), 20)

        [told] = read(checkout(line, with_tax=False)).order.lines

        assert (told.undiscounted_gross, told.undiscounted_net) == (24, 20)

    def test_are_all_that_is_known_of_a_line_for_nothing(self) -> None:
        [told] = read(checkout(checkout_line(price("0", "0"), 20))).order.lines

        assert (told.undiscounted_gross, told.undiscounted_net) == (20, 20)


ENTIRE = {"type": "ENTIRE_ORDER", "applyOncePerOrder": False}
CHEAPEST = {"type": "ENTIRE_ORDER", "applyOncePerOrder": True}
SPECIFIC = {"type": "SPECIFIC_PRODUCT", "applyOncePerOrder": False}


@pytest.mark.parametrize(
    ("voucher", "undiscounted", "pricing", "is_full_price"),
    [
        (None, 12, {"onSale": False}, True),
        (None, 12, None, True),
        (None, 24, {"onSale": True}, False),
        (ENTIRE, 24, {"onSale": False}, True),
        (SPECIFIC, 24, {"onSale": False}, False),
        (CHEAPEST, 24, {"onSale": False}, False),
        # The voucher chose other lines.
        (SPECIFIC, 12, {"onSale": False}, True),
        (CHEAPEST, 12, {"onSale": False}, True),
    ],
)
def test_a_line_of_a_checkout_is_at_full_price_unless_it_is_reduced_itself(
    voucher: Any, undiscounted: float, pricing: Any, is_full_price: bool
) -> None:
    line = checkout_line(price("12", "10"), undiscounted, pricing=pricing)

    [told] = read(checkout(line, voucher=voucher)).order.lines

    assert told.is_full_price is is_full_price


def test_a_checkout_has_a_limit_too() -> None:
    line = checkout_line(price("1", "1"), 1)

    with pytest.raises(BasketTooLarge):
        read(checkout(*[line] * (LINES_MAX + 1)))


@pytest.mark.parametrize(
    "answer",
    [7, {}, {"lines": 7}, checkout({"id": "L1"}), checkout(checkout_line(price("-1", "1"), 1))],
)
def test_an_answer_of_another_shape_is_transient(answer: Any) -> None:
    with pytest.raises(SaleorUnavailable, match="not what was asked"):
        read(answer)
