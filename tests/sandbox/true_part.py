"""Tells where one schema is no true part of another."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    is_required_argument,
    is_required_input_field,
)


def differences(part: GraphQLSchema, whole: GraphQLSchema) -> list[str]:
    """Name everything in the part that is missing or different in the whole."""
    found: list[str] = []
    for name, kind in part.type_map.items():
        if name.startswith("__"):
            continue
        if name not in whole.type_map:
            found.append(name)
        elif type(kind) is not type(whole.type_map[name]):
            found.append(f"{name}: another kind of type")
        else:
            found.extend(_within(name, kind, whole.type_map[name]))
    return found


def _within(name: str, ours: GraphQLNamedType, theirs: Any) -> Iterator[str]:
    if isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
        yield from _missing(f"{name} implements ", _names(ours.interfaces), theirs.interfaces)
        for field_name, field in ours.fields.items():
            yield from _field(f"{name}.{field_name}", field, theirs.fields.get(field_name))
    elif isinstance(ours, GraphQLUnionType):
        yield from _missing(f"{name} = ", _names(ours.types), theirs.types)
    elif isinstance(ours, GraphQLEnumType):
        yield from (f"{name}.{value}" for value in ours.values if value not in theirs.values)
    elif isinstance(ours, GraphQLInputObjectType):
        yield from _inputs(name, ours.fields, theirs.fields)
        yield from _forgotten(name, ours.fields, theirs.fields, is_required_input_field)


def _names(types: Any) -> list[str]:
    return [kind.name for kind in types]


def _missing(prefix: str, ours: list[str], theirs: Any) -> Iterator[str]:
    yield from (f"{prefix}{name}" for name in ours if name not in _names(theirs))


def _field(path: str, ours: Any, theirs: Any) -> Iterator[str]:
    if theirs is None:
        yield path
    elif str(ours.type) != str(theirs.type):
        yield f"{path}: {theirs.type}"
    else:
        yield from _inputs(path, ours.args, theirs.args)
        yield from _forgotten(path, ours.args, theirs.args, is_required_argument)


def _inputs(path: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    for name, given in ours.items():
        if name not in theirs:
            yield f"{path}({name})"
        elif str(given.type) != str(theirs[name].type):
            yield f"{path}({name}: {theirs[name].type})"
        elif given.default_value != theirs[name].default_value:
            yield f"{path}({name} = {theirs[name].default_value})"


def _forgotten(path: str, ours: Any, theirs: Any, is_required: Any) -> Iterator[str]:
    for name, given in theirs.items():
        if is_required(given) and name not in ours:
            yield f"{path}({name}) is required"
