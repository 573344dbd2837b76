"""SQL by hand, where whole sets are read and written: the hot paths, and the proofs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from pydantic_core import from_json as parse_json
from pydantic_core import to_json


def fetch(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a query and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def fetch_at_length(sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run a query that reads whole tables, for as long as an hour."""
    with transaction.atomic():
        run("SET LOCAL statement_timeout = '1h'", [])
        return fetch(sql, parameters)


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Tell whether nobody else on this database is inside a block of that name right now."""
    (key,) = fetch("SELECT hashtextextended(%s, 0)", [f"saleor-loyalty {name}"])[0]
    (is_alone,) = fetch("SELECT pg_try_advisory_lock(%s)", [key])[0]
    try:
        yield is_alone
    finally:
        if is_alone:
            fetch("SELECT pg_advisory_unlock(%s)", [key])


def run(sql: str, parameters: Sequence[Any]) -> None:
    """Run a statement that answers nothing."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def as_json(document: object) -> str:
    """Write rows for jsonb_to_recordset: keys, moments and amounts as PostgreSQL reads them."""
    return to_json(document).decode()


def from_json(column: str) -> Any:
    """Return what a jsonb column holds; rows fetched by hand bring its text."""
    return parse_json(column)
