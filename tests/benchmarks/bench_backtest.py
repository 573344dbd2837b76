"""A shop's stored orders counted under another programme, beside reading them and nothing else."""

import json
import os
import random
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from benchmarks.ground import Ground
from benchmarks.report import Line, Promise
from django.db import connection
from factories import make_shop

from saleor_loyalty.gateways.saleor.order_facts import dump
from saleor_loyalty.gateways.saleor.orders import Goods, OrderLine, OrderState, Parcel, Payment
from saleor_loyalty.keys import member_key, new_key
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.simulation import reading
from saleor_loyalty.simulation.operations import backtest, plan
from saleor_loyalty.simulation.stages import count_part

ORDERS, MEMBERS, MONTHS = 100_000, 20_000, 12
PROCESSES = 2
_SPREAD = timedelta(days=540)
_CATEGORIES = ("coffee", "tea", "cups", "machines", "gifts", "books", "sweets", "spices")
_COLLECTIONS = ("new", "fair-trade", "sale", "classics")
_CENT = Decimal("0.0001")

_STORE_MEMBERS = "COPY loyalty_member (id, installation_id, saleor_user_id, joined_at) FROM STDIN"
_STORE_ORDERS = """
COPY loyalty_order (id, installation_id, saleor_id, number, member_id, created_at, state_at,
                    state_digest, facts, currency, charged_peak, paid_at, points, postings, parts,
                    granted, receipt, recorded_at) FROM STDIN
"""


def run(_ground: Ground, _seconds: float) -> tuple[list[Line], list[Promise]]:
    """Measure one process and two, and what one holds in memory."""
    at = datetime.now(UTC)
    shop_id = seed(at)
    reading_only = _read(shop_id, at)
    lines, seconds = [], 0.0
    for processes in (1, PROCESSES):
        seconds, cpu = _count(shop_id, at, processes=processes)
        name = f"backtest, {processes} {'process' if processes == 1 else 'processes'}"
        lines.append(Line(name, ORDERS / seconds, reading_only, cpu / ORDERS * 1e6))
    promises = [
        Promise(f"backtest of {ORDERS:,} orders, {PROCESSES} processes", seconds, at_most=60,
                unit=" s"),
        Promise("backtest, memory held", _memory(shop_id, at), at_most=100, unit=" MB"),
    ]  # fmt: skip
    return lines, promises


def seed(at: datetime) -> UUID:
    """Make a shop with members, and orders as it would have heard of them."""
    shop: Any = make_shop(simple(), api_url="https://backtest.example/graphql/")
    chance = random.Random(1)
    members = [member_key(shop.pk, f"VXNlcjo{number}") for number in range(MEMBERS)]
    with connection.cursor() as cursor:
        with cursor.copy(_STORE_MEMBERS) as copy:
            for number, member_id in enumerate(members):
                copy.write_row((member_id, shop.pk, f"VXNlcjo{number}", at - _SPREAD))
        with cursor.copy(_STORE_ORDERS) as copy:
            for row in _orders(shop.pk, members, chance, at):
                copy.write_row(row)
        cursor.execute("VACUUM ANALYZE loyalty_member, loyalty_order")
    shop_id: UUID = shop.pk
    return shop_id


def _orders(
    shop_id: UUID, members: list[UUID], chance: random.Random, at: datetime
) -> Iterator[tuple[Any, ...]]:
    for number in range(ORDERS):
        order = _order(number, chance, at - chance.random() * _SPREAD)
        yield (
            new_key(), shop_id, order.saleor_id, order.number, chance.choice(members),
            order.created_at, order.changed_at, order.digest, json.dumps(dump(order)),
            order.currency, order.total, order.created_at, 0, 0, "[]", "{}", "{}",
            order.changed_at,
        )  # fmt: skip


def _order(number: int, chance: random.Random, at: datetime) -> OrderState:
    """One to five lines; of one order in twelve something came back."""
    lines = [_line(place, chance, at) for place in range(chance.randint(1, 5))]
    back = sum((_share(line) for line in lines), Decimal(0))
    total = sum((line.gross for line in lines), Decimal("4.9000"))
    sent_at = at + timedelta(days=1)
    return OrderState(
        saleor_id=f"T3JkZXI6{number:08}", number=str(number), user_id=None, origin="CHECKOUT",
        status="FULFILLED", charge_status="PARTIAL" if back else "FULL", currency="EUR",
        total=total, shipping_gross=Decimal("4.9000"), shipping_net=Decimal("4.0833"),
        charged=total - back, refunded=back, charged_to_gift_cards=Decimal(0),
        lines=tuple(lines), fulfilled_at=sent_at, created_at=at, changed_at=sent_at,
        read_at=sent_at, channel=chance.choice(["web", "shop"]),
        payments=(Payment(chance.choice(["card:visa", "card", "paypal"]), total - back),),
    )  # fmt: skip


def _line(place: int, chance: random.Random, at: datetime) -> OrderLine:
    pieces = chance.choice([1, 1, 1, 2, 3])
    gross = (Decimal(chance.randint(300, 6_000)) / 100 * pieces).quantize(_CENT)
    net = (gross / Decimal("1.2")).quantize(_CENT)
    category = chance.choice(_CATEGORIES)
    back = chance.randint(1, pieces) if chance.random() < 0.03 else 0
    return OrderLine(
        f"T3JkZXJMaW5lOjFhMmIzYzRkLTVlNmY3YTh{place:05}", pieces, back, gross, net, False, False,
        undiscounted_gross=gross, undiscounted_net=net, is_full_price=chance.random() < 0.8,
        parcels=(Parcel(at + timedelta(days=1), pieces - back),) if back < pieces else (),
        goods=Goods(
            f"product-{chance.randint(1, 900)}", f"SKU-{chance.randint(1, 3_000)}", "things",
            (category, "everything"), (chance.choice(_COLLECTIONS),),
        ),
    )  # fmt: skip


def _share(line: OrderLine) -> Decimal:
    return (line.gross * line.quantity_returned / line.quantity).quantize(_CENT)


def _read(shop_id: UUID, at: datetime) -> float:
    """Return how many orders a second come out of the database, ready to be counted."""
    started, read = time.perf_counter(), 0
    last, reached = UUID(int=2**128 - 1), UUID(int=0)
    while reached != last:
        page = reading.page(shop_id, after=reached, last=last, until=at)
        read, reached = read + page.entries, page.reached
    assert read == ORDERS
    return read / (time.perf_counter() - started)


def _count(shop_id: UUID, at: datetime, *, processes: int) -> tuple[float, float]:
    """Return how many seconds it takes, and how many of processor time."""
    cpu, started = _cpu(), time.perf_counter()
    task = plan(installation_id=shop_id, draft=rich(), months=MONTHS, at=at)
    comparison = backtest(task, processes=processes)
    seconds, cpu = time.perf_counter() - started, _cpu() - cpu
    # Some are older than what is compared.
    assert 0 < sum(comparison.orders.values()) < ORDERS
    return seconds, cpu


def _cpu() -> float:
    """Return the processor time of this process and of those that it has waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _memory(shop_id: UUID, at: datetime) -> float:
    """Return the most megabytes that counting a part of the shop's members holds at once."""
    tracemalloc.start()
    try:
        count_part(plan(installation_id=shop_id, draft=rich(), months=MONTHS, at=at), part=0)
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def simple() -> Programme:
    """A point a euro, and two small rules."""
    return Programme.model_validate({
        "earning": {"rates": {"EUR": {"points": 1, "per": "1"}}, "rules": [
            {"id": "first", "name": "First order", "effect": {"kind": "BONUS", "points": 50},
             "audience": {"order_numbers": [1]}},
            {"id": "tea", "name": "Tea", "effect": {"kind": "MULTIPLIER", "factor": "2"},
             "scope": {"only": {"categories": ["tea"]}}},
        ]},
        "value": {"worth": {"EUR": {"points": 100, "money": "1"}}},
    })  # fmt: skip


def rich() -> Programme:
    """Fifteen rules, three levels, and two campaigns."""
    rules: list[dict[str, Any]] = [
        {"effect": {"kind": "MULTIPLIER", "factor": "2"},
         "scope": {"only": {"categories": ["coffee"]}}},
        {"effect": {"kind": "MULTIPLIER", "factor": "1.5"}, "group": "extra",
         "scope": {"only": {"collections": ["new"]}}},
        {"effect": {"kind": "MULTIPLIER", "factor": "3"}, "audience": {"tiers": ["gold"]},
         "scope": {"only": {"categories": ["machines"]}}},
        {"effect": {"kind": "MULTIPLIER", "factor": "2"}, "when": {"weekdays": [2]},
         "channels": ["shop"]},
        {"effect": {"kind": "RATE", "rates": {"EUR": {"points": 1, "per": "2"}}},
         "scope": {"only": {"categories": ["books"]}}},
        {"effect": {"kind": "RATE", "rates": {"EUR": {"points": 1, "per": "5"}}},
         "payment_methods": ["card:visa"]},
        {"effect": {"kind": "BANDS", "bands": {"EUR": [
            {"up_to": "50", "points": 1, "per": "10"}, {"points": 2, "per": "10"}]}}},
        {"effect": {"kind": "BONUS", "points": 100}, "audience": {"order_numbers": [1]}},
        {"effect": {"kind": "BONUS", "points": 200}, "audience": {"every_order": 5}},
        {"effect": {"kind": "BONUS", "points": 25}, "new_category": True,
         "limits": [{"times": 1, "per": "MONTH"}]},
        {"effect": {"kind": "THRESHOLD", "money": {"EUR": "75"}, "points": 50}},
        {"effect": {"kind": "THRESHOLD", "money": {"EUR": "40"}, "points": 20, "repeats": True},
         "group": "best"},
        {"effect": {"kind": "BONUS", "points": 30}, "group": "best",
         "audience": {"tiers": ["silver", "gold"]}},
        {"effect": {"kind": "QUANTITY", "every": 3, "points": 15},
         "scope": {"only": {"categories": ["tea", "sweets"]}},
         "limits": [{"points": 150, "per": "WEEK"}]},
        {"effect": {"kind": "BONUS", "points": 10}, "budget": 40_000,
         "scope": {"only": {"collections": ["fair-trade"]}, "full_price_only": True}},
    ]  # fmt: skip
    return Programme.model_validate({
        "timezone": "Europe/Paris",
        "earning": {
            "rates": {"EUR": {"points": 1, "per": "1"}},
            "rules": [
                {"id": f"rule-{number}", "name": f"Rule {number}"} | rule
                for number, rule in enumerate(rules)
            ],
            "groups": {"base": "ADD", "extra": "MULTIPLY", "best": "BEST_OF"},
            "limits": [{"points": 5_000, "per": "MONTH"}],
        },
        "maturity": {"after": "FULFILMENT", "days": 14},
        "expiry": {"months": 18},
        "tiers": {"currency": "EUR", "window": {"kind": "ROLLING", "months": 12}, "levels": [
            {"id": "bronze", "name": "Bronze", "threshold": "0"},
            {"id": "silver", "name": "Silver", "threshold": "300",
             "benefits": {"multiplier": "1.25"}},
            {"id": "gold", "name": "Gold", "threshold": "800", "benefits": {"multiplier": "1.5"}},
        ]},
        "campaigns": [
            {"kind": "STAMPS", "id": "card", "name": "Card", "target": 10,
             "award": {"points": 150}, "scope": {"only": {"categories": ["coffee", "tea"]}}},
            {"kind": "CHALLENGE", "id": "spree", "name": "Spree", "goal": "MONEY",
             "currency": "EUR", "target": "200", "period": "MONTH", "recurs": "EACH_PERIOD",
             "award": {"points": 100}},
        ],
        "value": {"worth": {"EUR": {"points": 100, "money": "1"}}},
    })  # fmt: skip
