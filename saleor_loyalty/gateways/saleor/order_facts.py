"""An order's state as JSON, to be kept beside what it earned, and read again."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from saleor_loyalty.gateways.saleor.orders import (
    UNKNOWN_GOODS,
    Goods,
    OrderLine,
    OrderState,
    Parcel,
    Payment,
)


def dump(state: OrderState) -> dict[str, Any]:
    """Return the state as JSON keeps it, without who bought: that is the record's to know.

    Amounts and dates are texts; what is empty, zero or false is left out.
    """
    facts = {
        "id": state.saleor_id,
        "number": state.number,
        "origin": state.origin,
        "status": state.status,
        "charge_status": state.charge_status,
        "currency": state.currency,
        "total": str(state.total),
        "shipping": [str(state.shipping_gross), str(state.shipping_net)],
        "charged": str(state.charged),
        "refunded": str(state.refunded),
        "gift_cards": str(state.charged_to_gift_cards),
        "lines": [_dump_line(line) for line in state.lines],
        "fulfilled_at": state.fulfilled_at and state.fulfilled_at.isoformat(),
        "created_at": state.created_at.isoformat(),
        "changed_at": state.changed_at.isoformat(),
        "read_at": state.read_at.isoformat(),
        "channel": state.channel,
        "payments": [[payment.method, str(payment.amount)] for payment in state.payments],
        "voucher": state.voucher_code,
        "voucher_discount": str(state.voucher_discount) if state.voucher_discount else "",
        "line_vouchers": list(state.line_voucher_codes),
        "cards": list(state.gift_cards),
        "voucher_names": list(state.voucher_names),
    }
    return {name: value for name, value in facts.items() if value}


def load(facts: Mapping[str, Any]) -> OrderState:
    """Return the state that `dump` made these facts of; older facts lack what came later."""
    get = facts.get
    shipping = facts["shipping"]
    fulfilled_at = get("fulfilled_at")
    return OrderState(
        facts["id"],
        get("number", ""),
        None,
        get("origin", ""),
        get("status", ""),
        get("charge_status", ""),
        get("currency", ""),
        Decimal(facts["total"]),
        Decimal(shipping[0]),
        Decimal(shipping[1]),
        Decimal(facts["charged"]),
        Decimal(facts["refunded"]),
        Decimal(facts["gift_cards"]),
        tuple([_load_line(line) for line in get("lines", ())]),
        datetime.fromisoformat(fulfilled_at) if fulfilled_at else None,
        datetime.fromisoformat(facts["created_at"]),
        datetime.fromisoformat(facts["changed_at"]),
        datetime.fromisoformat(facts["read_at"]),
        get("channel", ""),
        tuple([Payment(method, Decimal(amount)) for method, amount in get("payments", ())]),
        get("voucher", ""),
        Decimal(get("voucher_discount", 0)),
        tuple(get("line_vouchers", ())),
        tuple(get("cards", ())),
        tuple(get("voucher_names", ())),
    )


def with_goods_of(state: OrderState, earlier: OrderState) -> OrderState:
    """Return the state with the goods that its lines had when they were first seen."""
    known = {line.id: line.goods for line in earlier.lines if line.goods != UNKNOWN_GOODS}
    if all(known.get(line.id, line.goods) == line.goods for line in state.lines):
        return state
    lines = [replace(line, goods=known.get(line.id, line.goods)) for line in state.lines]
    return replace(state, lines=tuple(lines))


def _dump_line(line: OrderLine) -> dict[str, Any]:
    goods = line.goods
    facts = {
        "id": line.id,
        "quantity": line.quantity,
        "price": [str(line.gross), str(line.net)],
        "undiscounted": [str(line.undiscounted_gross), str(line.undiscounted_net)],
        "returned": line.quantity_returned,
        "refunded": line.quantity_refunded,
        "gift": line.is_gift,
        "gift_card": line.is_gift_card,
        "reduced": not line.is_full_price,
        "parcels": [[parcel.sent_at.isoformat(), parcel.quantity] for parcel in line.parcels],
        "product": goods.product,
        "sku": goods.sku,
        "product_type": goods.product_type,
        "categories": list(goods.categories),
        "collections": list(goods.collections),
        "voucher": str(line.voucher_discount) if line.voucher_discount else "",
    }
    return {name: value for name, value in facts.items() if value}


def _load_line(facts: Mapping[str, Any]) -> OrderLine:
    get = facts.get
    gross, net = facts["price"]
    # Before discounts were kept, all that is known is the price after them.
    undiscounted_gross, undiscounted_net = get("undiscounted") or (gross, net)
    return OrderLine(
        facts["id"],
        get("quantity", 0),
        get("returned", 0),
        Decimal(gross),
        Decimal(net),
        get("gift", False),
        get("gift_card", False),
        Decimal(undiscounted_gross),
        Decimal(undiscounted_net),
        not get("reduced", False),
        get("refunded", 0),
        tuple([Parcel(datetime.fromisoformat(at), count) for at, count in get("parcels", ())]),
        Goods(
            get("product", ""),
            get("sku", ""),
            get("product_type", ""),
            tuple(get("categories", ())),
            tuple(get("collections", ())),
        ),
        Decimal(get("voucher", 0)),
    )
