"""Mutations of staff and payment apps: payments, sending, returns, refunds, cancelling."""

from decimal import Decimal
from typing import Any

from . import aftersales
from .access import Denied
from .apps import App
from .checkouts import Checkout
from .money import ZERO, Money
from .order_lines import OrderLine
from .orders import Fulfillment, FulfillmentLine, GrantedRefund, GrantedRefundLine, Order
from .payments import DifferentAmount, Transaction, TransactionEvent
from .people import User
from .refusals import Refusal
from .resolving import Request, mutates
from .world import NotFound, new_key

Payload = dict[str, Any]

METHODS = {
    "card": "CardPaymentMethodDetails",
    "gift_card": "GiftCardPaymentMethodDetails",
    "other": "OtherPaymentMethodDetails",
}


def _amount(described: dict[str, Any], name: str, currency: str) -> Decimal:
    money = described.get(f"amount_{name}")
    if money is None:
        return ZERO
    if money["currency"] != currency:
        raise Refusal("transaction", "INCORRECT_CURRENCY", f"Amounts must be in {currency}.")
    return Decimal(money["amount"])


def _method(described: dict[str, Any] | None) -> dict[str, Any] | None:
    for key, type_name in METHODS.items():
        if described and described.get(key):
            return {"__typename": type_name, "is_saleor_giftcard": False, **described[key]}
    return None


def _new_transaction(request: Request, described: dict[str, Any], currency: str) -> Transaction:
    now = request.world.now()
    caller = request.caller
    return Transaction(
        pk=new_key(),
        currency=currency,
        created_at=now,
        modified_at=now,
        name=described.get("name") or "",
        message=described.get("message") or "",
        psp_reference=described.get("psp_reference") or "",
        actions=described.get("available_actions") or [],
        created_by=caller.app or caller.user,
        payment_method_details=_method(described.get("payment_method_details")),
        authorized=_amount(described, "authorized", currency),
        charged=_amount(described, "charged", currency),
        refunded=_amount(described, "refunded", currency),
        canceled=_amount(described, "canceled", currency),
    )


@mutates("transactionCreate", needs=("HANDLE_PAYMENTS",))
def transaction_create(request: Request, node_id: str, transaction: dict[str, Any]) -> Payload:
    world = request.world
    target = world.get(Order, node_id) or world.get(Checkout, node_id)
    if target is None:
        raise NotFound(f"There is no order or checkout {node_id}.")
    new = _new_transaction(request, transaction, target.channel.currency_code)
    target.transactions.append(world.add(new))
    if isinstance(target, Order):
        new.order = target
        aftersales.after_payment(world, target, charged=new.charged, refunded=new.refunded)
    else:
        new.checkout, target.updated_at = target, world.now()
        world.announce("CHECKOUT_UPDATED", target)
    return {"transaction": new}


def _require_ownership(request: Request, transaction: Transaction) -> None:
    # As in Saleor: an app reports on its own transactions, staff on those of staff.
    creator = transaction.created_by
    if isinstance(creator, App) and creator is not request.caller.app:
        raise Denied("OWNER", "HANDLE_PAYMENTS")
    if isinstance(creator, User) and request.caller.user is None:
        raise Denied("OWNER", "HANDLE_PAYMENTS")


@mutates("transactionEventReport", needs=("HANDLE_PAYMENTS",))
def transaction_event_report(
    request: Request,
    kind: str,
    psp_reference: str,
    node_id: str = "",
    amount: Decimal | None = None,
    message: str = "",
    available_actions: list[str] | None = None,
) -> Payload:
    transaction = request.world.require(Transaction, node_id)
    _require_ownership(request, transaction)
    if available_actions is not None:
        transaction.actions = available_actions
    event = TransactionEvent(
        pk=request.world.next_number("transaction event"),
        created_at=request.world.now(),
        type=kind,
        psp_reference=psp_reference,
        amount=Money(ZERO if amount is None else amount, transaction.currency),
        message=message,
    )
    try:
        known = transaction.known(event)
    except DifferentAmount as error:
        text = "This was reported before, with another amount."
        raise Refusal("pspReference", "INCORRECT_DETAILS", text) from error
    if known is None:
        aftersales.take_in(request.world, transaction, event)
    return {
        "already_processed": known is not None,
        "transaction": transaction,
        "transaction_event": known or event,
    }


def _own_line(order: Order, node_id: str) -> OrderLine:
    for line in order.lines:
        if line.id == node_id:
            return line
    raise NotFound(f"The order has no line {node_id}.")


def _sent_line(order: Order, node_id: str) -> FulfillmentLine:
    for fulfillment in order.fulfillments:
        for line in fulfillment.lines:
            if line.id == node_id:
                return line
    raise NotFound(f"The order has no fulfilled line {node_id}.")


@mutates("orderFulfill", needs=("MANAGE_ORDERS",))
def order_fulfill(request: Request, given: dict[str, Any], order: str = "") -> Payload:
    sold = request.world.require(Order, order)
    pieces = [
        (_own_line(sold, each["order_line_id"]), sum(s["quantity"] for s in each["stocks"]))
        for each in given["lines"]
    ]
    fulfillment = aftersales.fulfil(request.world, sold, pieces)
    return {"order": sold, "fulfillments": [fulfillment]}


def _taken_back(
    request: Request, order: Order, described: dict[str, Any], *, replace: bool
) -> Fulfillment:
    unsent = [
        (_own_line(order, each["order_line_id"]), each["quantity"])
        for each in described.get("order_lines") or []
        if each["replace"] is replace
    ]
    sent = [
        (_sent_line(order, each["fulfillment_line_id"]), each["quantity"])
        for each in described.get("fulfillment_lines") or []
        if each["replace"] is replace
    ]
    status = "REPLACED" if replace else "RETURNED"
    return aftersales.take_back(request.world, order, status=status, unsent=unsent, sent=sent)


@mutates("orderFulfillmentReturnProducts", needs=("MANAGE_ORDERS",))
def order_return(request: Request, order: str, given: dict[str, Any]) -> Payload:
    sold = request.world.require(Order, order)
    if given.get("refund"):
        raise Refusal("refund", "CANNOT_REFUND", "Report refunds on the transaction instead.")
    pieces = [*(given.get("order_lines") or []), *(given.get("fulfillment_lines") or [])]
    replaces = any(each["replace"] for each in pieces)
    replaced = _taken_back(request, sold, given, replace=True) if replaces else None
    # Saleor notes a return, without lines, even if all pieces are replaced.
    returned = _taken_back(request, sold, given, replace=False)
    new = aftersales.reissue(request.world, sold, replaced) if replaced else None
    request.world.announce("ORDER_UPDATED", sold)
    return {
        "order": sold,
        "return_fulfillment": returned,
        "replace_fulfillment": replaced,
        "replace_order": new,
    }


@mutates("orderGrantRefundCreate", needs=("MANAGE_ORDERS",))
def order_grant_refund_create(request: Request, node_id: str, given: dict[str, Any]) -> Payload:
    order = request.world.require(Order, node_id)
    lines = [
        GrantedRefundLine(
            id=new_key(),
            order_line=_own_line(order, each["id"]),
            quantity=each["quantity"],
            reason=each.get("reason"),
        )
        for each in given.get("lines") or []
    ]
    refund = aftersales.grant_refund(
        request.world,
        order,
        request.world.require(Transaction, given["transaction_id"]),
        amount=given.get("amount"),
        lines=lines,
        shipping=bool(given.get("grant_refund_for_shipping")),
        reason=given.get("reason") or "",
    )
    return {"order": order, "granted_refund": refund}


@mutates("transactionRequestRefundForGrantedRefund", needs=("HANDLE_PAYMENTS",))
def request_granted_refund(
    request: Request, granted_refund_id: str, node_id: str | None = None
) -> Payload:
    # The promise knows its transaction: what `id` names is ignored, as in Saleor.
    refund = request.world.require(GrantedRefund, granted_refund_id)
    aftersales.request_refund(request.world, refund)
    return {"transaction": refund.transaction}


@mutates("orderCancel", needs=("MANAGE_ORDERS",))
def order_cancel(request: Request, node_id: str) -> Payload:
    order = request.world.require(Order, node_id)
    aftersales.cancel(request.world, order)
    return {"order": order}


@mutates("orderMarkAsPaid", needs=("MANAGE_ORDERS",))
def order_mark_as_paid(
    request: Request, node_id: str, transaction_reference: str | None = None
) -> Payload:
    order = request.world.require(Order, node_id)
    by = request.caller.app or request.caller.user
    aftersales.mark_as_paid(request.world, order, transaction_reference or "", by)
    return {"order": order}


@mutates("orderNoteAdd", needs=("MANAGE_ORDERS",))
def order_note_add(request: Request, order: str, given: dict[str, Any]) -> Payload:
    noted = request.world.require(Order, order)
    if not given["message"].strip():
        raise Refusal("message", "REQUIRED", "Say something.")
    noted.notes.append(given["message"])
    noted.updated_at = request.world.now()
    request.world.announce("ORDER_UPDATED", noted)
    return {"order": noted}
