"""A sandbox and a small app for each test."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from journeys.shop import Shop
from sandbox.backdoor import Backdoor
from sandbox.small_app import RunningApp, SmallApp

from saleor_loyalty.sandbox import Options, Quirks, RunningSandbox, serve
from saleor_loyalty.sandbox.seed import STAFF_EMAIL, STAFF_PASSWORD

# Pauses between attempts become milliseconds.
FAST = Quirks(speed=1000.0)


@pytest.fixture(scope="session")
def private_key_pem() -> str:
    """One key for all sandboxes: making one takes longer than most tests."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture
def running(private_key_pem: str) -> Iterator[RunningSandbox]:
    options = Options(quirks=FAST, private_key_pem=private_key_pem)
    with serve(options=options) as sandbox:
        yield sandbox


@pytest.fixture
def shop(running: RunningSandbox) -> Iterator[Shop]:
    driver = Shop(running.api_url, STAFF_EMAIL, STAFF_PASSWORD)
    yield driver
    driver.close()


@pytest.fixture
def backdoor(shop: Shop) -> Backdoor:
    return Backdoor(shop)


@pytest.fixture
def app() -> Iterator[SmallApp]:
    listening = RunningApp()
    yield listening.app
    listening.stop()


@pytest.fixture
def app_id(shop: Shop, app: SmallApp) -> str:
    """The small app, installed."""
    return shop.install(app.manifest_url)
