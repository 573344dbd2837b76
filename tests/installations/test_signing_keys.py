"""The keys that prove that a message comes from a shop."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from factories import NOON, make_installation
from loopback import LoopbackServer
from signing import SigningKey

from saleor_loyalty.gateways.saleor.client import SaleorUnavailable
from saleor_loyalty.installations import queries
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.queries import Shop
from saleor_loyalty.installations.signing_keys import UnknownKey, signing_key

pytestmark = pytest.mark.django_db
OLD, NEW = SigningKey(), SigningKey()
LATER = NOON + timedelta(minutes=1)


class Saleor:
    """A shop's key set, or the status it fails with."""

    def __init__(self) -> None:
        self.status, self.jwks = 200, NEW.jwks
        self.server = LoopbackServer(self.answer)

    def answer(self, _path: str, _body: Any) -> tuple[int, Any]:
        return self.status, self.jwks

    @property
    def times_asked(self) -> int:
        return len(self.server.asked)


@pytest.fixture
def saleor() -> Iterator[Saleor]:
    saleor = Saleor()
    with saleor.server.running():
        yield saleor


@pytest.fixture
def shop(saleor: Saleor) -> Shop:
    """A shop whose key was OLD when it installed us at NOON."""
    row = make_installation(api_url=f"{saleor.server.url}/graphql/", jwks=OLD.jwks)
    return queries.shop(row.pk)


def test_a_known_key_costs_no_call(shop: Shop, saleor: Saleor) -> None:
    key = signing_key(shop, kid=OLD.kid, at=LATER)

    assert key.public_numbers() == OLD.private.public_key().public_numbers()
    assert saleor.times_asked == 0


def test_a_new_key_is_fetched_once_and_replaces_the_old_one(shop: Shop, saleor: Saleor) -> None:
    key = signing_key(shop, kid=NEW.kid, at=LATER)

    assert key.public_numbers() == NEW.private.public_key().public_numbers()
    assert signing_key(queries.shop(shop.id), kid=NEW.kid, at=LATER) == key
    assert saleor.times_asked == 1
    with pytest.raises(UnknownKey):
        signing_key(queries.shop(shop.id), kid=OLD.kid, at=LATER)


def test_another_process_with_old_news_finds_the_new_key_in_the_database(
    shop: Shop, saleor: Saleor
) -> None:
    signing_key(shop, kid=NEW.kid, at=LATER)

    # `shop` is what the other process remembers: still the old keys.
    assert signing_key(shop, kid=NEW.kid, at=LATER)
    assert saleor.times_asked == 1


def test_invented_keys_cost_the_shop_one_call_a_minute(shop: Shop, saleor: Saleor) -> None:
    for second in range(120):
        with pytest.raises(UnknownKey):
            signing_key(shop, kid=f"invented {second}", at=LATER + timedelta(seconds=second))

    assert saleor.times_asked == 2


def test_keys_are_not_fetched_right_after_the_installation(shop: Shop, saleor: Saleor) -> None:
    with pytest.raises(UnknownKey):
        signing_key(shop, kid=NEW.kid, at=NOON + timedelta(seconds=59))

    assert saleor.times_asked == 0


@pytest.mark.django_db(transaction=True)
def test_an_invented_key_waits_for_nobody_while_no_fetch_is_due(shop: Shop) -> None:
    """The shop's row may be locked by the many who send us forgeries, or by anybody else."""
    other = connection.copy()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            other.set_autocommit(False)
            other.cursor().execute("SELECT FROM loyalty_installation FOR UPDATE")

            with pytest.raises(UnknownKey):
                signing_key(shop, kid="invented", at=NOON + timedelta(seconds=59))
    finally:
        other.rollback()
        other.close()


@pytest.mark.parametrize("status", [404, 302])
def test_while_the_keys_cannot_be_fetched_an_unknown_one_is_neither_right_nor_wrong(
    shop: Shop, saleor: Saleor, status: int
) -> None:
    """Saleor sends again what we cannot judge now, but never what we call a forgery."""
    saleor.status = status

    for seconds in (0, 30, 59):
        with pytest.raises(SaleorUnavailable):
            signing_key(shop, kid=NEW.kid, at=LATER + timedelta(seconds=seconds))

    assert saleor.times_asked == 1
    assert signing_key(queries.shop(shop.id), kid=OLD.kid, at=LATER)
    saleor.status = 200
    assert signing_key(shop, kid=NEW.kid, at=LATER + timedelta(minutes=1))
    assert Installation.objects.get().jwks == {
        "keys": [{name: NEW.jwks["keys"][0][name] for name in ("kty", "kid", "n", "e")}]
    }
