"""The mutation by which customers join campaigns."""

from enum import StrEnum
from typing import Any

import graphene
from django.db import transaction
from django.utils.translation import gettext

from saleor_loyalty.accrual.operations import settle
from saleor_loyalty.campaigns.operations import (
    CampaignOver,
    NoSuchCampaign,
    NothingToJoin,
    join,
)
from saleor_loyalty.entrypoints.api import whom
from saleor_loyalty.entrypoints.api.campaign_types import CampaignProgress
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.member_types import Member
from saleor_loyalty.programme.queries import NoProgramme, current


class ErrorCode(StrEnum):
    """Why a campaign was not joined."""

    NOT_FOUND = "NOT_FOUND"
    NOTHING_TO_JOIN = "NOTHING_TO_JOIN"
    ENDED = "ENDED"


CampaignJoinErrorCode = described_enum(
    ErrorCode,
    name="CampaignJoinErrorCode",
    description="Why a campaign was not joined.",
    values={
        "NOT_FOUND": "The programme in force has no such campaign.",
        "NOTHING_TO_JOIN": "The campaign counts for everybody, without being joined.",
        "ENDED": "The campaign is over.",
    },
)


class CampaignJoinError(graphene.ObjectType):
    """Something that kept a campaign from being joined."""

    field = graphene.String(description="The field of the input it is about.")
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(CampaignJoinErrorCode, description="A code for programs.")


class CampaignJoinInput(graphene.InputObjectType):
    """What the customer wants to take part in."""

    campaign_id = graphene.NonNull(
        graphene.ID,
        description="The key of a campaign that must be joined, or of a rule that must be"
        " activated.",
    )


class CampaignJoin(graphene.Mutation):
    """Lets the customer whose token was sent take part in a campaign from now on.

    Only what they do afterwards counts. Joining again changes nothing.
    """

    class Arguments:
        input = graphene.NonNull(CampaignJoinInput, description="The campaign.")

    progress = graphene.Field(
        CampaignProgress,
        description="How far they are in it; null where nothing is counted over several orders.",
    )
    member = graphene.Field(Member, description="The customer.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(CampaignJoinError)),
        description="Why nothing was joined; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: CampaignJoinInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Join, and count again: an order may have been heard of meanwhile."""
        context: Context = info.context
        try:
            member_id = _join(context, input.campaign_id)
        except (NoProgramme, NoSuchCampaign):
            return _refused(ErrorCode.NOT_FOUND, gettext("Choose one of the campaigns there are."))
        except NothingToJoin:
            message = gettext("Nothing is to be done: this counts for everybody.")
            return _refused(ErrorCode.NOTHING_TO_JOIN, message)
        except CampaignOver:
            return _refused(ErrorCode.ENDED, gettext("Choose another campaign: this one is over."))
        found = context.whereabouts.get(member_id, among=[member_id]).progress
        progress = next((each for each in found if each.campaign.id == input.campaign_id), None)
        return {"progress": progress, "member": whom.person(context, member_id), "errors": []}


def _join(context: Context, campaign: str) -> Any:
    whom.customer(context)
    document = current(context.shop.id, context.at).document
    with transaction.atomic():
        member_id = whom.customer_as_member(context)
        join(
            installation_id=context.shop.id,
            member_id=member_id,
            campaign=campaign,
            document=document,
            at=context.at,
        )
        settle(installation_id=context.shop.id, member_ids=[member_id], at=context.at)
    return member_id


def _refused(code: ErrorCode, message: str) -> dict[str, Any]:
    return {"errors": [{"field": "campaignId", "message": message, "code": code}]}
