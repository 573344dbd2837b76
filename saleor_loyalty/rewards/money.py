"""Amounts of money in digits that their currency has. Pure."""

from decimal import Decimal
from fractions import Fraction
from math import floor

_CENT = Decimal("0.01")
_ONE = Decimal(1)
_WITHOUT_CENTS = frozenset(
    (
        *("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"),
        *("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"),
    )
)


def rounded_down(amount: Decimal | Fraction, currency: str) -> Decimal:
    """Return the next lower amount that can be paid."""
    digit = _digit(currency)
    return floor(Fraction(amount) / Fraction(digit)) * digit


def rounded_up(amount: Decimal | Fraction, currency: str) -> Decimal:
    """Return the next higher amount that can be paid."""
    return -rounded_down(-Fraction(amount), currency)


def share_of(amount: Decimal, percent: int) -> Fraction:
    """Return so many percent, exactly."""
    return Fraction(amount) * percent / 100


def whole_for(share: Decimal, percent: int) -> Fraction:
    """Return the amount of which `share` is so many percent, exactly."""
    return Fraction(share) * 100 / percent


def _digit(currency: str) -> Decimal:
    return _ONE if currency in _WITHOUT_CENTS else _CENT
