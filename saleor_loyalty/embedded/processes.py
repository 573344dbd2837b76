"""One server's process: started alone, logged within bounds, never outliving its supervisor."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from saleor_loyalty.embedded.failures import EmbeddedServerFailed
from saleor_loyalty.embedded.folder import DataFolder
from saleor_loyalty.embedded.locks import POLL_SECONDS, holder_pid, locked, sign

LOG_BYTES_MAX = 4_000_000
LOG_LINES_SHOWN = 12
STOP_SECONDS_MAX = 30
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Server(ABC):
    """A server that runs in the foreground, as a child of this process."""

    name: str
    stop_signal: signal.Signals

    def __init__(self, folder: DataFolder) -> None:
        """Prepare a server in `folder`; nothing starts yet."""
        self.folder = folder
        self.log = folder.path / f"{self.name}.log"
        self._log_start_bytes = 0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where programs reach the server."""

    @abstractmethod
    def start(self, *, deadline: float) -> None:
        """Start the server and return when it answers, at `deadline` (monotonic) at the latest.

        :raises EmbeddedServerFailed: if it does not answer.
        """

    @property
    def is_running(self) -> bool:
        """Whether the process that was started still runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def has_died(self) -> bool:
        """Whether the process ended without having been stopped."""
        return self._process is not None and self._process.poll() is not None

    def ask_to_stop(self) -> None:
        """Begin a clean stop, without waiting for it."""
        if self._process and self.is_running:
            self._process.send_signal(self.stop_signal)

    def stop(self) -> None:
        """Stop cleanly, by force after STOP_SECONDS_MAX. Nothing happens if it is not running."""
        self.ask_to_stop()
        if self._process:
            try:
                self._process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    @contextmanager
    def alone(self, *, deadline: float) -> Iterator[int]:
        """Hold the lock that this server's processes inherit, so that no other one is left.

        With the lock in hand, whatever an earlier server left behind is surely stale.
        """
        path = self.folder.path / f"{self.name}.lock"
        with locked(path, deadline=deadline, while_waiting=lambda: self._end_orphan(path)) as lock:
            yield lock

    def _end_orphan(self, path: Path) -> None:
        # Where a server cannot be told to die with its supervisor, the next start ends it. The
        # lock is held, hence the process that signed it, or a child of it, is still there.
        if pid := holder_pid(path):
            with suppress(ProcessLookupError):
                os.kill(pid, self.stop_signal)

    def launch(self, command: Sequence[str | Path], *, lock: int) -> None:
        """Start `command` as the servers' user, writing to the server's log."""
        self._log_start_bytes = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 (our own words, no shell)
                command,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
                preexec_fn=_die_with(os.getpid(), self.stop_signal),
                **self.folder.account.identity(),
            )
        sign(lock, self._process.pid)

    def finish(self, *, deadline: float) -> None:
        """Wait for the command that was launched to end well.

        :raises EmbeddedServerFailed: if it fails or is not done at `deadline`.
        """
        assert self._process
        try:
            code = self._process.wait(max(0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired as error:
            self.stop()
            raise self.failed("was not set up in time") from error
        if code:
            raise self.failed("could not be set up")
        self._process = None

    def wait_until(self, answers: Callable[[], bool], *, deadline: float) -> None:
        """Wait for the server's first answer.

        :raises EmbeddedServerFailed: if it ends before, or does not answer until `deadline`.
        """
        while not answers():
            if not self.is_running:
                raise self.failed("stopped while starting")
            if time.monotonic() >= deadline:
                raise self.failed("did not answer in time")
            time.sleep(POLL_SECONDS)

    def failed(self, what: str) -> EmbeddedServerFailed:
        """Describe a failure with the last lines of the server's log."""
        lines = last_lines(self.log, since_bytes=self._log_start_bytes)
        return EmbeddedServerFailed(f"{self.name} {what}. The end of {self.log}:\n{lines}")


def bound_log(log: Path) -> None:
    """Keep `log` and one older part below about LOG_BYTES_MAX each, while others append to it."""
    if log.exists() and log.stat().st_size > LOG_BYTES_MAX:
        # Writers hold the file open for appending, so it is emptied and not replaced.
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)


def last_lines(log: Path, *, since_bytes: int) -> str:
    """Return the last lines written to `log` after its first `since_bytes` bytes."""
    if not log.exists():
        return "(nothing)"
    written = log.read_bytes()[since_bytes:].decode(errors="replace").splitlines()
    return "\n".join(written[-LOG_LINES_SHOWN:]) or "(nothing)"


def _die_with(parent: int, stop_signal: signal.Signals) -> Callable[[], None] | None:
    if LIBC is None:
        return None
    prctl = LIBC.prctl

    def before_the_program() -> None:
        prctl(PR_SET_PDEATHSIG, int(stop_signal))
        # The parent may have died just before we asked to be told.
        if os.getppid() != parent:
            os._exit(1)

    return before_the_program
