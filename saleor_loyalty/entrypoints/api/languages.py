"""The languages of our sentences."""

from collections.abc import Callable
from enum import Enum
from typing import Any

from django.utils import translation

from saleor_loyalty.entrypoints.api.enums import described_enum


class LanguageCode(Enum):
    """The languages of our sentences."""

    EN = "en"
    FR = "fr"


LanguageCodeEnum = described_enum(
    LanguageCode,
    name="LanguageCodeEnum",
    description="A language we speak.",
    values={"EN": "English.", "FR": "French."},
)


def wanted_language() -> Any:
    """Return the argument by which a field is asked for in a language."""
    return LanguageCodeEnum(
        description="The language wanted; if not given, that of the header Accept-Language."
    )


def written(language: LanguageCode | None, write: Callable[[], str]) -> str:
    """Return what `write` writes in the language wanted, or in that of the request."""
    if language is None:
        return write()
    with translation.override(language.value):
        return write()
