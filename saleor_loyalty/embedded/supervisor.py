"""The process that keeps the servers running for as long as a program is connected to it.

Started as `python -m saleor_loyalty.embedded.supervisor DATA_DIR`. It returns as soon as a
supervisor listens in DATA_DIR, which stays behind in the background.
"""

import json
import logging
import math
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from saleor_loyalty.embedded.failures import EmbeddedError, EmbeddedServerFailed
from saleor_loyalty.embedded.folder import DataFolder, open_folder
from saleor_loyalty.embedded.locks import locked, sign
from saleor_loyalty.embedded.postgres import Postgres
from saleor_loyalty.embedded.processes import STOP_SECONDS_MAX, Server, bound_log
from saleor_loyalty.embedded.valkey import Valkey

TICK_SECONDS = 0.5
FIRST_CLIENT_SECONDS_MAX = 10
LINGER_SECONDS = 1
REQUEST_SECONDS_MAX = 5
REQUEST_BYTES_MAX = 4096
RESTARTS_MAX = 3  # in a row, each soon after the one before
RESTARTS_FORGOTTEN_SECONDS = 60
RESTART_SECONDS_MAX = 60
CLIENTS_WAITING_MAX = 64

log = logging.getLogger("saleor_loyalty.embedded.supervisor")


class Supervisor:
    """Serves programs one after the other: starts what they ask for, notices when they are gone."""

    def __init__(self, folder: DataFolder, listener: socket.socket) -> None:
        """Take the servers of `folder` in charge; none starts before a program asks."""
        self._servers: dict[str, Server] = {
            server.name: server for server in (Postgres(folder), Valkey(folder))
        }
        self._listener = listener
        self._clients: set[socket.socket] = set()
        self._alone_until = time.monotonic() + FIRST_CLIENT_SECONDS_MAX
        self._restarts = 0
        self._restarted_at = -math.inf
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)

    def run(self) -> None:
        """Work until the last program has gone, then stop the servers."""
        try:
            while self._clients or time.monotonic() < self._alone_until:
                self._step()
        finally:
            self._stop()

    def _step(self) -> None:
        for key, _ in self._selector.select(TICK_SECONDS):
            if key.fileobj is self._listener:
                self._welcome()
            else:
                assert isinstance(key.fileobj, socket.socket)
                self._read(key.fileobj)
        for server in self._servers.values():
            bound_log(server.log)
            if server.has_died:
                self._restart(server)

    def _welcome(self) -> None:
        client, _ = self._listener.accept()
        client.settimeout(REQUEST_SECONDS_MAX)
        self._clients.add(client)
        self._selector.register(client, selectors.EVENT_READ)

    def _read(self, client: socket.socket) -> None:
        try:
            request = client.recv(REQUEST_BYTES_MAX)
            if request:
                answer = self._answer(json.loads(request))
                client.sendall(json.dumps(answer).encode() + b"\n")
                return
        except (OSError, ValueError, KeyError):
            log.exception("A program went away while it was being answered.")
        self._forget(client)

    def _forget(self, client: socket.socket) -> None:
        self._selector.unregister(client)
        self._clients.remove(client)
        client.close()
        self._alone_until = time.monotonic() + LINGER_SECONDS

    def _answer(self, request: dict[str, object]) -> dict[str, object]:
        deadline = time.monotonic() + float(str(request["timeout_s"]))
        wanted = [server for name, server in self._servers.items() if request.get(name)]
        try:
            for server in wanted:
                if not server.is_running:
                    _start(server, deadline=deadline)
        except EmbeddedError as error:
            return {"error": str(error)}
        return {server.name: server.url for server in wanted}

    def _restart(self, server: Server) -> None:
        log.error("%s ended unexpectedly.", server.name)
        is_first = time.monotonic() - self._restarted_at > RESTARTS_FORGOTTEN_SECONDS
        self._restarts = 1 if is_first else self._restarts + 1
        self._restarted_at = time.monotonic()
        if self._restarts > RESTARTS_MAX:
            raise server.failed("ended too often")
        _start(server, deadline=time.monotonic() + RESTART_SECONDS_MAX)

    def _stop(self) -> None:
        # Programs that come now are refused and start the next supervisor, which waits for us.
        self._listener.close()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        for server in self._servers.values():
            server.ask_to_stop()
        for server in self._servers.values():
            server.stop()


def _start(server: Server, *, deadline: float) -> None:
    try:
        server.start(deadline=deadline)
    except OSError as error:
        server.stop()
        raise server.failed(f"could not start: {error}") from error
    except BaseException:
        server.stop()
        raise
    log.info("%s is running.", server.name)


def supervise(folder: DataFolder, *, ready: int) -> None:
    """Keep the servers of `folder`, unless another process already does.

    Writes a byte to the file descriptor `ready` and closes it once a supervisor listens.

    :raises EmbeddedServerFailed: if another supervisor neither listens nor ends.
    """
    deadline = time.monotonic() + STOP_SECONDS_MAX + REQUEST_SECONDS_MAX
    try:
        with locked(
            folder.path / "supervisor.lock",
            deadline=deadline,
            while_waiting=lambda: _leave_to_another(folder),
        ) as lock:
            sign(lock, os.getpid())
            with _listening(folder.control_socket) as listener:
                _tell(ready)
                Supervisor(folder, listener).run()
    except AnotherListens:
        _tell(ready)


class AnotherListens(Exception):
    """Another supervisor is at work in the same data folder."""


def _leave_to_another(folder: DataFolder) -> None:
    with socket.socket(socket.AF_UNIX) as probe:
        if probe.connect_ex(str(folder.control_socket)) == 0:
            raise AnotherListens


@contextmanager
def _listening(path: Path) -> Iterator[socket.socket]:
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(CLIENTS_WAITING_MAX)
        yield listener


def _tell(ready: int) -> None:
    os.write(ready, b"1")
    os.close(ready)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main(data_dir: Path) -> int:
    """Leave a supervisor in the background; return 0 once one listens, 1 if none does."""
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s")
    answer, ready = os.pipe()
    if os.fork():
        os.close(ready)
        return 0 if os.read(answer, 1) else 1
    os.close(answer)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        supervise(open_folder(data_dir), ready=ready)
    except EmbeddedServerFailed as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
