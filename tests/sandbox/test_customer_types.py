"""What staff and apps say of customers, and who may read it."""

from typing import Any

import httpx
import pytest
from journeys.shop import Customer, Shop
from sandbox.backdoor import Backdoor

CREATE = """mutation ($input: AttributeCreateInput!) {
  attributeCreate(input: $input) { attribute { id slug } errors { code } } }"""
ASSIGN = """mutation ($ids: [ID!]!, $kind: ID!) {
  customerTypeAssignAttributes(attributeIds: $ids, customerTypeId: $kind) { errors { code } } }"""
SAY = """mutation ($id: ID, $input: CustomerInput!) {
  customerUpdate(id: $id, input: $input) { errors { field code } } }"""
DEFAULT = """{ customerTypes(first: 1, where: {isDefault: true}) {
  edges { node { id attributes { id } } } } }"""
READ = """assignedAttribute(slug: "loyalty-tier") {
  ... on AssignedPlainTextAttribute { value } ... on AssignedNumericAttribute { number: value } }"""


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


def new_attribute(backdoor: Backdoor, **more: Any) -> str:
    given = {"name": "Loyalty tier", "type": "CUSTOMER_TYPE", "inputType": "PLAIN_TEXT", **more}
    made = backdoor.ask(CREATE, input=given)
    assert made["errors"] == []
    return str(made["attribute"]["id"])


def default_type(backdoor: Backdoor) -> str:
    return str(backdoor.ask(DEFAULT)["edges"][0]["node"]["id"])


def tier(backdoor: Backdoor, **more: Any) -> str:
    """Make an attribute that every customer has."""
    attribute = new_attribute(backdoor, **more)
    given = {"ids": [attribute], "kind": default_type(backdoor)}
    assert backdoor.ask(ASSIGN, **given)["errors"] == []
    return attribute


def say(backdoor: Backdoor, who: Customer, **value: Any) -> Any:
    return backdoor.ask(SAY, id=who.id, input={"attributes": [value]})["errors"]


def seen_by(shop: Shop, who: Customer) -> Any:
    body = {"query": f"{{ me {{ {READ} }} }}"}
    answer = httpx.post(shop.api_url, json=body, headers={"Authorization-Bearer": who.token})
    return answer.json()["data"]["me"]["assignedAttribute"]


def test_a_customer_reads_what_is_said_of_them(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    attribute = tier(backdoor)
    before = seen_by(shop, alice)

    assert say(backdoor, alice, id=attribute, plainText="Gold") == []

    assert (before, seen_by(shop, alice)) == ({"value": None}, {"value": "Gold"})
    assert seen_by(shop, shop.customer("bob@example.com")) == {"value": None}


def test_numbers_are_numbers(shop: Shop, backdoor: Backdoor, alice: Customer) -> None:
    attribute = tier(backdoor, inputType="NUMERIC")

    refused = say(backdoor, alice, id=attribute, numeric="many")
    said = say(backdoor, alice, id=attribute, numeric="250")

    assert (refused, said) == ([{"field": "attributes", "code": "INVALID"}], [])
    assert seen_by(shop, alice) == {"number": 250.0}


def test_what_the_storefront_does_not_show_only_staff_read(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    attribute = tier(backdoor, visibleInStorefront=False)
    say(backdoor, alice, id=attribute, plainText="Gold")

    read = backdoor.ask(f"query ($id: ID!) {{ user(id: $id) {{ {READ} }} }}", id=alice.id)

    assert seen_by(shop, alice) is None
    assert read["assignedAttribute"] == {"value": "Gold"}


def test_a_customer_of_another_kind_has_other_attributes(
    shop: Shop, backdoor: Backdoor, alice: Customer
) -> None:
    attribute = tier(backdoor)
    create = """mutation { customerTypeCreate(input: {name: "Wholesale"}) {
      customerType { id isDefault } } }"""
    kind = backdoor.ask(create)["customerType"]["id"]
    assert backdoor.ask(SAY, id=alice.id, input={"customerType": kind})["errors"] == []

    refused = say(backdoor, alice, id=attribute, plainText="Gold")

    assert refused == [{"field": "attributes", "code": "NOT_FOUND"}]
    assert seen_by(shop, alice) is None


def test_an_attribute_is_made_once_and_assigned_once(backdoor: Backdoor) -> None:
    attribute = tier(backdoor)
    again = {"name": "Other", "slug": "loyalty-tier", "type": "CUSTOMER_TYPE"}

    made = backdoor.ask(CREATE, input=again)["errors"]
    assigned = backdoor.ask(ASSIGN, ids=[attribute], kind=default_type(backdoor))["errors"]

    assert made == [{"code": "UNIQUE"}]
    assert assigned == [{"code": "ATTRIBUTE_ALREADY_ASSIGNED"}]
    assert backdoor.ask('{ attribute(slug: "loyalty-tier") { id } }') == {"id": attribute}
