"""What members are told before their points expire, and the mutation by which they read it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import graphene
from django.utils.translation import gettext

from saleor_loyalty.entrypoints.api.auth import Customer, NotAuthenticated
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.languages import LanguageCode, wanted_language, written
from saleor_loyalty.entrypoints.api.scalars import Points, from_global_id, global_id
from saleor_loyalty.notices.operations import NoSuchNotice, seen
from saleor_loyalty.notices.queries import MemberNotice, notice_of
from saleor_loyalty.notices.wording import sentence


class Notice(graphene.ObjectType):
    """Points that are about to expire. They do not before the member was told."""

    id = graphene.NonNull(
        graphene.ID, description="Global id; another one when more points join the notice."
    )
    points = graphene.NonNull(Points, description="How many points expire, as it stands now.")
    expires_on = graphene.NonNull(
        graphene.Date, description="The day on which they do, in the shop's time zone."
    )
    message = graphene.NonNull(
        graphene.String,
        language=wanted_language(),
        description="What to tell the member. Plain text: escape it in HTML.",
    )
    sent_at = graphene.DateTime(
        description="When the member was told, by e-mail or in the storefront; null: not yet."
    )

    @staticmethod
    def resolve_id(notice: MemberNotice, _info: Any) -> str:
        """Return the global id."""
        return global_id("Notice", notice.id)

    @staticmethod
    def resolve_message(
        notice: MemberNotice, _info: Any, *, language: LanguageCode | None = None
    ) -> str:
        """Write the notice in the language wanted."""
        return written(
            language, lambda: sentence(notice.points, notice.expires_on, notice.programme)
        )

    @staticmethod
    def resolve_sent_at(notice: MemberNotice, _info: Any) -> datetime | None:
        """Return the moment."""
        return notice.sent_at


class ErrorCode(StrEnum):
    """Why a notice was not noted as seen."""

    NOT_FOUND = "NOT_FOUND"


NoticeSeenErrorCode = described_enum(
    ErrorCode,
    name="NoticeSeenErrorCode",
    description="Why a notice was not noted as seen.",
    values={"NOT_FOUND": "The customer has no such notice, or it says something else by now."},
)


class NoticeSeenError(graphene.ObjectType):
    """Something that kept a notice from being noted as seen."""

    field = graphene.String(description="The argument it is about.")
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(NoticeSeenErrorCode, description="A code for programs.")


class NoticeSeen(graphene.Mutation):
    """Notes that the customer whose token was sent has read a notice.

    Call it when the notice was shown: from then on its points can expire, on the day it names.
    """

    class Arguments:
        id = graphene.NonNull(graphene.ID, description="The notice.")

    notice = graphene.Field(Notice, description="The notice, with the moment it was told.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(NoticeSeenError)),
        description="Why nothing was noted; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        id: str,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Take the customer at the token's word."""
        context: Context = info.context
        caller = context.caller
        if not isinstance(caller, Customer):
            raise NotAuthenticated
        notice_id, shop_id = from_global_id("Notice", id), context.shop.id
        try:
            if notice_id is None:
                raise NoSuchNotice(id)
            seen(
                installation_id=shop_id,
                member_id=caller.member_id,
                notice_id=notice_id,
                at=context.at,
            )
        except NoSuchNotice:
            message = gettext("Ask for the notices again, and show them as they are now.")
            return {"errors": [{"field": "id", "message": message, "code": ErrorCode.NOT_FOUND}]}
        notice = notice_of(shop_id, caller.member_id, notice_id, at=context.at)
        return {"notice": notice, "errors": []}
