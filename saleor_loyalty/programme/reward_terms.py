"""What points buy, and what goes beyond them."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from saleor_loyalty.programme.parts import (
    Audience,
    Currency,
    Key,
    Limit,
    Money,
    Named,
    Part,
    Period,
    Points,
    Scope,
    Slug,
    When,
)

Percent = Annotated[int, Field(ge=1, le=100)]
Times = Annotated[int, Field(ge=1, le=1_000_000)]


class Steps(Part):
    """How often a reward can be taken at once: the shopper chooses the amount, in steps."""

    at_least: Times = 1
    """At least so many times its points."""
    at_most: Times = 1_000_000
    """At most so many times its points."""


class Reward(Named):
    """One thing points buy; several with rising points make a ladder."""

    kind: Literal[
        "MONEY_OFF", "PERCENT_OFF", "PRODUCT", "FREE_SHIPPING", "GIFT_CARD", "ACCESS",
        "PARTNER_CODE", "DONATION", "OTHER",
    ]  # fmt: skip
    """What it is: money or percents off the order, a free (or cheaper) product, free shipping,
    store credit, a segment the member joins, a code of a partner's, a donation, or something that
    staff hand over.
    """
    points: Points | None = None
    """It costs so many points; nothing said: it is given, not bought."""
    tier_points: dict[Key, Points] = Field(default_factory=dict, max_length=20)
    """Another price for members of some levels, by the levels' ids."""
    money: dict[Currency, Money] = Field(default_factory=dict, max_length=200)
    """For MONEY_OFF and GIFT_CARD: how much, for each currency; for PARTNER_CODE: what it is worth
    there.
    """
    steps: Steps | None = None
    """For MONEY_OFF and GIFT_CARD: the shopper chooses the amount, in steps of `points` and
    `money`; nothing said: it is had once at a time.
    """
    percent: Percent | None = None
    """For PERCENT_OFF: how many percent. For PRODUCT: how many percent cheaper; nothing said: it
    is free.
    """
    scope: Scope = Scope()
    """For which goods: categories, collections, products and SKUs, as Saleor's vouchers know them.
    Of PRODUCT, and of MONEY_OFF for some goods, the cheapest piece is meant.
    """
    segment: Key | None = None
    """For ACCESS: the segment that the member joins."""
    valid_days: int | None = Field(default=None, ge=1, le=36_500)
    """It can be used for so many days; nothing said: 30."""
    stock: int | None = Field(default=None, ge=1, le=10**9)
    """So many there are in all."""
    limits: tuple[Limit, ...] = Field(default=(), max_length=10)
    """How often a member gets it, in a period or ever; an order has `per_order`."""
    per_order: int | None = Field(default=None, ge=1, le=1_000)
    """So many can be used in an order."""
    minimum: dict[Currency, Money] = Field(default_factory=dict, max_length=200)
    """The goods of the order must cost this, for each currency."""
    share_at_most: Percent | None = None
    """For MONEY_OFF and PERCENT_OFF: it takes off at most so many percent of the goods."""
    channels: tuple[Slug, ...] = Field(default=(), max_length=100)
    """In these channels only, by their slugs."""
    when: When = When()
    """When it can be had."""
    audience: Audience = Audience()
    """For which members; their order is the one they are about to place: number 1 is for who has
    none yet.
    """

    @model_validator(mode="before")
    @classmethod
    def _from_first_form(cls, given: Any) -> Any:
        """Read documents published when a word of its own told that partners take a reward."""
        if isinstance(given, dict) and isinstance(given.get("partner"), bool):
            given = {name: value for name, value in given.items() if name != "partner"}
        return given


class Redeeming(Part):
    """What holds for all rewards together."""

    rewards_per_order: int | None = Field(default=None, ge=1, le=1_000)
    """So many rewards can be used in an order."""
    points_per_order: Points | None = None
    """So many points can be used in an order."""
    benefit_at_most: Percent | None = None
    """Rewards, promotions and promo codes together take off at most so many percent of the goods.
    """
    with_promo_code: Literal["REFUSE", "REPLACE", "STORE_CREDIT"] = "REFUSE"
    """Where a promo code is in the checkout already: refuse the reward, put it in place of the
    code, or give it as store credit, which keeps the code.
    """
    store_credit_from: dict[Currency, Money] = Field(default_factory=dict, max_length=200)
    """Money off that is worth as much or more is given as store credit, which only the member can
    use, and never twice; for each currency.
    """
    hold_minutes: int = Field(default=30, ge=5, le=1_440)
    """A reward put into a checkout is kept for so many minutes after the checkout last changed."""
    cancelled: Literal["RESTORE", "KEEP"] = "RESTORE"
    """Points of an order that is cancelled or expires: given back, or not."""
    refunded: Literal["RESTORE", "KEEP"] = "RESTORE"
    """Points of goods that are sent back or refunded: given back in proportion, or not."""
    grace_days: int = Field(default=14, ge=1, le=365)
    """Points given back that have expired meanwhile can be used for so many days more."""
    used_by_others: Literal["ALLOW", "FLAG", "VOID"] = "FLAG"
    """Where somebody else uses a member's code: nothing, tell staff, or tell staff that the order
    must not be sent.
    """
    used_again: Literal["FLAG", "VOID"] = "FLAG"
    """Where one code was used for several orders at once (each is paid with points): tell staff,
    or tell staff that the order must not be sent.
    """


class Conversion(Part):
    """Points that become money off by themselves at the end of a period; the rest carries over.

    From `redeeming.store_credit_from` on it is store credit.
    """

    each: Period | Literal["MEMBERSHIP_YEAR"]
    """At the end of each of these periods; a membership year begins on the day it was paid for."""
    issued_after_days: int = Field(default=0, ge=-180, le=365)
    """So many days after the end of the period; below zero: before."""
    at_least: Points
    """Only from so many points on."""
    step: Points
    """Always in steps of so many points …"""
    money: dict[Currency, Money] = Field(min_length=1, max_length=200)
    """… for so much money each, in each currency."""
    valid_days: int = Field(ge=1, le=36_500)
    """What they become can be used for so many days."""
    members_only: bool = False
    """Only for paying members."""


class ReferralAward(Part):
    """What both get where the friend's first order has any of the goods meant."""

    scope: Scope
    """Where the friend's first order has any of these goods."""
    advocate_points: Points | None = None
    """So many points for who invited."""
    friend_points: Points | None = None
    """So many points for who was invited."""


class Referral(Part):
    """What the advocate and the friend get, and for what."""

    advocate_points: Points | None = None
    """So many points for who invited."""
    friend_points: Points | None = None
    """So many points for who was invited."""
    awards: tuple[ReferralAward, ...] = Field(default=(), max_length=50)
    """Other points for some goods; the first that fits counts."""
    qualifies_by: Literal["SIGN_UP", "FIRST_ORDER", "DELIVERY"] = "FIRST_ORDER"
    """What the friend must do."""
    minimum: dict[Currency, Money] = Field(default_factory=dict, max_length=200)
    """The friend's order must reach this, for each currency."""
    at_most: int | None = Field(default=None, ge=1, le=10_000)
    """So many friends count …"""
    per: Period | Literal["EVER"] = "EVER"
    """… in each of these periods, or ever."""


class Membership(Part):
    """A product that makes the buyer a paying member."""

    product: Slug
    """The product, by its slug."""
    months: int | None = Field(default=None, ge=1, le=120)
    """It lasts so many months; nothing said: for life."""
    segment: Key | None = None
    """The segment its members are in meanwhile, for audiences to name."""
    refund_keeps_rewards: bool = False
    """Whether who gives it back keeps what they got for it."""
