"""Corners of time, versions and budgets, on real tables."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from accrual.worlds import BEGAN, DAY, LATER, Bought, state
from factories import make_installation

from saleor_loyalty.accrual import timed
from saleor_loyalty.accrual.models import Budget
from saleor_loyalty.accrual.operations import converge, settle
from saleor_loyalty.accrual.queries import estimate
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import member_key
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish, withdraw

pytestmark = pytest.mark.django_db
ANNA, BEN = "VXNlcjox", "VXNlcjoy"
LEVELS = {"metric": "ORDERS", "levels": [{"id": "gold", "name": "Gold", "threshold": "2"}]}


def document(*, rules: Any = (), **parts: Any) -> Programme:
    rates = {"EUR": {"points": 1, "per": "1"}}
    return Programme.model_validate({"earning": {"rates": rates, "rules": rules}, **parts})


def bonus(points: int, budget: int) -> list[dict[str, Any]]:
    effect = {"kind": "BONUS", "points": points}
    return [{"id": "extra", "name": "Extra", "effect": effect, "budget": budget}]


def open_shop(programme: Programme) -> Installation:
    shop = make_installation()
    publish(installation_id=shop.pk, document=programme, at=BEGAN - DAY)
    return shop


def order(number: int = 1, *, at: datetime = BEGAN, user: str = ANNA, hour: int = 0) -> OrderState:
    """An order of 100 euros."""
    bought = Bought(number, at, (("coffee", 10_000, 1, 1),), 0, False)
    return replace(state(bought, hour=hour), user_id=user)


def hear(shop: Installation, *states: OrderState, at: datetime = LATER) -> None:
    converge(installation_id=shop.pk, states=states, at=at)


def points() -> dict[str, int]:
    return dict(Order.objects.values_list("number", "points"))


def spent() -> list[int]:
    return list(Budget.objects.values_list("spent", flat=True))


def test_an_order_from_before_facts_were_kept_keeps_what_it_earned() -> None:
    shop = open_shop(document())
    hear(shop, order(hour=5))
    Order.objects.update(facts={})

    hear(shop, order(hour=1))

    assert points() == {"1": 100}


def test_an_order_from_before_there_was_a_programme_is_counted_with_the_next_one() -> None:
    shop = make_installation()
    hear(shop, order(1))
    publish(installation_id=shop.pk, document=document(tiers=LEVELS), at=BEGAN + DAY)

    hear(shop, order(2, at=BEGAN + 2 * DAY))

    assert points() == {"1": 100, "2": 100}


def test_a_programme_that_has_not_begun_earns_nothing() -> None:
    shop = make_installation()
    begins = BEGAN + 30 * DAY
    publish(installation_id=shop.pk, document=document(), at=BEGAN, effective_from=begins)

    hear(shop, order(), at=BEGAN + DAY)

    assert Order.objects.get().receipt == {"nothing": "NO_PROGRAMME"}


def test_a_basket_is_estimated_though_the_shops_clock_is_ahead() -> None:
    shop = open_shop(document(tiers=LEVELS))
    hear(shop, order(1), at=BEGAN)

    made = estimate(
        installation_id=shop.pk,
        member_id=member_key(shop.pk, ANNA),
        basket=order(2),
        at=BEGAN - timedelta(seconds=5),
    )

    assert made.reckoning.points == 100


def test_a_factor_below_one_fills_no_budget() -> None:
    effect = {"kind": "MULTIPLIER", "factor": "0.5"}
    rule = {"id": "half", "name": "Half", "effect": effect, "budget": 100}
    shop = open_shop(document(rules=[rule]))

    hear(shop, order())

    assert (points(), spent()) == ({"1": 50}, [0])


def test_what_was_taken_of_a_withdrawn_version_is_given_back() -> None:
    shop, soon = open_shop(document()), BEGAN + timedelta(hours=1)
    publish(
        installation_id=shop.pk,
        document=document(rules=bonus(50, 100)),
        at=BEGAN,
        effective_from=soon,
    )
    # The shop's clock is ahead of ours.
    hear(shop, order(at=soon), at=BEGAN)
    assert points() == {"1": 150}

    withdraw(installation_id=shop.pk, number=2, at=BEGAN)
    hear(shop, order(at=soon, hour=4), at=BEGAN)

    assert (points(), spent()) == ({"1": 100}, [0])


def test_a_version_with_a_smaller_budget_takes_nothing_away() -> None:
    shop = open_shop(document(rules=bonus(60, 100)))
    publish(installation_id=shop.pk, document=document(rules=bonus(40, 50)), at=BEGAN)
    hear(shop, order(2, at=BEGAN + DAY, user=BEN))
    hear(shop, order(1, at=BEGAN - DAY / 2))

    settle(installation_id=shop.pk, member_ids=[member_key(shop.pk, BEN)], at=LATER)

    assert points() == {"1": 160, "2": 140}


def test_shops_without_members_keep_nobody_from_their_turn() -> None:
    for _ in range(3):
        open_shop(document())
    hear(open_shop(document()), order())

    turns = [timed.recount(at=LATER) for _ in range(5)]

    assert all(turns[:4])
    assert turns[4] == 0
