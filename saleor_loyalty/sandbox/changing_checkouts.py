"""Mutations of a storefront: fill a checkout, apply a code, complete it."""

from typing import Any

from .access import ANY_APP
from .catalogue import SHIPPING_METHODS, Channel, Variant
from .checkouts import Address, Checkout, CheckoutLine
from .fields import delivery_option
from .ids import BadId, split_id
from .people import User
from .promo_codes import apply_code, reconsider, remove_code
from .refusals import Refusal
from .resolving import Request, mutates
from .selling import complete, order_of
from .world import new_key

Payload = dict[str, Any]


def _found(request: Request, node_id: str | None) -> Checkout:
    return request.world.require(Checkout, node_id or "")


def _changed(request: Request, checkout: Checkout) -> Payload:
    checkout.updated_at = request.world.now()
    request.world.announce("CHECKOUT_UPDATED", checkout)
    return {"checkout": checkout}


def _recalculated(request: Request, checkout: Checkout) -> Payload:
    reconsider(request.world, checkout)
    return _changed(request, checkout)


def _address(described: dict[str, Any]) -> Address:
    names = ("first_name", "last_name", "street_address1", "city", "postal_code")
    return Address(
        id=new_key(),
        country_code=described.get("country") or "US",
        **{name: described.get(name) or "" for name in names},
    )


def _line(request: Request, checkout: Checkout, described: dict[str, Any]) -> CheckoutLine:
    variant = request.world.require(Variant, described["variant_id"])
    if described["quantity"] < 1:
        raise Refusal("quantity", "ZERO_QUANTITY", "The quantity must be at least 1.")
    if described.get("price") is not None:
        request.require("HANDLE_CHECKOUTS")
    return CheckoutLine(
        pk=new_key(),
        checkout=checkout,
        item=variant,
        quantity=described["quantity"],
        price=described.get("price"),
        price_override_reason=described.get("price_override_reason"),
    )


def _add_lines(request: Request, checkout: Checkout, described: list[dict[str, Any]]) -> None:
    for each in described:
        new = _line(request, checkout, each)
        bought = [line for line in checkout.lines if not line.is_gift and line.price is None]
        same = [line for line in bought if line.item is new.item]
        if same and new.price is None and not each.get("force_new_line"):
            same[0].quantity += new.quantity
        else:
            checkout.lines.append(request.world.add(new))


@mutates("checkoutCreate")
def checkout_create(request: Request, given: dict[str, Any]) -> Payload:
    slug = given.get("channel")
    channel = next((each for each in request.world.all(Channel) if each.slug == slug), None)
    if channel is None:
        raise Refusal("channel", "NOT_FOUND", f"There is no channel {slug}.")
    user, now = request.caller.user, request.world.now()
    email = given.get("email") or (user.email if user else None)
    checkout = Checkout(
        pk=new_key(), channel=channel, created=now, updated_at=now, email=email, user=user
    )
    if given.get("shipping_address"):
        checkout.shipping_address = _address(given["shipping_address"])
    if given.get("billing_address"):
        checkout.billing_address = _address(given["billing_address"])
    _add_lines(request, checkout, given["lines"])
    reconsider(request.world, checkout)
    request.world.add(checkout)
    request.world.announce("CHECKOUT_CREATED", checkout)
    return {"checkout": checkout}


@mutates("checkoutLinesAdd")
def checkout_lines_add(request: Request, lines: list[dict[str, Any]], node_id: str = "") -> Payload:
    checkout = _found(request, node_id)
    _add_lines(request, checkout, lines)
    return _recalculated(request, checkout)


@mutates("checkoutLinesUpdate")
def checkout_lines_update(
    request: Request, lines: list[dict[str, Any]], node_id: str = ""
) -> Payload:
    checkout = _found(request, node_id)
    for each in lines:
        line = request.world.require(CheckoutLine, each.get("line_id") or "")
        if line not in checkout.lines or line.is_gift:
            raise Refusal("lineId", "INVALID", "This line cannot be changed.")
        line.quantity = each["quantity"]
        if not line.quantity:
            checkout.lines.remove(line)
            request.world.remove(line)
    return _recalculated(request, checkout)


@mutates("checkoutCustomerAttach")
def checkout_customer_attach(
    request: Request, node_id: str = "", customer_id: str | None = None
) -> Payload:
    checkout = _found(request, node_id)
    if customer_id is not None:
        own = request.caller.user
        if own is None or own.id != customer_id:
            request.require("IMPERSONATE_USER")
        checkout.user = request.world.require(User, customer_id)
    else:
        checkout.user = request.caller.user
    if checkout.user is None:
        request.require(ANY_APP)
        raise Refusal("customerId", "REQUIRED", "Say whose checkout this is.")
    checkout.email = checkout.user.email
    return _changed(request, checkout)


@mutates("checkoutShippingAddressUpdate")
def checkout_shipping_address_update(
    request: Request, shipping_address: dict[str, Any], node_id: str = ""
) -> Payload:
    checkout = _found(request, node_id)
    checkout.shipping_address = _address(shipping_address)
    return _recalculated(request, checkout)


@mutates("checkoutBillingAddressUpdate")
def checkout_billing_address_update(
    request: Request, billing_address: dict[str, Any], node_id: str = ""
) -> Payload:
    checkout = _found(request, node_id)
    checkout.billing_address = _address(billing_address)
    return _changed(request, checkout)


@mutates("deliveryOptionsCalculate", deliveries=[])
def delivery_options_calculate(request: Request, node_id: str) -> Payload:
    checkout = _found(request, node_id)
    if checkout.shipping_address is None:
        return {"deliveries": []}
    return {"deliveries": [delivery_option(each, checkout.channel) for each in SHIPPING_METHODS]}


@mutates("checkoutDeliveryMethodUpdate")
def checkout_delivery_method_update(
    request: Request, node_id: str = "", delivery_method_id: str | None = None
) -> Payload:
    checkout = _found(request, node_id)
    try:
        kind, pk = split_id(delivery_method_id or "")
    except BadId:
        kind, pk = "", ""
    chosen = [each for each in SHIPPING_METHODS if each.pk == pk]
    if kind not in {"CheckoutDelivery", "ShippingMethod"} or not chosen:
        raise Refusal("deliveryMethodId", "NOT_FOUND", "There is no such delivery method.")
    checkout.shipping_method = chosen[0]
    return _recalculated(request, checkout)


@mutates("checkoutAddPromoCode")
def checkout_add_promo_code(request: Request, promo_code: str, node_id: str = "") -> Payload:
    checkout = _found(request, node_id)
    apply_code(request.world, checkout, promo_code)
    return _recalculated(request, checkout)


@mutates("checkoutRemovePromoCode")
def checkout_remove_promo_code(
    request: Request, node_id: str = "", promo_code: str | None = None
) -> Payload:
    checkout = _found(request, node_id)
    remove_code(checkout, promo_code)
    return _recalculated(request, checkout)


@mutates("checkoutComplete", confirmation_needed=False)
def checkout_complete(request: Request, node_id: str = "") -> Payload:
    done = order_of(request.world, node_id)
    if done is None:
        quirks = request.deliveries.quirks
        done = complete(
            request.world, _found(request, node_id), race=quirks.race_codes, burn=quirks.burn_codes
        )
    return {"order": done, "confirmation_needed": False}
