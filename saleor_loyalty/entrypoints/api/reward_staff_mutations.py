"""The mutations by which staff look at odd redemptions, and fill the pools of partners' codes."""

import re
from enum import StrEnum
from typing import Any

import graphene
from django.utils.translation import gettext

from saleor_loyalty.entrypoints.api.auth import live_check
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.redemption_types import MANAGE_DISCOUNTS, RedemptionUse
from saleor_loyalty.entrypoints.api.refusals import Refused
from saleor_loyalty.entrypoints.api.scalars import from_global_id
from saleor_loyalty.programme.queries import NoProgramme
from saleor_loyalty.redemptions.operations import NoSuchUse, UnknownReward, add_codes, resolve

CODES_AT_ONCE_MAX = 1_000
# Printable, without anything a database or a page could stumble over.
_CODE = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,253}[^\s\x00-\x1f\x7f])?")


class ErrorCode(StrEnum):
    """Why it was not done."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


RewardStaffErrorCode = described_enum(
    ErrorCode,
    name="RewardStaffErrorCode",
    description="Why it was not done.",
    values={
        "INVALID": "A value of the input cannot be used.",
        "NOT_FOUND": "The shop has no such use, or its programme no such reward.",
    },
)


class RewardStaffError(graphene.ObjectType):
    """Something that kept it from being done."""

    field = graphene.String(description="The field of the input it is about.")
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(RewardStaffErrorCode, description="A code for programs.")


class RedemptionFlagResolveInput(graphene.InputObjectType):
    """Which use of a reward staff have looked at."""

    use_id = graphene.NonNull(graphene.ID, description="The use.")


class RedemptionFlagResolve(graphene.Mutation):
    """Notes that staff have looked at an odd use of a reward. It moves no points.

    Requires the permission MANAGE_DISCOUNTS.
    """

    class Arguments:
        input = graphene.NonNull(RedemptionFlagResolveInput, description="The use.")

    use = graphene.Field(RedemptionUse, description="The use as it is now.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(RewardStaffError)),
        description="Why nothing was noted; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: RedemptionFlagResolveInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Note it."""
        context: Context = info.context
        context.staff(need=MANAGE_DISCOUNTS)
        use_id = from_global_id("RedemptionUse", input.use_id)
        try:
            if use_id is None:
                raise NoSuchUse
            return {"use": resolve(context.shop.id, use_id=use_id, at=context.at), "errors": []}
        except NoSuchUse:
            message = gettext("Choose one of the uses there are.")
            return Refused(ErrorCode.NOT_FOUND, "useId", message).answer


class RewardCodesAddInput(graphene.InputObjectType):
    """Codes of a partner's, for a reward of the kind PARTNER_CODE."""

    reward_id = graphene.NonNull(graphene.ID, description="The key of the reward.")
    codes = graphene.NonNull(
        graphene.List(graphene.NonNull(graphene.String)),
        description=f"The codes, at most {CODES_AT_ONCE_MAX}. Those that are there already are"
        " left out.",
    )


class RewardCodesAdd(graphene.Mutation):
    """Adds codes of a partner's that members get for their points, one each.

    Requires the permission MANAGE_DISCOUNTS.
    """

    class Arguments:
        input = graphene.NonNull(RewardCodesAddInput, description="The codes.")

    added = graphene.Int(description="How many of them are new.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(RewardStaffError)),
        description="Why none was added; empty when they were.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: RewardCodesAddInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Check, ask Saleor whether the token still stands, add."""
        context: Context = info.context
        staff = context.staff(need=MANAGE_DISCOUNTS, moves_points=True)
        try:
            codes = _checked([code.strip() for code in input.codes])
            live_check(context.token, context.shop, user_id=staff.user_id)
            added = add_codes(context.shop.id, reward=input.reward_id, codes=codes, at=context.at)
        except (NoProgramme, UnknownReward):
            message = gettext("Choose a reward that gives codes of partners.")
            return Refused(ErrorCode.NOT_FOUND, "rewardId", message).answer
        except Refused as refused:
            return refused.answer
        return {"added": added, "errors": []}


def _checked(codes: list[str]) -> list[str]:
    if not 1 <= len(codes) <= CODES_AT_ONCE_MAX:
        message = gettext("Give from 1 to %(most)s codes.") % {"most": CODES_AT_ONCE_MAX}
        raise Refused(ErrorCode.INVALID, "codes", message)
    for code in codes:
        if not _CODE.fullmatch(code):
            message = gettext("Give codes of up to 255 printable signs, unlike “%(code)s”.")
            raise Refused(ErrorCode.INVALID, "codes", message % {"code": code[:40]})
    return codes
