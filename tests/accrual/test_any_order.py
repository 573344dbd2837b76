"""On real tables: whatever was told, in whatever order and however often, as if never bought."""

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from accrual.worlds import LATER, Bought, lives, programmes, state
from factories import make_shop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_loyalty.accrual.models import Budget
from saleor_loyalty.accrual.operations import converge
from saleor_loyalty.accrual.reconciliation import find_order_drift
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.ledger.models import Lot
from saleor_loyalty.ledger.reconciliation import find_drift
from saleor_loyalty.members.models import Member
from saleor_loyalty.programme.document import Programme

pytestmark = pytest.mark.django_db


def hear(shop: Installation, told: list[OrderState], truth: dict[str, OrderState]) -> None:
    """Hear news; whenever some leave doubts, ask what is true."""
    outcome = converge(installation_id=shop.pk, states=told, at=LATER)
    if outcome.doubtful:
        answers = [replace(truth[order_id], read_at=LATER) for order_id in outcome.doubtful]
        converge(installation_id=shop.pk, states=answers, at=LATER, is_certain=True)


def end(shop: Installation) -> dict[str, Any]:
    """What the only member has, by state and day, and where they stand."""
    points: Counter[Any] = Counter()
    for lot in Lot.objects.filter(installation=shop):
        points["available"] += lot.available
        points["owed"] += lot.owed
        points["pending", lot.matures_at] += lot.pending
    member = Member.objects.filter(installation=shop).first()
    return {
        "points": +points,
        "level": member and (member.tier, member.tier_until),
        "budgets": {b.key: b.spent for b in Budget.objects.filter(installation=shop) if b.spent},
    }


@given(programmes(), lives(), st.integers(0, 2**32))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_shuffled_and_repeated_news_of_returns_ends_as_if_never_bought(
    document: Programme, life: list[Bought], seed: int
) -> None:
    random = Random(seed)
    truth = {now.saleor_id: now for now in (state(each, hour=2) for each in life)}
    told = [state(each.before_returns(), hour=1) for each in life] + list(truth.values())
    told += random.choices(told, k=random.randrange(4))
    random.shuffle(told)
    shop, fresh = make_shop(document), make_shop(document)

    size = random.choice([1, 2, len(told)])
    for first in range(0, len(told), size):
        hear(shop, told[first : first + size], truth)
    never = [state(each.never_bought(), hour=2) for each in life if each.is_kept]
    converge(installation_id=fresh.pk, states=never, at=LATER)

    if never:
        assert end(shop) == end(fresh)
    else:
        assert not end(shop)["points"]
    assert find_drift() == find_order_drift() == []
