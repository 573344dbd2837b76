"""What happens to an order later: payments, sending, returns, promises of money, cancelling."""

from collections.abc import Sequence
from decimal import Decimal

from .apps import App
from .money import ZERO, Money, to_cents
from .order_lines import OrderLine
from .orders import GONE, Fulfillment, FulfillmentLine, GrantedRefund, GrantedRefundLine, Order
from .payments import Transaction, TransactionEvent
from .people import User
from .refusals import Refusal
from .selling import announce_fully_paid
from .world import World, new_key

Pieces = Sequence[tuple[OrderLine, int]]
SentPieces = Sequence[tuple[FulfillmentLine, int]]

OVER = frozenset({"DRAFT", "CANCELED", "EXPIRED"})


def touch(world: World, order: Order) -> None:
    """Note that the order has changed."""
    order.updated_at = world.now()


def _refresh_status(world: World, order: Order) -> None:
    before = order.status
    order.refresh_status()
    # As in Saleor: sending or returning more pieces does not count as a change of the order
    # while its status stays the same.
    if order.status != before:
        touch(world, order)


def _announce_payment(world: World, order: Order, *, charged: Decimal, refunded: Decimal) -> None:
    if charged > 0:
        world.announce("ORDER_PAID", order)
        if order.is_paid:
            announce_fully_paid(world, order)
        else:
            world.announce("ORDER_UPDATED", order)
    if refunded > 0:
        world.announce("ORDER_REFUNDED", order)
        if order.total_refunded.amount >= order.total.gross.amount:
            world.announce("ORDER_FULLY_REFUNDED", order)
    if charged < 0 or refunded > 0:
        world.announce("ORDER_UPDATED", order)


def take_in(world: World, transaction: Transaction, event: TransactionEvent) -> None:
    """Apply a payment report, and tell apps what it did to the order."""
    charged, refunded = transaction.charged, transaction.refunded
    transaction.take_in(event)
    if order := transaction.order:
        _settle_promises(order, event)
        after_payment(
            world,
            order,
            charged=transaction.charged - charged,
            refunded=transaction.refunded - refunded,
        )


def _settle_promises(order: Order, event: TransactionEvent) -> None:
    """Note which promises of money a report keeps or breaks."""
    outcomes = {"REFUND_REQUEST": "PENDING", "REFUND_SUCCESS": "SUCCESS",
                "REFUND_FAILURE": "FAILURE", "REFUND_REVERSE": "NONE"}  # fmt: skip
    for refund in order.granted_refunds:
        if refund.psp_reference == event.psp_reference and event.type in outcomes:
            refund.status = outcomes[event.type]


def after_payment(world: World, order: Order, *, charged: Decimal, refunded: Decimal) -> None:
    """Bring the order up to date after amounts grew or shrank by so much."""
    if order.status == "UNCONFIRMED":
        order.refresh_status()
    touch(world, order)
    _announce_payment(world, order, charged=charged, refunded=refunded)


def mark_as_paid(world: World, order: Order, reference: str, by: User | App | None) -> None:
    """Book the whole total as charged. Saleor sends no ORDER_PAID for this."""
    now = world.now()
    paid = Transaction(
        pk=new_key(),
        currency=order.channel.currency_code,
        created_at=now,
        modified_at=now,
        name="Mark-as-paid transaction",
        psp_reference=reference,
        actions=["REFUND"],
        charged=order.total.gross.amount,
        created_by=by,
        order=order,
    )
    order.transactions.append(world.add(paid))
    touch(world, order)
    announce_fully_paid(world, order)


def _group(world: World, order: Order, status: str, pieces: Pieces) -> Fulfillment:
    lines = [
        world.add(FulfillmentLine(pk=world.next_number("sent"), order_line=line, quantity=quantity))
        for line, quantity in pieces
    ]
    fulfillment = Fulfillment(
        pk=world.next_number("fulfillment"),
        fulfillment_order=len(order.fulfillments) + 1,
        status=status,
        created=world.now(),
        lines=lines,
    )
    order.fulfillments.append(world.add(fulfillment))
    return fulfillment


def _mark_sent(pieces: Pieces) -> None:
    for line, quantity in pieces:
        if not 0 < quantity <= line.quantity_to_fulfill:
            message = f"Only {line.quantity_to_fulfill} of this line remain."
            raise Refusal("quantity", "INVALID_QUANTITY", message, order_lines=[line.id])
    for line, quantity in pieces:
        line.quantity_fulfilled += quantity


def fulfil(world: World, order: Order, pieces: Pieces) -> Fulfillment:
    """Send pieces of an order.

    :raises Refusal: if there are not that many, or the order is over.
    """
    if order.status in OVER:
        raise Refusal("order", "INVALID", "This order cannot be fulfilled.")
    _mark_sent(pieces)
    fulfillment = _group(world, order, "FULFILLED", pieces)
    _refresh_status(world, order)
    world.announce("ORDER_UPDATED", order)
    if order.status == "FULFILLED":
        world.announce("ORDER_FULFILLED", order)
    return fulfillment


def _take_out(order: Order, pieces: SentPieces) -> None:
    for line, quantity in pieces:
        if not 0 < quantity <= line.quantity:
            raise Refusal("quantity", "INVALID_QUANTITY", "There are not that many pieces.")
    for line, quantity in pieces:
        line.quantity -= quantity
    for fulfillment in order.fulfillments:
        fulfillment.lines = [line for line in fulfillment.lines if line.quantity]
    order.fulfillments = [each for each in order.fulfillments if each.lines]


def take_back(
    world: World, order: Order, *, status: str, unsent: Pieces, sent: SentPieces
) -> Fulfillment:
    """Return or replace pieces, sent or not. Nothing is announced yet.

    :raises Refusal: if there are not that many.
    """
    _mark_sent(unsent)
    _take_out(order, sent)
    pieces = [*unsent, *((line.order_line, quantity) for line, quantity in sent)]
    fulfillment = _group(world, order, status, pieces)
    _refresh_status(world, order)
    return fulfillment


def reissue(world: World, order: Order, replaced: Fulfillment) -> Order:
    """Return the new draft order that replaces pieces of an order, metadata included."""
    now = world.now()
    lines = [
        OrderLine(
            pk=new_key(),
            channel=order.channel,
            item=piece.order_line.item,
            quantity=piece.quantity,
            unit_gross=piece.order_line.unit_gross,
            gross=to_cents(piece.order_line.gross * piece.quantity / piece.order_line.quantity),
        )
        for piece in replaced.lines
    ]
    return world.add(
        Order(
            pk=new_key(),
            number=world.next_number("order"),
            channel=order.channel,
            created=now,
            updated_at=now,
            status="DRAFT",
            origin="REISSUE",
            original=order.id,
            lines=lines,
            user=order.user,
            user_email=order.user_email,
            public=dict(order.public),
            private=dict(order.private),
        )
    )


def grant_refund(
    world: World,
    order: Order,
    transaction: Transaction,
    *,
    amount: Decimal | None,
    lines: Sequence[GrantedRefundLine],
    shipping: bool,
    reason: str,
) -> GrantedRefund:
    """Promise money back; without an amount, what lines and shipping cost. No event tells.

    :raises Refusal: if it is more than was charged.
    """
    if amount is None:
        prices = [line.order_line.unit_price.gross.amount * line.quantity for line in lines]
        wanted = sum(prices, order.shipping if shipping else ZERO)
        amount = min(wanted, transaction.charged)
    if amount > transaction.charged:
        message = "The amount is more than the transaction has charged."
        raise Refusal("amount", "AMOUNT_GREATER_THAN_AVAILABLE", message)
    now = world.now()
    refund = GrantedRefund(
        pk=world.next_number("granted refund"),
        created_at=now,
        updated_at=now,
        amount=Money(amount, order.channel.currency_code),
        transaction=transaction,
        reason=reason,
        shipping_costs_included=shipping,
        lines=list(lines),
    )
    order.granted_refunds.append(world.add(refund))
    touch(world, order)
    return refund


def request_refund(world: World, refund: GrantedRefund) -> None:
    """Ask the payment provider for money that was promised. It answers with a report.

    :raises Refusal: if that was done before.
    """
    codes = {"PENDING": "REFUND_IS_PENDING", "SUCCESS": "REFUND_ALREADY_PROCESSED"}
    if code := codes.get(refund.status):
        raise Refusal("grantedRefundId", code, "This refund was requested before.")
    refund.psp_reference = new_key()
    event = TransactionEvent(
        pk=world.next_number("transaction event"),
        created_at=world.now(),
        type="REFUND_REQUEST",
        psp_reference=refund.psp_reference,
        amount=refund.amount,
    )
    take_in(world, refund.transaction, event)


def cancel(world: World, order: Order) -> None:
    """Cancel an order of which nothing is on its way. Money and vouchers stay as they are.

    :raises Refusal: if it is too late.
    """
    closed = GONE | {"REPLACED", "REFUNDED", "CANCELED"}
    on_its_way = any(each.status not in closed for each in order.fulfillments)
    if on_its_way or order.status in OVER:
        raise Refusal("order", "CANNOT_CANCEL_ORDER", "This order cannot be canceled.")
    order.status = "CANCELED"
    touch(world, order)
    world.announce("ORDER_CANCELLED", order)
    world.announce("ORDER_UPDATED", order)
