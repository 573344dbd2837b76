"""A small shop whose figures can be worked out by hand, and programmes to try there.

Of the last month, February: Anna bought for 60.00, Ben for 30.00. Before it Anna had bought for
60.00 already.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from factories import make_shop
from shopping import goods, order

from saleor_loyalty.accrual.operations import converge
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import member_key
from saleor_loyalty.programme.document import Programme

ANNA, BEN, CARL = "VXNlcjox", "VXNlcjoy", "VXNlcjoz"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORTH = {"worth": {"EUR": {"points": 100, "money": "1"}}}


def programme(**parts: Any) -> Programme:
    """A point a euro, and whatever else."""
    earning = {"rates": {"EUR": {"points": 1, "per": "1"}}} | parts.pop("earning", {})
    return Programme.model_validate({"earning": earning, "value": WORTH} | parts)


def tried() -> Programme:
    """Two points a euro, ten more for a second order, and silver for 100 euros a year."""
    second = {
        "id": "second", "name": "Second order", "effect": {"kind": "BONUS", "points": 10},
        "audience": {"order_numbers": [2]},
    }  # fmt: skip
    silver = {"id": "silver", "name": "Silver", "threshold": "100"}
    return programme(
        earning={"rates": {"EUR": {"points": 2, "per": "1"}}, "rules": [second]},
        tiers={
            "currency": "EUR", "window": {"kind": "ROLLING", "months": 12}, "levels": [silver],
            "validity": {"until": "MONTHS", "months": 6},
        },
    )  # fmt: skip


def small_shop(**installation: Any) -> Installation:
    """Anna and Ben, and their orders."""
    shop = make_shop(programme(), **installation)
    buy(shop, ANNA, "60", on="2026-01-10", number="1")
    buy(shop, ANNA, "60", on="2026-02-10", number="2")
    buy(shop, BEN, "30", on="2026-02-20", number="3")
    return shop


def buy(
    shop: Installation, user: str, price: str, *, on: str, number: str, currency: str = "EUR",
    back: str = "0",
) -> None:  # fmt: skip
    """Let us hear of an order, of which so much was given back."""
    at = datetime.fromisoformat(f"{on}T12:00:00+00:00")
    line = goods("thing", price)
    gone = Decimal(back)
    if gone == line.gross:
        line = replace(line, quantity_returned=1)
    state = order(
        line, at=at, currency=currency, saleor_id=f"T3JkZXI6{shop.pk}{number}", number=number,
        user_id=user,
    )  # fmt: skip
    state = replace(state, charged=state.total - gone, refunded=gone)
    converge(installation_id=shop.pk, states=[state], at=NOW)


def member(shop: Installation, user: str) -> str:
    """The key of a member, as results name it."""
    return str(member_key(shop.pk, user))
