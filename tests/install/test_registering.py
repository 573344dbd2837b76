"""A shop installs us, through the door Saleor uses."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from install.saleor import Saleor, post_token
from pytest_django import Settings

from saleor_loyalty.installations import queries
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.programme.queries import versions

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def saleor() -> Iterator[Saleor]:
    with Saleor().running() as saleor:
        yield saleor


def test_a_shop_that_installs_us_is_remembered_with_all_it_gave(saleor: Saleor) -> None:
    assert saleor.hand_over_token("token-1") == (200, {"success": True})

    shop = queries.shop_by_api_url(saleor.api_url)
    assert shop is not None
    assert (shop.app_id, shop.saleor_version, shop.is_active) == ("QXBwOjE=", "3.23.5", True)
    assert shop.jwks["keys"][0]["kid"] == saleor.key.kid
    assert queries.connection(shop).token == "token-1"


def test_its_programme_starts_with_a_point_for_each_unit_of_its_currencies(
    saleor: Saleor,
) -> None:
    saleor.hand_over_token()

    [version] = versions(Installation.objects.get().pk)
    rates = version.document.earning.rates
    assert {code: (rate.points, rate.per) for code, rate in rates.items()} == {
        "EUR": (1, 1),
        "USD": (1, 1),
    }


def test_a_shop_that_installs_us_again_keeps_its_ledger_and_its_programme(saleor: Saleor) -> None:
    saleor.hand_over_token("token-1")
    first = Installation.objects.get().pk
    saleor.app_id = "QXBwOjI="

    assert saleor.hand_over_token("token-2") == (200, {"success": True})

    shop = queries.shop(first)
    assert Installation.objects.count() == 1
    assert shop.app_id == "QXBwOjI="
    assert queries.connection(shop).token == "token-2"
    assert len(versions(first)) == 1


def test_two_shops_live_side_by_side(saleor: Saleor) -> None:
    with Saleor(app_id="QXBwOjk=").running() as other:
        saleor.hand_over_token()
        other.hand_over_token()

        assert {shop.api_url for shop in queries.active_shops()} == {saleor.api_url, other.api_url}


class TestRefusals:
    @pytest.fixture(autouse=True)
    def _installed_before(self, saleor: Saleor) -> Iterator[None]:
        """A failure must leave what was there as it was."""
        saleor.hand_over_token("token-1")
        row = Installation.objects.values().get()
        yield
        assert Installation.objects.values().get() == row

    def _refused(self, saleor: Saleor) -> tuple[int, str, str]:
        status, answer = saleor.hand_over_token("token-2")
        assert answer["success"] is False
        return status, answer["error"]["code"], answer["error"]["message"]

    def test_a_shop_that_is_not_allowed(self, saleor: Saleor, settings: Settings) -> None:
        settings.ALLOWED_SALEOR_URLS = ["https://other.example/graphql/"]

        status, code, message = self._refused(saleor)

        assert (status, code) == (403, "SALEOR_URL_PROHIBITED")
        assert "ALLOWED_SALEOR_URLS" in message

    def test_an_allowed_name_that_leads_into_our_network(
        self, saleor: Saleor, settings: Settings
    ) -> None:
        settings.ALLOW_PRIVATE_ADDRESSES = False
        settings.ALLOWED_SALEOR_URLS = ["https://localhost/graphql/"]
        saleor.api_url = "https://localhost/graphql/"

        status, code, message = self._refused(saleor)

        assert (status, code) == (403, "SALEOR_URL_PROHIBITED")
        assert "ALLOW_PRIVATE_ADDRESSES" in message

    def test_a_token_the_shop_does_not_know(self, saleor: Saleor) -> None:
        saleor.app_id = None

        status, code, message = self._refused(saleor)

        assert (status, code) == (401, "UNKNOWN_APP_ID")
        assert "activated" in message

    def test_another_app_of_the_shop_cannot_take_our_place(self, saleor: Saleor) -> None:
        saleor.identifier = "another-app"

        status, code, message = self._refused(saleor)

        assert (status, code) == (401, "UNKNOWN_APP_ID")
        assert "another-app" in message

    def test_missing_permissions_are_named(self, saleor: Saleor) -> None:
        saleor.permissions = ["MANAGE_ORDERS", "MANAGE_GIFT_CARD"]

        assert self._refused(saleor) == (
            403,
            "MISSING_PERMISSIONS",
            "Install the app with these permissions too: MANAGE_DISCOUNTS, MANAGE_USERS.",
        )

    def test_keys_that_cannot_be_fetched(self, saleor: Saleor) -> None:
        saleor.keys_status = 404

        status, code, _message = self._refused(saleor)

        assert (status, code) == (401, "JWKS_NOT_AVAILABLE")

    def test_a_shop_that_does_not_answer(self, saleor: Saleor) -> None:
        saleor.api_status = 502

        status, code, message = self._refused(saleor)

        assert (status, code) == (503, "SALEOR_NOT_AVAILABLE")
        assert saleor.api_url in message


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", "7", '{"auth_token": ""}', '{"auth_token": 7}',
     '{"auth_token": "a b"}', '{"auth_token": "a\\nb"}', '{"token": "x"}', "[" * 20_000,
     '{"auth_token": "' + "x" * 3000 + '"}'],
)  # fmt: skip
def test_garbage_is_refused_in_the_same_words(body: str) -> None:
    status, answer = post_token("http://127.0.0.1:1/graphql/", body)

    assert (status, answer["error"]["code"]) == (400, "BAD_REQUEST")
    assert "/api/manifest" in answer["error"]["message"]
    assert Installation.objects.count() == 0


def test_a_huge_body_is_not_read() -> None:
    status, answer = post_token("http://127.0.0.1:1/graphql/", " " * 300_000)

    assert (status, answer["error"]["code"]) == (413, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize("api_url", [None, "", "nonsense"])
def test_without_a_shops_address_nothing_is_called(api_url: Any) -> None:
    status, answer = post_token(api_url, {"auth_token": "token"})

    assert (status, answer["error"]["code"]) == (403, "SALEOR_URL_PROHIBITED")


def test_only_post_registers() -> None:
    assert Client().get("/api/register").status_code == 405
