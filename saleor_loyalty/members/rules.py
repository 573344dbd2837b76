"""What is known of a member besides what they bought: attributes and segments, told to us."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


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
