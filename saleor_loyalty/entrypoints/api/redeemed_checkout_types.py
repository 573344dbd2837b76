"""What a checkout costs with a reward, as Saleor said when the reward was put into it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import graphene

from saleor_loyalty.entrypoints.api.programme_types import Money
from saleor_loyalty.entrypoints.api.reward_obstacle_types import RewardReduction
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.rewards.values import Cut, Reduction


class RedeemedCheckout(graphene.ObjectType):
    """What a checkout costs with the reward, as Saleor said when the reward was put into it."""

    total = graphene.NonNull(Money, description="Goods and shipping, before gift cards.")
    subtotal = graphene.NonNull(Money, description="The goods.")
    shipping = graphene.NonNull(Money, description="Shipping.")
    balance = graphene.NonNull(
        Money, description="What is still to be paid, after gift cards and payments."
    )
    discount = graphene.NonNull(
        Money,
        description="What the voucher in the checkout takes off: the reward, or beside store credit"
        " (which is in `balance`) a promo code that was kept.",
    )
    replaced_promo_code = graphene.String(
        description="The promo code that had to make room; null: none."
    )
    lost_promotion = graphene.Field(
        Money, description="What an order promotion gave that is lost now; null: nothing."
    )
    reductions = graphene.NonNull(
        graphene.List(graphene.NonNull(RewardReduction)),
        description="Why less is taken off than was asked for.",
    )


def checkout_of(row: Redemption) -> dict[str, Any] | None:
    """Return what Saleor said of the checkout; None where it refused the code, or was not asked."""
    answer: Mapping[str, Any] = row.answer or {}
    if "total" not in answer:
        return None
    amounts = ("total", "subtotal", "shipping", "balance", "discount")
    return {
        **{name: _money(answer, name) for name in amounts},
        "replaced_promo_code": answer["replaced"] or None,
        "lost_promotion": _money(answer, "lost") if Decimal(answer["lost"]) else None,
        "reductions": [Reduction(Cut(each["cut"]), each["facts"]) for each in answer["reductions"]],
    }


def _money(answer: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {"amount": Decimal(answer[name]), "currency": answer["currency"]}
