"""Enums of our API, made from Python's, with a description for every value."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import graphene


def described_enum(
    source: type[Enum], *, name: str, description: str, values: Mapping[str, str]
) -> Any:
    """Return `source` as a GraphQL enum; `values` describes each by its name."""
    assert values.keys() == source.__members__.keys(), "every value has a description"
    return graphene.Enum.from_enum(
        source,
        name=name,
        description=lambda member: values[member.name] if member else description,
    )
