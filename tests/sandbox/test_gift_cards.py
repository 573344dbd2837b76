"""Gift cards: whose they are, what they pay, and what never comes back by itself."""

from decimal import Decimal
from typing import Any

import pytest
from journeys.shop import Customer, Shop, ShopRefused
from sandbox.backdoor import Backdoor

CARD = """id code isActive initialBalance { amount } currentBalance { amount }
  events(filter: {type: USED_IN_ORDER}) { orderId balance {
    oldCurrentBalance { amount } currentBalance { amount } } }"""
CREATE = f"""mutation ($input: GiftCardCreateInput!) {{
  giftCardCreate(input: $input) {{ giftCard {{ {CARD} }} errors {{ code }} }} }}"""
FIND = f"query ($id: ID!) {{ giftCard(id: $id) {{ {CARD} }} }}"
SEARCH = """query ($key: String!, $value: String) {
  giftCards(first: 5, filter: {metadata: [{key: $key, value: $value}]}) {
    edges { node { id } } } }"""
TOTE: list[tuple[str | int, int]] = [("tote-bag", 1)]


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


@pytest.fixture
def bob(shop: Shop) -> Customer:
    return shop.customer("bob@example.com")


def new_card(backdoor: Backdoor, owner: Customer, amount: str = "10", **more: Any) -> Any:
    given = {
        "balance": {"amount": amount, "currency": "USD"},
        "isActive": True,
        "assignedTo": owner.id,
        **more,
    }
    return backdoor.ask(CREATE, input=given)["giftCard"]


def card_of(backdoor: Backdoor, card: Any) -> Any:
    return backdoor.ask(FIND, id=card["id"])


def change(backdoor: Backdoor, mutation: str, card: Any, **more: Any) -> Any:
    given = "".join(f", {name}: {value}" for name, value in more.items())
    query = f'mutation {{ {mutation}(id: "{card["id"]}"{given}) {{ errors {{ code }} }} }}'
    return backdoor.ask(query)["errors"]


def test_it_lowers_what_is_to_be_paid_and_not_the_goods(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    card = new_card(backdoor, alice)

    told = backdoor.prices(shop.checkout(alice, TOTE, code=card["code"]))

    assert told["subtotalPrice"]["gross"]["amount"] == 25.0
    assert told["totalPrice"]["gross"]["amount"] == 20.0
    assert told["totalBalance"]["amount"] == -20.0
    assert told["voucherCode"] is None
    assert told["giftCards"] == [{"id": card["id"]}]


def test_it_is_drawn_when_the_order_is_made(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    card = new_card(backdoor, alice)

    order = shop.buy(alice, TOTE, code=card["code"])

    sold, used = backdoor.sold(order.id), card_of(backdoor, card)
    assert order.total == Decimal(20)
    assert sold["giftCards"] == [{"id": card["id"]}]
    assert sold["discounts"] == []
    assert used["currentBalance"]["amount"] == 0
    assert used["initialBalance"]["amount"] == 10
    assert used["events"] == [
        {
            "orderId": order.id,
            "balance": {"oldCurrentBalance": {"amount": 10}, "currentBalance": {"amount": 0}},
        }
    ]


def test_it_may_pay_all_and_keeps_the_rest(shop: Shop, backdoor: Backdoor, alice: Customer) -> None:
    card = new_card(backdoor, alice, "50")

    order = shop.buy(alice, TOTE, code=card["code"])

    assert order.total == 0
    assert card_of(backdoor, card)["currentBalance"]["amount"] == 20


def test_two_cards_pay_together_and_only_as_much_as_there_is_to_pay(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    cards = [new_card(backdoor, alice, amount) for amount in ("20", "30", "40")]
    checkout = shop.checkout(alice, TOTE)
    for card in cards:
        shop.ask("AddCode", id=checkout, code=card["code"])

    order = shop.complete(checkout, alice)

    left = [card_of(backdoor, card)["currentBalance"]["amount"] for card in cards]
    used = [each["id"] for each in backdoor.sold(order.id)["giftCards"]]
    assert left == [0, 20, 40]
    assert used == [card["id"] for card in cards[:2]]


def test_a_card_emptied_by_another_order_is_on_the_second_one_with_nothing_drawn(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    card = new_card(backdoor, alice)
    shop.allow_unpaid()
    first, second = (shop.checkout(alice, TOTE, code=card["code"]) for _ in range(2))

    totals = [shop.complete(each, alice).total for each in (first, second)]

    drawn = [
        each["balance"]["oldCurrentBalance"]["amount"] - each["balance"]["currentBalance"]["amount"]
        for each in card_of(backdoor, card)["events"]
    ]
    assert totals == [Decimal(20), Decimal(30)]
    assert drawn == [10, 0]


def test_a_card_and_a_voucher_go_together(shop: Shop, backdoor: Backdoor, alice: Customer) -> None:
    card = new_card(backdoor, alice)
    checkout = shop.checkout(alice, TOTE, code="WELCOME10")

    shop.ask("AddCode", id=checkout, code=card["code"])

    told = backdoor.prices(checkout)
    assert told["voucherCode"] == "WELCOME10"
    assert told["totalPrice"]["gross"]["amount"] == 17.5


def test_nobody_else_can_use_it(
    shop: Shop, backdoor: Backdoor, alice: Customer, bob: Customer
) -> None:
    card = new_card(backdoor, alice)

    refusals = []
    for who in (bob, "guest@example.com", alice.email):
        with pytest.raises(ShopRefused) as refusal:
            shop.checkout(who, TOTE, code=card["code"])
        refusals += refusal.value.codes

    assert refusals == ["INVALID"] * 3


@pytest.mark.parametrize("more", [{"isActive": False}, {"expiryDate": "2020-01-01"}])
def test_an_inactive_or_expired_one_is_not_valid(
    shop: Shop, backdoor: Backdoor, alice: Customer, more: dict[str, Any]
) -> None:
    card = new_card(backdoor, alice, **more)

    with pytest.raises(ShopRefused) as refusal:
        shop.checkout(alice, TOTE, code=card["code"])

    assert refusal.value.codes == ["INVALID"]


def test_a_card_closed_meanwhile_stops_the_purchase(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    card = new_card(backdoor, alice)
    checkout = backdoor.paid_checkout(alice, TOTE, card["code"])
    assert change(backdoor, "giftCardDeactivate", card) == []

    with pytest.raises(ShopRefused) as refusal:
        shop.complete(checkout, alice)

    assert refusal.value.codes == ["GIFT_CARD_NOT_APPLICABLE"]
    assert backdoor.remove_code(checkout, card["code"]) == []


def test_a_channel_may_take_none(shop: Shop, backdoor: Backdoor, alice: Customer) -> None:
    card = new_card(backdoor, alice)
    backdoor.set_channel(checkoutSettings={"allowLegacyGiftCardUse": False})

    with pytest.raises(ShopRefused) as refusal:
        shop.checkout(alice, TOTE, code=card["code"])

    assert refusal.value.codes == ["GIFT_CARD_NOT_APPLICABLE"]


def test_it_is_activated_found_by_its_marks_and_emptied(
    backdoor: Backdoor, alice: Customer
) -> None:
    mark = {"key": "reward", "value": "r-1"}
    card = new_card(backdoor, alice, isActive=False, metadata=[mark])
    new_card(backdoor, alice, metadata=[{**mark, "value": "r-2"}])

    found = [edge["node"]["id"] for edge in backdoor.ask(SEARCH, **mark)["edges"]]
    activated = change(backdoor, "giftCardActivate", card)
    adjusted = change(backdoor, "giftCardBalanceAdjust", card, amount=-25)

    after = card_of(backdoor, card)
    assert found == [card["id"]]
    assert activated == adjusted == []
    assert (after["isActive"], after["currentBalance"]["amount"]) == (True, 0)
    assert after["events"] == []


def test_an_adjustment_by_nothing_is_refused(backdoor: Backdoor, alice: Customer) -> None:
    card = new_card(backdoor, alice)

    assert change(backdoor, "giftCardBalanceAdjust", card, amount=0) == [{"code": "INVALID"}]


def test_cancelling_the_order_does_not_put_the_balance_back(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    card = new_card(backdoor, alice)
    order = shop.buy(alice, TOTE, code=card["code"])

    shop.cancel(order.id)

    assert card_of(backdoor, card)["currentBalance"]["amount"] == 0
