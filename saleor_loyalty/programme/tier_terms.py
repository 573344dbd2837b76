"""Levels with benefits."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from saleor_loyalty.programme.earning_terms import Basis
from saleor_loyalty.programme.parts import Currency, Key, Named, Part


class Metric(StrEnum):
    """What a level is reached by. Never the balance: redeeming must not cost a level."""

    MONEY = "MONEY"
    POINTS = "POINTS"
    ORDERS = "ORDERS"
    VISITS = "VISITS"  # days with an order
    MEMBERSHIP = "MEMBERSHIP"  # a paid one
    ATTRIBUTE = "ATTRIBUTE"  # a number told through the API


class RollingMonths(Part):
    """The last so many months."""

    kind: Literal["ROLLING"] = "ROLLING"
    """The last months."""
    months: int = Field(default=12, ge=1, le=120)
    """So many."""


class CalendarYear(Part):
    """Since the first of January."""

    kind: Literal["CALENDAR_YEAR"] = "CALENDAR_YEAR"
    """This calendar year."""


class SinceJoining(Part):
    """All there ever was."""

    kind: Literal["SINCE_JOINING"] = "SINCE_JOINING"
    """All since the member joined."""


Window = Annotated[RollingMonths | CalendarYear | SinceJoining, Field(discriminator="kind")]


class Validity(Part):
    """How long a level is promised once it is reached, and kept on at each review."""

    until: Literal["END_OF_YEAR", "END_OF_NEXT_YEAR", "MONTHS", "FOR_EVER"] = "END_OF_NEXT_YEAR"
    """A level lasts until then, and is reviewed."""
    months: int | None = Field(default=None, ge=1, le=120)
    """For MONTHS: so many."""


class Benefits(Part):
    """What a level brings."""

    multiplier: Decimal = Field(default=Decimal(1), ge=1, le=100, max_digits=7, decimal_places=4)
    """Points for money are multiplied by it."""
    points_expire: bool = True
    """Whether the level's points lapse as others do."""
    maturity_days: int | None = Field(default=None, ge=0, le=365)
    """A return window of the level's own."""
    rewards: tuple[Key, ...] = Field(default=(), max_length=100)
    """Rewards the level gives, by their ids."""
    free_shipping: bool = False
    """Whether storefronts may show that shipping is free."""
    tags: tuple[Key, ...] = Field(default=(), max_length=50)
    """Whatever else, for storefronts to read: early-access and the like."""


class Tier(Named):
    """A level: reached at `threshold` money (in the tiers' currency), points, orders, …"""

    threshold: Decimal = Field(ge=0, le=10**12, max_digits=16, decimal_places=4)
    """Reached with so much money, so many points, orders …"""
    benefits: Benefits = Benefits()
    """What it brings."""


class Tiers(Part):
    """The levels, from low to high, and how they are won and lost."""

    levels: tuple[Tier, ...] = Field(min_length=1, max_length=20)
    """The levels, from low to high."""
    metric: Metric = Metric.MONEY
    """What is counted."""
    currency: Currency | None = None
    """For MONEY: the currency of thresholds. Orders in others do not count."""
    basis: Basis = Basis.GROSS
    """For MONEY: whether prices count with tax (GROSS) or without (NET)."""
    shipping: bool = False
    """For MONEY: whether money paid for shipping counts."""
    attribute: Key | None = None
    """For ATTRIBUTE: its name, as it is told through the API."""
    window: Window = CalendarYear()
    """Over which time is counted."""
    validity: Validity = Validity()
    """How long a level lasts."""
    grace_days: int = Field(default=0, ge=0, le=365)
    """So many days more, before a level is lost."""
    landing: Literal["ONE_LEVEL", "STRAIGHT"] = "STRAIGHT"
    """Whether who loses a level falls to the next one below (ONE_LEVEL), or to the one they have
    reached (STRAIGHT).
    """
    group: Key = "base"
    """The group that the levels' multipliers belong to."""
