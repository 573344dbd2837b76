"""Saleor's orders in our words. Past this module nobody sees Saleor's keys."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from saleor_loyalty.gateways.saleor.payloads import (
    NAME_MAX,
    TEXT_MAX,
    Fields,
    MalformedPayload,
    check_text,
)

# With room for a prefix in what a programme may name.
_LABEL_MAX = 48
_CATEGORIES_MAX = 10
_COLLECTIONS_MAX = 20
# Goods whose names were checked already.
_GOODS_KEPT = 2048
_RETURNED = {"RETURNED", "REFUNDED_AND_RETURNED"}
_SENT = {"FULFILLED", *_RETURNED, "REFUNDED", "REPLACED"}


@dataclass(frozen=True, slots=True)
class Goods:
    """What a line sells, by the slugs the Dashboard shows; empty where Saleor forgot the variant.

    `sku` is the article number it was sold under. `categories` begins with the product's own,
    followed by those it lies in.
    """

    product: str = ""
    sku: str = ""
    product_type: str = ""
    categories: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()


UNKNOWN_GOODS = Goods()


@dataclass(frozen=True, slots=True)
class Parcel:
    """Pieces of a line that were sent together, and are still with the customer."""

    sent_at: datetime
    quantity: int


@dataclass(frozen=True, slots=True)
class Payment:
    """Money charged by one means: `gift_card`, `card`, `card:visa`, or the name of another."""

    method: str
    amount: Decimal


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
    # The whole line before every discount.
    undiscounted_gross: Decimal = Decimal(0)
    undiscounted_net: Decimal = Decimal(0)
    # Nothing took off this line's own price; a voucher for the whole order does not count.
    is_full_price: bool = True
    # Pieces whose price was given back though they did not come back: none is among
    # `quantity_returned`.
    quantity_refunded: int = 0
    parcels: tuple[Parcel, ...] = ()
    # Not part of the facts: goods that move to another category do not change an order.
    goods: Goods = field(default=UNKNOWN_GOODS, repr=False)
    # What a voucher for this line took off; nothing of one for the whole order. Not part of the
    # facts: it does not change without the price.
    voucher_discount: Decimal = field(default=Decimal(0), repr=False)

    @property
    def quantity_gone(self) -> int:
        """How many pieces count as never bought: they came back, or their price was given back."""
        return min(self.quantity, self.quantity_returned + self.quantity_refunded)


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
    # The channel's slug.
    channel: str = ""
    # What each transaction holds, sorted; legacy payments are not among them.
    payments: tuple[Payment, ...] = ()
    voucher_code: str = ""
    # What vouchers took off, the codes of lines, Saleor's ids of gift cards. Not part of the
    # facts: they do not change without the prices.
    voucher_discount: Decimal = field(default=Decimal(0), repr=False)
    line_voucher_codes: tuple[str, ...] = field(default=(), repr=False)
    gift_cards: tuple[str, ...] = field(default=(), repr=False)
    # What vouchers are called that took something off. Of checkouts that used one code at the same
    # moment, Saleor forgets the code on all orders but one; the discount and its name stay.
    voucher_names: tuple[str, ...] = field(default=(), repr=False)

    @property
    def codes(self) -> frozenset[str]:
        """Every promo code that the order carries."""
        return frozenset(filter(None, (self.voucher_code, *self.line_voucher_codes)))

    @property
    def digest(self) -> bytes:
        """A fingerprint of the facts: two states with one digest say the same of the order."""
        return hashlib.blake2b(repr(self).encode(), digest_size=16).digest()


def order_state(payload: Any, *, read_at: datetime) -> OrderState:
    """Translate the fields of fragment LoyaltyOrder; `read_at` is when Saleor rendered them.

    :raises MalformedPayload: for anything else.
    """
    order = Fields(payload)
    fulfillments, transactions = order.list("fulfillments"), order.list("transactions")
    total, shipping = order.part("total"), order.part("shippingPrice")
    lines = order.list("lines")
    moves = _moves(fulfillments, order.list("grantedRefunds"))
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
        charged_to_gift_cards=_gift_card_money(transactions),
        lines=tuple([_line(line, moves) for line in lines]),
        fulfilled_at=_fulfilled_at(order.text("status"), fulfillments),
        created_at=order.moment("created"),
        changed_at=order.moment("updatedAt"),
        read_at=read_at,
        channel=order.part("channel").name("slug"),
        payments=_payments(transactions),
        voucher_code=order.name("voucherCode", may_be_missing=True),
        voucher_discount=_voucher_discount(order, lines),
        voucher_names=_voucher_names(order, lines),
        line_voucher_codes=tuple(sorted(_line_codes(lines))),
        gift_cards=tuple([card.text("id") for card in order.list("giftCards")]),
    )


def _voucher_discount(order: Fields, lines: list[Fields]) -> Decimal:
    """Return what vouchers took off. Saleor tells it for the order, else line by line."""
    for discounts in (
        order.list("discounts"),
        [each for line in lines if line["discounts"] for each in line.list("discounts")],
    ):
        amounts = [each.part("total").amount() for each in discounts if each["type"] == "VOUCHER"]
        if any(amounts):
            return sum(amounts, Decimal(0))
    return Decimal(0)


def _voucher_names(order: Fields, lines: list[Fields]) -> tuple[str, ...]:
    discounts = order.list("discounts")
    discounts += [each for line in lines if line["discounts"] for each in line.list("discounts")]
    names = {
        each.name("name", may_be_missing=True) for each in discounts if each["type"] == "VOUCHER"
    }
    return tuple(sorted(names - {""}))


def _line_codes(lines: list[Fields]) -> set[str]:
    codes = {line.name("voucherCode", may_be_missing=True) for line in lines}
    return codes - {""}


def _line(line: Fields, moves: "_Moves") -> OrderLine:
    identifier, quantity = line.text("id"), line.count("quantity")
    gross, net = _price(line["totalPrice"])
    is_reduced = line["undiscountedTotalPrice"] != line["totalPrice"]
    undiscounted = _price(line["undiscountedTotalPrice"]) if is_reduced else (gross, net)
    returned = moves.returned[identifier]
    goods, is_gift_card = _goods(line)
    return OrderLine(
        id=identifier,
        quantity=quantity,
        quantity_returned=returned,
        gross=gross,
        net=net,
        is_gift=line["isGift"] is True,
        is_gift_card=is_gift_card,
        undiscounted_gross=undiscounted[0],
        undiscounted_net=undiscounted[1],
        is_full_price=_is_full_price(line),
        quantity_refunded=moves.refunded(identifier, quantity - returned),
        parcels=tuple(sorted(moves.parcels.get(identifier, ()), key=_by_date)),
        goods=goods,
        voucher_discount=_line_voucher(line, max(Decimal(0), undiscounted[0] - gross)),
    )


def _line_voucher(line: Fields, reduction: Decimal) -> Decimal:
    told = line.list("discounts") if line["discounts"] else []
    amounts = [each.part("total").amount() for each in told if each["type"] == "VOUCHER"]
    if any(amounts):
        return sum(amounts, Decimal(0))
    # Some shops let Saleor tell the code of a line, and not what it took off.
    return reduction if line["voucherCode"] else Decimal(0)


def _price(price: Any) -> tuple[Decimal, Decimal]:
    """Return gross and net."""
    fields = Fields(price)
    return fields.part("gross").amount(), fields.part("net").amount()


def _goods(line: Fields) -> tuple[Goods, bool]:
    """Return what the line sells, and whether that is gift cards."""
    sku = line.name("productSku", may_be_missing=True)
    if not line["variant"]:
        # A deleted variant says nothing about its kind; goods are the rule.
        return Goods(sku=sku), False
    return product_goods(line.part("variant")["product"], sku)


def _is_full_price(line: Fields) -> bool:
    # Orders of older versions of Saleor name the sale, and have no discounts; a line's own
    # voucher is not always among its discounts.
    if line["saleId"] or line["voucherCode"]:
        return False
    discounts = line["discounts"]
    return not discounts or not any(
        discount.part("total").amount() for discount in line.list("discounts")
    )


@dataclass(frozen=True, slots=True)
class _Moves:
    """Where pieces of each line went, by the line's id."""

    returned: Counter[str]
    # Given back in money only, as parcels tell and as granted refunds tell.
    refunded_in_parcels: Counter[str]
    granted: Counter[str]
    parcels: Mapping[str, list[Parcel]]

    def refunded(self, line: str, at_most: int) -> int:
        """Return how many pieces were refunded that did not come back.

        A granted refund does not tell whether its pieces came back: those that did come first.
        """
        granted = self.granted[line] - self.returned[line]
        return max(0, min(max(self.refunded_in_parcels[line], granted), at_most))


_NOWHERE = _Moves(Counter(), Counter(), Counter(), {})


def _moves(fulfillments: list[Fields], granted: list[Fields]) -> _Moves:
    if not (fulfillments or granted):
        return _NOWHERE
    moves = _Moves(Counter(), Counter(), Counter(), defaultdict(list))
    for parcel in fulfillments:
        status = parcel["status"]
        if status in _RETURNED:
            _count(parcel, moves.returned)
        elif status == "REFUNDED":
            _count(parcel, moves.refunded_in_parcels)
        elif status == "FULFILLED":
            _add_parcel(parcel, moves.parcels)
    for refund in granted:
        if refund["status"] == "SUCCESS":
            _count(refund, moves.granted)
    return moves


def _add_parcel(parcel: Fields, by_line: Mapping[str, list[Parcel]]) -> None:
    sent_at = parcel.moment("created")
    for line in parcel.list("lines"):
        by_line[line.part("orderLine").text("id")].append(Parcel(sent_at, line.count("quantity")))


def _count(moved: Fields, by_line: Counter[str]) -> None:
    for line in moved.list("lines"):
        by_line[line.part("orderLine").text("id")] += line.count("quantity")


def _by_date(parcel: Parcel) -> tuple[datetime, int]:
    return parcel.sent_at, parcel.quantity


def _fulfilled_at(status: str, fulfillments: list[Fields]) -> datetime | None:
    """Return when the last parcel left, if all have."""
    sent = [parcel.moment("created") for parcel in fulfillments if parcel["status"] in _SENT]
    is_complete = status in {"FULFILLED", "RETURNED", "PARTIALLY_RETURNED"}
    return max(sent) if sent and is_complete else None


def _gift_card_money(transactions: list[Fields]) -> Decimal:
    return sum(
        (
            transaction.part("chargedAmount").amount(may_be_negative=True)
            for transaction in transactions
            if _method(transaction) == "gift_card"
        ),
        Decimal(0),
    )


def _payments(transactions: list[Fields]) -> tuple[Payment, ...]:
    payments = [
        Payment(_method(transaction), amount)
        for transaction in transactions
        if (amount := transaction.part("chargedAmount").amount(may_be_negative=True)) > 0
    ]
    return tuple(sorted(payments, key=lambda payment: (payment.method, payment.amount)))


def _method(transaction: Fields) -> str:
    """Return the means of a payment as programmes name it."""
    if not transaction["paymentMethodDetails"]:
        return "other"
    details = transaction.part("paymentMethodDetails")
    kind = details["__typename"]
    if kind == "GiftCardPaymentMethodDetails":
        return "gift_card"
    if kind == "CardPaymentMethodDetails":
        brand = _label(details["brand"])
        return f"card:{brand}" if brand else "card"
    return _label(details["name"]) or "other"


def _label(words: Any) -> str:
    """Return what a payment app wrote as a short label, which every database can keep."""
    if not isinstance(words, str):
        return ""
    kept = "".join(filter(str.isprintable, words[:TEXT_MAX].lower()))
    return kept.strip()[:_LABEL_MAX]


def product_goods(product: Any, sku: str) -> tuple[Goods, bool]:
    """Translate the fields of fragment LoyaltyProduct; tell whether it is gift cards.

    :raises MalformedPayload: for anything else.
    """
    try:
        kind, category = product["productType"], product["category"]
        categories: list[Any] = []
        while category and len(categories) < _CATEGORIES_MAX:
            categories.append(category["slug"])
            # The document asks no further up than this.
            category = category.get("parent")
        collections = [collection["slug"] for collection in product["collections"] or ()]
        goods = _known_goods(
            product["slug"], sku, kind["slug"], tuple(categories), tuple(collections)
        )
        return goods, kind["kind"] == "GIFT_CARD"
    except (KeyError, TypeError, AttributeError) as error:
        raise MalformedPayload("not a product") from error


@lru_cache(maxsize=_GOODS_KEPT)
def _known_goods(
    product: str, sku: str, kind: str, categories: tuple[str, ...], collections: tuple[str, ...]
) -> Goods:
    """Check the names once for all orders that sell these goods."""
    for name in (product, kind, *categories, *collections):
        check_text(name, "a slug", NAME_MAX)
    return Goods(product, sku, kind, categories, tuple(sorted(collections)[:_COLLECTIONS_MAX]))
