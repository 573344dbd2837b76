"""Proof that orders and events have earned what the ledger gave for them."""

from dataclasses import dataclass
from uuid import UUID

from saleor_loyalty.sql import fetch_at_length

_ORDERS = """
SELECT coalesce(known.id, given.order_id), coalesce(known.points, 0), coalesce(given.points, 0)
FROM (
    SELECT id, points FROM loyalty_order UNION ALL SELECT id, points FROM loyalty_activity
) AS known
FULL JOIN (
    SELECT order_id, sum(earned - clawed_back - owed - written_off)::bigint AS points
    FROM loyalty_lot WHERE order_id IS NOT NULL GROUP BY order_id
) AS given ON given.order_id = known.id
WHERE coalesce(known.points, 0) <> coalesce(given.points, 0)
LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class OrderDrift:
    """An order (or event) whose points are not those of its lots."""

    order_id: UUID
    recorded: int
    given: int

    def __str__(self) -> str:
        """Say where, and by how much."""
        return f"order {self.order_id}: {self.recorded} points recorded, {self.given} in its lots"


def find_order_drift(*, limit: int = 100) -> list[OrderDrift]:
    """Compare every order and event with its lots; return the first differences, if any."""
    return [OrderDrift(*row) for row in fetch_at_length(_ORDERS, [limit])]
