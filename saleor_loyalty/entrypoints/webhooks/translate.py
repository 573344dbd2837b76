"""From a stored event to what it tells us."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from saleor_loyalty.gateways.saleor.orders import OrderState, order_state
from saleor_loyalty.gateways.saleor.payloads import (
    Fields,
    MalformedPayload,
    moment,
    parse,
    short_text,
)


@dataclass(frozen=True, slots=True)
class OrderHeard:
    """An order's state, as good as Saleor's own answer."""

    state: OrderState


@dataclass(frozen=True, slots=True)
class OrderUnclear:
    """Something happened to an order, but its state must be asked for."""

    order_id: str


@dataclass(frozen=True, slots=True)
class CustomerHeard:
    """A customer exists."""

    user_id: str
    # The account is the person's own now: orders placed as a guest may have been attached to it.
    may_own_guest_orders: bool
    # When they confirmed their address, if that is what we heard.
    confirmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VouchersHeard:
    """Somebody changed or deleted a voucher, or codes of one."""

    voucher_ids: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AppRemoved:
    """Our app was removed from the shop, under this id."""

    app_id: str


Heard = OrderHeard | OrderUnclear | CustomerHeard | VouchersHeard | AppRemoved | None

# More than Saleor deletes at once.
_CODES_MAX = 1_000
# Saleor attaches guest orders to an account without a word about the orders.
_GUEST_ORDERS_ATTACHED_ON = {"CustomerUpdated", "AccountConfirmed", "AccountEmailChanged"}
_CUSTOMER_IS_THERE_ON = {"CustomerCreated", *_GUEST_ORDERS_ATTACHED_ON}


def heard(name: str, body: bytes) -> Heard:
    """Return what event `name` tells; None where it tells nothing that concerns points.

    :raises MalformedPayload: if it is an order's event without even the order's id, or another's
        without what every event has.
    """
    event = parse(bytes(body))
    if _is_our_own_writing(name, event):
        return None
    if name.startswith("Order"):
        return _order(event)
    if name in _CUSTOMER_IS_THERE_ON and event.get("user"):
        return CustomerHeard(
            short_text(event["user"], "id"),
            name in _GUEST_ORDERS_ATTACHED_ON,
            moment(event["issuedAt"]) if name == "AccountConfirmed" else None,
        )
    if name in ("VoucherUpdated", "VoucherDeleted") and event.get("voucher"):
        return VouchersHeard(voucher_ids=(short_text(event["voucher"], "id"),))
    if name == "VoucherCodesDeleted":
        codes = Fields(event).list("voucherCodes")[:_CODES_MAX]
        return VouchersHeard(codes=tuple([each.name("code") for each in codes]))
    if name == "AppDeleted":
        return AppRemoved(str(event["app"]["id"]))
    return None


def _is_our_own_writing(name: str, event: Any) -> bool:
    """Tell whether we are told that we wrote a customer's attributes, see mirrors/."""
    issuer = event.get("issuingPrincipal") if name == "CustomerUpdated" else None
    return bool(issuer and issuer.get("id")) and issuer == event.get("recipient")


def _order(event: Mapping[str, Any]) -> OrderHeard | OrderUnclear:
    order = event.get("order")
    try:
        if event.get("errors"):
            # A field we may not see comes as null, with an error beside it.
            raise MalformedPayload(str(event["errors"])[:200])
        return OrderHeard(order_state(order or {}, read_at=moment(event["issuedAt"])))
    except (MalformedPayload, KeyError):
        if not isinstance(order, dict) or not isinstance(order.get("id"), str):
            raise
        return OrderUnclear(order["id"])
