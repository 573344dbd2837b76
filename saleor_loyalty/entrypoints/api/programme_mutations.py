"""The mutations by which staff write at the programme, and publish it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import graphene
from django.utils.translation import gettext

from saleor_loyalty.entrypoints.api.auth import live_check
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.programme_staff_types import (
    MANAGE_DISCOUNTS,
    ProgrammeDraft,
    ProgrammeVersion,
)
from saleor_loyalty.entrypoints.api.scalars import JSONString
from saleor_loyalty.programme import operations, queries
from saleor_loyalty.programme.models import NOTE_CHARACTERS_MAX
from saleor_loyalty.programme.validation import check_text

LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class ErrorCode(StrEnum):
    """Why the programme was not changed."""

    INVALID = "INVALID"
    DRAFT_CHANGED = "DRAFT_CHANGED"
    NO_DRAFT = "NO_DRAFT"
    IN_THE_PAST = "IN_THE_PAST"
    NOT_FOUND = "NOT_FOUND"
    NOT_WITHDRAWABLE = "NOT_WITHDRAWABLE"


ProgrammeErrorCode = described_enum(
    ErrorCode,
    name="ProgrammeErrorCode",
    description="Why the programme was not changed.",
    values={
        "INVALID": "A value of the input, or of the document, cannot be used.",
        "DRAFT_CHANGED": "Somebody else has changed the draft since it was read.",
        "NO_DRAFT": "There is no draft.",
        "IN_THE_PAST": "A version cannot take effect before it is published.",
        "NOT_FOUND": "The shop has no version of that number.",
        "NOT_WITHDRAWABLE": "The version is in force, or was, or has been withdrawn before.",
    },
)
_CODES: dict[type[Exception], tuple[ErrorCode, str]] = {
    operations.DraftChanged: (ErrorCode.DRAFT_CHANGED, "revision"),
    operations.NoDraft: (ErrorCode.NO_DRAFT, "revision"),
    operations.InThePast: (ErrorCode.IN_THE_PAST, "effectiveFrom"),
    operations.NoSuchVersion: (ErrorCode.NOT_FOUND, "number"),
    operations.NotWithdrawable: (ErrorCode.NOT_WITHDRAWABLE, "number"),
}


class ProgrammeError(graphene.ObjectType):
    """Something that kept the programme from being changed."""

    field = graphene.String(description="The field of the input it is about.")
    path = graphene.String(
        description="Where in the document it is, such as earning.rules[3].effect.rates.EUR."
    )
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(ProgrammeErrorCode, description="A code for programs.")


class ProgrammeDraftUpdateInput(graphene.InputObjectType):
    """A new text of the draft."""

    document = JSONString(
        description="Any JSON object; it may have errors still. Null or not given: the draft is"
        " thrown away."
    )
    revision = graphene.NonNull(
        graphene.Int, description="The revision of the draft that was read before."
    )


class ProgrammePublication(graphene.InputObjectType):
    """How a version is published."""

    effective_from = graphene.DateTime(
        description="When it takes effect, in the future; not given: at once."
    )
    note = graphene.String(description="Why, for other members of staff.", default_value="")


class ProgrammePublishInput(ProgrammePublication):
    """The draft that is published."""

    revision = graphene.NonNull(
        graphene.Int, description="The revision of the draft that was read before."
    )


class ProgrammeRollBackInput(ProgrammePublication):
    """The version that is published again."""

    number = graphene.NonNull(graphene.Int, description="The number of the version.")


class ProgrammeWithdrawInput(graphene.InputObjectType):
    """The version that is withdrawn."""

    number = graphene.NonNull(graphene.Int, description="The number of the version.")


class _Refused(Exception):
    """A value of the input cannot be used: which, and what to do about it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def _errors() -> Any:
    return graphene.NonNull(
        graphene.List(graphene.NonNull(ProgrammeError)),
        description="Why nothing was changed; empty when it was.",
    )


class ProgrammeDraftUpdate(graphene.Mutation):
    """Replaces the draft, or throws it away. Requires the permission MANAGE_DISCOUNTS."""

    class Arguments:
        input = graphene.NonNull(ProgrammeDraftUpdateInput, description="The draft.")

    draft = graphene.Field(ProgrammeDraft, description="The draft as it is now.")
    errors = _errors()

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: ProgrammeDraftUpdateInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Keep what was written."""
        context: Context = info.context
        staff = context.staff(need=MANAGE_DISCOUNTS, moves_points=True)

        how: dict[str, Any] = {
            "installation_id": context.shop.id, "revision": input.revision, "at": context.at,
            "by": staff.user_id,
        }  # fmt: skip

        def update() -> dict[str, Any]:
            text = input.get("document")
            if text is None:
                return {"draft": operations.discard_draft(**how)}
            return {"draft": operations.edit_draft(document=_document(text), **how)}

        return _answered(update)


class ProgrammePublish(graphene.Mutation):
    """Publishes the draft, at once or later. Requires the permission MANAGE_DISCOUNTS."""

    class Arguments:
        input = graphene.NonNull(ProgrammePublishInput, description="What is published, and when.")

    version = graphene.Field(ProgrammeVersion, description="The new version.")
    errors = _errors()

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: ProgrammePublishInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Publish what was read."""
        return _published(
            info.context,
            lambda how: operations.publish_draft(revision=input.revision, **how).number,
            input,
        )


class ProgrammeRollBack(graphene.Mutation):
    """Publishes an older version again. Requires the permission MANAGE_DISCOUNTS."""

    class Arguments:
        input = graphene.NonNull(ProgrammeRollBackInput, description="Which, and when.")

    version = graphene.Field(ProgrammeVersion, description="The new version.")
    errors = _errors()

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: ProgrammeRollBackInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Publish it again, as a new version."""
        return _published(
            info.context,
            lambda how: operations.roll_back(number=input.number, **how).number,
            input,
        )


class ProgrammeWithdraw(graphene.Mutation):
    """Withdraws a version not in force yet. Requires the permission MANAGE_DISCOUNTS."""

    class Arguments:
        input = graphene.NonNull(ProgrammeWithdrawInput, description="Which.")

    version = graphene.Field(ProgrammeVersion, description="The version that never will be.")
    errors = _errors()

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: ProgrammeWithdrawInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Withdraw it."""
        context: Context = info.context
        _identify(context)

        def withdraw() -> dict[str, Any]:
            operations.withdraw(installation_id=context.shop.id, number=input.number, at=context.at)
            return {"version": queries.published(context.shop.id, input.number)}

        return _answered(withdraw)


class ProgrammeMutations:
    """What staff can do with the programme."""

    programme_draft_update = ProgrammeDraftUpdate.Field(
        description="Replaces the draft of the programme, or throws it away."
        " Requires the permission MANAGE_DISCOUNTS."
    )
    programme_publish = ProgrammePublish.Field(
        description="Publishes the draft of the programme, at once or later."
        " Requires the permission MANAGE_DISCOUNTS."
    )
    programme_roll_back = ProgrammeRollBack.Field(
        description="Publishes an older version of the programme again, as a new version."
        " Requires the permission MANAGE_DISCOUNTS."
    )
    programme_withdraw = ProgrammeWithdraw.Field(
        description="Withdraws a version of the programme that is not in force yet."
        " Requires the permission MANAGE_DISCOUNTS."
    )


def _published(
    context: Context, publish: Callable[[dict[str, Any]], int], given: ProgrammePublication
) -> dict[str, Any]:
    by = _identify(context)

    def carry_out() -> dict[str, Any]:
        how = {
            "installation_id": context.shop.id,
            "effective_from": _moment(given.get("effective_from")),
            "note": _note(given.get("note") or ""),
            "at": context.at,
            "by": by,
        }
        return {"version": queries.published(context.shop.id, publish(how))}

    return _answered(carry_out)


def _identify(context: Context) -> str:
    """Return the user who asks, once Saleor has said that the token still stands."""
    staff = context.staff(need=MANAGE_DISCOUNTS, moves_points=True)
    live_check(context.token, context.shop, user_id=staff.user_id)
    return staff.user_id


def _document(text: str) -> Any:
    """Return what the JSON says; what is no JSON cannot even be a draft."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise operations.Invalid(check_text(text).problems) from error


def _moment(given: datetime | None) -> datetime | None:
    if given and given.tzinfo is None:
        message = gettext("Write the offset too, such as 2026-12-01T00:00:00+01:00.")
        raise _Refused("effectiveFrom", message)
    if given and given >= LATEST:
        raise _Refused("effectiveFrom", gettext("Choose a moment before the year 2200."))
    return given


def _note(text: str) -> str:
    if len(text) > NOTE_CHARACTERS_MAX or not text.replace("\n", " ").isprintable():
        message = gettext("Write up to %(most)s plain characters.")
        raise _Refused("note", message % {"most": NOTE_CHARACTERS_MAX})
    return text.strip()


def _answered(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the answer of a mutation, with why nothing was changed if nothing was."""
    try:
        return {**act(), "errors": []}
    except _Refused as refused:
        error = {"field": refused.field, "message": str(refused), "code": ErrorCode.INVALID}
        return {"errors": [error]}
    except operations.Invalid as invalid:
        errors = [
            {"field": "document", "path": problem.path, "message": problem.message,
             "code": ErrorCode.INVALID}
            for problem in invalid.problems
        ]  # fmt: skip
        return {"errors": errors}
    except tuple(_CODES) as refusal:
        code, field = _CODES[type(refusal)]
        return {"errors": [{"field": field, "message": str(refusal), "code": code}]}
