"""Reading orders."""

from datetime import datetime
from uuid import UUID

from saleor_loyalty.keys import earliest_key
from saleor_loyalty.orders.models import Order


def order_by_saleor_id(installation_id: UUID, saleor_id: str) -> Order | None:
    """Return what we know of the shop's order, None if we never heard of it."""
    return Order.objects.filter(installation_id=installation_id, saleor_id=saleor_id).first()


def has_guest_orders(*, installation_id: UUID, since: datetime) -> bool:
    """Tell whether anybody bought without an account, and paid, since then."""
    orders = Order.objects.filter(installation_id=installation_id, id__gte=earliest_key(since))
    return orders.filter(member=None, paid_at__isnull=False).exists()


def known_orders(
    *, installation_id: UUID, after: UUID | None, since: datetime, limit: int
) -> list[tuple[UUID, str]]:
    """Return (key, Saleor id) of orders first heard of after `since`, and after the key `after`."""
    start = max(after, earliest_key(since)) if after else earliest_key(since)
    orders = Order.objects.filter(installation_id=installation_id, id__gt=start).order_by("id")
    return list(orders.values_list("id", "saleor_id")[:limit])
