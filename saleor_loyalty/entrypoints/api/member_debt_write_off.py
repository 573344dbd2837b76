"""The mutation by which staff give up points that a member owes."""

from enum import StrEnum
from typing import Any
from uuid import UUID

import graphene
from django.utils.translation import gettext

from saleor_loyalty.entrypoints.api.auth import live_check
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.member_points_adjust import (
    MANAGE_USERS,
    POINTS_MAX,
)
from saleor_loyalty.entrypoints.api.member_types import Member, Posting, people
from saleor_loyalty.entrypoints.api.refusals import (
    Refused,
    check_key,
    check_note,
    member_of_shop,
)
from saleor_loyalty.entrypoints.api.scalars import Points
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger import queries
from saleor_loyalty.members.queries import member


class ErrorCode(StrEnum):
    """Why a debt was not written off."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    MORE_THAN_IS_OWED = "MORE_THAN_IS_OWED"
    IDEMPOTENCY_KEY_USED = "IDEMPOTENCY_KEY_USED"


MemberDebtWriteOffErrorCode = described_enum(
    ErrorCode,
    name="MemberDebtWriteOffErrorCode",
    description="Why a debt was not written off.",
    values={
        "INVALID": "A value of the input cannot be used.",
        "NOT_FOUND": "The shop has no such member.",
        "MORE_THAN_IS_OWED": "The member owes fewer points, or none.",
        "IDEMPOTENCY_KEY_USED": "The key came with another request before.",
    },
)


class MemberDebtWriteOffError(graphene.ObjectType):
    """Something that kept a debt from being written off."""

    field = graphene.String(description="The field of the input it is about.")
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(MemberDebtWriteOffErrorCode, description="A code for programs.")


class MemberDebtWriteOffInput(graphene.InputObjectType):
    """Whose debt is given up."""

    member_id = graphene.NonNull(graphene.ID, description="The member.")
    points = Points(description="How many of the points owed; not given: all of them.")
    note = graphene.NonNull(
        graphene.String, description="Why. The member can read it in their history."
    )
    idempotency_key = graphene.NonNull(
        graphene.String,
        description="A new one for every request (a UUID, for instance). A request repeated with"
        " the same key moves points once, and is answered as the first time.",
    )


class MemberDebtWriteOff(graphene.Mutation):
    """Gives up points that a member owes after a refund of points already spent.

    Requires the permission MANAGE_USERS.
    """

    class Arguments:
        input = graphene.NonNull(MemberDebtWriteOffInput, description="Whose debt.")

    posting = graphene.Field(Posting, description="The event in the member's history.")
    member = graphene.Field(Member, description="The member, with the balance there is now.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(MemberDebtWriteOffError)),
        description="Why nothing was written off; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: MemberDebtWriteOffInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Check, ask Saleor whether the token still stands, write off."""
        context: Context = info.context
        staff = context.staff(need=MANAGE_USERS, moves_points=True)
        try:
            member_id = _check(context, input)
            live_check(context.token, context.shop, user_id=staff.user_id)
            entry = _write_off(context, input, member_id)
        except Refused as refused:
            return refused.answer
        row = member(context.shop.id, member_id)
        return {"posting": entry, "member": row and people([row])[0], "errors": []}


def _check(context: Context, wanted: MemberDebtWriteOffInput) -> UUID:
    if wanted.points is not None and not 0 < wanted.points <= POINTS_MAX:
        message = gettext("Write a number from 1 to %(most)s.")
        raise Refused(ErrorCode.INVALID, "points", message % {"most": POINTS_MAX})
    check_note(wanted.note, invalid=ErrorCode.INVALID)
    check_key(wanted.idempotency_key, invalid=ErrorCode.INVALID)
    return member_of_shop(context, wanted.member_id, unknown=ErrorCode.NOT_FOUND)


def _write_off(context: Context, wanted: MemberDebtWriteOffInput, member_id: UUID) -> queries.Entry:
    reason = {"code": "DEBT_WRITTEN_OFF", "note": wanted.note.strip()}
    try:
        posting_id = ledger.write_off(
            member_id=member_id,
            points=wanted.points,
            key=f"write-off:{wanted.idempotency_key}",
            reason=reason,
            at=context.at,
        )
    except ledger.AlreadyPosted as posted:
        return _first_answer(posted.posting_id, wanted.points, reason)
    except ledger.MoreThanIsOwed as error:
        message = gettext("Give up at most the points that are owed.")
        raise Refused(ErrorCode.MORE_THAN_IS_OWED, "points", message) from error
    return queries.entry(posting_id)


def _first_answer(posting_id: UUID, points: int | None, reason: dict[str, str]) -> queries.Entry:
    """Return what the key wrote off before, if it was asked for in the same words."""
    entry = queries.entry(posting_id)
    if entry.reason != reason or points not in {None, entry.points}:
        message = gettext("Use a new key for a new request: this one came with another before.")
        raise Refused(ErrorCode.IDEMPOTENCY_KEY_USED, "idempotencyKey", message)
    return entry
