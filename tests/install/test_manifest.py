"""What Saleor reads before it installs us."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from saleor_loyalty.entrypoints.install.manifest import saleor_version
from saleor_loyalty.gateways.saleor import documents

WIDGETS = {"ORDER_DETAILS_WIDGETS", "CUSTOMER_DETAILS_WIDGETS", "VOUCHER_DETAILS_WIDGETS"}


def fetch(**headers: str) -> Any:
    response = Client().get("/api/manifest", headers=headers)
    assert response.status_code == 200
    return response.json()


def test_addresses_are_those_of_the_request() -> None:
    manifest = fetch(Host="loyalty.example:8000")

    assert manifest["appUrl"] == "http://loyalty.example:8000/dashboard"
    assert manifest["tokenTargetUrl"] == "http://loyalty.example:8000/api/register"


def test_addresses_are_those_of_the_setting_where_there_is_one(settings: Settings) -> None:
    settings.APP_URL = "https://loyalty.example/at"

    manifest = fetch(Host="internal:8000")

    assert manifest["tokenTargetUrl"] == "https://loyalty.example/at/api/register"
    assert "internal" not in str(manifest)


def test_what_a_client_says_of_forwarding_is_ignored_unless_we_are_behind_a_proxy(
    settings: Settings,
) -> None:
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert fetch(Host="one.example", **forwarded)["appUrl"] == "http://one.example/dashboard"

    settings.USE_X_FORWARDED_HOST = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert fetch(Host="one.example", **forwarded)["appUrl"] == "https://evil.example/dashboard"


def test_permissions_are_those_of_later_features_too_and_none_that_saleor_forbids() -> None:
    assert fetch()["permissions"] == [
        "MANAGE_DISCOUNTS",
        "MANAGE_GIFT_CARD",
        "MANAGE_ORDERS",
        "MANAGE_USERS",
    ]


def test_webhooks_name_their_events_and_ask_for_what_we_read() -> None:
    webhooks = {webhook["identifier"]: webhook for webhook in fetch(Host="a.example")["webhooks"]}

    orders = webhooks["loyalty-orders"]
    assert set(webhooks) == {
        "loyalty-orders",
        "loyalty-customers",
        "loyalty-deleted-customers",
        "loyalty-vouchers",
        "loyalty-app",
    }
    assert orders["targetUrl"] == "http://a.example/api/webhooks/saleor/orders"
    assert orders["asyncEvents"] == [
        "ORDER_CANCELLED",
        "ORDER_CONFIRMED",
        "ORDER_CREATED",
        "ORDER_EXPIRED",
        "ORDER_FULFILLED",
        "ORDER_FULLY_PAID",
        "ORDER_FULLY_REFUNDED",
        "ORDER_PAID",
        "ORDER_REFUNDED",
        "ORDER_UPDATED",
    ]
    assert orders["query"] == documents.document("LoyaltyOrders")
    assert webhooks["loyalty-vouchers"]["asyncEvents"] == [
        "VOUCHER_CODES_DELETED",
        "VOUCHER_DELETED",
        "VOUCHER_UPDATED",
    ]


@pytest.mark.parametrize(
    ("header", "is_there"), [("3.22", False), ("3.23", True), ("3.100", True), ("odd", True)]
)
def test_a_version_of_saleor_gets_only_queries_it_understands(header: str, is_there: bool) -> None:
    webhooks = fetch(**{"Saleor-Schema-Version": header})["webhooks"]

    assert ("loyalty-deleted-customers" in {each["identifier"] for each in webhooks}) == is_there


def test_every_mount_is_one_the_dashboard_shows() -> None:
    """The Dashboard drops what it finds odd without a word: these are its rules."""
    extensions = fetch(Host="a.example")["extensions"]

    for extension in extensions:
        assert extension["permissions"][0] in fetch()["permissions"]
        options = {"widgetTarget": {"method": "POST"}} if extension["mount"] in WIDGETS else {}
        match extension:
            case {"target": "APP_PAGE", "url": url}:
                assert url.startswith("/")
            case {"mount": "HOMEPAGE_WIDGETS"}:
                options = {"homeWidgetTarget": {"method": "POST", "fullscreen": False}}
            case {"mount": "SEARCH_ACTION"}:
                options = {"views": ["CUSTOMER_DETAILS"]}
        assert extension["options"] == options
        assert (extension["target"] == "WIDGET") == extension["mount"].endswith("_WIDGETS")
    assert len({extension["identifier"] for extension in extensions}) == len(extensions) == 7


def test_texts_and_addresses_fit_into_saleors_columns() -> None:
    manifest = fetch(Host=f"{'a' * 60}.example")

    assert all(len(manifest[name]) <= 60 for name in ("name", "author", "version"))
    urls = ["appUrl", "tokenTargetUrl", "homepageUrl", "supportUrl", "dataPrivacyUrl"]
    assert all(len(manifest[name]) <= 200 for name in urls)


def test_everything_the_manifest_points_to_is_there() -> None:
    manifest = fetch(Host="testserver")
    pages = [extension["url"] for extension in manifest["extensions"]]
    urls = [manifest["homepageUrl"], manifest["supportUrl"], manifest["dataPrivacyUrl"],
            manifest["appUrl"], f"{manifest['appUrl']}/", *pages[1:]]  # fmt: skip

    paths = [url.removeprefix("http://testserver").partition("#")[0] for url in urls]

    assert [Client().get(path).status_code for path in paths] == [200] * len(paths)


def test_the_logo_is_a_small_png() -> None:
    logo = b"".join(Client().get("/static/loyalty/logo.png"))  # type: ignore[arg-type]

    assert logo.startswith(b"\x89PNG")
    assert len(logo) < 10_000


@pytest.mark.parametrize(
    ("text", "version"),
    [("3.24.0-a.0", (3, 24)), ("3.9", (3, 9)), ("", None), ("3", None), ("v3.2", None),
     ("3.22222", None)],
)  # fmt: skip
def test_versions_are_numbers_not_text(text: str, version: tuple[int, int] | None) -> None:
    assert saleor_version(text) == version
