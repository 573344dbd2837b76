"""An app is installed by a real handshake."""

import httpx
import pytest
from journeys.shop import InstallationFailed, Shop, ShopRefused
from sandbox.small_app import SmallApp

from saleor_loyalty.sandbox import RunningSandbox


def ask(api_url: str, query: str, token: str) -> dict[str, object]:
    answer = httpx.post(api_url, json={"query": query}, headers={"Authorization-Bearer": token})
    return dict(answer.json())


def test_the_app_gets_a_token_that_works(
    running: RunningSandbox, app: SmallApp, app_id: str
) -> None:
    query = "{ app { id name identifier isActive permissions { code } } shop { version } }"

    handshake = app.registered[0]

    assert handshake.headers["saleor-api-url"] == running.api_url
    assert handshake.headers["saleor-domain"] == handshake.headers["x-saleor-domain"]
    assert handshake.headers["saleor-schema-version"] == "3.23"
    assert ask(running.api_url, query, app.token)["data"] == {
        "app": {
            "id": app_id,
            "name": "Small app",
            "identifier": "small.app",
            "isActive": True,
            "permissions": [{"code": "MANAGE_ORDERS"}, {"code": "MANAGE_USERS"}],
        },
        "shop": {"version": "3.23.0"},
    }


def test_webhooks_come_from_the_manifest_with_the_events_of_their_queries(
    running: RunningSandbox, app: SmallApp, app_id: str
) -> None:
    query = "{ app { webhooks { identifier isActive asyncEvents { eventType } } } }"

    answer = ask(running.api_url, query, app.token)

    customers = {"CUSTOMER_CREATED", "CUSTOMER_UPDATED", "CUSTOMER_DELETED"}
    webhooks = {each["identifier"]: each for each in answer["data"]["app"]["webhooks"]}  # type: ignore[index]
    assert set(webhooks) == {"orders", "customers", "own"}
    assert {each["eventType"] for each in webhooks["customers"]["asyncEvents"]} == customers


def test_a_refusal_fails_the_installation_in_the_apps_own_words(shop: Shop, app: SmallApp) -> None:
    app.register_answer = (403, {"error": {"message": "This shop is not allowed."}})

    with pytest.raises(InstallationFailed, match="This shop is not allowed"):
        shop.install(app.manifest_url)

    assert shop.ask_as_staff("Installations")["apps"]["edges"] == []


def test_a_second_installation_of_the_same_app_is_refused(
    shop: Shop, app: SmallApp, app_id: str
) -> None:
    with pytest.raises(InstallationFailed, match="already installed"):
        shop.install(app.manifest_url)

    assert len(app.registered) == 1


def test_no_app_may_manage_apps(shop: Shop, app: SmallApp) -> None:
    app.permissions = ("MANAGE_APPS",)

    with pytest.raises(ShopRefused) as refusal:
        shop.install(app.manifest_url)

    assert refusal.value.codes == ["OUT_OF_SCOPE_PERMISSION"]


def test_a_removed_app_hears_of_it_and_its_token_is_dead(
    running: RunningSandbox, shop: Shop, app: SmallApp, app_id: str
) -> None:
    shop.uninstall(app_id)

    (received,) = app.wait_for(1)
    assert received.body == {"__typename": "AppDeleted", "app": {"id": app_id}}
    assert ask(running.api_url, "{ me { id } app { id } }", app.token)["data"] == {
        "me": None,
        "app": None,
    }


def test_a_missing_permission_gives_null_and_an_error(
    running: RunningSandbox, app: SmallApp, app_id: str
) -> None:
    answer = ask(running.api_url, "{ vouchers(first: 1) { totalCount } }", app.token)

    assert answer["data"] == {"vouchers": None}
    (error,) = answer["errors"]  # type: ignore[misc]
    assert error["extensions"]["exception"]["code"] == "PermissionDenied"  # type: ignore[has-type]


def test_an_app_reports_a_problem_once_and_counts_it_again(
    running: RunningSandbox, app: SmallApp, app_id: str
) -> None:
    report = (
        'mutation { appProblemCreate(input: {key: "k", message: "m", criticalThreshold: 2})'
        " { appProblem { count isCritical } errors { code } } }"
    )
    dismiss = 'mutation { appProblemDismiss(input: {byApp: {keys: ["k"]}}) { errors { code } } }'

    ask(running.api_url, report, app.token)
    second = ask(running.api_url, report, app.token)
    ask(running.api_url, dismiss, app.token)
    left = ask(running.api_url, "{ app { problems { key } } }", app.token)

    assert second["data"]["appProblemCreate"]["appProblem"] == {"count": 2, "isCritical": True}  # type: ignore[index]
    assert left["data"] == {"app": {"problems": []}}
