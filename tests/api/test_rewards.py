"""What members can take for their points, and what it would do for a checkout."""

from datetime import UTC, datetime
from typing import Any

import pytest
from api.rewarding import REWARDS, Line, RewardShop, document
from asking import codes
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import NOON, make_member
from journeys.shop import Customer, Shop

from saleor_loyalty.programme.operations import publish
from saleor_loyalty.redemptions.models import Entitlement

REWARD = """
reward {
  id name kind points money { amount currency } steps { atLeast atMost } percent validDays
  minimum { amount currency } tiers stockLeft isGiven entitlements
}
"""
OFFER = f"""
{REWARD} isAvailable isAffordable timesAtMost means points
obstacles {{ code message missingPoints missingAmount {{ amount currency }} availableFrom
  lostPromotion {{ amount }} netBenefit {{ amount }} }}
discount {{ amount currency }} lostPromotion {{ amount }} netBenefit {{ amount currency }}
totalAfter {{ amount currency }} replacedPromoCode reductions {{ code message }}
"""
MINE = f'{{ me {{ rewards(currency: "USD") {{ {OFFER} }} }} }}'
OFFERS = f"query ($id: ID!) {{ checkoutOffers(checkoutId: $id) {{ {OFFER} }} }}"
COFFEE, BAG = "coffee-beans", "tote-bag"


def now() -> datetime:
    return datetime.now(UTC)


def mine(shop: RewardShop, who: Customer, query: str = MINE) -> dict[str, dict[str, Any]]:
    offers = shop.data(query, token=who.token)["me"]["rewards"]
    return {offer["reward"]["id"]: offer for offer in offers}


def offers(shop: RewardShop, who: Customer, checkout_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.data(OFFERS, token=who.token, id=checkout_id)[
        "checkoutOffers"
    ]
    return found


class TestRewards:
    def test_tell_what_they_cost_and_how_much_of_them_can_be_had(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        rewards.member(anna, 250)

        money = mine(rewards, anna)["money"]

        assert money["reward"] == {
            "id": "money",
            "name": "5 off",
            "kind": "MONEY_OFF",
            "points": 100,
            "money": [{"amount": 4.0, "currency": "EUR"}, {"amount": 5.0, "currency": "USD"}],
            "steps": {"atLeast": 1, "atMost": 1_000_000},
            "percent": None,
            "validDays": 30,
            "minimum": [],
            "tiers": [],
            "stockLeft": None,
            "isGiven": False,
            "entitlements": 0,
        }
        assert (money["isAvailable"], money["isAffordable"], money["obstacles"]) == (True, True, [])
        assert (money["timesAtMost"], money["points"], money["means"]) == (2, 200, "VOUCHER")

    def test_tell_how_many_points_are_missing(self, rewards: RewardShop, anna: Customer) -> None:
        rewards.member(anna, 250)

        tenth = mine(rewards, anna)["tenth"]

        assert (tenth["isAvailable"], tenth["isAffordable"], tenth["timesAtMost"]) == (
            False, False, 0,
        )  # fmt: skip
        [obstacle] = tenth["obstacles"]
        assert (obstacle["code"], obstacle["missingPoints"]) == ("NOT_ENOUGH_POINTS", 50)
        assert obstacle["message"]
        assert tenth["discount"] is None

    def test_are_there_for_a_customer_who_never_bought(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        found = mine(rewards, anna)

        assert [each["code"] for each in found["money"]["obstacles"]] == ["NOT_ENOUGH_POINTS"]
        assert found["money"]["obstacles"][0]["missingPoints"] == 100

    def test_that_are_only_given_say_whether_they_were(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        member_id = rewards.member(anna)
        before = mine(rewards, anna)["cake"]
        Entitlement.objects.create(
            installation_id=rewards.row.pk, member_id=member_id, source="birthday:2026",
            reward="cake", earned_at=NOON,
        )  # fmt: skip

        after = mine(rewards, anna)["cake"]

        assert [each["code"] for each in before["obstacles"]] == ["NOT_GIVEN"]
        assert (before["reward"]["isGiven"], before["isAffordable"]) == (False, False)
        assert after["obstacles"] == []
        assert (after["reward"]["isGiven"], after["reward"]["entitlements"]) == (True, 1)
        assert (after["reward"]["points"], after["points"]) == (None, 0)

    def test_with_a_stock_say_how_many_are_left(self, rewards: RewardShop, anna: Customer) -> None:
        rewards.member(anna, 100)
        assert mine(rewards, anna)["trees"]["reward"]["stockLeft"] == 3

        rewards.redeem(anna, "trees")

        assert mine(rewards, anna)["trees"]["reward"]["stockLeft"] == 2

    def test_that_were_had_often_enough_say_when_they_can_be_had_again(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        [money, *_] = REWARDS
        terms = document(rewards=[money | {"limits": [{"times": 1, "per": "YEAR"}]}])
        publish(installation_id=rewards.row.pk, document=terms, at=now())
        rewards.member(anna, 500)
        rewards.redeem(anna)

        [obstacle] = mine(rewards, anna)["money"]["obstacles"]

        assert obstacle["code"] == "LIMIT_REACHED"
        assert obstacle["availableFrom"] == f"{now().year + 1}-01-01T00:00:00+00:00"

    def test_speak_the_language_asked_for(self, rewards: RewardShop, anna: Customer) -> None:
        query = "{ me { rewards { reward { id name(language: FR) } } } }"

        assert mine(rewards, anna, query)["money"]["reward"]["name"] == "5 de moins"

    def test_of_several_currencies_want_to_know_which(
        self, rewards: RewardShop, anna: Customer
    ) -> None:
        rewards.member(anna, 250)

        money = mine(rewards, anna, f"{{ me {{ rewards {{ {OFFER} }} }} }}")["money"]

        assert [each["code"] for each in money["obstacles"]] == ["WRONG_CURRENCY"]

    def test_are_none_without_a_programme(self, rewards: RewardShop, anna: Customer) -> None:
        publish(installation_id=rewards.row.pk, document=document(rewards=[]), at=now())

        assert mine(rewards, anna) == {}

    def test_take_as_many_queries_for_a_page_as_for_one(self, rewards: RewardShop) -> None:
        fields = "rewards { isAvailable reward { stockLeft entitlements } }"
        fields += " redemptions(first: 3) { edges { node { id code status } } }"
        query = f"query ($n: Int) {{ members(first: $n) {{ edges {{ node {{ {fields} }} }} }} }}"
        for _ in range(4):
            make_member(rewards.row)
        rewards.data(query, token=rewards.staff(), n=1)

        counts = []
        for size in (1, 4):
            with CaptureQueriesContext(connection) as queries:
                rewards.data(query, token=rewards.staff(), n=size)
            counts.append(len(queries))

        assert counts[0] == counts[1]


class TestCheckoutOffers:
    def test_tell_what_a_reward_does_for_the_checkout_the_best_first(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 450)
        checkout = sandbox.checkout(anna, [(COFFEE, 4), (BAG, 2)])

        found = offers(rewards, anna, checkout)

        assert [each["reward"]["id"] for each in found[:2]] == ["money", "tenth"]
        total, _ = sandbox.total(checkout)
        money = found[0]
        assert money["discount"] == {"amount": 20.0, "currency": "USD"}
        assert money["netBenefit"] == {"amount": 20.0, "currency": "USD"}
        assert money["totalAfter"] == {"amount": float(total) - 20, "currency": "USD"}
        assert (money["timesAtMost"], money["points"], money["lostPromotion"]) == (4, 400, None)
        assert found[1]["discount"] == {"amount": 10.0, "currency": "USD"}

    def test_tell_what_the_goods_lack(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 450)
        checkout = sandbox.checkout(anna, [(COFFEE, 1)])

        tenth = next(
            each for each in offers(rewards, anna, checkout) if each["reward"]["id"] == "tenth"
        )

        [obstacle] = tenth["obstacles"]
        assert obstacle["code"] == "BASKET_TOO_SMALL"
        assert obstacle["missingAmount"] == {"amount": 37.5, "currency": "USD"}
        assert tenth["isAffordable"]

    def test_take_no_more_off_than_the_goods_cost(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        rewards.member(anna, 10_000)
        checkout = sandbox.checkout(anna, [(COFFEE, 1)])

        money = next(
            each for each in offers(rewards, anna, checkout) if each["reward"]["id"] == "money"
        )

        assert money["timesAtMost"] == 3
        assert money["discount"]["amount"] == 12.5

    def test_tell_what_a_promotion_is_worth_that_would_be_lost(
        self, far_rewards: RewardShop, line: Line, anna: Customer
    ) -> None:
        far_rewards.member(anna, 250)
        line.promotion = 4
        checkout = far_rewards.saleor.checkout(anna, [(COFFEE, 4)])

        found = far_rewards.data(OFFERS, token=far_rewards.customer(anna.id), id=checkout)

        money = next(each for each in found["checkoutOffers"] if each["reward"]["id"] == "money")
        assert not money["isAvailable"]
        assert [each["code"] for each in money["obstacles"]] == ["PROMOTION_LOST"]
        assert money["discount"] == {"amount": 10.0, "currency": "USD"}
        assert money["lostPromotion"] == {"amount": 4.0}
        assert money["netBenefit"] == {"amount": 6.0, "currency": "USD"}

    @pytest.mark.parametrize("checkout_id", ["", "x", "Q2hlY2tvdXQ6eA==", "x" * 300, "a\0b"])
    def test_of_no_checkout_are_an_error(
        self, rewards: RewardShop, anna: Customer, checkout_id: str
    ) -> None:
        answer = rewards.ask(OFFERS, token=anna.token, id=checkout_id)

        assert codes(answer) == ["CHECKOUT_NOT_FOUND"]
        assert answer["data"] == {"checkoutOffers": None}

    def test_of_somebody_elses_checkout_are_an_error(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer, ben: Customer
    ) -> None:
        checkout = sandbox.checkout(ben)

        found = codes(rewards.ask(OFFERS, token=anna.token, id=checkout))
        assert found == ["CHECKOUT_NOT_YOURS"]

    def test_are_for_customers_only(self, rewards: RewardShop) -> None:
        for token in (None, rewards.staff()):
            assert codes(rewards.ask(OFFERS, token=token, id="x")) == ["UNAUTHENTICATED"]


class TestLimits:
    """Whoever waits for Saleor waits once a request."""

    def test_one_reward_is_taken_at_a_time(self, rewards: RewardShop, anna: Customer) -> None:
        one = 'rewardRedeem(input: {rewardId: "money", idempotencyKey: "k"}) { errors { code } }'

        answer = rewards.ask(f"mutation {{ a: {one} b: {one} }}", token=anna.token)

        assert codes(answer) == ["LIMIT_EXCEEDED"]

    def test_offers_and_what_a_basket_earns_fit_into_one_query(
        self, rewards: RewardShop, sandbox: Shop, anna: Customer
    ) -> None:
        checkout = sandbox.checkout(anna)
        query = f"""query ($id: ID!) {{
          checkoutOffers(checkoutId: $id) {{ {OFFER} }}
          estimate(checkoutId: $id) {{ receipt {{ points reasons {{ sentence }} }} }}
        }}"""

        data = rewards.data(query, token=anna.token, id=checkout)

        assert data["estimate"]["receipt"]["points"] > 0
        assert data["checkoutOffers"]

    def test_a_page_of_members_with_their_redemptions_is_weighed(self, rewards: RewardShop) -> None:
        query = (
            "{ members(first: 100) { edges { node {"
            " redemptions(first: 100) { edges { node { id } } } } } } }"
        )

        assert codes(rewards.ask(query, token=rewards.staff())) == ["LIMIT_EXCEEDED"]
