"""Which shops installed us."""

from datetime import timedelta

import pytest
from factories import NOON, make_installation
from pytest_django import DjangoAssertNumQueries

from saleor_loyalty.installations import operations, queries
from saleor_loyalty.installations.models import Installation

pytestmark = pytest.mark.django_db
URL = "https://one.example/graphql/"


def install(app_id: str = "app 1", token: str = "token 1", version: str = "3.23.0") -> None:
    operations.install(
        api_url=URL, app_id=app_id, token=token, jwks={"keys": []}, saleor_version=version, at=NOON
    )


def test_a_shop_is_found_by_its_address_and_by_its_key() -> None:
    row = make_installation(api_url=URL)

    shop = queries.shop_by_api_url(URL)

    assert shop is not None
    assert shop.id == row.pk
    assert queries.shop(row.pk) == shop
    assert queries.connection(shop).token == "token"
    assert "token" not in repr(shop) + repr(queries.connection(shop))


def test_shops_known_and_unknown_are_looked_up_once(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    make_installation(api_url=URL)

    with django_assert_num_queries(2):
        for _ in range(3):
            assert queries.shop_by_api_url(URL) is not None
            assert queries.shop_by_api_url("https://nobody.example/graphql/") is None


@pytest.mark.parametrize("api_url", ["", "\0", "https://a.example/\0", "x" * 100_000])
def test_an_address_that_cannot_be_one_is_unknown(api_url: str) -> None:
    assert queries.shop_by_api_url(api_url) is None


def test_only_so_many_addresses_are_remembered() -> None:
    for number in range(queries.KNOWN_MAX + 10):
        queries.shop_by_api_url(f"https://nobody{number}.example/graphql/")

    assert queries._by_api_url.cache_info().currsize == queries.KNOWN_MAX


@pytest.mark.django_db(transaction=True)
def test_a_shop_that_installs_again_keeps_its_key_and_what_was_seen_of_its_orders() -> None:
    install()
    first = Installation.objects.get()
    operations.orders_seen_until(installation_id=first.pk, moment=NOON + timedelta(hours=1))
    operations.deactivate(installation_id=first.pk, app_id="app 1")

    install(app_id="app 2", token="token 2", version="3.24.0")

    row = Installation.objects.get()
    shop = queries.shop(first.pk)
    assert row.pk == first.pk
    assert row.orders_seen_until == NOON + timedelta(hours=1)
    assert (shop.app_id, shop.saleor_version, shop.is_active) == ("app 2", "3.24.0", True)
    assert queries.connection(shop).token == "token 2"


@pytest.mark.django_db(transaction=True)
def test_a_shop_that_removes_us_is_not_active_any_more() -> None:
    install()
    row = Installation.objects.get()
    assert [shop.id for shop in queries.active_shops()] == [row.pk]

    operations.deactivate(installation_id=row.pk, app_id="app 1")

    assert queries.active_shops() == []
    assert queries.shop(row.pk).is_active is False


def test_news_that_an_earlier_app_was_removed_comes_too_late() -> None:
    install(app_id="app 2")
    row = Installation.objects.get()

    operations.deactivate(installation_id=row.pk, app_id="app 1")

    assert [shop.id for shop in queries.active_shops()] == [row.pk]


def test_the_poller_does_not_go_back() -> None:
    row = make_installation()

    operations.orders_seen_until(installation_id=row.pk, moment=NOON + timedelta(hours=2))
    operations.orders_seen_until(installation_id=row.pk, moment=NOON + timedelta(hours=1))

    assert queries.orders_seen_until(row.pk) == NOON + timedelta(hours=2)


def test_the_poller_remembers_the_last_order_it_read_again() -> None:
    row = make_installation()

    operations.orders_reread_until(installation_id=row.pk, order_key=row.pk)
    assert queries.orders_reread_until(row.pk) == row.pk

    operations.orders_reread_until(installation_id=row.pk, order_key=None)
    assert queries.orders_reread_until(row.pk) is None
