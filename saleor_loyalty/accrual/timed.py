"""What the clock does to members: levels are reviewed, and new versions take effect."""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from saleor_loyalty.accrual.models import Recount
from saleor_loyalty.accrual.operations import settle_most
from saleor_loyalty.ledger.queries import holders
from saleor_loyalty.members.models import Member
from saleor_loyalty.programme.models import ProgrammeVersion
from saleor_loyalty.tiers.queries import due_for_review

#: The most members of one run, which is one transaction.
MEMBERS_MAX = 200
# How long members wait for their review who could not be counted.
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
        settle_most(installation_id=installation_id, member_ids=member_ids, at=at)
        # Who is still due could not be reviewed, and must not keep others from their turn.
        waiting = Member.objects.filter(id__in=member_ids, tier_review_at__lte=at)
        waiting.update(tier_review_at=at + _AFTER_FAILURE)
    return sum(len(member_ids) for member_ids in due.values())


@transaction.atomic
def recount(*, at: datetime) -> int:
    """Count the next members of a shop under a version that has taken effect.

    Their orders keep the version they were earned under; levels may rise under the new one.

    :return: 0 when every version's turn is over, and not when a shop has no members yet.
    """
    if (turn := _next_turn(at)) is None:
        return 0
    members = holders(turn.installation_id, after=turn.reached, limit=MEMBERS_MAX)
    settle_most(installation_id=turn.installation_id, member_ids=members, at=at)
    turn.reached = members[-1] if members else turn.reached
    turn.is_finished = len(members) < MEMBERS_MAX
    turn.save()
    return len(members) or 1


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
