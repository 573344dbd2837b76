"""The mutation by which customers give a reward back, and staff call one off."""

from typing import Any
from uuid import UUID

import graphene

from saleor_loyalty.entrypoints.api import whom
from saleor_loyalty.entrypoints.api.auth import Customer, Staff, live_check
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.member_types import Member
from saleor_loyalty.entrypoints.api.redemption_errors import (
    REFUSALS,
    RedemptionError,
    errors_of,
)
from saleor_loyalty.entrypoints.api.redemption_types import MANAGE_DISCOUNTS, Redemption
from saleor_loyalty.entrypoints.api.scalars import from_global_id
from saleor_loyalty.redemptions import models
from saleor_loyalty.redemptions.operations import (
    AlreadyUsed,
    NoSuchRedemption,
    NotUsable,
    cancel,
    take_back,
)


class RedemptionCancelInput(graphene.InputObjectType):
    """Which reward is given back."""

    redemption_id = graphene.NonNull(graphene.ID, description="The redemption.")


class RedemptionCancel(graphene.Mutation):
    """Gives a reward back that was not used: its code ends, and its points come back.

    For the customer who took it, and for staff with the permission MANAGE_DISCOUNTS, who may also
    take back what was handed over without an order, such as a donation.
    """

    class Arguments:
        input = graphene.NonNull(RedemptionCancelInput, description="The reward.")

    redemption = graphene.Field(
        Redemption,
        description="The reward; while `isClosing`, its points are on their way back.",
    )
    member = graphene.Field(Member, description="The member, with the balance there is now.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(RedemptionError)),
        description="Why it was not given back; empty when it was, or will be.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: RedemptionCancelInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Find out who asks, and give it back."""
        context: Context = info.context
        caller = context.caller
        if not isinstance(caller, Customer):
            caller = context.staff(need=MANAGE_DISCOUNTS, moves_points=True)
        try:
            redemption_id = from_global_id("Redemption", input.redemption_id)
            if redemption_id is None:
                raise NoSuchRedemption
            live_check(context.token, context.shop, user_id=caller.user_id)
            row = _cancel(context, caller, redemption_id)
        except REFUSALS as error:
            return {"errors": errors_of(error)}
        member = whom.person(context, row.member_id)
        return {"redemption": row, "member": member, "errors": []}


def _cancel(context: Context, caller: Customer | Staff, redemption_id: UUID) -> models.Redemption:
    if isinstance(caller, Customer):
        member_id = caller.member_id
        return cancel(context.shop, member_id=member_id, redemption_id=redemption_id, at=context.at)
    try:
        return cancel(context.shop, member_id=None, redemption_id=redemption_id, at=context.at)
    except AlreadyUsed as used:
        try:
            return take_back(context.shop.id, redemption_id=redemption_id, at=context.at)
        except NotUsable:
            # What an order was paid with comes back with that order.
            raise used from None
