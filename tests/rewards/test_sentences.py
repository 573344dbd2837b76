"""What shoppers read of rewards they cannot have, or not as they asked."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from saleor_loyalty.programme.reward_terms import Reward
from saleor_loyalty.rewards.sentences import kind_of, obstacle, reduction
from saleor_loyalty.rewards.values import Cut, Obstacle, Reduction, Why

STARS = {
    "one": "star",
    "many": "stars",
    "translations": {"fr": {"one": "étoile", "many": "étoiles"}},
}
EURO = "\N{NO-BREAK SPACE}€"
OBSTACLES: list[tuple[Why, dict[str, Any], str]] = [
    (Why.NOT_ENOUGH_POINTS, {"missing": 1, "unit": STARS}, "You need 1 star more."),
    (Why.NOT_ENOUGH_POINTS, {"missing": 1200, "unit": STARS}, "You need 1,200 stars more."),
    (Why.NOT_GIVEN, {}, "This reward is given, not bought, and you have none."),
    (
        Why.WRONG_TIER,
        {"tiers": ("Silver", "Gold"), "translations": ({}, {"fr": "Or"})},
        "This reward is for: Silver, Gold.",
    ),
    (Why.WRONG_TIER, {}, "This reward is for members of other levels."),
    (Why.NOT_FOR_YOU, {}, "This reward is for other members."),
    (Why.NOT_NOW, {"from": None}, "This reward is not to be had any more."),
    (
        Why.NOT_NOW,
        {"from": "2026-12-01T00:00:00+01:00"},
        "You can have this reward from 1 December 2026.",
    ),
    (
        Why.NOT_NOW,
        {"from": "2026-12-01T17:30:00+01:00"},
        "You can have this reward from 1 December 2026, 17:30.",
    ),
    (Why.SOLD_OUT, {}, "None of this reward is left."),
    (Why.SOLD_OUT, {"left": 0}, "None of this reward is left."),
    (Why.SOLD_OUT, {"left": 1}, "Only 1 is left."),
    (Why.SOLD_OUT, {"left": 2000}, "Only 2,000 are left."),
    (Why.LIMIT_REACHED, {"until": None}, "You have had this reward as often as you can."),
    (
        Why.LIMIT_REACHED,
        {"until": "2027-01-01T00:00:00+09:00"},
        "You have had this reward as often as you can. You can again from 1 January 2027.",
    ),
    (Why.WRONG_CURRENCY, {}, "This reward cannot be used in this currency."),
    (
        Why.WRONG_CURRENCY,
        {"currencies": ("EUR", "USD")},
        "This reward can be used in: EUR, USD.",
    ),
    (Why.WRONG_CHANNEL, {}, "This reward cannot be used here."),
    (
        Why.BASKET_TOO_SMALL,
        {"missing": Decimal("12.5"), "currency": "EUR"},
        f"Add goods for 12.50{EURO} more to use this reward.",
    ),
    (Why.NO_ELIGIBLE_GOODS, {}, "There are no goods in the basket that this reward is for."),
    (Why.NOTHING_TO_TAKE_OFF, {}, "There is nothing that this reward could take off."),
    (
        Why.TOO_FEW,
        {"at_least": 5, "points": 500, "unit": STARS},
        "Take it at least 5 times, for 500 stars.",
    ),
    (
        Why.TOO_FEW,
        {"at_least": 1, "points": 1, "unit": STARS},
        "Take it at least 1 time, for 1 star.",
    ),
    (Why.TOO_MANY_REWARDS, {"limit": 1}, "Only 1 such reward can be used in an order."),
    (Why.TOO_MANY_REWARDS, {"limit": 2}, "Only 2 such rewards can be used in an order."),
    (
        Why.TOO_MANY_POINTS,
        {"limit": 4000, "unit": STARS},
        "Only 4,000 stars can be used in an order.",
    ),
    (
        Why.BENEFIT_LIMIT,
        {"limit": 30},
        "Rewards, promotions and promo codes together take off at most 30 % of the goods.",
    ),
    (
        Why.PROMO_CODE_IN_CHECKOUT,
        {"code": "SUMMER"},
        "The basket has the promo code SUMMER. Remove it to use this reward.",
    ),
    (
        Why.REWARD_IN_CHECKOUT,
        {},
        "There is another reward in the basket. Give it back to use this one.",
    ),
    (
        Why.PROMO_CODE_IN_CHECKOUT,
        {},
        "The basket has a promo code. Remove it to use this reward.",
    ),
    (
        Why.PROMOTION_LOST,
        {"promotion": Decimal(3), "net": Decimal(2), "currency": "EUR"},
        f"It ends a promotion worth 3{EURO}: you would save 2{EURO} in all.",
    ),
    (
        Why.PROMOTION_LOST,
        {"promotion": Decimal(8), "net": Decimal("-3.5"), "currency": "EUR"},
        f"It ends a promotion worth 8{EURO}: you would pay 3.50{EURO} more.",
    ),
    (Why.NEEDS_NEWER_SALEOR, {}, "This shop cannot give store credit yet."),
    (Why.NOT_APPLICABLE, {}, "This reward cannot be used in this checkout."),
]
REDUCTIONS: list[tuple[Cut, dict[str, Any], str]] = [
    (
        Cut.GOODS_COST_LESS,
        {"limit": Decimal("4.99"), "currency": "EUR"},
        f"There is only 4.99{EURO} to take off.",
    ),
    (Cut.SHARE_OF_ORDER, {"limit": 30}, "This reward takes off at most 30 % of the goods."),
    (
        Cut.TOTAL_BENEFIT,
        {"limit": 50},
        "Rewards, promotions and promo codes together take off at most 50 % of the goods.",
    ),
    (
        Cut.POINTS_PER_ORDER,
        {"limit": 4000, "unit": STARS},
        "Only 4,000 stars can be used in an order.",
    ),
    (Cut.STEPS_AT_MOST, {"limit": 1}, "It can be taken 1 time at most."),
    (Cut.STEPS_AT_MOST, {"limit": 3}, "It can be taken 3 times at most."),
]


@pytest.mark.parametrize(("why", "facts", "sentence"), OBSTACLES)
def test_an_obstacle_in_words(why: Why, facts: dict[str, Any], sentence: str) -> None:
    with translation.override("en"):
        assert obstacle(Obstacle(why, facts)) == sentence


@pytest.mark.parametrize(("cut", "facts", "sentence"), REDUCTIONS)
def test_a_reduction_in_words(cut: Cut, facts: dict[str, Any], sentence: str) -> None:
    with translation.override("en"):
        assert reduction(Reduction(cut, facts)) == sentence


def test_every_obstacle_and_reduction_has_one() -> None:
    assert {why for why, _facts, _sentence in OBSTACLES} == set(Why)
    assert {cut for cut, _facts, _sentence in REDUCTIONS} == set(Cut)


def test_facts_that_were_kept_as_json_say_the_same() -> None:
    kept = Reduction(Cut.GOODS_COST_LESS, {"limit": "4.99", "currency": "EUR"})

    with translation.override("en"):
        assert reduction(kept) == f"There is only 4.99{EURO} to take off."


def test_names_are_those_of_the_language() -> None:
    gold = Obstacle(Why.WRONG_TIER, {"tiers": ("Gold",), "translations": ({"fr": "Or"},)})
    missing = Obstacle(Why.NOT_ENOUGH_POINTS, {"missing": 2, "unit": STARS})

    with translation.override("fr"):
        assert "Or" in obstacle(gold)
        assert "2 étoiles" in obstacle(missing)


def test_every_kind_of_reward_is_called_something_of_its_own() -> None:
    kinds = Reward.model_json_schema()["properties"]["kind"]["enum"]
    rewards = [Reward.model_construct(kind=kind) for kind in kinds]

    with translation.override("en"):
        names = [kind_of(reward) for reward in rewards]

    assert len(set(names)) == len(kinds) == 9
    assert all(names)
