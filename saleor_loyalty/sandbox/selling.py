"""Turning a checkout into an order."""

from decimal import Decimal

from .checkouts import Checkout, CheckoutLine
from .money import Money
from .order_lines import Discount, OrderLine, on_sale
from .orders import Order
from .people import User
from .refusals import Refusal
from .vouchers import VoucherCode
from .world import World, new_key

# How long two completions may take to meet when they are meant to race.
RACE_SECONDS = 0.2


def usable_code(world: World, checkout: Checkout) -> VoucherCode | None:
    """Return the checkout's code, None if it has none.

    :raises Refusal: if the code cannot be used any more.
    """
    if checkout.voucher_code is None:
        return None
    voucher = checkout.voucher
    code = voucher.find_code(checkout.voucher_code) if voucher else None
    if (
        voucher is None
        or code is None
        or not voucher.is_active(code, checkout.channel, world.now())
        or voucher.is_spent_by(checkout.email)
    ):
        message = "Voucher is not applicable in the current checkout."
        raise Refusal("voucherCode", "VOUCHER_NOT_APPLICABLE", message)
    return code


def _check_complete(checkout: Checkout) -> None:
    sent = checkout.is_shipping_required
    missing = (
        (not checkout.email, "email", "EMAIL_NOT_SET"),
        (not checkout.lines, "lines", "NO_LINES"),
        (sent and not checkout.shipping_method, "shippingMethod", "SHIPPING_METHOD_NOT_SET"),
        (sent and not checkout.shipping_address, "shippingAddress", "SHIPPING_ADDRESS_NOT_SET"),
        (not checkout.billing_address, "billingAddress", "BILLING_ADDRESS_NOT_SET"),
    )
    for is_missing, field, code in missing:
        if is_missing:
            raise Refusal(field, code, f"The checkout lacks its {field}.")


def _check_paid(checkout: Checkout) -> None:
    paid = checkout.charge_status in {"FULL", "OVERCHARGED"}
    if not paid and not checkout.channel.allow_unpaid_orders:
        message = "The checkout's total is not fully charged."
        raise Refusal("id", "CHECKOUT_NOT_FULLY_PAID", message)


def _ordered(checkout: Checkout, line: CheckoutLine, reduction: Decimal) -> OrderLine:
    reason = f"Entire order voucher code: {checkout.voucher.code}" if checkout.voucher else None
    return on_sale(
        OrderLine(
            pk=new_key(),
            channel=checkout.channel,
            item=line.item,
            quantity=line.quantity,
            unit_gross=line.listed_gross,
            gross=line.gross - reduction,
            is_price_overridden=line.price is not None,
            price_override_reason=line.price_override_reason,
            unit_discount_reason=reason if reduction else None,
        )
    )


def _discounts(checkout: Checkout) -> list[Discount]:
    voucher = checkout.voucher
    if voucher is None or not checkout.discount.amount:
        return []
    return [
        Discount(
            pk=new_key(),
            type="VOUCHER",
            name=voucher.name,
            value_type="FIXED",
            value=checkout.discount.amount,
            total=Money(checkout.discount.amount, checkout.currency),
        )
    ]


def _owner(world: World, checkout: Checkout) -> User | None:
    # A guest's order goes to the account with the same address, if there is one.
    same = (u for u in world.all(User) if u.email == checkout.email and u.is_confirmed)
    return checkout.user or next(same, None)


def _new_order(world: World, checkout: Checkout) -> Order:
    now = world.now()
    paired = zip(checkout.lines, checkout.line_discounts, strict=True)
    return Order(
        pk=new_key(),
        number=world.next_number("order"),
        channel=checkout.channel,
        created=now,
        updated_at=now,
        # As in Saleor: without any transaction, an order waits for its confirmation.
        status="UNFULFILLED" if checkout.transactions else "UNCONFIRMED",
        lines=[_ordered(checkout, line, reduction) for line, reduction in paired],
        user=_owner(world, checkout),
        user_email=checkout.email,
        shipping_address=checkout.shipping_address,
        billing_address=checkout.billing_address,
        undiscounted_shipping=checkout.shipping_gross,
        shipping=checkout.shipping_gross - checkout.shipping_discount,
        voucher=checkout.voucher,
        voucher_code=checkout.voucher_code,
        checkout_pk=checkout.pk,
        discounts=_discounts(checkout),
        transactions=checkout.transactions,
        public=dict(checkout.public),
        private=dict(checkout.private),
    )


def announce_created(world: World, order: Order) -> None:
    """Tell apps about an order made from a checkout."""
    world.announce("ORDER_CREATED", order)
    if order.is_paid:
        order.refresh_status()
        world.announce("ORDER_PAID", order)
        announce_fully_paid(world, order)
    world.announce("ORDER_CONFIRMED", order)


def announce_fully_paid(world: World, order: Order) -> None:
    """Tell apps that all that is due was charged."""
    world.announce("ORDER_FULLY_PAID", order)
    world.announce("ORDER_UPDATED", order)


def order_of(world: World, checkout_id: str) -> Order | None:
    """Return the order that a checkout has become."""
    matching = (order for order in world.all(Order) if order.checkout_id == checkout_id)
    return next(matching, None)


def complete(world: World, checkout: Checkout, *, race: bool) -> Order:
    """Make the order, once: whoever comes second gets the same one.

    :raises Refusal: if something is missing, unpaid, or the voucher no longer applies.
    """
    _check_complete(checkout)
    code = usable_code(world, checkout)
    _check_paid(checkout)
    if race:
        # Between checking a code and using it Saleor holds no lock.
        world.pause(RACE_SECONDS)
        if done := order_of(world, checkout.id):
            return done
    if code and checkout.voucher:
        checkout.voucher.use(code, checkout.email)
    order = world.add(_new_order(world, checkout))
    for transaction in order.transactions:
        transaction.order, transaction.checkout = order, None
    world.remove(checkout)
    announce_created(world, order)
    return order
