"""From what somebody sent to plain data that is safe to look at."""

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from saleor_loyalty.programme.checks.pieces import EXPONENT_MAX, Piece, joined
from saleor_loyalty.programme.checks.problems import Problem

BYTES_MAX = 2_000_000
# The document itself is ten deep.
DEPTH_MAX = 20
PARTS_MAX = 200_000


class _Repeated(dict[str, Any]):
    """An object of which some keys were written twice."""

    keys_twice: tuple[str, ...] = ()


def read(text: str | bytes) -> tuple[Any, list[Problem]]:
    """Return what the JSON says, and what is wrong with it as JSON."""
    whole = Piece(None)
    if len(text) > BYTES_MAX:
        message = gettext("Write at most %(most)s bytes.")
        return None, [whole.problem("TOO_LARGE", message, most=BYTES_MAX)]
    try:
        # JSON is UTF-8.
        decoded = text.decode() if isinstance(text, bytes) else text
        found = json.loads(decoded, object_pairs_hook=_object, parse_float=_number)
    except UnicodeDecodeError as error:
        message = gettext("Save the file as UTF-8: byte %(place)s is no unicode.")
        return None, [whole.problem("NOT_JSON", message, place=error.start)]
    except json.JSONDecodeError as error:
        message = gettext("Write JSON: line %(line)s, column %(column)s cannot be read.")
        place = {"line": error.lineno, "column": error.colno}
        return None, [whole.problem("NOT_JSON", message, **place)]
    except (RecursionError, ValueError):  # nested too deeply, or a number of a thousand digits
        return None, [whole.problem("NOT_JSON", gettext("Write shorter numbers, nested less."))]
    return plain(found)


def plain(document: Any) -> tuple[Any, list[Problem]]:
    """Return a copy of `document` as plain JSON, and what had to be left out."""
    copy = _Copy()
    return copy.of(Piece(document), DEPTH_MAX), copy.problems


class _Copy:
    """Makes one copy, counting its parts."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._left = PARTS_MAX

    def of(self, piece: Piece, depth: int) -> Any:
        value = piece.value
        self._left -= 1
        if self._left < 0 or depth < 0:
            if not any(problem.code == "TOO_LARGE" for problem in self.problems):
                message = gettext("Write less: this is too long, or nested too deeply.")
                self.problems.append(piece.problem("TOO_LARGE", message))
            return None
        if isinstance(value, dict):
            return dict(self._entries(value, piece, depth))
        if isinstance(value, list | tuple):
            return [
                self.of(Piece(inner, joined(piece.path, index)), depth - 1)
                for index, inner in enumerate(value[:PARTS_MAX])
                if self._left >= 0
            ]
        return self._scalar(value, piece)

    def _entries(
        self, value: dict[Any, Any], piece: Piece, depth: int
    ) -> Iterator[tuple[str, Any]]:
        for key in getattr(value, "keys_twice", ()):
            message = gettext("Write “%(key)s” once: it is here twice.")
            self.problems.append(piece.problem("WRITTEN_TWICE", message, key=self._text(key)))
        for key, inner in value.items():
            if self._left < 0:
                return
            name = self._text(str(key))
            under = Piece(inner, joined(piece.path, name))
            if name != key:
                message = gettext("Write a key of plain text.")
                self.problems.append(under.problem("NOT_TEXT", message))
            yield name, self.of(under, depth - 1)

    def _scalar(self, value: Any, piece: Piece) -> Any:
        if value is None or isinstance(value, bool | int | float | Decimal):
            return value
        if not isinstance(value, str):
            self.problems.append(piece.problem("NOT_JSON", gettext("Write JSON here.")))
            return None
        text = self._text(value)
        if text != value:
            self.problems.append(piece.problem("NOT_TEXT", gettext("Write plain text.")))
        return text

    @staticmethod
    def _text(text: str) -> str:
        """Return the text without what no database can keep: NUL, and halves of characters."""
        return text.replace("\0", "�").encode(errors="replace").decode()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = _Repeated(pairs)
    if len(found) < len(pairs):
        times = Counter(key for key, _value in pairs)
        found.keys_twice = tuple(key for key in found if times[key] > 1)
    return found


def _number(text: str) -> Decimal | float:
    """Return the number as it was written; one of absurd size becomes infinite or zero."""
    number = Decimal(text)
    return number if abs(number.adjusted()) <= EXPONENT_MAX else float(text)
