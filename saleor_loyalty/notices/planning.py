"""Finding out who has to be told that points will expire: every shop, day after day.

Nothing is sent here. A round looks at all points that lapse soon and of which no notice was sent,
also those it has planned a notice for before: what is missing is found, however it came about.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger.queries import LapsingLot, lots_to_notice
from saleor_loyalty.notices import rules
from saleor_loyalty.notices.lifetimes import whose_points_last
from saleor_loyalty.notices.models import Round
from saleor_loyalty.notices.rounds import go_on
from saleor_loyalty.pages import Place
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.queries import NoProgramme, current
from saleor_loyalty.sql import as_json, run

#: The most lots of one step, which is one transaction.
LOTS_MAX = 1000
#: A round begins so often.
EVERY = timedelta(hours=6)

# Lots that join a notice make it another one, with attempts of its own.
_PLAN = """
INSERT INTO loyalty_notice AS notice
    (id, installation_id, member_id, kind, points, expires_at, lapses_on, lots, created_at,
     channel, attempts, next_attempt_at, last_problem)
SELECT id, %s, member_id, 'EXPIRY', points, expires_at, lapses_on, lots, moment, '', 0, moment, ''
FROM jsonb_to_recordset(%s::jsonb) AS row(
    id uuid, member_id uuid, points bigint, expires_at timestamptz, lapses_on date, lots uuid[]),
    (VALUES (%s::timestamptz)) AS now(moment)
ORDER BY member_id, lapses_on
ON CONFLICT (member_id, kind, lapses_on) WHERE sent_at IS NULL
DO UPDATE SET
    id = excluded.id,
    lots = ARRAY(SELECT DISTINCT unnest(notice.lots || excluded.lots)),
    points = greatest(excluded.points, (
        SELECT sum(pending + available) FROM loyalty_lot
        WHERE loyalty_lot.id = ANY(notice.lots || excluded.lots))),
    expires_at = least(notice.expires_at, excluded.expires_at),
    attempts = 0,
    next_attempt_at = excluded.next_attempt_at,
    last_problem = ''
WHERE NOT notice.lots @> excluded.lots
"""


def plan(*, at: datetime) -> int:
    """Plan the notices of the next lots of a shop that lapse soon; return 0 when none are due."""
    return go_on(Round.Job.PLAN, lambda claimed: _step(claimed, at), every=EVERY, at=at)


def _step(claimed: Round, at: datetime) -> bool:
    """Plan notices for one page of lots; tell whether there are more."""
    try:
        programme = current(claimed.installation_id, at).document
    except NoProgramme:
        return False
    if not rules.has_term(programme.expiry):
        # What was dated before is about to be undated.
        return False
    days, zone = programme.expiry.notice_days, rules.zone_of(programme)
    lots = lots_to_notice(
        claimed.installation_id,
        before=rules.horizon(at, days, zone),
        after=_place(claimed),
        limit=LOTS_MAX,
    )
    for_ever = whose_points_last(programme, {lot.member_id for lot in lots})
    to_tell = [lot for lot in lots if lot.member_id not in for_ever]
    _plan(claimed.installation_id, to_tell, programme, at)
    if len(lots) < LOTS_MAX:
        return False
    claimed.place_at, claimed.place_id = lots[-1].place
    return True


def _place(claimed: Round) -> Place | None:
    if claimed.place_at is None or claimed.place_id is None:
        return None
    return Place(claimed.place_at, claimed.place_id)


def _plan(
    installation_id: UUID, lots: Sequence[LapsingLot], programme: Programme, at: datetime
) -> None:
    """Plan one notice for each member and day."""
    days, zone = programme.expiry.notice_days, rules.zone_of(programme)
    together: dict[tuple[UUID, date], list[LapsingLot]] = defaultdict(list)
    for lot in lots:
        # Nobody is told that points expire before they have them; there is time for it later.
        if lot.matures_at is not None and lot.matures_at <= at:
            together[lot.member_id, rules.day_of(lot.lapses_at, zone)].append(lot)
    rows = [
        {
            "id": new_key(),
            "member_id": member_id,
            "points": sum(lot.points for lot in its_lots),
            "expires_at": min(
                rules.promised(lot.lapses_at, told_at=at, days=days) for lot in its_lots
            ),
            "lapses_on": lapses_on,
            "lots": [lot.id for lot in its_lots],
        }
        for (member_id, lapses_on), its_lots in together.items()
    ]
    if rows:
        run(_PLAN, [installation_id, as_json(rows), at])
