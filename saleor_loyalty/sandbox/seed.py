"""The shop every sandbox starts with."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from .catalogue import (
    Category,
    Channel,
    Collection,
    Product,
    ProductType,
    Variant,
    Warehouse,
    slug_of,
)
from .customer_types import CustomerType
from .people import User
from .vouchers import Listing, Voucher, VoucherCode
from .world import World, new_key

OPENING = datetime(2026, 1, 1, tzinfo=UTC)


class Article(NamedTuple):
    """Something sold, with its prices in dollars and euros."""

    name: str
    category: str
    dollars: str
    euros: str
    product_type: str = "Goods"
    collections: tuple[str, ...] = ()
    # While it is on sale.
    sale: tuple[str, str] | None = None


GOODS = (
    Article("Apple Juice", "Drinks", "3.00", "2.80"),
    Article("Coffee Beans", "Drinks", "12.50", "11.90", collections=("Our picks",)),
    Article("Oat Cookies", "Food", "4.20", "3.90"),
    Article("Olive Oil", "Food", "18.00", "16.50"),
    Article("Tote Bag", "Gifts", "25.00", "23.00"),
    Article("Gift Card 50", "Gifts", "50.00", "50.00", "Gift card"),
    Article("Espresso Roast", "Coffee", "14.00", "13.20", collections=("Our picks", "Winter")),
    Article("Dark Chocolate", "Food", "5.00", "4.60", collections=("Winter",),
            sale=("3.50", "3.20")),
    Article("Enamel Mug", "Gifts", "16.00", "14.80", "Crockery"),
)  # fmt: skip
# Which category lies in which.
PARENTS = {"Coffee": "Drinks"}
CUSTOMERS = ("alice@example.com", "bob@example.com", "carol@example.com")
CUSTOMER_PASSWORD = "password"  # noqa: S105 - the sandbox's well-known password
STAFF_EMAIL = "admin@example.com"
STAFF_PASSWORD = "admin"  # noqa: S105 - the sandbox's well-known password


def add_user(world: World, email: str, password: str) -> User:
    """Add somebody with a confirmed account."""
    now = world.now()
    return world.add(
        User(
            pk=world.next_number("user"),
            email=email,
            password=password,
            date_joined=now,
            updated_at=now,
            token_key=new_key(),
            first_name=email.partition("@")[0].capitalize(),
            last_name="Example",
        )
    )


def _add_channels(world: World) -> None:
    for slug, currency in (("default-channel", "USD"), ("channel-eur", "EUR")):
        name = f"Channel {currency}"
        world.add(
            Channel(pk=world.next_number("channel"), slug=slug, name=name, currency_code=currency)
        )


def _add_product_types(world: World) -> dict[str, ProductType]:
    gift_card = {"kind": "GIFT_CARD", "is_shipping_required": False}
    kinds: dict[str, dict[str, Any]] = {"Goods": {}, "Gift card": gift_card, "Crockery": {}}
    return {
        name: world.add(ProductType(pk=str(pk), name=name, slug=slug_of(name), **kind))
        for pk, (name, kind) in enumerate(kinds.items(), start=1)
    }


def _add_categories(world: World) -> dict[str, Category]:
    names = dict.fromkeys(article.category for article in GOODS)
    categories = {
        name: world.add(Category(pk=str(pk), name=name, slug=slug_of(name)))
        for pk, name in enumerate(names, start=1)
    }
    for name, parent in PARENTS.items():
        categories[name].parent = categories[parent]
    return categories


def _add_collections(world: World) -> dict[str, Collection]:
    names = dict.fromkeys(name for article in GOODS for name in article.collections)
    return {
        name: world.add(Collection(pk=str(pk), name=name, slug=slug_of(name)))
        for pk, name in enumerate(names, start=1)
    }


def _by_channel(dollars: str, euros: str) -> dict[str, Decimal]:
    return {"default-channel": Decimal(dollars), "channel-eur": Decimal(euros)}


def _add_goods(world: World) -> None:
    types, categories = _add_product_types(world), _add_categories(world)
    collections = _add_collections(world)
    for pk, article in enumerate(GOODS, start=1):
        slug = slug_of(article.name)
        product = world.add(
            Product(
                pk=str(pk),
                name=article.name,
                slug=slug,
                product_type=types[article.product_type],
                category=categories[article.category],
                created=OPENING,
                collections=[collections[name] for name in article.collections],
            )
        )
        variant = Variant(
            pk=str(pk),
            name=article.name,
            sku=slug,
            product=product,
            prices=_by_channel(article.dollars, article.euros),
            sale_prices=_by_channel(*article.sale) if article.sale else {},
        )
        product.variants.append(world.add(variant))


def _add_welcome_voucher(world: World) -> None:
    pk = world.next_number("voucher")
    code = VoucherCode(pk=new_key(), code="WELCOME10", created_at=OPENING)
    voucher = Voucher(
        pk=pk,
        name="Welcome",
        discount_value_type="PERCENTAGE",
        start_date=OPENING,
        codes=[code],
    )
    for channel in world.all(Channel):
        voucher.listings[channel.slug] = Listing(
            voucher_pk=pk, channel=channel, discount_value=Decimal(10)
        )
    world.add(voucher)


def new_world(all_permissions: frozenset[str]) -> World:
    """Return a freshly opened Corner Shop; its staff may do everything."""
    world = World()
    _add_channels(world)
    _add_goods(world)
    world.add(Warehouse(pk=new_key(), name="Back room", slug="back-room"))
    _add_welcome_voucher(world)
    pk = world.next_number("customer type")
    world.add(CustomerType(pk=pk, name="Default", slug="default", is_default=True))
    for email in CUSTOMERS:
        add_user(world, email, CUSTOMER_PASSWORD)
    admin = add_user(world, STAFF_EMAIL, STAFF_PASSWORD)
    admin.is_staff, admin.permissions = True, all_permissions
    return world
