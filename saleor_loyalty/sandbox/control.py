"""Endpoints Saleor does not have: look behind the scenes, and misbehave."""

from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from .apps import App
from .bulk import BadBulk, sell, wish_from
from .catalogue import Variant
from .expiring import expire_unpaid
from .people import User
from .promotions import OrderPromotion
from .quirks import BadQuirk, changed
from .sandbox import Sandbox
from .troubles import BadTrouble, Trouble
from .world import new_key


class BadCommand(Exception):
    """Nothing the sandbox can do."""


Command = Callable[[Sandbox, dict[str, Any]], dict[str, Any]]


def list_deliveries(sandbox: Sandbox, _body: dict[str, Any]) -> dict[str, Any]:
    """Return the latest deliveries, the oldest first."""
    return {"deliveries": [each.as_json() for each in tuple(sandbox.deliveries.kept)]}


def change_quirks(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Change some quirks, and return them all."""
    try:
        sandbox.deliveries.change(changed(sandbox.deliveries.quirks, body))
    except BadQuirk as error:
        raise BadCommand(str(error)) from error
    return asdict(sandbox.deliveries.quirks)


def rotate_key(sandbox: Sandbox, _body: dict[str, Any]) -> dict[str, Any]:
    """Replace the key, and return the new key set."""
    sandbox.signer.rotate()
    return sandbox.signer.jwks()


def staff_token(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Return what the Dashboard would hand to an app: the only one, or `app_id`."""
    world = sandbox.world
    wanted = body.get("app_id")
    apps = [app for app in world.all(App) if wanted in {None, app.id}]
    if len(apps) != 1:
        raise BadCommand(f"There are {len(apps)} such apps; name one with app_id.")
    staff = next(user for user in world.all(User) if user.is_staff)
    return {"token": sandbox.signer.app_token(staff, apps[0]), "app_id": apps[0].id}


def bulk_orders(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Make many paid orders, and return their ids."""
    try:
        made = sell(sandbox.world, wish_from(body))
    except (BadBulk, TypeError) as error:
        raise BadCommand(str(error)) from error
    return {"orders": [order.id for order in made]}


def order_trouble(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Let an operation fail: `operation` (or *), `kind`, `times`, `seconds`; nothing: no more.

    Return how often each operation was asked for.
    """
    asked = dict(sandbox.troubles.asked)
    try:
        if body:
            sandbox.troubles.order(Trouble(**body))
        else:
            sandbox.troubles.clear()
    except (BadTrouble, TypeError) as error:
        raise BadCommand(str(error)) from error
    return {"asked": asked}


def expire_orders(sandbox: Sandbox, _body: dict[str, Any]) -> dict[str, Any]:
    """Let all orders expire that were never paid, and return their ids."""
    with sandbox.world.lock:
        expired = expire_unpaid(sandbox.world)
    return {"orders": [order.id for order in expired]}


def promote(sandbox: Sandbox, body: dict[str, Any]) -> dict[str, Any]:
    """Begin the promotion: `percent` off baskets from `minimum` on, or the `present` (a SKU) where
    it is worth more; nothing: end it. Checkouts notice when they next change.
    """
    world = sandbox.world
    with world.lock:
        new = _promotion_from(sandbox, body) if body else None
        for promotion in world.all(OrderPromotion):
            world.remove(promotion)
        return {"id": world.add(new).id} if new else {}


def _promotion_from(sandbox: Sandbox, body: dict[str, Any]) -> OrderPromotion:
    goods = {each.sku: each for each in sandbox.world.all(Variant)}
    sku = body.get("present")
    if sku is not None and sku not in goods:
        raise BadCommand(f"There is no {sku} to give.")
    try:
        percent, minimum = int(body.get("percent", 0)), Decimal(str(body["minimum"]))
    except (KeyError, ValueError, ArithmeticError) as error:
        raise BadCommand(f"Say percent and minimum: {error}") from error
    present = goods.get(sku) if sku else None
    return OrderPromotion(pk=new_key(), percent=percent, minimum=minimum, present=present)


COMMANDS: dict[tuple[str, str], Command] = {
    ("GET", "/sandbox/deliveries"): list_deliveries,
    ("POST", "/sandbox/quirks"): change_quirks,
    ("POST", "/sandbox/trouble"): order_trouble,
    ("POST", "/sandbox/promotion"): promote,
    ("POST", "/sandbox/expire-orders"): expire_orders,
    ("POST", "/sandbox/rotate-key"): rotate_key,
    ("POST", "/sandbox/staff-token"): staff_token,
    ("POST", "/sandbox/orders/bulk"): bulk_orders,
}
