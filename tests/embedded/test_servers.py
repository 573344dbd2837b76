"""What a program gets: a database and a broker that remember, shared with other programs."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis
from embedded.programs import Program, end_supervisor, eventually, is_down, pid_of, servers_user
from kombu import Connection

Start = Callable[..., Program]

TASKS = """
import os
from celery import Celery
app = Celery(broker=os.environ["BROKER"], backend=None)
app.conf.broker_connection_retry_on_startup = True
@app.task(name="leave_a_mark")
def leave_a_mark(path):
    open(path, "w").close()
"""


def test_a_first_start_makes_our_database_for_a_role_without_power(running: Program) -> None:
    assert running.query(
        "SELECT current_database(), current_user, rolsuper, pg_encoding_to_char(encoding),"
        " datlocale, current_setting('timezone'), current_setting('fsync')"
        " FROM pg_roles, pg_database WHERE rolname = current_user AND datname = 'loyalty'"
    ) == [("loyalty", "loyalty", False, "UTF8", "C.UTF-8", "UTC", "on")]


def test_the_tools_of_postgresql_are_where_it_says(running: Program) -> None:
    answer = running.answer
    psql = Path(answer["postgres_bin"]) / "psql"
    asked = [psql, answer["database_url"], "-Atc", "SELECT 6 * 7"]

    assert subprocess.check_output(asked, text=True).strip() == "42"


def test_a_celery_worker_runs_what_was_sent_to_the_broker(running: Program, tmp_path: Path) -> None:
    url = running.answer["broker_url"]
    (tmp_path / "tasks.py").write_text(TASKS)
    mark = tmp_path / "mark"
    command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "-P", "solo", "-l", "ERROR"]
    command += ["--without-gossip", "--without-mingle"]
    # Celery itself reads the second one, and would take another broker's tasks.
    environ = {**os.environ, "BROKER": url, "CELERY_BROKER_URL": url}

    worker = subprocess.Popen(command, cwd=tmp_path, env=environ)
    try:
        send = "import sys, tasks; tasks.leave_a_mark.delay(sys.argv[1])"
        subprocess.run(
            [sys.executable, "-c", send, mark],
            check=True,
            cwd=tmp_path,
            env=environ,
        )
        eventually(mark.exists)
    finally:
        worker.kill()
        worker.wait()


def test_both_servers_remember_after_a_restart(start: Start, data_dir: Path) -> None:
    first = start()
    first.query("CREATE TABLE kept AS SELECT 7 AS points")
    with Connection(first.answer["broker_url"]) as broker, broker.SimpleQueue("work") as queue:
        queue.put({"points": 7})
    end_supervisor(data_dir)

    second = start()

    assert second.query("SELECT points FROM kept") == [(7,)]
    with Connection(second.answer["broker_url"]) as broker, broker.SimpleQueue("work") as queue:
        message = queue.get(timeout=5)
        message.ack()
        assert message.payload == {"points": 7}


def test_programs_share_the_same_servers(running: Program) -> None:
    names = ("supervisor", "postgres", "valkey")
    pids = [pid_of(name, running.data_dir) for name in names]
    second = Program(running.data_dir)

    assert second.answer == running.answer
    assert [pid_of(name, running.data_dir) for name in names] == pids
    second.finish()


def test_programs_that_start_at_once_end_with_one_supervisor(start: Start, empty_dir: Path) -> None:
    programs = [start(empty_dir) for _ in range(4)]

    addresses = {program.answer["database_url"] for program in programs}

    assert len(addresses) == 1
    log = (empty_dir / "supervisor.log").read_text()
    assert log.count("postgres is running") == 1
    assert log.count("valkey is running") == 1


def test_a_program_that_comes_as_the_last_one_leaves_is_served(start: Start) -> None:
    start().answer  # noqa: B018 (wait for the answer)
    for wait_s in (0.0, 0.9, 1.1):
        leaving = start()
        leaving.answer  # noqa: B018 (wait for the answer)
        leaving.end(signal.SIGKILL)
        time.sleep(wait_s)

        assert start().query("SELECT 1") == [(1,)]


def test_only_the_servers_asked_for_are_started(start: Start, empty_dir: Path) -> None:
    assert start(empty_dir, postgres=False).answer["database_url"] == ""
    assert not (empty_dir / "postgres").exists()
    assert not is_down("valkey", empty_dir)

    second = start(empty_dir, valkey=False)

    assert second.answer["broker_url"] == ""
    assert second.query("SELECT 1") == [(1,)]


@pytest.mark.parametrize("name", ["long" * 30, "spaced out, & 100% odd?"])
def test_a_path_unfit_for_sockets_moves_them_elsewhere(
    start: Start, empty_dir: Path, name: str
) -> None:
    empty_dir.chmod(0o711)
    program = start(empty_dir / name)

    assert program.query("SELECT 1") == [(1,)]
    with Connection(program.answer["broker_url"]) as broker:
        broker.ensure_connection(max_retries=1, timeout=5)
    sockets = Path((empty_dir / name / "sockets").read_text())
    assert sockets.stat().st_mode & 0o067 == 0
    assert start(empty_dir / name).answer == program.answer
    end_supervisor(empty_dir / name)
    sockets.joinpath("control.sock").unlink()
    sockets.joinpath("run").rmdir()
    sockets.rmdir()


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_server_that_dies_is_started_again(start: Start, data_dir: Path, name: str) -> None:
    program = start()
    program.query("CREATE TABLE kept AS SELECT 7 AS points")
    died = pid_of(name, data_dir)

    os.kill(died, signal.SIGKILL)

    eventually(lambda: pid_of(name, data_dir) != died and _answers(program))
    assert program.query("SELECT points FROM kept") == [(7,)]


def _answers(program: Program) -> bool:
    try:
        with redis.Redis(unix_socket_path=program.valkey_socket) as broker:
            broker.ping()
        program.query("SELECT 1")
    except (psycopg.OperationalError, redis.ConnectionError):
        return False
    return True


def test_what_a_power_cut_leaves_behind_does_not_prevent_the_start(
    start: Start, data_dir: Path
) -> None:
    program = start()
    program.query("CREATE TABLE kept AS SELECT 7 AS points")
    leftover = (data_dir / "postgres" / "postmaster.pid").read_text()
    for name in ("supervisor", "postgres", "valkey"):
        os.kill(pid_of(name, data_dir), signal.SIGKILL)
    program.finish()
    user = servers_user(data_dir)
    # Another process of the same user got PostgreSQL's old number.
    as_user = {"user": user.pw_uid} if user.pw_uid != os.geteuid() else {}
    innocent = subprocess.Popen(["sleep", "60"], **as_user)
    pid_and_rest = leftover.replace(leftover.split("\n")[0], str(innocent.pid), 1)
    (data_dir / "postgres" / "postmaster.pid").write_text(pid_and_rest)
    os.chown(data_dir / "postgres" / "postmaster.pid", user.pw_uid, user.pw_gid)

    try:
        assert start().query("SELECT points FROM kept") == [(7,)]
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_setting_up_cut_short_is_begun_again(start: Start, empty_dir: Path) -> None:
    cut_short = start(empty_dir)
    eventually((empty_dir / "postgres.unfinished").exists)
    os.kill(pid_of("supervisor", empty_dir), signal.SIGKILL)
    cut_short.end(signal.SIGKILL)

    assert start(empty_dir).query("SELECT 1") == [(1,)]
