"""Our GraphQL schema. graphql/schema.graphql is printed from it."""

from typing import Any

import graphene
from graphql import GraphQLError, print_schema

from saleor_loyalty.entrypoints.api.activity_mutations import ActivityRecord, ActivityRevoke
from saleor_loyalty.entrypoints.api.auth import Customer
from saleor_loyalty.entrypoints.api.campaign_join import CampaignJoin
from saleor_loyalty.entrypoints.api.connections import PAGE_SIZE_MAX, connection, paged, window
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.estimate_types import (
    Estimate,
    EstimateLineInput,
    resolve_estimate,
)
from saleor_loyalty.entrypoints.api.member_birthday_set import MemberBirthdaySet
from saleor_loyalty.entrypoints.api.member_debt_write_off import MemberDebtWriteOff
from saleor_loyalty.entrypoints.api.member_points_adjust import MANAGE_USERS, MemberPointsAdjust
from saleor_loyalty.entrypoints.api.member_points_revive import MemberPointsRevive
from saleor_loyalty.entrypoints.api.member_types import (
    Member,
    MemberConnection,
    Person,
    people,
)
from saleor_loyalty.entrypoints.api.notice_types import NoticeSeen
from saleor_loyalty.entrypoints.api.points_extend import PointsExtend
from saleor_loyalty.entrypoints.api.programme_mutations import ProgrammeMutations
from saleor_loyalty.entrypoints.api.programme_staff_types import ProgrammeQueries
from saleor_loyalty.entrypoints.api.programme_types import Programme, programme_fields
from saleor_loyalty.entrypoints.api.receipt_types import OrderReceipt, find_receipt
from saleor_loyalty.entrypoints.api.reward_fields import RewardQueries
from saleor_loyalty.entrypoints.api.reward_mutations import RewardMutations
from saleor_loyalty.entrypoints.api.scalars import USER_ID, from_global_id
from saleor_loyalty.entrypoints.api.simulation_mutations import SimulationMutations
from saleor_loyalty.entrypoints.api.simulation_types import SimulationQueries
from saleor_loyalty.entrypoints.api.tier_mutations import (
    MemberFactsSet,
    MemberTierRevoke,
    MemberTierSet,
)
from saleor_loyalty.keys import member_key
from saleor_loyalty.members import queries as members
from saleor_loyalty.pages import Place
from saleor_loyalty.programme import queries as programmes


class MemberFilterInput(graphene.InputObjectType):
    """Which members are wanted."""

    user_ids = graphene.List(
        graphene.NonNull(graphene.ID),
        description=f"The ids of their users in Saleor, at most {PAGE_SIZE_MAX}.",
    )


class Query(ProgrammeQueries, SimulationQueries, RewardQueries, graphene.ObjectType):
    """What can be asked."""

    programme = graphene.Field(
        Programme, description="The shop's programme in force now; null if there is none yet."
    )
    me = graphene.Field(
        Member, description="The customer whose token was sent; null for anybody else."
    )
    member = graphene.Field(
        Member,
        id=graphene.ID(description="The id of the member."),
        user_id=graphene.ID(description="The id of the user in Saleor."),
        description="A member, by one of the two ids; null if the shop has no such member."
        " Requires the permission MANAGE_USERS.",
    )
    members = paged(
        MemberConnection,
        filter=MemberFilterInput(description="Which members; all if not given."),
        description="The shop's members, the newest first. Requires the permission MANAGE_USERS.",
    )

    order_receipt = graphene.Field(
        OrderReceipt,
        order_id=graphene.NonNull(graphene.ID, description="The id of the order in Saleor."),
        description="Why an order earned what it did, and what became of its points: for the"
        " customer who bought, and for staff with the permission MANAGE_ORDERS. Null if we do not"
        " know the order.",
    )
    estimate = graphene.Field(
        Estimate,
        checkout_id=graphene.ID(description="The id of a checkout in Saleor; or else:"),
        channel=graphene.String(description="The slug of a channel, with"),
        lines=graphene.List(
            graphene.NonNull(EstimateLineInput), description="what is to be bought there."
        ),
        member_id=graphene.ID(
            description="For whom; staff only. Otherwise it is for the customer whose token was"
            " sent, or for a newcomer."
        ),
        draft=graphene.Boolean(
            default_value=False,
            description="Count with the draft, as if it had always been in force. Requires the"
            " permission MANAGE_DISCOUNTS.",
        ),
        resolver=resolve_estimate,
        description="What a basket would earn if it were bought now, and what that would lead to."
        " Nothing is kept. Null if the shop has no programme in force.",
    )

    @staticmethod
    def resolve_order_receipt(_root: None, info: Any, *, order_id: str) -> Any:
        """Find the order, and whether the caller may see it."""
        return find_receipt(info.context, order_id)

    @staticmethod
    def resolve_programme(_root: None, info: Any) -> dict[str, Any] | None:
        """Read the version in force."""
        context: Context = info.context
        try:
            in_force = programmes.current(context.shop.id, context.at)
            return programme_fields(in_force, at=context.at)
        except programmes.NoProgramme:
            return None

    @staticmethod
    def resolve_me(_root: None, info: Any) -> Person | None:
        """Take the caller at the token's word: a customer without a row has no points yet."""
        caller = info.context.caller
        if not isinstance(caller, Customer):
            return None
        return Person(caller.member_id, caller.user_id, None, [caller.member_id])

    @staticmethod
    def resolve_member(
        _root: None,
        info: Any,
        *,
        id: str = "",  # noqa: A002 (GraphQL's name)
        user_id: str = "",
    ) -> Person | None:
        """Find one member of the shop."""
        context: Context = info.context
        context.staff(need=MANAGE_USERS)
        if bool(id) == bool(user_id):
            raise GraphQLError("Give either `id` or `userId`.")
        shop_id = context.shop.id
        key = member_key(shop_id, user_id) if user_id else from_global_id("Member", id)
        row = members.member(shop_id, key) if key else None
        return people([row])[0] if row else None

    @staticmethod
    def resolve_members(
        _root: None,
        info: Any,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 (GraphQL's name)
        **arguments: Any,
    ) -> Any:
        """List members of the shop."""
        context: Context = info.context
        context.staff(need=MANAGE_USERS)
        page = members.members(
            context.shop.id, window(**arguments), user_ids=_user_ids(filter or {})
        )
        everyone = {person.member_id: person for person in people(page.rows)}
        return connection(
            MemberConnection,
            page,
            place=lambda row: Place(row.joined_at, row.id),
            node=lambda row: everyone[row.id],
        )


class Mutation(ProgrammeMutations, SimulationMutations, RewardMutations, graphene.ObjectType):
    """What can be changed."""

    member_points_adjust = MemberPointsAdjust.Field(
        description="Corrects a member's balance, with a note that the member can read."
        " Requires the permission MANAGE_USERS."
    )
    member_points_revive = MemberPointsRevive.Field(
        description="Lets points of a member count again that expired in the last 90 days."
        " Requires the permission MANAGE_USERS."
    )
    member_debt_write_off = MemberDebtWriteOff.Field(
        description="Gives up points that a member owes after a refund of points already spent."
        " Requires the permission MANAGE_USERS."
    )
    points_extend = PointsExtend.Field(
        description="Lets points of a member, or of everybody, last longer."
        " Requires the permission MANAGE_USERS."
    )
    notice_seen = NoticeSeen.Field(
        description="Notes that the customer whose token was sent has read a notice. Without it,"
        " or an e-mail, no point expires."
    )
    campaign_join = CampaignJoin.Field(
        description="Lets the customer whose token was sent take part in a campaign from now on."
    )
    member_birthday_set = MemberBirthdaySet.Field(
        description="Sets the birthday of the customer whose token was sent, once. Staff may change"
        " anybody's, with the permission MANAGE_USERS."
    )
    activity_record = ActivityRecord.Field(
        description="Records what a member did besides buying, such as a review."
        " Requires the permission MANAGE_USERS."
    )
    activity_revoke = ActivityRevoke.Field(
        description="Takes back what was told of a member, and its points."
        " Requires the permission MANAGE_USERS."
    )
    member_tier_set = MemberTierSet.Field(
        description="Gives a member a level by hand, as the least they have or as exactly theirs."
        " Requires the permission MANAGE_USERS."
    )
    member_tier_revoke = MemberTierRevoke.Field(
        description="Ends all levels that a member was given by hand."
        " Requires the permission MANAGE_USERS."
    )
    member_facts_set = MemberFactsSet.Field(
        description="Tells facts of a member: attributes that levels are reached by, and segments."
        " Requires the permission MANAGE_USERS."
    )


schema = graphene.Schema(query=Query, mutation=Mutation).graphql_schema


def sdl() -> str:
    """Return the schema as text."""
    return print_schema(schema) + "\n"


def _user_ids(wanted: dict[str, Any]) -> list[str] | None:
    """Return the ids to look for; what is no id of a user is nobody's."""
    user_ids = wanted.get("user_ids")
    if user_ids is None:
        return None
    if len(user_ids) > PAGE_SIZE_MAX:
        raise GraphQLError(f"Ask for at most {PAGE_SIZE_MAX} users at once.")
    return [user_id for user_id in user_ids if USER_ID.fullmatch(user_id)]
