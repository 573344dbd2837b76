"""The scalars and global ids of our API."""

import json
import re
from base64 import b64decode, b64encode
from typing import Any
from uuid import UUID

import graphene
from graphql import GraphQLError, IntValueNode, ValueNode

# The largest whole number that JavaScript reads exactly.
POINTS_MAX = 2**53 - 1
# A global id of a Saleor user: "User:…" in base64.
USER_ID = re.compile(r"VXNlcj[op][A-Za-z0-9+/]{1,50}={0,2}")


class Points(graphene.Scalar):
    """A whole number of points; a JSON number, which may be larger than an Int."""

    @staticmethod
    def serialize(value: int) -> int:
        """Send the number as it is."""
        return value

    @staticmethod
    def parse_value(value: Any) -> int:
        """Read a variable."""
        if type(value) is not int or abs(value) > POINTS_MAX:
            raise GraphQLError(f"Points are a whole number up to {POINTS_MAX}.")
        return value

    @staticmethod
    def parse_literal(node: ValueNode, _variables: object = None) -> int:
        """Read a number written in the document."""
        # Very long numbers are refused before they are computed.
        if not isinstance(node, IntValueNode) or len(node.value) > len(str(-POINTS_MAX)):
            raise GraphQLError(f"Points are a whole number up to {POINTS_MAX}.")
        return Points.parse_value(int(node.value))


class JSONString(graphene.Scalar):
    """JSON, written as text within a text."""

    @staticmethod
    def serialize(value: Any) -> str:
        """Write an object as text."""
        return json.dumps(value, ensure_ascii=False)

    @staticmethod
    def parse_value(value: Any) -> str:
        """Return the text as it is: whoever reads it tells what is wrong with it."""
        if not isinstance(value, str):
            raise GraphQLError("Send JSON written as text.")
        return value

    @staticmethod
    def parse_literal(node: ValueNode, _variables: object = None) -> str:
        """Read a text written in the document."""
        return JSONString.parse_value(getattr(node, "value", None))


def global_id(kind: str, key: UUID) -> str:
    """Return the id by which the world knows a thing of ours."""
    return b64encode(f"{kind}:{key}".encode()).decode()


def from_global_id(kind: str, text: str) -> UUID | None:
    """Return the key within a global id of this kind, or None if it is no such id."""
    try:
        found, _, key = b64decode(text, validate=True).decode().partition(":")
        return UUID(key) if found == kind else None
    except ValueError:
        return None
