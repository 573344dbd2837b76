"""Our GraphQL schema. graphql/schema.graphql is printed from it."""

from typing import Any

import graphene
from graphql import GraphQLError, print_schema

from saleor_loyalty.entrypoints.api.auth import Customer
from saleor_loyalty.entrypoints.api.connections import PAGE_SIZE_MAX, connection, paged, window
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.member_points_adjust import MANAGE_USERS, MemberPointsAdjust
from saleor_loyalty.entrypoints.api.member_types import (
    Member,
    MemberConnection,
    Person,
    people,
)
from saleor_loyalty.entrypoints.api.programme_types import Programme, programme_fields
from saleor_loyalty.entrypoints.api.scalars import USER_ID, from_global_id
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


class Query(graphene.ObjectType):
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

    @staticmethod
    def resolve_programme(_root: None, info: Any) -> dict[str, Any] | None:
        """Read the version in force."""
        context: Context = info.context
        try:
            return programme_fields(programmes.current(context.shop.id, context.at))
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


class Mutation(graphene.ObjectType):
    """What can be changed."""

    member_points_adjust = MemberPointsAdjust.Field(
        description="Corrects a member's balance, with a note that the member can read."
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
