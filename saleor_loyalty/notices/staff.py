"""What staff may do about points that end: let them last longer, or count again."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from saleor_loyalty.earning.calendar import period_end
from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import expiry
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.queries import holders
from saleor_loyalty.notices import rules
from saleor_loyalty.notices.models import Extension
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.queries import NoProgramme, current

#: So long after they expired, points may be made to count again.
GRACE = timedelta(days=90)


class KeyUsed(Exception):
    """The key came with another extension before; nothing has changed now."""


@transaction.atomic
def extend(
    *, installation_id: UUID, member_id: UUID | None, until: datetime, key: str, at: datetime
) -> Extension:
    """Let the points of a member, or of everybody (None), last until a moment at least.

    One member's are extended at once, everybody's by `apply_extensions`. Points that last longer
    stay so, and so do those that expired. The same request again changes nothing, and returns what
    the first one did.

    :raises KeyUsed:
    """
    row, is_new = Extension.objects.get_or_create(
        installation_id=installation_id,
        key=key,
        defaults={"id": new_key(), "member_id": member_id, "until": until, "asked_at": at},
    )
    if (row.member_id, row.until) != (member_id, until):
        raise KeyUsed(key)
    if is_new and member_id is not None:
        apply_extension(row, at=at)
    return row


@transaction.atomic
def apply_extensions(*, at: datetime) -> int:
    """Extend the points of the next members of a shop; return 0 when nothing was asked for."""
    waiting = Extension.objects.select_for_update(skip_locked=True).filter(done_at=None)
    row = waiting.order_by("asked_at", "id").first()
    if row is None:
        return 0
    apply_extension(row, at=at)
    return 1


@transaction.atomic
def apply_extension(row: Extension, *, at: datetime) -> None:
    """Extend the points of the next members the extension is for."""
    members = _next_members(row)
    # What expired since they asked was not meant to, whichever member's turn has come when.
    row.lots += expiry.extend(until=dict.fromkeys(members, row.until), at=row.asked_at)
    if len(members) < expiry.MEMBERS_MAX:
        row.done_at = at
    else:
        row.place_id = members[-1]
    row.save(update_fields=["lots", "place_id", "done_at"])


def end_of_day(installation_id: UUID, day: date, *, at: datetime) -> datetime:
    """Return the moment at which a day ends in the shop."""
    zone = rules.zone_of(_programme(installation_id, at))
    return period_end("DAY", datetime.combine(day, time(12), zone), zone)


def revive(*, installation_id: UUID, member_id: UUID, key: str, at: datetime) -> UUID:
    """Let a member's points count again that expired within the grace period; return the posting.

    They last a full term from now, by the programme in force.

    :raises ledger.AlreadyPosted: if `key` was posted before.
    :raises ledger.NothingToRevive:
    """
    return ledger.revive(
        member_id=member_id,
        since=at - GRACE,
        lapses_at=rules.full_term(_programme(installation_id, at), at),
        key=key,
        reason={"code": "REVIVED"},
        at=at,
    )


def _next_members(row: Extension) -> Sequence[UUID]:
    if row.member_id is not None:
        return [row.member_id]
    return holders(row.installation_id, after=row.place_id, limit=expiry.MEMBERS_MAX)


def _programme(installation_id: UUID, at: datetime) -> Programme:
    try:
        return current(installation_id, at).document
    except NoProgramme:
        return Programme()
