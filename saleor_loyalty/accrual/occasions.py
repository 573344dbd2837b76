"""Birthdays, anniversaries and surprises: recorded, and counted in the same transaction."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from saleor_loyalty.accrual.operations import settle_most
from saleor_loyalty.activities import occasions

_KINDS: tuple[Callable[..., set[UUID]], ...] = (
    occasions.birthdays_due,
    occasions.anniversaries_due,
    occasions.surprises_due,
)


def celebrate(*, installation_id: UUID, at: datetime) -> int:
    """Give the next members of a shop what the day brings them; return how many, 0: all is done.

    Members whom somebody else has locked are left for the next run.
    """
    return sum(_celebrate(kind, installation_id, at) for kind in _KINDS)


@transaction.atomic
def _celebrate(kind: Callable[..., set[UUID]], installation_id: UUID, at: datetime) -> int:
    members = kind(installation_id=installation_id, at=at)
    settle_most(installation_id=installation_id, member_ids=members, at=at)
    return len(members)
