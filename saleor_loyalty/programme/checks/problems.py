"""A problem of a document: where it is, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is.

    ERROR: the document cannot be published so.
    NOT_YET_ACTIVE: it can, but this part does nothing yet.
    WARNING: it can, but it hardly does what was meant.
    """

    ERROR = "ERROR"
    NOT_YET_ACTIVE = "NOT_YET_ACTIVE"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to look at, such as `earning.rules[3].effect.rates.EUR`; path "" is all of it."""

    path: str
    code: str
    message: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.path or 'document'}: {self.message}"
