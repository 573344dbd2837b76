"""Levels of a shop, as our API shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import graphene

from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.languages import LanguageCode, wanted_language, written
from saleor_loyalty.programme.document import Version
from saleor_loyalty.programme.tier_terms import Benefits, Metric
from saleor_loyalty.tiers import sentences

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


@dataclass(frozen=True, slots=True)
class Level:
    """A level of the shop, by its key, with what tells its name."""

    key: str
    versions: Sequence[Version]


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
        return benefits_of(level)


def level_of(key: str | None, versions: Sequence[Version]) -> Level | None:
    return Level(key, versions) if key else None


def benefits_of(level: Level) -> Benefits | None:
    found = sentences.find_level(level.key, level.versions)
    return found.benefits if found else None
