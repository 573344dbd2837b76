"""The guide for storefront developers: what it tells them to say is said here, and works."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from api.rewarding import RewardShop
from graphql import GraphQLSchema, build_schema, parse, validate
from journeys.shop import ADDRESS, Customer, Shop

from saleor_loyalty.entrypoints.api.redemption_errors import ErrorCode
from saleor_loyalty.entrypoints.api.schema import schema

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "rewards-at-checkout.md").read_text("utf-8")
SALEOR = build_schema((ROOT / "saleor_loyalty" / "sandbox" / "schema.graphql").read_text("utf-8"))
SCHEMAS: dict[str, GraphQLSchema] = {"saleor": SALEOR, "loyalty": schema}


def blocks() -> Iterator[tuple[str, str, str]]:
    """Return the operations of the guide: whom they are for, their names, their texts."""
    for whom, text in re.findall(r"```graphql (\w+)\n(.*?)```", GUIDE, re.DOTALL):
        name = re.search(r"(?:query|mutation) (\w+)", text)
        assert name
        yield whom, name[1], text


BLOCKS = {name: (whom, text) for whom, name, text in blocks()}


@pytest.mark.parametrize("name", BLOCKS)
def test_every_operation_is_valid(name: str) -> None:
    whom, text = BLOCKS[name]

    assert validate(SCHEMAS[whom], parse(text)) == []


def test_every_code_is_explained() -> None:
    told = set(re.findall(r"`([A-Z_]+)`", GUIDE))

    assert {code.value for code in ErrorCode} <= told


def test_five_calls_lead_from_login_to_a_paid_order(
    rewards: RewardShop, sandbox: Shop, anna: Customer
) -> None:
    rewards.member(anna, 250)
    coffee = next(each for each in sandbox.articles() if each.sku == "coffee-beans")

    def ask(name: str, **variables: Any) -> Any:
        whom, text = BLOCKS[name]
        if whom == "loyalty":
            data = rewards.data(text, token=anna.token, **variables)
        else:
            headers = {"Authorization": f"Bearer {anna.token}"}
            body = {"query": text, "variables": variables}
            data = httpx.post(sandbox.api_url, json=body, headers=headers).json()["data"]
        return next(iter(data.values()))

    bought = {
        "channel": "default-channel", "lines": [{"variantId": coffee.variant_id, "quantity": 4}],
        "shippingAddress": ADDRESS, "billingAddress": ADDRESS,
    }  # fmt: skip
    session = ask("LogIn", email="alice@example.com", password="password")
    checkout = ask("Fill", input=bought)["checkout"]["id"]
    deliveries = sandbox.ask("Deliveries", id=checkout)["deliveries"]
    sandbox.ask("ChooseDelivery", id=checkout, delivery=deliveries[0]["id"])
    before, _ = sandbox.total(checkout)
    offers = ask("Offers", checkout=checkout)
    wish = {"rewardId": offers[0]["reward"]["id"], "times": 2, "checkoutId": checkout,
            "idempotencyKey": "0d2c5a1e-5b1f-4a4e-9a53-3f1f6c1d7c02"}  # fmt: skip
    taken = ask("Redeem", input=wish)
    sandbox.pay(checkout, *sandbox.total(checkout))
    done = ask("Complete", checkout=checkout)

    assert session["token"]
    assert offers[0]["isAvailable"]
    assert taken["errors"] == done["errors"] == []
    assert taken["checkout"]["total"]["amount"] == float(before) - 10
    assert done["order"]["total"]["gross"]["amount"] == float(before) - 10
    assert done["order"]["voucherCode"] == taken["redemption"]["code"]


def test_a_reward_given_back_leaves_the_checkout(
    rewards: RewardShop, sandbox: Shop, anna: Customer
) -> None:
    rewards.member(anna, 250)
    checkout = sandbox.checkout(anna, [("coffee-beans", 4)])
    before = sandbox.total(checkout)
    taken = rewards.redeem(anna, checkoutId=checkout)["redemption"]

    payload = rewards.does(BLOCKS["GiveBack"][1], anna.token, redemptionId=taken["id"])

    assert payload["errors"] == []
    assert payload["member"]["balance"] == {"available": 250, "held": 0}
    assert sandbox.total(checkout) == before
    sandbox.pay(checkout, *before)
    assert sandbox.complete(checkout, anna).total == before[0]


def test_a_code_that_was_only_removed_can_be_put_back(
    rewards: RewardShop, sandbox: Shop, anna: Customer
) -> None:
    rewards.member(anna, 250)
    checkout = sandbox.checkout(anna, [("coffee-beans", 4)])
    taken = rewards.redeem(anna, checkoutId=checkout)
    code, total = taken["redemption"]["code"], taken["checkout"]["total"]

    body = {"query": BLOCKS["Remove"][1], "variables": {"checkout": checkout, "code": code}}
    removed = httpx.post(sandbox.api_url, json=body).json()["data"]["checkoutRemovePromoCode"]
    given = {"redemptionId": taken["redemption"]["id"], "checkoutId": checkout}
    payload = rewards.does(BLOCKS["Apply"][1], anna.token, **given)

    assert removed["errors"] == payload["errors"] == []
    assert removed["checkout"]["totalPrice"]["gross"]["amount"] > total["amount"]
    assert payload["checkout"]["total"] == total
