"""What staff see of redemptions, and do about odd ones; and partners' codes."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from api.rewarding import RewardShop, error_codes
from asking import codes
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import make_shop
from journeys.shop import Customer

from saleor_loyalty.entrypoints.api.scalars import from_global_id, global_id
from saleor_loyalty.keys import new_key
from saleor_loyalty.redemptions.models import PartnerCode, Redemption, RedemptionUse

LIST = """
query ($status: RedemptionStatusEnum, $flagged: Boolean, $first: Int, $after: String) {
  redemptions(status: $status, flagged: $flagged, first: $first, after: $after) {
    edges { cursor node {
      id memberId status code
      uses { id orderId orderNumber discount { amount currency } points flag isToStop isResolved }
    } }
    pageInfo { hasNextPage }
  }
}
"""
RESOLVE = """
mutation ($input: RedemptionFlagResolveInput!) {
  redemptionFlagResolve(input: $input) { use { id isResolved flag } errors { field code message } }
}
"""
ADD = """
mutation ($input: RewardCodesAddInput!) {
  rewardCodesAdd(input: $input) { added errors { field code message } }
}
"""
DISCOUNTS = ["MANAGE_DISCOUNTS"]


def staff(shop: RewardShop, *permissions: str) -> str:
    held = list(permissions or DISCOUNTS)
    return shop.staff(permissions=held, user_permissions=held)


def listed(shop: RewardShop, **wanted: Any) -> list[dict[str, Any]]:
    page = shop.data(LIST, token=staff(shop), **wanted)["redemptions"]
    return [edge["node"] for edge in page["edges"]]


def used(redemption_id: str, *, flag: str = "", number: str = "12") -> RedemptionUse:
    """Let an order have used a redemption."""
    row = Redemption.objects.get(pk=from_global_id("Redemption", redemption_id))
    now = datetime.now(UTC)
    return RedemptionUse.objects.create(
        installation_id=row.installation_id, redemption=row, order_id=f"order-{number}",
        order_number=number, ordered_at=now, state_at=now, discount=Decimal(5), currency="USD",
        points=100, flag=flag, is_to_stop=bool(flag), recorded_at=now,
    )  # fmt: skip


class TestListing:
    def test_shows_the_newest_first_with_the_orders_that_used_them(
        self, rewards: RewardShop, anna: Customer, ben: Customer
    ) -> None:
        rewards.member(anna, 500)
        bens = rewards.member(ben, 500)
        first = rewards.redeem(anna)["redemption"]
        second = rewards.redeem(ben)["redemption"]
        use = used(second["id"], flag="USED_AGAIN")

        found = listed(rewards)

        assert [each["id"] for each in found] == [second["id"], first["id"]]
        assert found[0] == {
            "id": second["id"],
            "memberId": global_id("Member", bens),
            "status": "ISSUED",
            "code": second["code"],
            "uses": [
                {
                    "id": global_id("RedemptionUse", use.pk),
                    "orderId": "order-12",
                    "orderNumber": "12",
                    "discount": {"amount": 5.0, "currency": "USD"},
                    "points": 100,
                    "flag": "USED_AGAIN",
                    "isToStop": True,
                    "isResolved": False,
                }
            ],
        }
        assert found[1]["uses"] == []

    def test_goes_page_by_page(self, rewards: RewardShop, anna: Customer) -> None:
        rewards.member(anna, 500)
        made = [rewards.redeem(anna, idempotencyKey=f"k{n}", times=1) for n in range(3)]
        ids = [each["redemption"]["id"] for each in reversed(made)]

        page = rewards.data(LIST, token=staff(rewards), first=2)["redemptions"]
        rest = listed(rewards, first=2, after=page["edges"][-1]["cursor"])

        assert page["pageInfo"] == {"hasNextPage": True}
        assert [edge["node"]["id"] for edge in page["edges"]] == ids[:2]
        assert [each["id"] for each in rest] == ids[2:]

    def test_finds_those_that_are_so_far(self, rewards: RewardShop, anna: Customer) -> None:
        rewards.member(anna, 500)
        rewards.redeem(anna)
        trees = rewards.redeem(anna, "trees", idempotencyKey="k2")["redemption"]

        assert [each["id"] for each in listed(rewards, status="USED")] == [trees["id"]]
        assert listed(rewards, status="EXPIRED") == []

    def test_finds_those_that_somebody_should_look_at(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        rewards.member(anna, 500)
        odd = rewards.redeem(anna, times=1)["redemption"]
        rewards.redeem(anna, idempotencyKey="k2", times=1)
        for number in ("12", "13"):
            used(odd["id"], flag="USED_AGAIN", number=number)

        assert [each["id"] for each in listed(rewards, flagged=True)] == [odd["id"]]
        RedemptionUse.objects.update(resolved_at=datetime.now(UTC))
        assert listed(rewards, flagged=True) == []

    def test_keeps_a_code_from_staff_who_do_not_work_with_it(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        rewards.member(anna, 500)
        rewards.redeem(anna)
        query = "query ($id: ID!) { member(id: $id) { redemptions { edges { node { code } } } } }"
        member_id = global_id("Member", rewards.member(anna))

        def code(*permissions: str) -> Any:
            data = rewards.data(query, token=staff(rewards, *permissions), id=member_id)
            return data["member"]["redemptions"]["edges"][0]["node"]["code"]

        assert code("MANAGE_USERS") is None
        assert code("MANAGE_USERS", "MANAGE_DISCOUNTS").startswith("LOY-")
        Redemption.objects.update(means="GIFT_CARD")
        assert code("MANAGE_USERS", "MANAGE_DISCOUNTS") is None
        assert code("MANAGE_USERS", "MANAGE_GIFT_CARD").startswith("LOY-")

    def test_finds_one_by_its_id_in_its_own_shop(self, rewards: RewardShop, anna: Customer) -> None:
        rewards.member(anna, 500)
        taken = rewards.redeem(anna)["redemption"]
        query = "query ($id: ID!) { redemption(id: $id) { id status } }"

        def found(redemption_id: str) -> Any:
            return rewards.data(query, token=staff(rewards), id=redemption_id)["redemption"]

        assert found(taken["id"]) == {"id": taken["id"], "status": "ISSUED"}
        assert found("x") is None
        assert codes(rewards.ask(query, token=rewards.staff(), id=taken["id"])) == [
            "PERMISSION_DENIED"
        ]
        Redemption.objects.update(installation_id=make_shop().pk)
        assert found(taken["id"]) is None

    def test_tells_customers_nothing_of_orders(self, rewards: RewardShop, anna: Customer) -> None:
        rewards.member(anna, 500)
        used(rewards.redeem(anna)["redemption"]["id"])
        query = "{ me { redemptions { edges { node { status uses { orderNumber } } } } } }"

        answer = rewards.ask(query, token=anna.token)

        assert codes(answer) == ["PERMISSION_DENIED"]
        [edge] = answer["data"]["me"]["redemptions"]["edges"]
        assert edge["node"] == {"status": "ISSUED", "uses": None}

    @pytest.mark.parametrize(("is_by_other", "numbers"), [(False, ["41"]), (True, [])])
    def test_tells_customers_the_numbers_of_their_own_orders(
        self, rewards: RewardShop, anna: Customer, is_by_other: bool, numbers: list[str]
    ) -> None:
        rewards.member(anna, 500)
        used(rewards.redeem(anna)["redemption"]["id"])
        RedemptionUse.objects.update(order_number="41", is_live=True, is_by_other=is_by_other)

        query = "{ me { redemptions { edges { node { orderNumbers } } } } }"
        [edge] = rewards.data(query, token=anna.token)["me"]["redemptions"]["edges"]

        assert edge["node"] == {"orderNumbers": numbers}

    def test_is_for_staff_who_work_with_discounts(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        for token in (None, anna.token, rewards.staff()):
            answer = rewards.ask(LIST, token=token)
            assert codes(answer) == ["PERMISSION_DENIED"]

    def test_takes_as_many_queries_for_a_page_as_for_one(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        rewards.member(anna, 500)
        codes = [f"RED-{number}" for number in range(4)]
        rewards.does(ADD, rewards.staff_token(), rewardId="cinema", codes=codes)
        for number in range(4):
            taken = rewards.redeem(anna, "cinema", idempotencyKey=f"k{number}")
            used(taken["redemption"]["id"])

        counts = []
        for size in (1, 4):
            with CaptureQueriesContext(connection) as queries:
                assert len(listed(rewards, first=size)) == size
            counts.append(len(queries))

        assert counts[0] == counts[1]


class TestFlags:
    def test_are_resolved_by_staff_who_looked(self, rewards: RewardShop, anna: Customer) -> None:
        rewards.member(anna, 500)
        use = used(rewards.redeem(anna)["redemption"]["id"], flag="USED_BY_OTHER")
        use_id = global_id("RedemptionUse", use.pk)

        payload = rewards.does(RESOLVE, staff(rewards), useId=use_id)
        again = rewards.does(RESOLVE, staff(rewards), useId=use_id)

        assert payload == again
        assert payload["use"] == {"id": use_id, "isResolved": True, "flag": "USED_BY_OTHER"}

    def test_of_another_shop_are_not_there(self, rewards: RewardShop, anna: Customer) -> None:
        rewards.member(anna, 500)
        use = used(rewards.redeem(anna)["redemption"]["id"], flag="USED_BY_OTHER")
        RedemptionUse.objects.update(installation_id=make_shop().pk)

        for use_id in ("x", global_id("RedemptionUse", use.pk)):
            payload = rewards.does(RESOLVE, staff(rewards), useId=use_id)
            assert error_codes(payload) == ["NOT_FOUND"]
        assert RedemptionUse.objects.get().resolved_at is None

    def test_are_for_staff_only(self, rewards: RewardShop, anna: Customer) -> None:
        given = {"useId": global_id("RedemptionUse", new_key())}

        for token in (None, anna.token, rewards.staff()):
            assert codes(rewards.ask(RESOLVE, token=token, input=given)) == ["PERMISSION_DENIED"]


class TestCodes:
    def test_are_added_once_each(self, rewards: RewardShop) -> None:
        token = rewards.staff_token()
        first = rewards.does(ADD, token, rewardId="cinema", codes=[" A-1 ", "A-2", "A-2"])
        again = rewards.does(ADD, token, rewardId="cinema", codes=["A-2", "A-3"])

        assert (first["added"], again["added"]) == (2, 1)
        assert set(PartnerCode.objects.values_list("code", flat=True)) == {"A-1", "A-2", "A-3"}

    def test_are_taken_a_thousand_at_a_time(self, rewards: RewardShop) -> None:
        many = [f"CODE-{number:04}" for number in range(1_001)]
        token = rewards.staff_token()

        assert error_codes(rewards.does(ADD, token, rewardId="cinema", codes=many)) == ["INVALID"]
        assert rewards.does(ADD, token, rewardId="cinema", codes=many[1:])["added"] == 1_000

    @pytest.mark.parametrize(
        ("change", "code", "field"),
        [
            ({"rewardId": "nothing"}, "NOT_FOUND", "rewardId"),
            ({"rewardId": "money"}, "NOT_FOUND", "rewardId"),
            ({"codes": []}, "INVALID", "codes"),
            ({"codes": ["A", " "]}, "INVALID", "codes"),
            ({"codes": ["A\0"]}, "INVALID", "codes"),
            ({"codes": ["x" * 256]}, "INVALID", "codes"),
        ],
    )
    def test_that_cannot_be_used_are_refused(
        self, rewards: RewardShop, change: dict[str, Any], code: str, field: str
    ) -> None:
        given = {"rewardId": "cinema", "codes": ["A-1"]} | change

        [error] = rewards.does(ADD, rewards.staff_token(), **given)["errors"]

        assert (error["code"], error["field"]) == (code, field)
        assert not PartnerCode.objects.exists()

    def test_are_added_by_staff_whose_token_still_stands(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        given = {"rewardId": "cinema", "codes": ["A-1"]}

        assert codes(rewards.ask(ADD, token=anna.token, input=given)) == ["PERMISSION_DENIED"]
        assert codes(rewards.ask(ADD, token=staff(rewards), input=given)) == ["UNAUTHENTICATED"]
        assert not PartnerCode.objects.exists()
