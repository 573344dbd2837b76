"""Counting an order's points, beside one multiplication for each rule and line."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from statistics import median
from typing import Any

from benchmarks.ground import Ground
from benchmarks.report import Line, Promise

from saleor_loyalty.earning.rules import Circumstances, points_for, ready
from saleor_loyalty.gateways.saleor.orders import Goods, OrderLine, OrderState
from saleor_loyalty.programme.document import Programme

ROUNDS = 3
_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
_MS_MAX = 5
_EFFECTS: tuple[dict[str, Any], ...] = (
    {"kind": "RATE", "rates": {"USD": {"points": 3, "per": "7.50"}}},
    {"kind": "MULTIPLIER", "factor": "1.25"},
    {"kind": "BANDS", "bands": {"USD": [{"up_to": "100", "points": 1, "per": "1"},
                                        {"points": 2, "per": "1"}]}},
    {"kind": "THRESHOLD", "money": {"USD": "50"}, "points": 20, "repeats": True},
    {"kind": "QUANTITY", "every": 2, "points": 5},
    {"kind": "BONUS", "points": 100},
)  # fmt: skip


def run(ground: Ground, seconds: float) -> tuple[list[Line], list[Promise]]:
    """Measure an everyday order, and the largest anybody will have; no database takes part."""
    lines = [_measured(rules, goods, seconds) for rules, goods in ((0, 3), (5, 3), (50, 100))]
    largest = lines[-1].p50_ms or 0
    return lines, [Promise("counting 50 rules × 100 lines", largest, at_most=_MS_MAX, unit=" ms")]


def _measured(rules: int, goods: int, seconds: float) -> Line:
    terms, who, order = ready(_programme(rules)), Circumstances(), _order(goods)
    money = [int(line.gross * 100) for line in order.lines]
    rates = [rule + 1 for rule in range(rules + 1)]

    def count() -> None:
        points_for(order, terms, who, charged_peak=order.charged)

    def multiply() -> None:
        for rate in rates:
            sum([amount * rate // 100 for amount in money])

    both = [
        (_latencies_ms(count, seconds / 2), _latencies_ms(multiply, seconds / 2))
        for _ in range(ROUNDS)
    ]
    # It waits for nothing: what a busy machine adds is left out.
    ours = [latency for latencies, _ in both for latency in latencies]
    return Line(
        f"count {rules} rules × {goods} lines",
        median(1000 / median(latencies) for latencies, _ in both),
        median(1000 / median(latencies) for _, latencies in both),
        median(ours) * 1000,
        median(ours),
        sorted(ours)[len(ours) * 99 // 100],
    )


def _latencies_ms(act: Callable[[], None], seconds: float) -> list[float]:
    return list(_timed(act, seconds))


def _timed(act: Callable[[], None], seconds: float) -> Iterator[float]:
    act()
    started = before = time.process_time()
    while before - started < seconds:
        act()
        now = time.process_time()
        yield (now - before) * 1000
        before = now


def _programme(rules: int) -> Programme:
    """Rules of every kind; every other one is for some of the goods."""
    return Programme.model_validate({
        "earning": {
            "rates": {"USD": {"points": 1, "per": "1"}},
            "shipping": True,
            "groups": {"base": "ADD", "more": "MULTIPLY"},
            "rules": [
                {
                    "id": f"r{number}",
                    "name": f"Rule {number}",
                    "effect": _EFFECTS[number % len(_EFFECTS)],
                    "group": "more" if number % 3 == 0 else "base",
                    "scope": {"only": {"categories": [f"c{number % 10}", "c0"]}}
                    if number % 2 else {},
                }
                for number in range(rules)
            ],
        },
    })  # fmt: skip


def _order(goods: int) -> OrderState:
    lines = tuple([_line(number) for number in range(goods)])
    total = sum([line.gross for line in lines], Decimal(10))
    return OrderState(
        saleor_id="T3JkZXI6MQ==", number="1", user_id="VXNlcjox", origin="CHECKOUT",
        status="UNFULFILLED", charge_status="FULL", currency="USD", total=total,
        shipping_gross=Decimal(10), shipping_net=Decimal(8), charged=total, refunded=Decimal(0),
        charged_to_gift_cards=Decimal(0), lines=lines, fulfilled_at=None,
        created_at=_AT, changed_at=_AT, read_at=_AT, channel="default-channel",
    )  # fmt: skip


def _line(number: int) -> OrderLine:
    price = Decimal(1999 + 37 * number) / 100
    plain = OrderLine(f"L{number}", 1 + number % 3, 0, price, price, False, False)
    names = Goods(f"p{number}", f"S{number}", "simple", (f"c{number % 10}", "all"), ("summer",))
    return replace(plain, undiscounted_gross=price, undiscounted_net=price, goods=names)
