"""What a basket would earn, told before it is bought."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import graphene
from django.utils.translation import gettext
from graphql import GraphQLError

from saleor_loyalty.accrual import queries as accrual
from saleor_loyalty.campaigns.reckoning import Progress
from saleor_loyalty.entrypoints.api.auth import Customer
from saleor_loyalty.entrypoints.api.campaign_types import CampaignProgress
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.programme_staff_types import drafted, for_staff
from saleor_loyalty.entrypoints.api.receipt_types import Receipt
from saleor_loyalty.entrypoints.api.scalars import from_global_id
from saleor_loyalty.entrypoints.api.tier_outlook_types import Ahead, TierOutlook
from saleor_loyalty.gateways.saleor import baskets
from saleor_loyalty.gateways.saleor.baskets import Basket
from saleor_loyalty.installations.queries import connection
from saleor_loyalty.members.queries import member
from saleor_loyalty.programme.queries import NoProgramme


class EstimateLineInput(graphene.InputObjectType):
    """Pieces of one variant."""

    variant_id = graphene.NonNull(graphene.ID, description="The id of the variant in Saleor.")
    quantity = graphene.NonNull(graphene.Int, description="How many pieces.")


class Estimate(graphene.ObjectType):
    """What a basket would earn if it were bought and paid now. Nothing is kept of it."""

    receipt = graphene.NonNull(Receipt, description="The points, and why.")
    tier_outlook = graphene.Field(
        TierOutlook,
        description="Where the member's level would stand after it; null for newcomers.",
    )
    campaigns = graphene.NonNull(
        graphene.List(graphene.NonNull(CampaignProgress)),
        description="How far the member would be in each campaign after it.",
    )

    @staticmethod
    def resolve_tier_outlook(made: accrual.Estimate, info: Any) -> Ahead | None:
        """Return what lies ahead."""
        if made.outlook is None:
            return None
        return Ahead(made.outlook, info.context.versions, made.version.document)

    @staticmethod
    def resolve_campaigns(made: accrual.Estimate, _info: Any) -> Sequence[Progress]:
        """Return the progress."""
        return made.progress


def resolve_estimate(
    _root: None,
    info: Any,
    *,
    checkout_id: str | None = None,
    channel: str | None = None,
    lines: Sequence[Mapping[str, Any]] | None = None,
    member_id: str | None = None,
    draft: bool | None = None,
) -> accrual.Estimate | None:
    """Ask Saleor for the basket's prices, and count it without writing anything."""
    context: Context = info.context
    if bool(checkout_id) == bool(lines) or bool(lines) != bool(channel):
        raise GraphQLError(gettext("Give either `checkoutId`, or `channel` and `lines`."))
    if any(line["quantity"] < 1 for line in lines or ()):
        raise GraphQLError(gettext("Ask for at least one piece of each variant."))
    buyer = _buyer(context, member_id)
    trial = drafted(for_staff(info)) if draft else None
    try:
        basket = _basket(context, checkout_id or "", channel or "", lines or ())
        return accrual.estimate(
            installation_id=context.shop.id,
            member_id=buyer,
            basket=basket.order,
            at=context.at,
            trial=trial,
        )
    except (baskets.NoSuchBasket, baskets.BasketTooLarge) as error:
        raise GraphQLError(str(error)) from error
    except NoProgramme:
        return None


def _basket(
    context: Context, checkout_id: str, channel: str, lines: Sequence[Mapping[str, Any]]
) -> Basket:
    saleor = connection(context.shop)
    if checkout_id:
        return baskets.fetch_checkout(saleor, checkout_id, at=context.at)
    goods = [(line["variant_id"], line["quantity"]) for line in lines]
    return baskets.fetch_lines(saleor, channel, goods, at=context.at)


def _buyer(context: Context, member_id: str | None) -> UUID | None:
    """Return for whom it is counted: the customer who asks, or the member that staff name."""
    if not member_id:
        return context.caller.member_id if isinstance(context.caller, Customer) else None
    context.staff(need={"MANAGE_USERS"})
    key = from_global_id("Member", member_id)
    if key is None or member(context.shop.id, key) is None:
        raise GraphQLError(gettext("Choose a member of this shop."))
    return key
