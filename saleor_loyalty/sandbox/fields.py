"""Fields that need more than reading an attribute: permissions, pages, prices of a channel."""

from typing import Any

from .access import ANY_APP, Denied
from .apps import App, Problem, Webhook
from .catalogue import Category, Channel, Listed, ShippingMethod
from .checkouts import Checkout
from .connections import by_number, page_of
from .deliveries import Attempt, Delivery
from .filters import order_key
from .gift_cards import GiftCard, GiftCardEvent
from .ids import Node, global_id
from .money import Money, with_tax
from .orders import Order
from .people import User
from .resolving import Request, resolves
from .vouchers import Voucher, VoucherCode

PRIVATE = {
    "Order": "MANAGE_ORDERS",
    "User": "MANAGE_USERS",
    "Checkout": "MANAGE_CHECKOUTS",
    "Voucher": "MANAGE_DISCOUNTS",
    "GiftCard": "MANAGE_GIFT_CARD",
    "App": "MANAGE_APPS",
}


def _entries(data: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in sorted(data.items())]


def require_private_access(request: Request, node: Node) -> None:
    """Go on only if the caller may see and write the object's private metadata."""
    if node is not request.caller.app:
        request.require(PRIVATE.get(node.KIND, "MANAGE_PRODUCTS"))


@resolves("*.metadata")
def metadata(node: Node, _request: Request) -> list[dict[str, str]]:
    return _entries(node.public)


@resolves("*.metafield")
def metafield(node: Node, _request: Request, key: str) -> str | None:
    return node.public.get(key)


@resolves("*.privateMetadata")
def private_metadata(node: Node, request: Request) -> list[dict[str, str]]:
    require_private_access(request, node)
    return _entries(node.private)


@resolves("*.privateMetafield")
def private_metafield(node: Node, request: Request, key: str) -> str | None:
    require_private_access(request, node)
    return node.private.get(key)


@resolves("Order.user", "Checkout.user")
def owner(node: Order | Checkout, request: Request) -> User | None:
    if node.user is not None and node.user is not request.caller.user:
        kept = ("MANAGE_ORDERS",) if isinstance(node, Order) else ()
        request.require("MANAGE_USERS", "HANDLE_PAYMENTS", *kept)
    return node.user


@resolves("Checkout.voucher", needs=("MANAGE_DISCOUNTS",))
def checkout_voucher(node: Checkout, _request: Request) -> Voucher | None:
    return node.voucher


@resolves("Order.transactions", needs=("MANAGE_ORDERS", "HANDLE_PAYMENTS"))
def order_transactions(node: Order, _request: Request) -> Any:
    return node.transactions


@resolves("Checkout.transactions", needs=("MANAGE_CHECKOUTS", "HANDLE_PAYMENTS"))
def checkout_transactions(node: Checkout, _request: Request) -> Any:
    return node.transactions


@resolves("Order.grantedRefunds", needs=("MANAGE_ORDERS",))
def granted_refunds(node: Order, _request: Request) -> Any:
    return node.granted_refunds


@resolves("Order.payments", "Checkout.problems")
def nothing(_node: Order | Checkout, _request: Request) -> list[Any]:
    # Legacy payments are not spoken: there are none.
    return []


@resolves("GiftCard.code")
def gift_card_code(card: GiftCard, request: Request) -> str:
    if card.assigned_to is None or card.assigned_to is not request.caller.user:
        request.require("MANAGE_GIFT_CARD")
    return card.code


@resolves("GiftCard.events", needs=("MANAGE_GIFT_CARD",))
def gift_card_events(
    card: GiftCard, _request: Request, wanted: dict[str, Any] | None = None
) -> list[GiftCardEvent]:
    kind = (wanted or {}).get("type")
    return [each for each in card.events if kind in (None, each.type)]


@resolves("Fulfillment.totalRefundedAmount", "Fulfillment.shippingRefundedAmount")
def no_refund(_fulfillment: Any, _request: Request) -> None:
    """Refunds belong to transactions, never to a fulfillment."""


@resolves("Order.displayGrossPrices", "Checkout.displayGrossPrices")
def display_gross(_node: Any, _request: Request) -> bool:
    return True


@resolves("Checkout.authorizeStatus")
def authorize_status(checkout: Checkout, _request: Request) -> str:
    return checkout.charge_status.replace("OVERCHARGED", "FULL")


@resolves("Checkout.delivery")
def delivery(checkout: Checkout, _request: Request) -> dict[str, Any] | None:
    method = checkout.shipping_method
    return delivery_option(method, checkout.channel) if method else None


def delivery_option(method: ShippingMethod, channel: Channel) -> dict[str, Any]:
    """Describe one way to send a checkout of this channel."""
    shown = {
        "id": global_id("ShippingMethod", method.pk),
        "name": method.name,
        "price": Money(method.price, channel.currency_code),
        "active": True,
    }
    return {"id": global_id("CheckoutDelivery", method.pk), "shipping_method": shown}


@resolves("Product.variants")
def variants(product: Any, _request: Request) -> Any:
    if isinstance(product, Listed):
        return [Listed(each, product.channel) for each in product.variants]
    return product.variants


@resolves("Category.children")
def children(category: Category, request: Request, **page: Any) -> dict[str, Any]:
    below = [each for each in request.world.all(Category) if each.parent is category]
    return page_of(below, by_number, **page)


@resolves("ProductVariant.product")
def product_of(variant: Any, _request: Request) -> Any:
    if isinstance(variant, Listed):
        return Listed(variant.product, variant.channel)
    return variant.product


@resolves("ProductVariant.pricing")
def pricing(variant: Any, _request: Request) -> dict[str, Any] | None:
    if not isinstance(variant, Listed):
        return None
    channel = variant.channel
    listed, price = variant.prices[channel.slug], variant.price_in(channel)
    reduced = with_tax(listed - price, channel.currency_code)
    return {
        "on_sale": price < listed,
        "discount": reduced if price < listed else None,
        "price": with_tax(price, channel.currency_code),
        "price_undiscounted": with_tax(listed, channel.currency_code),
    }


@resolves("User.orders")
def user_orders(user: User, request: Request, **page: Any) -> dict[str, Any]:
    if user is not request.caller.user:
        request.require("MANAGE_STAFF", "MANAGE_ORDERS")
    own = [each for each in request.world.all(Order) if each.user is user]
    return page_of(own, order_key("NUMBER"), descending=True, **page)


@resolves("User.giftCards")
def gift_cards(user: User, request: Request, **page: Any) -> dict[str, Any]:
    own = [card for card in request.world.all(GiftCard) if card.assigned_to is user]
    return page_of(own, by_number, **page)


@resolves("Voucher.codes")
def codes(voucher: Voucher, _request: Request, **page: Any) -> dict[str, Any]:
    def newest(code: VoucherCode) -> tuple[str, str]:
        return code.created_at.isoformat(timespec="microseconds"), code.pk

    return page_of(voucher.codes, newest, descending=True, **page)


@resolves("App.accessToken")
def access_token(app: App, request: Request) -> str | None:
    user = request.caller.user
    return request.signer.app_token(user, app) if user and user.is_staff else None


@resolves("App.webhooks")
def webhooks(app: App, request: Request) -> list[Webhook]:
    if app is not request.caller.app:
        request.require("MANAGE_APPS")
    return app.webhooks


@resolves("App.problems", needs=(ANY_APP, "MANAGE_APPS"))
def problems(app: App, request: Request) -> list[Problem]:
    if request.caller.app not in {None, app}:
        raise Denied("MANAGE_APPS")
    return app.problems


@resolves("Webhook.customHeaders")
def custom_headers(webhook: Webhook, _request: Request) -> dict[str, str]:
    return webhook.headers


def _by_creation(node: Delivery | Attempt) -> tuple[str, str]:
    return node.created_at.isoformat(timespec="microseconds"), node.pk


@resolves("Webhook.eventDeliveries")
def event_deliveries(
    webhook: Webhook,
    request: Request,
    wanted: dict[str, str] | None = None,
    sort_by: dict[str, str] | None = None,
    **page: Any,
) -> dict[str, Any]:
    wanted = wanted or {}
    descending = not sort_by or sort_by["direction"] == "DESC"
    found = [
        each
        for each in request.deliveries.of_webhook(webhook)
        if wanted.get("status") in {None, each.status}
        and wanted.get("event_type") in {None, each.event_type}
    ]
    return page_of(found, _by_creation, descending=descending, **page)


@resolves("EventDelivery.attempts")
def attempts(delivery: Delivery, _request: Request, **page: Any) -> dict[str, Any]:
    return page_of(delivery.attempts, _by_creation, **page)
