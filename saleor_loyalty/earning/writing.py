"""Numbers as receipts keep them: texts of at most four decimals. Pure."""

from fractions import Fraction
from typing import Any

_DECIMALS = 4
_UNIT = 10**_DECIMALS


def number(exact: Fraction) -> str:
    """Return a number without superfluous zeros; further decimals are left out."""
    whole, rest = divmod(int(abs(exact) * _UNIT), _UNIT)
    sign = "-" if exact < 0 and (whole or rest) else ""
    return f"{sign}{whole}.{rest:0{_DECIMALS}}".rstrip("0").rstrip(".")


def money(exact: Fraction, currency: str) -> dict[str, Any]:
    """Return an amount of money."""
    return {"money": number(exact), "currency": currency}
