"""A sandbox shop where points buy rewards."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from journeys.shop import Shop
from pytest_django import Settings
from redemptions.tills import Till
from sandbox.small_app import RunningApp

from saleor_loyalty.entrypoints.install.manifest import PERMISSIONS
from saleor_loyalty.gateways.saleor import transport
from saleor_loyalty.gateways.saleor.client import Connection
from saleor_loyalty.sandbox import RunningSandbox, serve
from saleor_loyalty.sandbox.seed import STAFF_EMAIL, STAFF_PASSWORD


@pytest.fixture(scope="package")
def running() -> Iterator[RunningSandbox]:
    with serve() as running:
        yield running


@pytest.fixture(scope="package")
def saleor(running: RunningSandbox) -> Iterator[Shop]:
    """The sandbox, as its shoppers and staff see it."""
    driver = Shop(running.api_url, STAFF_EMAIL, STAFF_PASSWORD)
    yield driver
    driver.close()


@pytest.fixture(scope="package")
def installed(saleor: Shop) -> Iterator[tuple[Connection, str]]:
    """How our app speaks to the sandbox, and its id there."""
    listening = RunningApp(permissions=PERMISSIONS)
    app_id = saleor.install(listening.app.manifest_url)
    yield Connection(saleor.api_url, listening.app.token), app_id
    listening.stop()


@pytest.fixture(autouse=True)
def _in_a_hurry(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask as often as we like, and wait for nothing that may be well again."""
    settings.SALEOR_CALLS_PER_MINUTE = 1_000_000
    monkeypatch.setattr(transport, "PAUSE_S", 0.0001)


@pytest.fixture
def new_till(
    db: None, running: RunningSandbox, saleor: Shop, installed: tuple[Connection, str]
) -> Callable[[], Till]:
    """Make the sandbox a shop of ours."""
    return lambda: Till(saleor, running.sandbox, *installed)


@pytest.fixture
def till(new_till: Callable[[], Till]) -> Iterator[Till]:
    till = new_till()
    yield till
    till.well()
    till.promote()
    till.quirks(race_codes=False, burn_codes=False)


@pytest.fixture
def anna(till: Till) -> UUID:
    """A member with a thousand points."""
    return till.member(1_000)
