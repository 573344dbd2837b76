"""Programs that use the embedded servers, each a process of its own as in real life."""

import fcntl
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

PROGRAM = """
import dataclasses, json, os, subprocess, sys
from pathlib import Path
from saleor_loyalty.embedded import EmbeddedError, ensure_running
options = json.loads(sys.argv[2])
children = options.pop("children", [])
try:
    servers = dataclasses.asdict(ensure_running(Path(sys.argv[1]), **options))
except EmbeddedError as error:
    servers = {type(error).__name__: str(error)}
if "forked" in children and os.fork() == 0:
    import time; time.sleep(3); os._exit(0)
if "executed" in children:
    subprocess.Popen(["sleep", "9"], stdin=-3, stdout=-3, start_new_session=True)
print(json.dumps(servers, default=str), flush=True)
sys.stdin.read()
"""
REPOSITORY = Path(__file__).parents[2]
PATIENCE_SECONDS = 15


class Program:
    """A program that calls `ensure_running` and then works until it is ended."""

    def __init__(self, data_dir: Path, *, search: Path | None = None, **options: object) -> None:
        search_path = [search, REPOSITORY, os.environ.get("PYTHONPATH")]
        self.data_dir = data_dir
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(data_dir), json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(str(path) for path in search_path if path),
            },
        )
        self._answer: dict[str, str] | None = None

    @property
    def answer(self) -> dict[str, str]:
        if self._answer is None:
            assert self.process.stdout
            self._answer = json.loads(self.process.stdout.readline())
        return self._answer

    def query(self, sql: str, *parameters: object) -> list[tuple[object, ...]]:
        with psycopg.connect(self.answer["database_url"], autocommit=True) as connection:
            cursor = connection.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []

    @property
    def valkey_socket(self) -> str:
        return self.answer["broker_url"].removeprefix("redis+socket://").split("?")[0]

    def finish(self) -> None:
        """End as a program does whose work is done."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(PATIENCE_SECONDS)
        self.process.stdout.close()

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        self.finish()


def end_supervisor(data_dir: Path) -> None:
    lock = data_dir / "supervisor.lock"
    if lock.exists() and not is_free(lock):
        os.kill(pid_of("supervisor", data_dir), signal.SIGTERM)
    for name in ("supervisor", "postgres", "valkey"):
        eventually(lambda path=data_dir / f"{name}.lock": not path.exists() or is_free(path))


def is_free(lock: Path) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def is_down(name: str, data_dir: Path) -> bool:
    """Whether no process of that server or supervisor is left."""
    return is_free(data_dir / f"{name}.lock")


def pid_of(name: str, data_dir: Path) -> int:
    return int((data_dir / f"{name}.lock").read_text())


def eventually(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happens():
        assert time.monotonic() < deadline, "It did not happen in time."
        time.sleep(0.05)


def servers_user(data_dir: Path) -> pwd.struct_passwd:
    return pwd.getpwuid((data_dir / "postgres").stat().st_uid)
