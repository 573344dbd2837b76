"""What was bought: the lines of an order and the discounts on them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from .catalogue import Channel, Listed, Variant
from .ids import Node
from .money import TAX_RATE, Money, TaxedMoney, to_cents, with_tax


@dataclass(kw_only=True, eq=False)
class Discount(Node):
    """What a voucher took off an order or one of its lines."""

    KIND: ClassVar[str] = "OrderDiscount"
    type: str
    name: str | None
    value_type: str
    value: Decimal
    total: Money
    reason: str | None = None


@dataclass(kw_only=True, eq=False)
class OrderLine(Node):
    """Something bought. `gross` is what all pieces cost together after discounts."""

    KIND: ClassVar[str] = "OrderLine"
    channel: Channel
    item: Variant
    quantity: int
    unit_gross: Decimal
    gross: Decimal
    quantity_fulfilled: int = 0
    is_gift: bool = False
    is_price_overridden: bool = False
    price_override_reason: str | None = None
    voucher_code: str | None = None
    unit_discount_reason: str | None = None
    unit_discount_type: str = "FIXED"
    tax_rate: Decimal = TAX_RATE

    @property
    def variant(self) -> Listed:
        """The variant as the order's channel shows it."""
        return Listed(self.item, self.channel)

    @property
    def product_name(self) -> str:
        """The product's name."""
        return self.item.product.name

    @property
    def variant_name(self) -> str:
        """The variant's name."""
        return self.item.name

    @property
    def product_sku(self) -> str:
        """The variant's article number."""
        return self.item.sku

    @property
    def product_variant_id(self) -> str:
        """The variant's global id."""
        return self.item.id

    @property
    def quantity_to_fulfill(self) -> int:
        """How many are still to be sent."""
        return self.quantity - self.quantity_fulfilled

    @property
    def total_price(self) -> TaxedMoney:
        """The price of all, after discounts."""
        return with_tax(self.gross, self.channel.currency_code)

    @property
    def unit_price(self) -> TaxedMoney:
        """The price of one, after discounts, rounded."""
        return with_tax(to_cents(self.gross / self.quantity), self.channel.currency_code)

    @property
    def undiscounted_unit_price(self) -> TaxedMoney:
        """The price of one, before discounts."""
        return with_tax(self.unit_gross, self.channel.currency_code)

    @property
    def undiscounted_total_price(self) -> TaxedMoney:
        """The price of all, before discounts."""
        return with_tax(self.unit_gross * self.quantity, self.channel.currency_code)

    @property
    def unit_discount(self) -> Money:
        """What was taken off one."""
        reduced = self.unit_price.gross.amount
        return Money(self.unit_gross - reduced, self.channel.currency_code)

    @property
    def unit_discount_value(self) -> Decimal:
        """The same, as a number."""
        return self.unit_discount.amount
