"""Read the environment, and refuse to start on nonsense."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}
# How to speak to a mail server, and at which port unless another is named.
_MAIL_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes e-mails; no host: there is none."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = field(default="", repr=False)
    # Encrypted from a command on (STARTTLS), or from the first byte.
    use_tls: bool = False
    use_ssl: bool = False


@dataclass(frozen=True, slots=True)
class Environment:
    """Typed look-ups in a mapping of environment variables.

    Every reader raises ImproperlyConfigured with a sentence that says what to write instead.
    """

    values: Mapping[str, str]

    def text(self, name: str, *, default: str | None = None) -> str:
        """Return the variable, or the content of the file named by `NAME_FILE`."""
        if file := self.values.get(f"{name}_FILE"):
            return _content(name, Path(file))
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
        if not re.fullmatch(r"-?\d{1,18}", value) or not least <= int(value) <= most:
            raise ImproperlyConfigured(
                f"{name}={value!r}: write a whole number from {least} to {most}."
            )
        return int(value)

    def words(
        self, name: str, *, default: str = "", form: str = ".+", example: str = ""
    ) -> list[str]:
        """Return a list written with spaces or commas between its items, each of one form."""
        words = re.findall(r"[^\s,]+", self.text(name, default=default))
        for word in words:
            if not re.fullmatch(form, word, re.ASCII):
                raise ImproperlyConfigured(f"{name}: {word!r} does not look like {example}")
        return words

    def url(self, name: str, *, default: str | None = None) -> str:
        """Return an http(s) address without a trailing slash."""
        value = self.text(name, default=default)
        if value and not _is_web_address(value):
            raise ImproperlyConfigured(f"{name}={value!r}: write an http:// or https:// address.")
        return value.rstrip("/")

    def server(self, name: str, *, example: str) -> str:
        """Return the address of a server, with a scheme of any kind."""
        value = self.text(name)
        if not re.match(r"[a-z][a-z0-9+.-]*://", value):
            # The value is not shown: it may hold a password.
            raise ImproperlyConfigured(f"{name}: write an address such as {example}")
        return value

    def mail_server(self, name: str) -> MailServer:
        """Return the server that takes our e-mails; none if the variable is not set."""
        value = self.text(name, default="")
        if not value:
            return MailServer()
        try:
            server = _mail_server(value)
        except ValueError:
            # Not from the error, and not the value: they may hold the password.
            example = "smtp+tls://user:password@mail.example.com:587"
            raise ImproperlyConfigured(f"{name}: write an address such as {example}") from None
        return server

    def email(self, name: str, *, default: str | None = None) -> str:
        """Return an e-mail address, with or without a name."""
        value = self.text(name, default=default)
        try:
            if value:
                validate_email(parseaddr(value)[1])
        except ValidationError:
            raise ImproperlyConfigured(
                f"{name}={value!r}: write an e-mail address, such as Our Shop <points@example.com>"
            ) from None
        return value


def _mail_server(text: str) -> MailServer:
    url = urlsplit(text)
    user, password = unquote(url.username or ""), unquote(url.password or "")
    is_whole = url.scheme in _MAIL_PORTS and url.hostname and bool(user) == bool(password)
    if not is_whole or url.path not in {"", "/"} or url.query or url.fragment:
        raise ValueError(text)
    return MailServer(
        host=url.hostname or "",
        port=url.port or _MAIL_PORTS[url.scheme],
        user=user,
        password=password,
        use_tls=url.scheme == "smtp+tls",
        use_ssl=url.scheme == "smtp+ssl",
    )


def _content(name: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        reason = error.strerror or "unknown error"
        raise ImproperlyConfigured(f"{name}_FILE={file} cannot be read: {reason}.") from error
    except UnicodeDecodeError as error:
        raise ImproperlyConfigured(f"{name}_FILE={file}: this is not a text in UTF-8.") from error


def _is_web_address(text: str) -> bool:
    try:
        url = urlsplit(text)
    except ValueError:
        return False
    return url.scheme in {"http", "https"} and bool(url.hostname)


environment = Environment(os.environ)
