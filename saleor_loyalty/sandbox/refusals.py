"""The answer no, as a mutation gives it."""

from typing import Any


class Refusal(Exception):
    """A mutation refuses what was asked, with a code its schema knows."""

    def __init__(self, field: str | None, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.field, self.code, self.message, self.more = field, code, message, more

    def as_error(self) -> dict[str, Any]:
        """Return the entry for the payload's list of errors."""
        return {"field": self.field, "code": self.code, "message": self.message, **self.more}
