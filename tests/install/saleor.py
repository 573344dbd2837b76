"""A shop that installs us, as far as the handshake is concerned."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from loopback import LoopbackServer
from signing import SigningKey

from saleor_loyalty.entrypoints.install.manifest import PERMISSIONS

DENIED = {"message": "no", "extensions": {"exception": {"code": "PermissionDenied"}}}


@dataclass
class Saleor:
    """What the shop answers; `app` is None where it does not know the token."""

    app_id: str | None = "QXBwOjE="
    permissions: list[str] = field(default_factory=lambda: list(PERMISSIONS))
    identifier: str = "saleor-loyalty"
    version: str = "3.23.5"
    currencies: list[str] = field(default_factory=lambda: ["EUR", "USD", "EUR"])
    webhooks: list[dict[str, Any]] = field(default_factory=list)
    key: SigningKey = field(default_factory=SigningKey)
    keys_status: int = 200
    api_status: int = 200
    introspection: dict[str, Any] | None = None
    api_url: str = ""

    def answer(self, path: str, body: Any) -> tuple[int, Any]:
        if path == "/.well-known/jwks.json":
            return self.keys_status, self.key.jwks
        if self.api_status != 200:
            return self.api_status, "trouble"
        return 200, self._execute(body["query"])

    def _execute(self, query: str) -> dict[str, Any]:
        if "__schema" in query:
            return {"data": self.introspection} if self.introspection else {"errors": [{}]}
        if self.app_id is None:
            return {"errors": [DENIED], "data": {"app": None}}
        app = {
            "id": self.app_id,
            "identifier": self.identifier,
            "permissions": [{"code": code} for code in self.permissions],
            "webhooks": self.webhooks,
        }
        channels = [{"currencyCode": code} for code in self.currencies]
        return {"data": {"app": app, "shop": {"version": self.version}, "channels": channels}}

    @contextmanager
    def running(self) -> Iterator["Saleor"]:
        with LoopbackServer(self.answer).running() as server:
            self.api_url = f"{server.url}/graphql/"
            yield self

    def hand_over_token(self, token: str = "token-1") -> tuple[int, Any]:
        """Do what Saleor does: post the token; return the status and the answer."""
        return post_token(self.api_url, {"auth_token": token})


def post_token(api_url: str | None, body: Any) -> tuple[int, Any]:
    headers = {"Saleor-Api-Url": api_url} if api_url is not None else {}
    response = Client().post(
        "/api/register", data=body, content_type="application/json", headers=headers
    )
    return response.status_code, response.json()
