"""A comparison as a document, for pages, programs and the command line."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from saleor_loyalty.simulation.rules import Comparison, Side


def report(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as JSON-able figures: points whole, money and shares as text."""
    return {
        "orders": comparison.orders,
        "members": comparison.members,
        "money": _texts(comparison.money),
        "current": _side(comparison.current),
        "draft": _side(comparison.draft),
        "movers": [
            {"from": before, "to": after, "members": members}
            for (before, after), members in sorted(comparison.movers.items())
        ],
        "worst": [
            {
                "order": dear.number,
                "points": dear.points,
                "total": str(dear.total),
                "currency": dear.currency,
                "share": str(dear.share),
            }
            for dear in comparison.worst
        ],
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "points": side.points,
        "rewarded_orders": side.rewarded_orders,
        "by_rule": dict(sorted(side.by_rule.items())),
        "by_tier": dict(sorted(side.by_tier.items())),
        "cost": _texts(side.cost),
    }


def _texts(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {currency: f"{amount:.2f}" for currency, amount in sorted(amounts.items())}
