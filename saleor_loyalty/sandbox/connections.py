"""Pages of lists. A cursor names the place in the order, so pages stay right while lists change."""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from graphql import GraphQLError

from .ids import Node

N = TypeVar("N", bound=Node)
Key = Callable[[N], tuple[Any, ...]]

PAGE_MAX = 100


def _cursor(key: tuple[Any, ...]) -> str:
    return base64.b64encode(json.dumps(key).encode()).decode()


def _place(cursor: str) -> tuple[Any, ...]:
    try:
        return tuple(json.loads(base64.b64decode(cursor, validate=True)))
    except (binascii.Error, ValueError, TypeError) as error:
        raise GraphQLError(f"Not a cursor: {cursor}") from error


def _page_size(first: int | None, last: int | None) -> int:
    size = first if first is not None else last
    if size is None:
        raise GraphQLError("Say how many with `first` or `last`.")
    if not 0 <= size <= PAGE_MAX:
        raise GraphQLError(f"Pages have from 0 to {PAGE_MAX} entries.")
    return size


def page_of(
    nodes: Iterable[N],
    key: Key[N],
    *,
    descending: bool = False,
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
) -> dict[str, Any]:
    """Return the connection over nodes in the order of a key that differs for each of them."""
    size = _page_size(first, last)
    every = sorted(((key(node), node) for node in nodes), key=lambda kn: kn[0], reverse=descending)
    rows = every
    if after is not None:
        start = _place(after)
        rows = [row for row in rows if (row[0] < start if descending else row[0] > start)]
    if before is not None:
        end = _place(before)
        rows = [row for row in rows if (row[0] > end if descending else row[0] < end)]
    page = rows[:size] if first is not None else rows[max(len(rows) - size, 0) :]
    more = len(page) < len(rows)
    edges = [{"node": node, "cursor": _cursor(at)} for at, node in page]
    return {
        "edges": edges,
        "total_count": len(every),
        "page_info": {
            "has_next_page": more if first is not None else before is not None,
            "has_previous_page": after is not None if first is not None else more,
            "start_cursor": edges[0]["cursor"] if edges else None,
            "end_cursor": edges[-1]["cursor"] if edges else None,
        },
    }


def by_number(node: Node) -> tuple[int]:
    """Order nodes whose keys are whole numbers."""
    return (int(node.pk),)


def by_key(node: Node) -> tuple[str]:
    """Order nodes whose keys are text."""
    return (node.pk,)
