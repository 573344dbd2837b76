"""Finding members."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from saleor_loyalty.members.models import Member
from saleor_loyalty.pages import Page, Window, page


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
