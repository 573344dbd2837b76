"""What campaigns give, and how far a member has come: values, without any rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from saleor_loyalty.programme.campaign_terms import Challenge, Stamps
from saleor_loyalty.programme.document import Unit
from saleor_loyalty.programme.reward_terms import Reward


@dataclass(frozen=True, slots=True)
class Award:
    """What an entry of the member's history won by completing a campaign."""

    campaign: str
    # Of all completions together; 0 where a reward is given.
    points: int
    reward: str | None
    # STAMPS, CHALLENGE, STREAK or SURPRISE, with what its sentence needs.
    code: str
    facts: Mapping[str, Any]
    # How many completions.
    times: int = 1


class Status(StrEnum):
    """How a member stands with a campaign."""

    UPCOMING = "UPCOMING"
    TO_JOIN = "TO_JOIN"
    RUNNING = "RUNNING"
    # Nothing more can be won, in this period or at all.
    COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a member has come in a campaign."""

    campaign: Stamps | Challenge
    status: Status
    # In stamps, orders, days, pieces, categories or money, since it was last completed.
    have: Decimal = Decimal(0)
    target: Decimal = Decimal(0)
    # For streaks: periods completed without a gap.
    in_a_row: int = 0
    # How often it was completed.
    completed: int = 0
    # Counting since then …
    since: datetime | None = None
    # … and until then: the end of the period or of the campaign.
    until: datetime | None = None
    joined_at: datetime | None = None
    # What its sentences need.
    unit: Unit = field(default=Unit(), repr=False)
    reward: Reward | None = field(default=None, repr=False)
    zone: ZoneInfo = field(default=ZoneInfo("UTC"), repr=False)

    @property
    def missing(self) -> Decimal:
        """What is still to be done."""
        return max(Decimal(0), self.target - self.have)
