"""The mutations by which a shop tells what members did besides buying, and takes it back.

Its staff call them, and its other apps: review systems, storefronts.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import graphene
from django.db import transaction
from django.utils.translation import gettext

from saleor_loyalty.accrual.operations import settle
from saleor_loyalty.activities import operations as activities
from saleor_loyalty.activities.models import Activity as ActivityRow
from saleor_loyalty.campaigns.rules import SURPRISE
from saleor_loyalty.entrypoints.api import whom
from saleor_loyalty.entrypoints.api.auth import live_check_staff
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.member_points_adjust import MANAGE_USERS
from saleor_loyalty.entrypoints.api.member_types import Member
from saleor_loyalty.entrypoints.api.scalars import Points, global_id

#: Events that only we tell of.
OURS = {
    activities.ACCOUNT_CONFIRMED,
    activities.BIRTHDAY,
    activities.ANNIVERSARY,
    SURPRISE,
}
#: Clocks differ.
AHEAD = timedelta(minutes=5)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# As programmes name them.
_EVENT = re.compile(r"[a-z][a-z0-9-]{0,39}")
# Printable, without anything a database or a log could stumble over.
_REFERENCE = re.compile(r"[\x21-\x7e]{1,80}")


class ErrorCode(StrEnum):
    """Why an activity was not recorded or revoked."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    RESERVED = "RESERVED"
    REFERENCE_USED = "REFERENCE_USED"


ActivityErrorCode = described_enum(
    ErrorCode,
    name="ActivityErrorCode",
    description="Why an activity was not recorded or revoked.",
    values={
        "INVALID": "A value of the input cannot be used.",
        "NOT_FOUND": "The shop has no such member, or the member no such activity.",
        "RESERVED": "We tell of events of this name ourselves.",
        "REFERENCE_USED": "The reference came with another moment before.",
    },
)


class Activity(graphene.ObjectType):
    """Something a member did besides buying."""

    id = graphene.NonNull(graphene.ID, description="Global id.")
    event = graphene.NonNull(graphene.String, description="What it was, as the programme names it.")
    reference = graphene.NonNull(graphene.String, description="Which one of its kind.")
    occurred_at = graphene.NonNull(graphene.DateTime, description="When it happened.")
    is_revoked = graphene.NonNull(graphene.Boolean, description="Whether it counts no more.")
    points = graphene.NonNull(Points, description="What it earned, net of what was taken back.")

    @staticmethod
    def resolve_id(row: ActivityRow, _info: Any) -> str:
        """Return the global id."""
        return global_id("Activity", row.id)

    @staticmethod
    def resolve_occurred_at(row: ActivityRow, _info: Any) -> datetime:
        """Return the moment."""
        return row.at


class ActivityError(graphene.ObjectType):
    """Something that kept an activity from being recorded or revoked."""

    field = graphene.String(description="The field of the input it is about.")
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(ActivityErrorCode, description="A code for programs.")


class ActivityRevokeInput(graphene.InputObjectType):
    """Which activity counts no more."""

    member_id = graphene.ID(description="The member.")
    user_id = graphene.ID(description="The id of the member's user in Saleor, instead.")
    event = graphene.NonNull(
        graphene.String,
        description="What it is, as the programme names it: `review`, `profile-completed`, or a"
        " name of the shop's own.",
    )
    reference = graphene.NonNull(
        graphene.String,
        description="Which one of its kind, such as the review's id; unique for the member and the"
        " event, for ever.",
    )


class ActivityRecordInput(ActivityRevokeInput):
    """What a member did. The same reference told again is recorded once."""

    occurred_at = graphene.DateTime(description="When it happened; now if not given.")


class Refused(Exception):
    """It cannot be recorded or revoked: a code, and what to do about it."""

    def __init__(self, code: ErrorCode, field: str, message: str) -> None:
        super().__init__(message)
        self.code, self.field, self.message = code, field, message


class ActivityRecord(graphene.Mutation):
    """Records what a member did besides buying; it earns what the programme gives for it.

    For staff, and for other apps of the shop with their own tokens. Requires the permission
    MANAGE_USERS.
    """

    class Arguments:
        input = graphene.NonNull(ActivityRecordInput, description="What they did.")

    activity = graphene.Field(Activity, description="The activity as it is recorded.")
    member = graphene.Field(Member, description="The member, with the balance there is now.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(ActivityError)),
        description="Why nothing was recorded; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: ActivityRecordInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Check, ask Saleor whether a member of staff still is one, record and count."""
        return _answer(info.context, input, _record)


class ActivityRevoke(graphene.Mutation):
    """Takes back what was told of a member, such as a review that was deleted, and its points.

    It cannot be told again. For staff, and for other apps of the shop with their own tokens.
    Requires the permission MANAGE_USERS.
    """

    class Arguments:
        input = graphene.NonNull(ActivityRevokeInput, description="Which activity.")

    activity = graphene.Field(Activity, description="The activity as it is now.")
    member = graphene.Field(Member, description="The member, with the balance there is now.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(ActivityError)),
        description="Why nothing was revoked; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: ActivityRevokeInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Check, ask Saleor whether a member of staff still is one, revoke and count."""
        return _answer(info.context, input, _revoke)


def _answer(
    context: Context, given: Any, act: Callable[[Context, UUID, Any], activities.Recorded]
) -> dict[str, Any]:
    caller = context.staff_or_app(need=MANAGE_USERS)
    try:
        _check(context, given)
        live_check_staff(caller, context.token, context.shop)
        activity = _act(context, given, act)
    except (Refused, whom.Nobody) as error:
        code = error.code if isinstance(error, Refused) else ErrorCode.NOT_FOUND
        return {"errors": [{"field": error.field, "message": error.message, "code": code}]}
    member = whom.person(context, activity.member_id)
    return {"activity": activity, "member": member, "errors": []}


@transaction.atomic
def _act(
    context: Context, given: Any, act: Callable[[Context, UUID, Any], activities.Recorded]
) -> ActivityRow:
    member_id = whom.named(context, member_id=given.member_id, user_id=given.user_id)
    recorded = act(context, member_id, given)
    if recorded.is_new:
        settle(installation_id=context.shop.id, member_ids=[member_id], at=context.at)
        recorded.activity.refresh_from_db()
    return recorded.activity


def _record(context: Context, member_id: UUID, given: Any) -> activities.Recorded:
    if given.event in OURS:
        message = gettext("Choose another name: we tell of these events ourselves.")
        raise Refused(ErrorCode.RESERVED, "event", message)
    recorded = activities.record(
        installation_id=context.shop.id,
        member_id=member_id,
        event=given.event,
        reference=given.reference,
        occurred_at=given.occurred_at or context.at,
        at=context.at,
    )
    if given.occurred_at and recorded.activity.at != given.occurred_at:
        message = gettext("Use a new reference: this one came with another moment before.")
        raise Refused(ErrorCode.REFERENCE_USED, "reference", message)
    return recorded


def _revoke(context: Context, member_id: UUID, given: Any) -> activities.Recorded:
    revoked = activities.revoke(
        installation_id=context.shop.id,
        member_id=member_id,
        event=given.event,
        reference=given.reference,
    )
    if revoked is None:
        message = gettext("Choose an activity that was recorded.")
        raise Refused(ErrorCode.NOT_FOUND, "reference", message)
    return revoked


def _check(context: Context, given: Any) -> None:
    if not _EVENT.fullmatch(given.event):
        message = gettext("Write up to 40 small letters, digits and hyphens, a letter first.")
        raise Refused(ErrorCode.INVALID, "event", message)
    if not _REFERENCE.fullmatch(given.reference):
        message = gettext("Write up to 80 letters, digits and signs.")
        raise Refused(ErrorCode.INVALID, "reference", message)
    occurred_at = given.get("occurred_at")
    if occurred_at is None:
        return
    if occurred_at.tzinfo is None or not EARLIEST <= occurred_at <= context.at + AHEAD:
        message = gettext("Write a moment that has passed, with its time zone.")
        raise Refused(ErrorCode.INVALID, "occurredAt", message)
