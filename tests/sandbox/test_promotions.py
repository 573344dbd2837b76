"""A promotion for whole baskets, which any voucher takes away without a word."""

from decimal import Decimal
from typing import Any

import pytest
from journeys.shop import Customer, Shop
from sandbox.backdoor import Backdoor


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


def seen(told: Any) -> tuple[list[str], float, float]:
    """Return what is in a checkout, the discount on the whole, and the price of the goods."""
    skus = [line["variant"]["sku"] for line in told["lines"]]
    return skus, told["discount"]["amount"], told["subtotalPrice"]["gross"]["amount"]


def test_it_begins_at_its_minimum(shop: Shop, backdoor: Backdoor, alice: Customer) -> None:
    backdoor.command("promotion", percent=10, minimum=100)

    checkout = shop.checkout(alice, [("tote-bag", 4)])
    rich = seen(backdoor.prices(checkout))
    backdoor.set_quantity(checkout, 3)

    assert rich == (["tote-bag"], 10.0, 90.0)
    assert seen(backdoor.prices(checkout)) == (["tote-bag"], 0, 75.0)


def test_a_voucher_takes_it_away_and_gives_it_back(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    backdoor.command("promotion", percent=10, minimum=100)
    shop.new_voucher("FIVE", value=Decimal(5))
    checkout = shop.checkout(alice, [("tote-bag", 4)], code="FIVE")

    with_voucher = seen(backdoor.prices(checkout))
    assert backdoor.remove_code(checkout, "FIVE") == []

    assert with_voucher == (["tote-bag"], 5.0, 95.0)
    assert seen(backdoor.prices(checkout)) == (["tote-bag"], 10.0, 90.0)


def test_a_present_goes_and_comes_back_like_that_too(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    backdoor.command("promotion", present="enamel-mug", minimum=50)
    shop.new_voucher("FIVE", value=Decimal(5))
    checkout = shop.checkout(alice, [("tote-bag", 2)])

    given = backdoor.prices(checkout)
    shop.ask("AddCode", id=checkout, code="FIVE")
    taken = seen(backdoor.prices(checkout))
    backdoor.remove_code(checkout, "FIVE")

    assert seen(given) == (["tote-bag", "enamel-mug"], 0, 50.0)
    assert [line["isGift"] for line in given["lines"]] == [False, True]
    assert taken == (["tote-bag"], 5.0, 45.0)
    assert seen(backdoor.prices(checkout)) == seen(given)


def test_only_the_better_of_percents_and_present_is_given(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    backdoor.command("promotion", percent=10, present="enamel-mug", minimum=50)

    small = seen(backdoor.prices(shop.checkout(alice, [("tote-bag", 2)])))
    large = seen(backdoor.prices(shop.checkout(alice, [("tote-bag", 8)])))

    assert small == (["tote-bag", "enamel-mug"], 0, 50.0)
    assert large == (["tote-bag"], 20.0, 180.0)


def test_a_gift_card_leaves_it_alone(shop: Shop, backdoor: Backdoor, alice: Customer) -> None:
    backdoor.command("promotion", percent=10, minimum=100)
    card = """mutation { giftCardCreate(input: {
      balance: {amount: "30", currency: "USD"}, isActive: true}) { giftCard { code } } }"""
    code = backdoor.ask(card)["giftCard"]["code"]

    told = backdoor.prices(shop.checkout(alice, [("tote-bag", 4)], code=code))

    assert seen(told) == (["tote-bag"], 10.0, 90.0)
    assert told["totalBalance"]["amount"] == -65.0


def test_the_order_tells_of_percents_and_its_line_of_the_present(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    backdoor.command("promotion", percent=10, minimum=100)
    percents = backdoor.sold(shop.buy(alice, [("tote-bag", 4)]).id)
    backdoor.command("promotion", present="enamel-mug", minimum=100)
    present = backdoor.sold(shop.buy(alice, [("tote-bag", 4)]).id)

    assert percents["discounts"] == [{"type": "ORDER_PROMOTION", "total": {"amount": 10.0}}]
    assert percents["lines"][0]["discounts"] == []
    assert present["discounts"] == []
    gift = present["lines"][1]
    assert (gift["isGift"], gift["totalPrice"]["gross"]["amount"]) == (True, 0)
    assert [(each["type"], each["total"]["amount"]) for each in gift["discounts"]] == [
        ("ORDER_PROMOTION", 16.0)
    ]


def test_an_ended_promotion_leaves_a_checkout_when_it_next_changes(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    backdoor.command("promotion", percent=10, minimum=20)
    checkout = shop.checkout(alice, [("tote-bag", 4)])
    backdoor.command("promotion")

    before = seen(backdoor.prices(checkout))
    backdoor.set_quantity(checkout, 2)

    assert before == (["tote-bag"], 10.0, 90.0)
    assert seen(backdoor.prices(checkout)) == (["tote-bag"], 0, 50.0)
