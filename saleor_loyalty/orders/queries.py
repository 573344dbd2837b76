"""Reading orders."""

from datetime import datetime
from uuid import UUID

from saleor_loyalty.keys import earliest_key
from saleor_loyalty.orders.models import Order


def known_orders(
    *, installation_id: UUID, after: UUID | None, since: datetime, limit: int
) -> list[tuple[UUID, str]]:
    """Return (key, Saleor id) of orders first heard of after `since`, and after the key `after`."""
    start = max(after, earliest_key(since)) if after else earliest_key(since)
    orders = Order.objects.filter(installation_id=installation_id, id__gt=start).order_by("id")
    return list(orders.values_list("id", "saleor_id")[:limit])
