"""Tokens say who somebody is, and are refused the way Saleor refuses them."""

from typing import Any

import httpx
import jwt
import pytest
from journeys.shop import Shop
from sandbox.small_app import SmallApp

from saleor_loyalty.sandbox import RunningSandbox
from saleor_loyalty.sandbox.people import User

PERMISSIONS = ["MANAGE_ORDERS", "MANAGE_USERS"]


def claims(token: str, running: RunningSandbox) -> dict[str, Any]:
    jwks = httpx.get(running.api_url.replace("/graphql/", "/.well-known/jwks.json")).json()
    key = jwt.PyJWKSet.from_dict(jwks)[jwt.get_unverified_header(token)["kid"]]
    return dict(jwt.decode(token, key.key, algorithms=["RS256"]))


def me(running: RunningSandbox, headers: dict[str, str]) -> dict[str, Any]:
    query = {"query": "{ me { email } shop { name } }"}
    return dict(httpx.post(running.api_url, json=query, headers=headers).json())


def test_a_customers_token_lives_five_minutes_and_names_its_issuer(
    running: RunningSandbox, shop: Shop
) -> None:
    alice = shop.customer("alice@example.com")

    found = claims(alice.token, running)

    assert found["exp"] - found["iat"] == 300
    assert found.keys() == {
        "iat", "owner", "iss", "exp", "token", "email", "type", "user_id", "is_staff",
    }  # fmt: skip
    assert (found["iss"], found["owner"], found["type"]) == (running.api_url, "saleor", "access")
    assert (found["user_id"], found["is_staff"]) == (alice.id, False)


def test_staff_get_the_same_kind_of_app_token_from_both_doors(
    running: RunningSandbox, shop: Shop, app_id: str
) -> None:
    door = running.api_url.replace("/graphql/", "/sandbox/staff-token")

    tokens = [shop.staff_token(app_id), httpx.post(door, json={}).json()["token"]]

    for token in tokens:
        found = claims(token, running)
        assert (found["type"], found["app"], found["is_staff"]) == ("thirdparty", app_id, True)
        assert found["permissions"] == PERMISSIONS
        assert set(found["user_permissions"]) > set(PERMISSIONS)


@pytest.mark.parametrize(
    ("name", "prefix"),
    [("Authorization-Bearer", ""), ("Authorization", "JWT "), ("Authorization", "Bearer ")],
)
def test_a_token_may_come_in_either_header(
    running: RunningSandbox, shop: Shop, name: str, prefix: str
) -> None:
    alice = shop.customer("alice@example.com")

    assert me(running, {name: prefix + alice.token})["data"]["me"] == {"email": alice.email}


def test_a_void_token_is_refused_where_it_matters(running: RunningSandbox, shop: Shop) -> None:
    alice = shop.customer("alice@example.com")
    with running.sandbox.world.lock:
        running.sandbox.world.require(User, alice.id).token_key = "changed"

    answer = me(running, {"Authorization-Bearer": alice.token})

    assert answer["data"] == {"me": None, "shop": {"name": "Corner Shop"}}
    assert answer["errors"][0]["extensions"]["exception"]["code"] == "InvalidTokenError"


def test_somebody_elses_token_is_nobodys(running: RunningSandbox) -> None:
    answer = me(running, {"Authorization-Bearer": "not.a.token"})

    assert answer["data"]["me"] is None
    assert "errors" not in answer


def test_an_app_token_shows_in_the_dashboard_only(
    running: RunningSandbox, app: SmallApp, app_id: str
) -> None:
    query = {"query": "{ app { accessToken } }"}
    headers = {"Authorization-Bearer": app.token}

    answer = httpx.post(running.api_url, json=query, headers=headers).json()

    assert answer["data"] == {"app": {"accessToken": None}}


@pytest.mark.parametrize(
    ("body", "status"),
    [([{"query": "{ shop { name } }"}], 400), ({"query": "{"}, 400), ({"query": "{ x }"}, 400)],
)
def test_batches_and_broken_documents_are_bad_requests(
    running: RunningSandbox, body: Any, status: int
) -> None:
    answer = httpx.post(running.api_url, json=body)

    assert answer.status_code == status
    assert "exception" in answer.json()["errors"][0]["extensions"]
