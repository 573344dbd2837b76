"""Finding members, and telling who is a paying one."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from saleor_loyalty.members.models import Member, MemberFact, PaidMembership
from saleor_loyalty.members.rules import Fact, Paid, segments_at, segments_of
from saleor_loyalty.pages import Page, Window, page


@dataclass(frozen=True, slots=True)
class Membership:
    """Since when a member has been a paying one without a gap, and until when."""

    since: datetime
    # None: for life.
    until: datetime | None


def member(installation_id: UUID, member_id: UUID) -> Member | None:
    """Return the shop's member, or None: those of other shops are not there."""
    return Member.objects.filter(installation_id=installation_id, id=member_id).first()


def members(
    installation_id: UUID, window: Window, *, user_ids: Collection[str] | None = None
) -> Page[Member]:
    """Return a page of the shop's members, the newest first; `user_ids` are Saleor's."""
    low, high = window.bounds(newest_first=True)
    rows = Member.objects.filter(
        Q(joined_at__gt=low.at) | Q(joined_at=low.at, id__gt=low.id),
        Q(joined_at__lt=high.at) | Q(joined_at=high.at, id__lt=high.id),
        installation_id=installation_id,
    )
    if user_ids is not None:
        rows = rows.filter(saleor_user_id__in=user_ids)
    sign = "-" if window.direction(newest_first=True) == "DESC" else ""
    return page(list(rows.order_by(f"{sign}joined_at", f"{sign}id")[: window.size + 1]), window)


def paid_of(member_ids: Collection[UUID]) -> dict[UUID, list[Paid]]:
    """Return every membership the members bought, the first first."""
    paid: dict[UUID, list[Paid]] = {member_id: [] for member_id in member_ids}
    rows = PaidMembership.objects.filter(member_id__in=member_ids).order_by("from_at", "order_id")
    for row in rows:
        paid[row.member_id].append(
            Paid(
                row.order_id, row.segment, row.from_at, row.until, row.year_from,
                row.given_back_at,
            )
        )  # fmt: skip
    return paid


def paid_segments(member_ids: Collection[UUID], at: datetime) -> dict[UUID, frozenset[str]]:
    """Return the segments that memberships put each member into at `at`."""
    return {
        member_id: frozenset().union(*[each.segments for each in paid if each.is_running(at)])
        for member_id, paid in paid_of(member_ids).items()
    }


def memberships_of(member_ids: Collection[UUID], at: datetime) -> dict[UUID, Membership | None]:
    """Return the membership that each member has at `at`; None: they are no paying member."""
    return {member_id: _membership(paid, at) for member_id, paid in paid_of(member_ids).items()}


def _membership(paid: list[Paid], at: datetime) -> Membership | None:
    running = next((each for each in paid if each.is_running(at)), None)
    if running is None:
        return None
    until = running.until
    for each in paid:
        if until and each.from_at <= until and each.year_from == running.year_from:
            until = max(until, each.until) if each.until else None
    return Membership(running.year_from, until)


def paying(member_ids: Collection[UUID], *, segment: str, at: datetime) -> set[UUID]:
    """Return which of the members are paying ones at `at`: they bought it, or so we were told.

    :param segment: the segment that the programme puts its paying members into; "": none.
    """
    bought = {member_id for member_id, found in paid_segments(member_ids, at).items() if found}
    told = _told(member_ids, segments_of(segment), at)
    return bought | {member_id for member_id, facts in told.items() if segments_at(facts, at)}


def _told(
    member_ids: Collection[UUID], keys: Collection[str], at: datetime
) -> dict[UUID, list[Fact]]:
    told: dict[UUID, list[Fact]] = defaultdict(list)
    rows = MemberFact.objects.filter(member_id__in=member_ids, key__in=keys, at__lte=at)
    for row in rows:
        told[row.member_id].append(Fact(row.key, row.value, row.at))
    return told
