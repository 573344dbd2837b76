"""The sandbox's schema is a true part of Saleor's, and holds what we say to Saleor."""

import os
from functools import cache
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, concat_ast, parse, validate
from journeys.shop import DOCUMENTS
from sandbox.true_part import differences

from saleor_loyalty.sandbox.execution import load_schema

REPOSITORY = Path(__file__).parents[2]
SDL_DIR = Path(os.environ.get("SALEOR_SDL_DIR") or REPOSITORY.parent / "shared" / "saleor")
# What the app says to Saleor.
SPOKEN = sorted((REPOSITORY / "graphql" / "saleor").rglob("*.graphql"))

# Everything that differs, by version: what came with 3.23, and what 3.24 no longer insists on.
EXCEPTIONS = {
    "3.22": {
        "AppInstallInput(appName: String)",
        "AppInstallInput(manifestUrl: String)",
        "Attribute.name: String",
        "Attribute.slug: String",
        "Attribute.type: AttributeTypeEnum",
        "AttributeTypeEnum.CUSTOMER_TYPE",
        "Checkout.delivery",
        "CheckoutLine.priceOverrideReason",
        "CheckoutLineInput(priceOverrideReason)",
        "CheckoutSettings.allowLegacyGiftCardUse",
        "CheckoutSettingsInput(allowLegacyGiftCardUse)",
        "CustomerDeleted",
        "CustomerInput(attributes)",
        "CustomerInput(customerType)",
        "CustomerType",
        "CustomerTypeAssignAttributes",
        "CustomerTypeAssignAttributesError",
        "CustomerTypeAssignAttributesErrorCode",
        "CustomerTypeCountableConnection",
        "CustomerTypeCountableEdge",
        "CustomerTypeCreate",
        "CustomerTypeCreateError",
        "CustomerTypeCreateErrorCode",
        "CustomerTypeCreateInput",
        "CustomerTypeWhereInput",
        "Delivery",
        "DeliveryOptionsCalculate",
        "DeliveryOptionsCalculateError",
        "DeliveryOptionsCalculateErrorCode",
        "GiftCard.assignedTo",
        "GiftCardBalanceAdjust",
        "GiftCardCreateInput(assignedTo)",
        "GiftCardEventsEnum.BALANCE_ADJUSTED",
        "GiftCardPaymentMethodDetails",
        "GiftCardPaymentMethodDetailsInput",
        "Mutation.customerTypeAssignAttributes",
        "Mutation.customerTypeCreate",
        "Mutation.deliveryOptionsCalculate",
        "Mutation.giftCardBalanceAdjust",
        "Mutation.webhookDelete(id: ID!)",
        "Mutation.webhookDelete(identifier)",
        "Mutation.webhookUpdate(id: ID!)",
        "Mutation.webhookUpdate(identifier)",
        "OrderGrantRefundCreateErrorCode.NOT_CONFIGURED",
        "OrderLine.priceOverrideReason",
        "PaymentMethodDetailsInput(giftCard)",
        "PermissionEnum.MANAGE_CUSTOMER_TYPES_AND_ATTRIBUTES",
        "Query.customerTypes",
        "User.assignedAttribute",
        "User.assignedAttributes",
        "User.customerType",
        "Webhook.identifier",
        "WebhookCreateInput(identifier)",
        "WebhookUpdateInput(identifier)",
    },
    "3.23": set[str](),
    "3.24": {"CheckoutCreateInput(lines: [CheckoutLineInput!])"},
}
# The driver asks for delivery options the way 3.23 introduced.
DRIVEN = ("3.23", "3.24")


@cache
def saleor(version: str) -> GraphQLSchema:
    path = SDL_DIR / f"schema-{version}.graphql"
    if not path.exists():
        pytest.skip(f"{path} is not here: set SALEOR_SDL_DIR to the folder with Saleor's schemas")
    return build_schema(path.read_text("utf-8"), assume_valid=True, no_location=True)


@pytest.mark.parametrize("version", EXCEPTIONS)
def test_the_sandbox_speaks_a_true_part_of_saleors_api(version: str) -> None:
    different = set(differences(load_schema(), saleor(version)))

    assert different == EXCEPTIONS[version]


def test_a_difference_would_be_noticed() -> None:
    whole = build_schema(
        "type Query { a(x: Int!, y: Int): Int b: [B] } enum B { ONE } input I { p: Int! }"
    )
    part = build_schema(
        "type Query { a(y: Int!): Int! b: [B!] c: Int d(i: I): Int }"
        " enum B { TWO } input I { q: Int }"
    )

    assert differences(part, whole) == [
        "Query.a: Int",
        "Query.b: [B]",
        "Query.c",
        "Query.d",
        "B.TWO",
        "I(q)",
        "I(p) is required",
    ]


def test_the_sandbox_understands_the_app() -> None:
    # Together, because they share fragments.
    spoken = [parse(path.read_text("utf-8")) for path in SPOKEN]

    assert validate(load_schema(), concat_ast(spoken)) == []


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_the_sandbox_understands_the_driver(name: str) -> None:
    assert validate(load_schema(), parse(DOCUMENTS[name])) == []


@pytest.mark.parametrize("version", DRIVEN)
@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_every_saleor_understands_the_driver(name: str, version: str) -> None:
    assert validate(saleor(version), parse(DOCUMENTS[name])) == []
