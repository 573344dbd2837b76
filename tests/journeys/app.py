"""Our app as its operator, storefronts and staff see it: programs, commands, HTTP, GraphQL."""

import json
import re
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
from deployment import Deployment, eventually
from journeys.postman import Postman
from journeys.shop import Order, Shop
from journeys.staff import Customer

SECONDS_MAX = 30
#: So long that only webhooks bring news.
NEVER_S = "86400"
SOON_S = "1"
_PORTION = """
fragment Portion on Member {
  userId
  balance { available pending held debt }
  history(first: 100) { edges { node { kind points reason orderNumber } } }
}
"""
ME = _PORTION + "{ me { ...Portion } }"
MEMBER = _PORTION + "query Member($user: ID!) { member(userId: $user) { ...Portion } }"
_IDLE = re.compile(r'^loyalty_inbox_events\{status="(WAITING|DOUBTFUL)"\} 0\.0$', re.MULTILINE)

Data = dict[str, Any]


class App:
    """A deployment that shops reach through a postman."""

    def __init__(self, data_dir: Path, logs: Path, shop_url: str) -> None:
        self._closing = ExitStack()
        self.programs = Deployment(
            data_dir, logs, ALLOWED_SALEOR_URLS=f"http://127.0.0.1:*/graphql/ {shop_url}"
        )
        self._closing.enter_context(self.programs)
        self.postman = self._closing.enter_context(Postman(self.programs.url).working())
        self.programs.settings["APP_URL"] = self.postman.url
        #: What the shop calls us, once we are installed.
        self.app_id = ""
        self.manifest_url = f"{self.postman.url}/api/manifest"

    def __enter__(self) -> "App":
        return self

    def __exit__(self, *_error: object) -> None:
        self._closing.close()

    # For operators

    def start(self, *, poll_every_s: str = NEVER_S) -> None:
        """Start the web server, a worker and the clock."""
        self.programs.start("serve", "--workers", "1")
        self.programs.start("worker", "--concurrency", "1")
        self.programs.start("beat", POLL_EVERY_S=poll_every_s, MATURE_EVERY_S="1")

    def publish(self, shop: Shop, **terms: Any) -> None:
        """Publish a programme that gives a point a cent, with other terms if given."""
        rates = {"USD": {"points": 100, "per": "1.00"}}
        document = json.dumps({"earning": {"rates": rates}, **terms})
        self.programs.run("programme", "--shop", shop.api_url, "--publish", "-", stdin=document)

    def until_idle(self) -> None:
        """Wait until every event that was accepted is processed."""
        eventually(
            "nothing waits in the inbox",
            lambda: len(_IDLE.findall(self._get("/metrics"))) == 2,
            within_s=SECONDS_MAX,
        )

    def _get(self, path: str) -> str:
        return httpx.get(f"{self.programs.url}{path}").raise_for_status().text

    # For storefronts and staff

    def ask(self, shop: Shop, query: str, token: str, **variables: Any) -> Data:
        """Ask our GraphQL API about a shop; return the whole answer."""
        answer = httpx.post(
            f"{self.postman.url}/graphql/",
            json={"query": query, "variables": variables},
            headers={"Saleor-Api-Url": shop.api_url, "Authorization-Bearer": token},
        )
        whole: Data = answer.json()
        return whole

    def me(self, shop: Shop, customer: Customer) -> Data:
        """Return what a customer sees of themselves, with the token the shop gave them."""
        answer = self.ask(shop, ME, customer.token)
        assert "errors" not in answer, answer
        portion: Data = answer["data"]["me"]
        return portion

    def has(self, shop: Shop, customer: Customer, **balance: int) -> float:
        """Wait until the customer has these points and no others; return the seconds it took."""
        expected = {"available": 0, "pending": 0, "held": 0, "debt": 0} | balance
        return eventually(
            f"{customer.email} has {expected}",
            lambda: self.me(shop, customer)["balance"] == expected,
            within_s=SECONDS_MAX,
        )


def reasons(portion: Data) -> list[tuple[int, str]]:
    """Return the points and the reason of each entry of a history, the newest first."""
    return [
        (edge["node"]["points"], edge["node"]["reason"]) for edge in portion["history"]["edges"]
    ]


def points(shop: Shop, order: Order, *, refunded: Decimal = Decimal(0)) -> int:
    """Return what an order earns at a point a cent of goods, for the money that was kept."""
    prices = [line["totalPrice"]["gross"]["amount"] for line in shop.order(order.id)["lines"]]
    goods = sum((Decimal(str(price)) for price in prices), Decimal(0))
    return int(100 * goods * (order.total - refunded) / order.total)
