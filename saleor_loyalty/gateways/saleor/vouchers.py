"""Vouchers of ours in a shop, one for each redemption that is one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

from saleor_loyalty.gateways.saleor.client import (
    BrokenRecord,
    Connection,
    SaleorRefused,
    as_asked,
    call,
)
from saleor_loyalty.gateways.saleor.goods import GoodsIds
from saleor_loyalty.gateways.saleor.orders import OrderState, order_state
from saleor_loyalty.gateways.saleor.payloads import Fields

#: The most vouchers of one call.
VOUCHERS_MAX = 50
#: The most orders with one code that are looked at.
ORDERS_MAX = 20
_FOUND_MAX = 10

VoucherType = Literal["ENTIRE_ORDER", "SPECIFIC_PRODUCT", "SHIPPING"]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of the shop. `id` is Saleor's global id."""

    id: str
    slug: str
    currency: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """What a voucher is worth in a channel, and what the goods must cost (None: no matter)."""

    channel_id: str
    value: Decimal
    minimum: Decimal | None


@dataclass(frozen=True, slots=True)
class VoucherSpec:
    """A single-use voucher to be made."""

    code: str
    name: str
    type: VoucherType
    is_percentage: bool
    listings: tuple[Listing, ...]
    starts_at: datetime
    ends_at: datetime
    is_for_one_piece: bool
    goods: GoodsIds = field(default_factory=GoodsIds)


@dataclass(frozen=True, slots=True)
class VoucherState:
    """A voucher as it is in the shop now."""

    id: str
    # None: the voucher has lost the code.
    code_is_active: bool | None
    type: str
    is_percentage: bool
    is_single_use: bool
    ends_at: datetime | None
    # Value and minimum by the channel's id.
    listings: Mapping[str, tuple[Decimal, Decimal | None]]


class CodeTaken(Exception):
    """The shop has a voucher or a gift card with this code already."""


class NoSuchVoucher(LookupError):
    """The shop has no such voucher any more."""


def channels(connection: Connection) -> tuple[Channel, ...]:
    """Return the shop's channels.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    data = call(connection, "Channels")
    with as_asked():
        return tuple(
            Channel(
                each.text("id"),
                each.name("slug"),
                each.text("currencyCode", length=3),
                each["isActive"] is True,
            )
            for each in Fields(data).list("channels")
        )


def create_voucher(connection: Connection, spec: VoucherSpec) -> str:
    """Make a voucher that cannot be used yet, because no channel lists it; return its id.

    :raises CodeTaken:
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    given = {
        "name": spec.name,
        "type": spec.type,
        "discountValueType": "PERCENTAGE" if spec.is_percentage else "FIXED",
        "addCodes": [spec.code],
        "singleUse": True,
        "applyOncePerCustomer": True,
        "applyOncePerOrder": spec.is_for_one_piece,
        "startDate": _utc(spec.starts_at),
        "endDate": _utc(spec.ends_at),
    }
    goods = {
        "categories": spec.goods.categories,
        "collections": spec.goods.collections,
        "products": spec.goods.products,
        "variants": spec.goods.variants,
    }
    given |= {kind: list(ids) for kind, ids in goods.items() if ids}
    try:
        data = call(connection, "CreateVoucher", {"input": given})
    except SaleorRefused as error:
        if "ALREADY_EXISTS" in error.codes:
            raise CodeTaken from error
        raise
    with as_asked():
        return str(data["voucherCreate"]["voucher"]["id"])


def list_voucher(connection: Connection, voucher_id: str, spec: VoucherSpec) -> VoucherState:
    """Make a voucher usable in its channels, and return what the shop has of it then.

    :raises NoSuchVoucher:
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    listings = [
        {
            "channelId": each.channel_id,
            "discountValue": str(each.value),
            "minAmountSpent": None if each.minimum is None else str(each.minimum),
        }
        for each in spec.listings
    ]
    variables = {"id": voucher_id, "channels": listings}
    try:
        data = call(connection, "ListVoucher", variables, is_repeatable=True)
    except SaleorRefused as error:
        if "NOT_FOUND" in error.codes or isinstance(error, BrokenRecord):
            raise NoSuchVoucher(voucher_id) from error
        raise
    with as_asked():
        return _state(data["voucherChannelListingUpdate"]["voucher"], spec.code)


def find_voucher(connection: Connection, code: str) -> str | None:
    """Return the id of the voucher with exactly this code; None: there is none.

    Saleor searches names and codes for it, which is slow: only to recover.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    data = call(connection, "VoucherByCode", {"code": code, "first": _FOUND_MAX})
    with as_asked():
        for node in _nodes(data["vouchers"]):
            if _state(node, code).code_is_active is not None:
                return str(node["id"])
    return None


def fetch_vouchers(
    connection: Connection, pairs: Sequence[tuple[str, str]]
) -> dict[str, VoucherState]:
    """Return vouchers by their ids, each looked at for one code; those that are gone are left out.

    :param pairs: voucher ids and codes, VOUCHERS_MAX at most.
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    codes = dict(pairs[:VOUCHERS_MAX])
    data = call(connection, "VouchersById", {"ids": list(codes), "first": VOUCHERS_MAX})
    with as_asked():
        return {
            node["id"]: _state(node, codes[node["id"]])
            for node in _nodes(data["vouchers"])
            if node["id"] in codes
        }


def delete_voucher(connection: Connection, voucher_id: str) -> None:
    """Delete a voucher; one that is gone already is no trouble.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    try:
        call(connection, "DeleteVoucher", {"id": voucher_id}, is_repeatable=True)
    except SaleorRefused as error:
        if "NOT_FOUND" not in error.codes and not isinstance(error, BrokenRecord):
            raise


def orders_with_code(connection: Connection, code: str, *, at: datetime) -> list[OrderState]:
    """Return the orders that carry a code, ORDERS_MAX at most, as they are `at` this moment.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    data = call(connection, "OrdersWithCode", {"code": code, "first": ORDERS_MAX})
    with as_asked():
        return [order_state(node, read_at=at) for node in _nodes(data["orders"])]


def note_order(connection: Connection, order_id: str, message: str) -> None:
    """Leave staff a note on an order.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    call(connection, "NoteOrder", {"id": order_id, "message": message}, is_repeatable=False)


def _state(node: Mapping[str, Any], code: str) -> VoucherState:
    voucher = Fields(node)
    codes = {each["code"]: each["isActive"] is True for each in _nodes(voucher["codes"])}
    listings = {
        each.part("channel").text("id"): (
            Fields({"amount": each["discountValue"]}).amount(),
            each.part("minSpent").amount() if each["minSpent"] else None,
        )
        for each in voucher.list("channelListings")
    }
    return VoucherState(
        id=voucher.text("id"),
        code_is_active=codes.get(code),
        type=voucher.text("type"),
        is_percentage=voucher["discountValueType"] == "PERCENTAGE",
        is_single_use=voucher["singleUse"] is True,
        ends_at=voucher.moment("endDate") if voucher["endDate"] else None,
        listings=listings,
    )


def _nodes(found: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    for edge in (found or {"edges": ()})["edges"]:
        yield edge["node"]


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
