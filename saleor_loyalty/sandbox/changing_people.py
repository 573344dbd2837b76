"""Mutations of accounts, tokens, metadata and channels."""

from typing import Any

from .catalogue import Channel
from .checkouts import Checkout
from .customer_types import CustomerType, say
from .fields import require_private_access
from .ids import Node
from .orders import Order
from .people import User
from .refusals import Refusal
from .resolving import Request, mutates
from .seed import add_user
from .tokens import InvalidToken, token_owner
from .vouchers import Voucher
from .world import NotFound, new_key

Payload = dict[str, Any]

TOKEN_CODES = {
    "ExpiredSignatureError": "JWT_SIGNATURE_EXPIRED",
    "InvalidTokenError": "JWT_INVALID_TOKEN",
}
HOLDERS: tuple[type[Node], ...] = (User, Order, Checkout, Voucher)
OWNERS = {"User": "MANAGE_USERS", "Order": "MANAGE_ORDERS", "Voucher": "MANAGE_DISCOUNTS"}


@mutates("tokenCreate")
def token_create(request: Request, email: str, password: str) -> Payload:
    for user in request.world.all(User):
        if (user.email, user.password, user.is_active) == (email, password, True):
            if not user.is_confirmed:
                raise Refusal("email", "ACCOUNT_NOT_CONFIRMED", "Confirm the account first.")
            access, refresh = request.signer.access_token(user), request.signer.refresh_token(user)
            return {
                "token": access,
                "refresh_token": refresh,
                "csrf_token": new_key(),
                "user": user,
            }
    raise Refusal("email", "INVALID_CREDENTIALS", "Wrong e-mail address or password.")


@mutates("tokenVerify", is_valid=False)
def token_verify(request: Request, token: str) -> Payload:
    try:
        claims = request.signer.claims(token)
        user = token_owner(claims, request.world.all(User))
    except InvalidToken as error:
        code = TOKEN_CODES.get(error.code, "JWT_DECODE_ERROR")
        raise Refusal("token", code, str(error)) from error
    return {"is_valid": True, "payload": claims, "user": user}


def _new_user(request: Request, email: str | None, password: str) -> User:
    if not email:
        raise Refusal("email", "REQUIRED", "An account needs an e-mail address.")
    if any(user.email == email for user in request.world.all(User)):
        raise Refusal("email", "UNIQUE", "There is an account with this address.")
    return add_user(request.world, email, password)


@mutates("customerCreate", needs=("MANAGE_USERS",))
def customer_create(request: Request, given: dict[str, Any]) -> Payload:
    user = _new_user(request, given.get("email"), new_key())
    user.first_name = given.get("first_name") or ""
    user.last_name = given.get("last_name") or ""
    user.is_active = given.get("is_active") is not False
    user.is_confirmed = bool(given.get("is_confirmed"))
    request.world.announce("CUSTOMER_CREATED", user)
    return {"user": user}


@mutates("accountRegister")
def account_register(request: Request, given: dict[str, Any]) -> Payload:
    if any(user.email == given["email"] for user in request.world.all(User)):
        # Nobody learns here who has an account.
        return {"user": None, "requires_confirmation": True}
    user = _new_user(request, given["email"], given["password"])
    user.is_confirmed = False
    user.first_name = given.get("first_name") or ""
    user.last_name = given.get("last_name") or ""
    request.world.announce("CUSTOMER_CREATED", user)
    return {"user": user, "requires_confirmation": True}


def _attach_guest_orders(request: Request, user: User) -> None:
    # As in Saleor: no event tells of it, and the orders do not count as changed.
    for order in request.world.all(Order):
        if order.user is None and order.user_email == user.email:
            order.user = user


@mutates("customerUpdate", needs=("MANAGE_USERS",))
def customer_update(request: Request, given: dict[str, Any], node_id: str = "") -> Payload:
    user = request.world.require(User, node_id)
    if given.get("customer_type"):
        user.customer_type_id = request.world.require(CustomerType, given["customer_type"]).id
    say(request.world, user, given.get("attributes") or [])
    newly_confirmed = given.get("is_confirmed") and not user.is_confirmed
    for name in ("first_name", "last_name", "email", "is_active", "is_confirmed"):
        if given.get(name) is not None:
            setattr(user, name, given[name])
    if newly_confirmed or given.get("email"):
        _attach_guest_orders(request, user)
    user.updated_at = request.world.now()
    request.world.announce("CUSTOMER_UPDATED", user)
    return {"user": user}


@mutates("customerDelete", needs=("MANAGE_USERS",))
def customer_delete(request: Request, node_id: str = "") -> Payload:
    user = request.world.require(User, node_id)
    if user.is_staff:
        raise Refusal("id", "INVALID", "Staff cannot be deleted here.")
    request.world.announce("CUSTOMER_DELETED", user)
    request.world.remove(user)
    # Orders outlive their customer.
    for order in request.world.all(Order):
        if order.user is user:
            order.user = None
    return {"user": user}


def _holder(request: Request, node_id: str) -> Node:
    for kind in HOLDERS:
        if node := request.world.get(kind, node_id):
            return node
    raise NotFound(f"There is nothing with metadata {node_id}.")


@mutates("updateMetadata")
def update_metadata(request: Request, node_id: str, given: list[dict[str, str]]) -> Payload:
    node = _holder(request, node_id)
    if node.KIND in OWNERS and node is not request.caller.user:
        request.require(OWNERS[node.KIND])
    node.public.update({entry["key"]: entry["value"] for entry in given})
    return {"item": _after_metadata(request, node)}


@mutates("updatePrivateMetadata")
def update_private_metadata(request: Request, node_id: str, given: list[dict[str, str]]) -> Payload:
    node = _holder(request, node_id)
    require_private_access(request, node)
    node.private.update({entry["key"]: entry["value"] for entry in given})
    return {"item": _after_metadata(request, node)}


def _after_metadata(request: Request, node: Node) -> Node:
    if isinstance(node, User):
        node.updated_at = request.world.now()
        request.world.announce("CUSTOMER_UPDATED", node)
    if isinstance(node, Order):
        node.updated_at = request.world.now()
        request.world.announce("ORDER_UPDATED", node)
    return node


@mutates("channelUpdate", needs=("MANAGE_CHANNELS",))
def channel_update(request: Request, node_id: str, given: dict[str, Any]) -> Payload:
    channel = request.world.require(Channel, node_id)
    if given.get("name"):
        channel.name = given["name"]
    for group in ("order_settings", "checkout_settings"):
        for name, value in (given.get(group) or {}).items():
            if value is not None:
                setattr(channel, name, value)
    return {"channel": channel}
