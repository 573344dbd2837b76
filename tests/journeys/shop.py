"""Drives a shop the way shoppers and staff do, on the sandbox or on a real Saleor alike."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from journeys.conversation import DOCUMENTS, Data, ShopRefused
from journeys.staff import Customer, InstallationFailed, Staff

__all__ = [
    "DOCUMENTS",
    "Article",
    "Customer",
    "InstallationFailed",
    "Order",
    "Sandbox",
    "Shop",
    "ShopRefused",
]

ADDRESS = {
    "firstName": "Loyal",
    "lastName": "Customer",
    "streetAddress1": "813 Howard Street",
    "city": "Oswego",
    "postalCode": "13126",
    "country": "US",
    "countryArea": "NY",
    "phone": "+12125550123",
}

Item = tuple[str | int, int]


@dataclass(frozen=True, slots=True)
class Order:
    """An order just made."""

    id: str
    number: str
    total: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Article:
    """Something that can be bought."""

    variant_id: str
    sku: str
    price: Decimal
    product: str


class Shop(Staff):
    """A shop behind an API address, with its shoppers and one member of its staff."""

    @classmethod
    def from_environment(cls) -> "Shop | None":
        """Return the shop the environment names, or None."""
        api_url = os.environ.get("SALEOR_API_URL")
        if not api_url:
            return None
        email = os.environ.get("SALEOR_STAFF_EMAIL", "admin@example.com")
        return cls(api_url, email, os.environ.get("SALEOR_STAFF_PASSWORD", "admin"))

    def articles(self, channel: str = "default-channel") -> list[Article]:
        """Return what the channel sells and sends, gift cards left out."""
        found = []
        for edge in self.ask("Goods", channel=channel)["edges"]:
            kind = edge["node"]["productType"]
            if kind["kind"] != "NORMAL" or not kind["isShippingRequired"]:
                continue
            for variant in edge["node"]["variants"]:
                if price := (variant["pricing"] or {}).get("price"):
                    amount = Decimal(str(price["gross"]["amount"]))
                    slug = edge["node"]["slug"]
                    found.append(Article(variant["id"], variant["sku"], amount, slug))
        return found

    def _line(self, item: Item, articles: Sequence[Article]) -> Data:
        which, quantity = item
        if isinstance(which, int):
            article = articles[which]
        else:
            article = next(each for each in articles if each.sku == which)
        return {"variantId": article.variant_id, "quantity": quantity}

    def checkout(
        self,
        who: Customer | str,
        items: Sequence[Item] = ((0, 1),),
        channel: str = "default-channel",
        *,
        code: str | None = None,
        is_express: bool = False,
    ) -> str:
        """Fill a checkout up to its payment, as a customer or as a guest's address.

        It is sent the cheapest way, or the dearest.
        """
        token = who.token if isinstance(who, Customer) else None
        articles = self.articles(channel)
        filled = {
            "channel": channel,
            "email": who.email if isinstance(who, Customer) else who,
            "lines": [self._line(item, articles) for item in items],
            "shippingAddress": ADDRESS,
            "billingAddress": ADDRESS,
        }
        made = self.ask("CreateCheckout", token=token, input=filled)
        checkout_id: str = made["checkout"]["id"]
        options = self.ask("Deliveries", token=token, id=checkout_id)["deliveries"]
        cheapest, *_others, dearest = sorted(
            options, key=lambda each: each["shippingMethod"]["price"]["amount"]
        )
        delivery = dearest if is_express else cheapest
        self.ask("ChooseDelivery", token=token, id=checkout_id, delivery=delivery["id"])
        if code:
            self.add_code(checkout_id, code)
        return checkout_id

    def add_code(self, checkout_id: str, code: str) -> None:
        """Type a promo code into a checkout."""
        self.ask("AddCode", id=checkout_id, code=code)

    def remove_code(self, checkout_id: str, code: str) -> None:
        """Take a promo code out of a checkout."""
        self.ask("RemoveCode", id=checkout_id, code=code)

    def code_in(self, checkout_id: str) -> str | None:
        """Return the code of the voucher in a checkout."""
        code: str | None = self.ask("Total", id=checkout_id)["voucherCode"]
        return code

    def total(self, checkout_id: str) -> tuple[Decimal, str]:
        """Return what a checkout costs."""
        gross = self.ask("Total", id=checkout_id)["totalPrice"]["gross"]
        return Decimal(str(gross["amount"])), gross["currency"]

    def complete(self, checkout_id: str, who: Customer | str) -> Order:
        """Make the order out of a checkout."""
        token = who.token if isinstance(who, Customer) else None
        made = self.ask("Complete", token=token, id=checkout_id)["order"]
        sold = self.order(made["id"])
        gross = sold["total"]["gross"]
        return Order(sold["id"], sold["number"], Decimal(str(gross["amount"])), gross["currency"])

    def buy(
        self,
        who: Customer | str,
        items: Sequence[Item] = ((0, 1),),
        channel: str = "default-channel",
        *,
        code: str | None = None,
    ) -> Order:
        """Buy, and pay all of it."""
        return self.complete_paid(self.checkout(who, items, channel, code=code), who)

    def complete_paid(self, checkout_id: str, who: Customer | str) -> Order:
        """Pay all that is due, if anything is, and make the order."""
        total, currency = self.total(checkout_id)
        if total:
            self.pay(checkout_id, total, currency)
        return self.complete(checkout_id, who)

    def buy_paying_partly(
        self, who: Customer | str, share: Decimal, items: Sequence[Item] = ((0, 1),)
    ) -> Order:
        """Buy, and pay a share of it; `pay` the order the rest later."""
        checkout_id = self.checkout(who, items)
        total, currency = self.total(checkout_id)
        self.pay(checkout_id, (total * share).quantize(Decimal("0.01")), currency)
        self.allow_unpaid()
        try:
            return self.complete(checkout_id, who)
        finally:
            self.allow_unpaid(allow=False)


class Sandbox(Shop):
    """A sandbox, which knows promotions, and has a door of its own to them."""

    @contextmanager
    def promotion(self, percent: int, *, minimum: int) -> Iterator[None]:
        """Take percents off every order from so much on, until the end of the block."""
        door = self.api_url.replace("/graphql/", "/sandbox/promotion")
        self._http.post(door, json={"percent": percent, "minimum": minimum}).raise_for_status()
        try:
            yield
        finally:
            self._http.post(door, json={}).raise_for_status()
