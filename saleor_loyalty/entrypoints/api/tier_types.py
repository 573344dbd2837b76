"""Levels: where members stand, what lies ahead of them, and how they came there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import graphene
from graphene import relay

from saleor_loyalty.entrypoints.api.connections import connection, paged, window
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.languages import LanguageCode, wanted_language, written
from saleor_loyalty.entrypoints.api.scalars import global_id
from saleor_loyalty.pages import Place
from saleor_loyalty.programme.document import Programme, Version, version_at
from saleor_loyalty.programme.tier_terms import Benefits, Metric
from saleor_loyalty.tiers import models, queries, rules, sentences

if TYPE_CHECKING:
    from saleor_loyalty.entrypoints.api.context import Context
    from saleor_loyalty.entrypoints.api.member_types import Person

MANAGE_USERS = ["MANAGE_USERS"]

TierMetricEnum = described_enum(
    Metric,
    name="TierMetricEnum",
    description="What levels are reached by. Never the balance: using points costs no level.",
    values={
        "MONEY": "Money spent.",
        "POINTS": "Points earned.",
        "ORDERS": "Orders.",
        "VISITS": "Days with an order.",
        "MEMBERSHIP": "A paid membership.",
        "ATTRIBUTE": "A number that the shop tells: see the mutation memberFactsSet.",
    },
)
TierCauseEnum = described_enum(
    models.TierChange.Cause,
    name="TierCauseEnum",
    description="Why a level changed.",
    values={
        "START": "Everybody has it from the start.",
        "UPGRADE": "It was reached.",
        "REVIEW": "The promise was over: the level was renewed, or lost.",
        "MANUAL": "The shop gave it by hand, or what it gave has ended.",
        "TERMS": "The programme has other levels now.",
        "CORRECTION": "Goods were returned, say: the history was counted again.",
    },
)


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the shop, by its key, with what tells its name."""

    key: str
    versions: Sequence[Version]


@dataclass(frozen=True, slots=True)
class Ahead:
    """A member's outlook, with what tells it in words."""

    outlook: rules.Outlook
    versions: Sequence[Version]
    document: Programme


class TierBenefits(graphene.ObjectType):
    """What a level brings."""

    multiplier = graphene.NonNull(
        graphene.Float, description="Points for money are multiplied by this."
    )
    points_expire = graphene.NonNull(
        graphene.Boolean, description="Whether points earned on this level ever expire."
    )
    maturity_days = graphene.Int(
        description="The return window of this level in days; null: as for everybody."
    )
    rewards = graphene.NonNull(
        graphene.List(graphene.NonNull(graphene.ID)),
        description="The keys of rewards that come with the level.",
    )
    free_shipping = graphene.NonNull(graphene.Boolean, description="Whether shipping is free.")
    tags = graphene.NonNull(
        graphene.List(graphene.NonNull(graphene.String)),
        description="Whatever else it brings, for the storefront to read, such as early access.",
    )


class Tier(graphene.ObjectType):
    """A level of the shop."""

    id = graphene.NonNull(graphene.ID, description="Its key in the programme.")
    name = graphene.NonNull(
        graphene.String, language=wanted_language(), description="What it is called."
    )
    benefits = graphene.Field(
        TierBenefits, description="What it brings; null for a level that no version has any more."
    )

    @staticmethod
    def resolve_id(level: Level, _info: Any) -> str:
        """Return the key."""
        return level.key

    @staticmethod
    def resolve_name(level: Level, _info: Any, *, language: LanguageCode | None = None) -> str:
        """Name it in the language wanted."""
        return written(language, partial(sentences.name, level.key, level.versions))

    @staticmethod
    def resolve_benefits(level: Level, _info: Any) -> Benefits | None:
        """Find what it brings."""
        return _benefits(level)


@dataclass(frozen=True, slots=True)
class Held:
    """The level a member is on."""

    held: queries.Held
    level: Level


class MemberTier(graphene.ObjectType):
    """The level a member is on."""

    id = graphene.NonNull(graphene.ID, description="Its key in the programme.")
    name = graphene.NonNull(
        graphene.String, language=wanted_language(), description="What it is called."
    )
    benefits = graphene.Field(
        TierBenefits, description="What it brings; null for a level that no version has any more."
    )
    since = graphene.NonNull(graphene.DateTime, description="Since when they are on it.")
    until = graphene.DateTime(
        description="It is theirs until this moment at least, whatever they do; null: no end."
    )
    cause = graphene.NonNull(TierCauseEnum, description="Why they are on it.")

    @staticmethod
    def resolve_id(tier: Held, _info: Any) -> str:
        """Return the key."""
        return tier.level.key

    @staticmethod
    def resolve_name(tier: Held, _info: Any, *, language: LanguageCode | None = None) -> str:
        """Name it in the language wanted."""
        return written(language, partial(sentences.name, tier.level.key, tier.level.versions))

    @staticmethod
    def resolve_benefits(tier: Held, _info: Any) -> Benefits | None:
        """Find what it brings."""
        return _benefits(tier.level)

    @staticmethod
    def resolve_since(tier: Held, _info: Any) -> datetime:
        """Return the beginning."""
        return tier.held.since

    @staticmethod
    def resolve_until(tier: Held, _info: Any) -> datetime | None:
        """Return the end of the promise."""
        return tier.held.until

    @staticmethod
    def resolve_cause(tier: Held, _info: Any) -> str:
        """Tell why."""
        return tier.held.cause


class TierGoal(graphene.ObjectType):
    """What a level takes, and how much of it there is. Goods returned do not count."""

    tier = graphene.NonNull(Tier, description="The level.")
    need = graphene.NonNull(graphene.Float, description="What it takes.")
    have = graphene.NonNull(graphene.Float, description="How much of it there is.")
    missing = graphene.NonNull(graphene.Float, description="How much is still missing.")
    counted_since = graphene.DateTime(
        description="What is done from this moment on counts, which may be still to come;"
        " null: all that was ever done."
    )
    counted_until = graphene.DateTime(
        description="What is done before this moment counts; null: no end."
    )
    sentence = graphene.NonNull(
        graphene.String,
        description="What is to be done, and by when, in the language of the request."
        " Plain text: escape it in HTML.",
    )


class TierOutlook(graphene.ObjectType):
    """What lies ahead of a member: if they do nothing, and if they do something."""

    metric = graphene.NonNull(TierMetricEnum, description="What levels are reached by.")
    currency = graphene.String(description="The currency of money; null where none is counted.")
    attribute = graphene.String(description="The name of the number that the shop tells, if any.")
    review_at = graphene.DateTime(
        description="When the level they have ends if they do nothing more for it, days of grace"
        " included; null: never."
    )
    projected_tier = graphene.Field(
        Tier, description="The level they have then, if nothing happens before; null: none."
    )
    next = graphene.Field(
        TierGoal, description="What the next level takes; null on the highest one."
    )
    keep = graphene.Field(
        TierGoal,
        description="What it takes to keep the level after its review; null where nothing helps, or"
        " nothing is needed.",
    )
    sentence = graphene.NonNull(
        graphene.String,
        language=wanted_language(),
        description="The same in words for the member. Plain text: escape it in HTML.",
    )

    @staticmethod
    def resolve_metric(ahead: Ahead, _info: Any) -> Metric:
        """Tell what counts."""
        return ahead.outlook.metric

    @staticmethod
    def resolve_currency(ahead: Ahead, _info: Any) -> str | None:
        """Return the currency of thresholds."""
        return ahead.outlook.currency

    @staticmethod
    def resolve_attribute(ahead: Ahead, _info: Any) -> str | None:
        """Return the number's name."""
        return ahead.outlook.attribute

    @staticmethod
    def resolve_review_at(ahead: Ahead, _info: Any) -> datetime | None:
        """Return when the level ends."""
        return ahead.outlook.review_at

    @staticmethod
    def resolve_projected_tier(ahead: Ahead, _info: Any) -> Level | None:
        """Return the level after that."""
        return _level(ahead.outlook.projected, ahead.versions)

    @staticmethod
    def resolve_next(ahead: Ahead, _info: Any) -> dict[str, Any] | None:
        """Return what the next level takes."""
        say = partial(sentences.to_rise, ahead.outlook, ahead.versions, ahead.document)
        return _goal(ahead.outlook.rise, say, ahead.versions)

    @staticmethod
    def resolve_keep(ahead: Ahead, _info: Any) -> dict[str, Any] | None:
        """Return what this level takes."""
        say = partial(sentences.to_keep, ahead.outlook, ahead.versions, ahead.document)
        return _goal(ahead.outlook.keep, say, ahead.versions)

    @staticmethod
    def resolve_sentence(ahead: Ahead, _info: Any, *, language: LanguageCode | None = None) -> str:
        """Write it in the language wanted."""
        say = partial(sentences.sentence, ahead.outlook, ahead.versions, ahead.document)
        return written(language, say)


@dataclass(frozen=True, slots=True)
class Told:
    """A change of level, with what tells it in words."""

    step: queries.Step
    versions: Sequence[Version]
    zone: ZoneInfo


class TierChange(graphene.ObjectType):
    """A member's level, or the end of its promise, became another. It never changes."""

    id = graphene.NonNull(graphene.ID, description="Global id.")
    from_tier = graphene.Field(Tier, description="The level before; null: none.")
    to_tier = graphene.Field(Tier, description="The level since then; null: none.")
    occurred_at = graphene.NonNull(graphene.DateTime, description="When it changed.")
    until = graphene.DateTime(description="The promise made then; null: no end.")
    cause = graphene.NonNull(TierCauseEnum, description="Why.")
    sentence = graphene.NonNull(
        graphene.String,
        language=wanted_language(),
        description="What happened, in words for the member. Plain text: escape it in HTML.",
    )

    @staticmethod
    def resolve_id(told: Told, _info: Any) -> str:
        """Return the global id."""
        return global_id("TierChange", told.step.id)

    @staticmethod
    def resolve_from_tier(told: Told, _info: Any) -> Level | None:
        """Return the level before."""
        return _level(told.step.from_level, told.versions)

    @staticmethod
    def resolve_to_tier(told: Told, _info: Any) -> Level | None:
        """Return the level after."""
        return _level(told.step.to_level, told.versions)

    @staticmethod
    def resolve_occurred_at(told: Told, _info: Any) -> datetime:
        """Return the moment."""
        return told.step.at

    @staticmethod
    def resolve_until(told: Told, _info: Any) -> datetime | None:
        """Return the end of the promise."""
        return told.step.until

    @staticmethod
    def resolve_cause(told: Told, _info: Any) -> str:
        """Tell why."""
        return told.step.cause

    @staticmethod
    def resolve_sentence(told: Told, _info: Any, *, language: LanguageCode | None = None) -> str:
        """Write it in the language wanted."""
        return written(language, partial(sentences.change, told.step, told.versions, told.zone))


class TierChangeConnection(relay.Connection):
    """A page of a member's changes of level."""

    class Meta:
        node = TierChange
        strict_types = True


class TierGrant(graphene.ObjectType):
    """A level given to a member by hand."""

    id = graphene.NonNull(graphene.ID, description="Global id.")
    tier = graphene.NonNull(Tier, description="The level.")
    starts_at = graphene.NonNull(graphene.DateTime, description="When it begins.")
    until = graphene.DateTime(description="When it ends; null: it does not.")
    is_floor = graphene.NonNull(
        graphene.Boolean,
        description="Whether it is the least they have, and they may reach more; else they have"
        " exactly this level.",
    )
    reason = graphene.NonNull(graphene.String, description="Why it was given.")

    @staticmethod
    def resolve_id(given: queries.Given, _info: Any) -> str:
        """Return the global id."""
        return global_id("TierGrant", given.id)

    @staticmethod
    def resolve_tier(given: queries.Given, info: Any) -> Level:
        """Return the level."""
        return Level(given.level, info.context.versions)

    @staticmethod
    def resolve_starts_at(given: queries.Given, _info: Any) -> datetime:
        """Return the beginning."""
        return given.from_at


class TierFields:
    """What a member tells of levels."""

    tier = graphene.Field(MemberTier, description="The level they are on; null: none.")
    tier_outlook = graphene.Field(
        TierOutlook, description="What lies ahead of them; null where the shop has no levels."
    )
    tier_history = paged(
        graphene.NonNull(TierChangeConnection),
        description="How their level changed, the newest first.",
    )
    tier_grants = graphene.NonNull(
        graphene.List(graphene.NonNull(TierGrant)),
        description="Levels given to them by hand that have not ended, the newest first, at most"
        f" {queries.GIVEN_MAX}. Requires the permission MANAGE_USERS.",
    )

    @staticmethod
    def resolve_tier(person: Person, info: Any) -> Held | None:
        """Read the levels of the page."""
        context: Context = info.context
        held = context.levels.get(person.member_id, among=person.page)
        return Held(held, Level(held.level, context.versions)) if held else None

    @staticmethod
    def resolve_tier_outlook(person: Person, info: Any) -> Ahead | None:
        """Count the histories of the page."""
        context: Context = info.context
        outlook = context.whereabouts.get(person.member_id, among=person.page).outlook
        version = version_at(context.at, context.versions)
        if outlook is None or version is None:
            return None
        return Ahead(outlook, context.versions, version.document)

    @staticmethod
    def resolve_tier_history(person: Person, info: Any, **arguments: Any) -> Any:
        """Read the changes of the page."""
        context: Context = info.context
        histories = context.tier_histories(window(**arguments))
        version = version_at(context.at, context.versions)
        zone = ZoneInfo(version.document.timezone if version else "UTC")
        return connection(
            TierChangeConnection,
            histories.get(person.member_id, among=person.page),
            place=lambda step: Place(step.at, step.id),
            node=lambda step: Told(step, context.versions, zone),
        )

    @staticmethod
    def resolve_tier_grants(person: Person, info: Any) -> Sequence[queries.Given]:
        """Read what the members of the page were given."""
        context: Context = info.context
        context.staff(need=MANAGE_USERS)
        return context.tier_grants.get(person.member_id, among=person.page)


def _level(key: str | None, versions: Sequence[Version]) -> Level | None:
    return Level(key, versions) if key else None


def _benefits(level: Level) -> Benefits | None:
    found = sentences.find_level(level.key, level.versions)
    return found.benefits if found else None


def _goal(goal: rules.Goal | None, say: Any, versions: Sequence[Version]) -> dict[str, Any] | None:
    if goal is None:
        return None
    amounts: dict[str, Decimal] = {"need": goal.need, "have": goal.have, "missing": goal.missing}
    return amounts | {
        "tier": Level(goal.level, versions),
        "counted_since": goal.since,
        "counted_until": goal.by,
        "sentence": say(),
    }
