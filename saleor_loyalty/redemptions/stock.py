"""What there is only so much of: rewards with a stock, given rewards, codes of partners."""

from datetime import datetime
from uuid import UUID

from django.db.models import F, Q
from django.db.models.functions import Greatest

from saleor_loyalty.keys import new_key
from saleor_loyalty.redemptions.models import Entitlement, PartnerCode, Redemption, RewardStock
from saleor_loyalty.sql import run

_OPEN = """
INSERT INTO loyalty_rewardstock (id, installation_id, reward, taken, opened_at)
VALUES (%s, %s, %s, 0, %s)
ON CONFLICT DO NOTHING
"""


def taken(installation_id: UUID) -> dict[str, int]:
    """Return how often each reward with a stock was had."""
    rows = RewardStock.objects.filter(installation_id=installation_id)
    return dict(rows.values_list("reward", "taken"))


def pools(installation_id: UUID) -> set[str]:
    """Return the rewards of which a partner's code is left."""
    rows = PartnerCode.objects.filter(installation_id=installation_id, redemption=None)
    return set(rows.values_list("reward", flat=True).distinct())


def lock_taken(installation_id: UUID, reward: str, *, at: datetime) -> int:
    """Lock a reward's stock until the transaction ends; return how often it was had."""
    run(_OPEN, [new_key(), installation_id, reward, at])
    row = RewardStock.objects.select_for_update().get(
        installation_id=installation_id, reward=reward
    )
    return row.taken


def take(redemption: Redemption, *, is_new: bool = False) -> None:
    """Count a redemption in, for the first time or again."""
    _move(redemption, redemption.times, is_new=is_new)


def put_back(redemption: Redemption) -> None:
    """Count a redemption out, and free what it was given for."""
    _move(redemption, -redemption.times)
    Entitlement.objects.filter(redemption=redemption).update(redemption=None)


def free_entitlement(member_id: UUID, reward: str, at: datetime) -> Entitlement | None:
    """Return the given reward that ends first, for a redemption to take; None: there is none."""
    rows = Entitlement.objects.select_for_update().filter(
        Q(expires_at=None) | Q(expires_at__gt=at),
        member_id=member_id, reward=reward, withdrawn_at=None, redemption=None,
    )  # fmt: skip
    return rows.order_by(F("expires_at").asc(nulls_last=True), "id").first()


def take_given(redemption: Redemption, at: datetime) -> bool:
    """Take a given reward for a redemption that was given; tell whether there was one."""
    if not redemption.facts["is_given"]:
        return True
    given = free_entitlement(redemption.member_id, redemption.reward, at)
    if given is not None:
        given.redemption = redemption
        given.save(update_fields=["redemption"])
    return given is not None


def free_partner_code(installation_id: UUID, reward: str) -> PartnerCode | None:
    """Return a code that nobody has; None: there is none."""
    rows = PartnerCode.objects.select_for_update(skip_locked=True).filter(
        installation_id=installation_id, reward=reward, redemption=None
    )
    return rows.order_by("id").first()


def is_given_no_more(redemption: Redemption, at: datetime) -> bool:
    """Tell whether what it was given for has ended, so that it could not be taken again."""
    return Entitlement.objects.filter(redemption=redemption, expires_at__lte=at).exists()


def _move(redemption: Redemption, times: int, *, is_new: bool = False) -> None:
    # Rewards without a stock have no row; what was had before there was one is not in it.
    rows = RewardStock.objects.filter(
        installation_id=redemption.installation_id, reward=redemption.reward
    )
    if not is_new:
        rows = rows.filter(opened_at__lte=redemption.requested_at)
    rows.update(taken=Greatest(F("taken") + times, 0))
