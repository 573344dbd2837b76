"""What the presets' points buy is what the famous programmes publish, worked out by hand."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from rewards.baskets import ANYBODY, NOON, basket, line
from shopping import Shopper as Buyer
from shopping import preset

from saleor_loyalty.gateways.saleor.checkouts import Checkout
from saleor_loyalty.rewards.rules import decide, offers
from saleor_loyalty.rewards.values import (
    Decision,
    Held,
    Means,
    Shopper,
    Taken,
    Unavailable,
    Why,
)

#: 24 November 2026.
TUESDAY = datetime.fromisoformat("2026-11-24T18:00:00+00:00")


def who(points: int = 0, **facts: Any) -> Shopper:
    return replace(ANYBODY, points=points, **facts)


def given(reward: str) -> Shopper:
    return who(given={reward: 1})


def has(
    name: str, reward: str, shopper: Shopper, checkout: Checkout | None = None, **asked: Any
) -> Decision:
    """What a shopper of a preset gets."""
    return decide(preset(name), reward, shopper, checkout=checkout, **{"at": NOON, **asked})


def refused(name: str, reward: str, shopper: Shopper, *args: Any, **asked: Any) -> list[Why]:
    """Why a shopper of a preset gets nothing."""
    with pytest.raises(Unavailable) as caught:
        has(name, reward, shopper, *args, **asked)
    return [each.why for each in caught.value.obstacles]


class TestSephora:
    """500 points are 10 dollars; a hundred dollars for Rouge, on some days, while there are any."""

    def test_500_points_take_ten_dollars_off(self) -> None:
        decision = has("sephora", "cash", who(500), basket(line("60")))

        assert (decision.points, decision.amount, decision.benefit) == (500, 10, 10)
        assert refused("sephora", "cash", who(499), basket(line("60"))) == [Why.NOT_ENOUGH_POINTS]

    def test_2500_points_take_a_hundred_dollars_off_for_rouge(self) -> None:
        rouge = who(2500, tier="rouge")

        assert has("sephora", "rouge-reward", rouge, at=TUESDAY).amount == 100
        assert refused("sephora", "rouge-reward", who(2500, tier="vip"), at=TUESDAY) == [
            Why.WRONG_TIER
        ]

    def test_they_come_on_tuesdays_and_thursdays_until_all_are_gone(self) -> None:
        rouge = who(2500, tier="rouge")

        assert refused("sephora", "rouge-reward", rouge, at=NOON) == [Why.NOT_NOW]
        assert has("sephora", "rouge-reward", rouge, at=TUESDAY, stock_taken=999)
        assert refused("sephora", "rouge-reward", rouge, at=TUESDAY, stock_taken=1000) == [
            Why.SOLD_OUT
        ]

    def test_rouge_members_buy_theirs_as_well(self) -> None:
        levels = preset("sephora").tiers

        assert levels
        assert [level.benefits.rewards for level in levels.levels] == [(), (), ()]

    def test_a_birthday_gift_is_free_and_nobody_buys_it(self) -> None:
        gifts = basket(line("40"), line("9", collections=("birthday-gifts",)))

        decision = has("sephora", "birthday-gift", given("birthday-gift"), gifts)

        assert (decision.points, decision.benefit) == (0, 9)
        assert refused("sephora", "birthday-gift", who(5000), gifts) == [Why.NOT_GIVEN]


class TestStarbucks:
    """25, 100, 200, 300 and 400 stars for things, not for money; one redemption an order."""

    LADDER = (
        ("extra", 25), ("brewed-coffee", 100), ("handcrafted-drink", 200), ("lunch", 300),
        ("merchandise", 400),
    )  # fmt: skip

    @pytest.mark.parametrize(("reward", "stars"), LADDER)
    def test_stars_buy_one_piece_of_what_the_rung_is_for(self, reward: str, stars: int) -> None:
        things = basket(line("3", 2, collections=(f"rewards-{stars}",)), line("20"))

        decision = has("starbucks", reward, who(stars), things)

        assert (decision.points, decision.benefit, decision.amount) == (stars, 3, None)
        assert refused("starbucks", reward, who(stars - 1), things) == [Why.NOT_ENOUGH_POINTS]

    def test_a_rung_is_for_its_own_things_only(self) -> None:
        cup = basket(line("15", collections=("rewards-400",)))

        assert refused("starbucks", "brewed-coffee", who(500), cup) == [Why.NO_ELIGIBLE_GOODS]

    def test_an_order_has_one_redemption(self) -> None:
        coffee = basket(line("3", collections=("rewards-100",)))
        there = [Held("extra", times=1, points=25)]

        assert Why.TOO_MANY_REWARDS in refused(
            "starbucks", "brewed-coffee", who(500), coffee, held_in_checkout=there
        )


class TestUlta:
    """More points at once buy more for each: 100 are 3 dollars, 2,000 are 125."""

    @pytest.mark.parametrize(
        ("points", "off"),
        [
            (100, "3"), (249, "3"), (250, "8"), (499, "8"), (500, "17.50"), (999, "17.50"),
            (1000, "50"), (1999, "50"), (2000, "125"), (9999, "125"),
        ],
    )  # fmt: skip
    def test_the_best_that_points_buy_comes_first(self, points: int, off: str) -> None:
        best = offers(preset("ulta"), who(points), checkout=basket(line("300")), at=NOON)[0]

        assert best.decision
        assert best.decision.amount == Decimal(off)

    def test_99_points_buy_nothing_yet(self) -> None:
        nearest = offers(preset("ulta"), who(99), at=NOON)[0]

        assert nearest.decision is None
        assert nearest.reward.id == "off-3"
        assert nearest.obstacles[0].facts["missing"] == 1


class TestTarget:
    """A cent off for each cent; five per cent off once for the birthday."""

    @pytest.mark.parametrize(
        ("cents", "price", "off"),
        [(1234, "60", "12.34"), (1, "60", "0.01"), (1234, "10.50", "10.50")],
    )
    def test_earnings_take_off_what_they_say(self, cents: int, price: str, off: str) -> None:
        decision = has("target", "earnings", who(cents), basket(line(price)))

        assert decision.amount == Decimal(off)
        assert decision.points == Decimal(off) * 100

    def test_a_shopper_may_spend_some_of_them(self) -> None:
        assert has("target", "earnings", who(1234), basket(line("60")), times=500).amount == 5

    def test_the_birthday_takes_five_per_cent_off(self) -> None:
        decision = has(
            "target", "birthday-discount", given("birthday-discount"), basket(line("60"))
        )

        assert (decision.points, decision.percent, decision.benefit) == (0, 5, 3)

    def test_an_offer_that_was_saved_takes_ten_per_cent_off_its_goods(self) -> None:
        shopper = Buyer(preset("target"))
        shopper.does("offer-saved", on="2026-07-01", reference="circle")
        goods = basket(line("20", collections=("saved-offer",)), line("60"))

        assert shopper.rewards() == ["saved-offer"]
        assert has("target", "saved-offer", given("saved-offer"), goods).benefit == 2


class TestChipotle:
    """An entrée is 1,625 points; what challenges bring is free."""

    MEAL = basket(
        line("10.95", categories=("entrees",)),
        line("8.95", categories=("entrees",)),
        line("3", categories=("drinks",)),
    )

    def test_1625_points_buy_an_entree(self) -> None:
        decision = has("chipotle", "entree", who(1625), self.MEAL)

        assert (decision.points, decision.benefit) == (1625, Decimal("8.95"))
        assert refused("chipotle", "entree", who(1624), self.MEAL) == [Why.NOT_ENOUGH_POINTS]

    def test_a_free_entree_costs_no_points(self) -> None:
        decision = has("chipotle", "free-entree", given("free-entree"), self.MEAL)

        assert (decision.points, decision.benefit) == (0, Decimal("8.95"))

    @pytest.mark.parametrize("reward", ["catering", "explorer-badge"])
    def test_staff_hand_over_what_no_shop_sells(self, reward: str) -> None:
        assert has("chipotle", reward, given(reward)).means is Means.RECORD


class TestTesco:
    """50 points are a pound with a partner, twice what a voucher takes off."""

    def test_a_partner_takes_a_code_for_50_points(self) -> None:
        decision = has("tesco", "partner-code", who(50))

        assert (decision.means, decision.points) == (Means.POOL, 50)
        assert decision.reward.valid_days == 183
        assert refused("tesco", "partner-code", who(49)) == [Why.NOT_ENOUGH_POINTS]


class TestPayouts:
    """What is paid out once a year is kept as store credit, and pays until it is used up."""

    @pytest.mark.parametrize("name", ["costco", "rei"])
    def test_a_cent_is_a_cent_for_paying_members_only(self, name: str) -> None:
        document = preset(name)
        conversion, least = document.conversion, document.redeeming.store_credit_from

        assert conversion
        assert document.membership
        assert conversion.members_only
        assert conversion.money["USD"] / conversion.step == Decimal("0.01")
        assert least["USD"] <= conversion.money["USD"]


class TestTesla:
    """Credits enter a raffle, as often as one likes."""

    def test_500_credits_are_an_entry_each_time(self) -> None:
        entered = who(500, taken=[Taken("raffle-entry", NOON)])

        assert has("tesla", "raffle-entry", entered).points == 500
        assert has("tesla", "raffle-entry", entered).means is Means.RECORD


class TestAStampCard:
    """The eleventh coffee is free."""

    def test_the_cheapest_coffee_is_free_and_no_cake_is(self) -> None:
        card = given("free-coffee")
        coffees = basket(line("4.50", categories=("coffee",)), line("3.20", categories=("coffee",)))

        assert has("stamp-card", "free-coffee", card, coffees).benefit == Decimal("3.20")
        cake = basket(line("3.90", categories=("cakes",)))
        assert refused("stamp-card", "free-coffee", card, cake) == [Why.NO_ELIGIBLE_GOODS]


@pytest.mark.parametrize("name", ["chipotle", "sephora", "starbucks", "stamp-card", "target"])
def test_every_reward_that_is_not_sold_is_given_for_something(name: str) -> None:
    document = preset(name)
    awards = [campaign.award.reward for campaign in document.campaigns]
    events = [event.reward for event in document.earning.events]

    assert {each.id for each in document.rewards if not each.points} <= {*awards, *events}
