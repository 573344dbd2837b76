"""Everything the sandbox knows, in memory, behind one lock."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from .ids import BadId, Node, split_id

N = TypeVar("N", bound=Node)
Announce = Callable[[str, object], None]

SHOP_NAME = "Corner Shop"


class NotFound(Exception):
    """No such object."""


def _nobody_listens(_event: str, _subject: object) -> None:
    """Stand in until deliveries are connected."""


class World:
    """All objects by kind and key. Hold `lock` while you read or change them."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.announce: Announce = _nobody_listens
        self._nodes: dict[type[Node], dict[str, Node]] = {}
        self._numbers: dict[str, int] = {}
        self._last_tick = datetime.now(UTC)

    def now(self) -> datetime:
        """Return the time, later at each call: no two changes share a moment."""
        with self.lock:
            self._last_tick = max(datetime.now(UTC), self._last_tick + timedelta(microseconds=1))
            return self._last_tick

    def next_number(self, of: str) -> str:
        """Return the next whole number of a sequence."""
        with self.lock:
            self._numbers[of] = self._numbers.get(of, 0) + 1
            return str(self._numbers[of])

    def add(self, node: N) -> N:
        """Remember an object."""
        self._nodes.setdefault(type(node), {})[node.pk] = node
        return node

    def remove(self, node: Node) -> None:
        """Forget an object."""
        self._nodes.get(type(node), {}).pop(node.pk, None)

    def all(self, kind: type[N]) -> list[N]:
        """Return all objects of a kind, the oldest first."""
        nodes = self._nodes.get(kind, {})
        return [node for node in nodes.values() if isinstance(node, kind)]

    def get(self, kind: type[N], global_id: str) -> N | None:
        """Return the object, or None if there is none of that kind with that id."""
        try:
            name, pk = split_id(global_id)
        except BadId:
            return None
        node = self._nodes.get(kind, {}).get(pk) if name == kind.KIND else None
        return node if isinstance(node, kind) else None

    def require(self, kind: type[N], global_id: str) -> N:
        """Return the object.

        :raises NotFound: if there is none.
        """
        node = self.get(kind, global_id)
        if node is None:
            raise NotFound(f"There is no {kind.KIND} {global_id}.")
        return node


def new_key() -> str:
    """Return a key for objects that Saleor gives a UUID."""
    return str(uuid.uuid4())
