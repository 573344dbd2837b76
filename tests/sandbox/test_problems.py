"""What an app tells staff, as Saleor keeps it: repetitions as one, and not for ever."""

from datetime import timedelta
from typing import Any

import pytest
from sandbox.small_app import SmallApp

from saleor_loyalty.gateways.saleor.app import report_problem
from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused
from saleor_loyalty.sandbox import RunningSandbox
from saleor_loyalty.sandbox.apps import App, Problem


@pytest.fixture
def connection(running: RunningSandbox, app: SmallApp, app_id: str) -> Connection:
    return Connection(running.api_url, app.token)


@pytest.fixture
def shown(running: RunningSandbox, app_id: str) -> Any:
    """What staff see of the app."""

    def problems() -> list[Problem]:
        found = running.sandbox.world.get(App, app_id)
        assert found
        return found.problems

    return problems


def passes(running: RunningSandbox, **time: int) -> None:
    world = running.sandbox.world
    with world.lock:
        world._last_tick = world.now() + timedelta(**time)


def test_what_is_repeated_within_an_hour_is_one_with_the_last_message(
    running: RunningSandbox, connection: Connection, shown: Any
) -> None:
    report_problem(connection, key="key", message="one")
    passes(running, minutes=59)
    report_problem(connection, key="key", message="two")
    passes(running, minutes=59)
    report_problem(connection, key="key", message="three")
    report_problem(connection, key="another", message="else")

    assert [(each.message, each.count) for each in shown()] == [("three", 3), ("else", 1)]


def test_what_is_repeated_later_is_another(
    running: RunningSandbox, connection: Connection, shown: Any
) -> None:
    for message in ("one", "two"):
        report_problem(connection, key="key", message=message)
        passes(running, minutes=61)
    report_problem(connection, key="key", message="three")
    report_problem(connection, key="key", message="four")

    told = [(each.message, each.count) for each in shown()]
    assert told == [("one", 1), ("two", 1), ("four", 2)]


def test_a_hundred_are_kept_those_told_last(connection: Connection, shown: Any) -> None:
    for number in range(100):
        report_problem(connection, key=f"key-{number}", message="told")
    report_problem(connection, key="key-0", message="told again")
    report_problem(connection, key="key-100", message="told")

    keys = {each.key for each in shown()}
    assert len(keys) == 100
    assert {"key-0", "key-100"} <= keys
    assert "key-1" not in keys


def test_a_long_message_is_cut_and_a_long_key_refused(connection: Connection, shown: Any) -> None:
    report_problem(connection, key="k" * 128, message="m" * 2_049)
    with pytest.raises(SaleorRefused):
        report_problem(connection, key="k" * 129, message="message")

    assert [each.message for each in shown()] == ["m" * 2_045 + "..."]
