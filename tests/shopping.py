"""Shoppers whose whole history is replayed by the rules alone: what they do, what it earns."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from saleor_loyalty.accrual.history import Accrued, EventEntry, History, OrderEntry, Replayed
from saleor_loyalty.accrual.rules import replay
from saleor_loyalty.earning.reckoning import Reason
from saleor_loyalty.earning.terms import ready
from saleor_loyalty.gateways.saleor.orders import Goods, OrderLine, OrderState, Payment
from saleor_loyalty.programme import presets
from saleor_loyalty.programme.document import Programme, Version
from saleor_loyalty.tiers.rules import Fact

LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)


def day(text: str) -> datetime:
    """A date at eight in the evening in Europe, which is the same day in America."""
    return datetime.fromisoformat(f"{text}T20:00:00+00:00")


def preset(name: str) -> Programme:
    """Read a preset as a merchant's first programme."""
    return Programme.model_validate(presets.load(name))


def goods(
    name: str,
    price: Any,
    *,
    pieces: int = 1,
    category: str = "things",
    collections: tuple[str, ...] = (),
    tax: Any = 0,
    **facts: Any,
) -> OrderLine:
    """A line of an order that costs `price` in all, `tax` included."""
    gross, net = Decimal(price), Decimal(price) - Decimal(tax)
    return replace(
        OrderLine(
            name, pieces, 0, gross, net, False, False,
            undiscounted_gross=gross, undiscounted_net=net,
            goods=Goods(name, name, "things", (category,), collections),
        ),
        **facts,
    )  # fmt: skip


def order(*lines: OrderLine, at: datetime, currency: str = "USD", shipping: Any = 0,
          paid: dict[str, Any] | None = None, **facts: Any) -> OrderState:  # fmt: skip
    """A paid order. `paid` tells what was paid by which means."""
    freight = Decimal(shipping)
    total = sum((each.gross for each in lines), freight)
    payments = tuple(
        [Payment(method, Decimal(amount)) for method, amount in sorted((paid or {}).items())]
    )
    on_cards = sum((each.amount for each in payments if each.method == "gift_card"), Decimal(0))
    state = OrderState(
        saleor_id="T3JkZXI6MQ==", number="1", user_id="VXNlcjox", origin="CHECKOUT",
        status="UNFULFILLED", charge_status="FULL", currency=currency, total=total,
        shipping_gross=freight, shipping_net=freight, charged=total, refunded=Decimal(0),
        charged_to_gift_cards=on_cards, lines=lines, fulfilled_at=None,
        created_at=at, changed_at=at, read_at=at, payments=payments,
    )  # fmt: skip
    return replace(state, **facts)


class Shopper:
    """A member of a shop, and all they ever did there."""

    def __init__(self, document: Programme, *, joined_at: datetime = LONG_AGO) -> None:
        self.version = Version(UUID(int=1), 1, document, LONG_AGO)
        self.joined_at = joined_at
        self.entries: list[OrderEntry | EventEntry] = []
        self.facts: list[Fact] = []
        self.opted_in: dict[str, datetime] = {}

    def is_in(self, segment: str, *, since: datetime = LONG_AGO) -> "Shopper":
        """Put the shopper into a segment."""
        self.facts.append(Fact(segment, Decimal(1), since))
        return self

    def joins(self, offer: str, *, on: str) -> "Shopper":
        """Join a campaign, or activate an offer."""
        self.opted_in[offer] = day(on)
        return self

    def buys(self, *lines: OrderLine, on: str, **facts: Any) -> int:
        """Buy, and return which entry that is."""
        at = day(on) if len(on) == len("2026-01-01") else datetime.fromisoformat(on)
        state = order(*lines, at=at, **facts)
        key = UUID(int=len(self.entries) + 1)
        self.entries.append(OrderEntry(key, at, {}, state, state.charged, at))
        return len(self.entries) - 1

    def spends(self, price: Any, *, on: str, **facts: Any) -> int:
        """Buy one thing of no particular kind."""
        return self.buys(goods("thing", price), on=on, **facts)

    def does(self, event: str, *, on: str, reference: str = "") -> int:
        """Do something other than buying."""
        key = UUID(int=len(self.entries) + 1)
        self.entries.append(EventEntry(key, day(on), {}, event, reference))
        return len(self.entries) - 1

    def gives_back(self, entry: int, line: str, *, pieces: int = 1) -> None:
        """Return pieces of an order; their price is refunded."""
        bought = self.entries[entry]
        assert isinstance(bought, OrderEntry)
        state = bought.order
        for each in state.lines:
            if each.id == line:
                money = each.gross / each.quantity * pieces
                back = replace(each, quantity_returned=each.quantity_returned + pieces)
        lines = tuple([back if each.id == line else each for each in state.lines])
        state = replace(
            state, lines=lines, charged=state.charged - money, refunded=state.refunded + money
        )
        self.entries[entry] = replace(bought, order=state)

    def story(self, *, until: str | None = None) -> Replayed:
        """Replay everything."""
        entries = sorted(self.entries, key=lambda entry: (entry.at, entry.id))
        history = History(
            self.joined_at, entries, facts=self.facts, opted_in=self.opted_in
        )  # fmt: skip
        last = entries[-1].at if entries else self.joined_at
        terms = {self.version.id: ready(self.version.document)}
        return replay(
            history, [self.version], terms, spent=defaultdict(int),
            until=day(until) if until else last,
        )  # fmt: skip

    def accrued(self, entry: int) -> Accrued:
        """What an entry earned, and why."""
        key = self.entries[entry].id
        return next(each for each in self.story().accrued if each.entry.id == key)

    def earned(self, entry: int = -1) -> int:
        """The points an entry earned; the last one if none is named."""
        return self.accrued(entry).reckoning.points

    def total(self) -> int:
        """All points ever earned, as if none had been spent or had expired."""
        return sum(each.reckoning.points for each in self.story().accrued)

    def level(self, on: str) -> str | None:
        """The level the shopper has on a day."""
        standing = self.story(until=on).standing
        return standing.level if standing else None

    def rewards(self) -> list[str]:
        """The rewards that campaigns and events gave, in the order in which they were won."""
        return [
            _reward(reason)
            for each in self.story().accrued
            for reason in each.reckoning.reasons
            if reason.facts.get("reward")
            for _ in range(reason.facts.get("times", 1))
        ]


def _reward(reason: Reason) -> str:
    reward = reason.facts["reward"]
    return str(reward["id"] if isinstance(reward, dict) else reward)
