"""A shop that tells far too much: its orders, and deliveries of their events in any order."""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from factories import NOON, money, order_line, order_payload
from loopback import LoopbackServer
from signing import SigningKey, event_body
from storms.sender import Delivery

APP_ID = "QXBwOjc="
PERMISSIONS = ["MANAGE_DISCOUNTS", "MANAGE_GIFT_CARD", "MANAGE_ORDERS", "MANAGE_USERS"]
SHIPPING = 10
MEMBERS = 200


@dataclass(frozen=True, slots=True)
class Sale:
    """An order paid in full, part of which was refunded later."""

    number: int
    dollars: int
    refunded: int

    @property
    def order_id(self) -> str:
        return f"Order-{self.number}"

    @property
    def user(self) -> str:
        return f"User-{self.number % MEMBERS}"

    @property
    def points(self) -> int:
        """One point a dollar of goods, for the share of the money that the shop keeps."""
        total = self.dollars + SHIPPING
        return self.dollars * (total - self.refunded) // total

    def paid(self) -> dict[str, Any]:
        """Return the order's state after the payment."""
        return order_payload(
            order_id=self.order_id,
            number=str(self.number),
            user=self.user,
            lines=[order_line("L1", self.dollars)],
            updated_at=NOON + timedelta(minutes=self.number),
        )

    def final(self) -> dict[str, Any]:
        """Return the order's state after the refund, if there was one."""
        if not self.refunded:
            return self.paid()
        return self.paid() | {
            "updatedAt": (NOON + timedelta(minutes=self.number, seconds=30)).isoformat(),
            "chargeStatus": "PARTIAL",
            "totalCharged": money(self.dollars + SHIPPING - self.refunded),
            "totalRefunded": money(self.refunded),
        }


def sales(count: int) -> list[Sale]:
    """Return so many sales, a third of them refunded in part."""
    chance = random.Random(2)
    return [_sale(number, chance) for number in range(count)]


def _sale(number: int, chance: random.Random) -> Sale:
    dollars = chance.randint(1, 500)
    return Sale(number, dollars, chance.randint(1, dollars) if number % 3 == 2 else 0)


class Shop:
    """Saleor, as far as a storm needs it: it knows its app, its keys and its orders."""

    def __init__(self) -> None:
        self.key, self.orders = SigningKey(), dict[str, dict[str, Any]]()
        self._server = LoopbackServer(self._answer)
        self.api_url = f"{self._server.url}/graphql/"

    @contextmanager
    def running(self) -> Iterator["Shop"]:
        with self._server.running():
            yield self

    def install(self, app_url: str) -> None:
        """Hand our app its token, as Saleor does when it is installed."""
        registered = httpx.post(
            f"{app_url}/api/register",
            json={"auth_token": "a-token"},
            headers={"Saleor-Api-Url": self.api_url},
        )
        assert registered.json() == {"success": True}

    def staff_token(self) -> str:
        """Return the token of somebody who may do everything."""
        now = datetime.now(UTC)
        return self.key.token(
            iat=now, exp=now + timedelta(minutes=5), iss=self.api_url, owner="saleor", token="x",
            user_id="VXNlcjox", email="staff@example.com", is_staff=True, type="thirdparty",
            app=APP_ID, permissions=PERMISSIONS, user_permissions=PERMISSIONS,
        )  # fmt: skip

    def delivery(self, event: str, order: Any, **more: Any) -> Delivery:
        """Return a signed delivery of `event`, as a camel-case name, about an order."""
        return self.signed(event, event_body(event, order, app_id=APP_ID, issued_at=NOON, **more))

    def signed(self, event: str, body: bytes) -> Delivery:
        """Return a delivery of this very body."""
        headers = {"Saleor-Event": event, "Saleor-Api-Url": self.api_url,
                   "Saleor-Signature": self.key.sign(body)}  # fmt: skip
        return Delivery(body, headers)

    def deliveries(self, sold: Sequence[Sale], *, copies: int = 1) -> list[Delivery]:
        """Return two deliveries of each sale, so many copies of each, all in no order."""
        found = []
        for sale in sold:
            paid, final = sale.paid(), sale.final()
            self.orders[sale.order_id] = final
            once = [self.delivery("OrderPaid", paid), self.delivery("OrderUpdated", final)]
            found += once * copies
        random.Random(3).shuffle(found)
        return found

    def _answer(self, path: str, body: Any) -> tuple[int, Any]:
        if path == "/.well-known/jwks.json":
            return 200, self.key.jwks
        if "query OrdersById" in body["query"]:
            known = [self.orders[each] for each in body["variables"]["ids"] if each in self.orders]
            edges = [{"node": json.loads(json.dumps(order, default=float))} for order in known]
            return 200, {"data": {"orders": {"edges": edges}}}
        if "query InstalledApp" in body["query"]:
            app = {
                "id": APP_ID,
                "identifier": "saleor-loyalty",
                "permissions": [{"code": code} for code in PERMISSIONS],
            }
            data = {
                "app": app,
                "shop": {"version": "3.23.0"},
                "channels": [{"currencyCode": "USD"}],
            }
            return 200, {"data": data}
        return 200, {"data": {"appProblemCreate": {"errors": []}}}
