"""Who may have a reward, when, and how often."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from rewards.baskets import (
    ANYBODY,
    NOON,
    STEPS,
    basket,
    line,
    offer,
    programme,
    refused,
    reward,
    take,
    whys,
)

from saleor_loyalty.rewards.rules import decide
from saleor_loyalty.rewards.values import Taken, Why

GOLD = replace(ANYBODY, tier="gold")
VIP = replace(ANYBODY, segments=frozenset({"vip"}))
POOR = replace(ANYBODY, points=99)
GIVEN = replace(ANYBODY, points=0, given={"it": 1})


def test_a_reward_costs_its_points() -> None:
    decision = take(reward())

    assert (decision.times, decision.points, decision.is_given) == (1, 100, False)


def test_a_reward_that_the_programme_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError):
        decide(programme(reward()), "another", ANYBODY, at=NOON)


@pytest.mark.parametrize(
    ("terms", "who", "points"),
    [
        ({"tier_points": {"gold": 80}}, GOLD, 80),
        ({"tier_points": {"gold": 80}}, ANYBODY, 100),
        ({"tier_points": {"gold": 80}, "points": None}, GOLD, 80),
        ({"tier_points": {"silver": 80}}, GOLD, 100),
    ],
)
def test_levels_may_have_prices_of_their_own(terms: Any, who: Any, points: int) -> None:
    assert take(reward(**terms), None, who).points == points
    assert offer(reward(**terms), None, who).points == points


def test_who_has_too_few_points_is_told_how_many_are_missing() -> None:
    [obstacle] = refused(reward(), None, POOR)

    assert obstacle.why is Why.NOT_ENOUGH_POINTS
    assert obstacle.facts["missing"] == 1


def test_points_owed_are_missing_too() -> None:
    [obstacle] = refused(reward(), None, replace(ANYBODY, points=-30))

    assert obstacle.facts["missing"] == 130


def test_what_is_not_sold_must_be_given() -> None:
    assert whys(reward(points=None)) == [Why.NOT_GIVEN]
    assert offer(reward(points=None)).points is None


class TestGiven:
    def test_what_was_given_costs_nothing(self) -> None:
        decision = take(reward(points=None), None, GIVEN)

        assert (decision.times, decision.points, decision.is_given) == (1, 0, True)

    def test_is_used_before_points_are(self) -> None:
        assert take(reward(), None, replace(ANYBODY, given={"it": 1})).is_given

    def test_what_is_owed_does_not_take_it_away(self) -> None:
        assert take(reward(), None, replace(GIVEN, points=-30)).points == 0

    def test_another_reward_is_not_meant(self) -> None:
        assert not take(reward(), None, replace(ANYBODY, given={"other": 1})).is_given

    def test_is_had_once_at_a_time(self) -> None:
        both = replace(ANYBODY, given={"it": 3})

        assert take(reward(**STEPS), basket(line("50")), both).times == 1
        assert take(reward(**STEPS), None, both, times=1).is_given

    def test_whoever_wants_more_at_once_pays_for_all(self) -> None:
        decision = take(reward(**STEPS), None, replace(ANYBODY, given={"it": 3}), times=2)

        assert (decision.points, decision.is_given) == (200, False)

    def test_does_not_ask_for_the_steps_that_buyers_must_take(self) -> None:
        decision = take(reward(**{**STEPS, "steps": {"at_least": 5}}), None, GIVEN)

        assert (decision.times, decision.amount) == (1, 5)

    @pytest.mark.parametrize(
        "terms",
        [
            {"audience": {"tiers": ["gold"]}},
            {"audience": {"segments": ["vip"]}},
            {"limits": [{"times": 1, "per": "EVER"}]},
            {"when": {"ends_at": "2026-11-01T00:00:00Z"}},
            {"when": {"starts_at": "2026-12-01T00:00:00Z"}},
        ],
    )
    def test_what_limits_buyers_does_not_take_it_away(self, terms: Any) -> None:
        had = replace(GIVEN, taken=[Taken("it", NOON)])

        assert take(reward(**terms), None, had).is_given

    def test_weekdays_hold_for_it_too(self) -> None:
        assert whys(reward(when={"weekdays": [1]}), None, GIVEN) == [Why.NOT_NOW]

    def test_what_is_sold_out_cannot_be_handed_over(self) -> None:
        assert whys(reward(stock=5), None, GIVEN, stock_taken=5) == [Why.SOLD_OUT]


@pytest.mark.parametrize(
    ("audience", "who", "why"),
    [
        ({"tiers": ["gold"]}, GOLD, None),
        ({"tiers": ["gold"]}, ANYBODY, Why.WRONG_TIER),
        ({"segments": ["vip"]}, VIP, None),
        ({"segments": ["vip"]}, GOLD, Why.NOT_FOR_YOU),
        ({"order_numbers": [1]}, ANYBODY, None),
        ({"order_numbers": [2]}, ANYBODY, Why.NOT_FOR_YOU),
        ({"from_order": 2}, replace(ANYBODY, order_number=7), None),
        ({"from_order": 2}, ANYBODY, Why.NOT_FOR_YOU),
        ({"every_order": 10}, replace(ANYBODY, order_number=20), None),
        ({"every_order": 10}, replace(ANYBODY, order_number=21), Why.NOT_FOR_YOU),
    ],
)
def test_a_reward_is_for_its_audience(audience: Any, who: Any, why: Why | None) -> None:
    obstacles = offer(reward(audience=audience), None, who).obstacles

    assert [each.why for each in obstacles] == ([why] if why else [])


def test_the_levels_it_is_for_are_named() -> None:
    [obstacle] = refused(reward(audience={"tiers": ["gold"]}))

    assert obstacle.facts == {"tiers": ("Gold",), "translations": ({"fr": "Or"},)}


@pytest.mark.parametrize(
    ("when", "from_"),
    [
        ({"starts_at": "2026-12-01T00:00:00Z"}, "2026-12-01T00:00:00+00:00"),
        ({"ends_at": "2026-11-22T12:00:00Z"}, None),
        ({"weekdays": [1]}, "2026-11-23T00:00:00+00:00"),
        ({"weekdays": [7], "until_time": "11:00"}, "2026-11-29T00:00:00+00:00"),
        ({"from_time": "17:00", "until_time": "19:00"}, "2026-11-22T17:00:00+00:00"),
        ({"from_time": "22:00", "until_time": "02:00"}, "2026-11-22T22:00:00+00:00"),
        ({"weekdays": [2], "from_time": "17:00"}, "2026-11-24T17:00:00+00:00"),
        (
            {"starts_at": "2026-12-01T18:00:00Z", "weekdays": [2], "from_time": "17:00"},
            "2026-12-01T18:00:00+00:00",
        ),
        ({"weekdays": [1], "ends_at": "2026-11-22T20:00:00Z"}, None),
    ],
)
def test_outside_its_time_it_is_told_when_it_opens(when: Any, from_: str | None) -> None:
    [obstacle] = refused(reward(when=when))

    assert (obstacle.why, obstacle.facts) == (Why.NOT_NOW, {"from": from_})


@pytest.mark.parametrize(
    "when",
    [
        {"starts_at": "2026-11-22T12:00:00Z", "ends_at": "2026-11-22T12:00:01Z"},
        {"weekdays": [7]},
        {"from_time": "12:00", "until_time": "12:01"},
    ],
)
def test_in_its_time_it_can_be_had(when: Any) -> None:
    assert take(reward(when=when))


def test_hours_are_those_of_the_programme() -> None:
    document = programme(reward(when={"from_time": "17:00"}), timezone="Asia/Tokyo")

    assert decide(document, "it", ANYBODY, at=NOON)


@pytest.mark.parametrize(("channels", "is_there"), [(["web"], True), (["app"], False), ([], True)])
def test_a_reward_is_for_its_channels(channels: list[str], is_there: bool) -> None:
    obstacles = offer(reward(channels=channels), basket(line("9"))).obstacles

    assert [each.why for each in obstacles] == ([] if is_there else [Why.WRONG_CHANNEL])


def test_all_that_stands_in_the_way_is_told_at_once() -> None:
    wanted = reward(
        points=2000, stock=1, audience={"tiers": ["gold"]}, channels=["app"], minimum={"USD": "100"}
    )

    assert set(whys(wanted, basket(line("30")), stock_taken=1)) == {
        Why.NOT_ENOUGH_POINTS,
        Why.SOLD_OUT,
        Why.WRONG_TIER,
        Why.WRONG_CHANNEL,
        Why.BASKET_TOO_SMALL,
    }


IN_BOTH = {"USD": "5", "EUR": "4"}


class TestCurrency:
    def test_a_checkout_says_its_own(self) -> None:
        decision = take(reward(money=IN_BOTH), basket(line("9"), currency="EUR"))

        assert (decision.amount, decision.currency) == (4, "EUR")

    def test_a_checkout_in_another_has_no_use_for_it(self) -> None:
        [obstacle] = refused(reward(), basket(line("9"), currency="EUR"), currency="USD")

        assert (obstacle.why, obstacle.facts) == (Why.WRONG_CURRENCY, {"currencies": ("USD",)})

    def test_the_only_one_there_is_need_not_be_named(self) -> None:
        assert take(reward()).currency == "USD"

    def test_of_several_one_must_be_named(self) -> None:
        assert whys(reward(money=IN_BOTH)) == [Why.WRONG_CURRENCY]
        assert take(reward(money=IN_BOTH), currency="EUR").amount == 4

    def test_one_that_is_not_there_is_refused(self) -> None:
        assert whys(reward(), currency="EUR") == [Why.WRONG_CURRENCY]

    @pytest.mark.parametrize("kind", ["PERCENT_OFF", "PRODUCT", "FREE_SHIPPING", "DONATION"])
    def test_what_is_no_money_is_counted_in_that_of_the_checkout(self, kind: str) -> None:
        percent = {"percent": 10} if kind == "PERCENT_OFF" else {}

        decision = take(reward(kind, **percent), basket(line("9"), currency="EUR"))

        assert (decision.currency, decision.amount) == ("EUR", None)
        assert decision.benefit is not None
        assert decision.benefit >= Decimal(0)
