"""One page of a long list, found by the key of a row rather than by counting rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

Row = TypeVar("Row")


class Place(NamedTuple):
    """Where a row stands in a list that is sorted by a moment, then by key."""

    at: datetime
    id: UUID


FIRST = Place(datetime.min.replace(tzinfo=UTC), UUID(int=0))
LAST = Place(datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list that is wanted: `size` rows between two places, from either end."""

    size: int
    after: Place | None = None
    before: Place | None = None
    from_end: bool = False

    def bounds(self, *, newest_first: bool) -> tuple[Place, Place]:
        """Return the places below and above the rows wanted, both excluded."""
        low, high = (self.before, self.after) if newest_first else (self.after, self.before)
        return low or FIRST, high or LAST

    def direction(self, *, newest_first: bool) -> str:
        """Return the order to read rows in, as SQL has it."""
        return "DESC" if newest_first != self.from_end else "ASC"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of a window, in the list's order."""

    rows: Sequence[Row]
    has_next: bool
    has_previous: bool


def page(rows: Sequence[Row], window: Window) -> Page[Row]:
    """Make a page of rows as they were read: one more than wanted tells that there are others."""
    has_more, rows = len(rows) > window.size, rows[: window.size]
    if window.from_end:
        return Page(rows[::-1], window.before is not None, has_more)
    return Page(rows, has_more, window.after is not None)
