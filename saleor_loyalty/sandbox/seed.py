"""The shop every sandbox starts with."""

from datetime import UTC, datetime
from decimal import Decimal

from .catalogue import Category, Channel, Collection, Product, ProductType, Variant, Warehouse
from .people import User
from .vouchers import Listing, Voucher, VoucherCode
from .world import World, new_key

OPENING = datetime(2026, 1, 1, tzinfo=UTC)

# Name, category, price in dollars, price in euros.
GOODS = (
    ("Apple Juice", "Drinks", "3.00", "2.80"),
    ("Coffee Beans", "Drinks", "12.50", "11.90"),
    ("Oat Cookies", "Food", "4.20", "3.90"),
    ("Olive Oil", "Food", "18.00", "16.50"),
    ("Tote Bag", "Gifts", "25.00", "23.00"),
    ("Gift Card 50", "Gifts", "50.00", "50.00"),
)
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


def _add_product_types(world: World) -> dict[bool, ProductType]:
    normal = ProductType(pk="1", name="Goods", slug="goods")
    gift_card = ProductType(
        pk="2",
        name="Gift card",
        slug="gift-card",
        kind="GIFT_CARD",
        is_shipping_required=False,
    )
    return {False: world.add(normal), True: world.add(gift_card)}


def _add_categories(world: World) -> dict[str, Category]:
    names = dict.fromkeys(category for _, category, _, _ in GOODS)
    return {
        name: world.add(Category(pk=str(pk), name=name, slug=name.lower()))
        for pk, name in enumerate(names, start=1)
    }


def _add_goods(world: World) -> None:
    types, categories = _add_product_types(world), _add_categories(world)
    picks = world.add(Collection(pk="1", name="Our picks", slug="our-picks"))
    for pk, (name, category, dollars, euros) in enumerate(GOODS, start=1):
        slug = name.lower().replace(" ", "-")
        product = world.add(
            Product(
                pk=str(pk),
                name=name,
                slug=slug,
                product_type=types[name.startswith("Gift Card")],
                category=categories[category],
                created=OPENING,
                collections=[picks] if name == "Coffee Beans" else [],
            )
        )
        prices = {"default-channel": Decimal(dollars), "channel-eur": Decimal(euros)}
        variant = Variant(pk=str(pk), name=name, sku=slug, product=product, prices=prices)
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
    for email in CUSTOMERS:
        add_user(world, email, CUSTOMER_PASSWORD)
    admin = add_user(world, STAFF_EMAIL, STAFF_PASSWORD)
    admin.is_staff, admin.permissions = True, all_permissions
    return world
