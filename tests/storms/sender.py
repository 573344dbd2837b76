"""Deliveries, made as Saleor makes them: several at once, and again after trouble."""

import http.client
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus

SENDERS = 8
# Saleor waits ten seconds and longer; a test has no time for that.
RESEND_SECONDS = 0.2
GIVE_UP_SECONDS = 120
ANSWER_SECONDS_MAX = 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request of Saleor's."""

    body: bytes
    headers: dict[str, str]


def deliver(port: int, deliveries: Sequence[Delivery]) -> "Counter[int]":
    """Deliver everything; return how often each status came. No answer at all counts as 0."""
    statuses: Counter[int] = Counter()
    parts = [deliveries[start::SENDERS] for start in range(SENDERS)]
    with ThreadPoolExecutor(SENDERS) as senders:
        for answers in senders.map(lambda part: _deliver_in_turn(port, part), parts):
            statuses += answers
    return statuses


def _deliver_in_turn(port: int, deliveries: Sequence[Delivery]) -> "Counter[int]":
    statuses: Counter[int] = Counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS_MAX)
    for delivery in deliveries:
        give_up_at = time.monotonic() + GIVE_UP_SECONDS
        while True:
            status = _post(connection, delivery)
            statuses[status] += 1
            if 0 < status < HTTPStatus.INTERNAL_SERVER_ERROR:
                break
            assert time.monotonic() < give_up_at, "The deliveries were given up."
            time.sleep(RESEND_SECONDS)
    connection.close()
    return statuses


def _post(connection: http.client.HTTPConnection, delivery: Delivery) -> int:
    try:
        connection.request("POST", "/api/webhooks/saleor/orders", delivery.body, delivery.headers)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        return 0
    return answer.status
