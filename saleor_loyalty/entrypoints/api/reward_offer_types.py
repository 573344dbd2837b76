"""Rewards, and whether a member can have them now, as our API shows them."""

from collections.abc import Sequence
from typing import Any

import graphene

from saleor_loyalty.entrypoints.api.programme_types import Money
from saleor_loyalty.entrypoints.api.reward_obstacle_types import (
    RewardObstacle,
    RewardReduction,
)
from saleor_loyalty.entrypoints.api.reward_types import Offered, Reward, RewardMeansEnum, money
from saleor_loyalty.entrypoints.api.scalars import Points
from saleor_loyalty.rewards.values import Means, Obstacle, Reduction, Why


class RewardOffer(graphene.ObjectType):
    """A reward, and whether the member can have it now.

    Where they can, the amounts are those of the most they can have at once.
    """

    reward = graphene.NonNull(Reward, description="The reward.")
    is_available = graphene.NonNull(
        graphene.Boolean, description="Whether they can have it now: nothing stands in the way."
    )
    is_affordable = graphene.NonNull(
        graphene.Boolean, description="Whether they have the points, whatever else there is."
    )
    obstacles = graphene.NonNull(
        graphene.List(graphene.NonNull(RewardObstacle)), description="What stands in the way."
    )
    times_at_most = graphene.NonNull(
        graphene.Int, description="So often it can be taken at once now; 0: not at all."
    )
    means = graphene.Field(RewardMeansEnum, description="How it would reach the member.")
    points = graphene.Field(Points, description="The points it would take; 0: it is given.")
    discount = graphene.Field(
        Money,
        description="What it would take off this checkout; without a checkout, the most it takes"
        " off. Null where that is not known.",
    )
    lost_promotion = graphene.Field(
        Money,
        description="What an order promotion (with its gift) takes off this checkout now, and a"
        " voucher would remove; null: nothing is lost. See `acceptLostPromotion`.",
    )
    net_benefit = graphene.Field(
        Money,
        description="The discount less what is lost: what the shopper really saves. Below zero, it"
        " would cost them.",
    )
    total_after = graphene.Field(
        Money, description="What the checkout would cost in all with it; null without a checkout."
    )
    replaced_promo_code = graphene.String(
        description="The promo code that would make room; null: none."
    )
    reductions = graphene.NonNull(
        graphene.List(graphene.NonNull(RewardReduction)),
        description="Why it would take off less than it could.",
    )

    @staticmethod
    def resolve_reward(offered: Offered, _info: Any) -> Offered:
        """Go on with the same."""
        return offered

    @staticmethod
    def resolve_is_available(offered: Offered, _info: Any) -> bool:
        """Tell whether nothing stands in the way."""
        return not offered.offer.obstacles

    @staticmethod
    def resolve_is_affordable(offered: Offered, _info: Any) -> bool:
        """Tell whether points, or gifts, are not what is missing."""
        missing = {Why.NOT_ENOUGH_POINTS, Why.NOT_GIVEN}
        return not any(obstacle.why in missing for obstacle in offered.offer.obstacles)

    @staticmethod
    def resolve_obstacles(offered: Offered, _info: Any) -> Sequence[Obstacle]:
        """Return them."""
        return offered.offer.obstacles

    @staticmethod
    def resolve_times_at_most(offered: Offered, _info: Any) -> int:
        """Return how often."""
        return offered.offer.times_at_most

    @staticmethod
    def resolve_means(offered: Offered, _info: Any) -> Means | None:
        """Tell how."""
        decision = offered.offer.decision
        return decision.means if decision else None

    @staticmethod
    def resolve_points(offered: Offered, _info: Any) -> int | None:
        """Return the sum."""
        decision = offered.offer.decision
        return decision.points if decision else None

    @staticmethod
    def resolve_discount(offered: Offered, _info: Any) -> dict[str, Any] | None:
        """Return what it comes to here, else what it can come to."""
        decision = offered.offer.decision
        if decision is None:
            return None
        amount = decision.amount if decision.benefit is None else decision.benefit
        return money(amount, decision.currency)

    @staticmethod
    def resolve_lost_promotion(offered: Offered, _info: Any) -> dict[str, Any] | None:
        """Return what is lost."""
        decision = offered.offer.decision
        return money(decision.lost or None, decision.currency) if decision else None

    @staticmethod
    def resolve_net_benefit(offered: Offered, _info: Any) -> dict[str, Any] | None:
        """Return what remains."""
        decision = offered.offer.decision
        return money(decision.net_benefit, decision.currency) if decision else None

    @staticmethod
    def resolve_total_after(offered: Offered, _info: Any) -> dict[str, Any] | None:
        """Return the total."""
        decision = offered.offer.decision
        return money(offered.offer.total_after, decision.currency) if decision else None

    @staticmethod
    def resolve_replaced_promo_code(offered: Offered, _info: Any) -> str | None:
        """Return the code."""
        decision = offered.offer.decision
        return (decision.replaces or None) if decision else None

    @staticmethod
    def resolve_reductions(offered: Offered, _info: Any) -> Sequence[Reduction]:
        """Return them."""
        decision = offered.offer.decision
        return decision.reductions if decision else ()
