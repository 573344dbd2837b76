"""What is known of a member besides what they bought: attributes and segments, told to us."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

#: The fact that tells of a paid membership.
MEMBERSHIP = "membership"


@dataclass(frozen=True, slots=True)
class Fact:
    """A number told of a member, from `at` on until another is told; None: no longer known."""

    key: str
    value: Decimal | None
    at: datetime


def segments_at(facts: Iterable[Fact], at: datetime) -> frozenset[str]:
    """Return the segments the member is in at `at`: the keys whose latest number is not 0."""
    latest: dict[str, Fact] = {}
    for fact in facts:
        known = latest.get(fact.key)
        if fact.at <= at and (known is None or fact.at >= known.at):
            latest[fact.key] = fact
    return frozenset(key for key, fact in latest.items() if fact.value)


@dataclass(frozen=True, slots=True)
class Paid:
    """A stretch of time for which an order made its buyer a paying member."""

    order_id: UUID
    # The segment they are in meanwhile; "": none of its own.
    segment: str
    from_at: datetime
    # None: for life.
    until: datetime | None
    # When the membership first began that this one continues without a gap.
    year_from: datetime
    # When it was given back, if that ended it.
    given_back_at: datetime | None = None

    @property
    def segments(self) -> frozenset[str]:
        """The segments that it puts the member into."""
        return segments_of(self.segment)

    def is_running(self, at: datetime) -> bool:
        """Tell whether it makes a paying member at `at`."""
        return self.from_at <= at and (self.until is None or at < self.until)


def segments_of(segment: str) -> frozenset[str]:
    """Return the segments of paying members, one of which the programme may have named."""
    return frozenset({MEMBERSHIP, segment} - {""})


def with_paid(facts: Sequence[Fact], paid: Iterable[Paid]) -> Sequence[Fact]:
    """Return the facts, and memberships as if they had been told: whichever says so counts."""
    by_segment: dict[str, list[Paid]] = defaultdict(list)
    for each in paid:
        for segment in each.segments:
            by_segment[segment].append(each)
    if not by_segment:
        return facts
    others = [fact for fact in facts if fact.key not in by_segment]
    for segment, memberships in sorted(by_segment.items()):
        others += _merged(segment, [fact for fact in facts if fact.key == segment], memberships)
    return others


def _merged(segment: str, told: Sequence[Fact], paid: Sequence[Paid]) -> list[Fact]:
    moments = {fact.at for fact in told} | {each.from_at for each in paid}
    moments |= {each.until for each in paid if each.until}
    merged = []
    for at in sorted(moments):
        known = max(
            (fact for fact in told if fact.at <= at), key=lambda each: each.at, default=None
        )
        value = known.value if known else None
        is_paid = any(each.is_running(at) for each in paid)
        merged.append(Fact(segment, value or Decimal(is_paid), at))
    return merged
