"""What we say to Saleor is what its versions understand."""

import os
import re
from functools import cache
from pathlib import Path

import pytest
from graphql import (
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)
from graphql.type import GraphQLEnumType

from saleor_loyalty.entrypoints.install.manifest import WEBHOOKS, saleor_version
from saleor_loyalty.gateways.saleor import documents

_REPOSITORY = Path(__file__).parent.parent
_SDL = Path(os.environ.get("SALEOR_SDL_DIR") or _REPOSITORY.parent / "shared" / "saleor")
VERSIONS = ("3.22", "3.23", "3.24")


@cache
def _schema(version: str) -> GraphQLSchema:
    path = _SDL / f"schema-{version}.graphql"
    if not path.is_file():
        pytest.skip(f"Saleor's schema is not at {path}; set SALEOR_SDL_DIR to check against it")
    return build_schema(path.read_text(), assume_valid=True)


@pytest.mark.parametrize("operation", documents.operations())
@pytest.mark.parametrize("version", VERSIONS)
def test_saleor_accepts_what_we_send(version: str, operation: str) -> None:
    if (saleor_version(version) or (0, 0)) < documents.since(operation):
        pytest.skip(f"not sent to Saleor {version}")

    assert validate(_schema(version), parse(documents.document(operation))) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_saleor_knows_every_event_we_subscribe_to(version: str) -> None:
    enum = _schema(version).type_map["WebhookEventTypeAsyncEnum"]
    assert isinstance(enum, GraphQLEnumType)

    events = {event for webhook in WEBHOOKS for event in documents.events(webhook.document)}

    assert events - set(enum.values) == set()
    assert {"ORDER_FULLY_PAID", "CUSTOMER_CREATED", "APP_DELETED"} < events


@pytest.mark.parametrize("operation", documents.operations())
def test_a_file_holds_the_one_operation_it_is_named_after(operation: str) -> None:
    [path] = documents.DOCUMENTS.glob(f"[!f]*/{operation}.graphql")
    definitions = parse(path.read_text()).definitions

    [definition] = definitions
    assert isinstance(definition, OperationDefinitionNode)
    assert definition.name is not None
    assert definition.name.value == operation
    assert path.parent.name == {"query": "queries"}.get(
        definition.operation.value, f"{definition.operation.value}s"
    )


def test_every_fragment_is_appended_to_an_operation() -> None:
    files = {path.stem for path in (documents.DOCUMENTS / "fragments").glob("*.graphql")}

    appended = {
        definition.name.value
        for operation in documents.operations()
        for definition in parse(documents.document(operation)).definitions
        if isinstance(definition, FragmentDefinitionNode)
    }

    assert appended == files


def test_an_operation_without_a_file_is_named_in_the_error() -> None:
    with pytest.raises(LookupError, match=re.escape("NoSuchOperation.graphql")):
        documents.document("NoSuchOperation")
