"""Rewards that members were given: written down, taken away and given again, as they are due."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from saleor_loyalty.redemptions.models import Entitlement
from saleor_loyalty.redemptions.operations import withdraw

#: What the sources of such rewards begin with; those of others are left alone.
AWARD, TIER = "award:", "tier:"


@dataclass(frozen=True, slots=True)
class Due:
    """A reward that a member should have been given."""

    reward: str
    earned_at: datetime
    expires_at: datetime | None


def converge(installation_id: UUID, due: Mapping[UUID, Mapping[str, Due]], *, at: datetime) -> None:
    """Give members the rewards that are due by source, and take back those that no longer are.

    One that is being redeemed and not used yet is taken back with its redemption. One that was
    used cannot be: it stays used, and counts when it becomes due again. The caller has the
    members locked.
    """
    known = _known(due)
    missing, changed = [], []
    for member_id, by_source in due.items():
        for source, each in by_source.items():
            if (row := known.get((member_id, source))) is None:
                missing.append(_new(installation_id, member_id, source, each))
            elif _differs(row, each):
                changed.append(_renewed(row, each))
    gone = [
        row
        for (member_id, source), row in known.items()
        if source not in due[member_id] and row.withdrawn_at is None
    ]
    for row in gone:
        row.withdrawn_at = at
    Entitlement.objects.bulk_create(missing)
    if changed or gone:
        columns = ["reward", "earned_at", "expires_at", "withdrawn_at"]
        Entitlement.objects.bulk_update([*changed, *gone], columns)
    if taken := [row.redemption_id for row in gone if row.redemption_id]:
        withdraw(taken, at=at)


def _known(member_ids: Collection[UUID]) -> dict[tuple[UUID, str], Entitlement]:
    ours = Q(source__startswith=AWARD) | Q(source__startswith=TIER)
    rows = Entitlement.objects.filter(ours, member_id__in=member_ids)
    return {(row.member_id, row.source): row for row in rows.order_by("id")}


def _new(installation_id: UUID, member_id: UUID, source: str, due: Due) -> Entitlement:
    return Entitlement(
        installation_id=installation_id, member_id=member_id, source=source, reward=due.reward,
        earned_at=due.earned_at, expires_at=due.expires_at,
    )  # fmt: skip


def _differs(row: Entitlement, due: Due) -> bool:
    if row.withdrawn_at is not None:
        return True
    # What it was taken for stays as it was then.
    is_free = row.redemption_id is None
    return is_free and (row.reward, row.earned_at, row.expires_at) != (
        due.reward, due.earned_at, due.expires_at,
    )  # fmt: skip


def _renewed(row: Entitlement, due: Due) -> Entitlement:
    row.withdrawn_at = None
    if row.redemption_id is None:
        row.reward, row.earned_at, row.expires_at = due.reward, due.earned_at, due.expires_at
    return row
