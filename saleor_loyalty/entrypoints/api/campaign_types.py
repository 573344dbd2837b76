"""Stamp cards and challenges, and how far a member has come in them, as our API shows them."""

from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

import graphene

from saleor_loyalty.campaigns import sentences
from saleor_loyalty.campaigns.reckoning import Progress, Status
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.languages import LanguageCode, wanted_language, written
from saleor_loyalty.entrypoints.api.scalars import Points
from saleor_loyalty.programme.campaign_terms import Challenge, Goal


class Counted(StrEnum):
    """What a campaign counts."""

    STAMPS = "STAMPS"
    ORDERS = Goal.ORDERS.value
    VISITS = Goal.VISITS.value
    MONEY = Goal.MONEY.value
    PIECES = Goal.PIECES.value
    CATEGORIES = Goal.CATEGORIES.value


CampaignGoalEnum = described_enum(
    Counted,
    name="CampaignGoalEnum",
    description="What a campaign counts.",
    values={
        "STAMPS": "Stamps on a card.",
        "ORDERS": "Orders.",
        "VISITS": "Days with an order.",
        "MONEY": "Money spent.",
        "PIECES": "Pieces bought.",
        "CATEGORIES": "Different categories bought from.",
    },
)
CampaignStatusEnum = described_enum(
    Status,
    name="CampaignStatusEnum",
    description="How a member stands with a campaign.",
    values={
        "UPCOMING": "It has not begun yet.",
        "TO_JOIN": "It counts only for those who join it: see the mutation campaignJoin.",
        "RUNNING": "What the member does counts.",
        "COMPLETED": "Nothing more can be won, in this period or at all.",
    },
)


class CampaignProgress(graphene.ObjectType):
    """How far a member has come in a stamp card or a challenge. Goods returned do not count."""

    campaign_id = graphene.NonNull(
        graphene.ID, description="The campaign's key in the programme; campaignJoin takes it."
    )
    name = graphene.NonNull(
        graphene.String, language=wanted_language(), description="What the campaign is called."
    )
    goal = graphene.NonNull(CampaignGoalEnum, description="What it counts.")
    status = graphene.NonNull(CampaignStatusEnum, description="How the member stands with it.")
    have = graphene.NonNull(
        graphene.Float, description="How much there is of it since it was completed last."
    )
    target = graphene.NonNull(graphene.Float, description="How much completes it.")
    currency = graphene.String(description="The currency of money; null where none is counted.")
    periods_in_a_row = graphene.NonNull(
        graphene.Int, description="Of a streak: periods running in which the target was reached."
    )
    periods_in_a_row_target = graphene.NonNull(
        graphene.Int, description="How many of them complete it; 1: it is no streak."
    )
    times_completed = graphene.NonNull(graphene.Int, description="How often it was completed.")
    points = graphene.Field(Points, description="The points won; null where a reward is.")
    reward_id = graphene.ID(description="The key of the reward won, if it is one.")
    counted_since = graphene.DateTime(description="What is counted now counts since then.")
    ends_at = graphene.DateTime(
        description="The end of the period, or of the campaign: then it begins at nothing, or is"
        " over. Null: it waits."
    )
    joined_at = graphene.DateTime(
        description="When the member joined it; null where nobody needs to, or they did not."
    )
    so_far = graphene.NonNull(
        graphene.String,
        language=wanted_language(),
        description="How far they have come, such as “7 of 10 stamps”. Plain text: escape it in"
        " HTML.",
    )
    next_step = graphene.NonNull(
        graphene.String,
        language=wanted_language(),
        description="What is to be done, until when, and for what. Plain text: escape it in HTML.",
    )

    @staticmethod
    def resolve_campaign_id(progress: Progress, _info: Any) -> str:
        """Return the key."""
        return progress.campaign.id

    @staticmethod
    def resolve_name(
        progress: Progress, _info: Any, *, language: LanguageCode | None = None
    ) -> str:
        """Name it in the language wanted."""
        return written(language, partial(sentences.name, progress))

    @staticmethod
    def resolve_goal(progress: Progress, _info: Any) -> Counted:
        """Tell what is counted."""
        campaign = progress.campaign
        return Counted(campaign.goal) if isinstance(campaign, Challenge) else Counted.STAMPS

    @staticmethod
    def resolve_currency(progress: Progress, _info: Any) -> str | None:
        """Tell the currency of money."""
        campaign = progress.campaign
        is_money = isinstance(campaign, Challenge) and campaign.goal is Goal.MONEY
        return campaign.currency if is_money and isinstance(campaign, Challenge) else None

    @staticmethod
    def resolve_periods_in_a_row(progress: Progress, _info: Any) -> int:
        """Return how long the streak is."""
        return progress.in_a_row

    @staticmethod
    def resolve_periods_in_a_row_target(progress: Progress, _info: Any) -> int:
        """Return how long it must be."""
        campaign = progress.campaign
        return campaign.in_a_row if isinstance(campaign, Challenge) else 1

    @staticmethod
    def resolve_times_completed(progress: Progress, _info: Any) -> int:
        """Return how often it was won."""
        return progress.completed

    @staticmethod
    def resolve_points(progress: Progress, _info: Any) -> int | None:
        """Return the points of one completion."""
        return progress.campaign.award.points

    @staticmethod
    def resolve_reward_id(progress: Progress, _info: Any) -> str | None:
        """Return the reward of one completion."""
        return progress.campaign.award.reward

    @staticmethod
    def resolve_counted_since(progress: Progress, _info: Any) -> datetime | None:
        """Return the beginning."""
        return progress.since

    @staticmethod
    def resolve_ends_at(progress: Progress, _info: Any) -> datetime | None:
        """Return the end."""
        return progress.until

    @staticmethod
    def resolve_so_far(
        progress: Progress, _info: Any, *, language: LanguageCode | None = None
    ) -> str:
        """Write it in the language wanted."""
        return written(language, partial(sentences.so_far, progress))

    @staticmethod
    def resolve_next_step(
        progress: Progress, _info: Any, *, language: LanguageCode | None = None
    ) -> str:
        """Write it in the language wanted."""
        return written(language, partial(sentences.next_step, progress))
