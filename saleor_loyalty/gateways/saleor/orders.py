"""Saleor's orders in our words. Past this module nobody sees Saleor's keys."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

# No shop sells for more, or more pieces; what is larger is not an order but mischief.
_AMOUNT_MAX = Decimal(10) ** 12
_QUANTITY_MAX = 10**9
# More digits than any currency has, and as many as we store.
_DIGITS = Decimal("0.0001")
_TEXT_MAX = 64
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
    created_at: datetime
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
    except ArithmeticError as error:
        raise ValueError("a number beyond all measure") from error


def order_state(payload: Any, *, read_at: datetime) -> OrderState:
    """Translate the fields of fragment LoyaltyOrder; `read_at` is when Saleor rendered them.

    :raises MalformedOrder: for anything else.
    """
    order = _Fields(payload)
    fulfillments = order.list("fulfillments")
    total, shipping = order.part("total"), order.part("shippingPrice")
    returned = _returned(fulfillments)
    return OrderState(
        saleor_id=order.text("id"),
        number=order.text("number"),
        user_id=order.part("user").text("id") if order["user"] else None,
        origin=order.text("origin"),
        status=order.text("status"),
        charge_status=order.text("chargeStatus"),
        currency=total.text("currency", length=3),
        total=total.part("gross").amount(),
        shipping_gross=shipping.part("gross").amount(),
        shipping_net=shipping.part("net").amount(),
        # Charge-backs may lead below zero.
        charged=order.part("totalCharged").amount(may_be_negative=True),
        refunded=order.part("totalRefunded").amount(may_be_negative=True),
        charged_to_gift_cards=_gift_card_money(order.list("transactions")),
        lines=tuple([_line(line, returned) for line in order.list("lines")]),
        fulfilled_at=_fulfilled_at(order.text("status"), fulfillments),
        created_at=order.moment("created"),
        changed_at=order.moment("updatedAt"),
        read_at=read_at,
    )


def short_text(payload: Any, name: str) -> str:
    """Return a field such as an id, which every database can keep.

    :raises MalformedOrder: for anything else.
    """
    return _Fields(payload).text(name)


def moment(value: Any) -> datetime:
    """Return a date-time of Saleor's, which always has a time zone.

    :raises MalformedOrder: for anything else.
    """
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise MalformedOrder("not a date-time") from error
    # Far from the ends of the calendar, so that days can be added.
    if at.tzinfo is None or not 2000 <= at.year <= 2200:
        raise MalformedOrder("not a date-time of this age, with a time zone")
    return at


def _line(line: "_Fields", returned: Mapping[str, int]) -> OrderLine:
    price = line.part("totalPrice")
    identifier = line.text("id")
    return OrderLine(
        id=identifier,
        quantity=line.count("quantity"),
        quantity_returned=returned.get(identifier, 0),
        gross=price.part("gross").amount(),
        net=price.part("net").amount(),
        is_gift=line["isGift"] is True,
        is_gift_card=_is_gift_card(line),
    )


def _is_gift_card(line: "_Fields") -> bool:
    if not line["variant"]:
        # A deleted variant says nothing about its kind; goods are the rule.
        return False
    product_type = line.part("variant").part("product").part("productType")
    return product_type.text("kind") == "GIFT_CARD"


def _returned(fulfillments: "list[_Fields]") -> Mapping[str, int]:
    """Return how many pieces of each line came back."""
    returned: Counter[str] = Counter()
    for parcel in fulfillments:
        if parcel["status"] in _RETURNED:
            for line in parcel.list("lines"):
                returned[line.part("orderLine").text("id")] += line.count("quantity")
    return returned


def _fulfilled_at(status: str, fulfillments: "list[_Fields]") -> datetime | None:
    """Return when the last parcel left, if all have."""
    sent = [parcel.moment("created") for parcel in fulfillments if parcel["status"] in _SENT]
    is_complete = status in {"FULFILLED", "RETURNED", "PARTIALLY_RETURNED"}
    return max(sent) if sent and is_complete else None


def _gift_card_money(transactions: "list[_Fields]") -> Decimal:
    return sum(
        (
            transaction.part("chargedAmount").amount(may_be_negative=True)
            for transaction in transactions
            if transaction["paymentMethodDetails"]
            and transaction.part("paymentMethodDetails")["__typename"]
            == "GiftCardPaymentMethodDetails"
        ),
        Decimal(0),
    )


class _Fields:
    """An object of the payload, whose fields are read with a check.

    Every reader raises MalformedOrder with the field's name.
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Any) -> None:
        if not isinstance(fields, dict):
            raise MalformedOrder("not an object")
        self._fields = fields

    def __getitem__(self, name: str) -> Any:
        try:
            return self._fields[name]
        except KeyError:
            raise MalformedOrder(f"no {name}") from None

    def part(self, name: str) -> "_Fields":
        """Return an object within."""
        return _Fields(self[name])

    def list(self, name: str) -> "list[_Fields]":
        """Return a list of objects; null is an empty one."""
        items = self[name] or []
        if not isinstance(items, list):
            raise MalformedOrder(f"{name} is not a list")
        return [_Fields(item) for item in items]

    def text(self, name: str, *, length: int | None = None) -> str:
        """Return a short text that every database can keep."""
        value = self[name]
        if not isinstance(value, str) or not 0 < len(value) <= _TEXT_MAX or "\0" in value:
            raise MalformedOrder(f"{name} is not a short text")
        if not value.isascii() and value.encode(errors="replace").decode() != value:
            raise MalformedOrder(f"{name} is not a text")
        if length and len(value) != length:
            raise MalformedOrder(f"{name} is not {length} characters long")
        return value

    def count(self, name: str) -> int:
        """Return a whole number of pieces."""
        value = self[name]
        if type(value) is not int or not 0 < value <= _QUANTITY_MAX:
            raise MalformedOrder(f"{name} is not a number of pieces")
        return value

    def amount(self, *, may_be_negative: bool = False) -> Decimal:
        """Return the amount of money that this object is."""
        value = self["amount"]
        is_money = type(value) in {int, Decimal} and -_AMOUNT_MAX < value < _AMOUNT_MAX
        if not is_money or (value < 0 and not may_be_negative):
            raise MalformedOrder("not an amount that a shop takes")
        return Decimal(value).quantize(_DIGITS)

    def moment(self, name: str) -> datetime:
        """Return a date-time."""
        return moment(self[name])


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
