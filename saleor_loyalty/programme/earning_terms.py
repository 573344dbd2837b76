"""How orders and other events become points."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from saleor_loyalty.programme.parts import (
    POINTS_MAX,
    Audience,
    Currency,
    Key,
    Limit,
    Money,
    Named,
    Part,
    Points,
    Rate,
    Scope,
    Slug,
    When,
)

#: The group of rules that name none, and of the everyday rates.
BASE_GROUP = "base"


class Basis(StrEnum):
    """Which price earns."""

    GROSS = "GROSS"
    NET = "NET"


class StoredValue(StrEnum):
    """What an order earns that was paid, in part, with gift cards or points."""

    NONE = "NONE"
    MONEY_PART = "MONEY_PART"
    FULL = "FULL"


class Stacking(StrEnum):
    """How rules of one group go together.

    ADD: points add up, and so do the extra parts of multipliers (2× and 1.5× make 2.5×).
    MULTIPLY: multipliers multiply (2× and 1.5× make 3×); points add up.
    BEST_OF: of all rules in the group only the one that gives the order most counts.
    Groups add their points; their multipliers multiply each other.
    """

    ADD = "ADD"
    MULTIPLY = "MULTIPLY"
    BEST_OF = "BEST_OF"


class PointsPerAmount(Part):
    """So many points for so much money of the goods meant."""

    kind: Literal["RATE"] = "RATE"
    """Points for money."""
    rates: dict[Currency, Rate] = Field(min_length=1, max_length=200)
    """A rate for each currency, such as EUR."""


class Band(Part):
    """A rate for the part of the money up to some amount; None: all that is left."""

    up_to: Money | None = None
    """Up to this amount of an order; nothing said: for all that is left."""
    points: int = Field(ge=0, le=1_000_000)
    """So many points …"""
    per: Money
    """… for so much money."""


class Bands(Part):
    """Stepped rates: 5 per € up to 50 €, 10 beyond."""

    kind: Literal["BANDS"] = "BANDS"
    """Points for money, at rates that change with the amount."""
    bands: dict[Currency, Annotated[tuple[Band, ...], Field(min_length=1, max_length=20)]] = Field(
        min_length=1, max_length=200
    )
    """The bands of each currency, from low to high; the last one is open."""


class Multiplier(Part):
    """Multiplies what rates and bands give for the goods meant; bonuses are not multiplied."""

    kind: Literal["MULTIPLIER"] = "MULTIPLIER"
    """More, or fewer, points than the rates give."""
    factor: Decimal = Field(ge=0, le=100, max_digits=7, decimal_places=4)
    """2 doubles them, 0.5 halves them, 0 gives none."""


class Bonus(Part):
    """Points for an order that has any of the goods meant."""

    kind: Literal["BONUS"] = "BONUS"
    """Points for an order."""
    points: Points
    """So many points."""


class Threshold(Part):
    """Points for so much money of the goods meant; `repeats`: for each time as much."""

    kind: Literal["THRESHOLD"] = "THRESHOLD"
    """Points for reaching an amount."""
    money: dict[Currency, Money] = Field(min_length=1, max_length=200)
    """The amount to reach, for each currency."""
    points: Points
    """So many points."""
    repeats: bool = False
    """Whether twice the amount gives twice the points, and so on."""


class QuantityBonus(Part):
    """Points for every so many pieces of the goods meant."""

    kind: Literal["QUANTITY"] = "QUANTITY"
    """Points for pieces."""
    every: int = Field(default=1, ge=1, le=10_000)
    """For each so many pieces …"""
    points: Points
    """… so many points."""


Effect = Annotated[
    PointsPerAmount | Bands | Multiplier | Bonus | Threshold | QuantityBonus,
    Field(discriminator="kind"),
]


PaymentMethod = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^A-Z\x00]+$")
]


class Rule(Named):
    """One reason to earn more (or, with a factor below one, less). With dates it is a campaign."""

    effect: Effect
    """What it gives."""
    scope: Scope = Scope()
    """For which goods."""
    when: When = When()
    """At what time, by the moment the order was placed."""
    audience: Audience = Audience()
    """For which members, and which of their orders."""
    new_category: bool = False
    """Only for goods of categories that the member never bought from before."""
    opt_in: bool = False
    """Only for members who took it up, from then on."""
    channels: tuple[Slug, ...] = Field(default=(), max_length=100)
    """In these channels only, by their slugs; nothing said: in all."""
    currencies: tuple[Currency, ...] = Field(default=(), max_length=200)
    """For orders in these currencies only; nothing said: in any."""
    payment_methods: tuple[PaymentMethod, ...] = Field(default=(), max_length=50)
    """For the part of an order that is paid so, such as card:visa; a bonus wants any of it."""
    group: Key = BASE_GROUP
    """The group it belongs to, which says how it goes together with others."""
    limits: tuple[Limit, ...] = Field(default=(), max_length=10)
    """How much it gives a member at most."""
    budget: Points | None = None
    """How many points it gives in all, to whomever comes first."""


#: Events we know of ourselves; any other key is a shop's own, told through the API.
EVENTS = ("account-confirmed", "profile-completed", "birthday", "anniversary", "review")


class EventRule(Named):
    """Points for something other than an order, at most as often as its limits say."""

    event: Key
    """What happens: account-confirmed, profile-completed, birthday, anniversary, review, or a word
    of your own that is told through the API.
    """
    points: int = Field(default=0, ge=0, le=POINTS_MAX)
    """So many points."""
    reward: Key | None = None
    """A reward, by its id: instead of points, or with them."""
    when: When = When()
    """At what time."""
    audience: Audience = Audience()
    """For which members."""
    limits: tuple[Limit, ...] = Field(min_length=1, max_length=10)
    """How often a member gets it at most."""
    budget: Points | None = None
    """How many points it gives in all, to whomever comes first."""


class Earning(Part):
    """How money, and what people do, become points."""

    rates: dict[Currency, Rate] = Field(default_factory=dict, max_length=200)
    """The everyday rate of each currency; a currency without one earns by rules only."""
    basis: Basis = Basis.GROSS
    """Whether prices count with tax (GROSS) or without (NET)."""
    shipping: bool = False
    """Whether money paid for shipping earns."""
    before_discounts: bool = False
    """Whether prices count as they were before discounts, instead of as they were paid."""
    paid_by_gift_card: StoredValue = StoredValue.MONEY_PART
    """What an order earns that is paid with gift cards: nothing (NONE), what is paid otherwise
    (MONEY_PART), or all of it (FULL).
    """
    paid_by_points: StoredValue = StoredValue.MONEY_PART
    """The same for orders that are paid with points."""
    scope: Scope = Scope()
    """Which goods earn the everyday rate. What is left out here earns by no rule either."""
    rules: tuple[Rule, ...] = Field(default=(), max_length=500)
    """More reasons to earn."""
    groups: dict[Key, Stacking] = Field(
        default_factory=lambda: {BASE_GROUP: Stacking.ADD}, max_length=50
    )
    """How rules of a group go together: ADD them up, MULTIPLY them, or count the BEST_OF them only.
    """
    events: tuple[EventRule, ...] = Field(default=(), max_length=100)
    """Points for what is no order."""
    limits: tuple[Limit, ...] = Field(default=(), max_length=10)
    """How many points a member gets at most, of all rules together."""

    @model_validator(mode="before")
    @classmethod
    def _from_first_form(cls, given: Any) -> Any:
        """Read documents published when gift cards knew yes and no only."""
        if isinstance(given, dict) and isinstance(given.get("gift_card_money"), bool):
            given = dict(given)
            is_full = given.pop("gift_card_money")
            given["paid_by_gift_card"] = StoredValue.FULL if is_full else StoredValue.MONEY_PART
        return given
