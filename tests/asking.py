"""Calling our GraphQL API as customers and staff of a shop."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from factories import make_shop
from signing import SigningKey

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import member_key

ANNA, BEN, SAM = "VXNlcjox", "VXNlcjoy", "VXNlcjo5"
STAFF_PERMISSIONS = ["MANAGE_ORDERS", "MANAGE_USERS"]


class Shopfront:
    """One shop with its signing key; Anna and Ben buy there, Sam works there."""

    def __init__(self, key: SigningKey, **installation: Any) -> None:
        self.key = key
        self.row: Installation = make_shop(jwks=key.jwks, **installation)
        self.anna, self.ben = member_key(self.row.pk, ANNA), member_key(self.row.pk, BEN)

    def claims(self, user: str, **changes: Any) -> dict[str, Any]:
        """Return what Saleor puts into everybody's tokens."""
        now = datetime.now(UTC)
        claims = {
            "iat": now, "exp": now + timedelta(minutes=5), "iss": self.row.api_url,
            "owner": "saleor", "token": "x", "user_id": user, "email": "somebody@example.com",
            "is_staff": False, "type": "access",
        }  # fmt: skip
        return claims | changes

    def staff_claims(self, user: str = SAM, **changes: Any) -> dict[str, Any]:
        """Return what Saleor puts into the tokens it makes for the Dashboard's apps."""
        staff = {
            "is_staff": True, "type": "thirdparty", "app": self.row.app_id,
            "permissions": STAFF_PERMISSIONS, "user_permissions": STAFF_PERMISSIONS,
        }  # fmt: skip
        return self.claims(user, **staff | changes)

    def customer(self, user: str = ANNA, **changes: Any) -> str:
        """Return a customer's token."""
        return self.key.token(**self.claims(user, **changes))

    def staff(self, user: str = SAM, **changes: Any) -> str:
        """Return a token of somebody who works for the shop."""
        return self.key.token(**self.staff_claims(user, **changes))

    def post(self, body: Any, *, token: str | None = None, **headers: str) -> Any:
        """Send a body, and return the HTTP response."""
        named = {"Saleor-Api-Url": self.row.api_url} | headers
        if token is not None:
            named["Authorization-Bearer"] = token
        content = body if isinstance(body, bytes | str) else json.dumps(body)
        return Client().post("/graphql/", content, content_type="application/json", headers=named)

    def ask(self, query: str, *, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """Send a query, and return the whole answer."""
        answer: dict[str, Any] = self.post(
            {"query": query, "variables": variables}, token=token
        ).json()
        return answer

    def data(self, query: str, *, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """Send a query that is answered without errors, and return its data."""
        answer = self.ask(query, token=token, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data


def codes(answer: dict[str, Any]) -> list[str]:
    """Return the codes of an answer's errors."""
    return [error["extensions"]["code"] for error in answer.get("errors", [])]
