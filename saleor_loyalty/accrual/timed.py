"""What the clock does to members: levels are reviewed, and new versions take effect."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from saleor_loyalty.accrual.models import Recount
from saleor_loyalty.accrual.operations import settle
from saleor_loyalty.ledger.queries import holders
from saleor_loyalty.members.models import Member
from saleor_loyalty.programme.models import ProgrammeVersion
from saleor_loyalty.tiers.queries import due_for_review

logger = logging.getLogger(__name__)

#: The most members of one run, which is one transaction.
MEMBERS_MAX = 200
_AFTER_FAILURE = timedelta(days=1)


@transaction.atomic
def review_tiers(*, at: datetime) -> int:
    """Review members whose level was promised until now; return how many.

    Members whom somebody else has locked are left for the next run.
    """
    due: dict[UUID, list[UUID]] = defaultdict(list)
    for installation_id, member_id in due_for_review(at=at, limit=MEMBERS_MAX):
        due[installation_id].append(member_id)
    for installation_id, member_ids in sorted(due.items()):
        _settle(installation_id, member_ids, at)
    return sum(len(member_ids) for member_ids in due.values())


def _settle(installation_id: UUID, member_ids: Sequence[UUID], at: datetime) -> None:
    """Count members again: all at once or, if that fails, each alone; who fails waits a day."""
    try:
        with transaction.atomic():
            settle(installation_id=installation_id, member_ids=member_ids, at=at)
    except Exception:
        if len(member_ids) > 1:
            for member_id in member_ids:
                _settle(installation_id, [member_id], at)
            return
        logger.exception("member %s could not be counted again", member_ids[0])
        waiting = Member.objects.filter(id=member_ids[0], tier_review_at__lte=at)
        waiting.update(tier_review_at=at + _AFTER_FAILURE)


@transaction.atomic
def recount(*, at: datetime) -> int:
    """Count the next members of a shop under a version that has taken effect; return how many.

    Their orders keep the version they were earned under; levels may rise under the new one.
    """
    if (turn := _next_turn(at)) is None:
        return 0
    members = holders(turn.installation_id, after=turn.reached, limit=MEMBERS_MAX)
    if members:
        _settle(turn.installation_id, members, at)
    turn.reached = members[-1] if members else turn.reached
    turn.is_finished = len(members) < MEMBERS_MAX
    turn.save()
    return len(members)


def _next_turn(at: datetime) -> Recount | None:
    in_force = ProgrammeVersion.objects.filter(
        effective_from__lte=at, withdrawn_at=None, recount=None
    )
    Recount.objects.bulk_create(
        [
            Recount(version=version, installation_id=version.installation_id)
            for version in in_force.order_by("id")[:MEMBERS_MAX]
        ],
        ignore_conflicts=True,
    )
    turns = Recount.objects.filter(is_finished=False).order_by("version_id")
    return turns.select_for_update(skip_locked=True).first()
