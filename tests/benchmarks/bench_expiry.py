"""Very many lots expire at the same time, while members redeem: what either costs the other."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from typing import Any

from benchmarks.ground import MEMBERS, Ground
from benchmarks.report import Line, Promise
from django.db import connection, connections, transaction

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger import timed
from saleor_loyalty.ledger.store import NEW_KEY
from saleor_loyalty.sql import fetch
from saleor_loyalty.sql import run as execute

CLIENTS = 4
#: A client redeems so often, whether or not the one before took long.
EVERY_S = 0.05
_SLOWER_MAX = {50: 3, 95: 5, 99: 10}
_SWEEP_S_MAX = 3600
_WARM_UP = 20
_SEED_BATCH = 50_000
_FORK = get_context("fork")
# Lots as orders would have made them, spread over all members; they were told of their end.
_SEED = f"""
WITH lot AS MATERIALIZED (
    SELECT {NEW_KEY} AS id, {NEW_KEY} AS posting_id, member.id AS member_id,
           %s::timestamptz - random() * interval '1 day' AS expires_at
    FROM (SELECT id, row_number() OVER () AS number FROM loyalty_member) AS member
    JOIN generate_series(%s, %s) AS series(number)
      ON member.number = 1 + series.number %% (SELECT count(*) FROM loyalty_member)
), postings AS (
    INSERT INTO loyalty_posting
        (id, installation_id, member_id, kind, key, reason, occurred_at, recorded_at)
    SELECT posting_id, %s, member_id, 'EARN', 'due:' || id, '{{}}', %s, %s FROM lot
), movements AS (
    INSERT INTO loyalty_movement (id, posting_id, member_id, lot_id, source, target, points)
    SELECT {NEW_KEY}, posting_id, member_id, id, 'OUTSIDE', 'AVAILABLE', 1 FROM lot
)
INSERT INTO loyalty_lot (id, installation_id, member_id, earned, pending, available, held, spent,
                         owed, repaid, expired, clawed_back, lapses_at, expires_at)
SELECT id, %s, member_id, 1, 0, 1, 0, 0, 0, 0, 0, 0, expires_at, expires_at FROM lot
"""


def run(ground: Ground, seconds: float) -> tuple[list[Line], list[Promise]]:
    """Measure redemptions before, beside and after a sweep over all the lots."""
    at = datetime.now(UTC)
    _seed(ground, at)
    with _redeeming(ground) as before:
        time.sleep(seconds)
    with _redeeming(ground) as beside:
        lasted = _sweep(at)
    with _redeeming(ground) as after:
        time.sleep(seconds)
    alone = sorted(before + after)
    lines = [
        _line("redeem, no sweep", alone, 2 * seconds),
        _line("redeem beside a sweep", sorted(beside), lasted),
        Line(f"expire {ground.lots:,} lots", ground.lots / lasted),
    ]
    promises = [
        Promise(
            f"R11 redeem beside a sweep, p{share}, times that without",
            _percentile(sorted(beside), share) / _percentile(alone, share), at_most=most,
        )
        for share, most in _SLOWER_MAX.items()
    ]  # fmt: skip
    return lines, [*promises, Promise("R11 lots that are due and left", _due(at), at_most=0)]


def _line(operation: str, latencies_ms: Sequence[float], seconds: float) -> Line:
    return Line(
        operation, len(latencies_ms) / seconds, p50_ms=_percentile(latencies_ms, 50),
        p99_ms=_percentile(latencies_ms, 99),
    )  # fmt: skip


def _percentile(latencies_ms: Sequence[float], share: int) -> float:
    return latencies_ms[(len(latencies_ms) - 1) * share // 100]


def _seed(ground: Ground, at: datetime) -> None:
    shop = ground.installation_id
    for start in range(0, ground.lots, _SEED_BATCH):
        end = min(start + _SEED_BATCH, ground.lots) - 1
        with transaction.atomic():
            execute("SET LOCAL statement_timeout = '10min'", [])
            execute(_SEED, [at, start, end, shop, at - timedelta(days=2), at, shop])
    execute("VACUUM ANALYZE loyalty_lot, loyalty_posting, loyalty_movement", [])


def _sweep(at: datetime) -> float:
    """Record what has expired, batch by batch, until nothing is left; return the seconds taken."""
    started = time.perf_counter()
    while timed.expire(at=at) or _due(at):
        assert time.perf_counter() - started < _SWEEP_S_MAX
    return time.perf_counter() - started


def _due(at: datetime) -> int:
    [(lots,)] = fetch(
        "SELECT count(*) FROM loyalty_lot"
        " WHERE expires_at <= %s AND (pending > 0 OR available > 0)", [at],
    )  # fmt: skip
    return int(lots)


@contextmanager
def _redeeming(ground: Ground) -> Iterator[list[float]]:
    """Let clients redeem meanwhile; the list has their latencies in milliseconds in the end."""
    connections.close_all()
    barrier, stop, results = _FORK.Barrier(CLIENTS + 1), _FORK.Event(), _FORK.SimpleQueue()
    work = partial(_client, ground, barrier, stop, results)
    processes = [_FORK.Process(target=work, daemon=True) for _ in range(CLIENTS)]
    for process in processes:
        process.start()
    barrier.wait(timeout=60)
    latencies: list[float] = []
    yield latencies
    stop.set()
    for _ in processes:
        latencies += results.get()
    for process in processes:
        process.join(timeout=30)


def _client(ground: Ground, barrier: Any, stop: Any, results: Any) -> None:
    random.seed(time.monotonic_ns())
    for _ in range(_WARM_UP):
        _redeem(ground)
    barrier.wait(timeout=60)
    latencies = []
    due = time.perf_counter()
    while not stop.is_set():
        due += EVERY_S
        time.sleep(max(due - time.perf_counter(), 0))
        before = time.perf_counter()
        _redeem(ground)
        latencies.append((time.perf_counter() - before) * 1000)
    results.put(latencies)
    connection.close()


def _redeem(ground: Ground) -> None:
    ledger.spend(
        member_id=ground.member(random.randrange(MEMBERS)), points=5, key=str(new_key()),
        reason={"code": "REDEMPTION"}, at=datetime.now(UTC),
    )  # fmt: skip
