"""A shop's programme as its staff see it: the draft, the versions, what is wrong, what changes."""

from datetime import datetime
from typing import Any

import graphene
from graphene import relay
from graphql import GraphQLError

from saleor_loyalty.entrypoints.api.connections import connection, paged, window
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.scalars import JSONString, global_id
from saleor_loyalty.pages import Place
from saleor_loyalty.programme import presets, queries
from saleor_loyalty.programme.differences import Change, difference
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.queries import Draft, NoProgramme, Published
from saleor_loyalty.programme.schema import json_schema
from saleor_loyalty.programme.validation import Problem, Severity, check, check_text

MANAGE_DISCOUNTS = ["MANAGE_DISCOUNTS"]
_NEEDS = " Requires the permission MANAGE_DISCOUNTS."

ProgrammeProblemSeverityEnum = described_enum(
    Severity,
    name="ProgrammeProblemSeverityEnum",
    description="How bad a problem is.",
    values={
        "ERROR": "The document cannot be published so.",
        "NOT_YET_ACTIVE": "It can, but this part does nothing yet.",
        "WARNING": "It can, but it hardly does what was meant.",
    },
)


class ProgrammeProblem(graphene.ObjectType):
    """Something to look at in a document."""

    path = graphene.NonNull(
        graphene.String,
        description="Where it is, such as earning.rules[3].effect.rates.EUR; empty: all of it.",
    )
    code = graphene.NonNull(graphene.String, description="A code for programs.")
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    severity = graphene.NonNull(ProgrammeProblemSeverityEnum, description="How bad it is.")


class ProgrammeChange(graphene.ObjectType):
    """Something that one programme has otherwise than another."""

    path = graphene.NonNull(
        graphene.String, description="Where it is; parts with an id are named by it."
    )
    message = graphene.NonNull(graphene.String, description="What changes. Escape it in HTML.")


class ProgrammeDraft(graphene.ObjectType):
    """What a shop writes at: any JSON object, right or wrong."""

    document = JSONString(description="The document; null if there is no draft.")
    revision = graphene.NonNull(
        graphene.Int, description="Rises with every change; send it along with yours."
    )
    edited_at = graphene.DateTime(description="When it was changed last; null: never.")
    edited_by = graphene.ID(description="The user who did, if one did.")
    problems = graphene.NonNull(
        graphene.List(graphene.NonNull(ProgrammeProblem)),
        description="What is wrong with it; without errors, it can be published.",
    )
    changes = graphene.List(
        graphene.NonNull(ProgrammeChange),
        description="What it changes in the programme in force; null while it has errors.",
    )

    @staticmethod
    def resolve_edited_by(draft: Draft, _info: Any) -> str | None:
        """Return the user."""
        return draft.edited_by or None

    @staticmethod
    def resolve_problems(draft: Draft, info: Any) -> tuple[Problem, ...]:
        """Check it, as if it were published now."""
        if draft.document is None:
            return ()
        return check(draft.document, at=info.context.at).problems

    @staticmethod
    def resolve_changes(draft: Draft, info: Any) -> tuple[Change, ...] | None:
        """Compare it with what is in force."""
        context: Context = info.context
        programme = check(draft.document, at=context.at).programme
        return difference(_in_force(context), programme) if programme else None


class ProgrammeVersion(graphene.ObjectType):
    """A published version. It never changes, but can be withdrawn before it takes effect."""

    id = graphene.NonNull(graphene.ID, description="Global id.")
    number = graphene.NonNull(graphene.Int, description="Versions are numbered one by one.")
    document = graphene.NonNull(JSONString, description="The document.")
    effective_from = graphene.NonNull(
        graphene.DateTime, description="When it takes, or would have taken, effect."
    )
    is_in_force = graphene.NonNull(graphene.Boolean, description="Whether it is in force now.")
    published_at = graphene.NonNull(graphene.DateTime, description="When it was published.")
    published_by = graphene.ID(description="The user who published it; null: no user did.")
    note = graphene.NonNull(graphene.String, description="Why, as they wrote it.")
    withdrawn_at = graphene.DateTime(description="When it was withdrawn; null: it was not.")

    @staticmethod
    def resolve_id(row: Published, _info: Any) -> str:
        """Return the global id."""
        return global_id("ProgrammeVersion", row.version.id)

    @staticmethod
    def resolve_number(row: Published, _info: Any) -> int:
        """Return the number."""
        return row.version.number

    @staticmethod
    def resolve_document(row: Published, _info: Any) -> dict[str, Any]:
        """Return the document."""
        return row.version.document.model_dump(mode="json")

    @staticmethod
    def resolve_effective_from(row: Published, _info: Any) -> datetime:
        """Return the moment."""
        return row.version.effective_from

    @staticmethod
    def resolve_is_in_force(row: Published, info: Any) -> bool:
        """Tell whether it is the latest to have taken effect."""
        context: Context = info.context
        started = (version for version in context.versions if version.effective_from <= context.at)
        in_force = next(started, None)
        return in_force is not None and in_force.id == row.version.id

    @staticmethod
    def resolve_published_by(row: Published, _info: Any) -> str | None:
        """Return the user."""
        return row.published_by or None


class ProgrammeVersionConnection(relay.Connection):
    """A page of versions."""

    class Meta:
        node = ProgrammeVersion


class ProgrammePreset(graphene.ObjectType):
    """A programme to begin with."""

    id = graphene.NonNull(graphene.ID, description="Its name for programs.")
    name = graphene.NonNull(graphene.String, description="What shoppers would call it.")
    document = graphene.NonNull(JSONString, description="The document: make it your draft.")


class ProgrammeQueries:
    """What staff can ask about the programme."""

    programme_draft = graphene.NonNull(
        ProgrammeDraft, description="The draft of the next version." + _NEEDS
    )
    programme_versions = paged(
        graphene.NonNull(ProgrammeVersionConnection),
        description="Every version ever published, the latest first." + _NEEDS,
    )
    programme_problems = graphene.NonNull(
        graphene.List(graphene.NonNull(ProgrammeProblem)),
        document=graphene.NonNull(JSONString, description="The document."),
        description="Everything that is wrong with a document, errors first. Nothing is kept."
        + _NEEDS,
    )
    programme_differences = graphene.NonNull(
        graphene.List(graphene.NonNull(ProgrammeChange)),
        from_=graphene.Int(
            name="from", description="The number of a version; not given: the one in force."
        ),
        to=graphene.Int(description="The number of another; not given: the draft."),
        description="What one version changes in another." + _NEEDS,
    )
    programme_schema = graphene.NonNull(
        JSONString, description="The JSON Schema of a document, for editors." + _NEEDS
    )
    programme_presets = graphene.NonNull(
        graphene.List(graphene.NonNull(ProgrammePreset)),
        description="Programmes to begin with." + _NEEDS,
    )

    @staticmethod
    def resolve_programme_draft(_root: None, info: Any) -> Draft:
        """Read the draft."""
        context = for_staff(info)
        return queries.draft(context.shop.id)

    @staticmethod
    def resolve_programme_versions(_root: None, info: Any, **arguments: Any) -> Any:
        """List versions."""
        context = for_staff(info)
        return connection(
            ProgrammeVersionConnection,
            queries.history(context.shop.id, window(**arguments)),
            place=lambda row: Place(row.published_at, row.version.id),
            node=lambda row: row,
        )

    @staticmethod
    def resolve_programme_problems(_root: None, info: Any, *, document: str) -> tuple[Problem, ...]:
        """Check a document."""
        return check_text(document, at=for_staff(info).at).problems

    @staticmethod
    def resolve_programme_differences(
        _root: None, info: Any, *, from_: int | None = None, to: int | None = None
    ) -> tuple[Change, ...]:
        """Compare two documents."""
        context = for_staff(info)
        before = _in_force(context) if from_ is None else _numbered(context, from_)
        return difference(before, drafted(context) if to is None else _numbered(context, to))

    @staticmethod
    def resolve_programme_schema(_root: None, info: Any) -> dict[str, Any]:
        """Return the schema."""
        for_staff(info)
        return json_schema()

    @staticmethod
    def resolve_programme_presets(_root: None, info: Any) -> list[dict[str, Any]]:
        """List presets."""
        for_staff(info)
        documents = {name: presets.load(name) for name in presets.names()}
        return [
            {"id": name, "name": document["name"], "document": document}
            for name, document in documents.items()
        ]


def for_staff(info: Any) -> Context:
    """Return what is known of a request by staff who may see the programme's insides.

    :raises NotPermitted:
    """
    context: Context = info.context
    context.staff(need=MANAGE_DISCOUNTS)
    return context


def _in_force(context: Context) -> Programme:
    """Return what is in force; before there is anything, a programme that says nothing."""
    try:
        return queries.current(context.shop.id, context.at).document
    except NoProgramme:
        return Programme()


def _numbered(context: Context, number: int) -> Programme:
    found = queries.published(context.shop.id, number)
    if found is None:
        raise GraphQLError(f"There is no version {number}.")
    return found.version.document


def drafted(context: Context) -> Programme:
    """Return the draft as a programme."""
    checked = check(queries.draft(context.shop.id).document, at=context.at)
    if checked.programme is None:
        raise GraphQLError("There is no draft, or it has errors: see programmeDraft.")
    return checked.programme
