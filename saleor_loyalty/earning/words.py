"""Numbers, money, dates and names in the language that is active."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, ngettext

_SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹", "KRW": "₩", "UAH": "₴"}


def number(amount: object) -> str:
    """Return a number, all its decimals."""
    return str(number_format(Decimal(str(amount)), force_grouping=True))


def money(amount: object, currency: str) -> str:
    """Return money with two decimals at least, or none; with more where it has more."""
    exact = Decimal(str(amount)).normalize()
    decimals = max(0, -int(exact.as_tuple().exponent))
    digits = number_format(exact, max(2, decimals) if decimals else 0, force_grouping=True)
    # Never broken over two lines.
    return f"{digits}\N{NO-BREAK SPACE}{_SIGNS.get(currency, currency)}"


def unit(named: Mapping[str, Any] | None, points: int) -> str:
    """Return what so many points are called.

    :param named: what the shop calls one and many, with translations; None: points.
    """
    if named is None:
        return ngettext("point", "points", points)
    words = _translated(named.get("translations")) or named
    return str(words["one"] if points == 1 else words["many"])


def in_language(facts: Mapping[str, Any], key: str, translations: str) -> str:
    """Return a name among facts as the merchant translated it, else as they typed it."""
    return str(_translated(facts.get(translations)) or facts[key])


def day(iso: str) -> str:
    """Return a day, without its year."""
    return str(date_format(date.fromisoformat(iso), "j F"))


def _translated(translations: Mapping[str, Any] | None) -> Any:
    language = get_language() or "en"
    found = translations or {}
    return found.get(language) or found.get(language.partition("-")[0])
