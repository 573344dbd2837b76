"""Valkey, reachable by its socket only, keeping its queue through restarts."""

import signal
import socket
from pathlib import Path

from saleor_loyalty.embedded import binaries
from saleor_loyalty.embedded.processes import Server

PING_SECONDS_MAX = 2


class Valkey(Server):
    """The broker. What it holds is a wake-up call, so losing its last second is harmless."""

    name = "valkey"
    stop_signal = signal.SIGTERM

    @property
    def url(self) -> str:
        """Where programs reach the broker; Celery understands it."""
        return f"redis+socket://{self._socket}?virtual_host=0"

    @property
    def _socket(self) -> Path:
        return self.folder.server_sockets / "valkey.sock"

    def start(self, *, deadline: float) -> None:
        """Start Valkey with the queue of last time.

        :raises EmbeddedServersMissing: if Valkey's program is not installed.
        :raises EmbeddedServerFailed: if it does not answer until `deadline` (monotonic).
        """
        program, _ = binaries.runnable(binaries.VALKEY, self.folder)
        with self.alone(deadline=deadline) as lock:
            self.folder.give(self.folder.server_sockets)
            self._socket.unlink(missing_ok=True)
            self.launch([program, *self._options()], lock=lock)
        self.wait_until(self._answers, deadline=deadline)

    def _options(self) -> list[str]:
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.folder.give(self.folder.path / "valkey")),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "logfile": "",
        }
        return [word for name, value in settings.items() for word in (f"--{name}", value)]

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PING_SECONDS_MAX)
            try:
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
            except OSError:
                return False
