"""A shop (a sandbox, or the real one that the environment names) and our app for its journeys."""

from collections.abc import Iterator

import pytest
from deployment import data_folder, migrated
from journeys.app import App
from journeys.shop import Sandbox, Shop
from journeys.shopper import Shopper

from saleor_loyalty.sandbox.seed import STAFF_EMAIL, STAFF_PASSWORD
from saleor_loyalty.sandbox.server import serve


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """The real shop, or a sandbox."""
    if real := Shop.from_environment():
        yield real
        real.close()
    else:
        yield from _sandbox()


@pytest.fixture(scope="module")
def other_shop() -> Iterator[Shop]:
    """Another shop, always a sandbox."""
    yield from _sandbox()


def _sandbox() -> Iterator[Shop]:
    with serve() as running:
        shop = Sandbox(running.api_url, STAFF_EMAIL, STAFF_PASSWORD)
        yield shop
        shop.close()


@pytest.fixture(scope="module")
def app(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Our app, running and installed in the shop."""
    logs = tmp_path_factory.mktemp("logs")
    with data_folder() as folder, App(migrated(folder), logs, shop.api_url) as ours:
        ours.start()
        ours.app_id = shop.install(ours.manifest_url)
        yield ours
        shop.uninstall(ours.app_id)


@pytest.fixture
def anna(app: App, shop: Shop) -> Shopper:
    """A new customer who will pay with points."""
    return Shopper(app, shop)
