"""Load over HTTP: requests made beforehand, sent over many kept connections by one cheap loop."""

import selectors
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

_RECEIVE_MAX = 65_536
_STALLED_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it."""

    seconds: float
    failed: int
    latencies_ms: list[float]

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies_ms) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """Return the time within which so many of a hundred answers came."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


def send(
    port: int,
    requests: Sequence[bytes],
    *,
    clients: int,
    seconds: float,
    per_second: float | None = None,
) -> Load:
    """Send the requests, each once, until they or the seconds are over.

    Without `per_second` each client sends its next request as soon as it has its answer. With it,
    requests fall due at that rate, and the time a request waits for a free client counts.
    """
    loop = _Loop(deque(requests), per_second, seconds)
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(clients)]
    try:
        return loop.run(connections)
    finally:
        for connection in connections:
            connection.close()


@dataclass
class _Loop:
    waiting: deque[bytes]
    per_second: float | None
    seconds: float
    started: float = 0.0
    sent: int = 0
    failed: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    idle: deque[socket.socket] = field(default_factory=deque)
    busy: dict[socket.socket, float] = field(default_factory=dict)

    def run(self, connections: Sequence[socket.socket]) -> Load:
        self.idle.extend(connections)
        self.started = time.perf_counter()
        with selectors.DefaultSelector() as selector:
            for connection in connections:
                selector.register(connection, selectors.EVENT_READ)
            while self._send_due() or self.busy:
                ready = selector.select(self._wait())
                if not ready and self.per_second is None:
                    raise TimeoutError("the server stopped answering")
                for key, _ in ready:
                    self._receive(key.fileobj)  # type: ignore[arg-type]
        return Load(time.perf_counter() - self.started, self.failed, self.latencies_ms)

    def _send_due(self) -> bool:
        """Send what is due; tell whether anything is left to send."""
        now = time.perf_counter()
        if now - self.started > self.seconds:
            return False
        while self.idle and self.waiting and (due := self._due(now)) <= now:
            connection = self.idle.popleft()
            connection.sendall(self.waiting.popleft())
            self.busy[connection] = due
            self.sent += 1
        return bool(self.waiting)

    def _due(self, now: float) -> float:
        return now if self.per_second is None else self.started + self.sent / self.per_second

    def _wait(self) -> float:
        if self.per_second is None or not self.idle:
            return _STALLED_SECONDS
        return min(max(0.0, self._due(0.0) - time.perf_counter()), 0.1)

    def _receive(self, connection: socket.socket) -> None:
        answer = connection.recv(_RECEIVE_MAX)
        while not _is_whole(answer):
            answer += connection.recv(_RECEIVE_MAX)
        self.latencies_ms.append((time.perf_counter() - self.busy.pop(connection)) * 1000)
        self.failed += not answer.startswith(b"HTTP/1.1 200")
        self.idle.append(connection)


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    if b"chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
    return bool(end) and len(body) >= length
