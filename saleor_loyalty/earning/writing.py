"""Numbers as receipts keep them: texts of at most four decimals. Pure."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

_DECIMALS = 4
_UNIT = 10**_DECIMALS


def number(exact: Fraction) -> str:
    """Return a number without superfluous zeros; further decimals are left out."""
    if exact.denominator == 1:
        return str(exact.numerator)
    whole, rest = divmod(abs(exact.numerator) * _UNIT // exact.denominator, _UNIT)
    sign = "-" if exact < 0 and (whole or rest) else ""
    return f"{sign}{whole}.{rest:0{_DECIMALS}}".rstrip("0").rstrip(".")


def plain(amount: Decimal) -> str:
    """Return a number as a document has it, without superfluous zeros."""
    return format(amount.normalize(), "f")


def money(exact: Fraction, currency: str) -> dict[str, Any]:
    """Return an amount of money."""
    return {"money": number(exact), "currency": currency}
