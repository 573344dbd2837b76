"""What the driver has no words for: staff's questions, and the sandbox's own commands."""

from decimal import Decimal
from typing import Any

import httpx
from journeys.shop import Customer, Shop

PRICES = """query ($id: ID!) { checkout(id: $id) {
  voucherCode discount { amount } discountName giftCards { id }
  subtotalPrice { gross { amount } } shippingPrice { gross { amount } }
  totalPrice { gross { amount } } totalBalance { amount }
  lines { id quantity isGift variant { sku } totalPrice { gross { amount } } } } }"""
SOLD = """query ($id: ID!) { order(id: $id) {
  status updatedAt voucherCode voucher { id } total { gross { amount } } giftCards { id }
  discounts { type total { amount } }
  lines { productSku isGift voucherCode unitDiscountReason totalPrice { gross { amount } }
          discounts { type total { amount } reason } } } }"""
CHANGE_LINES = """mutation ($id: ID!, $lines: [CheckoutLineUpdateInput!]!) {
  checkoutLinesUpdate(id: $id, lines: $lines) { checkout { id } errors { code } } }"""
REMOVE_CODE = """mutation ($id: ID!, $code: String!) {
  checkoutRemovePromoCode(id: $id, promoCode: $code) { checkout { id } errors { code } } }"""
SET_CHANNEL = """mutation ($id: ID!, $input: ChannelUpdateInput!) {
  channelUpdate(id: $id, input: $input) { channel { id } errors { code } } }"""


class Backdoor:
    """Asks whatever a test likes, as staff, and commands the sandbox."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._token = shop.log_in("admin@example.com", "admin")["token"]

    def post(self, query: str, **variables: Any) -> httpx.Response:
        """Send a query, and return whatever comes back."""
        body = {"query": query, "variables": variables}
        return httpx.post(
            self.shop.api_url, json=body, headers={"Authorization-Bearer": self._token}
        )

    def ask(self, query: str, **variables: Any) -> Any:
        """Return the only field of an answer that has no errors."""
        answer = self.post(query, **variables).json()
        assert "errors" not in answer, answer["errors"]
        (field,) = answer["data"].values()
        return field

    def command(self, name: str, **body: Any) -> Any:
        """Command the sandbox."""
        door = self.shop.api_url.replace("/graphql/", f"/sandbox/{name}")
        return httpx.post(door, json=body).raise_for_status().json()

    def prices(self, checkout: str) -> Any:
        """Return what a checkout costs, and why."""
        return self.ask(PRICES, id=checkout)

    def sold(self, order: str) -> Any:
        """Return what an order tells of its discounts."""
        return self.ask(SOLD, id=order)

    def set_quantity(self, checkout: str, quantity: int) -> None:
        """Change how many pieces the first line has."""
        line = self.prices(checkout)["lines"][0]["id"]
        self.ask(CHANGE_LINES, id=checkout, lines=[{"lineId": line, "quantity": quantity}])

    def remove_code(self, checkout: str, code: str) -> list[str]:
        """Take a code off a checkout; return the codes of what speaks against it."""
        return [error["code"] for error in self.ask(REMOVE_CODE, id=checkout, code=code)["errors"]]

    def set_channel(self, **settings: Any) -> None:
        """Change the settings of the first channel."""
        channel = self.ask("{ channels { id } }")[0]["id"]
        assert not self.ask(SET_CHANNEL, id=channel, input=settings)["errors"]

    def paid_checkout(
        self, who: Customer, items: list[tuple[str | int, int]], code: str | None = None
    ) -> str:
        """Return a checkout that can be completed."""
        checkout = self.shop.checkout(who, items, code=code)
        amount, currency = self.shop.total(checkout)
        if amount > Decimal(0):
            self.shop.pay(checkout, amount, currency)
        return checkout
