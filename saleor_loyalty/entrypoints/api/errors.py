"""What a caller is told when something goes wrong: a code and a sentence, never a traceback."""

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext
from graphql import GraphQLError

from saleor_loyalty.entrypoints.api.auth import NotAuthenticated, NotPermitted
from saleor_loyalty.entrypoints.api.limits import LimitExceeded
from saleor_loyalty.gateways.saleor.client import SaleorUnavailable
from saleor_loyalty.keys import new_key

log = logging.getLogger(__name__)

_CODES: Mapping[type[Exception], str] = {
    NotAuthenticated: "UNAUTHENTICATED",
    NotPermitted: "PERMISSION_DENIED",
    LimitExceeded: "LIMIT_EXCEEDED",
}
_UNAVAILABLE = (SaleorUnavailable, OperationalError, InterfaceError)
_STATUSES = {"UNAUTHENTICATED": 401, "UNAVAILABLE": 503}
MESSAGE_CHARACTERS_MAX = 500
# graphql-core guesses which name was meant.
_SUGGESTION = re.compile(r" Did you mean .*", re.DOTALL)


def refused(error: GraphQLError) -> dict[str, Any]:
    """Return an entry for GraphQL's `errors` about what the caller wrote."""
    message = _SUGGESTION.sub("", error.message)
    code = (error.extensions or {}).get("code", "INVALID")
    return _entry(code, message[:MESSAGE_CHARACTERS_MAX], _place(error))


def described(error: Exception) -> dict[str, Any]:
    """Return an entry for GraphQL's `errors`. What nobody foresaw is logged with an id."""
    cause = error.original_error if isinstance(error, GraphQLError) else error
    if isinstance(error, GraphQLError) and (cause is None or isinstance(cause, GraphQLError)):
        return refused(error)
    place = _place(error)
    if code := next((code for kind, code in _CODES.items() if isinstance(cause, kind)), None):
        return _entry(code, str(cause), place)
    if isinstance(cause, _UNAVAILABLE):
        log.warning("A GraphQL request could not be answered now.", exc_info=cause)
        later = gettext("This cannot be answered now. Try again in a moment.")
        return _entry("UNAVAILABLE", later, place)
    error_id = str(new_key())
    log.error("A GraphQL request failed, error id %s.", error_id, exc_info=cause)
    message = gettext("Something went wrong on our side. If you report it, name the id %(id)s.")
    return _entry("INTERNAL_ERROR", message % {"id": error_id}, place, id=error_id)


def status(entries: Iterable[Mapping[str, Any]]) -> int:
    """Return the HTTP status of an answer with these errors."""
    return max((_STATUSES.get(entry["extensions"]["code"], 200) for entry in entries), default=200)


def _place(error: Exception | None) -> dict[str, Any]:
    """Return where in the document it happened, as far as it is known."""
    known: Mapping[str, Any] = error.formatted if isinstance(error, GraphQLError) else {}
    return {name: known[name] for name in ("locations", "path") if name in known}


def _entry(code: str, message: str, place: Mapping[str, Any], **extensions: str) -> dict[str, Any]:
    return {"message": message, **place, "extensions": {"code": code, **extensions}}
