"""Corners of time, versions and budgets, on real tables."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from accrual.worlds import BEGAN, DAY, LATER, Bought, state
from dataclasses import replace
from factories import make_installation, make_member

from saleor_loyalty.accrual.models import Budget
from saleor_loyalty.accrual.operations import converge, settle
from saleor_loyalty.accrual.queries import estimate
from saleor_loyalty.accrual import timed, occasions
from saleor_loyalty.keys import member_key
from saleor_loyalty.members.models import Member
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish, withdraw

pytestmark = pytest.mark.django_db

RATE = {"rates": {"EUR": {"points": 1, "per": "1"}}}


def doc(**parts: Any) -> Programme:
    earning = RATE | parts.pop("earning", {})
    return Programme.model_validate({"earning": earning} | parts)


def make_shop(document):
    shop = make_installation()
    publish(installation_id=shop.pk, document=document, at=BEGAN - DAY)
    return shop


def bought(number: int = 1, *, price: int = 10_000, at=BEGAN, pieces: int = 1, kept: int = 1):
    return Bought(number, at, (("coffee", price, pieces, kept),), 0, False)


def test_legacy_recalled():
    shop = make_shop(doc())
    converge(installation_id=shop.pk, states=[state(bought(), hour=5)], at=LATER)
    Order.objects.update(facts={})
    converge(installation_id=shop.pk, states=[state(bought(), hour=1)], at=LATER)


def test_no_programme_then_other_order():
    shop = make_installation()
    converge(installation_id=shop.pk, states=[state(bought(1))], at=LATER)
    publish(installation_id=shop.pk, document=doc(tiers={"metric": "ORDERS", "levels": [{"id": "gold", "name": "G", "threshold": "2"}]}), at=BEGAN + DAY)
    converge(installation_id=shop.pk, states=[state(bought(2, at=BEGAN + 2 * DAY))], at=LATER)
    print(Order.objects.values_list("number", "points"))


def test_estimate_future():
    shop = make_shop(doc(tiers={"metric": "ORDERS", "levels": [{"id": "gold", "name": "G", "threshold": "2"}]}))
    converge(installation_id=shop.pk, states=[state(bought(1))], at=BEGAN)
    estimate(installation_id=shop.pk, member_id=member_key(shop.pk, "VXNlcjox"), basket=state(bought(2)), at=BEGAN - timedelta(seconds=5))


def test_factor_below_one_with_budget():
    shop = make_shop(doc(earning={"rules": [{"id": "half", "name": "Half", "effect": {"kind": "MULTIPLIER", "factor": "0.5"}, "budget": 100}]}))
    converge(installation_id=shop.pk, states=[state(bought(1))], at=BEGAN)
    print(Budget.objects.values_list("key", "spent"), Order.objects.values_list("points"))


def bonus(points: int, budget: int) -> dict:
    return {"rules": [{"id": "extra", "name": "Extra", "effect": {"kind": "BONUS", "points": points}, "budget": budget}]}


def test_withdrawn():
    shop = make_shop(doc())
    publish(installation_id=shop.pk, document=doc(earning=bonus(50, 100)), at=BEGAN, effective_from=BEGAN + timedelta(hours=1))
    converge(installation_id=shop.pk, states=[state(bought(1, at=BEGAN + timedelta(hours=1)))], at=BEGAN)
    withdraw(installation_id=shop.pk, number=2, at=BEGAN)
    converge(installation_id=shop.pk, states=[state(bought(1, at=BEGAN + timedelta(hours=1)), hour=4)], at=BEGAN)
    converge(installation_id=shop.pk, states=[state(bought(2, at=BEGAN + timedelta(hours=1)), hour=4)], at=BEGAN)
    print(Budget.objects.values_list("key", "spent"), Order.objects.values_list("points"))


def test_lower_budget_takes_nothing():
    shop = make_shop(doc(earning=bonus(60, 100)))
    publish(installation_id=shop.pk, document=doc(earning=bonus(40, 50)), at=BEGAN)
    second = replace(state(bought(2, at=BEGAN + DAY)), user_id="VXNlcjoy")
    converge(installation_id=shop.pk, states=[second], at=LATER)
    converge(installation_id=shop.pk, states=[state(bought(1, at=BEGAN - DAY/2))], at=LATER)
    settle(installation_id=shop.pk, member_ids=[member_key(shop.pk, "VXNlcjoy")], at=LATER)
    print(Budget.objects.values_list("key", "spent"), Order.objects.values_list("points"))
    assert Order.objects.get(number="2").points == 140


def test_empty_shop_recount():
    for _ in range(3):
        make_shop(doc())
    shop = make_shop(doc()); make_member(shop)
    print([timed.recount(at=LATER) for _ in range(6)])


def test_review_without_versions():
    shop = make_installation()
    publish(installation_id=shop.pk, document=doc(tiers={"metric": "ORDERS", "validity": {"until": "MONTHS", "months": 6}, "levels": [{"id": "gold", "name": "G", "threshold": "1"}]}), at=BEGAN, effective_from=BEGAN + 600 * DAY)
    converge(installation_id=shop.pk, states=[state(bought(1))], at=BEGAN)
    print(Order.objects.values_list("points"), Member.objects.values_list("tier", "tier_review_at"))
    withdraw(installation_id=shop.pk, number=1, at=BEGAN)
    print([timed.review_tiers(at=BEGAN + 1000 * DAY) for _ in range(4)])
