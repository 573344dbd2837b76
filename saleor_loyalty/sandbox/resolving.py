"""How fields of the schema find their values."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphql import GraphQLField, GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema

from .access import Caller, Denied, complain
from .deliveries import Deliveries
from .installing import Installer
from .refusals import Refusal
from .tokens import Signer
from .world import NotFound, World


@dataclass(frozen=True, slots=True)
class Request:
    """What a resolver may use, and who is asking."""

    world: World
    signer: Signer
    deliveries: Deliveries
    installer: Installer
    version: str
    domain: str
    caller: Caller

    def require(self, *wanted: str) -> None:
        """Go on only if the caller holds one of the permissions.

        :raises GraphQLError: if not.
        """
        complain(self.caller)
        if wanted and not self.caller.may(*wanted):
            raise Denied(*wanted)


Resolver = Callable[..., Any]
RESOLVERS: dict[str, Resolver] = {}


def resolves(*paths: str, needs: tuple[str, ...] = ()) -> Callable[[Resolver], Resolver]:
    """Register the resolver `(source, request, **arguments)` of fields like "Query.order"."""

    def register(resolver: Resolver) -> Resolver:
        def guarded(source: Any, info: Any, **arguments: Any) -> Any:
            request: Request = info.context
            if needs:
                request.require(*needs)
            return resolver(source, request, **arguments)

        RESOLVERS.update(dict.fromkeys(paths, guarded))
        return resolver

    return register


def mutates(
    name: str, needs: tuple[str, ...] = (), **if_refused: Any
) -> Callable[[Resolver], Resolver]:
    """Register a mutation `(request, **arguments)` that returns its payload or refuses."""

    def register(operation: Resolver) -> Resolver:
        def run(_root: Any, request: Request, **arguments: Any) -> dict[str, Any]:
            try:
                return {"errors": [], **operation(request, **arguments)}
            except Refusal as refusal:
                return {**if_refused, "errors": [refusal.as_error()]}
            except NotFound as error:
                missing = Refusal("id", "NOT_FOUND", str(error))
                return {**if_refused, "errors": [missing.as_error()]}

        resolves(f"Mutation.{name}", needs=needs)(run)
        return operation

    return register


@cache
def snake_case(name: str) -> str:
    """Return a name of the schema the way Python writes it."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def read(source: Any, info: Any, **_arguments: Any) -> Any:
    """Resolve a field by the attribute or key of the same name."""
    name = snake_case(info.field_name)
    return source.get(name) if isinstance(source, dict) else getattr(source, name, None)


# Arguments whose names are taken by Python's own functions.
RENAMED = {"id": "node_id", "input": "given", "type": "kind", "filter": "wanted"}


def _attach(type_name: str, name: str, field: GraphQLField) -> None:
    field.resolve = RESOLVERS.get(f"{type_name}.{name}") or RESOLVERS.get(f"*.{name}") or read
    for argument_name, argument in field.args.items():
        argument.out_name = RENAMED.get(argument_name) or snake_case(argument_name)


def attach_resolvers(schema: GraphQLSchema) -> None:
    """Give every field its resolver, and every argument its Python name."""
    for type_name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not type_name.startswith("__"):
            for name, field in kind.fields.items():
                _attach(type_name, name, field)
        elif isinstance(kind, GraphQLInputObjectType):
            for name, input_field in kind.fields.items():
                input_field.out_name = snake_case(name)
