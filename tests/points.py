"""What orders earn by parts, and lose again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from factories import NOON

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.book import Life
from saleor_loyalty.ledger.models import Lot
from saleor_loyalty.ledger.operations import OrderChange, Part


def wanted(
    member_id: UUID, order_id: UUID, parts: Mapping[datetime | None, int], *,
    key: str | None = None, code: str = "ORDER", lapses_at: datetime | None = None,
    expires_at: datetime | None = None, at: datetime = NOON, **more: Any,
) -> OrderChange:  # fmt: skip
    """So many points of an order, by when they are available."""
    return OrderChange(
        member_id, order_id, key or str(new_key()), {"code": code, "order": "1"}, at,
        [Part(points, Life(moment, expires_at, lapses_at)) for moment, points in parts.items()],
        **more,
    )  # fmt: skip


def converge(*changes: OrderChange, at: datetime = NOON) -> list[UUID | None]:
    """Bring the orders to what they should have earned."""
    with transaction.atomic():
        return ledger.converge_orders(changes=changes, at=at)


def take_back(
    member_id: UUID, points: int, order_id: UUID, *, key: str | None = None, at: datetime = NOON
) -> UUID:
    """Let the order lose points, of what matured first; return the posting."""
    parts: dict[datetime | None, int] = {}
    for lot in Lot.objects.filter(order_id=order_id).order_by("matures_at"):
        left = lot.earned - lot.clawed_back - lot.owed - lot.written_off
        taken = min(points, left)
        points -= taken
        parts[lot.matures_at] = parts.get(lot.matures_at, 0) + left - taken
    assert not points, "the order has so many"
    change = wanted(member_id, order_id, parts, key=key, code="ORDER_REFUND", at=at)
    [posting] = converge(change, at=at)
    assert posting
    return posting
