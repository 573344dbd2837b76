"""Points that become money by themselves at the end of a period; what is left carries over."""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from saleor_loyalty.accrual.models import ConversionTurn
from saleor_loyalty.accrual.turns import Turn, Years, turns_due
from saleor_loyalty.installations.queries import Shop, shop
from saleor_loyalty.ledger.queries import holders
from saleor_loyalty.ledger.store import lock as lock_members
from saleor_loyalty.members.queries import paying
from saleor_loyalty.notices.models import Round
from saleor_loyalty.notices.rounds import go_on
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.queries import begun, document_of
from saleor_loyalty.redemptions import operations as redemptions
from saleor_loyalty.redemptions.operations import Conversion
from saleor_loyalty.sql import as_json, fetch

logger = logging.getLogger(__name__)

#: The most members of one run, which is one transaction.
MEMBERS_MAX = 200
#: Shops are looked at so often.
EVERY = timedelta(hours=1)
_NOBODY = UUID(int=0)

_YEARS = """
SELECT DISTINCT paid.member_id
FROM loyalty_paidmembership AS paid
JOIN jsonb_to_recordset(%s::jsonb) AS began(since timestamptz, until timestamptz)
  ON paid.year_from >= began.since AND paid.year_from < began.until
WHERE paid.installation_id = %s AND paid.member_id > %s
  AND (paid.until IS NULL OR paid.until > %s)
ORDER BY paid.member_id LIMIT %s
"""
_POINTS = """
SELECT member_id, sum(available)::bigint FROM loyalty_lot
WHERE member_id = ANY(%s) AND available > 0 AND matures_at < %s
  AND (expires_at IS NULL OR expires_at > %s)
GROUP BY member_id HAVING sum(available) >= %s
"""
_CURRENCIES = """
SELECT member.id, newest.currency FROM unnest(%s::uuid[]) AS member(id)
CROSS JOIN LATERAL (
    SELECT currency FROM loyalty_order WHERE member_id = member.id AND paid_at IS NOT NULL
    ORDER BY created_at DESC, id DESC LIMIT 1
) AS newest
"""


def convert(*, at: datetime) -> int:
    """Convert the points of the next members of a shop; return 0 when no shop is due.

    Every member gets their turn once for each period, whatever happens.
    """
    return go_on(Round.Job.CONVERT, lambda claimed: _step(claimed, at), every=EVERY, at=at)


def _step(claimed: Round, at: datetime) -> bool:
    installation_id = claimed.installation_id
    found = _next_turn(installation_id, turns_due(begun(installation_id, at), at=at))
    if found is None:
        return False
    turn, place = found
    members = _members(installation_id, turn, after=place.reached)
    _convert(shop(installation_id), turn, members, at)
    place.reached = members[-1] if members else place.reached
    place.is_finished = len(members) < MEMBERS_MAX
    place.save(update_fields=["reached", "is_finished"])
    return True


def _next_turn(installation_id: UUID, due: Sequence[Turn]) -> tuple[Turn, ConversionTurn] | None:
    """Return the first turn that is not over; nobody else sees to the shop meanwhile."""
    if not due:
        return None
    rows = ConversionTurn.objects.filter(
        installation_id=installation_id, key__in=[turn.key for turn in due]
    )
    known = {row.key: row for row in rows}
    for turn in due:
        if turn.key not in known:
            row = ConversionTurn.objects.create(installation_id=installation_id, key=turn.key)
            return turn, row
        if not known[turn.key].is_finished:
            return turn, known[turn.key]
    return None


def _members(installation_id: UUID, turn: Turn, *, after: UUID | None) -> Sequence[UUID]:
    if turn.years is None:
        return holders(installation_id, after=after, limit=MEMBERS_MAX)
    return _whose_year_ends(installation_id, turn.years, after or _NOBODY)


def _whose_year_ends(installation_id: UUID, years: Years, after: UUID) -> Sequence[UUID]:
    began = as_json([{"since": since, "until": until} for since, until in years.began])
    found = fetch(_YEARS, [began, installation_id, after, years.last_began, MEMBERS_MAX])
    return [member_id for (member_id,) in found]


def _convert(shop: Shop, turn: Turn, member_ids: Sequence[UUID], at: datetime) -> None:
    document = document_of(turn.version_id)
    if turn.terms.members_only:
        segment = document.membership.segment if document.membership else None
        allowed = paying(member_ids, segment=segment or "", at=turn.issued_at)
        member_ids = [member_id for member_id in member_ids if member_id in allowed]
    # Most have too few points, and need not be locked to see that.
    rich = _points(member_ids, turn, at)
    if not rich:
        return
    lock_members(rich)
    points = _points(rich, turn, at)
    currencies = _currencies(points, turn)
    for member_id, available in sorted(points.items()):
        conversion = _conversion(turn, document, available, currencies[member_id])
        try:
            redemptions.convert(
                shop, member_id=member_id, version_id=turn.version_id, conversion=conversion, at=at
            )
        except Exception:
            # The points stay; nobody else is held up.
            logger.exception("the points of member %s could not be converted", member_id)


def _points(member_ids: Collection[UUID], turn: Turn, at: datetime) -> dict[UUID, int]:
    """Return the points that count, of members who have enough of them."""
    if not member_ids:
        return {}
    least = max(turn.terms.at_least, turn.terms.step)
    return dict(fetch(_POINTS, [list(member_ids), turn.counted_before, at, least]))


def _currencies(member_ids: Collection[UUID], turn: Turn) -> Mapping[UUID, str]:
    """Return the currency of each member's last order, or the first one there is."""
    first, *others = sorted(turn.terms.money)
    last = dict(fetch(_CURRENCIES, [list(member_ids)])) if others else {}
    return {
        member_id: found if (found := last.get(member_id)) in turn.terms.money else first
        for member_id in member_ids
    }


def _conversion(turn: Turn, document: Programme, available: int, currency: str) -> Conversion:
    terms = turn.terms
    steps = available // terms.step
    return Conversion(
        # No key of a storefront has a space.
        key=f"conversion {turn.key}",
        points=steps * terms.step,
        amount=steps * terms.money[currency],
        currency=currency,
        valid_days=terms.valid_days,
        # Nothing but the programme has a name here.
        name=document.name,
        translations={},
    )
