"""Noting that a member was told: from then on, and only from then on, points expire."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from saleor_loyalty.ledger import expiry
from saleor_loyalty.ledger.store import lock as lock_members
from saleor_loyalty.notices.models import Notice
from saleor_loyalty.notices.queries import Announced, to_announce
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.queries import NoProgramme, current


class NoSuchNotice(LookupError):
    """The member has no such notice, or it has nothing to say any more."""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as it was told."""

    id: UUID
    said: Announced


@transaction.atomic
def settle(
    *,
    member_id: UUID,
    told: Sequence[Told],
    channel: Notice.Channel,
    programme: Programme,
    sent_at: datetime,
    at: datetime,
) -> int:
    """Note that the member was told these notices; return how many that was news of.

    What was put off or used meanwhile does not expire by them.

    :param sent_at: the last moment at which it can have been sent: `notice_days` count from then.
    """
    lock_members([member_id])
    said = {each.id: each.said for each in told}
    rows = Notice.objects.select_for_update().filter(id__in=said, member_id=member_id, sent_at=None)
    still_open = list(rows.order_by("id"))
    still = to_announce(
        [(row.id, row.lapses_on, said[row.id].lots) for row in still_open], programme, at=sent_at
    )
    for row in still_open:
        lots = still[row.id].lots if row.id in still else ()
        _let_expire(lots, sent_at, programme.expiry.notice_days)
        _note(row, replace(said[row.id], lots=lots), channel, at)
    return len(still_open)


@transaction.atomic
def seen(*, installation_id: UUID, member_id: UUID, notice_id: UUID, at: datetime) -> None:
    """Note that the member has read a notice in the storefront.

    Nothing changes if they were told by e-mail, or have read it before.

    :raises NoSuchNotice: nothing was changed. Lots may have joined it since it was read.
    """
    lock_members([member_id])
    notices = Notice.objects.filter(installation_id=installation_id, member_id=member_id)
    row = notices.filter(id=notice_id).first()
    if row is None:
        raise NoSuchNotice(str(notice_id))
    if row.sent_at is not None:
        return
    try:
        programme = current(installation_id, at).document
    except NoProgramme as error:
        raise NoSuchNotice(str(notice_id)) from error
    said = to_announce([(row.id, row.lapses_on, row.lots)], programme, at=at)
    if not said:
        raise NoSuchNotice(str(notice_id))
    settled = settle(
        member_id=member_id,
        told=[Told(row.id, said[row.id])],
        channel=Notice.Channel.STOREFRONT,
        programme=programme,
        sent_at=at,
        at=at,
    )
    if not settled:
        raise NoSuchNotice(str(notice_id))


def _let_expire(lots: Sequence[UUID], sent_at: datetime, days: int) -> None:
    for first in range(0, len(lots), expiry.LOTS_MAX):
        some = lots[first : first + expiry.LOTS_MAX]
        expiry.notice(lot_ids=some, sent_at=sent_at, days=days)


def _note(row: Notice, said: Announced, channel: Notice.Channel, at: datetime) -> None:
    row.sent_at, row.channel, row.next_attempt_at, row.last_problem = at, channel, None, ""
    row.points, row.expires_at, row.lots = said.points, said.expires_at, list(said.lots)
    row.save()
