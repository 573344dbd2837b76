"""The mutation by which staff correct a balance."""

from enum import StrEnum
from typing import Any
from uuid import UUID

import graphene
from django.utils.translation import gettext, ngettext

from saleor_loyalty.entrypoints.api.auth import live_check
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
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

MANAGE_USERS = ["MANAGE_USERS"]
POINTS_MAX = 10_000_000


class ErrorCode(StrEnum):
    """Why points were not corrected."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    NOT_ENOUGH_POINTS = "NOT_ENOUGH_POINTS"
    IDEMPOTENCY_KEY_USED = "IDEMPOTENCY_KEY_USED"


MemberPointsAdjustErrorCode = described_enum(
    ErrorCode,
    name="MemberPointsAdjustErrorCode",
    description="Why points were not corrected.",
    values={
        "INVALID": "A value of the input cannot be used.",
        "NOT_FOUND": "The shop has no such member.",
        "NOT_ENOUGH_POINTS": "Fewer points are available than are to be taken.",
        "IDEMPOTENCY_KEY_USED": "The key came with another correction before.",
    },
)


class MemberPointsAdjustError(graphene.ObjectType):
    """Something that kept points from being corrected."""

    field = graphene.String(description="The field of the input it is about.")
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(MemberPointsAdjustErrorCode, description="A code for programs.")


class MemberPointsAdjustInput(graphene.InputObjectType):
    """A correction of a balance."""

    member_id = graphene.NonNull(graphene.ID, description="The member.")
    points = graphene.NonNull(
        Points, description="Points to give, or (below zero) available points to take."
    )
    note = graphene.NonNull(
        graphene.String, description="Why. The member can read it in their history."
    )
    idempotency_key = graphene.NonNull(
        graphene.String,
        description="A new one for every correction (a UUID, for instance). A request repeated"
        " with the same key moves points once, and is answered as the first time.",
    )


class MemberPointsAdjust(graphene.Mutation):
    """Corrects a member's balance, with a note that the member can read.

    Requires the permission MANAGE_USERS.
    """

    class Arguments:
        input = graphene.NonNull(MemberPointsAdjustInput, description="The correction.")

    posting = graphene.Field(Posting, description="The event in the member's history.")
    member = graphene.Field(Member, description="The member, with the balance there is now.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(MemberPointsAdjustError)),
        description="Why nothing was corrected; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: MemberPointsAdjustInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Check, ask Saleor whether the token still stands, correct."""
        context: Context = info.context
        staff = context.staff(need=MANAGE_USERS, moves_points=True)
        try:
            member_id = _check(context, input)
            live_check(context.token, context.shop, user_id=staff.user_id)
            entry = _adjust(context, input, member_id)
        except Refused as refused:
            return refused.answer
        row = member(context.shop.id, member_id)
        return {"posting": entry, "member": row and people([row])[0], "errors": []}


def _check(context: Context, correction: MemberPointsAdjustInput) -> UUID:
    if not 0 < abs(correction.points) <= POINTS_MAX:
        message = gettext("Write a number from 1 to %(most)s, or below zero.")
        raise Refused(ErrorCode.INVALID, "points", message % {"most": POINTS_MAX})
    check_note(correction.note, invalid=ErrorCode.INVALID)
    check_key(correction.idempotency_key, invalid=ErrorCode.INVALID)
    return member_of_shop(context, correction.member_id, unknown=ErrorCode.NOT_FOUND)


def _adjust(
    context: Context, correction: MemberPointsAdjustInput, member_id: UUID
) -> queries.Entry:
    reason = {"code": "CORRECTION", "note": correction.note.strip()}
    try:
        posting_id = ledger.adjust(
            member_id=member_id,
            points=correction.points,
            key=f"adjust:{correction.idempotency_key}",
            reason=reason,
            at=context.at,
        )
    except ledger.AlreadyPosted as posted:
        return _first_answer(posted.posting_id, correction.points, reason)
    except ledger.NotEnoughPoints as error:
        raise Refused(
            ErrorCode.NOT_ENOUGH_POINTS, "points", _not_enough(error.available)
        ) from error
    return queries.entry(posting_id)


def _not_enough(available: int) -> str:
    message = ngettext(
        "Take at most %(available)s point: no more are available.",
        "Take at most %(available)s points: no more are available.",
        available,
    )
    return message % {"available": available}


def _first_answer(posting_id: UUID, points: int, reason: dict[str, str]) -> queries.Entry:
    """Return what the key posted before, if it was this very correction."""
    entry = queries.entry(posting_id)
    if entry.reason != reason or entry.points != points:
        message = gettext("Use a new key for a new correction: this one came with another before.")
        raise Refused(ErrorCode.IDEMPOTENCY_KEY_USED, "idempotencyKey", message)
    return entry
