"""Finding members of whom something else is to be shown, without a word from whoever moved points.

Their postings and changes of level are read in the order of their keys, a page at a time. Keys are
made before a transaction commits, so each table is read twice: at once, and once more when every
such transaction has ended. A round through all members, once a day, finds the rest: members from
before the shop made its attributes, levels with new names, points that ended.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product
from uuid import UUID

from django.db.models import Q

from saleor_loyalty.keys import earliest_key
from saleor_loyalty.ledger.queries import holders
from saleor_loyalty.mirrors.models import Mirror, MirrorCursor, MirrorTarget
from saleor_loyalty.mirrors.queries import displays
from saleor_loyalty.mirrors.rules import Shown, is_current
from saleor_loyalty.sql import fetch, run

#: What happens to a member in this time is shown at once.
COALESCED = timedelta(seconds=30)
#: A transaction that was begun so long ago has ended.
LATE = timedelta(minutes=10)
#: The most events, and the most members of a round, of one step.
EVENTS_MAX, MEMBERS_MAX = 2000, 500
#: A round begins so often.
EVERY = timedelta(days=1)
# What happened before is found by the round.
_FORGOTTEN = timedelta(days=2)

HAS_ATTRIBUTES = ~Q(tier_attribute="") | ~Q(points_attribute="")

_SCAN = """
WITH page AS (
    SELECT id, member_id, installation_id FROM {table}
    WHERE id > %s AND id < %s ORDER BY id LIMIT %s
), marked AS (
    INSERT INTO loyalty_mirror AS mirror (member_id, installation_id, due_at)
    SELECT DISTINCT page.member_id, page.installation_id, %s::timestamptz
    FROM page JOIN loyalty_mirrortarget AS target USING (installation_id)
    WHERE target.tier_attribute <> '' OR target.points_attribute <> ''
    ORDER BY page.member_id
    ON CONFLICT (member_id) DO UPDATE SET due_at = excluded.due_at WHERE mirror.due_at IS NULL
)
SELECT id, (SELECT count(*) FROM page) FROM page ORDER BY id DESC LIMIT 1
"""
_SCANS = {table: _SCAN.format(table=table) for table in ("loyalty_posting", "loyalty_tierchange")}
_MARK = """
INSERT INTO loyalty_mirror AS mirror (member_id, installation_id, due_at)
SELECT member_id, %s, %s FROM unnest(%s::uuid[]) AS member_id ORDER BY member_id
ON CONFLICT (member_id) DO UPDATE SET due_at = excluded.due_at WHERE mirror.due_at IS NULL
"""


def find(*, at: datetime) -> int:
    """Mark members who are to be looked at; return 0 when there is nothing more to find now."""
    read = [
        _scan(table, at=at, horizon=horizon)
        for table, horizon in product(_SCANS, (None, at - LATE))
    ]
    # The last events wait for the next run, so that a shop that sells all day lets it end.
    return sum(count == EVENTS_MAX for count in read) + _go_round(at)


def _scan(table: str, *, at: datetime, horizon: datetime | None) -> int:
    """Read a page of a table, of what happened before the horizon; return how many rows."""
    name = f"{table}{'_late' if horizon else ''}"
    known = MirrorCursor.objects.filter(name=name).values_list("reached", flat=True)
    after = max([*known, earliest_key(at - _FORGOTTEN)])
    before = earliest_key(horizon) if horizon else UUID(int=2**128 - 1)
    rows = fetch(_SCANS[table], [after, before, EVENTS_MAX, at + COALESCED])
    if not rows:
        return 0
    [(last, count)] = rows
    MirrorCursor.objects.update_or_create(name=name, defaults={"reached": last})
    return int(count)


def _go_round(at: datetime) -> int:
    """Look at the next members of one shop; return how many."""
    targets = MirrorTarget.objects.filter(HAS_ATTRIBUTES, installation__is_active=True)
    target = targets.filter(round_at__lte=at).order_by("round_at").first()
    if target is None:
        return 0
    page = holders(target.pk, after=target.place_id, limit=MEMBERS_MAX)
    if stale := _stale(target, page, at):
        run(_MARK, [target.pk, at, stale])
    has_more = len(page) == MEMBERS_MAX
    target.place_id = page[-1] if has_more else None
    target.round_at = at if has_more else at + EVERY
    target.save(update_fields=["place_id", "round_at"])
    return len(page)


def _stale(target: MirrorTarget, member_ids: Sequence[UUID], at: datetime) -> list[UUID]:
    """Return the members of whom something else is shown, but for those refused before."""
    shown = {member_id: Shown(0) for member_id in member_ids} | shown_of(member_ids)
    wanted = displays(target.pk, member_ids, at=at)
    return [
        member_id
        for member_id, its in shown.items()
        if not its.is_refused_by(target.setup)
        and not is_current(its, wanted[member_id], setup=target.setup)
    ]


def shown_of(member_ids: Sequence[UUID]) -> dict[UUID, Shown]:
    """Return what was said of members last."""
    rows = Mirror.objects.filter(member_id__in=member_ids)
    return {row.member_id: Shown(row.setup, row.tier, row.points) for row in rows}
