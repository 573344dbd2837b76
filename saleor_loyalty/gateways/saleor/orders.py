"""Saleor's orders in our words. Past this module nobody sees Saleor's keys."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

# No shop sells for more; what is larger is not money but mischief.
_AMOUNT_MAX = Decimal(10) ** 12
_RETURNED = {"RETURNED", "REFUNDED_AND_RETURNED"}
_SENT = {"FULFILLED", *_RETURNED, "REFUNDED", "REPLACED"}


class MalformedOrder(ValueError):
    """The payload is not an order as our documents ask for it."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line's money after every discount, and how much of it came back."""

    id: str
    quantity: int
    quantity_returned: int
    gross: Decimal
    net: Decimal
    is_gift: bool
    is_gift_card: bool


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order's whole money state at one moment. Amounts are in `currency`."""

    saleor_id: str
    number: str
    user_id: str | None
    origin: str
    status: str
    charge_status: str
    currency: str
    total: Decimal
    shipping_gross: Decimal
    shipping_net: Decimal
    charged: Decimal
    refunded: Decimal
    # What was charged to gift cards that are payments (older ones lower `total` instead).
    charged_to_gift_cards: Decimal
    lines: tuple[OrderLine, ...]
    # When its last parcel left, once all have.
    fulfilled_at: datetime | None
    # When Saleor says it changed, and when this was read. Not part of the facts, nor of the repr.
    changed_at: datetime = field(repr=False)
    read_at: datetime = field(repr=False)

    @property
    def digest(self) -> bytes:
        """A fingerprint of the facts: two states with one digest say the same of the order."""
        return hashlib.blake2b(repr(self).encode(), digest_size=16).digest()


def parse(text: bytes | str) -> Any:
    """Parse JSON without losing a cent: amounts become Decimal.

    :raises ValueError: for anything that is not JSON, also NaN and Infinity.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def order_state(payload: Mapping[str, Any], *, read_at: datetime) -> OrderState:
    """Translate the fields of fragment LoyaltyOrder; `read_at` is when Saleor rendered them.

    :raises MalformedOrder: for anything else.
    """
    try:
        return _order_state(payload, read_at)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise MalformedOrder(f"{type(error).__name__}: {error}") from error


def _order_state(payload: Mapping[str, Any], read_at: datetime) -> OrderState:
    returned, fulfilled_at = _parcels(payload)
    user = payload["user"]
    shipping = payload["shippingPrice"]
    return OrderState(
        saleor_id=_word(payload["id"]),
        number=_word(payload["number"]),
        user_id=_word(user["id"]) if user else None,
        origin=_word(payload["origin"]),
        status=_word(payload["status"]),
        charge_status=_word(payload["chargeStatus"]),
        currency=_currency(payload["total"]["currency"]),
        total=_amount(payload["total"]["gross"]),
        shipping_gross=_amount(shipping["gross"]),
        shipping_net=_amount(shipping["net"]),
        charged=_amount(payload["totalCharged"]),
        refunded=_amount(payload["totalRefunded"]),
        charged_to_gift_cards=_gift_card_money(payload["transactions"]),
        lines=tuple([_line(line, returned) for line in payload["lines"]]),
        fulfilled_at=fulfilled_at,
        changed_at=moment(payload["updatedAt"]),
        read_at=read_at,
    )


def _line(line: Mapping[str, Any], returned: Mapping[str, int]) -> OrderLine:
    price, variant = line["totalPrice"], line["variant"]
    identifier = _word(line["id"])
    return OrderLine(
        id=identifier,
        quantity=int(line["quantity"]),
        quantity_returned=returned.get(identifier, 0),
        gross=_amount(price["gross"]),
        net=_amount(price["net"]),
        is_gift=bool(line["isGift"]),
        # A deleted variant says nothing about its kind; goods are the rule.
        is_gift_card=bool(variant) and variant["product"]["productType"]["kind"] == "GIFT_CARD",
    )


def _parcels(payload: Mapping[str, Any]) -> tuple[Mapping[str, int], datetime | None]:
    """Return the quantity returned by line, and when the order was fulfilled, if it is."""
    returned: Counter[str] = Counter()
    sent: list[datetime] = []
    for parcel in payload["fulfillments"]:
        if parcel["status"] in _SENT:
            sent.append(moment(parcel["created"]))
        if parcel["status"] in _RETURNED:
            for line in parcel["lines"] or ():
                returned[line["orderLine"]["id"]] += int(line["quantity"])
    is_complete = payload["status"] in {"FULFILLED", "RETURNED", "PARTIALLY_RETURNED"}
    return returned, max(sent) if sent and is_complete else None


def _gift_card_money(transactions: list[Mapping[str, Any]]) -> Decimal:
    paid = Decimal(0)
    for transaction in transactions:
        means = transaction["paymentMethodDetails"]
        if means and means["__typename"] == "GiftCardPaymentMethodDetails":
            paid += _amount(transaction["chargedAmount"])
    return paid


def moment(text: str) -> datetime:
    """Return a date-time of Saleor's, which always has a time zone.

    :raises ValueError: without one.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a date-time without a time zone")
    return at


def _amount(money: Mapping[str, Any]) -> Decimal:
    amount = Decimal(money["amount"])
    if not -_AMOUNT_MAX < amount < _AMOUNT_MAX:
        raise ValueError("an amount that no shop takes")
    return amount


def _word(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 64 or "\0" in value:
        raise ValueError("not a short text")
    return value


def _currency(value: Any) -> str:
    if len(_word(value)) != 3:
        raise ValueError("not a currency")
    return str(value)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
