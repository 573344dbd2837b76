"""Putting a reward into another checkout, and giving it back."""

import secrets
from decimal import Decimal
from typing import Any

import pytest
from api.rewarding import (
    APPLY,
    CANCEL,
    GOODS,
    RewardShop,
    available,
    error_codes,
    redemptions,
)
from asking import codes
from journeys.shop import Customer, Shop

from saleor_loyalty.entrypoints.api.scalars import global_id
from saleor_loyalty.keys import new_key


class TestApplying:
    def test_moves_a_reward_to_another_checkout(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 250)
        first, second = sandbox.checkout(anna, GOODS), sandbox.checkout(anna, GOODS)
        taken = rewards.redeem(anna, checkoutId=first, times=1)["redemption"]
        before, _ = sandbox.total(second)

        payload = rewards.does(APPLY, anna.token, redemptionId=taken["id"], checkoutId=second)

        assert payload["errors"] == []
        assert payload["redemption"]["checkoutId"] == second
        assert payload["checkout"]["discount"] == {"amount": 5.0}
        assert sandbox.total(second)[0] == before - 5
        assert available(rewards, anna) == 150

    def test_again_changes_nothing(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 250)
        checkout = sandbox.checkout(anna, GOODS)
        taken = rewards.redeem(anna)["redemption"]
        given = {"redemptionId": taken["id"], "checkoutId": checkout}

        first = rewards.does(APPLY, anna.token, **given)
        again = rewards.does(APPLY, anna.token, **given)

        assert again == first

    @pytest.mark.parametrize(
        ("change", "code", "field"),
        [
            ({"redemptionId": "x"}, "NOT_FOUND", "redemptionId"),
            ({"redemptionId": global_id("Redemption", new_key())}, "NOT_FOUND", "redemptionId"),
            ({"checkoutId": "x"}, "CHECKOUT_NOT_FOUND", "checkoutId"),
            ({"checkoutId": "a\0b"}, "CHECKOUT_NOT_FOUND", "checkoutId"),
        ],
    )
    def test_tells_what_is_wrong(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer, change: dict[str, Any],
        code: str, field: str,
    ) -> None:  # fmt: skip
        rewards.member(anna, 250)
        taken = rewards.redeem(anna)["redemption"]
        given = {"redemptionId": taken["id"], "checkoutId": sandbox.checkout(anna)} | change

        [error] = rewards.does(APPLY, anna.token, **given)["errors"]

        assert (error["code"], error["field"]) == (code, field)

    def test_keeps_a_promo_code_that_is_there(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 250)
        code = f"PROMO-{secrets.token_hex(4)}"
        sandbox.new_voucher(code, value=Decimal(3))
        checkout = sandbox.checkout(anna, GOODS, code=code)
        taken = rewards.redeem(anna)["redemption"]

        payload = rewards.does(APPLY, anna.token, redemptionId=taken["id"], checkoutId=checkout)

        assert error_codes(payload) == ["PROMO_CODE_IN_CHECKOUT"]
        assert redemptions(rewards, anna)[0]["status"] == "ISSUED"

    def test_of_what_has_ended_is_refused(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 250)
        taken = rewards.redeem(anna, "trees")["redemption"]

        payload = rewards.does(
            APPLY, anna.token, redemptionId=taken["id"], checkoutId=sandbox.checkout(anna)
        )

        assert error_codes(payload) == ["NOT_USABLE"]


class TestGivingBack:
    def test_frees_the_points_and_ends_the_code(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 250)
        checkout = sandbox.checkout(anna, GOODS)
        taken = rewards.redeem(anna, checkoutId=checkout, times=2)["redemption"]

        payload = rewards.does(CANCEL, anna.token, redemptionId=taken["id"])

        assert payload["errors"] == []
        assert payload["member"]["balance"] == {"available": 250, "held": 0}
        given_back = payload["redemption"]
        assert (given_back["status"], given_back["isClosing"]) == ("VOIDED", False)
        assert given_back["code"] is None
        assert given_back["closedAt"]
        assert rewards.does(CANCEL, anna.token, redemptionId=taken["id"]) == payload

    def test_is_too_late_once_it_was_used(self, rewards: RewardShop, anna: Customer) -> None:
        rewards.member(anna, 250)
        taken = rewards.redeem(anna, "trees")["redemption"]

        payload = rewards.does(CANCEL, anna.token, redemptionId=taken["id"])

        assert error_codes(payload) == ["ALREADY_USED"]
        assert available(rewards, anna) == 200

    def test_is_for_staff_too_who_take_back_what_no_order_used(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        rewards.member(anna, 250)
        money, trees = rewards.redeem(anna), rewards.redeem(anna, "trees", idempotencyKey="k2")
        given_back = [
            rewards.does(CANCEL, rewards.staff_token(), redemptionId=each["redemption"]["id"])
            for each in (money, trees)
        ]

        assert [error_codes(each) for each in given_back] == [[], []]
        assert [each["redemption"]["status"] for each in given_back] == ["VOIDED", "RESTORED"]
        assert available(rewards, anna) == 250

    def test_needs_staff_who_work_with_discounts(self, rewards: RewardShop, anna: Customer) -> None:
        rewards.member(anna, 250)
        taken = rewards.redeem(anna)["redemption"]
        given = {"redemptionId": taken["id"]}

        for token in (None, rewards.staff()):
            assert codes(rewards.ask(CANCEL, token=token, input=given)) == ["PERMISSION_DENIED"]
        assert available(rewards, anna) == 150


class TestOthers:
    def test_see_nothing_of_a_members_redemptions(
        self, rewards: RewardShop, anna: Customer, ben: Customer
    ) -> None:
        rewards.member(anna, 100)
        taken = rewards.redeem(anna)["redemption"]
        query = "query ($id: ID!) { redemption(id: $id) { id code } }"

        assert redemptions(rewards, ben) == []
        assert rewards.data(query, token=ben.token, id=taken["id"]) == {"redemption": None}
        for mutation, more in ((CANCEL, {}), (APPLY, {"checkoutId": rewards.saleor.checkout(ben)})):
            payload = rewards.does(mutation, ben.token, redemptionId=taken["id"], **more)
            assert error_codes(payload) == ["NOT_FOUND"]
        assert redemptions(rewards, anna)[0]["code"] == taken["code"]
