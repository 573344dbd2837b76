"""What people do in the sandbox shop, with the documents a storefront and staff would send."""

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from saleor_loyalty.demo import DemoFailed
from saleor_loyalty.demo.graphql import ask
from saleor_loyalty.sandbox.seed import CUSTOMER_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD

CHANNEL = "default-channel"
INSTALL_SECONDS_MAX = 30.0
POLL_SECONDS = 0.1
ADDRESS = {
    "firstName": "Alex",
    "lastName": "Example",
    "streetAddress1": "1 Main Street",
    "city": "Springfield",
    "postalCode": "62701",
    "country": "US",
}

LOGIN = """mutation Login($email: String!, $password: String!) {
  tokenCreate(email: $email, password: $password) { token errors { message } } }"""
INSTALL = """mutation Install($input: AppInstallInput!) {
  appInstall(input: $input) { appInstallation { id } errors { message } } }"""
INSTALLATIONS = """query Installations {
  appsInstallations { id status message }
  apps(first: 10) { edges { node { name webhooks { id } } } } }"""
PRODUCTS = """query Products($channel: String!) {
  products(first: 20, channel: $channel) { edges { node { name variants { id } } } } }"""
CREATE = """mutation Create($input: CheckoutCreateInput!) {
  checkoutCreate(input: $input) { checkout { id } errors { message } } }"""
DELIVERY = """mutation Delivery($id: ID!) {
  deliveryOptionsCalculate(id: $id) { deliveries { id } errors { message } } }"""
CHOOSE = """mutation Choose($id: ID!, $delivery: ID!) {
  checkoutDeliveryMethodUpdate(id: $id, deliveryMethodId: $delivery) {
    checkout { totalPrice { gross { amount currency } } } errors { message } } }"""
PAY = """mutation Pay($id: ID!, $transaction: TransactionCreateInput!) {
  transactionCreate(id: $id, transaction: $transaction) {
    transaction { id } errors { message } } }"""
COMPLETE = """mutation Complete($id: ID!) {
  checkoutComplete(id: $id) {
    order {
      id number total { gross { amount currency } } shippingPrice { gross { amount } }
      lines { productName quantity } }
    errors { message } } }"""
REFUND = """mutation Refund($id: ID!, $amount: PositiveDecimal!) {
  transactionEventReport(
    id: $id, type: REFUND_SUCCESS, amount: $amount, pspReference: "demo-refund"
  ) { alreadyProcessed errors { message } } }"""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A paid order; `goods` is what was bought in words, `payment` the transaction's id.

    `shipping` is a part of `total`.
    """

    number: str
    total: Decimal
    shipping: Decimal
    currency: str
    goods: str
    payment: str


class Shop:
    """The sandbox shop, seen from outside."""

    def __init__(self, api_url: str, client: httpx.Client) -> None:
        """Take the address of its API."""
        self.api_url, self._client = api_url, client

    def log_in(self, email: str, password: str = CUSTOMER_PASSWORD) -> str:
        """Return an access token."""
        return str(self._ask(LOGIN, email=email, password=password)["tokenCreate"]["token"])

    def install(self, manifest_url: str) -> int:
        """Install the app as staff, and return how many webhooks Saleor made for it.

        :raises DemoFailed: with Saleor's message if the installation failed.
        """
        manifest = self._client.get(manifest_url).raise_for_status().json()
        wish = {
            "appName": manifest["name"],
            "manifestUrl": manifest_url,
            "permissions": manifest["permissions"],
        }
        self._ask(INSTALL, token=self._staff(), input=wish)
        deadline = time.monotonic() + INSTALL_SECONDS_MAX
        while time.monotonic() < deadline:
            data = self._ask(INSTALLATIONS, token=self._staff())
            if apps := [] if data["appsInstallations"] else data["apps"]["edges"]:
                return len(apps[0]["node"]["webhooks"])
            for each in data["appsInstallations"]:
                if each["status"] == "FAILED":
                    raise DemoFailed(f"The app could not be installed: {each['message']}")
            time.sleep(POLL_SECONDS)
        raise DemoFailed("The app was not installed in time.")

    def buy(self, token: str, goods: dict[str, int]) -> Purchase:
        """Buy `goods`, quantities by product name, as the customer whose token this is."""
        variants = self._variants()
        lines = [{"variantId": variants[name], "quantity": n} for name, n in goods.items()]
        wish = {
            "channel": CHANNEL,
            "lines": lines,
            "shippingAddress": ADDRESS,
            "billingAddress": ADDRESS,
        }
        checkout = self._ask(CREATE, token=token, input=wish)["checkoutCreate"]["checkout"]["id"]
        options = self._ask(DELIVERY, id=checkout)["deliveryOptionsCalculate"]["deliveries"]
        chosen = self._ask(CHOOSE, id=checkout, delivery=options[0]["id"])
        money = chosen["checkoutDeliveryMethodUpdate"]["checkout"]["totalPrice"]["gross"]
        payment = self._pay(checkout, money)
        order = self._ask(COMPLETE, token=token, id=checkout)["checkoutComplete"]["order"]
        return Purchase(
            number=order["number"],
            total=Decimal(str(order["total"]["gross"]["amount"])),
            shipping=Decimal(str(order["shippingPrice"]["gross"]["amount"])),
            currency=order["total"]["gross"]["currency"],
            goods=", ".join(
                f"{line['quantity']} x {line['productName']}" for line in order["lines"]
            ),
            payment=payment,
        )

    def webhooks(self) -> list[str]:
        """Return the names of the events that apps were told of, and accepted, so far."""
        address = self.api_url.replace("/graphql/", "/sandbox/deliveries")
        deliveries = self._client.get(address).raise_for_status().json()["deliveries"]
        return [each["event"] for each in deliveries if each["status"] == "SUCCESS"]

    def refund(self, purchase: Purchase, amount: Decimal) -> None:
        """Give part of the money back, as staff."""
        self._ask(REFUND, token=self._staff(), id=purchase.payment, amount=str(amount))

    def _pay(self, checkout: str, money: dict[str, Any]) -> str:
        paid = {"name": "Card", "pspReference": checkout, "amountCharged": money}
        created = self._ask(PAY, token=self._staff(), id=checkout, transaction=paid)
        return str(created["transactionCreate"]["transaction"]["id"])

    def _variants(self) -> dict[str, str]:
        edges = self._ask(PRODUCTS, channel=CHANNEL)["products"]["edges"]
        return {edge["node"]["name"]: edge["node"]["variants"][0]["id"] for edge in edges}

    def _staff(self) -> str:
        return self.log_in(STAFF_EMAIL, STAFF_PASSWORD)

    def _ask(self, query: str, *, token: str = "", **variables: object) -> dict[str, Any]:
        return ask(self._client, self.api_url, query, token=token, variables=variables)
