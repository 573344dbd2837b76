"""Sending notices by e-mail: reserve, commit, send, settle.

No transaction is open while a shop or the mail server is asked. A notice is reserved for a while
before it is sent, and points expire by it only once it was: a worker that dies between the two
costs a second e-mail at worst, never a point.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from saleor_loyalty.gateways.saleor.client import SaleorRefused, SaleorUnavailable
from saleor_loyalty.gateways.saleor.people import Addressee, addressees
from saleor_loyalty.installations.queries import connection, shop
from saleor_loyalty.installations.secrets import UnreadableSecret
from saleor_loyalty.notices import mail, rules
from saleor_loyalty.notices.models import Notice
from saleor_loyalty.notices.operations import Told, settle
from saleor_loyalty.notices.queries import to_announce
from saleor_loyalty.notices.wording import letter
from saleor_loyalty.observability import logs
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.queries import NoProgramme, current
from saleor_loyalty.sql import as_json, fetch, run

logger = logging.getLogger(__name__)

#: The most notices of one batch, which are all of one shop.
BATCH_MAX = 50
#: No further e-mail of a batch is begun after so many seconds.
SECONDS_MAX = 20
#: How long a batch is reserved: longer than it can take. Days of notice count from its end.
LEASE = timedelta(minutes=10)
# A mail server, or a shop, that is away is no fault of the notices, and no attempt.
_AWAY = timedelta(minutes=15)

_SHOP_TO_SERVE = """
SELECT notice.installation_id FROM loyalty_notice AS notice
JOIN loyalty_installation AS installation ON installation.id = notice.installation_id
WHERE installation.is_active AND notice.sent_at IS NULL AND notice.next_attempt_at <= %s
ORDER BY notice.next_attempt_at LIMIT 1 FOR UPDATE OF notice SKIP LOCKED
"""
_CLAIM = """
SELECT notice.id, notice.member_id, member.saleor_user_id, notice.lapses_on, notice.lots,
       notice.attempts
FROM loyalty_notice AS notice JOIN loyalty_member AS member ON member.id = notice.member_id
WHERE notice.installation_id = %s AND notice.sent_at IS NULL AND notice.next_attempt_at <= %s
ORDER BY notice.member_id, notice.lapses_on LIMIT %s FOR UPDATE OF notice SKIP LOCKED
"""
_RESERVE = """
UPDATE loyalty_notice AS notice
SET points = row.points, expires_at = row.expires_at, attempts = attempts + 1,
    next_attempt_at = %s
FROM jsonb_to_recordset(%s::jsonb) AS row(id uuid, points bigint, expires_at timestamptz)
WHERE notice.id = row.id
"""
_POSTPONE_SHOP = """
UPDATE loyalty_notice SET next_attempt_at = %s, last_problem = %s
WHERE installation_id = %s AND sent_at IS NULL AND next_attempt_at <= %s
"""
_POSTPONE = """
UPDATE loyalty_notice SET attempts = attempts - 1, next_attempt_at = %s, last_problem = %s
WHERE id = ANY(%s) AND sent_at IS NULL AND attempts > 0
"""
_FAIL = """
UPDATE loyalty_notice AS notice SET next_attempt_at = row.next_attempt_at, last_problem = %s
FROM jsonb_to_recordset(%s::jsonb) AS row(id uuid, next_attempt_at timestamptz)
WHERE notice.id = row.id AND notice.sent_at IS NULL
"""


# Key, member, their user id, day, lots, attempts.
_Row = tuple[UUID, UUID, str, date, Sequence[UUID], int]


@dataclass(frozen=True, slots=True)
class _Mailing:
    """What one member is to be told, in one e-mail; tried so often, this time included."""

    member_id: UUID
    user_id: str
    told: Sequence[Told]
    attempts: dict[UUID, int]

    @property
    def notice_ids(self) -> list[UUID]:
        """The keys of the notices in it."""
        return [each.id for each in self.told]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Notices of one shop, reserved until its `until`."""

    installation_id: UUID
    programme: Programme
    mailings: Sequence[_Mailing]
    at: datetime

    @property
    def until(self) -> datetime:
        """The last moment at which any of it can be sent."""
        return self.at + LEASE


def send(*, at: datetime) -> int:
    """Send the next notices of one shop that are due; return how many were looked at.

    Nothing happens, and 0 is returned, where no mail server is configured, or it is away.
    """
    if not mail.is_configured():
        return 0
    found, batch = _reserve(at)
    if batch is None or not batch.mailings:
        return found
    with logs.about(shop=shop(batch.installation_id).api_url):
        try:
            people = _ask(batch)
        except (SaleorUnavailable, SaleorRefused, UnreadableSecret) as error:
            logger.warning("members cannot be notified, the shop does not say where: %s", error)
            until = at + _AWAY
            _postpone(batch.mailings, until, "SHOP_UNAVAILABLE")
            # The shop's others wait as well, so that it keeps no other shop waiting.
            run(_POSTPONE_SHOP, [until, "SHOP_UNAVAILABLE", batch.installation_id, at])
            return found
        try:
            _send(batch, people)
        except mail.MailUnavailable as error:
            logger.error("no notice can be sent, the mail server does not take any: %s", error)
            return 0
    return found


@transaction.atomic
def _reserve(at: datetime) -> tuple[int, _Batch | None]:
    """Reserve notices, as many as fit; return how many were looked at, and what they say now."""
    rows = fetch(_SHOP_TO_SERVE, [at])
    if not rows:
        return 0, None
    [(installation_id,)] = rows
    claimed: list[Any] = fetch(_CLAIM, [installation_id, at, BATCH_MAX])
    try:
        programme = current(installation_id, at).document
    except NoProgramme:
        programme = Programme()
    # Whoever worked on them went down each time.
    exhausted = [row[0] for row in claimed if row[-1] >= rules.ATTEMPTS_MAX]
    Notice.objects.filter(id__in=exhausted).update(next_attempt_at=None)
    told = _to_tell([row for row in claimed if row[0] not in exhausted], programme, at + LEASE)
    return len(claimed), _Batch(installation_id, programme, _by_member(claimed, told), at)


def _to_tell(claimed: Sequence[_Row], programme: Programme, until: datetime) -> dict[UUID, Told]:
    """Return what the notices say now; those that have nothing to say any more are dropped."""
    notices = [(key, lapses_on, lots) for key, _, _, lapses_on, lots, _ in claimed]
    said = to_announce(notices, programme, at=until)
    silent = [key for key, _, _ in notices if key not in said]
    if silent:
        Notice.objects.filter(id__in=silent).delete()
    reserved = [
        {"id": key, "points": each.points, "expires_at": each.expires_at}
        for key, each in said.items()
    ]
    if reserved:
        run(_RESERVE, [until, as_json(reserved)])
    return {key: Told(key, each) for key, each in said.items()}


def _by_member(claimed: Sequence[_Row], told: dict[UUID, Told]) -> list[_Mailing]:
    by_member: dict[tuple[UUID, str], dict[UUID, int]] = defaultdict(dict)
    for key, member_id, user_id, _, _, attempts in claimed:
        if key in told:
            by_member[member_id, user_id][key] = attempts + 1
    return [
        _Mailing(member_id, user_id, [told[key] for key in attempts], attempts)
        for (member_id, user_id), attempts in by_member.items()
    ]


def _ask(batch: _Batch) -> dict[str, Addressee]:
    saleor = connection(shop(batch.installation_id))
    return addressees(saleor, [mailing.user_id for mailing in batch.mailings])


def _send(batch: _Batch, people: dict[str, Addressee]) -> None:
    """Send one e-mail after the other, and settle each.

    :raises MailUnavailable: the notices that were not sent wait, and try again.
    """
    waiting = [mailing for mailing in batch.mailings if mailing.user_id in people]
    for mailing in batch.mailings:
        if mailing not in waiting:
            _fail(batch, mailing, "NO_ADDRESS")
    if not waiting:
        return
    began = time.monotonic()
    try:
        with mail.opened() as server:
            while waiting and time.monotonic() - began < SECONDS_MAX:
                mailing = waiting.pop(0)
                _deliver(batch, mailing, people[mailing.user_id], server)
    except mail.MailUnavailable:
        _postpone(waiting, batch.at + _AWAY, "MAIL_UNAVAILABLE")
        raise
    # There was no time for them.
    _postpone(waiting, batch.at, "")


def _deliver(batch: _Batch, mailing: _Mailing, person: Addressee, server: mail.MailServer) -> None:
    """Send a member one e-mail about all their notices, then let their points expire by it."""
    expiring = [(each.said.points, each.said.expires_at) for each in mailing.told]
    try:
        server.send(
            letter(expiring, batch.programme, language=person.language),
            to=person.email,
            # The same notices make the same message.
            message_id=uuid5(mailing.member_id, " ".join(map(str, sorted(mailing.notice_ids)))),
        )
    except mail.Undeliverable as error:
        logger.warning("a notice could not be delivered: %s", error)
        _fail(batch, mailing, str(error))
        return
    except mail.MailUnavailable as error:
        if error.in_midst:
            _fail(batch, mailing, "MAIL_UNAVAILABLE")
        else:
            _postpone([mailing], batch.at + _AWAY, "MAIL_UNAVAILABLE")
        raise
    settle(
        member_id=mailing.member_id,
        told=mailing.told,
        channel=Notice.Channel.EMAIL,
        programme=batch.programme,
        sent_at=batch.until,
        at=batch.at,
    )


def _fail(batch: _Batch, mailing: _Mailing, problem: str) -> None:
    """Let a member's notices wait longer each time, and give them up in the end."""
    rows = [
        {"id": key, "next_attempt_at": rules.next_attempt(batch.at, attempts)}
        for key, attempts in mailing.attempts.items()
    ]
    run(_FAIL, [problem, as_json(rows)])


def _postpone(mailings: Sequence[_Mailing], until: datetime, problem: str) -> None:
    """Let notices wait for somebody to come back; that is no fault of theirs, nor an attempt."""
    ids = [key for mailing in mailings for key in mailing.notice_ids]
    if ids:
        run(_POSTPONE, [until, problem, ids])
