"""Orders that were never paid expire."""

from .orders import Order
from .world import World


def expire_unpaid(world: World) -> list[Order]:
    """Let all unconfirmed orders without any payment expire, however young, and return them.

    As in Saleor, this does not count as a change: `updatedAt` stays. Uses of a code are given back
    to its limit and to its customer, but a single-use code stays inactive.
    """
    expired = [
        order
        for order in world.all(Order)
        if order.status == "UNCONFIRMED" and not order.transactions
    ]
    for order in expired:
        order.status = "EXPIRED"
        _release(order)
        world.announce("ORDER_EXPIRED", order)
        world.announce("ORDER_UPDATED", order)
    return expired


def _release(order: Order) -> None:
    voucher = order.voucher
    code = voucher.find_code(order.voucher_code) if voucher and order.voucher_code else None
    if voucher is None or code is None:
        return
    if voucher.usage_limit is not None:
        code.used = max(code.used - 1, 0)
    voucher.users.discard(order.user.email if order.user else order.user_email)
