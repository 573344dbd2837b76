"""Taking a reward: what it answers, the first time and again."""

import secrets
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from api.rewarding import (
    CANCEL,
    GOODS,
    REDEEM,
    REWARDS,
    Line,
    RewardShop,
    available,
    document,
    error_codes,
    redemptions,
)
from django.db import connection
from django.test.utils import CaptureQueriesContext
from journeys.shop import Customer, Shop

from saleor_loyalty.programme.operations import publish
from saleor_loyalty.redemptions.models import PartnerCode, Redemption

# Transactions not counted, of which there are seven.
STATEMENTS_MAX = 24


class TestRedeeming:
    def test_holds_the_points_and_takes_money_off_the_checkout(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 250)
        checkout = sandbox.checkout(anna, GOODS)
        before, _ = sandbox.total(checkout)

        payload = rewards.redeem(anna, checkoutId=checkout, times=2)

        assert payload["errors"] == []
        assert payload["member"]["balance"] == {"available": 50, "held": 200}
        told = payload["checkout"]
        assert told["total"] == {"amount": float(before) - 10, "currency": "USD"}
        assert (told["subtotal"], told["discount"]) == ({"amount": 40.0}, {"amount": 10.0})
        assert told["balance"] == {"amount": told["total"]["amount"]}
        assert (told["replacedPromoCode"], told["lostPromotion"]) == (None, None)
        assert told["reductions"] == []
        assert sandbox.total(checkout) == (before - 10, "USD")
        taken = payload["redemption"]
        assert (taken["rewardId"], taken["name"], taken["kind"]) == ("money", "5 off", "MONEY_OFF")
        assert (taken["means"], taken["times"], taken["points"]) == ("VOUCHER", 2, 200)
        assert taken["amount"] == {"amount": 10.0, "currency": "USD"}
        assert (taken["status"], taken["isClosing"], taken["trouble"]) == ("ISSUED", False, None)
        assert (taken["checkoutId"], taken["usedAt"]) == (checkout, None)
        assert taken["code"].startswith("LOY-")
        sandbox.pay(checkout, *sandbox.total(checkout))
        assert sandbox.complete(checkout, anna).total == before - 10

    def test_costs_so_many_statements_and_calls_to_saleor(
        self, far_rewards: RewardShop, sandbox: Shop, line: Line, anna: Customer
    ) -> None:
        far_rewards.member(anna, 250)
        # Channels are asked for once a minute.
        far_rewards.redeem(anna, token=far_rewards.customer(anna.id))
        checkout = sandbox.checkout(anna, GOODS)
        asked = len(line.asked)

        with CaptureQueriesContext(connection) as queries:
            payload = far_rewards.redeem(
                anna,
                token=far_rewards.customer(anna.id),
                checkoutId=checkout,
                times=1,
                idempotencyKey="key-2",
            )

        assert payload["errors"] == []
        statements = [each["sql"] for each in queries if "SAVEPOINT" not in each["sql"]]
        assert len(statements) <= STATEMENTS_MAX, statements
        # Who asks, the checkout, a voucher, its channels, and into the checkout.
        assert len(line.asked) - asked == 5

    def test_takes_the_most_that_makes_sense_if_not_told_how_much(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 5_000)
        checkout = sandbox.checkout(anna, [("coffee-beans", 1)])

        payload = rewards.redeem(anna, checkoutId=checkout)

        assert payload["redemption"]["times"] == 3
        assert payload["checkout"]["subtotal"] == {"amount": 0.0}

    @pytest.mark.parametrize(("amount", "times"), [(5, 1), (15.0, 3)])
    def test_turns_the_money_that_a_shopper_chose_into_steps(
        self, rewards: RewardShop, anna: Customer, amount: float, times: int
    ) -> None:
        rewards.member(anna, 1_000)

        payload = rewards.redeem(anna, amount={"amount": amount, "currency": "USD"})

        assert payload["redemption"]["times"] == times
        assert payload["redemption"]["points"] == times * 100

    def test_without_a_checkout_gives_a_code_for_later(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        rewards.member(anna, 250)

        payload = rewards.redeem(anna)

        assert payload["errors"] == []
        assert (payload["checkout"], payload["redemption"]["checkoutId"]) == (None, None)
        assert payload["redemption"]["status"] == "ISSUED"
        assert redemptions(rewards, anna)[0]["code"] == payload["redemption"]["code"]

    def test_hands_over_at_once_what_saleor_has_no_part_in(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        rewards.member(anna, 100)

        payload = rewards.redeem(anna, "trees")

        assert payload["errors"] == []
        taken = payload["redemption"]
        assert (taken["status"], taken["means"], taken["code"]) == ("USED", "RECORD", None)
        assert payload["member"]["balance"] == {"available": 50, "held": 0}

    def test_gives_a_partners_code_to_one_member_each(
        self, rewards: RewardShop, anna: Customer, ben: Customer
    ) -> None:
        PartnerCode.objects.create(
            installation_id=rewards.row.pk, reward="cinema", code="RED-1",
            added_at=datetime.now(UTC),
        )  # fmt: skip
        rewards.member(anna, 100)
        rewards.member(ben, 100)

        first, second = rewards.redeem(anna, "cinema"), rewards.redeem(ben, "cinema")

        assert first["redemption"]["code"] == "RED-1"
        assert redemptions(rewards, anna)[0]["code"] == "RED-1"
        assert error_codes(second) == ["SOLD_OUT"]
        assert available(rewards, ben) == 100


class TestTerms:
    """What the programme says of all rewards, as the answer shows it."""

    def publish(self, shop: RewardShop, **parts: Any) -> None:
        publish(installation_id=shop.row.pk, document=document(**parts), at=datetime.now(UTC))

    def test_a_reward_may_take_the_place_of_a_promo_code_which_is_named(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        self.publish(rewards, redeeming={"with_promo_code": "REPLACE"})
        rewards.member(anna, 250)
        code = f"PROMO-{secrets.token_hex(4)}"
        sandbox.new_voucher(code, value=Decimal(3))
        checkout = sandbox.checkout(anna, GOODS, code=code)

        payload = rewards.redeem(anna, checkoutId=checkout, times=1)

        assert payload["errors"] == []
        assert payload["checkout"]["replacedPromoCode"] == code
        assert payload["checkout"]["subtotal"] == {"amount": 45.0}

    def test_less_than_was_asked_for_has_its_reasons(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        [money, *_] = REWARDS
        self.publish(rewards, rewards=[money | {"share_at_most": 20}])
        rewards.member(anna, 5_000)
        checkout = sandbox.checkout(anna, GOODS)

        payload = rewards.redeem(anna, checkoutId=checkout)

        assert payload["redemption"]["points"] == 200
        [reduction] = payload["checkout"]["reductions"]
        assert reduction["code"] == "SHARE_OF_ORDER"
        assert reduction["message"]


class TestStoreCredit:
    """A gift card of Saleor's, which is a means of payment: nothing that is there is lost."""

    def test_keeps_a_promo_code_and_lowers_what_is_to_be_paid(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        terms = document(redeeming={"with_promo_code": "STORE_CREDIT"})
        publish(installation_id=rewards.row.pk, document=terms, at=datetime.now(UTC))
        rewards.member(anna, 250)
        code = f"PROMO-{secrets.token_hex(4)}"
        sandbox.new_voucher(code, value=Decimal(3))
        checkout = sandbox.checkout(anna, GOODS, code=code)

        payload = rewards.redeem(anna, checkoutId=checkout, times=2)

        assert payload["errors"] == []
        assert payload["redemption"]["means"] == "GIFT_CARD"
        assert payload["redemption"]["code"]
        told = payload["checkout"]
        assert (told["replacedPromoCode"], told["subtotal"]) == (None, {"amount": 47.0})
        assert told["balance"]["amount"] == told["total"]["amount"] - 10
        assert available(rewards, anna) == 50


class TestAPromotion:
    """Saleor removes an order promotion where a voucher comes."""

    def test_is_given_up_only_by_who_agreed(
        self, far_rewards: RewardShop, line: Line, anna: Customer
    ) -> None:
        far_rewards.member(anna, 250)
        line.promotion = 4
        given = {
            "rewardId": "money", "times": 2, "idempotencyKey": "k",
            "checkoutId": far_rewards.saleor.checkout(anna, GOODS),
        }  # fmt: skip
        token = far_rewards.customer(anna.id)

        asked = far_rewards.does(REDEEM, token, **given)
        agreed = far_rewards.does(REDEEM, token, **given, acceptLostPromotion=True)

        [error] = asked["errors"]
        assert (error["code"], error["field"]) == ("PROMOTION_LOST", "acceptLostPromotion")
        assert error["obstacle"]["lostPromotion"] == {"amount": 4.0, "currency": "USD"}
        assert error["obstacle"]["netBenefit"] == {"amount": 6.0, "currency": "USD"}
        assert asked["redemption"] is None
        assert agreed["errors"] == []
        assert agreed["checkout"]["lostPromotion"] == {"amount": 4.0}
        assert agreed["member"]["balance"] == {"available": 50, "held": 200}


class TestTheSameKey:
    def test_again_is_answered_as_the_first_time(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 250)
        checkout = sandbox.checkout(anna, GOODS)

        first = rewards.redeem(anna, checkoutId=checkout, times=1)
        again = rewards.redeem(anna, checkoutId=checkout, times=1)

        assert again == first
        assert available(rewards, anna) == 150
        assert Redemption.objects.count() == 1

    def test_with_another_request_is_refused(self, rewards: RewardShop, anna: Customer) -> None:
        rewards.member(anna, 250)
        rewards.redeem(anna, times=1)

        [error] = rewards.redeem(anna, times=2)["errors"]

        assert (error["code"], error["field"]) == ("IDEMPOTENCY_KEY_USED", "idempotencyKey")
        assert available(rewards, anna) == 150

    def test_after_the_programme_changed_is_still_the_same_request(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        rewards.member(anna, 1_000)
        wish = {"amount": {"amount": 15, "currency": "USD"}}
        first = rewards.redeem(anna, **wish)
        publish(installation_id=rewards.row.pk, document=document(rewards=[]), at=datetime.now(UTC))

        assert rewards.redeem(anna, **wish) == first

    def test_belongs_to_its_member(
        self, rewards: RewardShop, anna: Customer, ben: Customer
    ) -> None:
        rewards.member(anna, 100)
        rewards.member(ben, 100)

        first, second = rewards.redeem(anna), rewards.redeem(ben)

        assert first["errors"] == second["errors"] == []
        assert first["redemption"]["id"] != second["redemption"]["id"]

    def test_of_a_reward_that_ended_meanwhile_says_so(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        rewards.member(anna, 100)
        taken = rewards.redeem(anna)["redemption"]
        rewards.does(CANCEL, anna.token, redemptionId=taken["id"])

        payload = rewards.redeem(anna)

        assert error_codes(payload) == ["NOT_USABLE"]
        assert (payload["redemption"]["status"], payload["redemption"]["code"]) == ("VOIDED", None)
