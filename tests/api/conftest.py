"""A shop whose customers and staff call our API; and a sandbox shop with rewards."""

from collections.abc import Iterator

import pytest
from api.rewarding import Line, RewardShop
from asking import Shopfront
from journeys.shop import Customer, Shop
from sandbox.small_app import RunningApp
from signing import SigningKey

from saleor_loyalty.entrypoints.install.manifest import PERMISSIONS
from saleor_loyalty.gateways.saleor.client import Connection
from saleor_loyalty.sandbox import serve
from saleor_loyalty.sandbox.seed import STAFF_EMAIL, STAFF_PASSWORD


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey()


@pytest.fixture
def shop(db: None, key: SigningKey) -> Shopfront:
    return Shopfront(key)


@pytest.fixture(scope="package")
def sandbox() -> Iterator[Shop]:
    """A sandbox shop, as its shoppers and staff see it."""
    with serve() as running:
        driver = Shop(running.api_url, STAFF_EMAIL, STAFF_PASSWORD)
        yield driver
        driver.close()


@pytest.fixture(scope="package")
def installed(sandbox: Shop) -> Iterator[tuple[Connection, str]]:
    """How our app speaks to the sandbox, and its id there."""
    listening = RunningApp(permissions=PERMISSIONS)
    app_id = sandbox.install(listening.app.manifest_url)
    yield Connection(sandbox.api_url, listening.app.token), app_id
    listening.stop()


@pytest.fixture
def rewards(db: None, sandbox: Shop, installed: tuple[Connection, str]) -> RewardShop:
    """Our API for the sandbox, where points buy rewards."""
    return RewardShop(sandbox, *installed)


@pytest.fixture
def anna(sandbox: Shop) -> Customer:
    return sandbox.new_customer()


@pytest.fixture
def ben(sandbox: Shop) -> Customer:
    return sandbox.new_customer()


@pytest.fixture
def line(installed: tuple[Connection, str], anna: Customer) -> Iterator[Line]:
    """A line to the sandbox that may be bad."""
    with (line := Line(installed[0], anna)).running():
        yield line


@pytest.fixture
def far_rewards(
    db: None, sandbox: Shop, installed: tuple[Connection, str], line: Line
) -> RewardShop:
    """Our API for the sandbox at the other end of the line."""
    return RewardShop(sandbox, *installed, api_url=f"{line.url}/graphql/")
