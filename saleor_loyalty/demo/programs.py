"""The programs of the demo, as children of this process."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from saleor_loyalty.demo import DemoFailed

STOP_SECONDS_MAX = 15
LOG_LINES_SHOWN = 8


class Programs:
    """Starts programs, notices when one ends, and stops those that are left."""

    def __init__(self, environ: Mapping[str, str], logs: Path) -> None:
        """Take what every program gets; nothing starts yet."""
        self._environ, self._logs = dict(environ), logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(mode=0o700, exist_ok=True)

    def start(self, *words: str) -> None:
        """Start `saleor-loyalty` with `words`; what it says goes to a log of its own."""
        with self._log(words[0]).open("wb") as log:
            self._running[words[0]] = subprocess.Popen(  # noqa: S603 (our own words, no shell)
                [sys.executable, "-m", "saleor_loyalty.demo.child", *words],
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C in this terminal is for the demo, which stops them in order.
                start_new_session=True,
            )

    def check(self) -> None:
        """Make sure that all of them still run.

        :raises DemoFailed: with the last lines of the log of one that does not.
        """
        for name, program in self._running.items():
            if program.poll() is not None:
                lines = self._log(name).read_text(errors="replace").splitlines()
                last = "\n".join(lines[-LOG_LINES_SHOWN:])
                raise DemoFailed(f"{name} ended. The end of {self._log(name)}:\n{last}")

    def stop(self) -> None:
        """Ask all to stop, and make them after STOP_SECONDS_MAX."""
        for program in self._running.values():
            program.terminate()
        for program in self._running.values():
            try:
                program.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def __enter__(self) -> "Programs":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
