"""Structured logs: one JSON object a line, with the shop, event and order it is about."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast

from django.core.exceptions import ImproperlyConfigured
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
TEXT_CHARACTERS_MAX = 16_384
NESTING_MAX = 4
# What libraries attach to their records and nobody should store: the request, a task's arguments.
IGNORED = ("request", "data", "color_message")

_subject: ContextVar[Mapping[str, str]] = ContextVar("subject", default=MappingProxyType({}))


@contextmanager
def about(*, shop: object = None, event: object = None, order: object = None) -> Iterator[None]:
    """Say what every line logged inside the block is about, beside what is known already."""
    named = {"shop": shop, "event": event, "order": order}
    known = {name: str(value) for name, value in named.items() if value is not None}
    token = _subject.set({**_subject.get(), **known})
    try:
        yield
    finally:
        _subject.reset(token)


_SECRET_NAME = re.compile(r"(?i)token|passw|secret|authorization|api_?key|encryption_key")
# The last defence only: whoever logs a secret or an address has made a mistake before.
_SECRETS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # user:password@ in the address of a server
        (r"(://[^\s/:@]{0,64}:)[^\s/]{1,512}@", r"\1[secret]@"),
        # JSON web tokens, with or without their middle part
        (r"eyJ[\w-]{4,600}\.[\w-]*\.?[\w-]*", "[token]"),
        (r"(?i)\b(bearer|jwt)\s+[\w.~+/=-]{8,}", r"\1 [secret]"),
        # auth_token=…, "password": "…"
        (
            r"(?i)((?:token|password|passwd|secret|authorization|api_?key)\\?[\"']?\s*[:=]\s*"
            r"(?:\\?[\"'])?)(?!\[)[^\s\"'\\,;&}]+",
            r"\1[secret]",
        ),
        # Fernet keys, and what they encrypted
        (r"(?<![\w-])[\w-]{43}=(?![\w=])", "[key]"),
        (r"gAAAAA[\w-]{20,}={0,2}", "[encrypted]"),
        (r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63})+", "[e-mail]"),
    )
)


def redacted(text: str) -> str:
    """Return `text`, cut to a bearable length, without e-mail addresses, tokens and keys."""
    text = text[:TEXT_CHARACTERS_MAX]
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _redacted(value: object, depth: int = 0) -> object:
    if value is None or isinstance(value, bool | int | float | datetime):
        return value
    if depth < NESTING_MAX and isinstance(value, dict):
        return {
            str(name): "[secret]" if _SECRET_NAME.search(str(name)) else _redacted(item, depth + 1)
            for name, item in value.items()
        }
    if depth < NESTING_MAX and isinstance(value, list | tuple):
        return [_redacted(item, depth + 1) for item in value]
    return redacted(str(value))


class Subject(logging.Filter):
    """Adds what the line is about to its record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, with its subject."""
        subject = _subject.get()
        record.__dict__.update(subject)
        record.subject = "".join(f" {name}={value}" for name, value in subject.items())
        return True


class JsonLines(JsonFormatter):
    """One JSON object a line."""

    def __init__(self) -> None:
        """Name and order the fields."""
        super().__init__(
            ["levelname", "name", "message"],
            defaults={"time": None},
            timestamp="time",
            rename_fields={"levelname": "level", "name": "logger", "exc_info": "traceback"},
            reserved_attrs=[*RESERVED_ATTRS, *IGNORED, "subject"],
        )

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        """Take out what must not be stored."""
        return cast(dict[str, Any], _redacted(log_data))


class Text(logging.Formatter):
    """Lines for a person who watches."""

    def __init__(self) -> None:
        """Name and order the fields."""
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s%(subject)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and its traceback, without what must not be stored."""
        return redacted(super().format(record))


_FORMATTERS = {"json": JsonLines, "text": Text}


def configuration(*, level: str, form: str) -> dict[str, Any]:
    """Return Django's LOGGING setting for a level name and a form, `json` or `text`.

    :raises ImproperlyConfigured: if there is no such level or form.
    """
    if level not in LEVELS:
        raise ImproperlyConfigured(f"LOG_LEVEL={level!r}: write one of {', '.join(LEVELS)}.")
    if form not in _FORMATTERS:
        raise ImproperlyConfigured(f"LOG_FORM={form!r}: write one of {', '.join(_FORMATTERS)}.")
    # Libraries say at INFO what we count in metrics or log ourselves.
    quiet = ("celery.app.trace", "celery.beat", "celery.worker.strategy", "httpcore", "httpx")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"subject": {"()": Subject}},
        "formatters": {"chosen": {"()": _FORMATTERS[form]}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["subject"],
                "formatter": "chosen",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # These bring handlers of their own, which would say everything twice.
            "django": {"handlers": [], "level": level},
            "django.server": {"handlers": [], "propagate": True},
            "_granian": {"handlers": [], "level": level, "propagate": True},
            "granian.access": {"handlers": [], "propagate": True},
            **{name: {"level": max("WARNING", level, key=LEVELS.index)} for name in quiet},
        },
    }
