"""What a member did, as it stands now: the values the replay works on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from saleor_loyalty.campaigns.rules import Count
from saleor_loyalty.earning.reckoning import Circumstances, Reason, Reckoning
from saleor_loyalty.earning.writing import number
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.ledger.convergence import Part
from saleor_loyalty.members.rules import Paid
from saleor_loyalty.tiers.rules import Climb, Deed, Fact, Grant, Standing


@dataclass(frozen=True, slots=True)
class PaidByPoints:
    """The money that rewards bought with points paid of an order, in its currency."""

    # Taken off the prices of goods.
    off: Decimal = Decimal(0)
    # Drawn from gift cards.
    by_gift_card: Decimal = Decimal(0)


NO_POINTS = PaidByPoints()


@dataclass(frozen=True, slots=True)
class OrderEntry:
    """A paid order of the member."""

    id: UUID
    at: datetime
    # What it took of budgets so far: points by the key of the rule or campaign.
    granted: Mapping[str, int]
    order: OrderState
    charged_peak: Decimal
    paid_at: datetime
    # The version of the programme that was frozen with it; None: that of its moment.
    version_id: UUID | None = None
    paid_by_points: PaidByPoints = NO_POINTS


@dataclass(frozen=True, slots=True)
class EventEntry:
    """Something else the member did, such as confirming their account."""

    id: UUID
    at: datetime
    granted: Mapping[str, int]
    event: str
    # The campaign of a surprise, the year of a birthday …
    reference: str = ""
    is_revoked: bool = False


Entry = OrderEntry | EventEntry


@dataclass(frozen=True, slots=True)
class History:
    """All a member did, in the order in which it happened."""

    joined_at: datetime
    entries: Sequence[Entry] = ()
    grants: Sequence[Grant] = ()
    facts: Sequence[Fact] = ()
    opted_in: Mapping[str, datetime] = field(default_factory=dict)
    # When memberships were given back, by the order that bought them.
    given_back: Mapping[UUID, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accrued:
    """What an entry should have earned, and under which circumstances."""

    entry: Entry
    version_id: UUID
    who: Circumstances
    reckoning: Reckoning
    parts: Sequence[Part] = ()
    granted: Mapping[str, int] = field(default_factory=dict)

    @property
    def receipt(self) -> dict[str, Any]:
        """The explanation that is kept with the entry."""
        reckoning = self.reckoning
        if reckoning.nothing:
            reasons = [_reason(reason) for reason in reckoning.reasons]
            return {"nothing": reckoning.nothing.value} | ({"reasons": reasons} if reasons else {})
        return {
            "points": reckoning.points,
            "exact": number(reckoning.exact),
            "lines": [
                {"line": part.line, "rule": part.rule, "points": part.points}
                for part in reckoning.allocations
            ],
            # What they come to is said by the whole receipt.
            "reasons": [_reason(each) for each in reckoning.reasons if each.code != "TOTAL"],
            "nearly": [_reason(reason) for reason in reckoning.nearly],
            "tier": self.who.tier,
            "order_number": self.who.order_number,
        }


@dataclass(frozen=True, slots=True)
class Replayed:
    """Where the replay of a history ends."""

    accrued: Sequence[Accrued]
    who: Circumstances
    climb: Climb | None
    standing: Standing | None
    count: Count
    # Never before the last entry, whose clock may be ahead of ours.
    until: datetime
    # What entries count for in levels, by their keys; none where there are no levels.
    deeds: Mapping[UUID, Deed]
    # What was told of the member, and when they were a paying one.
    facts: Sequence[Fact]
    paid: Sequence[Paid]


def _reason(reason: Reason) -> dict[str, Any]:
    return {**reason.facts, "rule": reason.rule, "code": reason.code, "points": reason.points}
