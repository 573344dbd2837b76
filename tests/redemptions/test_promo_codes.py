"""A reward and the shop's own promotions in one checkout: nothing is replaced untold."""

from decimal import Decimal
from uuid import UUID

import pytest
from redemptions.tills import Till

from saleor_loyalty.rewards.values import Unavailable, Why

#: A tenth off 50 of goods, and 5 for shipping.
WITH_CODE = Decimal(50)


@pytest.fixture
def checkout(till: Till, anna: UUID) -> str:
    """A checkout that a promo code of the shop's is in."""
    return till.checkout(anna, code="WELCOME10")


class TestAPromoCodeThatCameFirst:
    def test_stays_where_rewards_are_refused_beside_it(
        self, till: Till, anna: UUID, checkout: str
    ) -> None:
        with pytest.raises(Unavailable) as error:
            till.redeem(anna, "money", checkout)

        [obstacle] = error.value.obstacles
        assert (obstacle.why, obstacle.facts["code"]) == (Why.PROMO_CODE_IN_CHECKOUT, "WELCOME10")
        assert till.total(checkout) == WITH_CODE
        assert till.points(anna) == (1_000, 0)

    def test_makes_room_where_it_is_to_be_replaced_and_is_named(
        self, till: Till, anna: UUID, checkout: str
    ) -> None:
        till.terms(with_promo_code="REPLACE")

        taken = till.redeem(anna, "money", checkout, times=2)

        assert (taken.answer or {})["replaced"] == "WELCOME10"
        assert till.total(checkout) == 45
        till.hears(till.pays(anna, checkout).id)
        till.rests()
        assert till.points(anna) == (800, 0)

    def test_stands_beside_store_credit(self, till: Till, anna: UUID, checkout: str) -> None:
        till.terms(with_promo_code="STORE_CREDIT")

        taken = till.redeem(anna, "money", checkout, times=2)

        assert taken.means == "GIFT_CARD"
        assert till.total(checkout) == WITH_CODE - 10
        till.hears(till.pays(anna, checkout).id)
        till.rests()
        assert till.points(anna) == (800, 0)

    def test_that_came_while_saleor_was_down_is_not_replaced(self, till: Till, anna: UUID) -> None:
        checkout = till.checkout(anna)
        till.trouble("DOWN", operation="ApplyCode")
        waiting = till.redeem(anna, "money", checkout, key="k")
        till.well()
        assert (waiting.status, waiting.answer) == ("ISSUED", None)
        till.saleor.ask("AddCode", id=checkout, code="WELCOME10")
        till.passes(minutes=1)

        for _ in range(2):
            with pytest.raises(Unavailable) as error:
                till.redeem(anna, "money", checkout, key="k")
            assert error.value.obstacles[0].why is Why.PROMO_CODE_IN_CHECKOUT

        assert till.total(checkout) == WITH_CODE
        assert till.points(anna) == (1_000, 0)
        till.rests()


class TestAPromoCodeThatCameLater:
    @pytest.mark.parametrize("policy", ["REFUSE", "REPLACE"])
    def test_took_the_rewards_place_and_the_points_come_back(
        self, till: Till, anna: UUID, policy: str
    ) -> None:
        till.terms(with_promo_code=policy)
        checkout = till.checkout(anna)
        taken = till.redeem(anna, "money", checkout)

        till.saleor.ask("AddCode", id=checkout, code="WELCOME10")
        assert till.total(checkout) == WITH_CODE
        till.hears(till.pays(anna, checkout).id)
        till.passes(minutes=31)
        till.works()

        taken.refresh_from_db()
        assert taken.status == "EXPIRED"
        assert till.points(anna) == (1_000, 0)
        till.rests()

    def test_stands_beside_store_credit(self, till: Till, anna: UUID) -> None:
        checkout = till.checkout(anna)
        till.redeem(anna, "card", checkout)

        till.saleor.ask("AddCode", id=checkout, code="WELCOME10")

        assert till.total(checkout) == WITH_CODE - 5
        till.hears(till.pays(anna, checkout).id)
        till.rests()
        assert till.points(anna) == (900, 0)


class TestAnOrderPromotion:
    """A fifth off baskets from 40 on: any voucher takes it away."""

    @pytest.fixture
    def promoted(self, till: Till, anna: UUID) -> str:
        till.promote(percent=20, minimum="40")
        checkout = till.checkout(anna)
        assert till.total(checkout) == 45
        return checkout

    def test_is_given_up_only_by_who_was_told(self, till: Till, anna: UUID, promoted: str) -> None:
        with pytest.raises(Unavailable) as error:
            till.redeem(anna, "money", promoted, key="k", times=3)

        [obstacle] = error.value.obstacles
        assert obstacle.why is Why.PROMOTION_LOST
        assert (obstacle.facts["promotion"], obstacle.facts["net"]) == (10, 5)
        assert till.total(promoted) == 45
        assert till.points(anna) == (1_000, 0)

        taken = till.redeem(anna, "money", promoted, key="k", times=3, accepts_lost_promotion=True)

        assert Decimal((taken.answer or {})["lost"]) == 10
        assert till.total(promoted) == 40
        till.hears(till.pays(anna, promoted).id)
        till.rests()
        assert till.points(anna) == (700, 0)

    def test_that_is_a_present_is_told_of_too(self, till: Till, anna: UUID) -> None:
        till.promote(percent=10, minimum="40", present="enamel-mug")
        checkout = till.checkout(anna)

        with pytest.raises(Unavailable) as error:
            till.redeem(anna, "money", checkout)

        [obstacle] = error.value.obstacles
        # 5 off, for a mug of 16.
        assert (obstacle.facts["promotion"], obstacle.facts["net"]) == (16, -11)

    def test_stays_beside_store_credit(self, till: Till, anna: UUID, promoted: str) -> None:
        till.redeem(anna, "card", promoted)

        assert till.total(promoted) == 40

    def test_is_told_of_where_a_reward_moves_into_its_checkout(
        self, till: Till, anna: UUID, promoted: str
    ) -> None:
        taken = till.redeem(anna)

        with pytest.raises(Unavailable) as error:
            till.apply(taken, promoted)
        assert error.value.obstacles[0].why is Why.PROMOTION_LOST

        till.apply(taken, promoted, agreed=True)
        assert till.total(promoted) == 50
