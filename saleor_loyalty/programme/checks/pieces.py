"""Reading a document that may be anything, without ever stumbling.

What is absent, or no such thing as was asked for, is None: whether it should be there is the
terms' business.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from saleor_loyalty.programme.checks.problems import Problem, Severity

KEY_CHARACTERS_MAX = 60
# Beyond it numbers are nonsense here, and slow to reckon with.
EXPONENT_MAX = 30
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


def joined(path: str, part: str | int) -> str:
    """Return the path of what stands under `part` at `path`, as JavaScript would write it."""
    if isinstance(part, int):
        return f"{path}[{part}]"
    if not _PLAIN.fullmatch(part):
        return f"{path}[{json.dumps(part[:KEY_CHARACTERS_MAX], ensure_ascii=False)}]"
    part = part[:KEY_CHARACTERS_MAX]
    return f"{path}.{part}" if path else part


@dataclass(frozen=True, slots=True)
class Piece:
    """Something in a document, and where it stands."""

    value: Any
    path: str = ""

    def __getitem__(self, key: str) -> "Piece":
        inner = self.value.get(key) if isinstance(self.value, dict) else None
        return Piece(inner, joined(self.path, key))

    def __bool__(self) -> bool:
        return self.value not in (None, [], {}, "")

    def items(self) -> list["Piece"]:
        """Return what a list holds."""
        values = self.value if isinstance(self.value, list) else ()
        return [Piece(value, joined(self.path, index)) for index, value in enumerate(values)]

    def entries(self) -> Iterator[tuple[str, "Piece"]]:
        """Yield what an object holds, with its keys."""
        keys = self.value if isinstance(self.value, dict) else ()
        return ((key, self[key]) for key in keys)

    def holders(self) -> list["Piece"]:
        """Return the lists and objects in a list or an object."""
        if isinstance(self.value, dict):
            inner: Iterable[tuple[str | int, Any]] = self.value.items()
        else:
            inner = enumerate(self.value if isinstance(self.value, list) else ())
        return [
            Piece(value, joined(self.path, part))
            for part, value in inner
            if isinstance(value, dict | list)
        ]

    def texts(self) -> list[str]:
        """Return the texts of a list."""
        values = self.value if isinstance(self.value, list) else ()
        return [value for value in values if isinstance(value, str) and value]

    def text(self) -> str:
        """Return the text; "" if it is none."""
        return self.value if isinstance(self.value, str) else ""

    def number(self) -> Decimal | None:
        """Return the number, which may be written as a text, as amounts are."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float | Decimal | str):
            return None
        try:
            number = Decimal(str(self.value)[:100])
        except (InvalidOperation, ValueError):  # also for numbers too long to be written
            return None
        if not number.is_finite() or abs(number.adjusted()) > EXPONENT_MAX:
            return None
        return number

    def moment(self) -> datetime | None:
        """Return the moment that a text tells."""
        try:
            moment = datetime.fromisoformat(self.text())
            # Far from the ends of the calendar, where time zones cannot be reckoned.
            return moment.astimezone(UTC) if moment.tzinfo and 1 < moment.year < 9999 else None
        except ValueError:
            return None

    def problem(self, code: str, message: str, **parameters: object) -> Problem:
        """Return an error about this piece."""
        return self._told(Severity.ERROR, code, message, parameters)

    def warning(self, code: str, message: str, **parameters: object) -> Problem:
        """Return a warning about this piece."""
        return self._told(Severity.WARNING, code, message, parameters)

    def not_yet(self, message: str, **parameters: object) -> Problem:
        """Say that this piece does nothing yet."""
        return self._told(Severity.NOT_YET_ACTIVE, "NOT_YET_ACTIVE", message, parameters)

    def _told(
        self, severity: Severity, code: str, message: str, parameters: dict[str, object]
    ) -> Problem:
        shown = {
            name: value[:KEY_CHARACTERS_MAX] if isinstance(value, str) else value
            for name, value in parameters.items()
        }
        return Problem(self.path, code, message % shown, severity)
