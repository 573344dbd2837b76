"""What was bought: the lines of an order and the discounts on them."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from .catalogue import Channel, Listed, Variant
from .ids import Node, global_id
from .money import TAX_RATE, Money, TaxedMoney, to_cents, with_tax

# The only promotion there is.
SALE_PK = "5a1e0000-0000-4000-8000-000000000001"


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
class LineDiscount(Node):
    """What was taken off one line alone, by a sale."""

    KIND: ClassVar[str] = "OrderLineDiscount"
    type: str
    name: str | None
    value_type: str
    value: Decimal
    total: Money
    unit: Money
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
    sale_id: str | None = None
    discounts: list[LineDiscount] = field(default_factory=list)
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


def on_sale(line: OrderLine) -> OrderLine:
    """Note what the sale took off a line just made, if its variant is on sale."""
    reduced = line.item.sale_prices.get(line.channel.slug)
    if reduced is None or line.is_price_overridden:
        return line
    currency = line.channel.currency_code
    unit = Money(line.unit_gross - reduced, currency)
    line.sale_id = global_id("Promotion", SALE_PK)
    line.discounts.append(
        LineDiscount(
            pk=line.pk,
            type="PROMOTION",
            name="Sale",
            value_type="FIXED",
            value=unit.amount,
            total=Money(unit.amount * line.quantity, currency),
            unit=unit,
        )
    )
    return line
