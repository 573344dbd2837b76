"""A sandbox shop to ask for prices, and our API in front of it."""

from collections.abc import Iterator

import pytest
from asking import Shopfront
from journeys.shop import Shop
from sandbox.small_app import RunningApp
from signing import SigningKey

from saleor_loyalty.entrypoints.install.manifest import PERMISSIONS
from saleor_loyalty.gateways.saleor.client import Connection
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.secrets import encrypt
from saleor_loyalty.sandbox import serve
from saleor_loyalty.sandbox.seed import STAFF_EMAIL, STAFF_PASSWORD


@pytest.fixture(scope="package")
def saleor() -> Iterator[Shop]:
    with serve() as sandbox:
        driver = Shop(sandbox.api_url, STAFF_EMAIL, STAFF_PASSWORD)
        yield driver
        driver.close()


@pytest.fixture(scope="package")
def connection(saleor: Shop) -> Iterator[Connection]:
    """How our app speaks to the sandbox."""
    listening = RunningApp(permissions=PERMISSIONS)
    saleor.install(listening.app.manifest_url)
    yield Connection(saleor.api_url, listening.app.token)
    listening.stop()


@pytest.fixture
def key() -> SigningKey:
    return SigningKey()


@pytest.fixture
def front(db: None, key: SigningKey, connection: Connection) -> Shopfront:
    """Our API for the sandbox; its tokens are ours, so that anybody can ask."""
    front = Shopfront(key, api_url=connection.api_url)
    Installation.objects.filter(pk=front.row.pk).update(token=encrypt(connection.token))
    return front
