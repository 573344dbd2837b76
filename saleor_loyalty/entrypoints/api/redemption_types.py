"""Redemptions: rewards that members took, and what became of them, as our API shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

import graphene
from django.utils.translation import gettext
from graphene import relay

from saleor_loyalty.earning.words import in_language
from saleor_loyalty.entrypoints.api.auth import Customer, Staff
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.languages import LanguageCode, wanted_language, written
from saleor_loyalty.entrypoints.api.programme_types import Money
from saleor_loyalty.entrypoints.api.redeemed_checkout_types import RedeemedCheckout, checkout_of
from saleor_loyalty.entrypoints.api.reward_types import (
    Kind,
    RewardKindEnum,
    RewardMeansEnum,
    money,
)
from saleor_loyalty.entrypoints.api.scalars import Points, global_id
from saleor_loyalty.redemptions import models
from saleor_loyalty.rewards.values import Means

if TYPE_CHECKING:
    from saleor_loyalty.entrypoints.api.context import Context

MANAGE_DISCOUNTS = ["MANAGE_DISCOUNTS"]
MANAGE_GIFT_CARD = ["MANAGE_GIFT_CARD"]
Status = models.Redemption.Status
# A code is told while it can be used, and kept for whoever used it.
_WITH_CODE = {Status.ISSUED, Status.USED}


class Flag(StrEnum):
    """What staff should look at."""

    USED_AGAIN = "USED_AGAIN"
    USED_BY_OTHER = "USED_BY_OTHER"


RedemptionStatusEnum = described_enum(
    Status,
    name="RedemptionStatusEnum",
    description="How far a redemption is.",
    values={
        "REQUESTED": "Its points are held, and Saleor has not been told all of it yet. It goes on"
        " by itself.",
        "ISSUED": "It can be used.",
        "USED": "It was used.",
        "RESTORED": "It was used, and that was undone: its points are back.",
        "VOIDED": "It was called off: its points are back.",
        "EXPIRED": "It was not used in time: its points are back.",
    },
)
RedemptionFlagEnum = described_enum(
    Flag,
    name="RedemptionFlagEnum",
    description="What staff should look at.",
    values={
        "USED_AGAIN": "One code was used for several orders.",
        "USED_BY_OTHER": "Somebody else than the member used the code.",
    },
)


class RedemptionUse(graphene.ObjectType):
    """An order that a reward was used for."""

    id = graphene.NonNull(graphene.ID, description="Global id; redemptionFlagResolve takes it.")
    order_id = graphene.NonNull(graphene.ID, description="The id of the order in Saleor.")
    order_number = graphene.NonNull(graphene.String, description="Its number.")
    discount = graphene.Field(Money, description="What the reward took off; null: not known yet.")
    points = graphene.NonNull(
        Points, description="The points charged for it, less those given back since."
    )
    flag = graphene.Field(RedemptionFlagEnum, description="What is odd about it; null: nothing.")
    is_to_stop = graphene.NonNull(
        graphene.Boolean, description="Whether the order must not be sent, by the programme."
    )
    is_resolved = graphene.NonNull(
        graphene.Boolean, description="Whether staff have looked at it: see redemptionFlagResolve."
    )
    recorded_at = graphene.NonNull(graphene.DateTime, description="When we heard of it.")

    @staticmethod
    def resolve_id(use: models.RedemptionUse, _info: Any) -> str:
        """Return the global id."""
        return global_id("RedemptionUse", use.id)

    @staticmethod
    def resolve_discount(use: models.RedemptionUse, _info: Any) -> dict[str, Any] | None:
        """Return the money."""
        return money(use.discount, use.currency)

    @staticmethod
    def resolve_flag(use: models.RedemptionUse, _info: Any) -> Flag | None:
        """Return the flag, if there is one."""
        return Flag(use.flag) if use.flag else None

    @staticmethod
    def resolve_is_resolved(use: models.RedemptionUse, _info: Any) -> bool:
        """Tell whether somebody has."""
        return use.resolved_at is not None


class Redemption(graphene.ObjectType):
    """A reward that a member took."""

    id = graphene.NonNull(graphene.ID, description="Global id.")
    member_id = graphene.NonNull(graphene.ID, description="The global id of the member.")
    reward_id = graphene.ID(
        description="The key of the reward; null: points became it by themselves."
    )
    name = graphene.NonNull(
        graphene.String,
        language=wanted_language(),
        description="What the reward was called then. Plain text: escape it in HTML.",
    )
    kind = graphene.NonNull(RewardKindEnum, description="What the reward is.")
    means = graphene.NonNull(RewardMeansEnum, description="How it reaches the member.")
    times = graphene.NonNull(graphene.Int, description="How often it was taken at once.")
    status = graphene.NonNull(RedemptionStatusEnum, description="How far it is.")
    is_closing = graphene.NonNull(
        graphene.Boolean,
        description="Whether it is being called off: its points come back once it is certain that"
        " no order uses it.",
    )
    points = graphene.NonNull(Points, description="What it costs; 0: it was given.")
    code = graphene.String(
        description="The code to put into a checkout, or to show a partner, for the member; null"
        " while there is none, or no more. Staff need the permission MANAGE_DISCOUNTS (for gift"
        " cards, MANAGE_GIFT_CARD)."
    )
    amount = graphene.Field(
        Money, description="The most it takes off, or the store credit; null where it is not money."
    )
    expires_at = graphene.NonNull(
        graphene.DateTime,
        description="When it ends by itself if it is not used; later, while the checkout that it"
        " was put into changes.",
    )
    requested_at = graphene.NonNull(graphene.DateTime, description="When it was asked for.")
    issued_at = graphene.DateTime(description="Since when it can be used.")
    used_at = graphene.DateTime(description="When it was used.")
    closed_at = graphene.DateTime(description="When its points came back.")
    checkout_id = graphene.ID(
        description="The id of the checkout that it is for; null: it is for none yet."
    )
    checkout = graphene.Field(
        RedeemedCheckout,
        description="What that checkout cost with it; null: it has not been put into it.",
    )
    order_numbers = graphene.NonNull(
        graphene.List(graphene.NonNull(graphene.String)),
        description="The numbers of the member's own orders that it is used for.",
    )
    uses = graphene.List(
        graphene.NonNull(RedemptionUse),
        description="The orders that it was used for. For staff with the permission"
        " MANAGE_DISCOUNTS.",
    )
    trouble = graphene.String(
        description="Why it is not further, in words for the member; staff read what Saleor said."
        " Null: nothing is wrong."
    )

    @staticmethod
    def resolve_id(row: models.Redemption, _info: Any) -> str:
        """Return the global id."""
        return global_id("Redemption", row.id)

    @staticmethod
    def resolve_member_id(row: models.Redemption, _info: Any) -> str:
        """Return the global id."""
        return global_id("Member", row.member_id)

    @staticmethod
    def resolve_reward_id(row: models.Redemption, _info: Any) -> str | None:
        """Return the key."""
        return row.reward or None

    @staticmethod
    def resolve_name(
        row: models.Redemption, _info: Any, *, language: LanguageCode | None = None
    ) -> str:
        """Name it in the language wanted."""
        return written(language, partial(in_language, row.facts, "name", "translations"))

    @staticmethod
    def resolve_kind(row: models.Redemption, _info: Any) -> Kind:
        """Tell what it is."""
        return Kind(row.facts["kind"])

    @staticmethod
    def resolve_means(row: models.Redemption, _info: Any) -> Means:
        """Tell how."""
        return Means(row.means)

    @staticmethod
    def resolve_is_closing(row: models.Redemption, _info: Any) -> bool:
        """Tell whether it is to end, and has not."""
        return bool(row.closing_as)

    @staticmethod
    def resolve_code(row: models.Redemption, info: Any) -> str | None:
        """Tell it to whom it is for, while it is of use."""
        is_usable = row.status in _WITH_CODE and not row.closing_as
        return _code(row) if is_usable and _may_read_code(row, info.context) else None

    @staticmethod
    def resolve_amount(row: models.Redemption, _info: Any) -> dict[str, Any] | None:
        """Return the money."""
        return money(row.amount, row.currency)

    @staticmethod
    def resolve_checkout_id(row: models.Redemption, _info: Any) -> str | None:
        """Return Saleor's id."""
        return row.checkout_id or None

    @staticmethod
    def resolve_checkout(row: models.Redemption, _info: Any) -> Mapping[str, Any] | None:
        """Return what Saleor said."""
        return checkout_of(row)

    @staticmethod
    def resolve_order_numbers(row: models.Redemption, _info: Any) -> list[str]:
        """Return what was read with the redemption; whose the others are is not the member's."""
        uses = [use for use in row.uses.all() if use.is_live and not use.is_by_other]
        uses.sort(key=lambda use: (use.ordered_at, use.order_id))
        return [use.order_number for use in uses]

    @staticmethod
    def resolve_uses(row: models.Redemption, info: Any) -> Sequence[models.RedemptionUse]:
        """Return what was read with the redemption."""
        context: Context = info.context
        context.staff(need=MANAGE_DISCOUNTS)
        return list(row.uses.all())

    @staticmethod
    def resolve_trouble(row: models.Redemption, info: Any) -> str | None:
        """Write a sentence; Saleor's own words are of use to staff only."""
        if isinstance(info.context.caller, Staff):
            return gettext(row.trouble) if row.trouble else None
        if not row.trouble or not (is_waiting(row) or row.closing_as):
            return None
        return gettext("The shop has not answered yet. This goes on by itself.")


class RedemptionConnection(relay.Connection):
    """A page of redemptions."""

    class Meta:
        node = Redemption
        strict_types = True


def is_waiting(row: models.Redemption) -> bool:
    """Tell whether it waits for Saleor: to be issued, or to be put into its checkout."""
    is_to_apply = bool(row.checkout_id) and row.answer is None
    return row.status == Status.REQUESTED or (row.status == Status.ISSUED and is_to_apply)


def _code(row: models.Redemption) -> str | None:
    """Return the code; those of partners are kept in their pool."""
    if row.means == Means.POOL:
        return getattr(getattr(row, "partnercode", None), "code", None)
    return row.code or None


def _may_read_code(row: models.Redemption, context: Context) -> bool:
    """Tell whether the caller owns the code, or works with such codes.

    Whoever knows a code can use it.
    """
    caller = context.caller
    if isinstance(caller, Customer):
        return caller.member_id == row.member_id
    need = MANAGE_GIFT_CARD if row.means == Means.GIFT_CARD else MANAGE_DISCOUNTS
    return isinstance(caller, Staff) and caller.user_permissions.issuperset(need)
