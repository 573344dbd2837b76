"""Endpoints Saleor does not have: look behind the scenes, and misbehave."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from .apps import App
from .bulk import BadBulk, sell, wish_from
from .people import User
from .quirks import BadQuirk, changed
from .sandbox import Sandbox


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


COMMANDS: dict[tuple[str, str], Command] = {
    ("GET", "/sandbox/deliveries"): list_deliveries,
    ("POST", "/sandbox/quirks"): change_quirks,
    ("POST", "/sandbox/rotate-key"): rotate_key,
    ("POST", "/sandbox/staff-token"): staff_token,
    ("POST", "/sandbox/orders/bulk"): bulk_orders,
}
