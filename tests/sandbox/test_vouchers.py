"""Codes, with the surprises Saleor has for those who use them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from journeys.shop import Customer, Shop, ShopRefused


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


def paid_checkout(shop: Shop, who: Customer, code: str) -> str:
    checkout = shop.checkout(who, [("coffee-beans", 3), ("tote-bag", 1)], code=code)
    shop.pay(checkout, *shop.total(checkout))
    return checkout


def outcome(shop: Shop, checkout: str, who: Customer) -> Any:
    """Return the order's total, or the codes of the refusal."""
    try:
        return shop.complete(checkout, who).total
    except ShopRefused as refusal:
        return refusal.codes


def test_a_code_is_taken_off_the_lines_in_proportion(shop: Shop, alice: Customer) -> None:
    shop.new_voucher("MINUS3", value=Decimal("3.33"))

    order = shop.order(shop.buy(alice, [("coffee-beans", 3), ("tote-bag", 1)], code="MINUS3").id)

    assert [line["totalPrice"]["gross"]["amount"] for line in order["lines"]] == [35.5, 23.67]
    assert order["total"]["gross"]["amount"] == 64.17
    assert order["voucherCode"] == "MINUS3"


def test_a_single_use_code_works_once(shop: Shop, alice: Customer) -> None:
    shop.new_voucher("ONCE", value=Decimal(5), singleUse=True)
    first, second = paid_checkout(shop, alice, "ONCE"), paid_checkout(shop, alice, "ONCE")

    assert outcome(shop, first, alice) == Decimal("62.5")
    assert outcome(shop, second, alice) == ["VOUCHER_NOT_APPLICABLE"]


def test_completions_at_the_same_moment_can_share_a_single_use_code(
    shop: Shop, alice: Customer
) -> None:
    quirks = shop.api_url.replace("/graphql/", "/sandbox/quirks")
    httpx.post(quirks, json={"race_codes": True}).raise_for_status()
    shop.new_voucher("ONCE", value=Decimal(5), singleUse=True)
    checkouts = [paid_checkout(shop, alice, "ONCE") for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda checkout: outcome(shop, checkout, alice), checkouts))

    assert outcomes == [Decimal("62.5"), Decimal("62.5")]


def test_a_second_code_replaces_the_first_without_a_word(shop: Shop, alice: Customer) -> None:
    shop.new_voucher("FIRST", value=Decimal(5))
    checkout = shop.checkout(alice, [("tote-bag", 1)], code="FIRST")

    shop.ask("AddCode", id=checkout, code="WELCOME10")

    assert shop.ask("Total", id=checkout) == {
        "totalPrice": {"gross": {"amount": 27.5, "currency": "USD"}},
        "voucherCode": "WELCOME10",
        "discount": {"amount": 2.5},
    }


def test_upper_and_lower_case_are_different_codes(shop: Shop, alice: Customer) -> None:
    with pytest.raises(ShopRefused) as refusal:
        shop.checkout(alice, code="welcome10")

    assert refusal.value.codes == ["INVALID"]


@pytest.mark.parametrize("how", ["deleted", "expired"])
def test_a_code_that_ends_before_the_purchase_stops_it(
    shop: Shop, alice: Customer, how: str
) -> None:
    voucher = shop.new_voucher("GONE", value=Decimal(5))
    checkout = paid_checkout(shop, alice, "GONE")

    if how == "deleted":
        shop.drop_voucher(voucher)
    else:
        document = """mutation ($id: ID!, $end: DateTime) {
          voucherUpdate(id: $id, input: {endDate: $end}) { errors { code } } }"""
        end = datetime(2026, 1, 2, tzinfo=UTC).isoformat()
        staff = shop.ask("LogIn", email="admin@example.com", password="admin")["token"]
        httpx.post(
            shop.api_url,
            json={"query": document, "variables": {"id": voucher, "end": end}},
            headers={"Authorization-Bearer": staff},
        ).raise_for_status()

    assert outcome(shop, checkout, alice) == ["VOUCHER_NOT_APPLICABLE"]
    assert shop.ask("Total", id=checkout)["voucherCode"] == "GONE"


def test_a_code_that_exists_cannot_be_added_again(shop: Shop) -> None:
    shop.new_voucher("MINE", value=Decimal(5))

    with pytest.raises(ShopRefused) as refusal:
        shop.new_voucher("MINE", value=Decimal(5))

    assert refusal.value.codes == ["ALREADY_EXISTS"]


def test_a_shipping_voucher_pays_for_shipping_only(shop: Shop, alice: Customer) -> None:
    more = {"type": "SHIPPING", "discountValueType": "PERCENTAGE"}
    shop.new_voucher("SHIPFREE", value=Decimal(100), **more)

    order = shop.order(shop.buy(alice, [("tote-bag", 1)], code="SHIPFREE").id)

    assert order["shippingPrice"] == {"gross": {"amount": 0.0}}
    assert order["total"]["gross"]["amount"] == 25.0
