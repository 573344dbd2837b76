"""A shop whose customers and staff call our API."""

import pytest
from asking import Shopfront
from signing import SigningKey


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey()


@pytest.fixture
def shop(db: None, key: SigningKey) -> Shopfront:
    return Shopfront(key)
