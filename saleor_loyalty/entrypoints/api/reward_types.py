"""What points buy, for the member who looks: what it costs, and what stands in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import graphene
from django.utils.translation import get_language

from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.languages import LanguageCode, wanted_language, written
from saleor_loyalty.entrypoints.api.programme_types import Money
from saleor_loyalty.entrypoints.api.scalars import Points
from saleor_loyalty.programme.reward_terms import Reward as Terms
from saleor_loyalty.programme.reward_terms import Steps
from saleor_loyalty.redemptions.rules import VALID_DAYS
from saleor_loyalty.rewards.values import Means, Offer

if TYPE_CHECKING:
    from saleor_loyalty.entrypoints.api.context import Context


class Kind(StrEnum):
    """What a reward is."""

    MONEY_OFF = "MONEY_OFF"
    PERCENT_OFF = "PERCENT_OFF"
    PRODUCT = "PRODUCT"
    FREE_SHIPPING = "FREE_SHIPPING"
    GIFT_CARD = "GIFT_CARD"
    ACCESS = "ACCESS"
    PARTNER_CODE = "PARTNER_CODE"
    DONATION = "DONATION"
    OTHER = "OTHER"


RewardKindEnum = described_enum(
    Kind,
    name="RewardKindEnum",
    description="What a reward is.",
    values={
        "MONEY_OFF": "Money off the goods, or off the cheapest piece of some goods.",
        "PERCENT_OFF": "Percents off the goods.",
        "PRODUCT": "A product that is free, or cheaper.",
        "FREE_SHIPPING": "Shipping is free.",
        "GIFT_CARD": "Store credit, which only the member can use.",
        "ACCESS": "The member joins a segment, such as those who may buy first.",
        "PARTNER_CODE": "A code that is used elsewhere, with a partner.",
        "DONATION": "A donation.",
        "OTHER": "Something that staff hand over.",
    },
)
RewardMeansEnum = described_enum(
    Means,
    name="RewardMeansEnum",
    description="How a reward reaches the member.",
    values={
        "VOUCHER": "By a voucher in Saleor that can be used once.",
        "GIFT_CARD": "By a gift card in Saleor that only the member can use.",
        "SEGMENT": "At once: the member joins a segment.",
        "POOL": "At once: by a code that staff uploaded.",
        "RECORD": "At once: it is recorded, and others do the rest.",
    },
)


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer to a member, with the members of the same page."""

    offer: Offer
    member_id: UUID
    page: Sequence[UUID]


class RewardSteps(graphene.ObjectType):
    """How often a reward can be taken at once: the member chooses the amount, in steps."""

    at_least = graphene.NonNull(
        graphene.Int, description="At least so many times its points and money."
    )
    at_most = graphene.NonNull(
        graphene.Int, description="At most so many times its points and money."
    )


class Reward(graphene.ObjectType):
    """Something that points buy, or that members are given, as one member sees it."""

    id = graphene.NonNull(graphene.ID, description="Its key in the programme.")
    name = graphene.NonNull(
        graphene.String,
        language=wanted_language(),
        description="What it is called. Plain text: escape it in HTML.",
    )
    kind = graphene.NonNull(RewardKindEnum, description="What it is.")
    points = graphene.Field(
        Points, description="What it costs this member, once; null: it is given, not bought."
    )
    money = graphene.NonNull(
        graphene.List(graphene.NonNull(Money)),
        description="What it is worth, once, in each currency; none where it is not money.",
    )
    steps = graphene.Field(
        RewardSteps,
        description="How often it can be taken at once; null: once at a time.",
    )
    percent = graphene.Int(
        description="So many percent are taken off; null where none are, and for free products."
    )
    valid_days = graphene.NonNull(
        graphene.Int, description="Once it is taken, it can be used for so many days."
    )
    minimum = graphene.NonNull(
        graphene.List(graphene.NonNull(Money)),
        description="The goods of the order must cost this, in each currency; none: no matter.",
    )
    tiers = graphene.NonNull(
        graphene.List(graphene.NonNull(graphene.ID)),
        description="The levels whose members it is for; none: those of every level.",
    )
    stock_left = graphene.Int(description="So many are left, for everybody; null: it has no stock.")
    is_given = graphene.NonNull(
        graphene.Boolean,
        description="Whether the member was given it, and can take it without points.",
    )
    entitlements = graphene.NonNull(
        graphene.Int, description="How many of it they were given and have not taken yet."
    )

    @staticmethod
    def resolve_id(offered: Offered, _info: Any) -> str:
        """Return the key."""
        return offered.offer.reward.id

    @staticmethod
    def resolve_name(offered: Offered, _info: Any, *, language: LanguageCode | None = None) -> str:
        """Name it in the language wanted."""
        return written(language, partial(_name, offered.offer.reward))

    @staticmethod
    def resolve_kind(offered: Offered, _info: Any) -> Kind:
        """Tell what it is."""
        return Kind(offered.offer.reward.kind)

    @staticmethod
    def resolve_points(offered: Offered, _info: Any) -> int | None:
        """Return the price."""
        return offered.offer.points

    @staticmethod
    def resolve_money(offered: Offered, _info: Any) -> list[dict[str, Any]]:
        """Return the amounts."""
        return _amounts(offered.offer.reward.money)

    @staticmethod
    def resolve_steps(offered: Offered, _info: Any) -> Steps | None:
        """Return the steps."""
        return offered.offer.reward.steps

    @staticmethod
    def resolve_percent(offered: Offered, _info: Any) -> int | None:
        """Return the percents."""
        return offered.offer.reward.percent

    @staticmethod
    def resolve_valid_days(offered: Offered, _info: Any) -> int:
        """Return the term."""
        return offered.offer.reward.valid_days or VALID_DAYS

    @staticmethod
    def resolve_minimum(offered: Offered, _info: Any) -> list[dict[str, Any]]:
        """Return the amounts."""
        return _amounts(offered.offer.reward.minimum)

    @staticmethod
    def resolve_tiers(offered: Offered, _info: Any) -> Sequence[str]:
        """Return whose it is."""
        return offered.offer.reward.audience.tiers

    @staticmethod
    def resolve_stock_left(offered: Offered, info: Any) -> int | None:
        """Count what is left."""
        reward = offered.offer.reward
        if reward.stock is None:
            return None
        context: Context = info.context
        return max(0, reward.stock - context.stock_taken.get(reward.id, 0))

    @staticmethod
    def resolve_is_given(offered: Offered, info: Any) -> bool:
        """Tell whether there are any."""
        return _entitlements(offered, info.context) > 0

    @staticmethod
    def resolve_entitlements(offered: Offered, info: Any) -> int:
        """Count them."""
        return _entitlements(offered, info.context)


def money(amount: Decimal | None, currency: str) -> dict[str, Any] | None:
    """Return an amount as our API shows it; None where it, or its currency, is not known."""
    return {"amount": amount, "currency": currency} if amount is not None and currency else None


def _amounts(by_currency: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    return [
        {"amount": amount, "currency": currency} for currency, amount in sorted(by_currency.items())
    ]


def _entitlements(offered: Offered, context: Context) -> int:
    given = context.entitlements.get(offered.member_id, among=offered.page)
    return sum(each.reward == offered.offer.reward.id for each in given)


def _name(reward: Terms) -> str:
    return reward.name_in(get_language() or "")
