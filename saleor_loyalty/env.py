"""Read the environment, and refuse to start on nonsense."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


@dataclass(frozen=True, slots=True)
class Environment:
    """Typed look-ups in a mapping of environment variables.

    Every reader raises ImproperlyConfigured with a sentence that says what to write instead.
    """

    values: Mapping[str, str]

    def text(self, name: str, *, default: str | None = None) -> str:
        """Return the variable, or the first line of the file named by `NAME_FILE`."""
        if file := self.values.get(f"{name}_FILE"):
            return Path(file).read_text().strip()
        value = self.values.get(name, "").strip() or default
        if value is None:
            raise ImproperlyConfigured(f"{name} is not set.")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a yes/no setting."""
        value = self.values.get(name, "yes" if default else "no").strip().lower()
        if value not in _YES | _NO:
            raise ImproperlyConfigured(f"{name}={value!r}: write true or false.")
        return value in _YES

    def number(self, name: str, *, default: int, least: int = 0, most: int = 10**9) -> int:
        """Return a whole number between `least` and `most`."""
        value = self.values.get(name, "").strip() or str(default)
        if not re.fullmatch(r"-?\d+", value) or not least <= int(value) <= most:
            raise ImproperlyConfigured(
                f"{name}={value!r}: write a whole number from {least} to {most}."
            )
        return int(value)

    def words(self, name: str, *, default: str = "") -> list[str]:
        """Return a list written with spaces or commas between its items."""
        return re.split(r"[\s,]+", text) if (text := self.text(name, default=default)) else []

    def url(self, name: str, *, default: str | None = None) -> str:
        """Return an http(s) address without a trailing slash."""
        value = self.text(name, default=default)
        if value and urlsplit(value).scheme not in {"http", "https"}:
            raise ImproperlyConfigured(f"{name}={value!r}: write an http:// or https:// address.")
        return value.rstrip("/")


environment = Environment(os.environ)
