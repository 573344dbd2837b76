"""The servers live exactly as long as somebody uses them."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from embedded.programs import Program, eventually, is_down, pid_of

Start = Callable[..., Program]


def all_down(data_dir: Path) -> bool:
    return all(is_down(name, data_dir) for name in ("supervisor", "postgres", "valkey"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_they_stop_cleanly_when_the_last_program_is_killed(
    start: Start, data_dir: Path, number: int
) -> None:
    program = start()
    program.query("SELECT 1")

    program.end(number)

    eventually(lambda: all_down(data_dir))
    assert "database system is shut down" in (data_dir / "postgres.log").read_text()
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


def test_ctrl_c_for_one_program_leaves_them_to_the_others(start: Start, data_dir: Path) -> None:
    starter, other = start(), start()
    assert starter.answer == other.answer

    # As the terminal does it: to all processes it started.
    os.killpg(starter.process.pid, signal.SIGINT)
    starter.finish()
    time.sleep(2)

    assert other.query("SELECT 1") == [(1,)]
    other.finish()
    eventually(lambda: all_down(data_dir))


def test_a_forked_child_keeps_them_as_long_as_it_lives(start: Start, data_dir: Path) -> None:
    program = start(children=["forked"])
    program.query("SELECT 1")

    program.end(signal.SIGKILL)
    time.sleep(1.5)
    assert not is_down("postgres", data_dir)

    eventually(lambda: all_down(data_dir))


def test_an_executed_child_does_not_keep_them(start: Start, data_dir: Path) -> None:
    program = start(children=["executed"])
    program.query("SELECT 1")

    program.end(signal.SIGKILL)

    eventually(lambda: all_down(data_dir))


def test_they_die_with_their_supervisor_and_come_back(start: Start, data_dir: Path) -> None:
    start().query("CREATE TABLE kept AS SELECT 7 AS points")

    os.kill(pid_of("supervisor", data_dir), signal.SIGKILL)
    eventually(lambda: all_down(data_dir))

    assert start().query("SELECT points FROM kept") == [(7,)]


def test_a_new_supervisor_waits_for_what_a_dead_one_left(start: Start, data_dir: Path) -> None:
    program = start()
    program.query("CREATE TABLE kept AS SELECT 7 AS points")

    os.kill(pid_of("supervisor", data_dir), signal.SIGKILL)

    assert start().query("SELECT points FROM kept") == [(7,)]
    assert program.query("SELECT points FROM kept") == [(7,)]


def test_a_supervisor_told_to_end_stops_them(start: Start, data_dir: Path) -> None:
    start().query("SELECT 1")

    os.kill(pid_of("supervisor", data_dir), signal.SIGTERM)

    eventually(lambda: all_down(data_dir))
    assert "database system is shut down" in (data_dir / "postgres.log").read_text()
