"""When points become usable, and when they lapse."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from saleor_loyalty.programme.parts import Part, Slug


class Moment(StrEnum):
    """What the return window starts from."""

    PAYMENT = "PAYMENT"
    FULFILMENT = "FULFILMENT"


class OwnWindow(Part):
    """Another return window for some goods, or for a channel."""

    product_types: tuple[Slug, ...] = Field(default=(), max_length=500)
    """For goods of these product types, by their slugs; nothing said: of all."""
    channels: tuple[Slug, ...] = Field(default=(), max_length=100)
    """For orders in these channels, by their slugs; nothing said: in all."""
    days: int = Field(ge=0, le=365)
    """So many days."""


class Trusted(Part):
    """Members with so many orders wait less."""

    orders: int = Field(ge=1, le=10_000)
    """Members with so many orders …"""
    days: int = Field(ge=0, le=365)
    """… wait so many days."""


class Maturity(Part):
    """When pending points become available: so many days after payment, or after each parcel."""

    after: Moment = Moment.PAYMENT
    """Whether days are counted from payment, or from each parcel."""
    days: int = Field(default=0, ge=0, le=365)
    """So many days, in which goods may come back; until then points are pending."""
    windows: tuple[OwnWindow, ...] = Field(default=(), max_length=50)
    """Other return windows; the first that fits counts."""
    trusted: Trusted | None = None
    """A shorter wait for members you know."""
    round_up_to: Literal["DAY", "MONTH"] | None = None
    """Wait until the end of the day, or of the month."""


class Act(StrEnum):
    """What keeps points alive where they lapse by inactivity."""

    ORDER = "ORDER"
    EVENT = "EVENT"
    REDEMPTION = "REDEMPTION"


class Expiry(Part):
    """How long points last; neither days nor months: for ever. Nothing expires without a notice."""

    days: int | None = Field(default=None, ge=1, le=36_500)
    """Points lapse after so many days."""
    months: int | None = Field(default=None, ge=1, le=1_200)
    """Points lapse after so many months."""
    counts_from: Literal["EARNING", "LAST_ACT"] = "EARNING"
    """Counted from when points became available (EARNING), or from the member's last act
    (LAST_ACT), which keeps all their points alive.
    """
    acts: tuple[Act, ...] = Field(default=(Act.ORDER,), min_length=1, max_length=3)
    """What counts as an act."""
    round_up_to: Literal["MONTH", "QUARTER", "YEAR"] | None = None
    """Wait until the end of the month, the quarter, or the year."""
    notice_days: int = Field(default=30, ge=1, le=365)
    """How many days before members are told. Without that notice, nothing expires."""
