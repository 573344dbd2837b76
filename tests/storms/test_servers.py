"""The servers we stand on go away, without notice, while Saleor delivers."""

import os
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from deployment import Deployment, eventually
from embedded.programs import pid_of
from storms.ends import SIZE, assert_exact, until_drained
from storms.sender import Delivery, deliver
from storms.shop import Shop, sales

ORDERS = SIZE // 4
BACK_SECONDS_MAX = 30
#: One sweep of conftest.py's, and the time it takes to work.
SWEPT_SECONDS_MAX = 10

pytestmark = pytest.mark.slow


def once_each(shop: Shop) -> list[Delivery]:
    """Return one delivery for each order: were one lost, no other would make up for it."""
    return [shop.delivery("OrderPaid", sale.final()) for sale in sales(ORDERS)]


def stored(deployment: Deployment) -> int:
    """Return how many events are stored; none while the database does not answer."""
    try:
        [[count]] = deployment.fetch("SELECT count(*) FROM loyalty_inboxevent")
    except psycopg.OperationalError:
        return 0
    return int(count)


def until_stored(deployment: Deployment, count: int) -> float:
    return eventually(
        f"{count} events are stored",
        lambda: stored(deployment) >= count,
        within_s=BACK_SECONDS_MAX,
    )


def storm(deployment: Deployment, shop: Shop, *strikes: Callable[[], object]) -> dict[int, int]:
    """Deliver everything, strike every now and then; return how often each status came."""
    deliveries = once_each(shop)
    deployment.start("worker", "--concurrency", "2")
    deployment.start("beat")
    with ThreadPoolExecutor(1) as background:
        load = background.submit(deliver, deployment.port, deliveries)
        for strike in strikes:
            until_stored(deployment, stored(deployment) + ORDERS // (2 * len(strikes)))
            assert not load.done(), "the load was over too early"
            strike()
        return dict(load.result())


@pytest.mark.parametrize("number", [signal.SIGQUIT, signal.SIGKILL])  # the first: "immediate"
def test_a_database_stopped_hard_under_load_loses_nothing_that_was_acknowledged(
    deployment: Deployment, shop: Shop, number: signal.Signals
) -> None:
    def stop() -> None:
        before = stored(deployment)
        os.kill(pid_of("postgres", deployment.data_dir), number)
        until_stored(deployment, before + 1)

    statuses = storm(deployment, shop, stop, stop)

    assert set(statuses) == {200, 503}
    assert statuses[200] == ORDERS
    until_drained(deployment)
    assert_exact(deployment, sales(ORDERS))


def wipe(deployment: Deployment) -> None:
    # It may be coming back just now.
    eventually("the broker is wiped", lambda: is_wiped(deployment.valkey_socket))


def is_wiped(valkey_socket: str) -> bool:
    """Wipe the broker; tell whether it was there."""
    with socket.socket(socket.AF_UNIX) as valkey:
        try:
            valkey.connect(valkey_socket)
            valkey.sendall(b"FLUSHALL\r\n")
            return valkey.recv(64) == b"+OK\r\n"
        except OSError:
            return False


def test_a_broker_wiped_and_stopped_under_load_costs_at_most_one_sweep(
    deployment: Deployment, shop: Shop
) -> None:
    def stop() -> None:
        os.kill(pid_of("valkey", deployment.data_dir), signal.SIGKILL)

    statuses = storm(deployment, shop, lambda: wipe(deployment), stop, lambda: wipe(deployment))

    assert statuses == {200: ORDERS}
    until_drained(deployment, within_s=SWEPT_SECONDS_MAX)
    assert_exact(deployment, sales(ORDERS))
