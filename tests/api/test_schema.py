"""The published schema."""

from io import StringIO
from pathlib import Path

from django.core.management import call_command
from graphql import GraphQLObjectType, is_enum_type, is_input_object_type, is_introspection_type

from saleor_loyalty.entrypoints.api.schema import schema, sdl

PUBLISHED = Path(__file__).parents[2] / "graphql" / "schema.graphql"


def test_is_the_one_we_serve() -> None:
    """Change the code, then: saleor-loyalty print_schema > graphql/schema.graphql."""
    assert PUBLISHED.read_text() == sdl()


def test_can_be_printed() -> None:

    printed = StringIO()

    call_command("print_schema", stdout=printed)

    assert printed.getvalue() == sdl()


def test_everything_in_it_is_described() -> None:
    undescribed = []
    for name, kind in schema.type_map.items():
        if is_introspection_type(kind):
            continue
        parts: dict[str, object] = {name: kind}
        if isinstance(kind, GraphQLObjectType) or is_input_object_type(kind):
            for field_name, field in kind.fields.items():
                parts[f"{name}.{field_name}"] = field
                for argument_name, argument in getattr(field, "args", {}).items():
                    parts[f"{name}.{field_name}({argument_name}:)"] = argument
        if is_enum_type(kind):
            parts |= {f"{name}.{value}": found for value, found in kind.values.items()}
        undescribed += [part for part, found in parts.items() if not found.description]  # type: ignore[attr-defined]

    assert undescribed == []
