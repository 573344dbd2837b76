"""GraphQL over HTTP at /graphql/: POST for programs, GET shows GraphiQL to people."""

import json
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from graphql import ExecutionResult, execute
from pydantic import BaseModel, ValidationError

from saleor_loyalty.entrypoints.api import auth, errors
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.documents import InvalidDocument, document
from saleor_loyalty.entrypoints.api.limits import check_weight
from saleor_loyalty.entrypoints.api.schema import schema
from saleor_loyalty.installations.queries import Shop, shop_by_api_url
from saleor_loyalty.observability import logs

# With room for a large programme.
BODY_BYTES_MAX = 256 * 1024
API_URL_CHARACTERS_MAX = 255

# Storefronts call from their own origin. Nothing here rests on cookies, so any may.
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "Accept-Language, Authorization, Authorization-Bearer,"
    " Content-Type, Saleor-Api-Url",
    "Access-Control-Max-Age": "86400",
}
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


class Body(BaseModel):
    """What a program posts."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815 (GraphQL's name)


class Malformed(Exception):
    """The request is not GraphQL over HTTP; the message says what to send instead."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@csrf_exempt  # there is no session to ride on
def graphql(request: HttpRequest) -> HttpResponse:
    """Answer a GraphQL request, or show where to write one."""
    if request.method == "OPTIONS":
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=_CORS)
    if request.method == "GET" and request.accepts("text/html"):
        headers = {"Content-Security-Policy": _PAGE_POLICY}
        return HttpResponse(render(request, "graphiql.html").content, headers=headers)
    try:
        body, context = _body(request), _context(request, at=timezone.now())
        with logs.about(shop=context.named_shop and context.named_shop.api_url):
            return _executed(body, context)
    except Malformed as malformed:
        entry = {"message": str(malformed), "extensions": {"code": "MALFORMED"}}
        return _answer({"errors": [entry]}, status=malformed.status)
    except InvalidDocument as invalid:
        return _answer({"errors": [errors.refused(error) for error in invalid.errors]})
    except Exception as error:  # whatever it is, the caller gets GraphQL
        entries = [errors.described(error)]
        return _answer({"errors": entries}, status=errors.status(entries))


def _executed(body: Body, context: Context) -> HttpResponse:
    parsed, variables = document(body.query), body.variables or {}
    check_weight(parsed, variables)
    result = execute(
        schema,
        parsed,
        context_value=context,
        variable_values=variables,
        operation_name=body.operationName,
    )
    assert isinstance(result, ExecutionResult), "no resolver is asynchronous"
    if not result.errors:
        return _answer({"data": result.data})
    entries = [errors.described(error) for error in result.errors]
    return _answer({"errors": entries, "data": result.data}, status=errors.status(entries))


def _body(request: HttpRequest) -> Body:
    """Read what was posted.

    :raises Malformed:
    """
    if request.method != "POST":
        raise Malformed(HTTPStatus.METHOD_NOT_ALLOWED, "Send your query by POST.")
    if request.content_type != "application/json":
        raise Malformed(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send JSON, with Content-Type: application/json."
        )
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length[:12]) > BODY_BYTES_MAX:
        raise Malformed(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {BODY_BYTES_MAX} bytes."
        )
    try:
        return Body.model_validate_json(request.body)
    except ValidationError as error:
        raise Malformed(
            HTTPStatus.BAD_REQUEST,
            'Send one JSON object {"query": "…", "variables": {…}, "operationName": "…"}.'
            " Lists of operations are not accepted.",
        ) from error


def _context(request: HttpRequest, *, at: datetime) -> Context:
    """Find out which shop the request is about, and who asks.

    :raises NotAuthenticated: if a shop or token was named that we do not accept.
    """
    shop = _shop(request.headers.get("Saleor-Api-Url", ""))
    token = _token(request)
    if token and shop is None:
        raise auth.NotAuthenticated
    caller = auth.verify(token, shop, at=at) if token and shop else None
    return Context(shop, caller, token, at)


def _shop(api_url: str) -> Shop | None:
    """Return the shop named; None if the request names none, as tools that read the schema do."""
    if not api_url:
        return None
    if len(api_url) > API_URL_CHARACTERS_MAX or not api_url.isprintable():
        raise auth.NotAuthenticated
    shop = shop_by_api_url(api_url)
    if shop is None or not shop.is_active:
        raise auth.NotAuthenticated
    return shop


def _token(request: HttpRequest) -> str:
    """Return the token sent in one of the two headers that Saleor knows."""
    if token := request.headers.get("Authorization-Bearer", ""):
        return token
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() in {"bearer", "jwt"} else ""


def _answer(content: dict[str, Any], *, status: int = HTTPStatus.OK) -> HttpResponse:
    headers = {**_CORS, "Cache-Control": "no-store"}
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = "GET, POST, OPTIONS"
    return HttpResponse(
        json.dumps(content), status=status, content_type="application/json", headers=headers
    )
