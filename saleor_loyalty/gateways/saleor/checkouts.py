"""Checkouts as rewards see them: what the goods cost, and what is taken off already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from saleor_loyalty.gateways.saleor.baskets import (
    ID_CHARACTERS_MAX,
    LINES_MAX,
    MISSING,
    BasketTooLarge,
    NoSuchBasket,
)
from saleor_loyalty.gateways.saleor.client import (
    BrokenRecord,
    Connection,
    SaleorRefused,
    as_asked,
    call,
)
from saleor_loyalty.gateways.saleor.orders import Goods, product_goods
from saleor_loyalty.gateways.saleor.payloads import Fields

_NOTHING = Decimal(0)
# What Saleor says where there is no checkout with the id, and to what is not an id at all.
_IS_NO_CHECKOUT = {"NOT_FOUND", "GRAPHQL_ERROR"}
_PAYMENT = ("chargeStatus", "authorizeStatus")
# What it says about codes that it does not take.
_ABOUT_CODES = {"INVALID", "VOUCHER_NOT_APPLICABLE", "GIFT_CARD_NOT_APPLICABLE", "REQUIRED"}


@dataclass(frozen=True, slots=True)
class CheckoutLine:
    """Pieces of one variant."""

    id: str
    quantity: int
    #: The gross price of one after catalogue promotions, before vouchers and order promotions.
    unit: Decimal
    #: The same before catalogue promotions.
    undiscounted: Decimal
    #: The line as it stands, after everything.
    gross: Decimal
    is_gift: bool
    is_full_price: bool
    goods: Goods


@dataclass(frozen=True, slots=True)
class Checkout:
    """What somebody is about to buy. Amounts are in `currency`, with tax."""

    id: str
    user_id: str | None
    channel: str
    currency: str
    lines: tuple[CheckoutLine, ...]
    #: All goods as they stand.
    subtotal: Decimal
    shipping: Decimal
    #: Goods and shipping, before gift cards.
    total: Decimal
    #: What is still to pay after gift cards and payments, never below 0.
    balance: Decimal
    #: "": none.
    voucher_code: str
    #: What that voucher takes off.
    voucher_discount: Decimal
    #: What an order promotion takes off, which a voucher would remove.
    promotion_discount: Decimal
    #: The price of gift lines, which a voucher would remove too.
    gift_value: Decimal
    #: How many are on it.
    gift_cards: int
    #: Whether money was authorized or charged for it already.
    is_being_paid: bool
    updated_at: datetime


class CodeRefused(Exception):
    """Saleor does not take the code for this checkout; `code` is its error code."""

    def __init__(self, code: str) -> None:
        super().__init__(f"Saleor does not take the code for this checkout: {code}.")
        self.code = code


def fetch_checkout(connection: Connection, checkout_id: str) -> Checkout:
    """Return the checkout with this global id.

    :raises NoSuchBasket:
    :raises BasketTooLarge:
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    if len(checkout_id) > ID_CHARACTERS_MAX:
        raise NoSuchBasket(MISSING)
    try:
        found = call(connection, "CheckoutForRewards", {"id": checkout_id})["checkout"]
    except BrokenRecord as error:
        # So Saleor answers to what is not an id at all.
        raise NoSuchBasket(MISSING) from error
    if found is None:
        raise NoSuchBasket(MISSING)
    return _checkout(found)


def apply_code(connection: Connection, checkout_id: str, code: str) -> Checkout:
    """Put a promo code or a gift card into a checkout; a voucher takes another's place.

    :raises CodeRefused:
    :raises NoSuchBasket:
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    variables = {"id": checkout_id, "code": code}
    try:
        # The same code again changes nothing.
        data = call(connection, "ApplyCode", variables, is_repeatable=True)
    except SaleorRefused as error:
        _refuse(error)
        raise
    with as_asked():
        return _checkout(data["checkoutAddPromoCode"]["checkout"])


def remove_code(connection: Connection, checkout_id: str, code: str) -> Checkout:
    """Take a promo code out of a checkout; one that is not there (any more) is out already.

    :raises NoSuchBasket:
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    variables = {"id": checkout_id, "code": code}
    try:
        data = call(connection, "RemoveCode", variables, is_repeatable=True)
    except SaleorRefused:
        return fetch_checkout(connection, checkout_id)
    with as_asked():
        return _checkout(data["checkoutRemovePromoCode"]["checkout"])


def _refuse(error: SaleorRefused) -> None:
    """Raise what Saleor's codes mean, where they are about the code or the checkout."""
    if _IS_NO_CHECKOUT & set(error.codes) or isinstance(error, BrokenRecord):
        raise NoSuchBasket(MISSING) from error
    for code in error.codes:
        if code in _ABOUT_CODES:
            raise CodeRefused(code) from error


def _checkout(found: Any) -> Checkout:
    with as_asked():
        checkout = Fields(found)
        told = checkout.list("lines")
        if len(told) > LINES_MAX:
            raise BasketTooLarge
        lines = tuple([_line(line) for line in told])
        subtotal, shipping = _gross(checkout, "subtotalPrice"), _gross(checkout, "shippingPrice")
        code = checkout.name("voucherCode", may_be_missing=True)
        discount = checkout.part("discount").amount() if checkout["discount"] else _NOTHING
        if code and not discount:
            # Vouchers for some goods lower the lines' prices, and say nothing of it here.
            discount = _taken_off(lines)
        return Checkout(
            id=checkout.name("id"),
            user_id=checkout.part("user").text("id") if checkout["user"] else None,
            channel=checkout.part("channel").name("slug"),
            currency=checkout.part("totalPrice").text("currency", length=3),
            lines=lines,
            subtotal=subtotal,
            shipping=shipping,
            # What Saleor calls total is what gift cards have left of it.
            total=subtotal + shipping,
            balance=max(_NOTHING, -checkout.part("totalBalance").amount(may_be_negative=True)),
            voucher_code=code,
            voucher_discount=discount if code else _NOTHING,
            promotion_discount=_NOTHING if code else discount,
            gift_value=sum([line.unit * line.quantity for line in lines if line.is_gift], _NOTHING),
            gift_cards=len(checkout.list("giftCards")),
            is_being_paid=_is_being_paid(checkout),
            updated_at=checkout.moment("updatedAt"),
        )


def _is_being_paid(checkout: Fields) -> bool:
    # Where nothing is to pay, Saleor calls it paid.
    has_money = any(checkout[each] not in ("NONE", None) for each in _PAYMENT)
    return has_money and _gross(checkout, "totalPrice") > 0


def _line(line: Fields) -> CheckoutLine:
    variant = line.part("variant")
    pricing = variant.part("pricing") if variant["pricing"] else None
    goods, _is_gift_card = product_goods(
        variant["product"], variant.name("sku", may_be_missing=True)
    )
    if pricing and pricing["price"]:
        unit = _gross(pricing, "price")
    else:
        # A variant that is sold no more has the price it had.
        unit = line.part("undiscountedUnitPrice").amount()
    return CheckoutLine(
        id=line.name("id"),
        quantity=line.count("quantity"),
        unit=unit,
        undiscounted=_gross(pricing, "priceUndiscounted")
        if pricing and pricing["priceUndiscounted"]
        else unit,
        gross=_gross(line, "totalPrice"),
        is_gift=line["isGift"] is True,
        is_full_price=pricing is None or not pricing["onSale"],
        goods=goods,
    )


def _taken_off(lines: Sequence[CheckoutLine]) -> Decimal:
    reductions = [line.unit * line.quantity - line.gross for line in lines if not line.is_gift]
    return sum([max(_NOTHING, reduction) for reduction in reductions], _NOTHING)


def _gross(fields: Fields, name: str) -> Decimal:
    return fields.part(name).part("gross").amount()
