"""The mutation by which customers put a reward they have into a checkout."""

from typing import Any

import graphene

from saleor_loyalty.entrypoints.api import whom
from saleor_loyalty.entrypoints.api.auth import live_check
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.member_types import Member
from saleor_loyalty.entrypoints.api.redeemed_checkout_types import RedeemedCheckout
from saleor_loyalty.entrypoints.api.redemption_errors import (
    REFUSALS,
    RedemptionError,
    errors_of,
)
from saleor_loyalty.entrypoints.api.redemption_types import Redemption
from saleor_loyalty.entrypoints.api.refusals import Refused
from saleor_loyalty.entrypoints.api.reward_redeem import check_checkout, seen
from saleor_loyalty.entrypoints.api.scalars import from_global_id
from saleor_loyalty.redemptions.operations import NoSuchRedemption, apply_to


class RedemptionApplyInput(graphene.InputObjectType):
    """Which reward that was taken before, and for which checkout."""

    redemption_id = graphene.NonNull(graphene.ID, description="The redemption.")
    checkout_id = graphene.NonNull(graphene.ID, description="The checkout in Saleor.")
    accept_lost_promotion = graphene.Boolean(
        default_value=False,
        description="Whether the shopper agrees that an order promotion, or its gift, is lost.",
    )


class RedemptionApply(graphene.Mutation):
    """Puts a reward that the customer has into a checkout, or into another one than before.

    It takes no more points. Applying it again changes nothing.
    """

    class Arguments:
        input = graphene.NonNull(RedemptionApplyInput, description="The reward and the checkout.")

    redemption = graphene.Field(Redemption, description="The reward, with its checkout.")
    checkout = graphene.Field(RedeemedCheckout, description="What the checkout costs with it.")
    member = graphene.Field(Member, description="The customer, with the balance there is now.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(RedemptionError)),
        description="Why it was not put into the checkout; empty when it was.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: RedemptionApplyInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Check, ask Saleor whether the token still stands, put it into the checkout."""
        context: Context = info.context
        caller = whom.customer(context)
        try:
            redemption_id = from_global_id("Redemption", input.redemption_id)
            if redemption_id is None:
                raise NoSuchRedemption
            check_checkout(input.checkout_id)
            live_check(context.token, context.shop, user_id=caller.user_id)
            row = apply_to(
                context.shop,
                member_id=caller.member_id,
                redemption_id=redemption_id,
                checkout_id=input.checkout_id,
                accepts_lost_promotion=bool(input.accept_lost_promotion),
                at=context.at,
            )
        except Refused as refused:
            return refused.answer
        except REFUSALS as error:
            return {"errors": errors_of(error)}
        return seen(context, row, [])
