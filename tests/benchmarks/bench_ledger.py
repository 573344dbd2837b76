"""Earning and spending by 1, 8 and 16 processes, over all members and on one."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from statistics import median
from typing import Any
from uuid import UUID

from benchmarks import limit
from benchmarks.ground import MEMBERS, Ground, forget_orders, user_id
from benchmarks.report import Line, Promise
from django.db import connection, connections, transaction
from factories import give, make_member

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.book import Life
from saleor_loyalty.ledger.queries import balance

CLIENTS = (1, 8, 16)
ROUNDS = 3
_TARGETS = {("spend", "uniform"): 0.20, ("spend", "one member"): 0.50}
_FORK = get_context("fork")
_STORM = 40
_WARM_UP = 20


def run(ground: Ground, seconds: float) -> tuple[list[Line], list[Promise]]:
    """Measure both operations, spending first: earning leaves more lots behind."""
    lines, promises = [], []
    for name, operation in (("spend", _spend), ("earn", _earn)):
        for spread, members in (("uniform", MEMBERS), ("one member", 1)):
            target = _TARGETS.get((name, spread))
            for clients in CLIENTS:
                rounds = [
                    _beside(ground, name, operation, members, clients, seconds / 2)
                    for _ in range(ROUNDS)
                ]
                lines.append(_line(f"{name}, {spread}, c={clients}", rounds, target))
    forget_orders()
    by_name = {line.operation: line for line in lines}
    hot, uniform = by_name["spend, one member, c=16"], by_name["spend, uniform, c=16"]
    promises = [
        Promise("R5 one member, share of uniform", hot.ours / uniform.ours, at_least=0.5),
        *_storm(ground),
    ]
    return lines, promises


def _line(operation: str, rounds: Sequence[tuple["_Clients", float]], target: float | None) -> Line:
    measured = [each for each, _ in rounds]
    return Line(
        operation,
        median(each.per_second for each in measured),
        median(most for _, most in rounds),
        median(each.cpu_us for each in measured),
        median(each.percentile_ms(50) for each in measured),
        median(each.percentile_ms(99) for each in measured),
        target,
    )


def _beside(
    ground: Ground,
    name: str,
    operation: Callable[[UUID], None],
    members: int,
    clients: int,
    seconds: float,
) -> tuple["_Clients", float]:
    def act() -> None:
        operation(ground.member(random.randrange(members)))

    measured = _at_once(act, clients=clients, seconds=seconds)
    most = limit.per_second(
        name, ground.limit_database, clients=clients, seconds=seconds, members=members
    )
    return measured, most


def _spend(member_id: UUID, points: int = 5) -> None:
    ledger.spend(
        member_id=member_id, points=points, key=str(new_key()), reason={"code": "REDEMPTION"},
        at=datetime.now(UTC),
    )  # fmt: skip


def _earn(member_id: UUID) -> None:
    at = datetime.now(UTC)
    part = ledger.Part(5, Life(at, lapses_at=at + timedelta(days=365)))
    change = ledger.OrderChange(
        member_id, new_key(), str(new_key()), {"code": "ORDER", "order": "1"}, at, [part]
    )
    with transaction.atomic():
        ledger.converge_orders(changes=[change], at=at)


@dataclass(frozen=True)
class _Clients:
    """What processes working at the same time measured."""

    per_second: float
    cpu_us: float
    latencies_ms: Sequence[float]
    refused: int

    def percentile_ms(self, share: int) -> float:
        return self.latencies_ms[(len(self.latencies_ms) - 1) * share // 100]


def _at_once(
    act: Callable[[], None],
    *,
    clients: int,
    seconds: float,
    times_max: int = 10**9,
    warm: bool = True,
) -> _Clients:
    connections.close_all()
    barrier, results = _FORK.Barrier(clients), _FORK.SimpleQueue()
    work = partial(_client, act, seconds, times_max, warm, barrier, results)
    processes = [_FORK.Process(target=work) for _ in range(clients)]
    for process in processes:
        process.start()
    parts = [results.get() for _ in processes]
    for process in processes:
        process.join(timeout=30)
    count = sum(len(latencies) for latencies, *_ in parts)
    return _Clients(
        sum(len(latencies) / elapsed for latencies, elapsed, _, _ in parts),
        sum(cpu for _, _, cpu, _ in parts) / count * 1e6,
        sorted(latency for latencies, *_ in parts for latency in latencies),
        sum(refused for *_, refused in parts),
    )


def _client(
    act: Callable[[], None], seconds: float, times_max: int, warm: bool, barrier: Any, results: Any
) -> None:
    random.seed(time.monotonic_ns())
    connection.ensure_connection()
    for _ in range(_WARM_UP if warm else 0):
        act()
    barrier.wait(timeout=60)
    latencies, refused = [], 0
    cpu, started = time.process_time(), time.perf_counter()
    before = started
    while before - started < seconds and len(latencies) < times_max:
        try:
            act()
        except ledger.NotEnoughPoints:
            refused += 1
        now = time.perf_counter()
        latencies.append((now - before) * 1000)
        before = now
    results.put((latencies, before - started, time.process_time() - cpu, refused))
    connection.close()


def _storm(ground: Ground) -> list[Promise]:
    """Let 40 processes ask one member with 5,000 points for 100 points 5 times each."""
    member_id = make_member(Installation.objects.get(pk=ground.installation_id), user_id(MEMBERS))
    give(member_id, 5_000)
    measured = _at_once(
        partial(_spend, member_id, 100), clients=_STORM, seconds=60, times_max=5, warm=False
    )
    left = balance(member_id, at=datetime.now(UTC)).available
    return [
        Promise("R5 200 spends at once, p99", measured.percentile_ms(99), at_most=500, unit=" ms"),
        Promise("R5 of them refused", measured.refused, at_least=150, at_most=150),
        Promise("R5 points left", left, at_most=0),
    ]
