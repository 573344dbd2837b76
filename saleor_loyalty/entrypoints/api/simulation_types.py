"""What another programme would have given, as staff see it before they publish it."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import graphene

from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.programme_staff_types import for_staff
from saleor_loyalty.entrypoints.api.programme_types import Money
from saleor_loyalty.entrypoints.api.scalars import JSONString, Points, from_global_id, global_id
from saleor_loyalty.simulation import queries
from saleor_loyalty.simulation.models import Backtest as BacktestRow

_NEEDS = " Requires the permission MANAGE_DISCOUNTS."

ProgrammeBacktestStatusEnum = described_enum(
    BacktestRow.Status,
    name="ProgrammeBacktestStatusEnum",
    description="How far a backtest is.",
    values={
        "WAITING": "It has not begun.",
        "RUNNING": "Members are being counted.",
        "DONE": "There is a result.",
        "FAILED": "It was given up; ask for another one.",
    },
)


def _list(kind: Any, description: str) -> Any:
    return graphene.NonNull(graphene.List(graphene.NonNull(kind)), description=description)


class BacktestRule(graphene.ObjectType):
    """What one rule gives."""

    rule = graphene.NonNull(
        graphene.String,
        description="The key of the rule, level, campaign or event; `base` is the everyday rate.",
    )
    points = graphene.NonNull(
        Points, description="Its points; below zero where it takes from what others give."
    )


class BacktestTier(graphene.ObjectType):
    """How many members have a level."""

    tier = graphene.String(description="The key of the level; null: none.")
    members = graphene.NonNull(graphene.Int, description="How many members.")


class BacktestSide(graphene.ObjectType):
    """What one of the two programmes gives."""

    points = graphene.NonNull(Points, description="All points, within budgets.")
    rewarded_orders = graphene.NonNull(graphene.Int, description="Orders that earn any.")
    cost = _list(
        Money,
        "What the points are promised to be worth; none for currencies in which nothing is.",
    )
    rules = _list(BacktestRule, "The same points by what gives them, within budgets.")
    tiers = _list(BacktestTier, "Members by the level they have at the end.")
    exceeded = _list(
        BacktestRule, "Rules whose budget does not last, with the points that are wanted of it."
    )

    @staticmethod
    def resolve_cost(side: Mapping[str, Any], _info: Any) -> list[dict[str, Any]]:
        """List amounts."""
        return _money({key: amount for key, amount in side["cost"].items() if amount is not None})

    @staticmethod
    def resolve_rules(side: Mapping[str, Any], _info: Any) -> list[dict[str, Any]]:
        """List rules."""
        return _rules(side["by_rule"])

    @staticmethod
    def resolve_tiers(side: Mapping[str, Any], _info: Any) -> list[dict[str, Any]]:
        """List levels."""
        by_tier = side["by_tier"].items()
        return [{"tier": tier or None, "members": members} for tier, members in by_tier]

    @staticmethod
    def resolve_exceeded(side: Mapping[str, Any], _info: Any) -> list[dict[str, Any]]:
        """List rules."""
        return _rules(side["exceeded"])


class BacktestMember(graphene.ObjectType):
    """What a member gets under either programme."""

    member_id = graphene.NonNull(graphene.ID, description="The global id of the member.")
    current = graphene.NonNull(Points, description="Points under the programme in force.")
    draft = graphene.NonNull(Points, description="Points under the one that is tried.")

    @staticmethod
    def resolve_member_id(each: Mapping[str, Any], _info: Any) -> str:
        """Return the global id."""
        return _member(each["member"])


class BacktestOrder(graphene.ObjectType):
    """An order that gives much away."""

    number = graphene.NonNull(graphene.String, description="Its number.")
    points = graphene.NonNull(Points, description="The points it earns.")
    total = graphene.NonNull(Money, description="What it cost.")
    share = graphene.NonNull(
        graphene.Float,
        description="What its points are worth, as a share of what it cost. Where nothing is"
        " promised, a point stands for a unit of money.",
    )

    @staticmethod
    def resolve_number(each: Mapping[str, Any], _info: Any) -> str:
        """Return the number."""
        return str(each["order"])

    @staticmethod
    def resolve_total(each: Mapping[str, Any], _info: Any) -> dict[str, Any]:
        """Return the money."""
        return {"amount": each["total"], "currency": each["currency"]}


class BacktestMove(graphene.ObjectType):
    """Members who go from one level to another."""

    from_tier = graphene.String(description="The key of the one level; null: none.")
    to_tier = graphene.String(description="The key of the other level; null: none.")
    members = graphene.NonNull(graphene.Int, description="How many members.")
    example_ids = _list(graphene.ID, "The global ids of some of them.")

    @staticmethod
    def resolve_from_tier(move: Mapping[str, Any], _info: Any) -> str | None:
        """Return the key."""
        return move["from"] or None

    @staticmethod
    def resolve_to_tier(move: Mapping[str, Any], _info: Any) -> str | None:
        """Return the key."""
        return move["to"] or None

    @staticmethod
    def resolve_example_ids(move: Mapping[str, Any], _info: Any) -> list[str]:
        """Return global ids."""
        return [_member(key) for key in move["examples"]]


class BacktestOrders(graphene.ObjectType):
    """The orders of one currency."""

    count = graphene.NonNull(graphene.Int, description="How many.")
    total = graphene.NonNull(Money, description="What they cost together.")


class BacktestResult(graphene.ObjectType):
    """Two programmes over the same orders, each as if it had always been in force.

    What was never recorded cannot be counted: a draft that rewards birthdays for the first time
    finds none in the past.
    """

    members = graphene.NonNull(graphene.Int, description="The shop's members.")
    orders = _list(BacktestOrders, "The paid orders that were counted, by currency.")
    current = graphene.NonNull(BacktestSide, description="What the programme in force gives.")
    draft = graphene.NonNull(BacktestSide, description="What the one that is tried gives.")
    winners = graphene.NonNull(graphene.Int, description="Members who get more points by it.")
    losers = graphene.NonNull(graphene.Int, description="Members who get fewer.")
    wins = _list(BacktestMember, "Those who get most more.")
    losses = _list(BacktestMember, "Those who lose most.")
    dearest_orders = _list(BacktestOrder, "Orders with the largest share given away, if tried.")
    movers = _list(BacktestMove, "From the level under the one programme to that under the other.")
    moves_at_once = _list(
        BacktestMove,
        "Who would move if it were published now, with everything kept that was promised.",
    )
    moves_at_review = _list(
        BacktestMove, "Who would be on another level after their next review, if they buy nothing."
    )

    @staticmethod
    def resolve_orders(result: Mapping[str, Any], _info: Any) -> list[dict[str, Any]]:
        """List orders by currency."""
        return [
            {"count": count, "total": {"amount": result["money"][key], "currency": key}}
            for key, count in result["orders"].items()
        ]

    @staticmethod
    def resolve_dearest_orders(result: Mapping[str, Any], _info: Any) -> Sequence[Any]:
        """List orders."""
        return list(result["dearest"])

    @staticmethod
    def resolve_moves_at_once(result: Mapping[str, Any], _info: Any) -> Sequence[Any]:
        """List moves."""
        return list(result["at_once"])

    @staticmethod
    def resolve_moves_at_review(result: Mapping[str, Any], _info: Any) -> Sequence[Any]:
        """List moves."""
        return list(result["at_review"])


class ProgrammeBacktest(graphene.ObjectType):
    """A programme counted over the shop's orders of the last months, beside the one in force."""

    id = graphene.NonNull(graphene.ID, description="Global id.")
    status = graphene.NonNull(ProgrammeBacktestStatusEnum, description="How far it is.")
    progress = graphene.NonNull(graphene.Float, description="The share that is counted: 0 to 1.")
    document = graphene.NonNull(JSONString, description="The programme that is tried.")
    compared_with = graphene.NonNull(
        graphene.Int, description="The number of the version it is compared with."
    )
    months = graphene.NonNull(graphene.Int, description="How far back orders are counted.")
    requested_at = graphene.NonNull(
        graphene.DateTime, description="When it was asked for; later orders do not count."
    )
    requested_by = graphene.ID(description="The user who asked for it.")
    finished_at = graphene.DateTime(description="When it was over; null: it is not.")
    result = graphene.Field(BacktestResult, description="What came out; null until it is done.")

    @staticmethod
    def resolve_id(row: BacktestRow, _info: Any) -> str:
        """Return the global id."""
        return global_id("ProgrammeBacktest", row.pk)

    @staticmethod
    def resolve_progress(row: BacktestRow, _info: Any) -> float:
        """Return how far it is."""
        return queries.progress(row)

    @staticmethod
    def resolve_compared_with(row: BacktestRow, _info: Any) -> int:
        """Return the number."""
        return row.version.number

    @staticmethod
    def resolve_requested_by(row: BacktestRow, _info: Any) -> str | None:
        """Return the user."""
        return row.requested_by or None


class SimulationQueries:
    """What staff can ask about programmes they try."""

    programme_backtest = graphene.Field(
        ProgrammeBacktest,
        id=graphene.NonNull(graphene.ID, description="The global id of the backtest."),
        description="A backtest; null if the shop has no such one (any more)." + _NEEDS,
    )
    programme_backtests = _list(
        ProgrammeBacktest, "The shop's last backtests, the newest first." + _NEEDS
    )

    @staticmethod
    def resolve_programme_backtest(
        _root: None,
        info: Any,
        *,
        id: str,  # noqa: A002 (GraphQL's name)
    ) -> BacktestRow | None:
        """Find one of the shop's."""
        context = for_staff(info)
        key = from_global_id("ProgrammeBacktest", id)
        return queries.backtest_of(context.shop.id, key) if key else None

    @staticmethod
    def resolve_programme_backtests(_root: None, info: Any) -> Sequence[BacktestRow]:
        """List the shop's."""
        return queries.backtests_of(for_staff(info).shop.id)


def _money(amounts: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{"amount": amount, "currency": currency} for currency, amount in amounts.items()]


def _rules(points: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"rule": rule, "points": count} for rule, count in points.items()]


def _member(key: str) -> str:
    return global_id("Member", UUID(key))
