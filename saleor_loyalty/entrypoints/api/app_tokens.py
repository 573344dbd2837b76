"""Whose the token of an app is: asked of the shop, and remembered for a moment.

Such a token says nothing by itself, so anybody can send something that looks like one. What that
costs the shop is limited: by its shape, by what we remember, and by turns for tokens never seen to
be good. Tokens that were good once need no turn, so that strangers cannot use up what apps need.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from threading import Lock
from typing import Generic, TypeVar
from uuid import UUID

from django.conf import settings

from saleor_loyalty.gateways.saleor.client import Connection, SaleorUnavailable
from saleor_loyalty.gateways.saleor.people import CallingApp, calling_app
from saleor_loyalty.installations.queries import Shop

Told = TypeVar("Told")

# An app that was switched off, or lost a permission, is heard no longer than this.
BELIEVED_S = 60
# An app that was just switched on waits no longer than this.
REFUSED_S = 10
REMEMBERED_MAX = 10_000
ASK_TIMEOUT_S = 3.0
# How long a request waits for another one that asks about the same token.
WAIT_S_MAX = 2.0
#: Of each shop, in each minute, by each process; never more than a tenth of all our calls.
STRANGERS_PER_MINUTE = 10
# Saleor makes them of 30 letters and digits; a JWT has dots.
_TOKEN = re.compile(r"[A-Za-z0-9]{24,128}")


@dataclass(frozen=True, slots=True)
class _Memory(Generic[Told]):
    """The last answers about tokens, by hash, and when they were asked for."""

    answers: dict[bytes, tuple[Told, float]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def get(self, digest: bytes, *, now: float, seconds: float) -> Told | None:
        """Return the answer, unless it is older than so many seconds."""
        told, asked_at = self.answers.get(digest, (None, now))
        # Requests overlap, and clocks are set back: neither may make an answer last longer.
        return told if abs(now - asked_at) <= seconds else None

    def put(self, digest: bytes, told: Told, *, now: float) -> None:
        """Remember an answer, and forget the one that was asked for longest ago."""
        with self.lock:
            self.answers.pop(digest, None)
            self.answers[digest] = told, now
            if len(self.answers) > REMEMBERED_MAX:
                del self.answers[next(iter(self.answers))]

    def drop(self, digest: bytes) -> None:
        """Forget an answer."""
        with self.lock:
            self.answers.pop(digest, None)


class _Turns:
    """Counts the unknown tokens that each shop is asked about, from minute to minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._taken: Counter[UUID] = Counter()
        self._lock = Lock()

    def take(self, shop_id: UUID, *, now: float) -> None:
        """Take a turn.

        :raises SaleorUnavailable: if the shop has none left in this minute.
        """
        most = min(STRANGERS_PER_MINUTE, max(settings.SALEOR_CALLS_PER_MINUTE // 10, 1))
        with self._lock:
            if self._minute != int(now // 60):
                self._minute = int(now // 60)
                self._taken.clear()
            if self._taken[shop_id] >= most:
                raise SaleorUnavailable("The shop was asked about enough unknown tokens.")
            self._taken[shop_id] += 1


# What is good is kept beyond BELIEVED_S: it is asked about again, but is no stranger.
_good: _Memory[CallingApp] = _Memory()
_bad: _Memory[bool] = _Memory()
_turns = _Turns()
# One request asks, those beside it wait for its answer; tokens seldom share a lock.
_asking = tuple(Lock() for _ in range(64))


def looks_like_one(token: str) -> bool:
    """Tell whether the token could be an app's."""
    return _TOKEN.fullmatch(token) is not None


def app_of(token: str, shop: Shop, *, at: datetime) -> CallingApp | None:
    """Return the app whose token this is, as it was at most BELIEVED_S ago; None if it is no app's.

    :raises SaleorUnavailable: if the shop had to be asked, and was not, or did not answer.
    """
    digest, now = sha256(f"{shop.id} {token}".encode()).digest(), at.timestamp()
    if _is_remembered(digest, now=now):
        return _good.get(digest, now=now, seconds=BELIEVED_S)
    if digest not in _good.answers:
        # Before waiting too: strangers must not fill our threads.
        _turns.take(shop.id, now=now)
    with _one_at_a_time(digest):
        if not _is_remembered(digest, now=now):
            _ask(Connection(shop.api_url, token), digest, now=now)
    return _good.get(digest, now=now, seconds=BELIEVED_S)


def _is_remembered(digest: bytes, *, now: float) -> bool:
    is_good = _good.get(digest, now=now, seconds=BELIEVED_S) is not None
    return is_good or _bad.get(digest, now=now, seconds=REFUSED_S) is not None


def _ask(connection: Connection, digest: bytes, *, now: float) -> None:
    app = calling_app(connection, within_s=ASK_TIMEOUT_S)
    if app is None:
        _good.drop(digest)
        _bad.put(digest, True, now=now)
    else:
        _bad.drop(digest)
        _good.put(digest, app, now=now)


@contextmanager
def _one_at_a_time(digest: bytes) -> Iterator[None]:
    lock = _asking[digest[0] % len(_asking)]
    if not lock.acquire(timeout=WAIT_S_MAX):
        raise SaleorUnavailable("The shop is slow to say whose a token is.")
    try:
        yield
    finally:
        lock.release()
