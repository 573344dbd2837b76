"""Rewards that were bought, and the checkouts they may be put into."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from rewards.baskets import basket, line, programme, reward, with_code, with_promotion

from saleor_loyalty.rewards.fitting import Bought, misfits
from saleor_loyalty.rewards.values import Held, Means, Obstacle, Why

GOODS = line("50")
FIVE_OFF = Bought(
    means=Means.VOUCHER, code="LOY-1", times=1, points=100, amount=Decimal(5), currency="USD",
    minimum=None,
)  # fmt: skip
CARD = replace(FIVE_OFF, means=Means.GIFT_CARD)


def obstacles(
    checkout: Any, bought: Bought = FIVE_OFF, *held: Held, terms: Any = None, **reward_terms: Any
) -> list[Obstacle]:
    document = programme(reward(**reward_terms), redeeming=terms or {})
    return list(misfits(document, document.rewards[0], bought, checkout, held))


def whys(*arguments: Any, **terms: Any) -> list[Why]:
    return [each.why for each in obstacles(*arguments, **terms)]


@pytest.mark.parametrize("bought", [FIVE_OFF, CARD])
def test_a_reward_fits_where_nothing_is_in_the_way(bought: Bought) -> None:
    assert obstacles(basket(GOODS), bought) == []


def test_its_own_code_is_not_in_its_way() -> None:
    checkout = replace(with_code(GOODS), voucher_code="LOY-1")

    assert obstacles(checkout, terms={"rewards_per_order": 1}) == []


def test_another_currency_is_told_alone() -> None:
    [obstacle] = obstacles(replace(with_code(GOODS), currency="EUR"))

    assert (obstacle.why, obstacle.facts) == (Why.WRONG_CURRENCY, {"currencies": ("USD",)})


def test_another_channel() -> None:
    assert whys(basket(GOODS), channels=["shop-floor"]) == [Why.WRONG_CHANNEL]


@pytest.mark.parametrize("bought", [FIVE_OFF, CARD])
def test_goods_that_cost_too_little(bought: Bought) -> None:
    [obstacle] = obstacles(basket(GOODS), replace(bought, minimum=Decimal(60)))

    assert obstacle.why is Why.BASKET_TOO_SMALL
    assert obstacle.facts == {"missing": 10, "currency": "USD"}


def test_as_many_rewards_as_an_order_can_have() -> None:
    other = Held("other", times=1, points=20, code="LOY-2")

    assert whys(basket(GOODS), CARD, other, terms={"rewards_per_order": 1}) == [
        Why.TOO_MANY_REWARDS
    ]
    assert whys(basket(GOODS), CARD, other, terms={"rewards_per_order": 2}) == []


def test_as_often_as_an_order_can_have_it() -> None:
    same = Held(reward()["id"], times=1, points=100, code="LOY-2")

    assert whys(basket(GOODS), CARD, same, per_order=1) == [Why.TOO_MANY_REWARDS]
    assert whys(basket(GOODS), CARD, same, per_order=2) == []


def test_as_many_points_as_an_order_can_have() -> None:
    other = Held("other", times=1, points=20, code="LOY-2")

    assert whys(basket(GOODS), CARD, other, terms={"points_per_order": 119}) == [
        Why.TOO_MANY_POINTS
    ]
    assert whys(basket(GOODS), CARD, other, terms={"points_per_order": 120}) == []


def test_a_promo_code_has_the_room_of_a_voucher_but_not_of_store_credit() -> None:
    [obstacle] = obstacles(with_code(GOODS))

    assert (obstacle.why, obstacle.facts) == (Why.PROMO_CODE_IN_CHECKOUT, {"code": "SUMMER"})
    assert obstacles(with_code(GOODS), CARD) == []


def test_another_reward_has_the_room_of_a_voucher() -> None:
    other = Held("other", times=1, points=20, code="SUMMER")

    assert whys(with_code(GOODS), FIVE_OFF, other) == [Why.REWARD_IN_CHECKOUT]


@pytest.mark.parametrize(
    ("bought", "kind", "net"),
    [
        (FIVE_OFF, {}, 3),
        # What depends on the goods is reckoned from them.
        (replace(FIVE_OFF, amount=None), {"kind": "PERCENT_OFF", "percent": 10}, 3),
        (replace(FIVE_OFF, amount=None), {"kind": "FREE_SHIPPING"}, 3),
    ],
)
def test_a_promotion_that_would_be_lost_is_told_with_what_is_saved_after_all(
    bought: Bought, kind: Any, net: int
) -> None:
    [obstacle] = obstacles(with_promotion(GOODS), bought, **kind)

    assert (obstacle.why, obstacle.facts["promotion"], obstacle.facts["net"]) == (
        Why.PROMOTION_LOST, 2, net,
    )  # fmt: skip
    assert obstacles(with_promotion(GOODS), CARD) == []


def test_points_that_became_money_by_themselves_fit_anywhere() -> None:
    document = programme(reward(), redeeming={})

    assert list(misfits(document, None, FIVE_OFF, basket(GOODS), [])) == []
    [lost] = misfits(document, None, FIVE_OFF, with_promotion(GOODS), [])
    assert lost.facts["net"] == 3
