"""A level that was won, and what its review looks at. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from saleor_loyalty.earning.calendar import later
from saleor_loyalty.programme.tier_terms import CalendarYear, Tiers
from saleor_loyalty.tiers.calendar import INSTANT, promised_until, window_start
from saleor_loyalty.tiers.ladder import GROUND, rank_of, rank_reached
from saleor_loyalty.tiers.metrics import Tally


@dataclass(frozen=True, slots=True)
class Terms:
    """The levels in force, and the clocks they go by."""

    tiers: Tiers
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Promise:
    """A level that was won under the terms `home`, promised until a day (None: for ever)."""

    level: str
    home: Tiers
    until: datetime | None
    # Set once the review found that it is no longer reached.
    grace_until: datetime | None = None

    def rank(self, tiers: Tiers) -> int:
        """Return its place in the levels of today."""
        return rank_of(self.level, tiers, home=self.home)

    def outlasts(self, other: "Promise") -> bool:
        """Tell whether it ends later."""
        return other.until is not None and (self.until is None or self.until > other.until)

    @property
    def due_at(self) -> datetime | None:
        """When it is reviewed (again)."""
        return self.grace_until or self.until

    def deadline(self, terms: Terms) -> datetime | None:
        """Return when it ends, unless it is renewed; grace included."""
        if self.until is None or self.grace_until:
            return self.grace_until
        return later(self.until, terms.zone, days=terms.tiers.grace_days)

    def counted_since(self, terms: Terms) -> datetime | None:
        """Return the moment from which deeds count for its review; None: all of them.

        It is the window that ends with the promise; grace comes on top of it.
        """
        assert self.until, "what is promised for ever is never reviewed"
        if isinstance(terms.tiers.window, CalendarYear) and self._is_renewable(terms):
            return window_start(terms.tiers, terms.zone, self.until - INSTANT)
        return window_start(terms.tiers, terms.zone, self.until)

    def next_end(self, terms: Terms, at: datetime) -> datetime | None:
        """Return the end of the promise that follows: as for all who won the level in time."""
        assert self.until
        end = promised_until(terms.tiers, terms.zone, self.until - INSTANT)
        return end if end is None or end > at else promised_until(terms.tiers, terms.zone, at)

    def _is_renewable(self, terms: Terms) -> bool:
        """Tell whether what was done until its very end can carry it further."""
        assert self.until
        end = promised_until(terms.tiers, terms.zone, self.until - INSTANT)
        return end is None or end > self.until


def win(rank: int, terms: Terms, until: datetime | None) -> Promise:
    """Return the promise of the level at this place: one that takes nothing is never lost."""
    level = terms.tiers.levels[rank]
    return Promise(level.id, terms.tiers, until if level.threshold > 0 else None)


def review(promise: Promise, terms: Terms | None, tally: Tally, at: datetime) -> Promise | None:
    """Return what follows a promise that is over, or in its days of grace; None: nothing."""
    assert promise.due_at
    is_over = promise.due_at <= at
    if terms is None:
        return None if is_over else promise
    value = tally.value(terms.tiers, terms.zone, since=promise.counted_since(terms), at=at)
    reached, rank = rank_reached(terms.tiers, value), promise.rank(terms.tiers)
    if reached < rank:
        if not is_over:
            return promise
        if terms.tiers.grace_days and promise.grace_until is None:
            return replace(promise, grace_until=promise.deadline(terms))
        soft = rank - 1 if terms.tiers.landing == "ONE_LEVEL" else GROUND
        rank = max(reached, soft)
    # A review renews; higher levels are won by what counts for everybody.
    return None if rank == GROUND else win(rank, terms, promise.next_end(terms, at))
