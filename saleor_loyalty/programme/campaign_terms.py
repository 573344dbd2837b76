"""Campaigns that count over several orders: stamps, challenges, surprises.

Boosts are rules with dates; birthdays and anniversaries are events; a hundredth order is a rule's
audience.
"""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from saleor_loyalty.programme.parts import (
    Audience,
    Currency,
    Key,
    Moment,
    Money,
    Named,
    Part,
    Period,
    Points,
    Scope,
    When,
)


class Award(Part):
    """What is given: points, or a reward of the programme."""

    points: Points | None = None
    """So many points."""
    reward: Key | None = None
    """A reward, by its id."""


class Stamps(Named):
    """So many bought, one free: every `target` stamps give the award, the rest carries over."""

    kind: Literal["STAMPS"] = "STAMPS"
    """A stamp card."""
    each: Literal["PIECE", "ORDER"] = "PIECE"
    """A stamp for each piece, or for each order."""
    target: int = Field(ge=2, le=1_000)
    """So many stamps give the award; more are carried over."""
    at_most_a_day: int | None = Field(default=None, ge=1, le=1_000)
    """No more stamps than this in a day."""
    minimum: dict[Currency, Money] = Field(default_factory=dict, max_length=200)
    """Orders below this give no stamp, for each currency."""
    resets_each: Period | None = None
    """Stamps are lost at the end of this period; nothing said: they wait."""
    award: Award
    """What a full card gives."""
    scope: Scope = Scope()
    """Which goods count."""
    when: When = When()
    """When it runs."""
    audience: Audience = Audience()
    """For which members."""
    budget: Points | None = None
    """How many points it gives in all."""


class Goal(StrEnum):
    """What a challenge counts."""

    ORDERS = "ORDERS"
    VISITS = "VISITS"  # days with an order
    MONEY = "MONEY"
    PIECES = "PIECES"
    CATEGORIES = "CATEGORIES"  # different ones


class Challenge(Named):
    """Reach a target within a period; `in_a_row`: in so many periods running, a streak."""

    kind: Literal["CHALLENGE"] = "CHALLENGE"
    """A challenge."""
    goal: Goal
    """What is counted."""
    target: Decimal = Field(gt=0, le=10**9, max_digits=14, decimal_places=4)
    """So much of it, or so many."""
    currency: Currency | None = None
    """For MONEY: the currency of the target."""
    period: Period | None = None
    """Within this period; nothing said: from beginning to end."""
    in_a_row: int = Field(default=1, ge=1, le=366)
    """In so many periods running."""
    recurs: Literal["ONCE", "EACH_PERIOD", "EACH_COMPLETION"] = "ONCE"
    """Once in all (ONCE), once in every period (EACH_PERIOD), or again each time it is done
    (EACH_COMPLETION).
    """
    opt_in: bool = False
    """Whether only members who take it up can do it."""
    minimum: dict[Currency, Money] = Field(default_factory=dict, max_length=200)
    """Orders below this do not count, for each currency."""
    award: Award
    """What doing it gives."""
    scope: Scope = Scope()
    """Which goods count."""
    when: When = When()
    """When it runs."""
    audience: Audience = Audience()
    """For which members."""
    budget: Points | None = None
    """How many points it gives in all."""


class Surprise(Named):
    """A bonus out of the blue to everybody in the audience, once, at a moment."""

    kind: Literal["SURPRISE"] = "SURPRISE"
    """A surprise."""
    at: Moment
    """The moment it comes."""
    award: Award
    """What everybody gets."""
    audience: Audience = Audience()
    """For which members."""
    budget: Points | None = None
    """How many points it gives in all."""


Campaign = Annotated[Stamps | Challenge | Surprise, Field(discriminator="kind")]
