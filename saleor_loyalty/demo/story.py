"""What the demo tells: two customers buy, points arrive, a refund takes some back."""

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from saleor_loyalty.demo import DemoFailed
from saleor_loyalty.demo.graphql import ask
from saleor_loyalty.demo.programs import Programs
from saleor_loyalty.demo.shop import Purchase, Shop

POINTS_SECONDS_MAX = 30.0
POLL_SECONDS = 0.1
ME = """query Me {
  me {
    balance { available pending }
    history(first: 5) { edges { node { points reason occurredAt } } }
  }
}"""


@dataclass(frozen=True)
class Story:
    """Everything that has a part in it."""

    shop: Shop
    app_url: str
    programs: Programs
    client: httpx.Client

    def tell(self) -> None:
        """Play it, and say what happens.

        :raises DemoFailed: if something does not happen in time.
        """
        manifest = f"{self.app_url}/api/manifest"
        webhooks = self.shop.install(manifest)
        _say("1. The shop's staff install the app.")
        _say(f"   They give the shop one address, {manifest}")
        _say(f"   The shop sends us a token, we check it; {webhooks} webhooks are in place.\n")
        order = self._purchase("2.", "Alice", {"Coffee Beans": 2, "Olive Oil": 1})
        self._purchase("3.", "Bob", {"Tote Bag": 1, "Apple Juice": 4})
        self._refund("4.", "Alice", order)

    def me(self, email: str) -> dict[str, Any]:
        """Ask our GraphQL API for a customer's points, with the customer's own token."""
        headers = {"Saleor-Api-Url": self.shop.api_url}
        token = self.shop.log_in(email)
        url = f"{self.app_url}/graphql/"
        return dict(ask(self.client, url, ME, token=token, headers=headers)["me"])

    def _purchase(self, number: str, name: str, goods: dict[str, int]) -> Purchase:
        email = f"{name.lower()}@example.com"
        before, told = self.me(email), len(self.shop.webhooks())
        order = self.shop.buy(self.shop.log_in(email), goods)
        paid = f"{order.currency} {order.total:.2f}"
        shipping = f"{order.currency} {order.shipping:.2f}"
        _say(f"{number} {name} buys {order.goods}.")
        _say(f"   Order {order.number} is paid: {paid}, with {shipping} for shipping.")
        _say(f"   Each {order.currency} 1.00 of goods earns a point, and shipping earns nothing.")
        self._points(name, email, before, told)
        return order

    def _refund(self, number: str, name: str, order: Purchase) -> None:
        email = f"{name.lower()}@example.com"
        before, told = self.me(email), len(self.shop.webhooks())
        amount = (order.total / 4).quantize(Decimal("0.01"))
        self.shop.refund(order, amount)
        _say(f"{number} The shop gives {name} a quarter of the money back.")
        kept = (order.total - order.shipping) * (1 - amount / order.total)
        _say(f"   Order {order.number} is refunded by {order.currency} {amount}.")
        _say(f"   {order.currency} {kept:.2f} of goods stay paid; points are rounded down.")
        self._points(name, email, before, told)

    def _points(self, name: str, email: str, before: dict[str, Any], told: int) -> None:
        started = time.monotonic()
        after = self._changed(email, before)
        seconds = time.monotonic() - started
        events = ", ".join(dict.fromkeys(self.shop.webhooks()[told:]))
        _say(f"   The shop sends us webhooks: {events}.")
        balance, last = after["balance"], after["history"]["edges"][0]["node"]
        _say(f"   {seconds:.1f} s later {name} asks our GraphQL API, as a storefront would:")
        _say(f"   {balance['available']} points available, {balance['pending']} pending.")
        _say(f"   The latest entry: {last['points']:+d}, “{last['reason']}”.\n")

    def _changed(self, email: str, before: dict[str, Any]) -> dict[str, Any]:
        deadline = time.monotonic() + POINTS_SECONDS_MAX
        while time.monotonic() < deadline:
            self.programs.check()
            if (now := self.me(email)) != before:
                return now
            time.sleep(POLL_SECONDS)
        raise DemoFailed(f"The points did not arrive within {POINTS_SECONDS_MAX:.0f} s.")


def _say(line: str) -> None:
    print(line, flush=True)
