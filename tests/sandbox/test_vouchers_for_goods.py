"""Vouchers for some goods, and for the cheapest piece: what they take off, and who tells it."""

from decimal import Decimal
from typing import Any

import pytest
from journeys.shop import Customer, Shop, ShopRefused
from sandbox.backdoor import Backdoor

BASKET: list[tuple[str | int, int]] = [("coffee-beans", 2), ("espresso-roast", 1), ("tote-bag", 1)]
IDS = """query ($slugs: [String!], $skus: [String!]) {
  categories(first: 5, filter: {slugs: $slugs}) { edges { node { id } } }
  collections(first: 5, filter: {slugs: $slugs}) { edges { node { id } } }
  products(first: 5, filter: {slugs: $slugs}) { edges { node { id } } }
  productVariants(first: 5, filter: {sku: $skus}) { edges { node { id } } } }"""


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


def ids(backdoor: Backdoor, kind: str, slug: str) -> list[str]:
    found = backdoor.post(IDS, slugs=[slug], skus=[slug]).json()["data"]
    return [edge["node"]["id"] for edge in found[kind]["edges"]]


def for_goods(shop: Shop, code: str, value: str, **more: Any) -> str:
    return shop.new_voucher(code, value=Decimal(value), type="SPECIFIC_PRODUCT", **more)


def lines(told: Any) -> list[float]:
    return [line["totalPrice"]["gross"]["amount"] for line in told["lines"]]


@pytest.mark.parametrize(
    ("kind", "slug", "prices"),
    [
        ("products", "coffee-beans", [21.0, 14.0, 25.0]),
        ("variants", "tote-bag", [25.0, 14.0, 23.0]),
        ("collections", "our-picks", [21.0, 12.0, 25.0]),
        # Espresso lies in a category below.
        ("categories", "drinks", [21.0, 14.0, 25.0]),
    ],
)
def test_named_goods_become_cheaper_piece_by_piece(
    shop: Shop, backdoor: Backdoor, alice: Customer, kind: str, slug: str, prices: list[float]
) -> None:
    named = ids(backdoor, "productVariants" if kind == "variants" else kind, slug)
    for_goods(shop, "SOME", "2", **{kind: named})

    told = backdoor.prices(shop.checkout(alice, BASKET, code="SOME"))

    assert lines(told) == prices
    assert told["discount"]["amount"] == 0


def test_percents_are_rounded_once_for_all_pieces_of_a_line(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    named = ids(backdoor, "products", "coffee-beans")
    for_goods(shop, "SOME", "0.1", products=named, discountValueType="PERCENTAGE")

    checkout = shop.checkout(alice, [("coffee-beans", 4)], code="SOME")

    assert lines(backdoor.prices(checkout)) == [49.95]


def test_naming_no_goods_means_all_of_them(shop: Shop, backdoor: Backdoor, alice: Customer) -> None:
    for_goods(shop, "ALL", "1")

    assert lines(backdoor.prices(shop.checkout(alice, BASKET, code="ALL"))) == [23.0, 13.0, 24.0]


def test_a_basket_without_such_goods_is_refused(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    for_goods(shop, "OIL", "1", products=ids(backdoor, "products", "olive-oil"))

    with pytest.raises(ShopRefused) as refusal:
        shop.checkout(alice, BASKET, code="OIL")

    assert refusal.value.codes == ["VOUCHER_NOT_APPLICABLE"]


@pytest.mark.parametrize(
    ("more", "prices"),
    [
        ({"type": "ENTIRE_ORDER"}, [12.5, 14.0, 25.0]),
        ({"type": "SPECIFIC_PRODUCT"}, [12.5, 14.0, 25.0]),
        ({"type": "SPECIFIC_PRODUCT", "products": "tote-bag"}, [25.0, 14.0, 0.0]),
    ],
)
def test_once_per_order_means_one_piece_the_cheapest(
    shop: Shop, backdoor: Backdoor, alice: Customer, more: dict[str, Any], prices: list[float]
) -> None:
    if slug := more.get("products"):
        more = {**more, "products": ids(backdoor, "products", slug)}
    free = {"applyOncePerOrder": True, "discountValueType": "PERCENTAGE", **more}
    shop.new_voucher("FREE", value=Decimal(100), **free)

    assert lines(backdoor.prices(shop.checkout(alice, BASKET, code="FREE"))) == prices


@pytest.mark.parametrize("is_legacy", [True, False])
def test_older_shops_tell_of_the_order_what_newer_ones_tell_of_the_lines(
    shop: Shop, backdoor: Backdoor, alice: Customer, is_legacy: bool
) -> None:
    backdoor.set_channel(orderSettings={"useLegacyLineDiscountPropagation": is_legacy})
    for_goods(shop, "SOME", "2", products=ids(backdoor, "products", "coffee-beans"))

    order = backdoor.sold(shop.buy(alice, BASKET, code="SOME").id)

    told = [{"type": "VOUCHER", "total": {"amount": 4.0}}]
    on_line = [{**told[0], "reason": "Voucher code: SOME"}]
    assert order["discounts"] == (told if is_legacy else [])
    assert order["lines"][0]["discounts"] == ([] if is_legacy else on_line)
    assert [line["voucherCode"] for line in order["lines"]] == ["SOME", None, None]
    assert order["voucherCode"] == "SOME"


@pytest.mark.parametrize("is_legacy", [True, False])
def test_only_older_shops_name_the_code_of_a_whole_order_on_its_lines(
    shop: Shop, backdoor: Backdoor, alice: Customer, is_legacy: bool
) -> None:
    backdoor.set_channel(orderSettings={"useLegacyLineDiscountPropagation": is_legacy})
    shop.new_voucher("WHOLE", value=Decimal(5))

    order = backdoor.sold(shop.buy(alice, [("tote-bag", 1)], code="WHOLE").id)

    reason = "Entire order voucher code: WHOLE" if is_legacy else None
    assert order["lines"][0]["unitDiscountReason"] == reason
    assert order["lines"][0]["voucherCode"] is None
    assert order["discounts"] == [{"type": "VOUCHER", "total": {"amount": 5.0}}]


def test_orders_are_found_by_the_code_of_their_lines(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    for_goods(shop, "SOME", "2", products=ids(backdoor, "products", "coffee-beans"))
    order, _other = shop.buy(alice, BASKET, code="SOME"), shop.buy(alice, BASKET)
    query = """query ($code: String) {
      orders(first: 5, where: {voucherCode: {eq: $code}}) { edges { node { id } } } }"""

    found = backdoor.ask(query, code="SOME")["edges"]

    assert [edge["node"]["id"] for edge in found] == [order.id]
