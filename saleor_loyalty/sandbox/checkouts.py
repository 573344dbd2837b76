"""A checkout: a basket with its prices, worked out anew at each look."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from .catalogue import Channel, Listed, ShippingMethod, Variant
from .gift_cards import GiftCard
from .ids import Node
from .money import ZERO, Money, TaxedMoney, add_up, share, to_cents, with_tax
from .payments import Transaction, charge_status
from .people import User
from .promotions import OrderPromotion
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
        if self.is_gift:
            return ZERO
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
    gift_cards: list[GiftCard] = field(default_factory=list)
    promotion: OrderPromotion | None = None

    @property
    def currency(self) -> str:
        """The channel's currency."""
        return self.channel.currency_code

    @property
    def customer_email(self) -> str | None:
        """The address that counts for vouchers: the account's before the one given."""
        return self.user.email if self.user else self.email

    @property
    def is_shipping_required(self) -> bool:
        """Whether anything in it has to be sent."""
        return any(line.item.product.product_type.is_shipping_required for line in self.lines)

    @property
    def gross(self) -> Decimal:
        """The lines before vouchers."""
        return sum((line.gross for line in self.lines if not line.is_gift), ZERO)

    @property
    def quantity(self) -> int:
        """How many pieces are in it."""
        return sum(line.quantity for line in self.lines)

    @property
    def promotion_discount(self) -> Decimal:
        """What the promotion takes off, which no voucher suffers beside it."""
        if self.promotion is None or self.voucher is not None:
            return ZERO
        return self.promotion.taken_off(self.gross, self.channel)

    @property
    def line_discounts(self) -> list[Decimal]:
        """What is taken off each line by a voucher or the promotion; presents cost nothing."""
        if self.voucher is not None:
            sold = [(line.item, line.quantity, line.unit_gross) for line in self.lines]
            return self.voucher.reductions(sold, self.channel)
        bought = [ZERO if line.is_gift else line.gross for line in self.lines]
        return share(self.promotion_discount, bought)

    @property
    def shipping_gross(self) -> Decimal:
        """The price of shipping before vouchers."""
        return self.shipping_method.price if self.shipping_method else ZERO

    @property
    def shipping_discount(self) -> Decimal:
        """What a shipping voucher takes off."""
        voucher = self.voucher
        if voucher is None or voucher.type != "SHIPPING":
            return ZERO
        if self.channel.slug not in voucher.listings:
            return ZERO
        return voucher.taken_off(self.shipping_gross, self.channel)

    @property
    def all_discounts(self) -> Decimal:
        """What is taken off altogether."""
        return sum(self.line_discounts, self.shipping_discount)

    @property
    def discount(self) -> Money:
        """What is taken off the whole. Vouchers for some goods lower their lines, untold here."""
        if self.voucher and self.voucher.is_for_lines:
            return Money(ZERO, self.currency)
        return Money(self.all_discounts, self.currency)

    @property
    def discount_name(self) -> str | None:
        """The name of what takes something off the whole."""
        if self.voucher:
            return self.voucher.name
        return self.promotion.name if self.promotion and self.promotion_discount else None

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
        whole = add_up((self.subtotal_price, self.shipping_price), self.currency)
        return with_tax(whole.gross.amount - self.on_gift_cards, self.currency)

    @property
    def on_gift_cards(self) -> Decimal:
        """What gift cards pay of it."""
        price = self.subtotal_price.gross.amount + self.shipping_price.gross.amount
        return min(price, sum((card.current for card in self.gift_cards), ZERO))

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
