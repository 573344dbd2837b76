"""Reading what members told of themselves."""

from collections.abc import Collection
from uuid import UUID

from saleor_loyalty.activities.models import MemberProfile


def profiles(member_ids: Collection[UUID]) -> dict[UUID, MemberProfile | None]:
    """Return the profile of each member; None of those who told nothing."""
    found = {row.member_id: row for row in MemberProfile.objects.filter(member_id__in=member_ids)}
    return {member_id: found.get(member_id) for member_id in member_ids}
