"""Whom a mutation is about: a member, or a customer who becomes one by it."""

from uuid import UUID

from django.utils.translation import gettext

from saleor_loyalty.entrypoints.api.auth import Customer, NotAuthenticated
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.member_types import Person, people
from saleor_loyalty.entrypoints.api.scalars import USER_ID, from_global_id
from saleor_loyalty.members.operations import enrol
from saleor_loyalty.members.queries import member


class Nobody(LookupError):
    """The ids name nobody: which field of the input is wrong, and what to do about it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


def customer(context: Context) -> Customer:
    """Return the customer who asks.

    :raises NotAuthenticated: for everybody else.
    """
    if not isinstance(context.caller, Customer):
        raise NotAuthenticated
    return context.caller


def customer_as_member(context: Context) -> UUID:
    """Return the customer who asks, a member from now on.

    :raises NotAuthenticated: for everybody else.
    """
    user_id = customer(context).user_id
    return enrol(installation_id=context.shop.id, saleor_user_ids=[user_id], at=context.at)[user_id]


def named(context: Context, *, member_id: str | None, user_id: str | None) -> UUID:
    """Return the key of the member that one of two ids names; a new customer has one too.

    :raises Nobody:
    """
    if bool(member_id) == bool(user_id):
        raise Nobody("memberId", gettext("Give either memberId or userId."))
    if user_id:
        if not USER_ID.fullmatch(user_id):
            raise Nobody("userId", gettext("Choose a user of this shop."))
        return enrol(installation_id=context.shop.id, saleor_user_ids=[user_id], at=context.at)[
            user_id
        ]
    key = from_global_id("Member", member_id or "")
    if key is None or member(context.shop.id, key) is None:
        raise Nobody("memberId", gettext("Choose a member of this shop."))
    return key


def person(context: Context, member_id: UUID) -> Person | None:
    """Return the member as they are now."""
    row = member(context.shop.id, member_id)
    return people([row])[0] if row else None
