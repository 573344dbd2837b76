"""A whole deployment: our programs, on servers of its own that a test may stop hard."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet
from embedded.programs import Program, end_supervisor
from loyalty_processes import COMMAND, SECONDS_MAX, environment, free_port

POLL_SECONDS = 0.02


def eventually(what: str, happens: Callable[[], object], *, within_s: float = SECONDS_MAX) -> float:
    """Wait until something happens; return how many seconds that took."""
    started = time.monotonic()
    while not happens():
        waited = time.monotonic() - started
        assert waited < within_s, f"Not within {within_s} s: {what}"
        time.sleep(POLL_SECONDS)
    return time.monotonic() - started


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder for servers, which are all gone at the end."""
    # Not tmp_path: pytest closes its folders to all but root, and PostgreSQL is not run by root.
    path = Path(tempfile.mkdtemp(prefix="loyalty-test-"))
    try:
        yield path
    finally:
        end_supervisor(path)
        shutil.rmtree(path)


class Deployment:
    """The three programs as an operator starts them, each with a log of its own."""

    def __init__(self, data_dir: Path, logs: Path, **settings: str) -> None:
        self.data_dir, self.logs = data_dir, logs
        self._servers = Program(data_dir)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = {
            "DATABASE_URL": self._servers.answer["database_url"],
            "CELERY_BROKER_URL": self._servers.answer["broker_url"],
            "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "PROMETHEUS_MULTIPROC_DIR": str(logs / "metrics"),
            **settings,
        }
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def valkey_socket(self) -> str:
        """Where the broker listens."""
        return self._servers.valkey_socket

    def fetch(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the database itself."""
        return self._servers.query(sql, *parameters)

    def run(self, *words: str, stdin: str = "") -> str:
        """Run an operator's command, which must succeed; return what it says."""
        finished = subprocess.run(
            [*COMMAND, *words], capture_output=True, env=environment(**self.settings),
            input=stdin, text=True, timeout=SECONDS_MAX,
        )  # fmt: skip
        assert finished.returncode == 0, finished.stdout + finished.stderr
        return finished.stdout

    def start(self, name: str, *words: str, **settings: str) -> "subprocess.Popen[bytes]":
        """Start `saleor-loyalty NAME`; the web server answers when this returns."""
        if name == "serve":
            words = ("--port", str(self.port), *words)
        process = self.spawn(name, [*COMMAND, name, *words], settings)
        if name == "serve":
            eventually("the web server answers", lambda: self._answers(process))
        return process

    def spawn(
        self, name: str, command: list[str], settings: dict[str, str], *, stdout: int | None = None
    ) -> "subprocess.Popen[bytes]":
        """Start any program with the deployment's settings and more; what it says goes to a log."""
        name = f"{name}-{len(self._running)}"
        with (self.logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command, env=environment(**self.settings | settings),
                stdin=subprocess.PIPE, stdout=stdout or log, stderr=log,
            )  # fmt: skip
        return self._running[name]

    def cpu_seconds(self, name: str) -> float:
        """Return the processor time that a program and its children took so far."""
        pid = next(each.pid for key, each in self._running.items() if key.startswith(name))
        return sum(_cpu_seconds(each) for each in [pid, *children(pid)])

    def stop(self) -> None:
        """Stop all programs that still run, as an operator does."""
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(SECONDS_MAX)
            finally:
                process.kill()
                process.communicate(timeout=SECONDS_MAX)
        self._running.clear()

    def __enter__(self) -> "Deployment":
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop the programs; the servers end with their folder."""
        try:
            self.stop()
        finally:
            self._servers.end(signal.SIGKILL)

    def _answers(self, process: "subprocess.Popen[bytes]") -> bool:
        assert process.poll() is None, self.said_by("serve")
        try:
            return httpx.get(f"{self.url}/health/live", timeout=5).is_success
        except httpx.TransportError:
            return False

    def said_by(self, name: str) -> str:
        """Return what programs of this name said so far."""
        logs = sorted(self.logs.glob(f"{name}-*.log"))
        return "\n".join(log.read_text(errors="replace") for log in logs)


def migrated(data_dir: Path) -> Path:
    """Make servers with our tables in an empty folder, so that copies of it start at once."""
    finished = subprocess.run(
        [*COMMAND, "migrate", "--verbosity", "0"],
        capture_output=True, env=environment(SALEOR_LOYALTY_DATA_DIR=str(data_dir)), text=True,
        timeout=SECONDS_MAX,
    )  # fmt: skip
    assert finished.returncode == 0, finished.stderr
    end_supervisor(data_dir)
    return data_dir


def copy_of(data_dir: Path, to: Path) -> Path:
    """Copy the folder of servers that do not run."""
    subprocess.run(["cp", "-a", f"{data_dir}/.", to], check=True)
    return to


def children(pid: int) -> list[int]:
    """Return the processes that a process of ours has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def kill(*pids: int) -> None:
    """End processes at once, wherever they are."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
