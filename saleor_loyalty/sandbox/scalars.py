"""The schema's own scalars: how they are written and read."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    ValueNode,
    value_from_ast_untyped,
)


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise GraphQLError(f"Not a decimal: {value}") from error


def _positive(value: Any) -> Decimal:
    number = _decimal(value)
    if number < 0:
        raise GraphQLError(f"Not a positive number: {value}")
    return number


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise GraphQLError(f"Not a date and time: {value}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise GraphQLError(f"Not a date: {value}") from error


READERS: dict[str, Callable[[Any], Any]] = {
    "Decimal": _decimal,
    "PositiveDecimal": _positive,
    "DateTime": _moment,
    "Date": _day,
    "PositiveInt": int,
    "Minute": int,
    "JSONString": json.loads,
}
WRITERS: dict[str, Callable[[Any], Any]] = {
    "Decimal": float,
    "PositiveDecimal": float,
    "DateTime": datetime.isoformat,
    "Date": date.isoformat,
    "JSONString": json.dumps,
}


def _bind(scalar: GraphQLScalarType, reader: Callable[[Any], Any] | None) -> None:
    def literal(node: ValueNode, variables: dict[str, Any] | None = None) -> Any:
        value = value_from_ast_untyped(node, variables)
        return reader(value) if reader else value

    # These are the places graphql-core leaves open for a schema that was built from text.
    scalar.parse_literal = literal  # type: ignore[method-assign]
    if reader:
        scalar.parse_value = reader  # type: ignore[method-assign, assignment]
    if writer := WRITERS.get(scalar.name):
        scalar.serialize = writer  # type: ignore[method-assign, assignment]


BUILT_IN = frozenset({"ID", "String", "Int", "Float", "Boolean"})


def bind_scalars(schema: GraphQLSchema) -> None:
    """Teach the schema to read and write its scalars."""
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLScalarType) and name not in BUILT_IN:
            _bind(kind, READERS.get(name))
