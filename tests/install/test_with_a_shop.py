"""A whole shop installs us by our manifest, and the doctor finds it well."""

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from journeys.shop import InstallationFailed, Shop
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from saleor_loyalty.gateways.saleor.app import webhooks
from saleor_loyalty.installations import queries
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.sandbox import serve
from saleor_loyalty.sandbox.seed import STAFF_EMAIL, STAFF_PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Iterator[Shop]:
    with serve() as sandbox:
        driver = Shop(sandbox.api_url, STAFF_EMAIL, STAFF_PASSWORD)
        yield driver
        driver.close()


@pytest.fixture
def manifest_url(live_server: LiveServer, settings: Settings) -> str:
    settings.APP_URL = live_server.url
    return f"{live_server.url}/api/manifest"


def test_a_shop_installs_us_and_the_doctor_finds_nothing_wrong(
    shop: Shop, manifest_url: str
) -> None:
    app_id = shop.install(manifest_url)

    [installed] = queries.active_shops()
    told = StringIO()
    call_command("doctor", url=installed.api_url, stdout=told)
    assert installed.app_id == app_id
    assert "WRONG" not in told.getvalue()
    assert "OK     Saleor understands all that we say\n" in told.getvalue()
    assert len(webhooks(queries.connection(installed))) == 5


def test_a_shop_that_removes_and_installs_us_again_is_the_same_shop(
    shop: Shop, manifest_url: str
) -> None:
    shop.uninstall(shop.install(manifest_url))
    [before] = Installation.objects.all()

    app_id = shop.install(manifest_url)

    [after] = Installation.objects.all()
    assert after.pk == before.pk
    assert after.app_id == app_id != before.app_id


def test_staff_read_why_they_cannot_install_us(
    shop: Shop, manifest_url: str, settings: Settings
) -> None:
    settings.ALLOWED_SALEOR_URLS = []

    with pytest.raises(InstallationFailed, match="ALLOWED_SALEOR_URLS=http"):
        shop.install(manifest_url)

    assert Installation.objects.count() == 0


def test_the_pages_open_with_the_token_the_dashboard_hands_over(
    shop: Shop, manifest_url: str
) -> None:
    app_id = shop.install(manifest_url)
    [installed] = queries.active_shops()
    posted = {"saleorApiUrl": installed.api_url, "accessToken": shop.staff_token(app_id)}

    response = Client().post("/dashboard/home", posted | {"appId": app_id})

    assert response.status_code == 200
    assert "Rewards" in response.content.decode()
