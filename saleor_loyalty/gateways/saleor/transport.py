"""One HTTP exchange with a shop: bounded in time, size, speed and number of attempts."""

import functools
import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx
from django.conf import settings

from saleor_loyalty.gateways.saleor.addresses import CheckedNetwork
from saleor_loyalty.gateways.saleor.failures import (
    ForbiddenAddress,
    SaleorRefused,
    SaleorUnavailable,
)
from saleor_loyalty.gateways.saleor.limiter import Limiter

ANSWER_BYTES_MAX = 16 * 1024 * 1024
ATTEMPTS_MAX = 3
CONNECT_TIMEOUT_S = 2.0
CONNECTIONS_MAX = 100
PAUSE_S = 0.2

_limiter = Limiter()


@dataclass(frozen=True, slots=True)
class Request:
    """What to send. The secret parts stay out of its repr."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer with a status below 500."""

    status: int
    body: bytes


def send(request: Request, *, is_repeatable: bool, within_s: float) -> Answer:
    """Exchange `request`, again after transient trouble if it is repeatable.

    `within_s` bounds the whole of it in seconds, pauses included.

    :raises SaleorUnavailable: if no attempt had an answer.
    :raises SaleorRefused: if the answer was a redirect, or the address is forbidden.
    """
    deadline = time.monotonic() + within_s
    for attempt in range(1, ATTEMPTS_MAX + 1):
        try:
            return _attempt(request, deadline)
        except SaleorUnavailable:
            pause_s = PAUSE_S * 2**attempt * random.uniform(0.5, 1)  # noqa: S311 (no secret)
            is_last = attempt == ATTEMPTS_MAX or time.monotonic() + pause_s >= deadline
            if is_last or not is_repeatable:
                raise
        time.sleep(pause_s)
    raise AssertionError("the last attempt returns or raises")


def _attempt(request: Request, deadline: float) -> Answer:
    _wait_for_turn(request)
    remaining_s = deadline - time.monotonic()
    if remaining_s <= 0:
        raise SaleorUnavailable("There was no time left to ask Saleor.")
    try:
        answer = _exchange(request, remaining_s, deadline)
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise SaleorUnavailable(f"Saleor was not reached: {type(error).__name__}.") from error
    if answer.status >= 500 or answer.status == 429:
        raise SaleorUnavailable(f"Saleor answered with status {answer.status}.")
    if 300 <= answer.status < 400:
        # Never followed: the checks of the address would have to be made again.
        raise SaleorRefused("Saleor's address redirects elsewhere.", "REDIRECT")
    return answer


def _wait_for_turn(request: Request) -> None:
    url = urlsplit(request.url)
    if url.scheme != "https" and not settings.ALLOW_PRIVATE_ADDRESSES:
        raise ForbiddenAddress(
            "Saleor must be asked over https. Set ALLOW_PRIVATE_ADDRESSES=true if your Saleor runs"
            " in a private network."
        )
    delay_s = _limiter.delay_s(
        url.netloc, calls_per_minute=settings.SALEOR_CALLS_PER_MINUTE, now=time.monotonic()
    )
    if delay_s:
        time.sleep(delay_s)


def _exchange(request: Request, timeout_s: float, deadline: float) -> Answer:
    with _client().stream(
        request.method,
        request.url,
        # Compressed answers could grow without measure.
        headers={**request.headers, "Accept-Encoding": "identity"},
        content=request.body,
        timeout=httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s)),
    ) as response:
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise SaleorRefused("Saleor's answer is compressed, unasked.", "ANSWER_COMPRESSED")
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > ANSWER_BYTES_MAX:
                raise SaleorRefused("Saleor's answer is too large.", "ANSWER_TOO_LARGE")
            # httpx bounds the wait for each piece only.
            if time.monotonic() > deadline:
                raise SaleorUnavailable("Saleor's answer did not arrive in time.")
        return Answer(response.status_code, bytes(body))


class _CheckedTransport(httpx.HTTPTransport):
    """httpx's transport, with a network that connects to permitted addresses only."""

    def __init__(self) -> None:
        super().__init__()
        # httpx has no parameter for the network; a test proves that this one is used.
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=CONNECTIONS_MAX,
            keepalive_expiry=30,
            network_backend=CheckedNetwork(),
        )


@functools.cache
def _client() -> httpx.Client:
    options: dict[str, Any] = {"follow_redirects": False, "trust_env": False}
    return httpx.Client(transport=_CheckedTransport(), **options)


# Two processes must not talk over one connection.
os.register_at_fork(after_in_child=_client.cache_clear)
