"""How orders complete campaigns. Pure: the same history, the same stamps.

A member's whole history is walked from the past to now. What was returned is not in it, so that
stamps, streaks and awards end as if it had never been bought.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from saleor_loyalty.campaigns.challenges import Run
from saleor_loyalty.campaigns.purchases import Basket, Purchase, basket_of, purchase
from saleor_loyalty.campaigns.reckoning import Award, Progress, Status
from saleor_loyalty.campaigns.stamps import StampCard
from saleor_loyalty.earning.calendar import period_end, period_start
from saleor_loyalty.earning.conditions import is_for, is_on
from saleor_loyalty.earning.keeping import is_kept
from saleor_loyalty.earning.reckoning import POINTS_MAX, Circumstances
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.programme.campaign_terms import Campaign, Challenge, Stamps, Surprise
from saleor_loyalty.programme.document import Programme, Version, version_at
from saleor_loyalty.programme.earning_terms import Rule
from saleor_loyalty.programme.parts import Audience

__all__ = ["SURPRISE", "Award", "Count", "Progress", "Status"]

#: The event of a surprise; its reference is the campaign.
SURPRISE = "surprise"

#: Campaigns that count over several orders.
Counted = Stamps | Challenge


def joinable(offer: Campaign | Rule) -> bool:
    """Tell whether a campaign, or a rule, counts only for those who joined it."""
    return isinstance(offer, Challenge | Rule) and offer.opt_in


class Count:
    """A member's progress in all campaigns, walked once from the past to now."""

    def __init__(
        self,
        versions: Sequence[Version],
        *,
        joined_at: datetime,
        opted_in: Mapping[str, datetime],
    ) -> None:
        """Begin before the first order.

        :param versions: every version of the programme, the latest to take effect first.
        :param opted_in: when the member joined the campaigns that must be joined.
        """
        self._versions, self._joined_at, self._opted_in = versions, joined_at, opted_in
        # By the campaign's key, which is kept across versions.
        self._cards: dict[str, StampCard] = {}
        self._runs: dict[str, Run] = {}
        #: What the last order was stamped for, where it won nothing by that.
        self.stamped: list[Award] = []

    def add(self, order: OrderState, charged_peak: Decimal, who: Circumstances) -> list[Award]:
        """Count an order, no older than the last one; return what it won.

        :param who: the member when the order was made.
        """
        self.stamped = []
        version = version_at(order.created_at, self._versions)
        if version is None or not is_kept(order, charged_peak):
            return []
        document = version.document
        open_ones = [
            each
            for each in _counted(document)
            if self._is_open(each, document, order.created_at, who)
        ]
        if not open_ones:
            return []
        basket = basket_of(order, charged_peak, document.earning)
        awards = [self._count(each, document, basket) for each in open_ones]
        return [award for award in awards if award]

    def surprise(
        self, event: str, reference: str, at: datetime, who: Circumstances
    ) -> Award | None:
        """Return what an activity gives that a surprise has caused; None for any other.

        Whom it was for was decided when it was handed out: `who` does not matter any more.
        """
        version = version_at(at, self._versions)
        if event != SURPRISE or version is None:
            return None
        for campaign in version.document.campaigns:
            if isinstance(campaign, Surprise) and campaign.id == reference:
                return _award(campaign, version.document, times=1, code="SURPRISE")
        return None

    def progress(self, at: datetime, who: Circumstances) -> list[Progress]:
        """Return how far the member has come by `at`, no earlier than the last order.

        Campaigns that are over, or not for the member, are left out.
        """
        version = version_at(at, self._versions)
        if version is None:
            return []
        document = version.document
        return [
            self._progress(campaign, document, at)
            for campaign in _counted(document)
            if _is_shown(campaign, at, who)
        ]

    def _is_open(
        self, campaign: Counted, document: Programme, at: datetime, who: Circumstances
    ) -> bool:
        """Tell whether an order made at `at` counts for the campaign at all."""
        if joinable(campaign):
            joined_at = self._opted_in.get(campaign.id)
            if joined_at is None or at < joined_at:
                return False
        is_time = is_on(campaign.when, at, ZoneInfo(document.timezone))
        return is_time and is_for(campaign.audience, who)

    def _count(self, campaign: Counted, document: Programme, basket: Basket) -> Award | None:
        zone = ZoneInfo(document.timezone)
        found = purchase(basket, campaign)
        if found is None:
            return None
        if isinstance(campaign, Stamps):
            times, code = self._stamp(campaign, document, found, zone), "STAMPS"
        else:
            times = self._run(campaign).add(campaign, found, zone)
            code = "STREAK" if campaign.in_a_row > 1 else "CHALLENGE"
        return _award(campaign, document, times=times, code=code) if times else None

    def _stamp(self, campaign: Stamps, document: Programme, found: Purchase, zone: ZoneInfo) -> int:
        card = self._card(campaign)
        before = card.stamps_at(campaign, found.at, zone)
        times = card.add(campaign, found, zone)
        if not times and card.stamps > before:
            note = _award(campaign, document, times=0, code="STAMPED")
            facts = {**note.facts, "have": card.stamps, "target": campaign.target}
            self.stamped.append(replace(note, facts=facts))
        return times

    def _card(self, campaign: Stamps) -> StampCard:
        return self._cards.setdefault(campaign.id, StampCard())

    def _run(self, campaign: Challenge) -> Run:
        return self._runs.setdefault(campaign.id, Run())

    def _progress(self, campaign: Counted, document: Programme, at: datetime) -> Progress:
        zone = ZoneInfo(document.timezone)
        since, until = self._stretch(campaign, at, zone)
        award = campaign.award.reward
        progress = Progress(
            campaign,
            self._status(campaign, at, zone),
            target=Decimal(campaign.target),
            since=since,
            until=until,
            joined_at=self._opted_in.get(campaign.id) if joinable(campaign) else None,
            unit=document.unit,
            reward=next((each for each in document.rewards if each.id == award), None),
            zone=zone,
        )
        if isinstance(campaign, Stamps):
            card = self._card(campaign)
            have = Decimal(card.stamps_at(campaign, at, zone))
            return replace(progress, have=have, completed=card.completed)
        run = self._run(campaign)
        return replace(
            progress,
            have=_rounded(run.amount_at(campaign, at, zone)),
            in_a_row=run.in_a_row_at(campaign, at, zone),
            completed=run.completed,
        )

    def _status(self, campaign: Counted, at: datetime, zone: ZoneInfo) -> Status:
        if isinstance(campaign, Challenge) and self._run(campaign).is_over(campaign, at, zone):
            return Status.COMPLETED
        if joinable(campaign) and campaign.id not in self._opted_in:
            return Status.TO_JOIN
        starts_at = campaign.when.starts_at
        return Status.UPCOMING if starts_at and at < starts_at else Status.RUNNING

    def _stretch(
        self, campaign: Counted, at: datetime, zone: ZoneInfo
    ) -> tuple[datetime, datetime | None]:
        """Return since when and until when is being counted what counts now."""
        period = campaign.resets_each if isinstance(campaign, Stamps) else campaign.period
        starts, ends = [self._joined_at, campaign.when.starts_at], [campaign.when.ends_at]
        if joinable(campaign):
            starts.append(self._opted_in.get(campaign.id))
        if period:
            starts.append(period_start(period, at, zone))
            ends.append(period_end(period, at, zone))
        return max(filter(None, starts)), min(filter(None, ends), default=None)


def _counted(document: Programme) -> Iterator[Counted]:
    return (each for each in document.campaigns if not isinstance(each, Surprise))


def _is_shown(campaign: Counted, at: datetime, who: Circumstances) -> bool:
    """Tell whether the campaign concerns the member: it is not over, and it is for them."""
    ends_at = campaign.when.ends_at
    # Which order it is will be seen when it comes.
    people = Audience(tiers=campaign.audience.tiers, segments=campaign.audience.segments)
    return (ends_at is None or at < ends_at) and is_for(people, who)


def _rounded(amount: Fraction) -> Decimal:
    """Return an amount in its finest unit, never more than it is."""
    return Decimal(int(amount * 10_000)).scaleb(-4)


def _award(campaign: Counted | Surprise, document: Programme, *, times: int, code: str) -> Award:
    reward = next((each for each in document.rewards if each.id == campaign.award.reward), None)
    facts: dict[str, Any] = {
        "name": campaign.name, "translations": dict(campaign.translations), "times": times,
    }  # fmt: skip
    if reward:
        facts |= {
            "reward": reward.id, "reward_name": reward.name,
            "reward_translations": dict(reward.translations),
        }  # fmt: skip
    points = min((campaign.award.points or 0) * times, POINTS_MAX)
    return Award(campaign.id, points, campaign.award.reward, code, facts, times)
