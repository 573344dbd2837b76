"""What lies ahead of a member's level, as our API shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import graphene

from saleor_loyalty.entrypoints.api.languages import LanguageCode, wanted_language, written
from saleor_loyalty.entrypoints.api.tier_level_types import Level, Tier, TierMetricEnum, level_of
from saleor_loyalty.programme.document import Programme, Version
from saleor_loyalty.programme.tier_terms import Metric
from saleor_loyalty.tiers import rules, sentences


@dataclass(frozen=True, slots=True)
class Ahead:
    """A member's outlook, with what tells it in words."""

    outlook: rules.Outlook
    versions: Sequence[Version]
    document: Programme


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
        return level_of(ahead.outlook.projected, ahead.versions)

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


def _goal(
    goal: rules.Goal | None, say: Callable[[], str], versions: Sequence[Version]
) -> dict[str, Any] | None:
    if goal is None:
        return None
    return {
        "need": goal.need,
        "have": goal.have,
        "missing": goal.missing,
        "tier": Level(goal.level, versions),
        "counted_since": goal.since,
        "counted_until": goal.by,
        "sentence": say(),
    }
