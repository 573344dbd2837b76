"""From the inbox to the ledger, beside PostgreSQL writing the same rows, and a loop over an ORM."""

import json
import time
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from itertools import count
from statistics import median
from typing import Any

import psycopg
from benchmarks import limit
from benchmarks.ground import APP_ID, MEMBERS, Ground, user_id
from benchmarks.report import Line, Promise
from django.db import connection, transaction
from factories import order_line, order_payload
from signing import event_body

from saleor_loyalty.entrypoints.webhooks import inbox
from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger.models import Lot, Movement, Posting
from saleor_loyalty.members.models import Member
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.models import ProgrammeVersion

BATCH = 500
ORDER_LINES = 3
ROUNDS = 3
_serial = count()

_STORE = """
COPY loyalty_inboxevent (id, installation_id, name, digest, body, status, attempts, due_at,
                         traceback, received_at) FROM STDIN
"""


def run(ground: Ground, seconds: float) -> tuple[list[Line], list[Promise]]:
    """Measure batches, single events and the loop, each beside batches of the same size."""
    events = max(1, round(seconds * 2)) * 1000
    batched = [_batches(ground, events, BATCH) for _ in range(ROUNDS)]
    single = [_batches(ground, events // 20, 1) for _ in range(ROUNDS)]
    loop = median(_loop(ground, events // 40) for _ in range(ROUNDS))
    lines = [
        _line("drain, batches of 500, 1 process", batched, target=0.40),
        _line("drain, single events, 1 process", single),
        Line("drain, ORM loop, 1 process", loop),
    ]
    times = lines[0].ours / loop
    return lines, [Promise("R3 drain, times an ORM loop", times, at_least=10)]


def _line(operation: str, rounds: list[tuple[float, float, float]], **more: Any) -> Line:
    ours, most, cpu_us = (median(column) for column in zip(*rounds, strict=True))
    return Line(operation, ours, most, cpu_us, **more)


def _batches(ground: Ground, events: int, size: int) -> tuple[float, float, float]:
    """Return our events a second, the limit's, and our processor time for one."""
    _fill(ground, events)
    inbox.BATCH_MAX = size
    cpu, started = time.process_time(), time.perf_counter()
    drained = sum(inbox.drain(at=datetime.now(UTC)).done for _ in range(events // size))
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    inbox.BATCH_MAX = BATCH
    assert drained == events
    _fill(ground, events, database=ground.limit_database)
    most = limit.per_second(
        "drain", ground.limit_database, clients=1, transactions=events // size, members=MEMBERS,
        batch=size,
    )  # fmt: skip
    return events / seconds, most * size, cpu / events * 1e6


def _fill(ground: Ground, events: int, *, database: str = "") -> None:
    """Put paid orders of all members into the inbox, as the door would."""
    at = datetime.now(UTC)
    if database:
        with psycopg.connect(database) as theirs:
            _copy(theirs.cursor(), ground, events, at)
            theirs.execute("ANALYZE loyalty_inboxevent")
    else:
        with connection.cursor() as cursor, transaction.atomic():
            _copy(cursor, ground, events, at)
            cursor.execute("ANALYZE loyalty_inboxevent")


def _copy(cursor: Any, ground: Ground, events: int, at: datetime) -> None:
    with cursor.copy(_STORE) as copy:
        for _ in range(events):
            body = _body(next(_serial), at)
            copy.write_row((
                new_key(), ground.installation_id, "OrderPaid", sha256(body).digest(), body,
                "WAITING", 0, at, "", at,
            ))  # fmt: skip


def _body(number: int, at: datetime) -> bytes:
    order = order_payload(
        order_id=f"T3JkZXI6{number:08}", number=str(number), user=user_id(number * 7 % MEMBERS),
        updated_at=at,
        lines=[order_line(f"T3JkZXJMaW5lOjFhMmIzYzRkLTVlNmY3YTh{line:05}", 30 + line)
               for line in range(ORDER_LINES)],
    )  # fmt: skip
    return event_body("OrderPaid", order, app_id=APP_ID, issued_at=at)


def _loop(ground: Ground, events: int) -> float:
    """Return the events a second of plain code that does the same for one order after another."""
    _fill(ground, events)
    started = time.perf_counter()
    for event_id in list(
        InboxEvent.objects.filter(status="WAITING").order_by("due_at").values_list("id", flat=True)
    ):
        _process_plainly(event_id)
    return events / (time.perf_counter() - started)


@transaction.atomic
def _process_plainly(event_id: Any) -> None:
    at = datetime.now(UTC)
    event = InboxEvent.objects.select_for_update(skip_locked=True).get(pk=event_id)
    payload = json.loads(event.body, parse_float=Decimal)["order"]
    shop_id = event.installation_id
    version = ProgrammeVersion.objects.filter(installation_id=shop_id).latest("effective_from")
    member, _ = Member.objects.select_for_update().get_or_create(
        installation_id=shop_id, saleor_user_id=payload["user"]["id"],
        defaults={"joined_at": at},
    )  # fmt: skip
    order, _ = Order.objects.select_for_update().get_or_create(
        installation_id=shop_id, saleor_id=payload["id"], defaults={"recorded_at": at}
    )
    points = {line["id"]: int(line["totalPrice"]["gross"]["amount"]) for line in payload["lines"]}
    total = sum(points.values())
    posting = Posting.objects.create(
        installation_id=shop_id, member=member, kind="EARN", key=f"order:{order.pk}:1",
        reason={"code": "ORDER", "order": payload["number"]}, occurred_at=at, recorded_at=at,
    )  # fmt: skip
    lot = Lot.objects.create(
        installation_id=shop_id, member=member, order_id=order.pk, earned=total, available=total,
        matures_at=at,
    )  # fmt: skip
    Movement.objects.create(
        posting=posting, member=member, lot=lot, source="OUTSIDE", target="AVAILABLE", points=total
    )
    order.number, order.member, order.programme_version = payload["number"], member, version
    order.state_at, order.state_digest, order.currency = at, sha256(event.body).digest(), "USD"
    order.charged_peak, order.paid_at = payload["totalCharged"]["amount"], at
    order.points, order.postings = total, 1
    order.receipt = {"lines": [{"line": line, "points": part} for line, part in points.items()]}
    order.save()
    event.status, event.processed_at = "DONE", at
    event.save()
