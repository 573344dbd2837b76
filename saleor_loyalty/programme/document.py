"""A shop's programme as one typed document."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from saleor_loyalty.keys import new_key
from saleor_loyalty.programme.campaign_terms import Campaign
from saleor_loyalty.programme.earning_terms import Earning
from saleor_loyalty.programme.parts import Currency, Language, Money, Name, Part, Points, Rate
from saleor_loyalty.programme.reward_terms import (
    Conversion,
    Membership,
    Redeeming,
    Referral,
    Reward,
)
from saleor_loyalty.programme.tier_terms import Tiers
from saleor_loyalty.programme.timing_terms import Expiry, Maturity


class UnitName(Part):
    """One and many."""

    one: str = Field(default="point", min_length=1, max_length=40)
    """One of them."""
    many: str = Field(default="points", min_length=1, max_length=40)
    """Many of them."""


class Unit(UnitName):
    """What the shop calls a point."""

    translations: dict[Language, UnitName] = Field(default_factory=dict, max_length=50)
    """In other languages, by codes such as fr or fr-ca."""


class Worth(Part):
    """What so many points buy at least."""

    points: Points
    """So many points …"""
    money: Money
    """… are worth at least so much money."""


class Value(Part):
    """What points are promised to be worth.

    Points earned under a version keep at least its worth for `notice_days` after a version that
    makes them worth less takes effect.
    """

    worth: dict[Currency, Worth] = Field(default_factory=dict, max_length=200)
    """What points are worth, for each currency."""
    notice_days: int = Field(default=90, ge=0, le=3_650)
    """So many days points keep their worth after they become worth less."""


class Programme(Part):
    """The rules of one shop."""

    name: Name = "Rewards"
    """What shoppers call it."""
    unit: Unit = Unit()
    """What a point is called."""
    timezone: str = Field(default="UTC", min_length=1, max_length=64)
    """The time zone of days and months, such as Europe/Paris."""
    earning: Earning = Earning()
    """How money, and what people do, become points."""
    maturity: Maturity = Maturity()
    """When points become usable."""
    expiry: Expiry = Expiry()
    """When points lapse."""
    spent_points_of_returns: Literal["DEBT", "CLAMP"] = "DEBT"
    """Points of returned goods that were spent already: owed (DEBT), or left with the member
    (CLAMP).
    """
    tiers: Tiers | None = None
    """Levels with benefits."""
    campaigns: tuple[Campaign, ...] = Field(default=(), max_length=200)
    """Stamps, challenges, surprises."""
    value: Value = Value()
    """What points are promised to be worth."""
    rewards: tuple[Reward, ...] = Field(default=(), max_length=500)
    """What points buy."""
    redeeming: Redeeming = Redeeming()
    """What holds for all rewards together."""
    conversion: Conversion | None = None
    """Points that become a reward by themselves."""
    referral: Referral | None = None
    """What inviting friends brings."""
    membership: Membership | None = None
    """A product that makes the buyer a paying member."""


@dataclass(frozen=True, slots=True)
class Version:
    """One published version of a shop's programme. It never changes, so its key tells it apart."""

    id: UUID
    number: int
    document: Programme = field(compare=False, repr=False)
    effective_from: datetime


def version_at(at: datetime, versions: Sequence[Version]) -> Version | None:
    """Return the version in force at `at`; before the first one, the first.

    :param versions: all of them, the latest to take effect first.
    """
    in_force = (version for version in versions if version.effective_from <= at)
    return next(in_force, versions[-1] if versions else None)


def always(document: Programme) -> Version:
    """Return a programme as if it had been in force since ever, to try it."""
    # A fresh key, because what is made ready for counting is kept by key.
    return Version(new_key(), 1, document, datetime(2000, 1, 1, tzinfo=UTC))


def starting_programme(currencies: list[str]) -> Programme:
    """Return what a shop starts with: one point for each unit of its currencies, at once."""
    rate = Rate(points=1, per=Decimal(1))
    return Programme(earning=Earning(rates=dict.fromkeys(sorted(set(currencies)), rate)))
