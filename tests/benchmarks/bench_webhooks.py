"""Accepting: signed deliveries over HTTP, beside one insert of the same row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing import get_context
from statistics import median

from benchmarks import limit, load, server
from benchmarks.ground import API_URL, APP_ID, Ground, user_id
from benchmarks.report import Line, Promise
from django.db import connection
from factories import order_line, order_payload
from signing import SigningKey, event_body

CLIENTS = (8, 16, 64)
#: Ten lines make about 3 KB.
ORDER_LINES = 10
DELIVERIES = 10_000
ROUNDS = 3
_BUSY = 0.8
_key: list[SigningKey] = []


def run(ground: Ground, seconds: float) -> tuple[list[Line], list[Promise]]:
    """Measure the door and the plain view with few and many connections."""
    deliveries = _signed(ground.key)
    body = deliveries[0].partition(b"\r\n\r\n")[2]
    most = median(_limit(ground, body, seconds) for _ in range(ROUNDS))
    lines, promises = [], []
    with server.ours() as ours:
        for clients, target in zip(CLIENTS, (None, 0.25, 0.40), strict=True):
            measured = _Measured.of(ours, deliveries, clients, seconds)
            lines.append(measured.line(f"accept, before Django, c={clients}", most, target))
        busy = _load(ours, deliveries, 16, seconds * 2, per_second=_BUSY * lines[1].ours)
        promises += [
            Promise("R2 accept p99 at 80 % load", busy.percentile_ms(99), at_most=100, unit=" ms"),
            Promise("R2 accept, slowest answer", max(busy.latencies_ms), at_most=2000, unit=" ms"),
            Promise("R2 accept, errors", busy.failed, at_most=0),
            Promise("R10 CPU to accept", (lines[1].cpu_us or 0) / 1000, at_most=0.7, unit=" ms"),
        ]
    with server.comparison() as view:
        for clients in CLIENTS:
            measured = _Measured.of(view, deliveries, clients, seconds)
            lines.append(measured.line(f"accept, Django view, c={clients}", most, 0.12))
    return lines, promises


@dataclass(frozen=True)
class _Measured:
    loads: Sequence[load.Load]
    cpu_seconds: float

    @classmethod
    def of(
        cls, running: server.Server, deliveries: Sequence[bytes], clients: int, seconds: float
    ) -> "_Measured":
        before = running.cpu_seconds()
        loads = [_load(running, deliveries, clients, seconds) for _ in range(ROUNDS)]
        assert not any(each.failed for each in loads)
        return cls(loads, running.cpu_seconds() - before)

    def line(self, operation: str, most: float, target: float | None) -> Line:
        return Line(
            operation,
            median(each.per_second for each in self.loads),
            most,
            self.cpu_seconds / sum(len(each.latencies_ms) for each in self.loads) * 1e6 or None,
            median(each.percentile_ms(50) for each in self.loads),
            median(each.percentile_ms(99) for each in self.loads),
            target,
        )


def _load(
    running: server.Server,
    deliveries: Sequence[bytes],
    clients: int,
    seconds: float,
    *,
    per_second: float | None = None,
) -> load.Load:
    # So that every delivery is new each time.
    connection.cursor().execute("TRUNCATE loyalty_inboxevent")
    sent = load.send(
        running.port, deliveries, clients=clients, seconds=seconds, per_second=per_second
    )
    cursor = connection.cursor()
    cursor.execute("SELECT count(*) FROM loyalty_inboxevent")
    assert cursor.fetchone() == (len(sent.latencies_ms) - sent.failed,)
    return sent


def _limit(ground: Ground, body: bytes, seconds: float) -> float:
    texts = {"body": rf"\x{body.hex()}", "installation": str(ground.installation_id)}
    return limit.per_second(
        "accept", ground.limit_database, clients=8, seconds=seconds, texts=texts
    )


def _signed(key: SigningKey) -> list[bytes]:
    # A key cannot be sent to another process, but processes that are forked have it.
    _key.append(key)
    with get_context("fork").Pool() as pool:
        return pool.map(_delivery, range(DELIVERIES))


def _delivery(number: int) -> bytes:
    at = datetime.now(UTC)
    order = order_payload(
        order_id=f"T3JkZXI6{number:08}", number=str(number), user=user_id(number), updated_at=at,
        lines=[order_line(f"T3JkZXJMaW5lOjFhMmIzYzRkLTVlNmY3YTh{line:05}", 20)
               for line in range(ORDER_LINES)],
    )  # fmt: skip
    body = event_body("OrderPaid", order, app_id=APP_ID, issued_at=at)
    head = (
        "POST /api/webhooks/saleor/orders HTTP/1.1\r\nHost: bench\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Saleor-Api-Url: {API_URL}\r\nSaleor-Event: order_paid\r\n"
        f"Saleor-Signature: {_key[0].sign(body)}\r\n\r\n"
    )
    return head.encode() + body
