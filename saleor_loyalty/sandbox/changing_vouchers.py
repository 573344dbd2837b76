"""Mutations of vouchers and their codes."""

from typing import Any

from .catalogue import Channel
from .orders import Order
from .refusals import Refusal
from .resolving import Request, mutates
from .vouchers import Listing, Voucher, VoucherCode, find_by_code
from .world import new_key

Payload = dict[str, Any]

MANAGES = ("MANAGE_DISCOUNTS",)
PLAIN = (
    "name",
    "type",
    "discount_value_type",
    "start_date",
    "end_date",
    "min_checkout_items_quantity",
    "apply_once_per_order",
    "apply_once_per_customer",
    "only_for_staff",
    "single_use",
    "usage_limit",
)
GOODS = ("products", "variants", "collections", "categories")


def _check_new(request: Request, codes: list[str]) -> None:
    known = request.world.all(Voucher)
    taken = [code for code in codes if find_by_code(known, code)]
    if taken:
        message = "Codes exist already."
        raise Refusal("codes", "ALREADY_EXISTS", message, voucher_codes=taken)
    if len(set(codes)) < len(codes):
        raise Refusal("codes", "DUPLICATED_INPUT_ITEM", "A code is given twice.")


def _apply(request: Request, voucher: Voucher, described: dict[str, Any]) -> list[VoucherCode]:
    for name in PLAIN:
        if name in described:
            setattr(voucher, name, described[name])
    for kind in GOODS:
        if kind in described:
            voucher.named[kind] = frozenset(described[kind] or ())
    added = [
        VoucherCode(pk=new_key(), code=code, created_at=request.world.now())
        for code in described.get("add_codes") or []
    ]
    voucher.codes.extend(request.world.add(code) for code in added)
    return added


@mutates("voucherCreate", needs=MANAGES)
def voucher_create(request: Request, given: dict[str, Any]) -> Payload:
    codes = given.get("add_codes") or []
    if not codes:
        raise Refusal("codes", "REQUIRED", "A voucher needs a code.")
    _check_new(request, codes)
    world = request.world
    voucher = Voucher(pk=world.next_number("voucher"), start_date=world.now())
    added = _apply(request, voucher, given)
    world.add(voucher)
    world.announce("VOUCHER_CREATED", voucher)
    world.announce("VOUCHER_CODES_CREATED", added)
    return {"voucher": voucher}


@mutates("voucherUpdate", needs=MANAGES)
def voucher_update(request: Request, node_id: str, given: dict[str, Any]) -> Payload:
    voucher = request.world.require(Voucher, node_id)
    codes = given.get("add_codes") or []
    _check_new(request, codes)
    if voucher.used and {"single_use", "usage_limit"} & given.keys():
        message = "The voucher was used: its limits stay as they are."
        raise Refusal("singleUse", "VOUCHER_ALREADY_USED", message)
    added = _apply(request, voucher, given)
    if added:
        request.world.announce("VOUCHER_CODES_CREATED", added)
    if given.keys() - {"add_codes"}:
        request.world.announce("VOUCHER_UPDATED", voucher)
    return {"voucher": voucher}


@mutates("voucherDelete", needs=MANAGES)
def voucher_delete(request: Request, node_id: str) -> Payload:
    voucher = request.world.require(Voucher, node_id)
    request.world.announce("VOUCHER_DELETED", voucher)
    request.world.remove(voucher)
    for order in request.world.all(Order):
        if order.voucher is voucher:
            # Only the text of its code stays.
            order.voucher = None
    # Checkouts keep the text of a code that is gone, and cannot be completed with it.
    for code in voucher.codes:
        request.world.remove(code)
    voucher.codes = []
    return {"voucher": voucher}


@mutates("voucherChannelListingUpdate", needs=MANAGES)
def voucher_channel_listing_update(
    request: Request, node_id: str, given: dict[str, Any]
) -> Payload:
    voucher = request.world.require(Voucher, node_id)
    for each in given.get("add_channels") or []:
        channel = request.world.require(Channel, each["channel_id"])
        if each.get("discount_value") is None:
            message = "A voucher needs its value in the channel."
            raise Refusal("discountValue", "REQUIRED", message, channels=[channel.id])
        voucher.listings[channel.slug] = Listing(
            voucher_pk=voucher.pk,
            channel=channel,
            discount_value=each["discount_value"],
            min_amount_spent=each.get("min_amount_spent"),
        )
    for channel_id in given.get("remove_channels") or []:
        voucher.listings.pop(request.world.require(Channel, channel_id).slug, None)
    request.world.announce("VOUCHER_UPDATED", voucher)
    return {"voucher": voucher}


@mutates("voucherCodeBulkDelete", needs=MANAGES, count=0)
def voucher_code_bulk_delete(request: Request, ids: list[str]) -> Payload:
    codes = [request.world.require(VoucherCode, node_id) for node_id in ids]
    for voucher in request.world.all(Voucher):
        voucher.codes = [code for code in voucher.codes if code not in codes]
    for code in codes:
        request.world.remove(code)
    request.world.announce("VOUCHER_CODES_DELETED", codes)
    return {"count": len(codes)}
