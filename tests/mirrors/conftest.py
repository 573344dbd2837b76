"""A sandbox shop, and ours: what its storefront shows of members."""

from collections.abc import Iterator

import pytest
from mirrors.showroom import Showroom
from pytest_django import Settings

from saleor_loyalty.gateways.saleor import transport
from saleor_loyalty.sandbox import RunningSandbox, serve


@pytest.fixture(scope="package")
def running() -> Iterator[RunningSandbox]:
    with serve() as running:
        yield running


@pytest.fixture
def showroom(
    db: None, running: RunningSandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Showroom]:
    settings.SALEOR_CALLS_PER_MINUTE = 1_000_000
    monkeypatch.setattr(transport, "PAUSE_S", 0.0001)
    showroom = Showroom(running)
    yield showroom
    showroom.clear()
