"""What another programme would have given over real orders, worked out by hand."""

from typing import Any, ClassVar

import pytest
from factories import DAY, make_shop
from redemptions.holding import hold_reward
from simulation.shops import ANNA, BEN, CARL, NOW, buy, member, programme, small_shop, tried

from saleor_loyalty.accrual.models import Budget
from saleor_loyalty.accrual.operations import settle
from saleor_loyalty.activities.operations import record
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import member_key
from saleor_loyalty.ledger.models import Movement
from saleor_loyalty.members.models import Member
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.programme.queries import NoProgramme, current
from saleor_loyalty.redemptions.models import RedemptionUse
from saleor_loyalty.simulation.operations import backtest, plan
from saleor_loyalty.simulation.reports import report
from saleor_loyalty.tiers.operations import Gift, set_tier

pytestmark = pytest.mark.django_db


def figures(shop: Installation, draft: Programme, *, months: int = 1) -> dict[str, Any]:
    """Compare a draft with what is in force."""
    task = plan(installation_id=shop.pk, draft=draft, months=months, at=NOW)
    return report(backtest(task), task.programmes)


class TestTheSmallShop:
    def test_gives_exactly_this(self) -> None:
        shop = small_shop()

        found = figures(shop, tried())

        assert found == {
            "members": 2,
            "orders": {"EUR": 2},
            "money": {"EUR": "90.00"},
            "current": {
                "points": 90, "rewarded_orders": 2, "by_rule": {"base": 90}, "by_tier": {"": 2},
                "cost": {"EUR": "0.90"}, "exceeded": {},
            },
            # January's order makes February's Anna's second; and it makes her silver.
            "draft": {
                "points": 190, "rewarded_orders": 2, "by_rule": {"base": 180, "second": 10},
                "by_tier": {"": 1, "silver": 1}, "cost": {"EUR": "1.90"}, "exceeded": {},
            },
            "winners": 2,
            "losers": 0,
            "wins": [
                {"member": member(shop, ANNA), "current": 60, "draft": 130},
                {"member": member(shop, BEN), "current": 30, "draft": 60},
            ],
            "losses": [],
            "dearest": [
                {"order": "2", "points": 130, "total": "60.00", "currency": "EUR",
                 "share": "0.0217"},
                {"order": "3", "points": 60, "total": "30.00", "currency": "EUR",
                 "share": "0.0200"},
            ],
            "movers": [
                {"from": "", "to": "silver", "members": 1, "examples": [member(shop, ANNA)]}
            ],
            "at_once": [
                {"from": "", "to": "silver", "members": 1, "examples": [member(shop, ANNA)]}
            ],
            "at_review": [
                {"from": "", "to": "silver", "members": 1, "examples": [member(shop, ANNA)]}
            ],
        }  # fmt: skip

    def test_gives_the_same_under_the_same_programme(self) -> None:
        shop = small_shop()

        found = figures(shop, current(shop.pk, NOW).document)

        assert found["current"] == found["draft"]
        assert found["winners"] == found["losers"] == 0
        assert found["movers"] == found["at_once"] == found["at_review"] == found["wins"] == []

    def test_counts_as_far_back_as_it_is_asked_to(self) -> None:
        shop = small_shop()

        found = figures(shop, tried(), months=3)

        assert found["orders"] == {"EUR": 3}
        assert (found["current"]["points"], found["draft"]["points"]) == (150, 310)

    def test_is_not_changed_by_being_counted(self) -> None:
        shop = small_shop()
        before = [
            list(model.objects.order_by("pk").values())
            for model in (Order, Movement, Member, Budget)
        ]  # fmt: skip

        figures(shop, tried())

        assert before == [
            list(model.objects.order_by("pk").values())
            for model in (Order, Movement, Member, Budget)
        ]  # fmt: skip


class TestOrders:
    def test_of_other_shops_never_count(self) -> None:
        shop = small_shop()
        before = figures(shop, tried())

        other = small_shop()
        buy(other, ANNA, "900", on="2026-02-15", number="9")

        assert figures(shop, tried()) == before

    def test_count_as_they_stand_now(self) -> None:
        shop = small_shop()
        buy(shop, ANNA, "100", on="2026-02-25", number="4", back="100")
        buy(shop, BEN, "100", on="2026-02-26", number="5", back="25")

        found = figures(shop, tried())

        # Ben's 75 euros are his second order; Anna's never was one.
        assert found["current"]["points"] == 90 + 75
        assert found["draft"]["points"] == 190 + 150 + 10

    def test_know_what_was_paid_with_points(self) -> None:
        shop = small_shop()
        reward = hold_reward(shop, BEN, points=10, amount=5)
        order = Order.objects.get(number="3")
        RedemptionUse.objects.create(
            installation=shop, redemption=reward, order_id=order.saleor_id, discount=5,
            currency="EUR", ordered_at=NOW, state_at=NOW, recorded_at=NOW,
        )  # fmt: skip

        found = figures(shop, programme(earning={"paid_by_points": "NONE"}))

        assert (found["current"]["points"], found["draft"]["points"]) == (90, 60)

    def test_after_it_was_asked_for_do_not_count(self) -> None:
        shop = small_shop()
        before = figures(shop, tried())
        buy(shop, BEN, "500", on="2026-03-02", number="6")

        assert figures(shop, tried()) == before

    def test_of_several_currencies_are_told_apart(self) -> None:
        shop = small_shop()
        buy(shop, CARL, "10", on="2026-02-11", number="7", currency="USD")
        both = {"EUR": {"points": 1, "per": "1"}, "USD": {"points": 3, "per": "1"}}

        found = figures(shop, programme(earning={"rates": both}))

        assert found["orders"] == {"EUR": 2, "USD": 1}
        assert found["money"] == {"EUR": "90.00", "USD": "10.00"}
        # Nothing is promised in dollars.
        assert found["draft"]["cost"] == {"EUR": "0.90", "USD": None}
        assert [each["currency"] for each in found["dearest"]] == ["EUR", "EUR"]

    def test_that_are_dear_are_found_where_nothing_is_promised(self) -> None:
        shop = small_shop()

        found = figures(shop, programme(value={}))

        assert found["draft"]["cost"] == {"EUR": None}
        assert [each["share"] for each in found["dearest"]] == ["1.0000", "1.0000"]


class TestEvents:
    REVIEW: ClassVar = {
        "id": "review", "name": "A review", "event": "review", "points": 40,
        "limits": [{"times": 1, "per": "MONTH"}],
    }  # fmt: skip

    def test_cost_what_most_orders_are_paid_in(self) -> None:
        shop = small_shop()
        for reference in "ab":
            record(
                installation_id=shop.pk, member_id=member_key(shop.pk, BEN), event="review",
                reference=reference, occurred_at=NOW - 5 * DAY, at=NOW,
            )  # fmt: skip

        found = figures(shop, programme(earning={"events": [self.REVIEW]}))

        assert found["draft"]["by_rule"] == {"base": 90, "review": 40}
        assert found["draft"]["cost"] == {"EUR": "1.30"}
        assert found["draft"]["rewarded_orders"] == 2


class TestBudgets:
    GIFT: ClassVar = {
        "id": "gift", "name": "Gift", "effect": {"kind": "BONUS", "points": 50}, "budget": 60,
    }  # fmt: skip

    def test_are_not_exceeded_however_many_want_them(self) -> None:
        found = figures(small_shop(), programme(earning={"rules": [self.GIFT]}))

        assert found["draft"]["by_rule"] == {"base": 90, "gift": 60}
        assert found["draft"]["points"] == 150
        assert found["draft"]["cost"] == {"EUR": "1.50"}
        assert found["draft"]["exceeded"] == {"gift": 100}

    def test_are_whole_again_whatever_was_given_of_them(self) -> None:
        shop = small_shop()
        rules = {"rules": [self.GIFT | {"budget": 100}]}
        publish(installation_id=shop.pk, document=programme(earning=rules), at=NOW)
        buy(shop, CARL, "10", on="2026-03-01", number="8")
        assert Budget.objects.get().spent == 50

        found = figures(shop, programme(earning=rules))

        # Three orders want it.
        assert found["draft"]["by_rule"]["gift"] == found["current"]["by_rule"]["gift"] == 100
        assert found["draft"]["exceeded"] == {"gift": 150}


class TestLevels:
    def test_that_were_promised_are_kept_when_a_draft_takes_effect(self) -> None:
        shop = small_shop()
        publish(installation_id=shop.pk, document=tried(), at=NOW - DAY / 2)
        anna = member_key(shop.pk, ANNA)
        settle(installation_id=shop.pk, member_ids=[anna], at=NOW)
        higher = tried().model_dump()
        higher["tiers"]["levels"][0]["threshold"] = "500"

        found = figures(shop, Programme.model_validate(higher))

        assert [(each["from"], each["to"]) for each in found["movers"]] == [("silver", "")]
        assert found["at_once"] == []
        assert [(each["from"], each["to"]) for each in found["at_review"]] == [("silver", "")]

    def test_given_by_hand_count_on_both_sides(self) -> None:
        shop = small_shop()
        publish(installation_id=shop.pk, document=tried(), at=NOW - DAY / 2)
        ben = member_key(shop.pk, BEN)
        gift = Gift("silver", NOW - DAY / 4, None, True, "A friend of the house", "VXNlcjo5")
        set_tier(installation_id=shop.pk, member_id=ben, gift=gift, key="k")

        found = figures(shop, tried())

        assert found["current"]["by_tier"] == found["draft"]["by_tier"] == {"silver": 2}


class TestAShop:
    def test_without_a_programme_has_nothing_to_compare_with(self) -> None:
        shop = small_shop()

        with pytest.raises(NoProgramme):
            plan(installation_id=shop.pk, draft=tried(), months=1, at=NOW - 365 * DAY)

    def test_without_members_is_counted_too(self) -> None:
        shop = small_shop()
        found = figures(make_shop(programme()), tried())

        assert (found["members"], found["orders"], found["draft"]["points"]) == (0, {}, 0)
        assert figures(shop, tried())["members"] == 2
