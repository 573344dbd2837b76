"""Many paid orders at once, for tests and measurements."""

from dataclasses import dataclass, fields
from typing import Any

from .catalogue import Channel, Variant
from .order_lines import OrderLine, on_sale
from .orders import Order
from .payments import Transaction
from .people import User
from .seed import CUSTOMER_PASSWORD, CUSTOMERS, add_user
from .selling import announce_created
from .world import World, new_key

COUNT_MAX = 10_000


class BadBulk(Exception):
    """Not a wish for orders that can be fulfilled."""


@dataclass(frozen=True, slots=True)
class Wish:
    """So many orders, in turn for these customers, who get an account if they have none."""

    count: int = 1
    emails: tuple[str, ...] = CUSTOMERS
    channel: str = "default-channel"
    sku: str = "coffee-beans"
    quantity: int = 1
    announce: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.count <= COUNT_MAX or self.quantity < 1 or not self.emails:
            raise BadBulk(f"From 1 to {COUNT_MAX} orders, of at least one piece and customer.")


def wish_from(described: dict[str, Any]) -> Wish:
    """Read a wish from JSON.

    :raises BadBulk: if it makes no sense.
    """
    known = {field.name for field in fields(Wish)}
    if unknown := described.keys() - known:
        raise BadBulk(f"Unknown: {', '.join(sorted(unknown))}.")
    if "emails" in described:
        described = {**described, "emails": tuple(described["emails"])}
    return Wish(**described)


def _customers(world: World, emails: tuple[str, ...]) -> list[User]:
    known = {user.email: user for user in world.all(User)}
    return [known.get(email) or add_user(world, email, CUSTOMER_PASSWORD) for email in emails]


def _paid_order(world: World, line: OrderLine, user: User) -> Order:
    now = world.now()
    order = Order(
        pk=new_key(),
        number=world.next_number("order"),
        channel=line.channel,
        created=now,
        updated_at=now,
        status="UNFULFILLED",
        lines=[line],
        user=user,
        user_email=user.email,
    )
    payment = Transaction(
        pk=new_key(),
        currency=line.channel.currency_code,
        created_at=now,
        modified_at=now,
        name="Bulk",
        psp_reference=f"bulk-{order.number}",
        actions=["REFUND"],
        charged=line.gross,
        order=order,
    )
    order.transactions.append(world.add(payment))
    return world.add(order)


def sell(world: World, wish: Wish) -> list[Order]:
    """Make the orders.

    :raises BadBulk: if there is no such channel or article.
    """
    with world.lock:
        channels = [each for each in world.all(Channel) if each.slug == wish.channel]
        variants = [each for each in world.all(Variant) if each.sku == wish.sku]
        if not channels or not variants:
            raise BadBulk(f"There is no {wish.sku} in {wish.channel}.")
        customers = _customers(world, wish.emails)
        listed, price = variants[0].prices[wish.channel], variants[0].price_in(channels[0])
        made = []
        for position in range(wish.count):
            line = OrderLine(
                pk=new_key(),
                channel=channels[0],
                item=variants[0],
                quantity=wish.quantity,
                unit_gross=listed,
                gross=price * wish.quantity,
            )
            made.append(_paid_order(world, on_sale(line), customers[position % len(customers)]))
            if wish.announce:
                announce_created(world, made[-1])
        return made
