"""Parsing and validating what callers send; a storefront sends the same few texts for ever."""

from collections.abc import Sequence
from functools import lru_cache

from graphql import DocumentNode, GraphQLError, parse, validate

from saleor_loyalty.entrypoints.api.limits import TOKENS_MAX, check_length
from saleor_loyalty.entrypoints.api.schema import schema

# The largest takes less than a megabyte.
REMEMBERED_MAX = 128
ERRORS_MAX = 10


class InvalidDocument(Exception):
    """The text is not a query that our schema can answer; `errors` say why."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


@lru_cache(maxsize=REMEMBERED_MAX)
def document(text: str) -> DocumentNode:
    """Return the parsed and validated document.

    :raises InvalidDocument:
    :raises LimitExceeded: if it is too long to be validated.
    """
    try:
        parsed = parse(text, max_tokens=TOKENS_MAX)
    except GraphQLError as error:
        raise InvalidDocument([error]) from error
    check_length(parsed)
    if errors := validate(schema, parsed, max_errors=ERRORS_MAX):
        raise InvalidDocument(errors)
    return parsed
