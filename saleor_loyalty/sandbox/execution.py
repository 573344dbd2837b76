"""Running GraphQL documents against the schema."""

import importlib.resources
import json
from functools import cache, lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    build_schema,
    execute,
    get_operation_ast,
    parse,
    validate,
)

from .deliveries import ACTING
from .resolving import Request, attach_resolvers, read
from .scalars import bind_scalars

DOCUMENTS_MAX = 512
COST = {"cost": {"requestedQueryCost": 1, "maximumAvailable": 50_000}}

OK = 200
BAD_REQUEST = 400


@cache
def load_schema() -> GraphQLSchema:
    """Return the schema with its resolvers."""
    text = importlib.resources.files(__package__).joinpath("schema.graphql").read_text("utf-8")
    schema = build_schema(text)
    bind_scalars(schema)
    attach_resolvers(schema)
    return schema


def type_of(value: Any, _info: Any, _abstract: Any) -> str:
    """Tell the type of an object behind an interface or union."""
    return str(value["__typename"] if isinstance(value, dict) else value.KIND)


@lru_cache(maxsize=DOCUMENTS_MAX)
def understand(text: str) -> tuple[DocumentNode | None, list[GraphQLError]]:
    """Return the document, or what is wrong with it."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return None, [error]
    errors = validate(load_schema(), document)
    return (None, errors) if errors else (document, [])


def format_error(error: GraphQLError) -> dict[str, Any]:
    """Describe an error the way Saleor does."""
    code = type(error.original_error or error).__name__
    extensions = error.extensions or {"exception": {"code": code}}
    return {**error.formatted, "extensions": extensions}


def run(
    document: DocumentNode,
    request: Request,
    *,
    root: Any = None,
    variables: dict[str, Any] | None = None,
    operation_name: str | None = None,
) -> ExecutionResult:
    """Execute a document while nobody else changes the world."""
    with request.world.lock:
        result = execute(
            load_schema(),
            document,
            root_value=root,
            context_value=request,
            variable_values=variables,
            operation_name=operation_name,
            field_resolver=read,
            type_resolver=type_of,
        )
    if not isinstance(result, ExecutionResult):
        raise TypeError("A resolver of the sandbox was asynchronous.")
    return result


def _refused(*errors: GraphQLError) -> tuple[int, dict[str, Any]]:
    return BAD_REQUEST, {"errors": [format_error(error) for error in errors], "extensions": COST}


def answer(body: Any, request: Request) -> tuple[int, dict[str, Any]]:
    """Return status and response to the body of a POST."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return _refused(GraphQLError("Send one JSON object with a query."))
    document, errors = understand(body["query"])
    if document is None:
        return _refused(*errors)
    operation = get_operation_ast(document, body.get("operationName"))
    if operation is None or operation.operation is OperationType.SUBSCRIPTION:
        return _refused(GraphQLError("Name one query or mutation of the document."))
    token = ACTING.set(request.caller.app or request.caller.user)
    try:
        result = run(
            document,
            request,
            variables=body.get("variables"),
            operation_name=body.get("operationName"),
        )
    finally:
        ACTING.reset(token)
    if result.data is None and all(error.path is None for error in result.errors or ()):
        # The variables did not fit: nothing was executed.
        return _refused(*(result.errors or ()))
    response: dict[str, Any] = {"data": result.data, "extensions": COST}
    if result.errors:
        response["errors"] = [format_error(error) for error in result.errors]
    return OK, response


def render(event: dict[str, Any], query: str, request: Request) -> str:
    """Return the body of a webhook: the event as its subscription asks for it."""
    document, errors = understand(query)
    if document is None:
        return json.dumps({"errors": [format_error(error) for error in errors]})
    result = run(document, request, root={"event": event})
    payload: dict[str, Any] = (result.data or {}).get("event") or {}
    if result.errors:
        payload = {**payload, "errors": [format_error(error) for error in result.errors]}
    return json.dumps(payload)


def events_of(query: str) -> list[str]:
    """Return the events a subscription asks for, by its fragments on types of events.

    :raises GraphQLError: if the document is no valid subscription.
    """
    document, errors = understand(query)
    if document is None:
        raise errors[0]
    event = load_schema().get_type("Event")
    wanted = _fragment_types(document)
    found = [
        kind.name
        for kind in load_schema().type_map.values()
        if isinstance(kind, GraphQLObjectType) and event in kind.interfaces and kind.name in wanted
    ]
    return [_event_name(name) for name in found]


def _fragment_types(document: DocumentNode) -> set[str]:
    found: set[str] = set()
    pending: list[Any] = list(document.definitions)
    while pending:
        node = pending.pop()
        if condition := getattr(node, "type_condition", None):
            found.add(condition.name.value)
        if selection := getattr(node, "selection_set", None):
            pending.extend(selection.selections)
    return found


def _event_name(type_name: str) -> str:
    words = "".join(f"_{c}" if c.isupper() else c for c in type_name)
    return words.strip("_").upper()
