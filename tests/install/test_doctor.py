"""`saleor-loyalty doctor` tells what is wrong with an installation, and what to do."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from factories import make_installation
from graphql import build_schema, introspection_from_schema
from graphql.utilities import strip_ignored_characters
from install.saleor import Saleor
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from signing import SigningKey

from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.installations import operations
from saleor_loyalty.installations.models import Installation

pytestmark = pytest.mark.django_db(transaction=True)

#: The checks of a shop of Saleor 3.23 in which all is well.
WELL = """\
OK     our database: {database}
OK     the shop may install us
OK     the shop has installed us
OK     Saleor answers, and knows our token
OK     permissions
OK     Saleor's version 3.23.5
OK     signing keys
OK     our address {address}
OK     webhook “Loyalty: orders”
OK     webhook “Loyalty: customers”
OK     webhook “Loyalty: deleted customers”
OK     webhook “Loyalty: vouchers”
OK     webhook “Loyalty: this app”
OK     Saleor understands all that we say: not checked, the shop does not show its schema\
 (Saleor refused: None)
OK     programme: version 1
OK     points expire as the programme says
OK     events
OK     redemptions
"""


@pytest.fixture
def saleor(live_server: LiveServer, settings: Settings) -> Iterator[Saleor]:
    """A shop that installed us, with our webhooks as the manifest asks for them."""
    settings.APP_URL = live_server.url
    with Saleor().running() as saleor:
        saleor.hand_over_token()
        saleor.webhooks = [
            installed(entry) for entry in Client().get("/api/manifest").json()["webhooks"]
        ]
        yield saleor


def installed(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "V2ViaG9vazox",
        "name": entry["name"],
        "isActive": True,
        "targetUrl": entry["targetUrl"],
        "subscriptionQuery": entry["query"],
        "asyncEvents": [{"eventType": event} for event in entry["asyncEvents"]],
        "eventDeliveries": {"edges": []},
    }


def doctor(api_url: str) -> tuple[int, str]:
    """Run the command; return its exit status and what it printed."""
    told = StringIO()
    try:
        call_command("doctor", url=api_url, stdout=told)
    except SystemExit as end:
        return int(str(end.code)), told.getvalue()
    return 0, told.getvalue()


def only_problem(saleor: Saleor) -> str:
    status, told = doctor(saleor.api_url)

    [problem] = [line for line in told.splitlines() if line.startswith("WRONG")]
    assert status == 1
    return problem.removeprefix("WRONG  ")


def test_a_healthy_installation(saleor: Saleor, settings: Settings) -> None:
    database = settings.DATABASES["default"]["NAME"]
    assert doctor(saleor.api_url) == (0, WELL.format(database=database, address=settings.APP_URL))


def test_a_shop_that_never_installed_us() -> None:
    status, told = doctor("http://127.0.0.1:1/graphql/")

    assert status == 1
    assert "WRONG  the shop has installed us: it has not" in told
    assert told.endswith("under which it was installed (no shop has, so far).\n")


def test_a_wrong_address_is_answered_with_those_of_the_shops_there_are() -> None:
    for number in range(12):
        make_installation(api_url=f"https://shop-{number}.example/graphql/")

    told = doctor("https://shop-1.example/")[1]

    named = ", ".join(f"https://shop-{number}.example/graphql/" for number in range(10))
    assert told.endswith(f"under which it was installed: {named} and 2 more.\n")


def test_a_shop_that_may_not_install_us_again(saleor: Saleor, settings: Settings) -> None:
    settings.ALLOWED_SALEOR_URLS = ["https://other.example/graphql/"]

    assert "ALLOWED_SALEOR_URLS" in only_problem(saleor)


def test_a_shop_that_removed_us(saleor: Saleor) -> None:
    row = Installation.objects.get()
    operations.deactivate(installation_id=row.pk, app_id=row.app_id)

    assert "it removed us since" in only_problem(saleor)


def test_a_token_whose_key_is_lost(saleor: Saleor, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert only_problem(saleor).startswith("our token: ")


def test_a_shop_that_cannot_be_reached(saleor: Saleor) -> None:
    saleor.api_status = 503

    assert "reachable from here?" in only_problem(saleor)


def test_an_app_that_is_switched_off(saleor: Saleor) -> None:
    saleor.app_id = None

    assert "Activate the app" in only_problem(saleor)


def test_missing_permissions(saleor: Saleor) -> None:
    saleor.permissions.remove("MANAGE_USERS")

    assert only_problem(saleor).startswith("permissions: MANAGE_USERS missing.")


@pytest.mark.parametrize("version", ["3.21.9", "4.0.0", "unreadable"])
def test_a_version_we_do_not_know(saleor: Saleor, version: str) -> None:
    saleor.version = version

    assert (
        f"Saleor's version {version}: this app works with >=3.22 <4." in doctor(saleor.api_url)[1]
    )


def test_signing_keys_that_are_not_there(saleor: Saleor) -> None:
    saleor.keys_status = 404

    assert only_problem(saleor).startswith("signing keys: ")


def test_a_new_signing_key_is_nothing_to_worry_about(saleor: Saleor) -> None:
    saleor.key = SigningKey()

    status, told = doctor(saleor.api_url)

    assert status == 0
    assert "OK     signing keys: Saleor has a new one" in told


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"isActive": False}, "it is switched off"),
        ({"asyncEvents": [{"eventType": "ORDER_PAID"}]}, "it lacks ORDER_CANCELLED, "),
        ({"subscriptionQuery": "subscription { event { issuedAt } }"}, "its query is outdated"),
        ({"subscriptionQuery": "{"}, "its query is outdated"),
        ({"targetUrl": "http://old.example/x"}, "it is sent to http://old.example/x, not http"),
        ({"name": "Other"}, "it is missing"),
    ],
)
def test_a_webhook_that_is_not_as_it_should_be(
    saleor: Saleor, change: dict[str, Any], problem: str
) -> None:
    saleor.webhooks[0] |= change

    assert only_problem(saleor).startswith(f"webhook “Loyalty: orders”: {problem}")


def test_an_outdated_webhook_is_said_to_be_updated_by_one_command(saleor: Saleor) -> None:
    saleor.webhooks[0]["subscriptionQuery"] = "subscription { event { issuedAt } }"

    assert only_problem(saleor).endswith(
        f"Run: saleor-loyalty update_webhooks --shop {saleor.api_url}"
    )


def test_a_query_that_only_looks_different_is_the_same(saleor: Saleor) -> None:
    query = saleor.webhooks[0]["subscriptionQuery"]
    saleor.webhooks[0]["subscriptionQuery"] = f"# ours\n{strip_ignored_characters(query)}"

    assert doctor(saleor.api_url)[0] == 0


def test_a_version_that_does_not_have_a_webhook_does_not_miss_it(saleor: Saleor) -> None:
    saleor.version = "3.22.40"
    saleor.webhooks = [each for each in saleor.webhooks if "deleted" not in each["name"]]

    assert doctor(saleor.api_url)[0] == 0


def test_failed_deliveries(saleor: Saleor) -> None:
    failed = {"createdAt": "2026-03-01T12:00:00+00:00", "eventType": "ORDER_PAID"}
    saleor.webhooks[0]["eventDeliveries"] = {"edges": [{"node": failed}]}

    assert "1 or more failed, the last at 2026-03-01T12:00:00+00:00" in only_problem(saleor)


def test_an_address_nobody_answers_at(saleor: Saleor, settings: Settings) -> None:
    settings.APP_URL = "http://127.0.0.1:1"

    assert "our address http://127.0.0.1:1: our manifest is not there" in doctor(saleor.api_url)[1]


def test_a_schema_that_lacks_what_we_ask_for(saleor: Saleor) -> None:
    lacking = build_schema("type Query { app: App } type App { id: ID }")
    saleor.introspection = dict(introspection_from_schema(lacking))

    problem = only_problem(saleor)

    assert problem.startswith("Saleor understands all that we say: ")
    assert "AppWebhooks (Cannot query " in problem
    assert "OrdersById (" in problem


def test_a_shop_without_a_programme(saleor: Saleor) -> None:
    with Saleor(webhooks=saleor.webhooks).running() as other:
        make_installation(api_url=other.api_url, jwks=other.key.jwks)

        assert only_problem(other).startswith("programme: none is published")


def test_a_currency_without_a_rate(saleor: Saleor) -> None:
    saleor.currencies += ["JPY", "CAD"]

    status, told = doctor(saleor.api_url)

    assert status == 0
    assert (
        "OK     programme: version 1, without a rate for CAD, JPY: such orders earn nothing\n"
        in told
    )


@pytest.mark.parametrize(
    ("status", "advice"), [("WAITING", "saleor-loyalty worker"), ("FAILED", "replay_inbox")]
)
def test_events_that_are_not_processed(saleor: Saleor, status: str, advice: str) -> None:
    long_ago = timezone.now() - timedelta(minutes=6)
    InboxEvent.objects.create(
        installation=Installation.objects.get(), name="OrderPaid", digest=b"1", body=b"{}",
        status=status, due_at=long_ago, received_at=long_ago,
    )  # fmt: skip

    assert advice in only_problem(saleor)
