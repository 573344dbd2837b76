"""Our web server in processes of its own, started as an operator starts it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from saleor_loyalty.processes import THREADS

WORKERS = min(os.cpu_count() or 1, 4)
_START_SECONDS_MAX = 30
_TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Server:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu_seconds(self) -> float:
        """Return the processor time its processes took so far (0 where Linux is not)."""
        return sum(_cpu_seconds(pid) for pid in [self.process.pid, *_children(self.process.pid)])


@contextmanager
def ours() -> Iterator[Server]:
    """Run `saleor-loyalty serve`."""
    words = ["-m", "saleor_loyalty", "serve", "--workers", str(WORKERS), "--port"]
    with _running(words) as server:
        yield server


@contextmanager
def comparison() -> Iterator[Server]:
    """Run the application of comparison.py in the same way."""
    words = [
        "-m", "granian", "--interface", "wsgi", "--workers", str(WORKERS), "--no-ws",
        "--blocking-threads", str(THREADS), "--log-level", "warning",
        "benchmarks.comparison:application", "--port",
    ]  # fmt: skip
    with _running(words) as server:
        yield server


@contextmanager
def _running(words: Sequence[str]) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(_TESTS), "LOG_LEVEL": "WARNING"}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, *words, str(port)], env=environment, stdout=log, stderr=log
        )
        try:
            if not _answers(process, port):
                log.seek(0)
                raise RuntimeError(f"The server did not start:\n{log.read().decode()}")
            yield Server(process, port)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
                if connection.recv(4096).startswith(b"HTTP/1.1 200"):
                    return True
        except OSError:
            pass
        time.sleep(0.1)
    return False


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
