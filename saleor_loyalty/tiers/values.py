"""The values that levels are worked out from, and what comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from saleor_loyalty.programme.tier_terms import Metric

#: Why a member is on their level: they joined, went up, were reviewed, the shop said so, or the
#: programme's levels changed.
Cause = Literal["START", "UPGRADE", "REVIEW", "MANUAL", "TERMS"]


@dataclass(frozen=True, slots=True)
class Standing:
    """The level a member is on: since when, and until when at least (None: no end)."""

    level: str | None
    since: datetime
    until: datetime | None
    cause: Cause
    # When it may change though the member does nothing; None: never.
    review_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A standing that began at `at`: another level, or another end of the same."""

    at: datetime
    before: str | None
    standing: Standing


#: Where each member stands, and every change on the way there.
Standings = Mapping[UUID, tuple[Standing, Sequence[Change]]]


@dataclass(frozen=True, slots=True)
class Deed:
    """What one entry of a member's history counts for."""

    at: datetime
    # In the levels' currency.
    money: Decimal
    points: int
    is_order: bool


@dataclass(frozen=True, slots=True)
class Grant:
    """A level the shop gave by hand: at least this one (a floor), or exactly this one."""

    level: str
    from_at: datetime
    until: datetime | None
    is_floor: bool
    reason: str
    revoked_at: datetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When it counts no longer; None: never."""
        ends = [end for end in (self.until, self.revoked_at) if end]
        return min(ends, default=None)

    def is_running(self, at: datetime) -> bool:
        """Tell whether it counts at `at`."""
        return self.from_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class Goal:
    """What a level takes, and how much of it there is."""

    level: str
    need: Decimal
    have: Decimal
    # What happens from `since` on and before `by` counts; None: no such bound.
    since: datetime | None
    by: datetime | None

    @property
    def missing(self) -> Decimal:
        """What is still to do; 0: nothing."""
        return max(Decimal(0), self.need - self.have)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What lies ahead of a member, if they do nothing and if they do something."""

    at: datetime
    metric: Metric
    # Of money, and the name of an attribute.
    currency: str | None
    attribute: str | None
    # The time zone in which its moments are days.
    timezone: str
    level: str | None
    until: datetime | None
    # The level after the next review, if nothing happens before; None and no review: as it is.
    projected: str | None
    review_at: datetime | None
    # The next level, and this one after the review; None: there is none, or nothing helps.
    rise: Goal | None
    keep: Goal | None
