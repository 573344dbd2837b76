"""The mutation by which staff let expired points count again."""

from enum import StrEnum
from typing import Any
from uuid import UUID

import graphene
from django.utils.translation import gettext

from saleor_loyalty.entrypoints.api.auth import live_check
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.member_points_adjust import MANAGE_USERS
from saleor_loyalty.entrypoints.api.member_types import Member, Posting, people
from saleor_loyalty.entrypoints.api.refusals import (
    Refused,
    check_key,
    member_of_shop,
)
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger import queries
from saleor_loyalty.members.queries import member
from saleor_loyalty.notices.staff import GRACE, revive


class ErrorCode(StrEnum):
    """Why points were not revived."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    NOTHING_TO_REVIVE = "NOTHING_TO_REVIVE"


MemberPointsReviveErrorCode = described_enum(
    ErrorCode,
    name="MemberPointsReviveErrorCode",
    description="Why points were not revived.",
    values={
        "INVALID": "A value of the input cannot be used.",
        "NOT_FOUND": "The shop has no such member.",
        "NOTHING_TO_REVIVE": "No points of the member's have expired lately.",
    },
)


class MemberPointsReviveError(graphene.ObjectType):
    """Something that kept points from being revived."""

    field = graphene.String(description="The field of the input it is about.")
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(MemberPointsReviveErrorCode, description="A code for programs.")


class MemberPointsReviveInput(graphene.InputObjectType):
    """Whose expired points count again."""

    member_id = graphene.NonNull(graphene.ID, description="The member.")
    idempotency_key = graphene.NonNull(
        graphene.String,
        description="A new one for every request (a UUID, for instance). A request repeated with"
        " the same key moves points once, and is answered as the first time.",
    )


class MemberPointsRevive(graphene.Mutation):
    """Lets points count again that expired in the last 90 days; they last a full term from now.

    Requires the permission MANAGE_USERS.
    """

    class Arguments:
        input = graphene.NonNull(MemberPointsReviveInput, description="Whose points.")

    posting = graphene.Field(Posting, description="The event in the member's history.")
    member = graphene.Field(Member, description="The member, with the balance there is now.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(MemberPointsReviveError)),
        description="Why nothing was revived; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: MemberPointsReviveInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Check, ask Saleor whether the token still stands, revive."""
        context: Context = info.context
        staff = context.staff(need=MANAGE_USERS, moves_points=True)
        try:
            member_id = _check(context, input)
            live_check(context.token, context.shop, user_id=staff.user_id)
            entry = _revive(context, input, member_id)
        except Refused as refused:
            return refused.answer
        row = member(context.shop.id, member_id)
        return {"posting": entry, "member": row and people([row])[0], "errors": []}


def _check(context: Context, wanted: MemberPointsReviveInput) -> UUID:
    check_key(wanted.idempotency_key, invalid=ErrorCode.INVALID)
    return member_of_shop(context, wanted.member_id, unknown=ErrorCode.NOT_FOUND)


def _revive(context: Context, wanted: MemberPointsReviveInput, member_id: UUID) -> queries.Entry:
    try:
        posting_id = revive(
            installation_id=context.shop.id,
            member_id=member_id,
            key=f"revive:{wanted.idempotency_key}",
            at=context.at,
        )
    except ledger.AlreadyPosted as posted:
        posting_id = posted.posting_id
    except ledger.NothingToRevive as error:
        message = gettext(
            "Correct the balance instead: no points expired in the last %(days)s days."
        )
        raise Refused(
            ErrorCode.NOTHING_TO_REVIVE, "memberId", message % {"days": GRACE.days}
        ) from error
    return queries.entry(posting_id)
