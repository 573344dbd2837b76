"""The mutation by which staff let points last longer."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import graphene
from django.utils.translation import gettext

from saleor_loyalty.entrypoints.api.auth import live_check
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.member_points_adjust import MANAGE_USERS
from saleor_loyalty.entrypoints.api.refusals import Refused, check_key
from saleor_loyalty.entrypoints.api.scalars import from_global_id
from saleor_loyalty.members.queries import member
from saleor_loyalty.notices import staff as notices
from saleor_loyalty.notices.models import Extension

AHEAD_MAX = timedelta(days=3_660)


class ErrorCode(StrEnum):
    """Why points were not extended."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    IDEMPOTENCY_KEY_USED = "IDEMPOTENCY_KEY_USED"


PointsExtendErrorCode = described_enum(
    ErrorCode,
    name="PointsExtendErrorCode",
    description="Why points were not extended.",
    values={
        "INVALID": "A value of the input cannot be used.",
        "NOT_FOUND": "The shop has no such member.",
        "IDEMPOTENCY_KEY_USED": "The key came with another extension before.",
    },
)


class PointsExtendError(graphene.ObjectType):
    """Something that kept points from being extended."""

    field = graphene.String(description="The field of the input it is about.")
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(PointsExtendErrorCode, description="A code for programs.")


class PointsExtension(graphene.ObjectType):
    """Points that last longer."""

    until = graphene.NonNull(graphene.DateTime, description="Until when they last at least.")
    is_done = graphene.NonNull(
        graphene.Boolean, description="Whether all members have been seen to; everybody takes time."
    )
    lots = graphene.NonNull(graphene.Int, description="How many lots last longer by it so far.")

    @staticmethod
    def resolve_is_done(row: Extension, _info: Any) -> bool:
        """Tell whether it is over."""
        return row.done_at is not None


class PointsExtendInput(graphene.InputObjectType):
    """Whose points last longer, and until when."""

    member_id = graphene.ID(description="The member whose points they are.")
    everybody = graphene.Boolean(description="True instead of a member: the points of all members.")
    until = graphene.NonNull(
        graphene.Date,
        description="The last day on which they count, in the shop's time zone. Points that last"
        " longer stay so; those that have expired too.",
    )
    idempotency_key = graphene.NonNull(
        graphene.String,
        description="A new one for every extension (a UUID, for instance). A request repeated with"
        " the same key extends once, and is answered with what came of it.",
    )


class PointsExtend(graphene.Mutation):
    """Lets points of a member, or of everybody, last longer.

    Requires the permission MANAGE_USERS.
    """

    class Arguments:
        input = graphene.NonNull(PointsExtendInput, description="Whose points, and until when.")

    extension = graphene.Field(PointsExtension, description="What came of it.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(PointsExtendError)),
        description="Why nothing was extended; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: PointsExtendInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Check, ask Saleor whether the token still stands, extend."""
        context: Context = info.context
        staff = context.staff(need=MANAGE_USERS, moves_points=True)
        try:
            member_id = _whose(context, input)
            until = _until(context, input.until)
            check_key(input.idempotency_key, invalid=ErrorCode.INVALID)
            live_check(context.token, context.shop, user_id=staff.user_id)
            extension = notices.extend(
                installation_id=context.shop.id,
                member_id=member_id,
                until=until,
                key=input.idempotency_key,
                at=context.at,
            )
        except notices.KeyUsed:
            message = gettext("Use a new key: this one came with another extension before.")
            code = ErrorCode.IDEMPOTENCY_KEY_USED
            return Refused(code, "idempotencyKey", message).answer
        except Refused as refused:
            return refused.answer
        return {"extension": extension, "errors": []}


def _whose(context: Context, wanted: PointsExtendInput) -> UUID | None:
    """Return the member; None for everybody, which nobody says by leaving something out."""
    if bool(wanted.member_id) == bool(wanted.everybody):
        message = gettext("Choose either a member, or everybody.")
        raise Refused(ErrorCode.INVALID, "memberId", message)
    if wanted.everybody:
        return None
    member_id = from_global_id("Member", wanted.member_id)
    if member_id is None or member(context.shop.id, member_id) is None:
        raise Refused(ErrorCode.NOT_FOUND, "memberId", gettext("Choose a member of this shop."))
    return member_id


def _until(context: Context, day: date) -> datetime:
    soonest = context.at.date()
    if not soonest <= day <= soonest + AHEAD_MAX:
        raise Refused(ErrorCode.INVALID, "until", gettext("Choose a day of the next ten years."))
    until = notices.end_of_day(context.shop.id, day, at=context.at)
    if until <= context.at:
        raise Refused(ErrorCode.INVALID, "until", gettext("Choose a day of the next ten years."))
    return until
