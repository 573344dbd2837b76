"""Rewards that cannot be taken: why not, and that nothing moves."""

import secrets
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from api.rewarding import (
    GOODS,
    REDEEM,
    RewardShop,
    available,
    document,
    error_codes,
)
from asking import codes
from journeys.shop import Customer, Shop

from saleor_loyalty.members.models import Member
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.redemptions.models import Redemption


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "code", "field"),
        [
            ({"rewardId": "nothing"}, "NOT_FOUND", "rewardId"),
            ({"rewardId": "a\0b"}, "NOT_FOUND", "rewardId"),
            ({"idempotencyKey": ""}, "INVALID", "idempotencyKey"),
            ({"idempotencyKey": "x" * 81}, "INVALID", "idempotencyKey"),
            ({"times": 0}, "INVALID", "times"),
            ({"times": -1}, "INVALID", "times"),
            ({"times": 1, "amount": {"amount": 5, "currency": "USD"}}, "INVALID", "times"),
            ({"amount": {"amount": 0, "currency": "USD"}}, "INVALID", "amount"),
            ({"amount": {"amount": -5, "currency": "USD"}}, "INVALID", "amount"),
            ({"amount": {"amount": 7, "currency": "USD"}}, "INVALID", "amount"),
            ({"amount": {"amount": 5.00001, "currency": "USD"}}, "INVALID", "amount"),
            ({"amount": {"amount": 1e30, "currency": "USD"}}, "INVALID", "amount"),
            ({"amount": {"amount": 5, "currency": "usd"}}, "INVALID", "amount"),
            ({"amount": {"amount": 5, "currency": "PLN"}}, "WRONG_CURRENCY", "rewardId"),
            ({"currency": None}, "WRONG_CURRENCY", "rewardId"),
            ({"currency": "usd"}, "INVALID", "currency"),
            ({"times": 4}, "NOT_ENOUGH_POINTS", "rewardId"),
            ({"rewardId": "cake"}, "NOT_GIVEN", "rewardId"),
            ({"checkoutId": ""}, "CHECKOUT_NOT_FOUND", "checkoutId"),
            ({"checkoutId": "x"}, "CHECKOUT_NOT_FOUND", "checkoutId"),
            ({"checkoutId": "a\0b"}, "CHECKOUT_NOT_FOUND", "checkoutId"),
            ({"checkoutId": "x" * 300}, "CHECKOUT_NOT_FOUND", "checkoutId"),
        ],
    )
    def test_say_what_is_wrong_and_move_no_point(
        self, rewards: RewardShop, anna: Customer, change: dict[str, Any], code: str, field: str
    ) -> None:
        rewards.member(anna, 350)
        currency = None if "amount" in change else "USD"

        payload = rewards.does(
            REDEEM,
            anna.token,
            **{"rewardId": "money", "idempotencyKey": "k", "currency": currency} | change,
        )

        [error] = payload["errors"]
        assert (error["code"], error["field"]) == (code, field)
        assert error["message"]
        assert payload["redemption"] is None
        assert available(rewards, anna) == 350
        assert not Redemption.objects.exists()

    def test_of_what_the_shop_cannot_make_are_the_same_for_ever_and_cost_nothing(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        nowhere = {"id": "unicorn", "name": "A unicorn", "kind": "PRODUCT", "points": 100,
                   "scope": {"only": {"products": ["unicorn"]}}}  # fmt: skip
        publish(
            installation_id=rewards.row.pk,
            document=document(rewards=[nowhere]),
            at=datetime.now(UTC),
        )
        rewards.member(anna, 350)

        for _ in range(2):
            payload = rewards.redeem(anna, "unicorn", currency="USD")

            assert error_codes(payload) == ["SALEOR_REFUSED"]
            assert available(rewards, anna) == 350
        assert Redemption.objects.get().trouble

    def test_tell_how_many_points_are_missing(self, rewards: RewardShop, anna: Customer) -> None:
        rewards.member(anna, 350)

        [error] = rewards.redeem(anna, times=4)["errors"]

        assert error["obstacle"]["missingPoints"] == 50

    def test_of_a_checkout_with_a_promo_code_keep_the_code(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 350)
        code = f"PROMO-{secrets.token_hex(4)}"
        sandbox.new_voucher(code, value=Decimal(3))
        checkout = sandbox.checkout(anna, GOODS, code=code)
        before = sandbox.total(checkout)

        [error] = rewards.redeem(anna, checkoutId=checkout)["errors"]

        assert (error["code"], error["field"]) == ("PROMO_CODE_IN_CHECKOUT", "checkoutId")
        assert sandbox.total(checkout) == before
        assert available(rewards, anna) == 350

    def test_of_somebody_elses_checkout(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer, ben: Customer
    ) -> None:
        rewards.member(anna, 350)
        checkout = sandbox.checkout(ben, GOODS)
        before = sandbox.total(checkout)

        [error] = rewards.redeem(anna, checkoutId=checkout)["errors"]

        assert (error["code"], error["field"]) == ("CHECKOUT_NOT_YOURS", "checkoutId")
        assert sandbox.total(checkout) == before
        assert available(rewards, anna) == 350

    def test_of_a_checkout_that_became_an_order(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 350)
        checkout = sandbox.checkout(anna, GOODS)
        sandbox.pay(checkout, *sandbox.total(checkout))
        sandbox.complete(checkout, anna)

        assert error_codes(rewards.redeem(anna, checkoutId=checkout)) == ["CHECKOUT_NOT_FOUND"]

    def test_of_a_token_that_saleor_does_not_believe_any_more(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        rewards.member(anna, 350)
        # Signed by a key that we know, but not by Saleor's own.
        forged = rewards.customer(anna.id)
        given = {"rewardId": "money", "idempotencyKey": "k"}

        assert codes(rewards.ask(REDEEM, token=forged, input=given)) == ["UNAUTHENTICATED"]
        assert available(rewards, anna) == 350

    def test_are_for_all_but_customers(self, rewards: RewardShop) -> None:
        given = {"rewardId": "money", "idempotencyKey": "k"}

        for token in (None, rewards.staff(), rewards.staff_token()):
            assert codes(rewards.ask(REDEEM, token=token, input=given)) == ["UNAUTHENTICATED"]
        assert not Member.objects.exists()
