"""Members, their balance, history and lots, as our API shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import graphene
from django.utils import translation
from graphene import relay

from saleor_loyalty.campaigns.reckoning import Progress
from saleor_loyalty.entrypoints.api.campaign_types import CampaignProgress
from saleor_loyalty.entrypoints.api.connections import connection, paged, window
from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.languages import LanguageCode as LanguageCode
from saleor_loyalty.entrypoints.api.languages import LanguageCodeEnum as LanguageCodeEnum
from saleor_loyalty.entrypoints.api.notice_types import Notice
from saleor_loyalty.entrypoints.api.programme_types import Money
from saleor_loyalty.entrypoints.api.reward_fields import RewardFields
from saleor_loyalty.entrypoints.api.scalars import Points, global_id
from saleor_loyalty.entrypoints.api.tier_types import TierFields
from saleor_loyalty.ledger import book, models, queries, reasons
from saleor_loyalty.members.models import Member as MemberRow
from saleor_loyalty.members.queries import member as find_member
from saleor_loyalty.notices.queries import MemberNotice
from saleor_loyalty.pages import Place
from saleor_loyalty.programme.rules import worth

PostingKindEnum = described_enum(
    models.Posting.Kind,
    name="PostingKindEnum",
    description="What happened to points.",
    values={
        "EARN": "They were earned.",
        "MATURE": "The return window closed: they became available.",
        "HOLD": "They were reserved for a reward.",
        "RELEASE": "The reward was not used: they are free again.",
        "SPEND": "They were used for a reward.",
        "EXPIRE": "They were not used in time.",
        "CLAW_BACK": "They were taken back: the order was refunded, returned or cancelled.",
        "GIVE_BACK": "The reward was returned: they were given back.",
        "ADJUST": "The shop corrected them.",
        "RESCHEDULE": "They become available at another time than was told before.",
        "WRITE_OFF": "The shop gave up points that were owed.",
        "REVIVE": "They had expired, and count again.",
    },
)
PointStateEnum = described_enum(
    book.State,
    name="PointStateEnum",
    description="Where a point can be.",
    values={
        "OUTSIDE": "Not earned yet.",
        "PENDING": "Earned, but the return window is still open.",
        "AVAILABLE": "Ready to use.",
        "HELD": "Reserved by a reward that is not used yet.",
        "SPENT": "Used for a reward.",
        "OWED": "Spent, then taken back by a refund: later points repay them.",
        "REPAID": "Used to repay owed points.",
        "EXPIRED": "Not used in time.",
        "CLAWED_BACK": "Taken back.",
        "WRITTEN_OFF": "Spent, then taken back by a refund; the shop does not want them repaid.",
    },
)


@dataclass(frozen=True, slots=True)
class Person:
    """A member, or a customer who may become one; and the members of the same page."""

    member_id: UUID
    user_id: str
    joined_at: datetime | None
    page: Sequence[UUID]


def people(rows: Sequence[MemberRow]) -> list[Person]:
    """Return the members of one page."""
    page = [row.id for row in rows]
    return [Person(row.id, row.saleor_user_id, row.joined_at, page) for row in rows]


class PointsExpiry(graphene.ObjectType):
    """Points that expire together."""

    points = graphene.NonNull(Points, description="How many expire.")
    at = graphene.NonNull(graphene.DateTime, description="When they do.")


class Balance(graphene.ObjectType):
    """A member's points by state. A point past its expiry counts for nothing at once."""

    available = graphene.NonNull(Points, description="Points ready to use.")
    pending = graphene.NonNull(
        Points, description="Points earned whose return window is still open."
    )
    held = graphene.NonNull(Points, description="Points reserved by rewards not used yet.")
    debt = graphene.NonNull(
        Points, description="Points spent, then taken back by a refund: later points repay them."
    )
    next_expiry = graphene.Field(
        PointsExpiry, description="Available points that expire next, if any ever do."
    )

    @staticmethod
    def resolve_next_expiry(balance: queries.Balance, _info: Any) -> dict[str, Any] | None:
        """Leave it out where points last for ever."""
        if balance.expires_next_at is None:
            return None
        return {"points": balance.expires_next, "at": balance.expires_next_at}


class PostingChange(graphene.ObjectType):
    """Points that went from one state to another."""

    source = graphene.NonNull(PointStateEnum, description="Where they were.")
    target = graphene.NonNull(PointStateEnum, description="Where they are since then.")
    points = graphene.NonNull(Points, description="How many, always above zero.")


class Posting(graphene.ObjectType):
    """One event of a member's history. It never changes."""

    id = graphene.NonNull(graphene.ID, description="Global id.")
    kind = graphene.NonNull(PostingKindEnum, description="What happened.")
    points = graphene.NonNull(
        Points,
        description="How many more points the member owns since then (below zero: how many fewer):"
        " pending, available and held ones, less those owed. Earned points count at once, so that"
        " their maturing shows 0; points held for a reward count until they are spent.",
    )
    reason = graphene.NonNull(
        graphene.String,
        language=LanguageCodeEnum(
            description="The language wanted; if not given, that of the header Accept-Language."
        ),
        description="Why, in a sentence for the member. Plain text: escape it in HTML.",
    )
    order_number = graphene.String(description="The number of the order it was about, if any.")
    occurred_at = graphene.NonNull(graphene.DateTime, description="When it happened.")
    changes = graphene.NonNull(
        graphene.List(graphene.NonNull(PostingChange)), description="Points by change of state."
    )

    @staticmethod
    def resolve_id(entry: queries.Entry, _info: Any) -> str:
        """Return the global id."""
        return global_id("Posting", entry.id)

    @staticmethod
    def resolve_reason(
        entry: queries.Entry, _info: Any, *, language: LanguageCode | None = None
    ) -> str:
        """Write the reason in the language wanted."""
        if language is None:
            return reasons.sentence(entry.reason)
        with translation.override(language.value):
            return reasons.sentence(entry.reason)

    @staticmethod
    def resolve_order_number(entry: queries.Entry, _info: Any) -> str | None:
        """Return the order's number."""
        return entry.reason.get("order")


class PostingConnection(relay.Connection):
    """A page of a member's history."""

    class Meta:
        node = Posting
        strict_types = True


class Worth(graphene.ObjectType):
    """What so many points buy at least."""

    points = graphene.NonNull(Points, description="The points.")
    money = graphene.NonNull(Money, description="What they buy.")


class Lot(graphene.ObjectType):
    """Points earned together, with one expiry."""

    id = graphene.NonNull(graphene.ID, description="Global id.")
    earned = graphene.NonNull(Points, description="How many were earned.")
    pending = graphene.NonNull(Points, description="Of these, how many are pending.")
    available = graphene.NonNull(Points, description="Of these, how many are ready to use.")
    held = graphene.NonNull(Points, description="Of these, how many are reserved.")
    matures_at = graphene.DateTime(
        description="When pending points become available, as far as it is known."
    )
    expires_at = graphene.DateTime(description="When they expire; null: never.")
    worth = graphene.Field(
        Worth,
        currency=graphene.NonNull(graphene.String, description="ISO 4217 code."),
        description="What these points buy at least: what the programme says or, while notice of"
        " a change is running, what it said when they were earned. Null: nothing is promised.",
    )

    @staticmethod
    def resolve_worth(lot: queries.OpenLot, info: Any, *, currency: str) -> dict[str, Any] | None:
        """Find the promise that holds."""
        versions = info.context.versions
        earned_under = [version for version in versions if version.id == lot.version_id]
        earned_under = earned_under or versions[:1]
        if not earned_under:
            return None
        found = worth(versions, earned_under[0], currency, info.context.at)
        if found is None:
            return None
        money = {"amount": found.money, "currency": currency}
        return {"points": found.points, "money": money}

    @staticmethod
    def resolve_id(lot: queries.OpenLot, _info: Any) -> str:
        """Return the global id."""
        return global_id("Lot", lot.id)


class LotConnection(relay.Connection):
    """A page of a member's lots."""

    class Meta:
        node = Lot
        strict_types = True


class Birthday(graphene.ObjectType):
    """The day of a birthday, without the year."""

    month = graphene.NonNull(graphene.Int, description="The month, from 1 to 12.")
    day = graphene.NonNull(graphene.Int, description="The day of the month.")


class Member(TierFields, RewardFields, graphene.ObjectType):
    """A customer who collects points."""

    id = graphene.NonNull(graphene.ID, description="Global id.")
    user_id = graphene.NonNull(graphene.ID, description="The id of the user in Saleor.")
    joined_at = graphene.DateTime(
        description="When they began to collect; null before their first order."
    )
    balance = graphene.NonNull(Balance, description="Their points by state.")
    history = paged(
        graphene.NonNull(PostingConnection),
        description="What happened to their points, the newest first.",
    )
    lots = paged(
        graphene.NonNull(LotConnection),
        description="Lots with points left that have not expired, the next to expire first.",
    )

    campaigns = graphene.NonNull(
        graphene.List(graphene.NonNull(CampaignProgress)),
        description="How far they are in the stamp cards and challenges that are for them.",
    )
    notices = graphene.NonNull(
        graphene.List(graphene.NonNull(Notice)),
        description="Points that are about to expire, the next first, at most 20 notices.",
    )
    birthday = graphene.Field(Birthday, description="The day of their birthday, if they told it.")

    @staticmethod
    def resolve_id(person: Person, _info: Any) -> str:
        """Return the global id."""
        return global_id("Member", person.member_id)

    @staticmethod
    def resolve_joined_at(person: Person, info: Any) -> datetime | None:
        """Look it up for a caller, whose token does not say."""
        if person.joined_at:
            return person.joined_at
        row = find_member(info.context.shop.id, person.member_id)
        return row.joined_at if row else None

    @staticmethod
    def resolve_balance(person: Person, info: Any) -> queries.Balance:
        """Read the balances of the page."""
        balance: queries.Balance = info.context.balances.get(person.member_id, among=person.page)
        return balance

    @staticmethod
    def resolve_history(person: Person, info: Any, **arguments: Any) -> Any:
        """Read the histories of the page."""
        histories = info.context.histories(window(**arguments))
        return connection(
            PostingConnection,
            histories.get(person.member_id, among=person.page),
            place=lambda entry: Place(entry.occurred_at, entry.id),
            node=lambda entry: entry,
        )

    @staticmethod
    def resolve_lots(person: Person, info: Any, **arguments: Any) -> Any:
        """Read the lots of the page."""
        return connection(
            LotConnection,
            info.context.lots(window(**arguments)).get(person.member_id, among=person.page),
            place=lambda lot: Place(lot.place_at, lot.id),
            node=lambda lot: lot,
        )

    @staticmethod
    def resolve_campaigns(person: Person, info: Any) -> Sequence[Progress]:
        """Count the histories of the page."""
        found = info.context.whereabouts.get(person.member_id, among=person.page)
        progress: Sequence[Progress] = found.progress
        return progress

    @staticmethod
    def resolve_notices(person: Person, info: Any) -> Sequence[MemberNotice]:
        """Read the notices of the page."""
        notices: Sequence[MemberNotice] = info.context.notices.get(
            person.member_id, among=person.page
        )
        return notices

    @staticmethod
    def resolve_birthday(person: Person, info: Any) -> dict[str, int] | None:
        """Read what the members of the page told."""
        told = info.context.profiles.get(person.member_id, among=person.page)
        return {"month": told.birth_month, "day": told.birth_day} if told else None


class MemberConnection(relay.Connection):
    """A page of a shop's members."""

    class Meta:
        node = Member
        strict_types = True
