"""What members are to be told, or were, as it stands now."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings

from saleor_loyalty.notices import rules
from saleor_loyalty.notices.models import Notice
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.queries import NoProgramme, current
from saleor_loyalty.sql import fetch

#: The most notices of one member that are shown.
SHOWN_MAX = 20
#: A storefront that has shown notices since then is thought to do so still.
_STOREFRONT_WITHIN = timedelta(days=90)

_LOTS = """
SELECT id, lapses_at, expires_at, pending + available FROM loyalty_lot
WHERE id = ANY(%s) AND lapses_at IS NOT NULL AND (pending > 0 OR available > 0)
"""
# Those that may still say something: waiting to be told, or told of what is still to come.
_CURRENT = """
SELECT notice.* FROM unnest(%s::uuid[]) AS member(id) CROSS JOIN LATERAL (
    SELECT id, member_id, lapses_on, sent_at, lots FROM loyalty_notice
    WHERE member_id = member.id AND installation_id = %s AND (sent_at IS NULL OR expires_at > %s)
    ORDER BY expires_at, id LIMIT %s
) AS notice
"""


@dataclass(frozen=True, slots=True)
class Announced:
    """What a notice says: so many points, in these lots, expire then (on that day)."""

    points: int
    expires_at: datetime
    lots: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class MemberNotice:
    """A notice as its member reads it."""

    id: UUID
    member_id: UUID
    points: int
    expires_on: date
    sent_at: datetime | None
    # What the shop calls its points.
    programme: Programme


@dataclass(frozen=True, slots=True)
class _Lot:
    """A lot that has points left and is planned to end."""

    id: UUID
    lapses_at: datetime
    expires_at: datetime | None
    points: int


# Key, member, day, when it was sent, lots.
_Row = tuple[UUID, UUID, date, datetime | None, Sequence[UUID]]


def to_announce(
    notices: Iterable[tuple[UUID, date, Sequence[UUID]]], programme: Programme, *, at: datetime
) -> dict[UUID, Announced]:
    """Return what each notice (key, day, lots), told at `at`, has to say.

    Those are left out that have nothing to say any more: their points were used, or put off.
    """
    notices = list(notices)
    lots = _lots([lot_id for _, _, lot_ids in notices for lot_id in lot_ids])
    say = partial(_announced, lots=lots, programme=programme, at=at)
    said = {key: say(lapses_on, lot_ids) for key, lapses_on, lot_ids in notices}
    return {key: each for key, each in said.items() if each}


def notices_of(
    installation_id: UUID, member_ids: Collection[UUID], *, at: datetime
) -> dict[UUID, list[MemberNotice]]:
    """Return each member's notices, the soonest expiry first, at most SHOWN_MAX."""
    found: dict[UUID, list[MemberNotice]] = {member_id: [] for member_id in member_ids}
    try:
        programme = current(installation_id, at).document
    except NoProgramme:
        return found
    rows: list[Any] = fetch(_CURRENT, [list(member_ids), installation_id, at, SHOWN_MAX])
    lots = _lots([lot_id for row in rows for lot_id in row[-1]])
    shown = [_shown(row, lots, programme, at) for row in rows]
    for notice in sorted(filter(None, shown), key=lambda each: (each.expires_on, each.id)):
        found[notice.member_id].append(notice)
    return found


def notice_of(
    installation_id: UUID, member_id: UUID, notice_id: UUID, *, at: datetime
) -> MemberNotice | None:
    """Return one notice of the member's, if it still says something."""
    notices = notices_of(installation_id, [member_id], at=at)[member_id]
    return next((notice for notice in notices if notice.id == notice_id), None)


def problem(installation_id: UUID, *, at: datetime) -> str:
    """Return why the shop's points will not expire though they should; empty if nothing is wrong.

    It says what to do as well.
    """
    try:
        programme = current(installation_id, at).document
    except NoProgramme:
        return ""
    if not rules.has_term(programme.expiry) or settings.EMAIL_HOST:
        return ""
    seen = Notice.objects.filter(
        installation_id=installation_id,
        channel=Notice.Channel.STOREFRONT,
        sent_at__gt=at - _STOREFRONT_WITHIN,
    )
    if seen.exists():
        return ""
    return (
        "points will not expire: no notice can be sent. Set EMAIL_URL and EMAIL_FROM, or let the"
        " storefront show `me { notices }` and call `noticeSeen`."
    )


def given_up(installation_id: UUID) -> int:
    """Return how many notices could not be delivered, so that their points do not expire."""
    rows = Notice.objects.filter(
        installation_id=installation_id, sent_at=None, next_attempt_at=None
    )
    return rows.count()


def _lots(lot_ids: Collection[UUID]) -> dict[UUID, _Lot]:
    rows = fetch(_LOTS, [list(lot_ids)]) if lot_ids else []
    return {row[0]: _Lot(*row) for row in rows}


def _announced(
    lapses_on: date,
    lot_ids: Iterable[UUID],
    *,
    lots: Mapping[UUID, _Lot],
    programme: Programme,
    at: datetime,
) -> Announced | None:
    if not rules.has_term(programme.expiry):
        return None
    days = programme.expiry.notice_days
    return _said(
        (lot.id, lot.points, rules.promised(lot.lapses_at, told_at=at, days=days))
        for lot in _of_that_day(lapses_on, lot_ids, lots, programme)
        if lot.expires_at is None
    )


def _left(
    lapses_on: date,
    lot_ids: Iterable[UUID],
    *,
    lots: Mapping[UUID, _Lot],
    programme: Programme,
    at: datetime,
) -> Announced | None:
    """Return what is left of what was announced."""
    return _said(
        (lot.id, lot.points, lot.expires_at)
        for lot in _of_that_day(lapses_on, lot_ids, lots, programme)
        if lot.expires_at and lot.expires_at > at
    )


def _of_that_day(
    lapses_on: date, lot_ids: Iterable[UUID], lots: Mapping[UUID, _Lot], programme: Programme
) -> Iterable[_Lot]:
    """Return the lots of a notice; those put off since are announced in their turn."""
    zone = rules.zone_of(programme)
    of_notice = (lots[lot_id] for lot_id in lot_ids if lot_id in lots)
    return (lot for lot in of_notice if rules.day_of(lot.lapses_at, zone) <= lapses_on)


def _said(parts: Iterable[tuple[UUID, int, datetime]]) -> Announced | None:
    parts = list(parts)
    if not parts:
        return None
    # The soonest end: no point may expire before the moment that is told.
    ends_at = min(end for *_, end in parts)
    return Announced(sum(points for _, points, _ in parts), ends_at, [key for key, *_ in parts])


def _shown(
    row: _Row, lots: Mapping[UUID, _Lot], programme: Programme, at: datetime
) -> MemberNotice | None:
    key, member_id, lapses_on, sent_at, lot_ids = row
    say = _announced if sent_at is None else _left
    said = say(lapses_on, lot_ids, lots=lots, programme=programme, at=at)
    if said is None:
        return None
    expires_on = rules.day_of(said.expires_at, rules.zone_of(programme))
    return MemberNotice(key, member_id, said.points, expires_on, sent_at, programme)
