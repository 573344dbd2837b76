"""Reading a balance: GraphQL, beside a plain view of the same, and beside the bare query."""

import json
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from benchmarks import limit, load, server
from benchmarks.ground import API_URL, MEMBERS, Ground, user_id
from benchmarks.report import Line, Promise

CLIENTS = 8
CUSTOMERS = 500
ROUNDS = 3
_QUERY = "{ me { balance { available pending held debt nextExpiry { points at } } } }"


def run(ground: Ground, seconds: float) -> tuple[list[Line], list[Promise]]:
    """Measure both doors of one server in turns."""
    tokens = [_token(ground, number) for number in range(CUSTOMERS)]
    body = json.dumps({"query": _QUERY}).encode()
    asked = [_request("POST", "/graphql/", token, body) for token in tokens]
    plain = [_request("GET", "/plain-balance/", token) for token in tokens]
    with server.comparison() as running:
        _check_that_they_agree(running, tokens[0], body)
        rounds = [
            (*_measure(running, asked, seconds), *_measure(running, plain, seconds),
             _limit(ground, seconds))
            for _ in range(ROUNDS)
        ]  # fmt: skip
    graphql, graphql_cpu, view, view_cpu = (
        [each[column] for each in rounds] for column in range(4)
    )
    most = median(each[4] for each in rounds)
    share = median(a.per_second / b.per_second for a, b in zip(graphql, view, strict=True))
    lines = [_line("balance, GraphQL, c=8", graphql, graphql_cpu, most),
             _line("balance, plain ORM view, c=8", view, view_cpu, most)]  # fmt: skip
    return lines, [
        Promise("R6 GraphQL balance, share of a plain view", share, at_least=0.8),
        Promise("R10 CPU of a balance", (lines[0].cpu_us or 0) / 1000, at_most=1.0, unit=" ms"),
    ]


def _line(operation: str, loads: Sequence[load.Load], cpu_us: Sequence[float], most: float) -> Line:
    return Line(
        operation,
        median(each.per_second for each in loads),
        most,
        median(cpu_us) or None,
        median(each.percentile_ms(50) for each in loads),
        median(each.percentile_ms(99) for each in loads),
    )


def _measure(
    running: server.Server, requests: Sequence[bytes], seconds: float
) -> tuple[load.Load, float]:
    many = list(requests) * (round(seconds) * 20)
    cpu = running.cpu_seconds()
    sent = load.send(running.port, many, clients=CLIENTS, seconds=seconds)
    assert not sent.failed
    return sent, (running.cpu_seconds() - cpu) / len(sent.latencies_ms) * 1e6


def _limit(ground: Ground, seconds: float) -> float:
    return limit.per_second(
        "balance", ground.limit_database, clients=CLIENTS, seconds=seconds, members=MEMBERS
    )


def _token(ground: Ground, number: int) -> str:
    now = datetime.now(UTC)
    return ground.key.token(
        iat=now, exp=now + timedelta(hours=1), iss=API_URL, owner="saleor", token="x",
        user_id=user_id(number), email="somebody@example.com", is_staff=False, type="access",
    )  # fmt: skip


def _request(method: str, path: str, token: str, body: bytes = b"") -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nSaleor-Api-Url: {API_URL}\r\n"
        f"Authorization-Bearer: {token}\r\n\r\n"
    )
    return head.encode() + body


def _check_that_they_agree(running: server.Server, token: str, body: bytes) -> None:
    headers = {"Saleor-Api-Url": API_URL, "Authorization-Bearer": token,
               "Content-Type": "application/json"}  # fmt: skip
    answers: list[Any] = []
    for path, data in (("/graphql/", body), ("/plain-balance/", None)):
        request = urllib.request.Request(
            f"http://127.0.0.1:{running.port}{path}", data=data, headers=headers
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            answers.append(json.load(answer))
    assert answers[0] == answers[1], answers
