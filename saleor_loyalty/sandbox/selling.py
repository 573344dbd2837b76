"""Turning a checkout into an order."""

from decimal import Decimal
from typing import Any

from .checkouts import Checkout, CheckoutLine
from .money import Money, to_cents
from .order_lines import Discount, LineDiscount, OrderLine, on_sale
from .orders import Order
from .people import User
from .promo_codes import usable_code
from .refusals import Refusal
from .vouchers import Voucher
from .world import World, new_key


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


def _check_gift_cards(world: World, checkout: Checkout) -> None:
    today = world.now().date()
    for card in checkout.gift_cards:
        if not card.is_usable(by=checkout.user, currency=checkout.currency, on=today):
            raise Refusal("giftCards", "GIFT_CARD_NOT_APPLICABLE", "A gift card is not valid.")


def _draw(world: World, checkout: Checkout, order: Order) -> None:
    """Take from gift cards what they pay of the order; whoever comes second finds less on them."""
    rest = order.undrawn.gross.amount
    for card in checkout.gift_cards:
        if rest <= 0:
            return
        # An empty card is on the order, too, and its event tells that nothing was drawn.
        order.gift_cards.append(card)
        about = {"order_id": order.id, "order_number": order.number}
        now = world.now()
        drawn = -card.move(-rest, of="USED_IN_ORDER", pk=new_key(), at=now, **about)
        rest -= drawn
        order.on_gift_cards += drawn


def _check_paid(checkout: Checkout) -> None:
    paid = checkout.charge_status in {"FULL", "OVERCHARGED"}
    if not paid and not checkout.channel.allow_unpaid_orders:
        message = "The checkout's total is not fully charged."
        raise Refusal("id", "CHECKOUT_NOT_FULLY_PAID", message)


def _ordered(checkout: Checkout, line: CheckoutLine, reduction: Decimal) -> OrderLine:
    sold = OrderLine(
        pk=new_key(),
        channel=checkout.channel,
        item=line.item,
        quantity=line.quantity,
        unit_gross=line.listed_gross,
        gross=line.gross - reduction,
        is_price_overridden=line.price is not None,
        price_override_reason=line.price_override_reason,
        is_gift=line.is_gift,
    )
    if line.is_gift:
        sold.discounts.append(_off_line(checkout, sold, line.listed_gross))
        return sold
    if reduction and checkout.voucher:
        _name_voucher(checkout, checkout.voucher, sold, reduction)
    return on_sale(sold)


def _name_voucher(
    checkout: Checkout, voucher: Voucher, sold: OrderLine, reduction: Decimal
) -> None:
    is_legacy = checkout.channel.use_legacy_line_discount_propagation
    if not voucher.is_for_lines:
        # The oldest code, whichever was used.
        reason = f"Entire order voucher code: {voucher.code}"
        sold.unit_discount_reason = reason if is_legacy else None
        return
    sold.voucher_code = checkout.voucher_code
    sold.unit_discount_reason = f"Voucher code: {checkout.voucher_code}"
    if not is_legacy:
        sold.discounts.append(_off_line(checkout, sold, reduction))


def _off_line(checkout: Checkout, sold: OrderLine, total: Decimal) -> LineDiscount:
    unit = Money(to_cents(total / sold.quantity), checkout.currency)
    reason = sold.unit_discount_reason
    return LineDiscount(pk=new_key(), unit=unit, reason=reason, **_told(checkout, total))


def _told(checkout: Checkout, total: Decimal) -> dict[str, Any]:
    source = checkout.voucher or checkout.promotion
    return {
        "type": "VOUCHER" if checkout.voucher else "ORDER_PROMOTION",
        "name": source.name if source else None,
        "value_type": "FIXED",
        "value": total,
        "total": Money(total, checkout.currency),
    }


def _discounts(checkout: Checkout) -> list[Discount]:
    """Return what is told of the order; older shops tell it what was taken off lines, too."""
    is_told_of_lines = (
        checkout.voucher is not None
        and checkout.voucher.is_for_lines
        and not checkout.channel.use_legacy_line_discount_propagation
    )
    if not checkout.all_discounts or is_told_of_lines:
        return []
    return [Discount(pk=new_key(), **_told(checkout, checkout.all_discounts))]


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


def _forget_code(order: Order) -> None:
    """Leave the discount, but not the code: as Saleor, which looks for it again and finds it used.

    Only lines that the voucher is for keep it.
    """
    if order.voucher and not order.voucher.is_for_lines:
        for line in order.lines:
            line.unit_discount_reason = None
    order.voucher = order.voucher_code = None


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


def complete(world: World, checkout: Checkout, *, race: bool, burn: bool = False) -> Order:
    """Make the order.

    With `race`, it is as if all completions happened at the same moment: between checking a code
    and using it Saleor holds no lock, so that none of them sees that another one has used it.

    :raises Refusal: if something is missing, unpaid, or the voucher no longer applies.
    """
    _check_complete(checkout)
    _check_paid(checkout)
    found = usable_code(world, checkout, ever_used=not race)
    _check_gift_cards(world, checkout)
    is_late = found is not None and not found[1].is_active
    if found:
        voucher, code = found
        checkout.voucher = voucher
        voucher.use(code, checkout.customer_email)
        if burn:
            # Saleor commits the use of a code before anything else can fail.
            raise Refusal("id", "TAX_ERROR", "Taxes could not be worked out.")
    order = world.add(_new_order(world, checkout))
    if is_late:
        _forget_code(order)
    _draw(world, checkout, order)
    for transaction in order.transactions:
        transaction.order, transaction.checkout = order, None
    world.remove(checkout)
    announce_created(world, order)
    return order
