"""A sandbox shop, and an app in it with our permissions."""

from collections.abc import Iterator

import pytest
from journeys.shop import Shop
from sandbox.small_app import RunningApp

from saleor_loyalty.entrypoints.install.manifest import PERMISSIONS
from saleor_loyalty.gateways.saleor.client import Connection
from saleor_loyalty.sandbox import serve
from saleor_loyalty.sandbox.seed import STAFF_EMAIL, STAFF_PASSWORD


@pytest.fixture(scope="package")
def shop() -> Iterator[Shop]:
    with serve() as sandbox:
        driver = Shop(sandbox.api_url, STAFF_EMAIL, STAFF_PASSWORD)
        yield driver
        driver.close()


@pytest.fixture(scope="package")
def connection(shop: Shop) -> Iterator[Connection]:
    """How our app speaks to the shop."""
    listening = RunningApp(permissions=PERMISSIONS)
    shop.install(listening.app.manifest_url)
    yield Connection(shop.api_url, listening.app.token)
    listening.stop()
