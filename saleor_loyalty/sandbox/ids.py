"""Global ids the way Saleor writes them, and what every object with an id has in common."""

import base64
import binascii
from dataclasses import dataclass, field
from typing import ClassVar


class BadId(Exception):
    """Not a global id, or one of another kind."""


def global_id(kind: str, pk: str) -> str:
    """Return the id by which callers know the object."""
    return base64.b64encode(f"{kind}:{pk}".encode()).decode()


def split_id(value: str) -> tuple[str, str]:
    """Return kind and key of a global id.

    :raises BadId: if it is none.
    """
    try:
        kind, separator, pk = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise BadId(value) from error
    if not separator:
        raise BadId(value)
    return kind, pk


@dataclass(kw_only=True, eq=False)
class Node:
    """An object with a global id and metadata."""

    KIND: ClassVar[str] = ""
    pk: str
    public: dict[str, str] = field(default_factory=dict)
    private: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The global id."""
        return global_id(self.KIND, self.pk)
