"""What the shop sells, and where."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from .ids import Node, global_id


def slug_of(name: str) -> str:
    """Return a name the way it stands in addresses."""
    return name.lower().replace(" ", "-")


@dataclass(kw_only=True, eq=False)
class Channel(Node):
    """A way to sell, with its currency and its order settings."""

    KIND: ClassVar[str] = "Channel"
    slug: str
    name: str
    currency_code: str
    is_active: bool = True
    allow_unpaid_orders: bool = False
    automatically_confirm_all_new_orders: bool = True
    mark_as_paid_strategy: str = "TRANSACTION_FLOW"
    # As in all shops that are older than the settings.
    use_legacy_line_discount_propagation: bool = True
    allow_legacy_gift_card_use: bool = True

    @property
    def order_settings(self) -> "Channel":
        """The settings live on the channel itself."""
        return self

    @property
    def checkout_settings(self) -> "Channel":
        """Those of checkouts, too."""
        return self

    @property
    def tax_configuration(self) -> dict[str, Any]:
        """All prices here include their tax."""
        own_id = global_id("TaxConfiguration", self.pk)
        return {"id": own_id, "prices_entered_with_tax": True}


@dataclass(kw_only=True, eq=False)
class Warehouse(Node):
    """Where goods leave from."""

    KIND: ClassVar[str] = "Warehouse"
    name: str
    slug: str


@dataclass(kw_only=True, eq=False)
class Category(Node):
    """A branch of the catalogue."""

    KIND: ClassVar[str] = "Category"
    name: str
    slug: str
    parent: "Category | None" = None


@dataclass(kw_only=True, eq=False)
class Collection(Node):
    """A selection of products."""

    KIND: ClassVar[str] = "Collection"
    name: str
    slug: str


@dataclass(kw_only=True, eq=False)
class ProductType(Node):
    """What kind of thing a product is."""

    KIND: ClassVar[str] = "ProductType"
    name: str
    slug: str
    kind: str = "NORMAL"
    is_shipping_required: bool = True
    has_variants: bool = True


@dataclass(kw_only=True, eq=False)
class Product(Node):
    """Something sold, in one or more variants."""

    KIND: ClassVar[str] = "Product"
    name: str
    slug: str
    product_type: ProductType
    category: Category
    created: datetime
    collections: list[Collection] = field(default_factory=list)
    variants: list["Variant"] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class Variant(Node):
    """What a customer puts into the basket; `prices` are gross, by channel slug."""

    KIND: ClassVar[str] = "ProductVariant"
    name: str
    sku: str
    product: Product
    prices: dict[str, Decimal]
    # What it costs as long as it is on sale.
    sale_prices: dict[str, Decimal] = field(default_factory=dict)

    def price_in(self, channel: "Channel") -> Decimal:
        """Return what it costs now."""
        return self.sale_prices.get(channel.slug, self.prices[channel.slug])


@dataclass(frozen=True)
class Listed:
    """A product or variant as one channel shows it."""

    node: Product | Variant
    channel: Channel

    def __getattr__(self, name: str) -> Any:
        """Everything but prices is the same in all channels."""
        return getattr(self.node, name)


@dataclass(frozen=True)
class ShippingMethod:
    """A way to send an order; one price in every channel's own currency."""

    pk: str
    name: str
    price: Decimal


SHIPPING_METHODS = (
    ShippingMethod("1", "Standard", Decimal("5.00")),
    ShippingMethod("2", "Express", Decimal("12.00")),
)
