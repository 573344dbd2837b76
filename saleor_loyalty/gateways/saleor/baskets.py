"""Baskets in the shape of orders that were just bought and paid, to tell what they would earn."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from saleor_loyalty.gateways.saleor.client import (
    BrokenRecord,
    Connection,
    as_asked,
    call,
)
from saleor_loyalty.gateways.saleor.orders import OrderState, order_state

LINES_MAX = 100
ID_CHARACTERS_MAX = 200
MISSING = "There is no such checkout. Give the id of one that has not become an order yet."
_NOTHING = {"amount": 0}


@dataclass(frozen=True, slots=True)
class Basket:
    """What somebody is about to buy; ids of its lines are those of the checkout or the variants."""

    order: OrderState
    # Saleor's global id; None for a guest, or where only goods are known.
    user_id: str | None


class NoSuchBasket(Exception):
    """Saleor does not sell this; the message says what to do."""


class BasketTooLarge(Exception):
    """More than LINES_MAX lines."""

    def __init__(self) -> None:
        super().__init__(f"Ask about at most {LINES_MAX} lines.")


def fetch_checkout(connection: Connection, checkout_id: str, *, at: datetime) -> Basket:
    """Return the checkout with this global id as an order made at `at`.

    How it will be paid is not known: its order has no payments.

    :raises NoSuchBasket:
    :raises BasketTooLarge:
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    missing = NoSuchBasket(MISSING)
    if len(checkout_id) > ID_CHARACTERS_MAX:
        raise missing
    try:
        checkout = call(connection, "CheckoutBasket", {"id": checkout_id})["checkout"]
    except BrokenRecord as error:
        # So Saleor answers to what is not an id at all.
        raise missing from error
    if checkout is None:
        raise missing
    with as_asked():
        lines = checkout["lines"]
        if len(lines) > LINES_MAX:
            raise BasketTooLarge
        told = [_checkout_line(checkout, line) for line in lines]
        price = {"total": checkout["totalPrice"], "shippingPrice": checkout["shippingPrice"]}
        order = _order({**checkout, **price, "id": checkout_id[:64]}, told, at)
        return Basket(order, order.user_id)


def fetch_lines(
    connection: Connection, channel: str, goods: Sequence[tuple[str, int]], *, at: datetime
) -> Basket:
    """Return so many pieces of these variants as an order made at `at` in a channel.

    The prices are those of the channel's own country, without shipping.

    :param channel: its slug.
    :param goods: global ids of variants, each with at least one piece.
    :raises NoSuchBasket:
    :raises BasketTooLarge:
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    pieces: Counter[str] = Counter()
    for variant_id, quantity in goods:
        if quantity < 1:
            raise ValueError("a line has at least one piece")
        pieces[variant_id] += quantity
    if len(pieces) > LINES_MAX:
        raise BasketTooLarge
    variants = _variants(connection, channel, list(pieces))
    unknown = [variant_id for variant_id in pieces if variant_id not in variants]
    if unknown or not pieces:
        raise NoSuchBasket(
            f"Channel {channel[:64]!r} does not sell {unknown[0][:64] if unknown else 'nothing'}."
            " Give the ids of variants that have a price there."
        )
    with as_asked():
        told = [_variant_line(variants[each], count) for each, count in pieces.items()]
        total = sum((line["totalPrice"]["gross"]["amount"] for line in told), Decimal(0))
        currency = variants[next(iter(pieces))]["pricing"]["price"]["currency"]
        facts = {
            "id": "basket",
            "user": None,
            "channel": {"slug": channel},
            "voucherCode": None,
            "total": {"currency": currency, "gross": {"amount": total}},
            "shippingPrice": {"gross": _NOTHING, "net": _NOTHING},
        }
        return Basket(_order(facts, told, at), None)


def _variants(
    connection: Connection, channel: str, ids: Sequence[str]
) -> Mapping[str, Mapping[str, Any]]:
    """Return the variants that have a price in the channel, by their ids."""
    if max([len(each) for each in (channel, *ids)]) > ID_CHARACTERS_MAX or not ids:
        return {}
    asked = {"ids": ids, "channel": channel, "first": LINES_MAX}
    try:
        found = call(connection, "VariantsBasket", asked)
    except BrokenRecord:
        return {}
    with as_asked():
        nodes = [edge["node"] for edge in found["productVariants"]["edges"]]
        return {
            node["id"]: node
            for node in nodes
            if (node["pricing"] or {}).get("price") and node["pricing"]["priceUndiscounted"]
        }


def _order(
    facts: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], at: datetime
) -> OrderState:
    """Let the goods be an order, by the one way that orders are read."""
    order = {
        "id": facts["id"], "number": "-", "origin": "CHECKOUT", "status": "UNFULFILLED",
        "chargeStatus": "FULL", "created": at.isoformat(), "updatedAt": at.isoformat(),
        "user": facts["user"], "channel": facts["channel"], "voucherCode": facts["voucherCode"],
        "total": facts["total"], "shippingPrice": facts["shippingPrice"],
        "totalCharged": facts["total"]["gross"], "totalRefunded": _NOTHING,
        # Their own ids may be longer than those of orders.
        "lines": [{**line, "id": str(position)} for position, line in enumerate(lines)],
        "transactions": [], "grantedRefunds": [], "fulfillments": [], "giftCards": [],
        # How much was taken off is in the prices.
        "discounts": [],
    }  # fmt: skip
    state = order_state(order, read_at=at)
    named = [replace(line, id=told["id"]) for line, told in zip(state.lines, lines, strict=True)]
    return replace(state, number="", lines=tuple(named))


def _checkout_line(checkout: Mapping[str, Any], line: Mapping[str, Any]) -> dict[str, Any]:
    """Return an order's line for one of the checkout."""
    price, undiscounted = line["totalPrice"], line["undiscountedTotalPrice"]["amount"]
    gross, net = price["gross"]["amount"], price["net"]["amount"]
    with_tax = checkout["channel"]["taxConfiguration"]["pricesEnteredWithTax"]
    entered, other = (gross, net) if with_tax else (net, gross)
    # Before discounts Saleor tells one price only: the tax is in proportion, right to a cent.
    derived = Decimal(undiscounted * other) / entered if entered else undiscounted
    before = (undiscounted, derived) if with_tax else (derived, undiscounted)
    is_reduced = bool(line["variant"]["pricing"] and line["variant"]["pricing"]["onSale"])
    if _is_for_lines(checkout["voucher"]):
        is_reduced |= entered < undiscounted
    return {
        **line,
        **_line(line["variant"], is_reduced=is_reduced),
        "id": line["id"],
        "undiscountedTotalPrice": _price(*before),
    }


def _variant_line(variant: Mapping[str, Any], quantity: int) -> dict[str, Any]:
    """Return an order's line for so many pieces of a variant."""
    pricing = variant["pricing"]
    return {
        **_line(variant, is_reduced=bool(pricing["onSale"])),
        "id": variant["id"],
        "quantity": quantity,
        "isGift": False,
        "totalPrice": _times(pricing["price"], quantity),
        "undiscountedTotalPrice": _times(pricing["priceUndiscounted"], quantity),
    }


def _line(variant: Mapping[str, Any], *, is_reduced: bool) -> dict[str, Any]:
    discount = {"type": "PROMOTION", "total": {"amount": 1}}
    return {
        "variant": variant,
        "productSku": variant["sku"],
        "saleId": None,
        "voucherCode": None,
        # How much was taken off is in the prices.
        "discounts": [discount] if is_reduced else [],
    }


def _is_for_lines(voucher: Mapping[str, Any] | None) -> bool:
    """Tell whether a voucher lowers the prices of lines of its own choice."""
    if voucher is None:
        return False
    return voucher["type"] == "SPECIFIC_PRODUCT" or bool(voucher["applyOncePerOrder"])


def _times(price: Mapping[str, Any], quantity: int) -> dict[str, Any]:
    return _price(price["gross"]["amount"] * quantity, price["net"]["amount"] * quantity)


def _price(gross: Decimal, net: Decimal) -> dict[str, Any]:
    return {"gross": {"amount": gross}, "net": {"amount": net}}
