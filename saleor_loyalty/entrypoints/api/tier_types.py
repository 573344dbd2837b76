"""Levels: where members stand, what lies ahead of them, and how they came there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import graphene
from graphene import relay

from saleor_loyalty.entrypoints.api.connections import connection, paged, window
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.languages import LanguageCode, wanted_language, written
from saleor_loyalty.entrypoints.api.scalars import global_id
from saleor_loyalty.entrypoints.api.tier_level_types import (
    Level,
    Tier,
    TierBenefits,
    benefits_of,
    level_of,
)
from saleor_loyalty.entrypoints.api.tier_outlook_types import Ahead, TierOutlook
from saleor_loyalty.pages import Place
from saleor_loyalty.programme.document import Version, version_at
from saleor_loyalty.programme.tier_terms import Benefits
from saleor_loyalty.tiers import models, queries, sentences

if TYPE_CHECKING:
    from saleor_loyalty.entrypoints.api.context import Context
    from saleor_loyalty.entrypoints.api.member_types import Person

MANAGE_USERS = ["MANAGE_USERS"]

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
        return benefits_of(tier.level)

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
        return level_of(told.step.from_level, told.versions)

    @staticmethod
    def resolve_to_tier(told: Told, _info: Any) -> Level | None:
        """Return the level after."""
        return level_of(told.step.to_level, told.versions)

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
        TierOutlook,
        description="What lies ahead of them; null where the shop has no levels, and before they"
        " are a member.",
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
