"""Recording what members did. Rows only: whoever calls has their points counted again.

That is to happen in the same transaction. A member's lock comes before their activities.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from saleor_loyalty.activities.models import Activity
from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger.store import lock_one
from saleor_loyalty.sql import as_json, fetch

#: Events we tell of ourselves: nobody else can.
ACCOUNT_CONFIRMED = "account-confirmed"
BIRTHDAY = "birthday"
ANNIVERSARY = "anniversary"

_RECORD = """
INSERT INTO loyalty_activity (id, installation_id, member_id, event, reference, at, is_revoked,
                              points, postings, parts, granted, receipt, recorded_at)
SELECT id, %s, member_id, event, reference, at, false, 0, 0, '[]', '{}', '{}', %s
FROM jsonb_to_recordset(%s::jsonb)
     AS row(id uuid, member_id uuid, event text, reference text, at timestamptz)
ORDER BY member_id, event, reference
ON CONFLICT ON CONSTRAINT activity_once_for_ever DO NOTHING
RETURNING member_id
"""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a member did, such as a review: `reference` tells it from others of its kind."""

    member_id: UUID
    event: str
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """An activity as it is known now, and whether that is news."""

    activity: Activity
    is_new: bool


@transaction.atomic
def record(
    *,
    installation_id: UUID,
    member_id: UUID,
    event: str,
    reference: str,
    occurred_at: datetime,
    at: datetime,
) -> Recorded:
    """Record what a member of the shop did; told again, it stays as it was told first.

    :raises MissingMember:
    """
    lock_one(member_id)
    deed = Deed(member_id, event, reference, occurred_at)
    is_new = bool(record_all(installation_id=installation_id, deeds=[deed], at=at))
    activity = Activity.objects.get(
        installation_id=installation_id, member_id=member_id, event=event, reference=reference
    )
    return Recorded(activity, is_new)


def record_all(*, installation_id: UUID, deeds: Sequence[Deed], at: datetime) -> set[UUID]:
    """Record what members of the shop did; return those of whom it was not known yet.

    The caller has locked them.
    """
    if not deeds:
        return set()
    rows = [
        {"id": new_key(), "member_id": deed.member_id, "event": deed.event,
         "reference": deed.reference, "at": deed.at}
        for deed in deeds
    ]  # fmt: skip
    return {row[0] for row in fetch(_RECORD, [installation_id, at, as_json(rows)])}


@transaction.atomic
def revoke(
    *, installation_id: UUID, member_id: UUID, event: str, reference: str
) -> Recorded | None:
    """Undo what is told of a member: it counts no more, for ever; None if it was never told.

    The row stays, so that the same event cannot be told again.

    :raises MissingMember:
    """
    lock_one(member_id)
    activity = Activity.objects.filter(
        installation_id=installation_id, member_id=member_id, event=event, reference=reference
    ).first()
    if activity is None:
        return None
    is_new = not activity.is_revoked
    if is_new:
        activity.is_revoked = True
        activity.save(update_fields=["is_revoked"])
    return Recorded(activity, is_new)


def accounts_confirmed(
    *, installation_id: UUID, confirmed: Collection[tuple[UUID, datetime]], at: datetime
) -> set[UUID]:
    """Record that members confirmed their accounts, once for ever; return whose that is news of.

    The caller has locked them.
    """
    deeds = [Deed(member_id, ACCOUNT_CONFIRMED, "account", when) for member_id, when in confirmed]
    return record_all(installation_id=installation_id, deeds=deeds, at=at)
