"""The mutation by which customers tell their birthday, and staff correct it."""

from enum import StrEnum
from typing import Any
from uuid import UUID

import graphene
from django.db import transaction
from django.utils.translation import gettext

from saleor_loyalty.activities.profiles import (
    BirthdayLocked,
    Correction,
    NoSuchDay,
    correct_birthday,
    tell_birthday,
)
from saleor_loyalty.entrypoints.api import whom
from saleor_loyalty.entrypoints.api.auth import Customer, live_check
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.member_points_adjust import MANAGE_USERS
from saleor_loyalty.entrypoints.api.member_types import Member
from saleor_loyalty.entrypoints.api.refusals import Refused, check_note


class ErrorCode(StrEnum):
    """Why a birthday was not set."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_SET = "ALREADY_SET"


MemberBirthdaySetErrorCode = described_enum(
    ErrorCode,
    name="MemberBirthdaySetErrorCode",
    description="Why a birthday was not set.",
    values={
        "INVALID": "A value of the input cannot be used.",
        "NOT_FOUND": "The shop has no such member.",
        "ALREADY_SET": "The customer told another birthday before: only staff may change it.",
    },
)


class MemberBirthdaySetError(graphene.ObjectType):
    """Something that kept a birthday from being set."""

    field = graphene.String(description="The field of the input it is about.")
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(MemberBirthdaySetErrorCode, description="A code for programs.")


class MemberBirthdaySetInput(graphene.InputObjectType):
    """A birthday, without the year."""

    member_id = graphene.ID(description="Whose it is. For staff only: customers tell their own.")
    user_id = graphene.ID(description="The id of their user in Saleor, instead.")
    month = graphene.NonNull(graphene.Int, description="The month, from 1 to 12.")
    day = graphene.NonNull(graphene.Int, description="The day of the month, from 1.")
    note = graphene.String(description="Why it is changed. Staff must say so.")


class MemberBirthdaySet(graphene.Mutation):
    """Sets the birthday of the customer whose token was sent, once; it counts from its next day on.

    Staff may set and change anybody's. Requires the permission MANAGE_USERS then.
    """

    class Arguments:
        input = graphene.NonNull(MemberBirthdaySetInput, description="The birthday.")

    member = graphene.Field(Member, description="The member.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(MemberBirthdaySetError)),
        description="Why nothing was set; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: MemberBirthdaySetInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Let customers tell, and staff correct."""
        context: Context = info.context
        try:
            is_customer = isinstance(context.caller, Customer)
            member_id = _told(context, input) if is_customer else _corrected(context, input)
        except NoSuchDay:
            return Refused(ErrorCode.INVALID, "day", gettext("Choose a day there is.")).answer
        except BirthdayLocked:
            message = gettext("Ask the shop to change it: you told another birthday before.")
            return Refused(ErrorCode.ALREADY_SET, "day", message).answer
        except whom.Nobody as nobody:
            return Refused(ErrorCode.NOT_FOUND, nobody.field, nobody.message).answer
        except Refused as refused:
            return refused.answer
        return {"member": whom.person(context, member_id), "errors": []}


@transaction.atomic
def _told(context: Context, given: MemberBirthdaySetInput) -> UUID:
    if given.member_id or given.user_id:
        message = gettext("Leave it out: you can tell your own birthday only.")
        raise Refused(ErrorCode.INVALID, "memberId" if given.member_id else "userId", message)
    member_id = whom.customer_as_member(context)
    tell_birthday(
        installation_id=context.shop.id,
        member_id=member_id,
        month=given.month,
        day=given.day,
        at=context.at,
    )
    return member_id


def _corrected(context: Context, given: MemberBirthdaySetInput) -> UUID:
    staff = context.staff(need=MANAGE_USERS, moves_points=True)
    note = (given.note or "").strip()
    check_note(note, invalid=ErrorCode.INVALID)
    live_check(context.token, context.shop, user_id=staff.user_id)
    with transaction.atomic():
        member_id = whom.named(context, member_id=given.member_id, user_id=given.user_id)
        correct_birthday(
            installation_id=context.shop.id,
            member_id=member_id,
            month=given.month,
            day=given.day,
            correction=Correction(staff.user_id, note),
            at=context.at,
        )
    return member_id
