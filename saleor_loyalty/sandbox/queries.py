"""What can be asked at the top of a query."""

from collections.abc import Sequence
from typing import Any, TypeVar

from graphql import GraphQLError

from .access import ANY_APP, ANY_STAFF, Denied, complain
from .apps import App, Installation
from .catalogue import Category, Channel, Collection, Listed, Product, Variant, Warehouse
from .checkouts import Checkout
from .connections import by_key, by_number, page_of
from .filters import matching_orders, order_key
from .gift_cards import GiftCard
from .ids import BadId, Node, global_id, split_id
from .orders import Order
from .payments import Transaction
from .people import User
from .resolving import Request, resolves
from .vouchers import Voucher
from .world import SHOP_NAME

N = TypeVar("N", bound=Node)


def _get(request: Request, kind: type[N], node_id: str | None) -> N | None:
    if node_id is None:
        return None
    try:
        named, _ = split_id(node_id)
    except BadId as error:
        raise GraphQLError(f"Not the id of a {kind.KIND}: {node_id}") from error
    if named != kind.KIND:
        raise GraphQLError(f"Not the id of a {kind.KIND}: {node_id}")
    return request.world.get(kind, node_id)


@resolves("Query.me")
def me(_root: Any, request: Request) -> User | None:
    complain(request.caller)
    return request.caller.user


@resolves("Query.user", needs=("MANAGE_USERS", "MANAGE_STAFF", "MANAGE_ORDERS"))
def user(
    _root: Any, request: Request, node_id: str | None = None, email: str | None = None
) -> User | None:
    if node_id is not None:
        return _get(request, User, node_id)
    return next((each for each in request.world.all(User) if each.email == email), None)


@resolves("Query.customers", needs=("MANAGE_USERS", "MANAGE_ORDERS"))
def customers(
    _root: Any, request: Request, where: dict[str, Any] | None = None, **page: Any
) -> dict[str, Any]:
    ids = (where or {}).get("ids")
    people = [
        each
        for each in request.world.all(User)
        if not each.is_staff and (ids is None or each.id in ids)
    ]
    return page_of(people, by_number, **page)


@resolves("Query.order")
def order(_root: Any, request: Request, node_id: str | None = None) -> Order | None:
    complain(request.caller)
    return _get(request, Order, node_id)


@resolves("Query.orders", needs=("MANAGE_ORDERS",))
def orders(
    _root: Any,
    request: Request,
    where: dict[str, Any] | None = None,
    sort_by: dict[str, str] | None = None,
    **page: Any,
) -> dict[str, Any]:
    found = matching_orders(request.world, where or {})
    sorting = sort_by or {"field": "NUMBER", "direction": "DESC"}
    descending = sorting["direction"] == "DESC"
    return page_of(found, order_key(sorting["field"]), descending=descending, **page)


@resolves("Query.checkout")
def checkout(_root: Any, request: Request, node_id: str | None = None) -> Checkout | None:
    return _get(request, Checkout, node_id)


@resolves("Query.transaction", needs=("HANDLE_PAYMENTS", "MANAGE_ORDERS"))
def transaction(_root: Any, request: Request, node_id: str | None = None) -> Transaction | None:
    return _get(request, Transaction, node_id)


@resolves("Query.products")
def products(
    _root: Any,
    request: Request,
    channel: str | None = None,
    wanted: dict[str, Any] | None = None,
    **page: Any,
) -> dict[str, Any]:
    found = [each for each in request.world.all(Product) if _is_named(each, wanted)]
    return _in_channel(request, found, channel, page)


@resolves("Query.categories")
def categories(
    _root: Any, request: Request, wanted: dict[str, Any] | None = None, **page: Any
) -> dict[str, Any]:
    found = [each for each in request.world.all(Category) if _is_named(each, wanted)]
    return page_of(found, by_number, **page)


@resolves("Query.collections")
def collections(
    _root: Any,
    request: Request,
    wanted: dict[str, Any] | None = None,
    channel: str | None = None,
    **page: Any,
) -> dict[str, Any]:
    found = [each for each in request.world.all(Collection) if _is_named(each, wanted)]
    may_see = channel is not None or request.caller.may("MANAGE_PRODUCTS")
    return page_of(found if may_see else (), by_number, **page)


def _is_named(each: Product | Category | Collection, wanted: dict[str, Any] | None) -> bool:
    wanted = wanted or {}
    # As in Saleor, an empty list asks for nothing in particular.
    is_slug = not wanted.get("slugs") or each.slug in wanted["slugs"]
    return is_slug and (wanted.get("ids") is None or each.id in wanted["ids"])


@resolves("Query.giftCard", needs=("MANAGE_GIFT_CARD",))
def gift_card(_root: Any, request: Request, node_id: str) -> GiftCard | None:
    return _get(request, GiftCard, node_id)


@resolves("Query.giftCards", needs=("MANAGE_GIFT_CARD",))
def gift_cards(
    _root: Any, request: Request, wanted: dict[str, Any] | None = None, **page: Any
) -> dict[str, Any]:
    marks = (wanted or {}).get("metadata") or ()
    code = (wanted or {}).get("code")
    found = [
        card
        for card in request.world.all(GiftCard)
        if all(card.public.get(mark["key"]) == mark["value"] for mark in marks)
        and code in (None, card.code)
    ]
    return page_of(found, by_number, **page)


def _in_channel(
    request: Request, goods: Sequence[Product | Variant], channel: str | None, page: dict[str, Any]
) -> dict[str, Any]:
    shown = page_of(goods, by_number, **page)
    selling = next((each for each in request.world.all(Channel) if each.slug == channel), None)
    if selling is None and not request.caller.may("MANAGE_PRODUCTS"):
        return page_of((), by_number, **page)
    if selling is not None:
        for edge in shown["edges"]:
            edge["node"] = Listed(edge["node"], selling)
    return shown


@resolves("Query.productVariants")
def product_variants(
    _root: Any,
    request: Request,
    ids: list[str] | None = None,
    channel: str | None = None,
    wanted: dict[str, Any] | None = None,
    **page: Any,
) -> dict[str, Any]:
    skus = (wanted or {}).get("sku")
    found = [each for each in request.world.all(Variant) if not skus or each.sku in skus]
    if ids is not None:
        found = [each for each in (_get(request, Variant, wanted) for wanted in ids) if each]
    return _in_channel(request, found, channel, page)


@resolves("Query.warehouses", needs=("MANAGE_PRODUCTS", "MANAGE_ORDERS", "MANAGE_SHIPPING"))
def warehouses(_root: Any, request: Request, **page: Any) -> dict[str, Any]:
    return page_of(request.world.all(Warehouse), by_key, **page)


@resolves("Query.refundSettings", needs=(ANY_APP, ANY_STAFF))
def refund_settings(_root: Any, _request: Request) -> dict[str, None]:
    # This shop wants no page named as the reason of a refund.
    return {"reason_reference_type": None}


@resolves("Query.pages")
def pages(_root: Any, _request: Request, wanted: Any = None, **page: Any) -> dict[str, Any]:
    return page_of((), by_number, **page)


@resolves("Query.channels", needs=(ANY_APP, ANY_STAFF))
def channels(_root: Any, request: Request) -> list[Channel]:
    return request.world.all(Channel)


@resolves("Query.shop")
def shop(_root: Any, request: Request) -> dict[str, Any]:
    address = f"http://{request.domain}/"
    return {
        "id": global_id("Shop", "1"),
        "name": SHOP_NAME,
        "version": request.version,
        "schema_version": ".".join(request.version.split(".")[:2]),
        "domain": {"host": request.domain, "ssl_enabled": False, "url": address},
    }


@resolves("Query.app", needs=(ANY_APP, ANY_STAFF))
def app(_root: Any, request: Request, node_id: str | None = None) -> App | None:
    own = request.caller.app
    if node_id is None or (own is not None and own.id == node_id):
        return own
    if not request.caller.may(ANY_STAFF):
        raise Denied(ANY_STAFF)
    return request.world.get(App, node_id)


@resolves("Query.apps", needs=(ANY_STAFF, "MANAGE_APPS"))
def apps(_root: Any, request: Request, **page: Any) -> dict[str, Any]:
    installed = [each for each in request.world.all(App) if each.is_installed]
    return page_of(installed, by_number, **page)


@resolves("Query.appsInstallations", needs=("MANAGE_APPS",))
def apps_installations(_root: Any, request: Request) -> list[Installation]:
    return request.world.all(Installation)


@resolves("Query.voucher", needs=("MANAGE_DISCOUNTS",))
def voucher(_root: Any, request: Request, node_id: str) -> Voucher | None:
    return _get(request, Voucher, node_id)


@resolves("Query.vouchers", needs=("MANAGE_DISCOUNTS",))
def vouchers(
    _root: Any, request: Request, wanted: dict[str, Any] | None = None, **page: Any
) -> dict[str, Any]:
    found = [each for each in request.world.all(Voucher) if _is_wanted(each, wanted or {})]
    return page_of(found, by_number, **page)


def _is_wanted(each: Voucher, wanted: dict[str, Any]) -> bool:
    if wanted.get("ids") is not None and each.id not in wanted["ids"]:
        return False
    text = (wanted.get("search") or "").lower()
    names = [each.name or "", *(code.code for code in each.codes)]
    return any(text in name.lower() for name in names)
