"""Rewards of a member, in a checkout, and of the shop: the fields by which they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import graphene
from django.utils.translation import gettext
from graphql import GraphQLError

from saleor_loyalty.entrypoints.api.auth import Customer, NotAuthenticated
from saleor_loyalty.entrypoints.api.connections import connection, paged, window
from saleor_loyalty.entrypoints.api.redemption_errors import ErrorCode
from saleor_loyalty.entrypoints.api.redemption_types import (
    MANAGE_DISCOUNTS,
    Redemption,
    RedemptionConnection,
    RedemptionStatusEnum,
)
from saleor_loyalty.entrypoints.api.reward_offer_types import RewardOffer
from saleor_loyalty.entrypoints.api.reward_types import Offered
from saleor_loyalty.entrypoints.api.scalars import from_global_id
from saleor_loyalty.gateways.saleor.baskets import BasketTooLarge, NoSuchBasket
from saleor_loyalty.pages import Page, Place
from saleor_loyalty.programme.queries import NoProgramme
from saleor_loyalty.redemptions import models, queries
from saleor_loyalty.redemptions.queries import NotTheirCheckout

if TYPE_CHECKING:
    from saleor_loyalty.entrypoints.api.context import Context
    from saleor_loyalty.entrypoints.api.member_types import Person


class RewardFields:
    """What a member can take, and has taken."""

    rewards = graphene.NonNull(
        graphene.List(graphene.NonNull(RewardOffer)),
        currency=graphene.String(
            description="ISO 4217 code: in which currency, where a reward is worth money in several"
            " of them."
        ),
        description="The shop's rewards: those they can have now first, then those for which the"
        " fewest points are missing. For what they come to in a checkout see `checkoutOffers`.",
    )
    redemptions = paged(
        graphene.NonNull(RedemptionConnection),
        status=RedemptionStatusEnum(
            description="Only those that are so far. ISSUED: what they can put into a checkout."
        ),
        description="The rewards they have taken, the newest first.",
    )

    @staticmethod
    def resolve_rewards(person: Person, info: Any, *, currency: str = "") -> list[Offered]:
        """Decide for the members of the page."""
        try:
            together = info.context.offers(currency or "")
            offers = together.get(person.member_id, among=person.page)
        except NoProgramme:
            return []
        return [Offered(offer, person.member_id, person.page) for offer in offers]

    @staticmethod
    def resolve_redemptions(
        person: Person,
        info: Any,
        *,
        status: models.Redemption.Status | None = None,
        **arguments: Any,
    ) -> Any:
        """Read the redemptions of the page."""
        found = info.context.redemptions(window(**arguments), status)
        return _connection(found.get(person.member_id, among=person.page))


class RewardQueries:
    """What can be asked about rewards."""

    checkout_offers = graphene.List(
        graphene.NonNull(RewardOffer),
        checkout_id=graphene.NonNull(graphene.ID, description="The id of the checkout in Saleor."),
        description="What rewards would do for a checkout of the customer whose token was sent:"
        " those that save most first, then those for which the fewest points are missing. Nothing"
        " is kept. For a guest's checkout too, if the customer knows its id.",
    )
    redemption = graphene.Field(
        Redemption,
        id=graphene.NonNull(graphene.ID, description="Global id."),
        description="A reward that was taken: for the customer who took it, and for staff with the"
        " permission MANAGE_DISCOUNTS. Null if there is none.",
    )
    redemptions = paged(
        RedemptionConnection,
        status=RedemptionStatusEnum(description="Only those that are so far."),
        flagged=graphene.Boolean(
            description="True: only those with uses that staff should look at, and have not."
        ),
        description="The rewards that the shop's members have taken, the newest first. Requires the"
        " permission MANAGE_DISCOUNTS.",
    )

    @staticmethod
    def resolve_checkout_offers(_root: None, info: Any, *, checkout_id: str) -> list[Offered]:
        """Ask Saleor for the checkout, and decide on every reward."""
        context: Context = info.context
        if not isinstance(context.caller, Customer):
            raise NotAuthenticated
        member_id = context.caller.member_id
        try:
            offers = queries.offers(context.shop, member_id, checkout_id=checkout_id, at=context.at)
        except NoProgramme:
            return []
        except NoSuchBasket as error:
            raise _refusal(str(error), ErrorCode.CHECKOUT_NOT_FOUND) from error
        except BasketTooLarge as error:
            raise GraphQLError(str(error)) from error
        except NotTheirCheckout as error:
            message = gettext("Ask about a checkout of your own.")
            raise _refusal(message, ErrorCode.CHECKOUT_NOT_YOURS) from error
        return [Offered(offer, member_id, [member_id]) for offer in offers]

    @staticmethod
    def resolve_redemption(
        _root: None,
        info: Any,
        *,
        id: str,  # noqa: A002 (GraphQL's name)
    ) -> models.Redemption | None:
        """Find it, and whether the caller may see it."""
        context: Context = info.context
        caller = context.caller
        if not isinstance(caller, Customer):
            context.staff(need=MANAGE_DISCOUNTS)
        key = from_global_id("Redemption", id)
        row = queries.redemption(context.shop.id, key) if key else None
        if row and isinstance(caller, Customer) and row.member_id != caller.member_id:
            return None
        return row

    @staticmethod
    def resolve_redemptions(
        _root: None,
        info: Any,
        *,
        status: models.Redemption.Status | None = None,
        flagged: bool | None = None,
        **arguments: Any,
    ) -> Any:
        """List redemptions of the shop."""
        context: Context = info.context
        context.staff(need=MANAGE_DISCOUNTS)
        page = queries.redemptions_of_shop(
            context.shop.id, status=status, flagged=bool(flagged), window=window(**arguments)
        )
        return _connection(page)


def _refusal(message: str, code: ErrorCode) -> GraphQLError:
    return GraphQLError(message, extensions={"code": code.value})


def _connection(page: Page[models.Redemption]) -> Any:
    return connection(
        RedemptionConnection,
        page,
        place=lambda row: Place(row.requested_at, row.id),
        node=lambda row: row,
    )
