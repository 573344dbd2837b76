"""Proof that the lots say what the movements say."""

from dataclasses import dataclass
from uuid import UUID

from saleor_loyalty.ledger.book import COUNTED
from saleor_loyalty.sql import fetch_at_length

_COUNTED = ", ".join(f"('{state.value}', lot.{state.value.lower()})" for state in COUNTED)
_LOTS = f"""
WITH moved AS (
    SELECT lot_id, state, sum(points) AS points FROM (
        SELECT lot_id, target AS state, points FROM loyalty_movement
        UNION ALL
        SELECT lot_id, source, -points FROM loyalty_movement
    ) AS ends GROUP BY lot_id, state
), counted AS (
    SELECT lot.id AS lot_id, count.state, count.points
    FROM loyalty_lot AS lot, LATERAL (VALUES {_COUNTED}, ('OUTSIDE', -lot.earned))
        AS count(state, points)
)
SELECT coalesce(counted.lot_id, moved.lot_id), coalesce(counted.state, moved.state),
       coalesce(counted.points, 0), coalesce(moved.points, 0)
FROM counted FULL JOIN moved USING (lot_id, state)
WHERE coalesce(counted.points, 0) <> coalesce(moved.points, 0)
LIMIT %s
"""  # noqa: S608 (column names of our own)
_STRANGERS = """
SELECT movement.lot_id, 'MEMBER', 0, 0
FROM loyalty_movement AS movement
JOIN loyalty_lot AS lot ON lot.id = movement.lot_id
JOIN loyalty_posting AS posting ON posting.id = movement.posting_id
WHERE movement.member_id <> lot.member_id OR posting.member_id <> lot.member_id
   OR posting.installation_id <> lot.installation_id
LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Drift:
    """A lot that does not say what its movements say."""

    lot_id: UUID
    state: str
    counted: int
    moved: int

    def __str__(self) -> str:
        """Say where, and by how much."""
        if self.state == "MEMBER":
            return f"lot {self.lot_id}: a movement of another member or shop"
        return (
            f"lot {self.lot_id}: {self.counted} {self.state.lower()} in the lot,"
            f" {self.moved} by its movements"
        )


def find_drift(*, limit: int = 100) -> list[Drift]:
    """Compare every lot with its movements; return the first differences, none if all agree."""
    rows = fetch_at_length(_LOTS, [limit]) + fetch_at_length(_STRANGERS, [limit])
    return [
        Drift(lot_id, state, int(counted), int(moved)) for lot_id, state, counted, moved in rows
    ]
