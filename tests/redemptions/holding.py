"""Redemptions as they are while nobody has used them yet."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from accrual.worlds import BEGAN, DAY
from factories import give, make_member

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.members.models import Member
from saleor_loyalty.programme.queries import versions
from saleor_loyalty.redemptions.models import Redemption


def hold_reward(
    shop: Installation, user: str, *, points: int, amount: Any = None, kind: str = "MONEY_OFF",
    means: str = "VOUCHER", **columns: Any,
) -> Redemption:  # fmt: skip
    """An issued reward of a member who had just enough points for it."""
    at, key = BEGAN - timedelta(hours=1), new_key()
    version = versions(shop.pk)[-1]
    member_id = make_member(shop, user)
    hold_id = None
    if points:
        give(member_id, points, matures_at=BEGAN - 2 * DAY, at=BEGAN - 2 * DAY)
        hold_id = ledger.hold(
            member_id=member_id, points=points, key=f"test:{key}", reason={"code": "REDEMPTION"},
            at=at,
        )  # fmt: skip
    facts = {"name": "Reward", "translations": {}, "kind": kind, "is_given": not points,
             "price": points or None, "of": "ORDER"}  # fmt: skip
    return Redemption.objects.create(**{
        "installation": shop, "member": Member.objects.get(id=member_id), "key": str(key),
        "request": {}, "programme_version_id": version.id, "reward": "money",
        "facts": facts, "means": means, "times": 1, "points": points,
        "amount": None if amount is None else Decimal(amount), "currency": "EUR",
        "status": Redemption.Status.ISSUED, "hold_id": hold_id,
        "code": f"LOY-{key}" if means == "VOUCHER" else "", "requested_at": at, "issued_at": at,
        "expires_at": BEGAN + 1_000 * DAY, "code_ends_at": BEGAN + 1_000 * DAY,
    } | columns)  # fmt: skip
