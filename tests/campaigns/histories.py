"""Members who buy now and then, and what campaigns make of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from saleor_loyalty.campaigns.rules import Award, Count, Progress
from saleor_loyalty.earning.reckoning import Circumstances
from saleor_loyalty.gateways.saleor.orders import Goods, OrderLine, OrderState
from saleor_loyalty.programme.campaign_terms import Award as Prize
from saleor_loyalty.programme.campaign_terms import Challenge, Stamps
from saleor_loyalty.programme.document import Programme, Version

START = datetime(2026, 1, 1, tzinfo=UTC)
#: Monday, 2 March 2026, noon.
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
POINTS = Prize(points=100)


def piece(name: str = "coffee", *, pieces: int = 1, price: Any = 3, back: int = 0,
          categories: Sequence[str] = ("drinks",), **facts: Any) -> OrderLine:  # fmt: skip
    """A line of pieces that cost `price` each, of which some came back."""
    money = Decimal(price) * pieces
    return replace(
        OrderLine(
            name, pieces, back, money, money, False, False,
            goods=Goods(name, name, "things", tuple(categories)),
        ),
        **facts,
    )  # fmt: skip


def order(*lines: OrderLine, at: datetime = MONDAY, **facts: Any) -> OrderState:
    """A paid order; what came back was refunded."""
    lines = lines or (piece(),)
    total = sum((line.gross for line in lines), Decimal(0))
    refunded = sum(
        (line.gross / line.quantity * line.quantity_returned for line in lines), Decimal(0)
    )
    state = OrderState(
        saleor_id="T3JkZXI6MQ==", number="1", user_id="VXNlcjox", origin="CHECKOUT",
        status="UNFULFILLED", charge_status="FULL", currency="USD", total=total,
        shipping_gross=Decimal(0), shipping_net=Decimal(0), charged=total, refunded=refunded,
        charged_to_gift_cards=Decimal(0), lines=lines, fulfilled_at=None,
        created_at=at, changed_at=at, read_at=at,
    )  # fmt: skip
    return replace(state, **facts)


def stamps(target: int = 10, **terms: Any) -> Stamps:
    """So many coffees, one free."""
    return Stamps(
        **{"id": "coffee", "name": "Coffee card", "target": target, "award": POINTS} | terms
    )


def challenge(goal: str = "ORDERS", target: Any = 3, **terms: Any) -> Challenge:
    """Do something so many times."""
    given = {"id": "march", "name": "March", "goal": goal, "target": target, "award": POINTS}
    return Challenge(**given | terms)


def version(*campaigns: Any, at: datetime = START, number: int = 1, **document: Any) -> Version:
    """A programme with these campaigns."""
    return Version(UUID(int=number), number, Programme(campaigns=campaigns, **document), at)


def member(*versions: Version, joined: Mapping[str, datetime] | None = None) -> Count:
    """A member before their first order; versions are given the oldest first."""
    return Count(versions[::-1], joined_at=START, opted_in=joined or {})


def buy(count: Count, *orders: OrderState, who: Circumstances | None = None) -> list[Award]:
    """Count orders, and return all they win."""
    return [
        award for each in orders for award in count.add(each, each.charged, who or Circumstances())
    ]


def times(awards: Iterable[Award]) -> int:
    """How often something was won."""
    return sum(award.times for award in awards)


def progress(count: Count, at: datetime = MONDAY, who: Circumstances | None = None) -> Progress:
    """How far the member is in the only campaign there is."""
    [found] = count.progress(at, who or Circumstances())
    return found


def daily(number: int, **facts: Any) -> list[OrderState]:
    """Orders of one piece on days in a row."""
    return [order(at=MONDAY + DAY * each, **facts) for each in range(number)]
