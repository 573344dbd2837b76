"""SQL by hand, where whole sets are read and written: the hot paths, and the proofs."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
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


def run(sql: str, parameters: Sequence[Any]) -> None:
    """Run a statement that answers nothing."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def as_json(document: object) -> str:
    """Write rows for jsonb_to_recordset: keys, moments and amounts as PostgreSQL reads them."""
    return to_json(document).decode()
