"""Orders of which a part goes back: a reward follows what it was used for, and nothing else."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from journeys.shop import Order
from redemptions.tills import Till

from saleor_loyalty.redemptions.models import Entitlement


def buys(till: Till, member: UUID, checkout: str) -> Order:
    order = till.pays(member, checkout)
    till.hears(order.id)
    till.works()
    return order


def sends_back(till: Till, order: Order, sku: str, pieces: int = 1) -> None:
    [line] = [each.id for each in till.state(order.id).lines if each.goods.sku == sku]
    till.saleor.fulfil(order.id)
    till.saleor.return_lines(order.id, {line: pieces})
    till.hears(order.id)
    till.works()


@pytest.mark.parametrize(
    ("reward", "wish", "cost"),
    [("card", {"times": 10}, 1_000), ("post", {}, 150), ("coffee", {}, 200), ("money", {}, 100)],
)
def test_goods_on_sale_bring_their_share_and_not_what_the_sale_took_off(
    till: Till, anna: UUID, reward: str, wish: Any, cost: int
) -> None:
    checkout = till.checkout(anna, [("coffee-beans", 4), ("dark-chocolate", 1)])
    till.redeem(anna, reward, checkout, **wish)
    order = buys(till, anna, checkout)
    assert till.points(anna) == (1_000 - cost, 0)

    sends_back(till, order, "dark-chocolate")

    assert till.points(anna)[0] - (1_000 - cost) < cost * 0.1
    till.rests()


def test_a_free_piece_brings_its_own_points_and_none_of_the_store_credit(
    till: Till, anna: UUID
) -> None:
    checkout = till.checkout(anna, [("coffee-beans", 1), ("tote-bag", 2)])
    till.redeem(anna, "coffee", checkout)
    till.redeem(anna, "card", checkout, times=6)
    order = buys(till, anna, checkout)
    assert till.points(anna) == (200, 0)

    sends_back(till, order, "coffee-beans")

    assert till.points(anna) == (400, 0)
    till.rests()


def test_a_present_brings_nothing(till: Till, anna: UUID) -> None:
    till.promote(percent=10, minimum="40", present="enamel-mug")
    checkout = till.checkout(anna)
    till.redeem(anna, "card", checkout, times=2)
    order = buys(till, anna, checkout)

    sends_back(till, order, "enamel-mug")

    assert till.points(anna) == (800, 0)


def test_a_payment_made_twice_and_given_back_brings_nothing(till: Till, anna: UUID) -> None:
    checkout = till.checkout(anna)
    taken = till.redeem(anna, "money", checkout)
    till.saleor.pay(checkout, Decimal(50), "USD")
    order = buys(till, anna, checkout)

    till.saleor.refund(order.id, Decimal(50))
    till.hears(order.id)

    taken.refresh_from_db()
    assert (taken.status, till.points(anna)) == ("USED", (900, 0))


def test_an_order_made_smaller_before_it_was_confirmed_brings_nothing(
    till: Till, anna: UUID
) -> None:
    checkout = till.checkout(anna)
    till.redeem(anna, "money", checkout)
    state = till.state(buys(till, anna, checkout).id)
    [line] = state.lines
    half = replace(
        line, quantity=2, gross=line.gross / 2, undiscounted_gross=line.undiscounted_gross / 2
    )

    till.hears_states(
        replace(
            state,
            lines=(half,),
            total=Decimal("27.5"),
            charged=Decimal("27.5"),
            refunded=Decimal("22.5"),
            changed_at=state.changed_at + timedelta(minutes=1),
        )
    )

    assert till.points(anna) == (900, 0)


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_of_an_order_heard_of_when_hardly_anything_was_left_no_point_stays_held(
    till: Till, anna: UUID, is_cancelled: bool
) -> None:
    checkout = till.checkout(anna)
    till.redeem(anna, "money", checkout)
    order = till.pays(anna, checkout)
    till.saleor.refund(order.id, Decimal("49.80"))
    till.hears(order.id)
    if is_cancelled:
        till.saleor.cancel(order.id)
        till.hears(order.id)
    till.works()

    assert till.points(anna) == (1_000, 0)


def test_an_order_heard_of_after_its_reward_was_ended_is_charged_once_however_often_it_is_told(
    till: Till, anna: UUID
) -> None:
    taken = till.redeem(anna)
    till.cancel(taken)
    order = till.pays(anna, till.checkout(anna))
    state = replace(till.state(order.id), voucher_code=taken.code)

    for minutes in range(3):
        later = timedelta(minutes=minutes)
        till.hears_states(replace(state, changed_at=state.changed_at + later))

        taken.refresh_from_db()
        assert (taken.status, till.points(anna)) == ("USED", (900, 0))


@pytest.mark.parametrize("reward", ["small", "mug"])
def test_a_given_reward_whose_time_has_passed_meanwhile_was_given_all_the_same(
    till: Till, anna: UUID, reward: str
) -> None:
    Entitlement.objects.create(
        installation=till.row, member_id=anna, source="test", reward=reward, earned_at=till.at,
        expires_at=till.at + timedelta(minutes=30),
    )  # fmt: skip
    checkout = till.checkout(anna, [("enamel-mug", 1), ("coffee-beans", 2)])
    taken = till.redeem(anna, reward, checkout)
    order = buys(till, anna, checkout)
    till.saleor.refund(order.id, order.total)
    till.hears(order.id)
    till.passes(minutes=60)

    till.saleor.report(order.id, "REFUND_REVERSE", order.total)
    till.hears(order.id)

    taken.refresh_from_db()
    assert (taken.status, till.points(anna)) == ("USED", (1_000, 0))
    assert [use.flag for use in taken.uses.all()] == [""]


def test_a_given_reward_had_again_meanwhile_is_not_had_twice_for_nothing(
    till: Till, anna: UUID
) -> None:
    Entitlement.objects.create(
        installation=till.row, member_id=anna, source="test", reward="small", earned_at=till.at,
    )  # fmt: skip
    orders = []
    for _ in range(2):
        checkout = till.checkout(anna)
        till.redeem(anna, "small", checkout)
        order = buys(till, anna, checkout)
        till.saleor.refund(order.id, order.total)
        till.hears(order.id)
        till.works()
        orders.append(order)
    assert till.points(anna) == (1_000, 0)

    for order in orders:
        till.saleor.report(order.id, "REFUND_REVERSE", order.total)
        till.hears(order.id)

    assert till.points(anna) == (1_000 - 50, 0)
