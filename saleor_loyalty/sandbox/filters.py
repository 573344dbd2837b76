"""Which orders a query wants, and in which order."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .catalogue import Channel
from .orders import Order
from .people import User
from .world import World

Condition = Callable[[Any], bool]


def _among(wanted: dict[str, Any] | None) -> Condition:
    if wanted is None:
        return lambda _value: True
    allowed = set(wanted.get("one_of") or ())
    if wanted.get("eq") is not None:
        allowed.add(wanted["eq"])
    return lambda value: value in allowed


def _between(wanted: dict[str, datetime] | None) -> Condition:
    wanted = wanted or {}
    earliest = wanted.get("gte") or datetime.min.replace(tzinfo=UTC)
    latest = wanted.get("lte") or datetime.max.replace(tzinfo=UTC)
    return lambda value: earliest <= value <= latest


def _id_of(node: User | Channel | None) -> str | None:
    return node.id if node else None


def matching_orders(world: World, where: dict[str, Any]) -> list[Order]:
    """Return the orders that fulfil all conditions of an OrderWhereInput."""
    updated, created = _between(where.get("updated_at")), _between(where.get("created_at"))
    code, email = _among(where.get("voucher_code")), _among(where.get("user_email"))
    owner, channel = _among(where.get("user")), _among(where.get("channel_id"))
    if where.get("ids") is not None:
        candidates = [o for o in (world.get(Order, each) for each in where["ids"]) if o]
    else:
        candidates = world.all(Order)
    return [
        order
        for order in candidates
        if updated(order.updated_at)
        and created(order.created)
        and code(order.voucher_code)
        and email(order.user_email)
        and owner(_id_of(order.user))
        and channel(_id_of(order.channel))
        and order.status != "DRAFT"
    ]


def order_key(field: str) -> Callable[[Order], tuple[Any, ...]]:
    """Return the key by which orders are sorted."""
    keys: dict[str, Callable[[Order], Any]] = {
        "NUMBER": lambda order: int(order.number),
        "CREATED_AT": lambda order: order.created.isoformat(timespec="microseconds"),
        "LAST_MODIFIED_AT": lambda order: order.updated_at.isoformat(timespec="microseconds"),
    }
    chosen = keys[field]
    return lambda order: (chosen(order), order.pk)
