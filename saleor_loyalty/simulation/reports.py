"""A comparison as a document, for pages, programs and the command line."""

from collections.abc import Iterable
from typing import Any

from saleor_loyalty.earning.terms import ready
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.simulation.comparison import Comparison, Dear, Moves, Side, Swing
from saleor_loyalty.simulation.rules import Programmes


def report(comparison: Comparison, programmes: Programmes) -> dict[str, Any]:
    """Return the comparison as JSON-able figures: points whole, money and shares as text."""
    current, draft = programmes.current.document, programmes.draft.document
    return {
        "members": comparison.members,
        "orders": dict(sorted(comparison.orders.items())),
        "money": {key: f"{amount:.2f}" for key, amount in sorted(comparison.money.items())},
        "current": _side(comparison, comparison.current, current),
        "draft": _side(comparison, comparison.draft, draft),
        "winners": comparison.winners,
        "losers": comparison.losers,
        "wins": _swings(comparison.wins),
        "losses": _swings(comparison.losses),
        "dearest": _dear(comparison.dearest),
        "movers": _moves(comparison.movers),
        "at_once": _moves(comparison.at_once),
        "at_review": _moves(comparison.at_review),
    }


def _side(comparison: Comparison, wanted: Side, document: Programme) -> dict[str, Any]:
    budgets = ready(document).budgets
    side = wanted.within(budgets)
    cost = comparison.cost(side, document)
    return {
        "points": side.points,
        "rewarded_orders": side.rewarded_orders,
        "by_rule": side.by_rule,
        "by_tier": dict(sorted(side.by_tier.items())),
        # Null: nothing is promised in that currency.
        "cost": {key: None if amount is None else f"{amount:.2f}" for key, amount in cost.items()},
        # Budgets that do not last: points wanted of them.
        "exceeded": {
            key: points
            for key, points in wanted.by_rule.items()
            if points > budgets.get(key, points)
        },
    }


def _swings(swings: Iterable[Swing]) -> list[dict[str, Any]]:
    return [
        {"member": str(each.member), "current": each.current, "draft": each.draft}
        for each in swings
    ]


def _dear(orders: Iterable[Dear]) -> list[dict[str, Any]]:
    return [
        {
            "order": each.number,
            "points": each.points,
            "total": f"{each.total:.2f}",
            "currency": each.currency,
            "share": str(each.share),
        }
        for each in orders
    ]


def _moves(moves: Moves) -> list[dict[str, Any]]:
    return [
        {"from": before, "to": after, "members": count, "examples": [str(each) for each in some]}
        for before, after, count, some in moves.rows
    ]
