"""Rewards that are put into another checkout than the one they were taken for."""

from decimal import Decimal
from uuid import UUID

import pytest
from redemptions.tills import Till

from saleor_loyalty.gateways.saleor.client import SaleorUnavailable
from saleor_loyalty.rewards.values import Unavailable, Why

PLAIN = 55


def test_a_code_leaves_its_checkout_which_can_still_be_paid(till: Till, anna: UUID) -> None:
    first, second = till.checkout(anna), till.checkout(anna)
    taken = till.redeem(anna, "money", first)

    till.apply(taken, second)

    assert (till.total(first), till.total(second)) == (PLAIN, PLAIN - 5)
    till.hears(till.pays(anna, second).id)
    till.hears(till.pays(anna, first).id)
    till.rests()
    assert till.points(anna) == (900, 0)


def test_it_goes_on_where_the_first_checkout_is_gone(till: Till, anna: UUID) -> None:
    first, second = till.checkout(anna), till.checkout(anna)
    taken = till.redeem(anna, "money", first)
    till.saleor.ask("RemoveCode", id=first, code=taken.code)
    till.pays(anna, first)

    till.apply(taken, second)

    assert till.total(second) == PLAIN - 5


@pytest.mark.parametrize("kind", ["DOWN", "LOST"])
def test_where_saleor_does_not_answer_the_first_checkout_can_still_be_paid(
    till: Till, anna: UUID, kind: str
) -> None:
    first, second = till.checkout(anna), till.checkout(anna)
    taken = till.redeem(anna, "money", first)
    till.trouble(kind, operation="ApplyCode")
    with pytest.raises(SaleorUnavailable):
        till.apply(taken, second)
    till.well()

    till.saleor.pay(first, *till.saleor.total(first))
    till.passes(minutes=40)
    till.works()

    till.hears(till.saleor.complete(first, till.people[anna]).id)
    till.rests()
    assert till.points(anna) == (1_000, 0)


@pytest.mark.parametrize("kind", ["DOWN", "LOST"])
def test_asked_again_it_is_in_one_checkout_only(till: Till, anna: UUID, kind: str) -> None:
    first, second = till.checkout(anna), till.checkout(anna)
    taken = till.redeem(anna, "money", first)
    till.trouble(kind, operation="ApplyCode")
    with pytest.raises(SaleorUnavailable):
        till.apply(taken, second)
    till.well()

    till.apply(taken, second)

    assert (till.total(first), till.total(second)) == (PLAIN, PLAIN - 5)


def test_what_is_told_is_of_the_new_checkout(till: Till, anna: UUID) -> None:
    till.terms(with_promo_code="REPLACE")
    first = till.checkout(anna, code="WELCOME10")
    taken = till.redeem(anna, "money", first)
    assert (taken.answer or {})["replaced"] == "WELCOME10"
    till.promote(percent=20, minimum="40")
    second = till.checkout(anna)

    moved = till.apply(taken, second, agreed=True)

    told = moved.answer or {}
    assert (told["replaced"], Decimal(told["lost"])) == ("", 10)


def test_again_tells_what_the_checkout_costs_by_now(till: Till, anna: UUID) -> None:
    checkout = till.checkout(anna)
    taken = till.redeem(anna)
    first = till.apply(taken, checkout).answer or {}
    till.redeem(anna, "card", checkout)

    again = till.apply(taken, checkout).answer or {}

    assert Decimal(again["total"]) == Decimal(first["total"])
    assert Decimal(again["balance"]) == Decimal(first["balance"]) - 5


def test_an_order_has_no_more_rewards_than_it_can(till: Till, anna: UUID) -> None:
    till.terms(rewards_per_order=1)
    checkout = till.checkout(anna)
    later = till.redeem(anna)
    till.redeem(anna, "card", checkout)

    with pytest.raises(Unavailable) as error:
        till.apply(later, checkout)

    assert [each.why for each in error.value.obstacles] == [Why.TOO_MANY_REWARDS]
    assert till.total(checkout) == PLAIN - 5
    till.rests()
