"""What points buy, and what goes beyond them. Kept in the document, not active yet."""

from typing import Literal

from pydantic import Field

from saleor_loyalty.programme.parts import (
    Audience,
    Currency,
    Key,
    Money,
    Named,
    Part,
    Period,
    Points,
    Scope,
    Slug,
    When,
)


class Reward(Named):
    """One thing points buy; several with rising points make a ladder."""

    kind: Literal["MONEY_OFF", "PERCENT_OFF", "PRODUCT", "FREE_SHIPPING", "GIFT_CARD", "OTHER"]
    """What it is."""
    points: Points | None = None
    """It costs so many points; nothing said: it is given, not bought."""
    money: dict[Currency, Money] = Field(default_factory=dict, max_length=200)
    """For MONEY_OFF and GIFT_CARD: how much, for each currency."""
    percent: int | None = Field(default=None, ge=1, le=100)
    """For PERCENT_OFF: how many percent."""
    scope: Scope = Scope()
    """For which goods."""
    valid_days: int | None = Field(default=None, ge=1, le=36_500)
    """It can be used for so many days."""
    stock: int | None = Field(default=None, ge=1, le=10**9)
    """So many there are in all."""
    per_order: int | None = Field(default=None, ge=1, le=1_000)
    """So many can be used in an order."""
    when: When = When()
    """When it can be had."""
    audience: Audience = Audience()
    """For which members."""
    partner: bool = False
    """Whether it is used elsewhere, with a partner."""


class Redeeming(Part):
    """What holds for all rewards together."""

    rewards_per_order: int | None = Field(default=None, ge=1, le=1_000)
    """So many rewards can be used in an order."""
    points_per_order: Points | None = None
    """So many points can be used in an order."""


class Conversion(Part):
    """Points that become a reward by themselves at the end of a period; the rest carries over."""

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
