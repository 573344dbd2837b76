"""Rewards that are given: by campaigns, events and levels, taken back and given again."""

from datetime import datetime
from typing import Any

import pytest
from accrual.shops import ANNA, buys, programme, shop_with
from accrual.worlds import BEGAN, DAY, LATER
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redemptions.holding import hold_reward

from saleor_loyalty.accrual.operations import settle
from saleor_loyalty.activities.operations import record, revoke
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import member_key
from saleor_loyalty.members.operations import enrol
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.redemptions import stock
from saleor_loyalty.redemptions.models import Entitlement, Redemption
from saleor_loyalty.redemptions.queries import entitlements_of

pytestmark = pytest.mark.django_db

REWARDS = [
    {"id": "coffee", "name": "Free coffee", "kind": "OTHER", "valid_days": 60},
    {"id": "cake", "name": "Cake", "kind": "OTHER"},
]
CARD = {"kind": "STAMPS", "id": "card", "name": "Card", "target": 2, "award": {"reward": "coffee"}}
BIRTHDAY = {"id": "born", "name": "Birthday", "event": "birthday", "reward": "cake",
            "limits": [{"times": 1, "per": "YEAR"}]}  # fmt: skip


def levels(*rewards: str, **terms: Any) -> dict[str, Any]:
    """Silver from the first order on, gold from the second, for six months each."""
    return {
        "metric": "ORDERS", "window": {"kind": "ROLLING", "months": 6},
        "validity": {"until": "MONTHS", "months": 6},
        "levels": [
            {"id": "silver", "name": "Silver", "threshold": "1"},
            {"id": "gold", "name": "Gold", "threshold": "2", "benefits": {"rewards": rewards}},
        ],
    } | terms  # fmt: skip


def shop_that(**parts: Any) -> Installation:
    return shop_with(programme(**{"rewards": REWARDS, **parts}))


def given(shop: Installation, *, at: datetime = BEGAN + 10 * DAY) -> list[str]:
    """What the member was given and can use."""
    anna = member_key(shop.pk, ANNA)
    return sorted(row.reward for row in entitlements_of([anna], at=at)[anna])


def sources() -> list[str]:
    rows = Entitlement.objects.filter(withdrawn_at=None)
    return list(rows.order_by("source").values_list("source", flat=True))


def order(shop: Installation, number: int, *, day: int | None = None, **changes: Any) -> None:
    buys(shop, number, at=BEGAN + (number if day is None else day) * DAY, **changes)


def take(shop: Installation, status: str) -> Redemption:
    """Let the member redeem a free coffee."""
    redemption = hold_reward(shop, ANNA, points=0, kind="OTHER", status=status)
    free = stock.free_entitlement(member_key(shop.pk, ANNA), "coffee", BEGAN + 10 * DAY)
    assert free
    free.redemption = redemption
    free.save()
    return redemption


class TestAFullCard:
    def test_gives_its_reward_for_as_long_as_that_can_be_used(self) -> None:
        shop = shop_that(campaigns=[CARD])
        order(shop, 1)
        assert given(shop) == []

        order(shop, 2)

        assert given(shop) == ["coffee"]
        row = Entitlement.objects.get()
        assert (row.source, row.earned_at) == ("award:card:1", BEGAN + 2 * DAY)
        assert row.expires_at == BEGAN + 62 * DAY
        assert given(shop, at=BEGAN + 62 * DAY) == []

    def test_gives_as_many_as_were_filled(self) -> None:
        shop = shop_that(campaigns=[CARD])
        for number in range(1, 7):
            order(shop, number)

        assert sources() == [f"award:card:{n}" for n in (1, 2, 3)]

    def test_gives_nothing_again_however_often_it_is_counted(self) -> None:
        shop = shop_that(campaigns=[CARD])
        for number in (1, 2):
            order(shop, number)
        for _ in range(2):
            settle(installation_id=shop.pk, member_ids=[member_key(shop.pk, ANNA)], at=LATER)

        assert sources() == ["award:card:1"]

    def test_is_no_longer_full_when_goods_come_back_and_is_again_with_others(self) -> None:
        shop = shop_that(campaigns=[CARD])
        for number in (1, 2):
            order(shop, number)
        order(shop, 1, kept=0, hour=1)
        assert given(shop) == []

        order(shop, 3)

        assert given(shop) == ["coffee"]
        assert Entitlement.objects.get().earned_at == BEGAN + 3 * DAY

    def test_whose_reward_is_being_redeemed_takes_that_back(self) -> None:
        shop = shop_that(campaigns=[CARD])
        for number in (1, 2):
            order(shop, number)
        redemption = take(shop, "ISSUED")

        order(shop, 2, kept=0, hour=1)

        redemption.refresh_from_db()
        assert (redemption.closing_as, redemption.due_at) == ("VOIDED", LATER)
        assert given(shop) == []

    def test_whose_reward_was_used_stays_so_and_counts_for_the_next_one(self) -> None:
        """Else each return would give another coffee."""
        shop = shop_that(campaigns=[CARD])
        for number in (1, 2):
            order(shop, number)
        redemption = take(shop, "USED")

        order(shop, 1, kept=0, hour=1)
        assert Entitlement.objects.get().withdrawn_at == LATER
        order(shop, 3)

        redemption.refresh_from_db()
        row = Entitlement.objects.get()
        assert (redemption.status, redemption.closing_as) == ("USED", "")
        assert (row.redemption_id, row.withdrawn_at) == (redemption.id, None)
        assert row.earned_at == BEGAN + 2 * DAY
        assert given(shop) == []

    def test_loses_the_last_reward_whichever_order_goes_back(self) -> None:
        shop = shop_that(campaigns=[CARD])
        for number in range(1, 5):
            order(shop, number)
        take(shop, "USED")

        order(shop, 1, kept=0, hour=1)

        assert sources() == ["award:card:1"]
        assert given(shop) == []

    def test_of_before_the_programme_gives_its_reward_on_the_first_day(self) -> None:
        shop = shop_that(campaigns=[CARD])
        for number in (1, 2):
            order(shop, number, day=-400 + number)

        assert Entitlement.objects.get().earned_at == BEGAN - DAY

    def test_gives_what_the_version_of_its_time_says(self) -> None:
        other = CARD | {"award": {"reward": "cake"}}
        shop = shop_that(campaigns=[CARD])
        publish(
            installation_id=shop.pk, document=programme(campaigns=[other], rewards=REWARDS),
            at=BEGAN, effective_from=BEGAN + 3 * DAY,
        )  # fmt: skip
        for number in range(1, 5):
            order(shop, number)

        assert given(shop) == ["cake", "coffee"]
        assert Entitlement.objects.get(reward="cake").expires_at == BEGAN + 34 * DAY


class TestAnEvent:
    def born(self, shop: Installation, year: int, *, is_revoked: bool = False) -> None:
        enrol(installation_id=shop.pk, saleor_user_ids=[ANNA], at=BEGAN)
        anna = member_key(shop.pk, ANNA)
        told = {"installation_id": shop.pk, "member_id": anna, "event": "birthday",
                "reference": str(year)}  # fmt: skip
        if is_revoked:
            revoke(**told)
        else:
            record(**told, occurred_at=BEGAN + (year - 2026) * 365 * DAY, at=LATER)
        settle(installation_id=shop.pk, member_ids=[anna], at=LATER)

    def test_gives_its_reward_until_it_is_revoked(self) -> None:
        shop = shop_that(earning={"events": [BIRTHDAY]})
        self.born(shop, 2026)
        assert (given(shop), sources()) == (["cake"], ["award:born:1"])

        self.born(shop, 2026, is_revoked=True)
        assert given(shop) == []

    def test_is_not_forgotten_where_orders_are_counted_alone(self) -> None:
        shop = shop_that(earning={"events": [BIRTHDAY]})
        self.born(shop, 2026)

        order(shop, 1)

        assert given(shop) == ["cake"]


class TestALevel:
    def test_gives_its_rewards_when_it_is_reached(self) -> None:
        shop = shop_that(tiers=levels("coffee", "cake"))
        order(shop, 1)
        assert given(shop) == []

        order(shop, 2)

        assert given(shop) == ["cake", "coffee"]
        assert sources() == ["tier:gold:cake:1", "tier:gold:coffee:1"]

    def test_takes_them_back_when_it_was_not_reached_after_all(self) -> None:
        shop = shop_that(tiers=levels("coffee"))
        for number in (1, 2):
            order(shop, number)

        order(shop, 2, kept=0, hour=1)

        assert given(shop) == []

    def test_gives_them_again_when_it_is_kept_at_a_review(self) -> None:
        shop = shop_that(tiers=levels("coffee"))
        for number, day in enumerate((0, 1, 100, 110), start=1):
            order(shop, number, day=day)

        assert sources() == ["tier:gold:coffee:1", "tier:gold:coffee:2"]
        renewed = Entitlement.objects.get(source="tier:gold:coffee:2")
        assert renewed.earned_at > BEGAN + 180 * DAY

    def test_gives_nothing_when_it_is_fallen_to(self) -> None:
        tiers = levels()
        tiers["levels"][0]["benefits"] = {"rewards": ["coffee"]}
        shop = shop_that(tiers=tiers)
        for number, day in enumerate((0, 1, 100), start=1):
            order(shop, number, day=day)
        buys(shop, 9, user="VXNlcjoy")

        anna = Entitlement.objects.filter(member_id=member_key(shop.pk, ANNA))
        assert [row.earned_at for row in anna] == [BEGAN]

    def test_that_takes_nothing_gives_its_reward_to_whoever_joins(self) -> None:
        tiers = levels()
        tiers["levels"][0] |= {"threshold": "0", "benefits": {"rewards": ["cake"]}}
        shop = shop_that(tiers=tiers)

        order(shop, 1)

        assert given(shop) == ["cake"]

    def test_that_came_with_a_later_version_gives_from_then_on(self) -> None:
        tiers = levels()
        tiers["levels"][0] |= {"threshold": "0", "benefits": {"rewards": ["cake"]}}
        shop = shop_with(programme())
        publish(
            installation_id=shop.pk, document=programme(tiers=tiers, rewards=REWARDS),
            at=BEGAN, effective_from=BEGAN + 3 * DAY,
        )  # fmt: skip
        order(shop, 1, day=0)

        assert Entitlement.objects.get().earned_at == BEGAN + 3 * DAY


def test_rewards_that_others_gave_are_left_alone() -> None:
    shop = shop_that(campaigns=[CARD])
    order(shop, 1)
    Entitlement.objects.create(
        installation=shop, member_id=member_key(shop.pk, ANNA), source="referral:1",
        reward="cake", earned_at=BEGAN,
    )  # fmt: skip

    order(shop, 2)

    assert given(shop) == ["cake", "coffee"]


@pytest.mark.parametrize(("award", "more"), [({"points": 5}, 0), ({"reward": "coffee"}, 1)])
def test_only_programmes_that_give_rewards_ask_for_them(award: dict[str, Any], more: int) -> None:
    shop = shop_that(campaigns=[CARD | {"award": award}])
    with CaptureQueriesContext(connection) as queries:
        order(shop, 1)

    asked = [query for query in queries if "loyalty_entitlement" in query["sql"]]
    assert len(asked) == more


def test_a_member_in_two_shops_is_given_each_ones_rewards() -> None:
    one, other = shop_that(campaigns=[CARD]), shop_that(campaigns=[CARD])
    for number in (1, 2):
        order(one, number)
    order(other, 1)

    assert (given(one), given(other)) == (["coffee"], [])
