"""A shop's programme as one typed document."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Part(BaseModel):
    """A piece of the document: unknown words are refused, and nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Basis(StrEnum):
    """Which price earns."""

    GROSS = "GROSS"
    NET = "NET"


class Moment(StrEnum):
    """What the return window starts from."""

    PAYMENT = "PAYMENT"
    FULFILMENT = "FULFILMENT"


class Rate(Part):
    """So many points for so much money. A pair, never a float."""

    points: int = Field(ge=1, le=1_000_000)
    per: Decimal = Field(gt=0, le=1_000_000, max_digits=12, decimal_places=4)


class Unit(Part):
    """What the shop calls a point."""

    one: str = Field(default="point", min_length=1, max_length=40)
    many: str = Field(default="points", min_length=1, max_length=40)


class Earning(Part):
    """How money becomes points."""

    # A currency without a rate earns nothing.
    rates: dict[Currency, Rate] = Field(max_length=200)
    basis: Basis = Basis.GROSS
    shipping: bool = False
    # Whether money paid with a gift card earns too.
    gift_card_money: bool = False


class Maturity(Part):
    """When pending points become available: so many days after payment or fulfilment."""

    after: Moment = Moment.PAYMENT
    days: int = Field(default=0, ge=0, le=365)


class Expiry(Part):
    """How long points last once they are earned; no number: for ever."""

    days: int | None = Field(default=None, ge=1, le=36_500)


class Programme(Part):
    """The rules of one shop."""

    name: str = Field(default="Rewards", min_length=1, max_length=80)
    unit: Unit = Unit()
    earning: Earning
    maturity: Maturity = Maturity()
    expiry: Expiry = Expiry()


@dataclass(frozen=True, slots=True)
class Version:
    """One published version of a shop's programme."""

    id: UUID
    number: int
    document: Programme
    effective_from: datetime


def starting_programme(currencies: list[str]) -> Programme:
    """Return what a shop starts with: one point for each unit of its currencies, at once."""
    rate = Rate(points=1, per=Decimal(1))
    return Programme(earning=Earning(rates=dict.fromkeys(sorted(set(currencies)), rate)))
