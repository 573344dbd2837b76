"""An API that fails on purpose, for chosen operations, so and so often."""

import re
import threading
import time
from dataclasses import dataclass

SECONDS_MAX = 30.0
TIMES_MAX = 10_000
#: Every operation.
ANY = "*"
_NAME = re.compile(r"\b(?:query|mutation)\s+(\w+)")

#: What can go wrong: the answer is late; 500 or 429 before anything is done; after it was done,
#: half an answer, or the connection is lost; 503 while it is down, until all goes well again.
KINDS = frozenset({"LATE", "ERROR", "BUSY", "LOST", "HALF", "DOWN"})
BEFORE = {"ERROR": 500, "BUSY": 429, "DOWN": 503}


class BadTrouble(Exception):
    """No such trouble, or not so much of it."""


@dataclass(slots=True)
class Trouble:
    """What happens to an operation, `times` more times; `seconds` are for LATE."""

    operation: str
    kind: str
    times: int = 1
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS or not 1 <= self.times <= TIMES_MAX:
            raise BadTrouble(f"{self.kind} {self.times} times: one of {sorted(KINDS)}, from 1 on.")
        if not 0 <= self.seconds <= SECONDS_MAX:
            raise BadTrouble(f"seconds={self.seconds}: from 0 to {SECONDS_MAX}.")


class Troubles:
    """The troubles that are still to come. Threads may ask at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._coming: list[Trouble] = []
        # How often each operation was asked for, troubles or not.
        self.asked: dict[str, int] = {}

    def order(self, trouble: Trouble) -> None:
        """Let a trouble come."""
        with self._lock:
            self._coming.append(trouble)

    def clear(self) -> None:
        """Let all go well again, and count anew."""
        with self._lock:
            self._coming.clear()
            self.asked.clear()

    def next_for(self, query: object) -> str | None:
        """Return what happens to a request, None: nothing. Late answers are waited for here."""
        found = _NAME.search(query) if isinstance(query, str) else None
        name = found[1] if found else ""
        with self._lock:
            self.asked[name] = self.asked.get(name, 0) + 1
            wanted = (each for each in self._coming if each.operation in (name, ANY))
            trouble = next(wanted, None)
            if trouble is None:
                return None
            # What is down stays down.
            trouble.times -= trouble.kind != "DOWN"
            if not trouble.times:
                self._coming.remove(trouble)
        if trouble.kind == "LATE":
            time.sleep(trouble.seconds)
            return None
        return trouble.kind
