"""Shops whose programme began before the worlds did, and what is told to them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from accrual.worlds import BEGAN, DAY, LATER, Bought, state
from factories import make_installation

from saleor_loyalty.accrual.models import Budget
from saleor_loyalty.accrual.operations import Outcome, converge
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish

ANNA, BEN = "VXNlcjox", "VXNlcjoy"
GOLD_FOR_TWO_ORDERS: dict[str, Any] = {
    "metric": "ORDERS", "window": {"kind": "SINCE_JOINING"},
    "validity": {"until": "MONTHS", "months": 6},
    "levels": [{"id": "gold", "name": "Gold", "threshold": "2", "benefits": {"multiplier": "2"}}],
}  # fmt: skip


def programme(*rules: dict[str, Any], **parts: Any) -> Programme:
    """A point for a euro, and these rules."""
    earning = {"rates": {"EUR": {"points": 1, "per": "1"}}, "rules": rules}
    return Programme.model_validate({"earning": earning | parts.pop("earning", {})} | parts)


def bonus(points: int, **terms: Any) -> dict[str, Any]:
    """A rule that gives an order so many points."""
    effect = {"kind": "BONUS", "points": points}
    return {"id": "extra", "name": "Extra", "effect": effect} | terms


def shop_with(*versions: Programme) -> Installation:
    """A shop with these versions, each in force a day after the one before."""
    shop = make_installation()
    for number, document in enumerate(versions):
        publish(installation_id=shop.pk, document=document, at=BEGAN + (number - 1) * DAY)
    return shop


def buys(
    shop: Installation, number: int, *, user: str = ANNA, euros: int = 100, at: datetime = BEGAN,
    hour: int = 0, kept: int = 1, now: datetime = LATER,
) -> Outcome:  # fmt: skip
    """Let the shop hear of an order, so many hours after it was made."""
    bought = Bought(number, at, (("coffee", euros * 100, 1, kept),), 0, is_sent=False)
    told = replace(state(bought, hour=hour), user_id=user)
    return converge(installation_id=shop.pk, states=[told], at=now)


def points(shop: Installation, numbers: Sequence[str] = ()) -> dict[str, int]:
    """Points by the order's number."""
    orders = Order.objects.filter(installation=shop)
    orders = orders.filter(number__in=numbers) if numbers else orders
    return dict(orders.order_by("number").values_list("number", "points"))


def budgets(shop: Installation) -> dict[str, int]:
    """What was given of budgets."""
    return {each.key: each.spent for each in Budget.objects.filter(installation=shop) if each.spent}
