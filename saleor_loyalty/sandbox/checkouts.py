"""A checkout: a basket with its prices, worked out anew at each look."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from .catalogue import Channel, Listed, ShippingMethod, Variant
from .ids import Node
from .money import ZERO, Money, TaxedMoney, add_up, share, to_cents, with_tax
from .payments import Transaction, charge_status
from .people import User
from .vouchers import Voucher


@dataclass(kw_only=True, eq=False)
class Address:
    """Where something goes to."""

    id: str
    first_name: str = ""
    last_name: str = ""
    street_address1: str = ""
    city: str = ""
    postal_code: str = ""
    country_code: str = "US"

    @property
    def country(self) -> dict[str, str]:
        """The country the way the API shows it."""
        return {"code": self.country_code, "country": self.country_code}


@dataclass(kw_only=True, eq=False)
class CheckoutLine(Node):
    """A variant in the basket."""

    KIND: ClassVar[str] = "CheckoutLine"
    checkout: "Checkout"
    item: Variant
    quantity: int
    price: Decimal | None = None
    price_override_reason: str | None = None
    is_gift: bool = False

    @property
    def variant(self) -> Listed:
        """The variant as the checkout's channel shows it."""
        return Listed(self.item, self.checkout.channel)

    @property
    def unit_gross(self) -> Decimal:
        """The price of one before vouchers."""
        return self.item.price_in(self.checkout.channel) if self.price is None else self.price

    @property
    def listed_gross(self) -> Decimal:
        """The price of one before every discount."""
        listed = self.item.prices[self.checkout.channel.slug]
        return listed if self.price is None else self.price

    @property
    def gross(self) -> Decimal:
        """The price of all before vouchers."""
        return self.unit_gross * self.quantity

    @property
    def undiscounted_unit_price(self) -> Money:
        """The price of one before every discount, as money."""
        return Money(self.listed_gross, self.checkout.currency)

    @property
    def undiscounted_total_price(self) -> Money:
        """The price of all before every discount, as money."""
        return Money(self.listed_gross * self.quantity, self.checkout.currency)

    @property
    def total_price(self) -> TaxedMoney:
        """The price of all, with this line's share of the voucher."""
        position = self.checkout.lines.index(self)
        reduced = self.gross - self.checkout.line_discounts[position]
        return with_tax(reduced, self.checkout.currency)

    @property
    def unit_price(self) -> TaxedMoney:
        """The price of one, rounded."""
        return with_tax(
            to_cents(self.total_price.gross.amount / self.quantity), self.checkout.currency
        )


@dataclass(kw_only=True, eq=False)
class Checkout(Node):
    """A basket on its way to become an order."""

    KIND: ClassVar[str] = "Checkout"
    channel: Channel
    created: datetime
    updated_at: datetime
    email: str | None = None
    user: User | None = None
    lines: list[CheckoutLine] = field(default_factory=list)
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping_method: ShippingMethod | None = None
    voucher: Voucher | None = None
    voucher_code: str | None = None
    transactions: list[Transaction] = field(default_factory=list)

    @property
    def currency(self) -> str:
        """The channel's currency."""
        return self.channel.currency_code

    @property
    def is_shipping_required(self) -> bool:
        """Whether anything in it has to be sent."""
        return any(line.item.product.product_type.is_shipping_required for line in self.lines)

    @property
    def gross(self) -> Decimal:
        """The lines before vouchers."""
        return sum((line.gross for line in self.lines), ZERO)

    @property
    def quantity(self) -> int:
        """How many pieces are in it."""
        return sum(line.quantity for line in self.lines)

    def _reduction_of(self, voucher_type: str, price: Decimal) -> Decimal:
        voucher = self.voucher
        if voucher is None or voucher.type != voucher_type:
            return ZERO
        if self.channel.slug not in voucher.listings:
            return ZERO
        return voucher.taken_off(price, self.channel)

    @property
    def line_discounts(self) -> list[Decimal]:
        """Each line's share of an entire-order voucher."""
        reduction = self._reduction_of("ENTIRE_ORDER", self.gross)
        return share(reduction, [line.gross for line in self.lines])

    @property
    def shipping_gross(self) -> Decimal:
        """The price of shipping before vouchers."""
        return self.shipping_method.price if self.shipping_method else ZERO

    @property
    def shipping_discount(self) -> Decimal:
        """What a shipping voucher takes off."""
        return self._reduction_of("SHIPPING", self.shipping_gross)

    @property
    def discount(self) -> Money:
        """What the voucher takes off altogether."""
        return Money(sum(self.line_discounts, self.shipping_discount), self.currency)

    @property
    def discount_name(self) -> str | None:
        """The voucher's name."""
        return self.voucher.name if self.voucher else None

    @property
    def subtotal_price(self) -> TaxedMoney:
        """The lines, reduced."""
        return add_up((line.total_price for line in self.lines), self.currency)

    @property
    def shipping_price(self) -> TaxedMoney:
        """Shipping, reduced."""
        return with_tax(self.shipping_gross - self.shipping_discount, self.currency)

    @property
    def total_price(self) -> TaxedMoney:
        """What there is to pay."""
        return add_up((self.subtotal_price, self.shipping_price), self.currency)

    @property
    def charged(self) -> Decimal:
        """What was paid so far."""
        return sum((item.charged for item in self.transactions), ZERO)

    @property
    def total_balance(self) -> Money:
        """What was paid, less what there is to pay."""
        return Money(self.charged - self.total_price.gross.amount, self.currency)

    @property
    def charge_status(self) -> str:
        """How much of the total was paid."""
        return charge_status(self.charged, self.total_price.gross.amount)
