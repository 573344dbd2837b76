"""Enrolling members."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from saleor_loyalty.keys import member_key
from saleor_loyalty.members.models import Member


def enrol(
    *, installation_id: UUID, saleor_user_ids: Iterable[str], at: datetime
) -> dict[str, UUID]:
    """Make members of the shop's customers who are not yet; return every one's key."""
    keys = {user_id: member_key(installation_id, user_id) for user_id in set(saleor_user_ids)}
    known = set(Member.objects.filter(id__in=keys.values()).values_list("id", flat=True))
    Member.objects.bulk_create(
        [
            Member(id=key, installation_id=installation_id, saleor_user_id=user_id, joined_at=at)
            for user_id, key in sorted(keys.items())
            if key not in known
        ],
        ignore_conflicts=True,  # someone else may have enrolled them a moment ago
    )
    return keys
