"""What stands between a member and a reward, or makes it smaller, as our API shows it."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import graphene

from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.languages import LanguageCode, wanted_language, written
from saleor_loyalty.entrypoints.api.programme_types import Money
from saleor_loyalty.entrypoints.api.scalars import Points
from saleor_loyalty.rewards import sentences
from saleor_loyalty.rewards.values import Cut, Obstacle, Reduction, Why

#: What each obstacle means; the errors of mutations have the same codes.
OBSTACLES: Mapping[str, str] = {
    "NOT_ENOUGH_POINTS": "More points are needed than are available.",
    "TOO_FEW": "It has to be taken more often at once.",
    "NOT_GIVEN": "It is given, not bought, and the member was given none.",
    "WRONG_TIER": "It is for members of other levels.",
    "NOT_FOR_YOU": "It is for other members.",
    "NOT_NOW": "It is to be had at another time.",
    "SOLD_OUT": "None is left.",
    "LIMIT_REACHED": "The member had it as often as they can.",
    "WRONG_CURRENCY": "It is not worth anything in this currency.",
    "WRONG_CHANNEL": "It cannot be had in this channel.",
    "BASKET_TOO_SMALL": "The goods in the checkout cost too little.",
    "NO_ELIGIBLE_GOODS": "The checkout has none of the goods that it is for.",
    "NOTHING_TO_TAKE_OFF": "Nothing is left in the checkout that it could take off.",
    "TOO_MANY_REWARDS": "The checkout has as many rewards as it can.",
    "TOO_MANY_POINTS": "More points would be used in the checkout than can be.",
    "BENEFIT_LIMIT": "Promotions, codes and rewards take off as much as they can.",
    "PROMO_CODE_IN_CHECKOUT": "The checkout has a promo code: only one of them can be used.",
    "REWARD_IN_CHECKOUT": "The checkout has another reward of theirs: give it back first, see"
    " `redemptionCancel`.",
    "PROMOTION_LOST": "A promotion, or its gift, would be lost: the shopper must agree first,"
    " see `acceptLostPromotion`.",
    "NEEDS_NEWER_SALEOR": "The shop's Saleor has no gift cards that belong to a customer.",
    "NOT_APPLICABLE": "Saleor refused it for this checkout.",
}
RewardObstacleCode = described_enum(
    Why,
    name="RewardObstacleCode",
    description="What stands between a member and a reward.",
    values=OBSTACLES,
)
RewardReductionCode = described_enum(
    Cut,
    name="RewardReductionCode",
    description="Why a reward takes off less than was asked for.",
    values={
        "GOODS_COST_LESS": "The goods cost less than that.",
        "SHARE_OF_ORDER": "It takes off a part of the order at most.",
        "TOTAL_BENEFIT": "Promotions, codes and rewards together have a limit.",
        "POINTS_PER_ORDER": "So many points can be used in an order.",
        "STEPS_AT_MOST": "It can be taken so many times at once.",
    },
)


class RewardObstacle(graphene.ObjectType):
    """Something that stands between a member and a reward, with its figures where it has some."""

    code = graphene.NonNull(RewardObstacleCode, description="A code for programs.")
    message = graphene.NonNull(
        graphene.String,
        language=wanted_language(),
        description="What to tell the shopper. Plain text: escape it in HTML.",
    )
    missing_points = graphene.Field(
        Points, description="Of NOT_ENOUGH_POINTS: how many more are needed."
    )
    missing_amount = graphene.Field(
        Money, description="Of BASKET_TOO_SMALL: how much more the goods must cost."
    )
    available_from = graphene.DateTime(
        description="Of NOT_NOW and LIMIT_REACHED: when it can be had again, if that is known."
    )
    lost_promotion = graphene.Field(
        Money, description="Of PROMOTION_LOST: what the promotion, or its gift, is worth."
    )
    net_benefit = graphene.Field(
        Money, description="Of PROMOTION_LOST: what the shopper would save after all."
    )

    @staticmethod
    def resolve_code(obstacle: Obstacle, _info: Any) -> Why:
        """Return the code."""
        return obstacle.why

    @staticmethod
    def resolve_message(
        obstacle: Obstacle, _info: Any, *, language: LanguageCode | None = None
    ) -> str:
        """Write the sentence in the language wanted."""
        return written(language, lambda: sentences.obstacle(obstacle))

    @staticmethod
    def resolve_missing_points(obstacle: Obstacle, _info: Any) -> int | None:
        """Return the points."""
        if obstacle.why is not Why.NOT_ENOUGH_POINTS:
            return None
        missing = obstacle.facts.get("missing")
        return None if missing is None else int(missing)

    @staticmethod
    def resolve_missing_amount(obstacle: Obstacle, _info: Any) -> dict[str, Any] | None:
        """Return the money."""
        return _money(obstacle, "missing") if obstacle.why is Why.BASKET_TOO_SMALL else None

    @staticmethod
    def resolve_available_from(obstacle: Obstacle, _info: Any) -> datetime | None:
        """Return the moment."""
        moment = obstacle.facts.get("from") or obstacle.facts.get("until")
        return datetime.fromisoformat(moment) if isinstance(moment, str) else moment

    @staticmethod
    def resolve_lost_promotion(obstacle: Obstacle, _info: Any) -> dict[str, Any] | None:
        """Return the money."""
        return _money(obstacle, "promotion")

    @staticmethod
    def resolve_net_benefit(obstacle: Obstacle, _info: Any) -> dict[str, Any] | None:
        """Return the money."""
        return _money(obstacle, "net")


class RewardReduction(graphene.ObjectType):
    """A reason why a reward takes off less than was asked for."""

    code = graphene.NonNull(RewardReductionCode, description="A code for programs.")
    message = graphene.NonNull(
        graphene.String,
        language=wanted_language(),
        description="What to tell the shopper. Plain text: escape it in HTML.",
    )

    @staticmethod
    def resolve_code(reduction: Reduction, _info: Any) -> Cut:
        """Return the code."""
        return reduction.cut

    @staticmethod
    def resolve_message(
        reduction: Reduction, _info: Any, *, language: LanguageCode | None = None
    ) -> str:
        """Write the sentence in the language wanted."""
        return written(language, lambda: sentences.reduction(reduction))


def _money(obstacle: Obstacle, fact: str) -> dict[str, Any] | None:
    amount, currency = obstacle.facts.get(fact), obstacle.facts.get("currency")
    if amount is None or not currency:
        return None
    return {"amount": Decimal(str(amount)), "currency": currency}
