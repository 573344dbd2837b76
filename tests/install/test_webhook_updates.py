"""A shop that installed us long ago gets the webhooks of today's manifest."""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import httpx
import pytest
from crowds import at_once
from django.core.management import CommandError, call_command
from factories import make_installation
from journeys.shop import Shop
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from saleor_loyalty.entrypoints import jobs
from saleor_loyalty.entrypoints.install.webhook_updates import UnknownAddress, update_webhooks
from saleor_loyalty.gateways.saleor.app import UnknownApp, Webhook, update_webhook, webhooks
from saleor_loyalty.gateways.saleor.client import Connection, SaleorUnavailable
from saleor_loyalty.installations import operations, queries
from saleor_loyalty.installations.queries import Shop as InstalledShop
from saleor_loyalty.sandbox import Options, serve
from saleor_loyalty.sandbox.seed import STAFF_EMAIL, STAFF_PASSWORD
from saleor_loyalty.sql import alone

pytestmark = pytest.mark.django_db(transaction=True)

OLD = "subscription { event { __typename ... on OrderPaid { order { id } } } }"
DELETE = "mutation Delete($id: ID!) { webhookDelete(id: $id) { errors { code } } }"


@pytest.fixture
def app_url(live_server: LiveServer, settings: Settings) -> str:
    settings.APP_URL = live_server.url
    return live_server.url


def installing(version: str, app_url: str) -> Iterator[InstalledShop]:
    with serve(options=Options(version=version)) as sandbox:
        driver = Shop(sandbox.api_url, STAFF_EMAIL, STAFF_PASSWORD)
        driver.install(f"{app_url}/api/manifest")
        [shop] = queries.active_shops()
        yield shop
        driver.close()


@pytest.fixture
def shop(app_url: str) -> Iterator[InstalledShop]:
    """A shop of Saleor 3.23 that installed us."""
    yield from installing("3.23.5", app_url)


@pytest.fixture
def older_shop(app_url: str) -> Iterator[InstalledShop]:
    """A shop of Saleor 3.22 that installed us."""
    yield from installing("3.22.9", app_url)


def saleor(shop: InstalledShop) -> Connection:
    return queries.connection(shop)


def found(shop: InstalledShop) -> dict[str, Webhook]:
    return {webhook.name: webhook for webhook in webhooks(saleor(shop))}


def spoil(shop: InstalledShop, **settings: Any) -> None:
    """Change settings of the webhook for orders."""
    update_webhook(saleor(shop), found(shop)["Loyalty: orders"].id, settings)


def delete(shop: InstalledShop, *names: str) -> None:
    for name in names:
        opened = saleor(shop)
        answer = httpx.post(
            shop.api_url,
            json={"query": DELETE, "variables": {"id": found(shop)[name].id}},
            headers={"Authorization": f"Bearer {opened.token}"},
        ).json()
        assert answer["data"]["webhookDelete"]["errors"] == []


def test_webhooks_that_are_right_are_left_alone(shop: InstalledShop) -> None:
    before = found(shop)

    assert update_webhooks(shop) == []
    assert found(shop) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"query": OLD},
        {"query": OLD, "asyncEvents": ["ORDER_PAID"]},
        {"asyncEvents": ["ORDER_PAID"], "query": OLD, "targetUrl": "http://old.example/x"},
        {"targetUrl": "http://old.example/x"},
        # Renamed, but it leads to the same door.
        {"name": "Points"},
    ],
    ids=str,
)
def test_a_webhook_of_an_older_version_is_corrected(
    shop: InstalledShop, wrong: dict[str, Any]
) -> None:
    before = found(shop)
    spoil(shop, **wrong)
    assert found(shop) != before

    assert update_webhooks(shop) == ["Loyalty: orders"]
    assert found(shop) == before
    assert update_webhooks(shop) == []


def test_what_is_missing_is_created(shop: InstalledShop) -> None:
    before = found(shop)
    delete(shop, "Loyalty: customers", "Loyalty: this app")

    assert update_webhooks(shop) == ["Loyalty: customers", "Loyalty: this app"]

    after = found(shop)
    assert after.keys() == before.keys()
    for name, webhook in after.items():
        assert (webhook.query, webhook.events) == (before[name].query, before[name].events)
        assert webhook.target_url == before[name].target_url
        assert webhook.is_active


def test_an_older_saleor_is_not_sent_what_it_does_not_know(older_shop: InstalledShop) -> None:
    before = found(older_shop)
    delete(older_shop, "Loyalty: orders")

    assert update_webhooks(older_shop) == ["Loyalty: orders"]
    assert found(older_shop).keys() == before.keys()
    assert "Loyalty: deleted customers" not in before


def test_a_webhook_that_was_switched_off_stays_off(shop: InstalledShop) -> None:
    spoil(shop, isActive=False, query=OLD)

    update_webhooks(shop)

    webhook = found(shop)["Loyalty: orders"]
    assert not webhook.is_active
    assert webhook.query != OLD


def test_the_address_saleor_knows_is_kept_where_none_is_set(
    shop: InstalledShop, settings: Settings, app_url: str
) -> None:
    settings.APP_URL = ""
    delete(shop, "Loyalty: orders")

    update_webhooks(shop)

    assert found(shop)["Loyalty: orders"].target_url.startswith(f"{app_url}/api/")


def test_without_any_address_it_says_what_to_set(shop: InstalledShop, settings: Settings) -> None:
    settings.APP_URL = ""
    delete(shop, *found(shop))

    with pytest.raises(UnknownAddress, match="Set APP_URL"):
        update_webhooks(shop)


def test_nobody_joins_in_while_another_process_is_at_it(shop: InstalledShop) -> None:
    spoil(shop, query=OLD)

    with alone(f"update webhooks of {shop.id}"):
        # In a thread, and so on a connection of its own.
        assert at_once([lambda: update_webhooks(shop)]) == [[]]
    assert update_webhooks(shop) == ["Loyalty: orders"]


def test_a_shop_that_does_not_answer_is_told_apart(app_url: str) -> None:
    away = make_installation(api_url="http://127.0.0.1:1/graphql/")

    with pytest.raises(SaleorUnavailable):
        update_webhooks(queries.shop(away.pk))


class TestTheCommand:
    def run(self, api_url: str) -> str:
        told = StringIO()
        call_command("update_webhooks", shop=api_url, stdout=told)
        return told.getvalue()

    def test_says_what_it_changed(self, shop: InstalledShop) -> None:
        spoil(shop, query=OLD)

        assert self.run(shop.api_url) == "updated  Loyalty: orders\n"
        assert self.run(shop.api_url) == "OK  every webhook is up to date\n"

    def test_satisfies_the_doctor(self, shop: InstalledShop) -> None:
        spoil(shop, query=OLD, asyncEvents=["ORDER_PAID"])
        self.run(shop.api_url)
        told = StringIO()

        call_command("doctor", url=shop.api_url, stdout=told)

        assert "WRONG" not in told.getvalue()

    def test_knows_no_shop_that_has_not_installed_us(self, shop: InstalledShop) -> None:
        operations.deactivate(installation_id=shop.id, app_id=shop.app_id)
        queries.forget()

        for api_url in (shop.api_url, "https://other.example/graphql/"):
            with pytest.raises(CommandError, match="has not installed the app"):
                self.run(api_url)

    def test_says_why_it_could_not(self, app_url: str) -> None:
        make_installation(api_url="http://127.0.0.1:1/graphql/")

        with pytest.raises(CommandError, match="not reached"):
            self.run("http://127.0.0.1:1/graphql/")

    def test_says_what_to_do_when_the_token_is_void(self, app_url: str) -> None:
        with serve() as stranger:
            make_installation(api_url=stranger.api_url)

            with pytest.raises(CommandError, match="install it again") as refusal:
                self.run(stranger.api_url)

        assert isinstance(refusal.value.__cause__, UnknownApp)


class TestTheTimedJob:
    def test_updates_every_shop(self, shop: InstalledShop) -> None:
        spoil(shop, query=OLD)

        jobs.update_webhooks_of_shop(installation_id=str(shop.id))

        assert update_webhooks(shop) == []

    def test_leaves_a_shop_that_is_away_for_later(
        self, app_url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        away = make_installation(api_url="http://127.0.0.1:1/graphql/")

        jobs.update_webhooks_of_shop(installation_id=str(away.pk))

        assert "the webhooks could not be updated: Saleor was not reached" in caplog.text
