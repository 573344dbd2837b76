"""What Saleor sends, read field by field with a check: bounded, and fit for every database."""

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

# No shop sells for more, or more pieces; what is larger is not an order but mischief.
_AMOUNT_MAX = Decimal(10) ** 12
_AMOUNT_MIN = -_AMOUNT_MAX
_QUANTITY_MAX = 10**9
# More digits than any currency has, and as many as we store.
_DIGITS = Decimal("0.0001")
TEXT_MAX = 64
#: Saleor's own limit for slugs, article numbers and codes.
NAME_MAX = 255


class MalformedPayload(ValueError):
    """The payload is not what our documents ask for."""


def parse(text: bytes | str) -> Any:
    """Parse JSON without losing a cent: amounts become Decimal.

    :raises ValueError: for anything that is not JSON, also NaN and Infinity.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except ArithmeticError as error:
        raise ValueError("a number beyond all measure") from error


def short_text(payload: Any, name: str) -> str:
    """Return a field such as an id, which every database can keep.

    :raises MalformedPayload: for anything else.
    """
    return Fields(payload).text(name)


def moment(value: Any) -> datetime:
    """Return a date-time of Saleor's, which always has a time zone.

    :raises MalformedPayload: for anything else.
    """
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise MalformedPayload("not a date-time") from error
    # Far from the ends of the calendar, so that days can be added.
    if at.tzinfo is None or not 2000 <= at.year <= 2200:
        raise MalformedPayload("not a date-time of this age, with a time zone")
    return at


class Fields:
    """An object of the payload, whose fields are read with a check.

    Every reader raises MalformedPayload with the field's name.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Any) -> None:
        if not isinstance(fields, dict):
            raise MalformedPayload("not an object")
        self._fields = fields

    def __getitem__(self, name: str) -> Any:
        try:
            return self._fields[name]
        except KeyError:
            raise MalformedPayload(f"no {name}") from None

    def part(self, name: str) -> "Fields":
        """Return an object within."""
        return Fields(self[name])

    def list(self, name: str) -> "list[Fields]":
        """Return a list of objects; null is an empty one."""
        items = self[name] or []
        if not isinstance(items, list):
            raise MalformedPayload(f"{name} is not a list")
        return [Fields(item) for item in items]

    def text(self, name: str, *, length: int | None = None) -> str:
        """Return a short text that every database can keep."""
        text = check_text(self[name], name, TEXT_MAX)
        if length and len(text) != length:
            raise MalformedPayload(f"{name} is not {length} characters long")
        return text

    def name(self, name: str, *, may_be_missing: bool = False) -> str:
        """Return a slug, an article number or a code; null is an empty one, where that may be."""
        value = self[name]
        if may_be_missing and (value is None or value == ""):
            return ""
        return check_text(value, name, NAME_MAX)

    def count(self, name: str) -> int:
        """Return a whole number of pieces."""
        value = self[name]
        if type(value) is not int or not 0 < value <= _QUANTITY_MAX:
            raise MalformedPayload(f"{name} is not a number of pieces")
        return value

    def amount(self, *, may_be_negative: bool = False) -> Decimal:
        """Return the amount of money that this object is."""
        value = self["amount"]
        is_money = type(value) in {int, Decimal} and _AMOUNT_MIN < value < _AMOUNT_MAX
        if not is_money or (value < 0 and not may_be_negative):
            raise MalformedPayload("not an amount that a shop takes")
        return Decimal(value).quantize(_DIGITS)

    def moment(self, name: str) -> datetime:
        """Return a date-time."""
        return moment(self[name])


def check_text(value: Any, name: str, at_most: int) -> str:
    """Return a text that is neither empty nor long, and that every database can keep.

    :raises MalformedPayload: for anything else.
    """
    if not isinstance(value, str) or not 0 < len(value) <= at_most or "\0" in value:
        raise MalformedPayload(f"{name} is not a short text")
    if not value.isascii() and value.encode(errors="replace").decode() != value:
        raise MalformedPayload(f"{name} is not a text")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
