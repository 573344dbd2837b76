"""Codes, with the surprises Saleor has for those who use them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from journeys.shop import Customer, Shop, ShopRefused
from sandbox.backdoor import Backdoor


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


BASKET: list[tuple[str | int, int]] = [("coffee-beans", 3), ("tote-bag", 1)]


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


def test_a_single_use_code_works_once(shop: Shop, backdoor: Backdoor, alice: Customer) -> None:
    shop.new_voucher("ONCE", value=Decimal(5), singleUse=True)
    first, second = (backdoor.paid_checkout(alice, BASKET, "ONCE") for _ in range(2))

    assert outcome(shop, first, alice) == Decimal("62.5")
    assert outcome(shop, second, alice) == ["VOUCHER_NOT_APPLICABLE"]


def test_the_code_of_a_completed_order_is_inactive_and_cancelling_activates_none(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    voucher = shop.new_voucher("ONCE", value=Decimal(5), singleUse=True)
    query = (
        "query ($id: ID!) { voucher(id: $id) { codes(first: 5) { edges { node { isActive } } } } }"
    )
    before = backdoor.ask(query, id=voucher)["codes"]["edges"]

    shop.cancel(shop.buy(alice, BASKET, code="ONCE").id)

    after = backdoor.ask(query, id=voucher)["codes"]["edges"]
    assert (before, after) == ([{"node": {"isActive": True}}], [{"node": {"isActive": False}}])


@pytest.mark.parametrize("more", [{}, {"applyOncePerCustomer": True}, {"usageLimit": 1}])
def test_racing_completions_share_a_single_use_code(
    shop: Shop, backdoor: Backdoor, alice: Customer, more: dict[str, Any]
) -> None:
    backdoor.command("quirks", race_codes=True)
    shop.new_voucher("ONCE", value=Decimal(5), singleUse=True, **more)
    checkouts = [backdoor.paid_checkout(alice, BASKET, "ONCE") for _ in range(4)]

    # One after the other is as if they had all come at the same moment.
    raced = [outcome(shop, checkout, alice) for checkout in checkouts[:3]]
    backdoor.command("quirks", race_codes=False)

    assert raced == [Decimal("62.5")] * 3
    assert outcome(shop, checkouts[3], alice) == ["VOUCHER_NOT_APPLICABLE"]


def test_racing_completions_at_the_same_moment_draw_a_gift_card_once(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    backdoor.command("quirks", race_codes=True)
    made = """mutation { giftCardCreate(input: {balance: {amount: "10", currency: "USD"},
      isActive: true}) { giftCard { code } } }"""
    code = backdoor.ask(made)["giftCard"]["code"]
    shop.allow_unpaid()
    checkouts = [shop.checkout(alice, BASKET, code=code) for _ in range(3)]

    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(lambda checkout: outcome(shop, checkout, alice), checkouts))

    assert sorted(outcomes) == [Decimal("57.5"), Decimal("67.5"), Decimal("67.5")]


def test_a_deleted_code_does_not_race(shop: Shop, backdoor: Backdoor, alice: Customer) -> None:
    backdoor.command("quirks", race_codes=True)
    voucher = shop.new_voucher("ONCE", value=Decimal(5), singleUse=True)
    checkout = backdoor.paid_checkout(alice, BASKET, "ONCE")

    shop.drop_voucher(voucher)

    assert outcome(shop, checkout, alice) == ["VOUCHER_NOT_APPLICABLE"]


def test_a_code_can_burn_without_an_order(shop: Shop, backdoor: Backdoor, alice: Customer) -> None:
    backdoor.command("quirks", burn_codes=True)
    shop.new_voucher("BURNT", value=Decimal(5), singleUse=True)
    checkout = backdoor.paid_checkout(alice, BASKET, "BURNT")

    first = outcome(shop, checkout, alice)
    backdoor.command("quirks", burn_codes=False)

    assert first == ["TAX_ERROR"]
    assert outcome(shop, checkout, alice) == ["VOUCHER_NOT_APPLICABLE"]
    assert backdoor.remove_code(checkout, "BURNT") == []


def test_once_per_customer_counts_accounts_and_not_the_addresses_they_type(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    shop.new_voucher("EACH", value=Decimal(5), applyOncePerCustomer=True)
    shop.buy(alice, BASKET, code="EACH")
    other_address = replace(alice, email="other@example.com")

    with pytest.raises(ShopRefused) as refusal:
        shop.checkout(other_address, BASKET, code="EACH")

    assert refusal.value.codes == ["VOUCHER_NOT_APPLICABLE"]
    assert shop.buy(shop.customer("bob@example.com"), BASKET, code="EACH").total == Decimal("62.5")


def test_a_voucher_that_no_channel_lists_is_not_valid(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    create = """mutation { voucherCreate(input: {addCodes: ["ORPHAN"], singleUse: true}) {
      voucher { id channelListings { id } } } }"""
    assert backdoor.ask(create)["voucher"]["channelListings"] == []

    with pytest.raises(ShopRefused) as refusal:
        shop.checkout(alice, BASKET, code="ORPHAN")

    assert refusal.value.codes == ["INVALID"]


def test_a_basket_that_became_too_small_loses_its_voucher_without_a_word(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    shop.new_voucher("FROM3", value=Decimal(5), minCheckoutItemsQuantity=3)
    checkout = shop.checkout(alice, [("tote-bag", 3)], code="FROM3")

    backdoor.set_quantity(checkout, 2)

    told = backdoor.prices(checkout)
    assert (told["voucherCode"], told["subtotalPrice"]["gross"]["amount"]) == (None, 50.0)


def test_the_least_to_spend_counts_before_the_voucher(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    voucher = shop.new_voucher("FROM50", value=Decimal(5))
    listed = """mutation ($id: ID!, $channel: ID!) { voucherChannelListingUpdate(id: $id, input:
      {addChannels: [{channelId: $channel, discountValue: 5, minAmountSpent: 50}]}) {
      voucher { channelListings { minSpent { amount } } } } }"""
    channel = backdoor.ask("{ channels { id } }")[0]["id"]
    backdoor.ask(listed, id=voucher, channel=channel)
    checkout = shop.checkout(alice, [("tote-bag", 2)], code="FROM50")

    kept = backdoor.prices(checkout)["voucherCode"]
    backdoor.set_quantity(checkout, 1)

    assert kept == "FROM50"
    assert backdoor.prices(checkout)["voucherCode"] is None


def test_a_deleted_voucher_goes_when_the_basket_changes(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    voucher = shop.new_voucher("GONE", value=Decimal(5))
    checkout = shop.checkout(alice, [("tote-bag", 2)], code="GONE")
    shop.drop_voucher(voucher)

    kept = backdoor.prices(checkout)["voucherCode"]
    backdoor.set_quantity(checkout, 1)

    assert kept == "GONE"
    assert backdoor.prices(checkout)["voucherCode"] is None


def test_an_order_keeps_the_text_of_a_deleted_vouchers_code(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    voucher = shop.new_voucher("PAST", value=Decimal(5))
    order = shop.buy(alice, BASKET, code="PAST")
    before = backdoor.sold(order.id)

    shop.drop_voucher(voucher)

    after = backdoor.sold(order.id)
    assert (before["voucher"], after["voucher"]) == ({"id": voucher}, None)
    assert after["voucherCode"] == "PAST"
    assert after["discounts"] == before["discounts"]


def test_vouchers_are_found_by_a_part_of_a_code_and_by_id(shop: Shop, backdoor: Backdoor) -> None:
    first = shop.new_voucher("LOY-ABC", value=Decimal(5))
    second = shop.new_voucher("LOY-XYZ", value=Decimal(5))
    query = """query ($filter: VoucherFilterInput) {
      vouchers(first: 5, filter: $filter) { edges { node { id } } } }"""

    def found(**wanted: Any) -> list[str]:
        edges = backdoor.ask(query, filter=wanted)["edges"]
        return [edge["node"]["id"] for edge in edges]

    assert found(search="loy-abc") == [first]
    assert found(ids=[first, second, "Vm91Y2hlcjo5OTk="]) == [first, second]
    assert found(search="LOY-NONE") == []


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
    shop: Shop, backdoor: Backdoor, alice: Customer, how: str
) -> None:
    voucher = shop.new_voucher("GONE", value=Decimal(5))
    checkout = backdoor.paid_checkout(alice, BASKET, "GONE")

    if how == "deleted":
        shop.drop_voucher(voucher)
    else:
        document = """mutation ($id: ID!, $end: DateTime) {
          voucherUpdate(id: $id, input: {endDate: $end}) { errors { code } } }"""
        end = datetime(2026, 1, 2, tzinfo=UTC).isoformat()
        assert not backdoor.ask(document, id=voucher, end=end)["errors"]

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


def test_a_shipping_voucher_needs_a_delivery_method(shop: Shop, alice: Customer) -> None:
    shop.new_voucher("SHIPFREE", value=Decimal(5), type="SHIPPING")
    tote = next(each.variant_id for each in shop.articles() if each.sku == "tote-bag")
    given = {"channel": "default-channel", "lines": [{"variantId": tote, "quantity": 1}]}
    checkout = shop.ask("CreateCheckout", token=alice.token, input=given)["checkout"]["id"]

    with pytest.raises(ShopRefused) as refusal:
        shop.ask("AddCode", id=checkout, code="SHIPFREE")

    assert refusal.value.codes == ["VOUCHER_NOT_APPLICABLE"]
