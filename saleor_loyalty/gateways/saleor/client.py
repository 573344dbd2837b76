"""Ask Saleor's GraphQL API."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from django.conf import settings

from saleor_loyalty.gateways.saleor import documents, transport
from saleor_loyalty.gateways.saleor.failures import (
    BrokenRecord,
    ForbiddenAddress,
    SaleorRefused,
    SaleorUnavailable,
)
from saleor_loyalty.gateways.saleor.payloads import MalformedPayload, parse
from saleor_loyalty.observability import metrics

__all__ = [
    "BrokenRecord",
    "Connection",
    "ForbiddenAddress",
    "SaleorRefused",
    "SaleorUnavailable",
    "as_asked",
    "call",
    "call_document",
]

_AGENT = f"saleor-loyalty/{version('saleor-loyalty')}"
# Saleor's words for a failure of its own.
_INTERNAL_ERROR = "Internal Server Error"
_GRAPHQL_ERROR = "GraphQLError"
_CODES_MAX = 10
_REASON_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a shop's API is, and the token that opens it."""

    api_url: str
    token: str = field(repr=False)


def call(
    connection: Connection,
    operation: str,
    variables: Mapping[str, object] | None = None,
    *,
    is_repeatable: bool = False,
    within_s: float | None = None,
) -> dict[str, Any]:
    """Execute the document graphql/saleor/*/<operation>.graphql and return its `data`.

    Queries are tried again after transient trouble, mutations only if they are repeatable.
    `within_s` bounds the whole call, SALEOR_TIMEOUT_S unless given.

    :raises SaleorUnavailable: if the same call may work later.
    :raises SaleorRefused: if Saleor said no, at the top level or in a payload's `errors`.
    """
    started, outcome = time.monotonic(), "unavailable"
    try:
        data = call_document(
            connection,
            documents.document(operation),
            variables,
            is_repeatable=is_repeatable or documents.is_query(operation),
            within_s=within_s or settings.SALEOR_TIMEOUT_S,
        )
        outcome = "answered"
        return data
    except SaleorRefused:
        outcome = "refused"
        raise
    finally:
        metrics.saleor_call(operation, time.monotonic() - started, outcome)


def call_document(
    connection: Connection,
    document: str,
    variables: Mapping[str, object] | None = None,
    *,
    is_repeatable: bool,
    within_s: float,
) -> dict[str, Any]:
    """Execute the text of a document and return its `data`; fails as `call` does."""
    answer = transport.send(
        transport.Request(
            method="POST",
            url=connection.api_url,
            headers={
                "Authorization": f"Bearer {connection.token}",
                "Content-Type": "application/json",
                "User-Agent": _AGENT,
            },
            body=json.dumps({"query": document, "variables": dict(variables or {})}).encode(),
        ),
        is_repeatable=is_repeatable,
        within_s=within_s,
    )
    return _data(answer)


@contextmanager
def as_asked() -> Iterator[None]:
    """Read an answer inside this block: one of another shape than asked for counts as none.

    :raises SaleorUnavailable:
    """
    try:
        yield
    except (KeyError, TypeError, AttributeError, MalformedPayload) as error:
        raise SaleorUnavailable("Saleor's answer is not what was asked for.") from error


def _data(answer: transport.Answer) -> dict[str, Any]:
    try:
        document = parse(answer.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        if answer.status >= 400:
            raise SaleorRefused(
                f"There is no GraphQL API there: status {answer.status}.", f"HTTP_{answer.status}"
            )
        raise SaleorUnavailable("Saleor's answer is not a GraphQL answer.")
    _refuse_errors(document.get("errors"))
    data = document.get("data")
    if not isinstance(data, dict):
        raise SaleorUnavailable("Saleor's answer holds no data.")
    for payload in data.values():
        if isinstance(payload, dict) and payload.get("errors"):
            raise _payload_refusal(payload["errors"])
    return data


def _refuse_errors(errors: Any) -> None:
    """Raise what GraphQL's `errors` mean."""
    if not errors:
        return
    found = [error for error in errors if isinstance(error, dict)] if type(errors) is list else []
    if any(error.get("message") == _INTERNAL_ERROR for error in found):
        raise SaleorUnavailable("Saleor had an internal error.")
    codes = [_code(error) for error in found[:_CODES_MAX]]
    reasons = {_reason(error) for error in found[:_CODES_MAX]}
    is_broken = bool(found) and all(error.get("path") for error in found)
    is_broken = is_broken and set(codes) == {_GRAPHQL_ERROR}
    kind = BrokenRecord if is_broken else SaleorRefused
    raise kind(f"Saleor refused: {'; '.join(sorted(reasons)) or 'no reason given'}", *codes)


def _reason(error: Mapping[str, Any]) -> str:
    # What GraphQL itself says is about the document; other messages may quote people's data.
    code = _code(error)
    return str(error.get("message"))[:_REASON_CHARACTERS_MAX] if code == _GRAPHQL_ERROR else code


def _code(error: Mapping[str, Any]) -> str:
    extensions = error.get("extensions")
    exception = extensions.get("exception") if isinstance(extensions, dict) else None
    code = exception.get("code") if isinstance(exception, dict) else None
    return str(code)[:64] if code else _GRAPHQL_ERROR


def _payload_refusal(errors: list[Mapping[str, Any]]) -> SaleorRefused:
    codes = [str(error.get("code"))[:64] for error in errors[:_CODES_MAX]]
    # Saleor's messages may quote what was sent; fields and codes do not.
    fields = [str(error.get("field"))[:64] for error in errors[:_CODES_MAX]]
    pairs = [f"{code} ({field})" for code, field in zip(codes, fields, strict=True)]
    return SaleorRefused(f"Saleor refused: {', '.join(pairs)}.", *codes)
