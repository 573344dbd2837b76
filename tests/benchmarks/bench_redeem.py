"""Redeeming at checkout: what it takes beside what its calls to Saleor take."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from threading import local

from benchmarks import server
from benchmarks.ground import Ground, forget_orders, user_id
from benchmarks.report import Line, Promise
from benchmarks.slow_saleor import checkout_of
from factories import give, make_shop
from signing import SigningKey

from saleor_loyalty.keys import member_key
from saleor_loyalty.members.operations import enrol
from saleor_loyalty.programme.document import Programme

CLIENTS = 8
REDEMPTIONS = 400
# Each thread has a connection of its own, which prepares a statement when it comes the fifth time.
WARM_UP = 200
#: For each of Saleor's answers, on average: less than a real one takes for any of them.
PAUSE_MS = 100
OWN_SHARE_MS_MAX = 30
_REDEEM = """
mutation ($input: RewardRedeemInput!) {
  rewardRedeem(input: $input) {
    redemption { id status code }
    checkout { total { amount } discount { amount } }
    errors { code }
  }
}
"""


@dataclass(frozen=True, slots=True)
class _Redemption:
    """How long a customer waited for one, and of that for Saleor."""

    ms: float
    saleor_ms: float


def run(_ground: Ground, _seconds: float) -> tuple[list[Line], list[Promise]]:
    """Let each of many customers redeem once, eight at a time."""
    with _slow_saleor() as saleor_port:
        key, api_url = SigningKey(), f"http://127.0.0.1:{saleor_port}/graphql/"
        users = [user_id(number) for number in range(WARM_UP + REDEMPTIONS)]
        _prepare(key, api_url, users)
        with server.ours() as running:
            till = _Till(running.port, api_url, key)
            _redeem_all(till, users[:WARM_UP])
            cpu, started = running.cpu_seconds(), time.perf_counter()
            measured_ms = _redeem_all(till, users[WARM_UP:])
            seconds = time.perf_counter() - started
            cpu_us = (running.cpu_seconds() - cpu) / REDEMPTIONS * 1e6
        waited_ms = _waited(saleor_port)
    forget_orders()
    done = [
        _Redemption(ms, waited_ms[checkout_of(user)])
        for user, ms in zip(users[WARM_UP:], measured_ms, strict=True)
    ]
    return _report(done, seconds, cpu_us)


def _report(
    done: list[_Redemption], seconds: float, cpu_us: float
) -> tuple[list[Line], list[Promise]]:
    whole, calls = [each.ms for each in done], [each.saleor_ms for each in done]
    own = [each.ms - each.saleor_ms for each in done]
    line = Line(
        f"rewardRedeem, c={CLIENTS}", len(done) / seconds, CLIENTS / (median(calls) / 1000),
        cpu_us, _percentile(whole, 50), _percentile(whole, 99),
    )  # fmt: skip
    return [line], [
        Promise("rewardRedeem, p95", _percentile(whole, 95), unit=" ms"),
        Promise("its calls to Saleor together, p95", _percentile(calls, 95), unit=" ms"),
        Promise("rewardRedeem without its calls, median", _percentile(own, 50), unit=" ms"),
        Promise("rewardRedeem without its calls, p95", _percentile(own, 95),
                at_most=OWN_SHARE_MS_MAX, unit=" ms"),
    ]  # fmt: skip


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


@contextmanager
def _slow_saleor() -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.slow_saleor", str(PAUSE_MS)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _prepare(key: SigningKey, api_url: str, users: list[str]) -> None:
    """Make a shop whose members have enough for one reward each."""
    # Our server inherits it: the shop lives on this machine, and is asked as fast as it answers.
    os.environ |= {
        "ALLOWED_SALEOR_URLS": api_url,
        "ALLOW_PRIVATE_ADDRESSES": "true",
        "SALEOR_CALLS_PER_MINUTE": "60000",
    }
    reward = {"id": "five", "name": "5 off", "kind": "MONEY_OFF", "points": 100,
              "money": {"USD": "5"}}  # fmt: skip
    document = Programme.model_validate({"rewards": [reward]})
    shop = make_shop(document, api_url=api_url, jwks=key.jwks)
    enrol(installation_id=shop.pk, saleor_user_ids=users, at=datetime.now(UTC))
    for user in users:
        give(member_key(shop.pk, user), 100)


class _Till:
    """Storefronts that redeem for their customers, each over a connection it keeps."""

    def __init__(self, port: int, api_url: str, key: SigningKey) -> None:
        self._port, self._api_url, self._key = port, api_url, key
        self._mine = local()

    def redeem(self, user: str, token: str) -> float:
        """Redeem for a customer; return how many milliseconds it took."""
        given = {"rewardId": "five", "checkoutId": checkout_of(user), "idempotencyKey": user}
        body = json.dumps({"query": _REDEEM, "variables": {"input": given}})
        headers = {"Content-Type": "application/json", "Saleor-Api-Url": self._api_url,
                   "Authorization-Bearer": token}  # fmt: skip
        connection = self._connection()
        started = time.perf_counter()
        connection.request("POST", "/graphql/", body, headers)
        answer = json.loads(connection.getresponse().read())
        ms = (time.perf_counter() - started) * 1000
        payload = answer["data"]["rewardRedeem"]
        assert payload["errors"] == [], answer
        assert payload["checkout"]["discount"]["amount"] == 5, answer
        return ms

    def _connection(self) -> HTTPConnection:
        if not hasattr(self._mine, "connection"):
            self._mine.connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        connection: HTTPConnection = self._mine.connection
        return connection

    def token(self, user: str) -> str:
        """Return what opens our API for a customer."""
        now = datetime.now(UTC)
        return self._key.token(
            iat=now, exp=now + timedelta(hours=1), iss=self._api_url, owner="saleor", token="x",
            user_id=user, email="somebody@example.com", is_staff=False, type="access",
        )  # fmt: skip


def _redeem_all(till: _Till, users: list[str]) -> list[float]:
    # Signed beforehand: that is Saleor's work, and takes as long as ours.
    tokens = [till.token(user) for user in users]
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(till.redeem, users, tokens))


def _waited(port: int) -> dict[str, float]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/waited")
    waited: dict[str, float] = json.loads(connection.getresponse().read())
    return waited
