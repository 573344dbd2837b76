"""The same states in any order, doubled, in batches or all at once: the same end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import pytest
from crowds import at_once
from factories import DAY, NOON, make_shop
from orders.states import (
    AFTER_DELIVERY,
    CANCELLED,
    FULFILLED,
    HOUR,
    ONE_A_DOLLAR,
    RETURNED,
    UNPAID,
    chargeback,
    parcels,
    refund,
    state,
    tell,
)  # fmt: skip

from saleor_loyalty.accrual.reconciliation import find_order_drift
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.ledger import timed
from saleor_loyalty.ledger.models import Lot
from saleor_loyalty.ledger.reconciliation import find_drift
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.timing_terms import Maturity, Moment

pytestmark = pytest.mark.django_db
LATER_THAN_ALL = NOON + 9 * DAY


#: What may happen to one order, in the order in which it happens. The last state is the truth.
HISTORIES: dict[str, Sequence[OrderState]] = {
    "refunds": [
        state(0, **UNPAID),
        state(1),
        state(2, **refund(80)),
        state(3, **refund(30)),
        state(4, **refund(45)),
    ],
    "refunds that leave the charge alone": [
        state(1),
        state(2, **refund(80, lowers_charge=False)),
        state(3, **refund(30, lowers_charge=False)),
    ],
    "a chargeback": [state(0, **UNPAID), state(1), state(2, **chargeback(25))],
    "a cancellation": [state(1), state(2, **refund(0)), state(3, **refund(0), **CANCELLED)],
    "a cancellation that is undone": [state(1), state(2, **CANCELLED), state(3)],
    "returns that do not move the change date": [
        state(1),
        state(2, **RETURNED),
        state(2, read=3, status="PARTIALLY_RETURNED",
              fulfillments=parcels("RETURNED", "REPLACED")),
    ],
    "a guest who opens an account": [
        state(0, user=None, **UNPAID),
        state(1, user=None),
        state(1, read=2),
    ],
    "delivery, and a parcel that comes back unopened": [
        state(1),
        state(2, **FULFILLED),
        state(3, fulfillments=parcels("CANCELED")),
        state(4, status="FULFILLED", fulfillments=parcels("CANCELED", "FULFILLED")),
    ],
}  # fmt: skip


def hear(shop: Installation, told: Sequence[OrderState], truth: OrderState) -> None:
    """Hear states one by one; whenever one leaves doubts, ask what is true."""
    for count, each in enumerate(told):
        if tell(shop, each).doubtful:
            answer = replace(truth, read_at=LATER_THAN_ALL + count * HOUR)
            tell(shop, answer, is_certain=True)


def end(shop: Installation) -> dict[str, Any]:
    """All that matters of the only order, whichever way it came about."""
    order = Order.objects.get(installation=shop)
    lots = Lot.objects.filter(installation=shop, pending__gt=0)
    return {
        "points": order.points,
        "paid_at": order.paid_at,
        "peak": order.charged_peak,
        "receipt": order.receipt,
        "buyer": order.member and order.member.saleor_user_id,
        "pending": sum(lot.pending for lot in lots),
        "dates": {(lot.matures_at, lot.expires_at) for lot in lots},
    }


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("after", Moment)
def test_any_order_of_the_same_states_ends_alike(name: str, after: Moment) -> None:
    programme = AFTER_DELIVERY.model_copy(update={"maturity": Maturity(after=after, days=14)})
    history = HISTORIES[name]
    in_order = make_shop(programme)
    hear(in_order, history, history[-1])

    for seed in range(12):
        shop, random = make_shop(programme), Random(seed)
        told = [*history, *random.choices(history, k=random.randrange(4))]
        random.shuffle(told)

        hear(shop, told, history[-1])

        assert end(shop) == end(in_order), told
    assert find_drift() == find_order_drift() == []


@pytest.mark.parametrize("name", HISTORIES)
def test_a_batch_of_all_states_ends_like_the_same_states_one_by_one(name: str) -> None:
    history = HISTORIES[name]
    one_by_one, together = make_shop(AFTER_DELIVERY), make_shop(AFTER_DELIVERY)
    hear(one_by_one, history, history[-1])

    if tell(together, *reversed(history)).doubtful:
        tell(together, replace(history[-1], read_at=LATER_THAN_ALL), is_certain=True)

    assert end(together) == end(one_by_one)


@pytest.mark.django_db(transaction=True)
def test_four_at_once_on_overlapping_batches_in_any_order_are_exact() -> None:
    shop = make_shop(ONE_A_DOLLAR.model_copy(update={"maturity": Maturity(days=14)}))
    numbers = range(60)
    states = [
        state(hour, order_id=f"{n}", number=f"{n}", user=f"user{n % 7}", **changes)
        for n in numbers
        for hour, changes in enumerate([{}, refund(90), refund(80), refund(70)])
    ]

    def work(seed: int) -> None:
        random = Random(seed)
        told = random.sample(states, len(states))
        for first in range(0, len(told), 20):
            tell(shop, *told[first : first + 20])
            timed.mature(at=NOON + timedelta(minutes=first, microseconds=seed))

    at_once([partial(work, seed) for seed in range(4)])

    assert set(Order.objects.values_list("points", flat=True)) == {70}
    assert Order.objects.count() == len(numbers)
    assert sum(lot.pending for lot in Lot.objects.all()) == 70 * len(numbers)
    assert find_drift() == find_order_drift() == []
