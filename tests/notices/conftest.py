"""A shop whose points lapse, the customers it knows, and a mail server."""

from collections.abc import Iterator
from typing import Any

import pytest
from notices.post_office import PostOffice
from notices.world import Saleor


@pytest.fixture
def saleor() -> Iterator[Saleor]:
    with Saleor().running() as server:
        assert isinstance(server, Saleor)
        yield server


@pytest.fixture
def post_office(settings: Any) -> Iterator[PostOffice]:
    with PostOffice().open() as office:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
        settings.DEFAULT_FROM_EMAIL = "Beans <points@shop.example>"
        yield office
