"""How long points last, as time goes by: what keeps them alive, and what terms do to them.

What a member was promised is never shortened; every change here lengthens, or gives points that
had no end a full term from now on.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from saleor_loyalty.ledger import expiry
from saleor_loyalty.ledger.queries import holders
from saleor_loyalty.notices import rules
from saleor_loyalty.notices.models import Round
from saleor_loyalty.notices.rounds import go_on
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.queries import NoProgramme, current
from saleor_loyalty.programme.timing_terms import Act
from saleor_loyalty.tiers.queries import levels

#: A round begins so often.
EVERY = timedelta(days=1)

T = TypeVar("T")


def keep_alive(
    *, installation_id: UUID, acts: Mapping[UUID, datetime], act: Act, at: datetime
) -> int:
    """Let all points of members last a full term from their last act; return how many lots that
    lengthened.

    Nothing happens where points lapse by the day they were earned on, or such acts do not count.
    An act that is undone later, such as an order that is sent back, takes nothing away again: the
    new date was shown to the member, and may be in a notice. To earn by it, they would have to
    buy; to keep it, not even that is asked.

    :param acts: when each member acted last.
    """
    try:
        programme = current(installation_id, at).document
    except NoProgramme:
        return 0
    terms = programme.expiry
    if terms.counts_from != "LAST_ACT" or act not in terms.acts:
        return 0
    ends = {member_id: rules.full_term(programme, moment) for member_id, moment in acts.items()}
    until = [(member_id, end) for member_id, end in sorted(ends.items()) if end and end > at]
    return sum(expiry.extend(until=dict(some), at=at) for some in _batches(until))


def apply_terms(*, at: datetime) -> int:
    """Bring the next members of a shop under the terms in force; return 0 when no shop is due.

    Points that have no end though they should (the programme was changed, or the member has left
    a level whose points never lapse) get a full term from now; points that have one though they
    should not, lose it. Others keep what they were promised.
    """
    return go_on(Round.Job.TERMS, lambda claimed: _step(claimed, at), every=EVERY, at=at)


def _step(claimed: Round, at: datetime) -> bool:
    try:
        programme = current(claimed.installation_id, at).document
    except NoProgramme:
        return False
    members = holders(claimed.installation_id, after=claimed.place_id, limit=expiry.MEMBERS_MAX)
    _apply(programme, members, at)
    if len(members) < expiry.MEMBERS_MAX:
        return False
    claimed.place_id = members[-1]
    return True


def _apply(programme: Programme, members: Sequence[UUID], at: datetime) -> None:
    lapses_at = rules.full_term(programme, at)
    if lapses_at is None:
        expiry.unset_expiry(member_ids=members, at=at)
        return
    for_ever = whose_points_last(programme, members)
    if for_ever:
        expiry.unset_expiry(member_ids=for_ever, at=at)
    others = [member_id for member_id in members if member_id not in for_ever]
    expiry.set_expiry(member_ids=others, lapses_at=lapses_at, at=at)


def whose_points_last(programme: Programme, members: Collection[UUID]) -> set[UUID]:
    """Return those of the members whose level lets points last for ever."""
    lasting = {
        level.id
        for level in (programme.tiers.levels if programme.tiers else ())
        if not level.benefits.points_expire
    }
    if not lasting:
        return set()
    held = levels(members).items()
    return {member_id for member_id, level in held if level and level.level in lasting}


def _batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for first in range(0, len(rows), expiry.MEMBERS_MAX):
        yield rows[first : first + expiry.MEMBERS_MAX]
