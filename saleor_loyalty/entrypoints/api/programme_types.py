"""A shop's programme, as our API shows it to everybody."""

from datetime import datetime
from typing import Any

import graphene
from django.utils.translation import get_language

from saleor_loyalty.entrypoints.api.campaign_types import CampaignGoalEnum, Counted
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.languages import LanguageCode, wanted_language, written
from saleor_loyalty.entrypoints.api.scalars import Points
from saleor_loyalty.entrypoints.api.tier_level_types import Level, Tier, TierMetricEnum
from saleor_loyalty.programme.campaign_terms import Challenge, Stamps
from saleor_loyalty.programme.document import Programme as Document
from saleor_loyalty.programme.document import Version
from saleor_loyalty.programme.earning_terms import Basis, Rule, StoredValue
from saleor_loyalty.programme.timing_terms import Moment

PriceBasisEnum = described_enum(
    Basis,
    name="PriceBasisEnum",
    description="Which price earns points.",
    values={"GROSS": "The price with tax.", "NET": "The price without tax."},
)
MaturityStartEnum = described_enum(
    Moment,
    name="MaturityStartEnum",
    description="What the return window starts from.",
    values={"PAYMENT": "The order is paid.", "FULFILMENT": "Its last parcel is sent."},
)


class Money(graphene.ObjectType):
    """An amount of money."""

    amount = graphene.NonNull(graphene.Float, description="The amount.")
    currency = graphene.NonNull(graphene.String, description="ISO 4217 code.")


class EarningRate(graphene.ObjectType):
    """So many points for so much money."""

    points = graphene.NonNull(Points, description="The points earned.")
    per = graphene.NonNull(Money, description="The money that earns them.")


class ProgrammeTier(graphene.ObjectType):
    """A level of the programme, and what reaches it."""

    tier = graphene.NonNull(Tier, description="The level.")
    threshold = graphene.NonNull(
        graphene.Float, description="It is reached with so much of what levels count."
    )


class _Offer:
    """What rules and campaigns tell shoppers."""

    id = graphene.NonNull(
        graphene.ID, description="Its key in the programme; campaignJoin takes it."
    )
    name = graphene.NonNull(
        graphene.String, language=wanted_language(), description="What it is called."
    )
    starts_at = graphene.DateTime(description="When it begins; null: it has begun long ago.")
    ends_at = graphene.DateTime(description="When it is over; null: it has no end.")
    tiers = graphene.NonNull(
        graphene.List(graphene.NonNull(graphene.ID)),
        description="The levels whose members it is for; none: it is for everybody.",
    )
    must_be_joined = graphene.NonNull(
        graphene.Boolean, description="Whether it is only for those who join it with campaignJoin."
    )

    @staticmethod
    def resolve_name(
        offer: Rule | Stamps | Challenge, _info: Any, *, language: LanguageCode | None = None
    ) -> str:
        """Name it in the language wanted."""
        return written(language, lambda: offer.name_in(get_language() or ""))

    @staticmethod
    def resolve_starts_at(offer: Rule | Stamps | Challenge, _info: Any) -> datetime | None:
        """Return the beginning."""
        return offer.when.starts_at

    @staticmethod
    def resolve_ends_at(offer: Rule | Stamps | Challenge, _info: Any) -> datetime | None:
        """Return the end."""
        return offer.when.ends_at

    @staticmethod
    def resolve_tiers(offer: Rule | Stamps | Challenge, _info: Any) -> list[str]:
        """Return whose it is."""
        return list(offer.audience.tiers)

    @staticmethod
    def resolve_must_be_joined(offer: Rule | Stamps | Challenge, _info: Any) -> bool:
        """Tell whether one must join."""
        return getattr(offer, "opt_in", False)


class ProgrammeRule(_Offer, graphene.ObjectType):
    """A reason to earn more."""


class ProgrammeCampaign(_Offer, graphene.ObjectType):
    """A stamp card or a challenge."""

    goal = graphene.NonNull(CampaignGoalEnum, description="What it counts.")
    target = graphene.NonNull(graphene.Float, description="How much of it completes it.")
    currency = graphene.String(description="The currency of money; null where none is counted.")
    points = graphene.Field(Points, description="The points to win; null where a reward is.")

    @staticmethod
    def resolve_goal(campaign: Stamps | Challenge, _info: Any) -> Counted:
        """Tell what is counted."""
        return Counted(campaign.goal) if isinstance(campaign, Challenge) else Counted.STAMPS

    @staticmethod
    def resolve_currency(campaign: Stamps | Challenge, _info: Any) -> str | None:
        """Tell the currency of money."""
        return campaign.currency if isinstance(campaign, Challenge) else None

    @staticmethod
    def resolve_points(campaign: Stamps | Challenge, _info: Any) -> int | None:
        """Return the points of one completion."""
        return campaign.award.points


class Programme(graphene.ObjectType):
    """The rules of a shop in force now. An order keeps the rules it was paid under."""

    version = graphene.NonNull(graphene.Int, description="The number of the version.")
    effective_from = graphene.NonNull(graphene.DateTime, description="When it came into force.")
    name = graphene.NonNull(graphene.String, description="What the shop calls its programme.")
    point_name = graphene.NonNull(graphene.String, description="What it calls one point.")
    points_name = graphene.NonNull(graphene.String, description="What it calls many points.")
    earning_rates = graphene.NonNull(
        graphene.List(graphene.NonNull(EarningRate)),
        description="What is earned in each currency; none for currencies not listed.",
    )
    price_basis = graphene.NonNull(PriceBasisEnum, description="Which price earns.")
    is_shipping_earning = graphene.NonNull(
        graphene.Boolean, description="Whether money paid for shipping earns."
    )
    is_gift_card_money_earning = graphene.NonNull(
        graphene.Boolean, description="Whether money paid with a gift card earns."
    )
    maturity_days = graphene.NonNull(
        graphene.Int, description="The return window: points are pending this many days."
    )
    maturity_start = graphene.NonNull(
        MaturityStartEnum, description="What the return window starts from."
    )
    expiry_days = graphene.Int(
        description="Points expire so many days later; null: never, or see expiryMonths."
    )
    expiry_months = graphene.Int(
        description="Points expire so many months later; null: never, or see expiryDays."
    )
    timezone = graphene.NonNull(
        graphene.String, description="The time zone of its days and months, such as Europe/Paris."
    )
    tier_metric = TierMetricEnum(description="What levels count; null: there are none.")
    tier_currency = graphene.String(description="The currency of thresholds, if they are money.")
    tiers = graphene.NonNull(
        graphene.List(graphene.NonNull(ProgrammeTier)), description="The levels, from low to high."
    )
    rules = graphene.NonNull(
        graphene.List(graphene.NonNull(ProgrammeRule)),
        description="Reasons to earn more, without those that are over or for some people only.",
    )
    campaigns = graphene.NonNull(
        graphene.List(graphene.NonNull(ProgrammeCampaign)),
        description="Stamp cards and challenges, without those that are over or for some people"
        " only.",
    )


def programme_fields(version: Version, *, at: datetime) -> dict[str, Any]:
    """Return the fields of a programme's version, as everybody may see them at `at`."""
    document = version.document
    effective_from: datetime = version.effective_from
    return {
        "version": version.number,
        "effective_from": effective_from,
        "name": document.name,
        "point_name": document.unit.one,
        "points_name": document.unit.many,
        "earning_rates": [
            {"points": rate.points, "per": {"amount": rate.per, "currency": currency}}
            for currency, rate in sorted(document.earning.rates.items())
        ],
        "price_basis": document.earning.basis,
        "is_shipping_earning": document.earning.shipping,
        "is_gift_card_money_earning": document.earning.paid_by_gift_card is StoredValue.FULL,
        "maturity_days": document.maturity.days,
        "maturity_start": document.maturity.after,
        "expiry_days": document.expiry.days,
        "expiry_months": document.expiry.months,
        "timezone": document.timezone,
        **_tiers(version),
        "rules": [rule for rule in document.earning.rules if _is_public(rule, at)],
        "campaigns": _campaigns(document, at),
    }


def _tiers(version: Version) -> dict[str, Any]:
    tiers = version.document.tiers
    if tiers is None:
        return {"tier_metric": None, "tier_currency": None, "tiers": []}
    levels = [
        {"tier": Level(level.id, [version]), "threshold": level.threshold} for level in tiers.levels
    ]
    return {"tier_metric": tiers.metric, "tier_currency": tiers.currency, "tiers": levels}


def _campaigns(document: Document, at: datetime) -> list[Stamps | Challenge]:
    """Return what can be won; a surprise is none if it is told."""
    return [
        campaign
        for campaign in document.campaigns
        if isinstance(campaign, Stamps | Challenge) and _is_public(campaign, at)
    ]


def _is_public(offer: Rule | Stamps | Challenge, at: datetime) -> bool:
    """Tell whether everybody may know of it: whom a shop counts to which segment, nobody may."""
    is_over = offer.when.ends_at is not None and offer.when.ends_at <= at
    return not is_over and not offer.audience.segments
