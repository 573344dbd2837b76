"""Relay connections over pages of rows."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import graphene
from graphene.relay import PageInfo
from graphql import GraphQLError

from saleor_loyalty.pages import Page, Place, Window

PAGE_SIZE_MAX = 100
PAGE_SIZE = 10

Row = TypeVar("Row")


def paged(connection: Any, *, description: str, **arguments: Any) -> graphene.Field:
    """Return a field with the usual arguments of a connection."""
    return graphene.Field(
        connection,
        first=graphene.Int(
            description=f"Return the first n items: {PAGE_SIZE} if not given,"
            f" at most {PAGE_SIZE_MAX}."
        ),
        after=graphene.String(description="Return the items that come after this cursor."),
        last=graphene.Int(description=f"Return the last n items: at most {PAGE_SIZE_MAX}."),
        before=graphene.String(description="Return the items that come before this cursor."),
        description=description,
        **arguments,
    )


def window(
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Window:
    """Return the part of a list that the arguments of a connection ask for."""
    if first is not None and last is not None:
        raise GraphQLError("Give either `first` or `last`, not both.")
    size = next((given for given in (first, last) if given is not None), PAGE_SIZE)
    if not 1 <= size <= PAGE_SIZE_MAX:
        raise GraphQLError(f"Ask for 1 to {PAGE_SIZE_MAX} items on a page.")
    return Window(size, _place(after), _place(before), from_end=last is not None)


def connection(
    kind: type, page: Page[Row], *, place: Callable[[Row], Place], node: Callable[[Row], Any]
) -> Any:
    """Return a page of rows as a connection of the type `kind`."""
    edges = [
        kind.Edge(cursor=_cursor(place(row)), node=node(row))  # type: ignore[attr-defined]
        for row in page.rows
    ]
    info = PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return kind(edges=edges, page_info=info)


def _cursor(place: Place) -> str:
    return b64encode(f"{place.at.isoformat()} {place.id.hex}".encode()).decode()


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    try:
        at, _, key = b64decode(cursor, validate=True).decode().partition(" ")
        place = Place(datetime.fromisoformat(at), UUID(key))
    except ValueError as error:
        raise GraphQLError("This is not a cursor that we gave out.") from error
    if place.at.tzinfo is None:
        raise GraphQLError("This is not a cursor that we gave out.")
    return place
