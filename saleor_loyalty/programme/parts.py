"""What every part of a programme is made of."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

#: The most points one rule, award or limit may name.
POINTS_MAX = 1_000_000_000

Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
#: What rules, tiers, campaigns and rewards are called by other parts, and kept by for ever.
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
#: How Saleor's Dashboard names a product, a category, a channel …
Slug = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[^\s\x00]+$")]
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00]*\S[^\x00]*$")
]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]{2,4})?$")]
#: A time of day, 00:00 to 23:59.
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Points = Annotated[int, Field(ge=1, le=POINTS_MAX)]
Money = Annotated[Decimal, Field(gt=0, le=1_000_000, max_digits=12, decimal_places=4)]


def _of_this_age(moment: datetime) -> datetime:
    # Far from the ends of the calendar, so that days and years can be added.
    if not 2000 <= moment.year <= 2200:
        raise ValueError("choose a date from 2000 to 2200")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_of_this_age)]


class Part(BaseModel):
    """A piece of the document: unknown words are refused, and nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Named(Part):
    """A part that shoppers see: its key stays for ever, its name may be translated."""

    id: Key
    """Its key, chosen once and kept for ever: small letters, digits and hyphens."""
    name: Name
    """What shoppers read."""
    translations: dict[Language, Name] = Field(default_factory=dict, max_length=50)
    """The name in other languages, by codes such as fr or fr-ca."""

    def name_in(self, language: str) -> str:
        """Return the name in a language such as `fr` or `fr-ca`, else as the merchant typed it."""
        return (
            self.translations.get(language)
            or self.translations.get(language.partition("-")[0])
            or self.name
        )


class Rate(Part):
    """So many points for so much money. A pair, never a float."""

    points: int = Field(ge=1, le=1_000_000)
    """So many points …"""
    per: Money
    """… for so much money, in the currency it stands under."""


class Period(StrEnum):
    """A stretch of the calendar, in the programme's time zone. Weeks begin on Monday."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


class Limit(Part):
    """At most so many points, or times, in an order, in a period, or ever (of one member)."""

    points: Points | None = None
    """At most so many points."""
    times: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """At most so many times."""
    per: Period | Literal["ORDER", "EVER"]
    """In an order, in a stretch of the calendar, or ever."""


class When(Part):
    """The time something applies, by the order's creation date; nothing said: always."""

    starts_at: Moment | None = None
    """From this moment on, such as 2026-12-01T00:00:00+01:00."""
    ends_at: Moment | None = None
    """Until this moment, which does not belong to it any more."""
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(default=(), max_length=7)
    """On these days of the week only: 1 is Monday, 7 is Sunday."""
    from_time: TimeOfDay | None = None
    """From this time of day on, such as 17:00, in the programme's time zone."""
    until_time: TimeOfDay | None = None
    """Until this time of day; earlier than `from_time`: past midnight."""


class Audience(Part):
    """Whom something is for; nothing said: everybody."""

    tiers: tuple[Key, ...] = Field(default=(), max_length=20)
    """For members of one of these levels, by their ids."""
    segments: tuple[Key, ...] = Field(default=(), max_length=50)
    """For members in one of these segments, which are told through the API."""
    order_numbers: tuple[Annotated[int, Field(ge=1, le=100_000)], ...] = Field(
        default=(), max_length=50
    )
    """For a member's orders of these numbers: 1 is the first, 100 the hundredth."""
    from_order: Annotated[int, Field(ge=2, le=100_000)] | None = None
    """From this order on: 2 means a member's second order and every later one."""
    every_order: Annotated[int, Field(ge=2, le=100_000)] | None = None
    """10 means a member's tenth order, their twentieth …"""


class Selection(Part):
    """Goods, by the slugs Saleor shows; a category holds all below it."""

    categories: tuple[Slug, ...] = Field(default=(), max_length=500)
    """Goods of these categories, and of all below them, by their slugs."""
    collections: tuple[Slug, ...] = Field(default=(), max_length=500)
    """Goods of these collections, by their slugs."""
    products: tuple[Slug, ...] = Field(default=(), max_length=5_000)
    """These products, by their slugs."""
    product_types: tuple[Slug, ...] = Field(default=(), max_length=500)
    """Products of these types, by their slugs."""
    skus: tuple[Slug, ...] = Field(default=(), max_length=5_000)
    """Variants with these SKUs."""


class Scope(Part):
    """Which lines of an order are meant: those selected (nothing said: all), without some."""

    only: Selection = Selection()
    """The goods meant; nothing said: all."""
    without: Selection = Selection()
    """Goods that are not meant, whatever else they are."""
    full_price_only: bool = False
    """Whether goods that are reduced are not meant."""
