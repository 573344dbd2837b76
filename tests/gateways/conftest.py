"""A sandbox shop, and an app in it with our permissions."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from journeys.shop import Shop
from sandbox.small_app import RunningApp

from saleor_loyalty.entrypoints.install.manifest import PERMISSIONS
from saleor_loyalty.gateways.saleor import client
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


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operation of every call to Saleor."""
    made: list[str] = []
    send = client.transport.send

    def counted(request: Any, **options: Any) -> Any:
        found = re.search(r"(?:query|mutation) (\w+)", json.loads(request.body)["query"])
        made.append(found[1] if found else "")
        return send(request, **options)

    monkeypatch.setattr(client.transport, "send", counted)
    return made
