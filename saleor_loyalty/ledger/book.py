"""The book of one member: lots, and what has moved in them so far. Pure values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class State(StrEnum):
    """Where points can be. OUTSIDE is the world before they were earned."""

    OUTSIDE = "OUTSIDE"
    PENDING = "PENDING"
    AVAILABLE = "AVAILABLE"
    HELD = "HELD"
    SPENT = "SPENT"
    OWED = "OWED"
    REPAID = "REPAID"
    EXPIRED = "EXPIRED"
    CLAWED_BACK = "CLAWED_BACK"
    WRITTEN_OFF = "WRITTEN_OFF"


#: The states a lot counts, in the order of its columns.
COUNTED = tuple(state for state in State if state is not State.OUTSIDE)


@dataclass(frozen=True, slots=True)
class Life:
    """When points become available (None: not known yet), and when they end (None: never).

    They are planned to end at `lapses_at`, and do at `expires_at`, which a notice sets.
    """

    matures_at: datetime | None = None
    expires_at: datetime | None = None
    lapses_at: datetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        """Return when the points end, as far as it is known; None: never."""
        return self.expires_at or self.lapses_at


@dataclass(slots=True)
class Lot:
    """Points earned together, counted by state."""

    id: UUID
    order_id: UUID | None = None
    life: Life = Life()
    points: dict[State, int] = field(default_factory=dict)
    # The programme version it was earned under.
    version_id: UUID | None = None

    def __getitem__(self, state: State) -> int:
        """Return the points in `state`."""
        return self.points.get(state, 0)

    def is_expired(self, at: datetime) -> bool:
        """Tell whether the lot counts for nothing at `at`, job or no job."""
        return self.life.expires_at is not None and self.life.expires_at <= at

    def is_mature(self, at: datetime) -> bool:
        """Tell whether pending points of the lot are due."""
        return self.life.matures_at is not None and self.life.matures_at <= at

    def entrance(self, at: datetime) -> State:
        """Return the state in which points come into the lot at `at`."""
        return State.AVAILABLE if self.is_mature(at) else State.PENDING

    @property
    def earned(self) -> int:
        """Points that came into the lot, wherever they are now."""
        return sum(self[state] for state in COUNTED)

    @property
    def reclaimable(self) -> int:
        """Points that can still be taken back."""
        return self[State.REPAID] + sum(self[state] for state in (*UNUSED, *USED))


@dataclass(frozen=True, slots=True)
class Move:
    """Points of one lot going from one state to another."""

    lot_id: UUID
    source: State
    target: State
    points: int
    covers: UUID | None = None


@dataclass(frozen=True, slots=True)
class Cover:
    """Points of one lot that repaid the debt of another."""

    lot_id: UUID
    covers: UUID
    points: int


@dataclass(frozen=True, slots=True)
class Draw:
    """Points that one redemption took from one lot."""

    lot_id: UUID
    points: int


# Points nobody has used are taken back first, so that a debt is the last resort.
UNUSED = (State.PENDING, State.AVAILABLE, State.EXPIRED)
USED = (State.SPENT, State.HELD)


@dataclass(slots=True)
class Book:
    """The lots of one member, and what has moved in them so far."""

    lots: dict[UUID, Lot]
    covers: list[Cover] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    # Lots that were given another life.
    redated: set[UUID] = field(default_factory=set)

    def move(
        self, lot: Lot, source: State, target: State, points: int, *, covers: UUID | None = None
    ) -> int:
        """Move `points` (none if zero) of `lot`, and return them."""
        if points:
            assert points > 0, "the direction is in the states, never in the sign"
            assert source is State.OUTSIDE or lot[source] >= points
            lot.points[source] = lot[source] - points
            lot.points[target] = lot[target] + points
            self.moves.append(Move(lot.id, source, target, points, covers))
        return points

    def move_any(self, lots: Iterable[Lot], source: State, target: State, points: int) -> int:
        """Move up to `points` of the lots, the first ones first; return how many."""
        return sum(
            self.move(lot, source, target, part) for lot, part in portions(lots, source, points)
        )

    def redate(self, lot: Lot, life: Life) -> None:
        """Give the lot another life."""
        lot.life = life
        self.redated.add(lot.id)

    def usable(self, at: datetime) -> list[Lot]:
        """Return the lots with points to use at `at`, the soonest to end first."""
        available = [lot for lot in self.lots.values() if lot[State.AVAILABLE]]
        return sorted([lot for lot in available if not lot.is_expired(at)], key=soonest_first)

    def debt(self) -> int:
        """Return the points owed."""
        return sum(lot[State.OWED] for lot in self.lots.values())


def soonest_first(lot: Lot) -> tuple[bool, float, UUID]:
    """Sort lots by their end; those that never end come last."""
    ends_at = lot.life.ends_at
    return (ends_at is None, ends_at.timestamp() if ends_at else 0.0, lot.id)


def portions(lots: Iterable[Lot], state: State, points: int) -> Iterator[tuple[Lot, int]]:
    """Share `points` out over the lots, each giving what it has in `state`."""
    for lot in lots:
        if part := min(points, lot[state]):
            yield lot, part
            points -= part


def totals(lots: Iterable[Lot], *, at: datetime) -> Mapping[State, int]:
    """Return the member's points by state; points past their expiry count as expired."""
    counted = dict.fromkeys(State, 0)
    for lot in lots:
        for state, points in lot.points.items():
            gone = state in {State.PENDING, State.AVAILABLE} and lot.is_expired(at)
            counted[State.EXPIRED if gone else state] += points
    return counted
