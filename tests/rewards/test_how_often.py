"""How often a reward is had: stock, limits, steps, and what an order may hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
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

from saleor_loyalty.rewards.rules import offers
from saleor_loyalty.rewards.values import Held, Taken, Why

POOR = replace(ANYBODY, points=99)
GIVEN = replace(ANYBODY, points=0, given={"it": 1})


class TestStock:
    def test_the_last_one_can_be_had(self) -> None:
        assert take(reward(stock=5), stock_taken=4)

    @pytest.mark.parametrize("taken", [5, 6])
    def test_none_is_left_once_all_are_gone(self, taken: int) -> None:
        [obstacle] = refused(reward(stock=5), stock_taken=taken)

        assert (obstacle.why, obstacle.facts) == (Why.SOLD_OUT, {"left": 0})

    def test_who_wants_more_than_there_are_is_told_how_many(self) -> None:
        [obstacle] = refused(reward(**STEPS, stock=5), times=3, stock_taken=3)

        assert (obstacle.why, obstacle.facts) == (Why.SOLD_OUT, {"left": 2})

    def test_who_names_no_number_gets_what_is_there(self) -> None:
        assert take(reward(**STEPS, stock=5), basket(line("50")), stock_taken=3).times == 2


class TestLimits:
    @pytest.mark.parametrize(
        ("per", "until"),
        [
            ("DAY", "2026-11-23T00:00:00+00:00"),
            ("WEEK", "2026-11-23T00:00:00+00:00"),
            ("MONTH", "2026-12-01T00:00:00+00:00"),
            ("QUARTER", "2027-01-01T00:00:00+00:00"),
            ("YEAR", "2027-01-01T00:00:00+00:00"),
            ("EVER", None),
        ],
    )
    def test_it_is_had_so_often_in_a_period(self, per: str, until: str | None) -> None:
        limited = reward(limits=[{"times": 2, "per": per}])
        once = replace(ANYBODY, taken=[Taken("it", NOON - timedelta(hours=1))])
        twice = replace(once, taken=[*once.taken, *once.taken])

        assert take(limited, None, once)
        [obstacle] = refused(limited, None, twice)
        assert (obstacle.why, obstacle.facts) == (Why.LIMIT_REACHED, {"until": until})

    def test_what_was_had_before_the_period_does_not_count(self) -> None:
        had = replace(ANYBODY, taken=[Taken("it", datetime(2026, 10, 31, 23, 59, tzinfo=UTC))])

        assert take(reward(limits=[{"times": 1, "per": "MONTH"}]), None, had)

    def test_periods_are_those_of_the_programme(self) -> None:
        """In Tokyo the month begins at 15:00 UTC of the day before."""
        had = replace(ANYBODY, taken=[Taken("it", datetime(2026, 10, 31, 15, tzinfo=UTC))])
        document = programme(reward(limits=[{"times": 1, "per": "MONTH"}]), timezone="Asia/Tokyo")

        [result] = offers(document, had, at=NOON)

        assert [each.why for each in result.obstacles] == [Why.LIMIT_REACHED]
        assert result.obstacles[0].facts == {"until": "2026-12-01T00:00:00+09:00"}

    def test_other_rewards_do_not_count(self) -> None:
        had = replace(ANYBODY, taken=[Taken("other", NOON)])

        assert take(reward(limits=[{"times": 1, "per": "EVER"}]), None, had)

    def test_several_taken_at_once_count_as_so_many(self) -> None:
        had = replace(ANYBODY, taken=[Taken("it", NOON, times=4)])
        limited = reward(**STEPS, limits=[{"times": 5, "per": "DAY"}])

        assert take(limited, basket(line("50")), had).times == 1
        assert whys(limited, None, had, times=2) == [Why.LIMIT_REACHED]

    def test_the_limit_that_leaves_least_is_told(self) -> None:
        had = replace(ANYBODY, taken=[Taken("it", NOON)])
        limited = reward(limits=[{"times": 3, "per": "DAY"}, {"times": 1, "per": "MONTH"}])

        [obstacle] = refused(limited, None, had)

        assert obstacle.facts == {"until": "2026-12-01T00:00:00+00:00"}

    @pytest.mark.parametrize("longest", ["YEAR", "EVER"])
    def test_of_limits_that_leave_nothing_the_last_to_be_renewed_is_told(
        self, longest: str
    ) -> None:
        had = replace(ANYBODY, taken=[Taken("it", NOON)])
        limits = [{"times": 1, "per": per} for per in ("DAY", longest, "MONTH")]

        [obstacle] = refused(reward(limits=limits), None, had)

        assert obstacle.facts == {
            "until": "2027-01-01T00:00:00+00:00" if longest == "YEAR" else None
        }


class TestSteps:
    def test_without_steps_it_is_had_once(self) -> None:
        decision = take(reward(), basket(line("50")), times=3)

        assert (decision.times, decision.points) == (1, 100)
        assert [each.facts for each in decision.reductions] == [{"limit": 1}]

    def test_with_steps_as_often_as_one_likes(self) -> None:
        decision = take(reward(**STEPS), None, times=7)

        assert (decision.times, decision.points, decision.amount) == (7, 700, 35)

    def test_no_more_often_than_its_steps_allow(self) -> None:
        stepped = reward(**{**STEPS, "steps": {"at_most": 3}})

        decision = take(stepped, None, times=7)

        assert (decision.times, decision.points, decision.amount) == (3, 300, 15)
        assert [each.facts for each in decision.reductions] == [{"limit": 3}]
        assert not take(stepped, basket(line("50"))).reductions

    @pytest.mark.parametrize("times", [-1, 0, 1, 4])
    def test_no_less_often_than_its_steps_allow(self, times: int) -> None:
        [obstacle] = refused(reward(**{**STEPS, "steps": {"at_least": 5}}), times=times)

        assert obstacle.why is Why.TOO_FEW
        assert (obstacle.facts["at_least"], obstacle.facts["points"]) == (5, 500)

    @pytest.mark.parametrize("times", [-1, 0])
    def test_nothing_is_not_had_at_all(self, times: int) -> None:
        assert whys(reward(), times=times) == [Why.TOO_FEW]

    def test_who_names_no_number_gets_the_least_without_a_checkout(self) -> None:
        assert take(reward(**{**STEPS, "steps": {"at_least": 5}})).times == 5

    def test_who_names_no_number_gets_what_they_can_pay_in_a_checkout(self) -> None:
        assert take(reward(**STEPS), basket(line("99"))).times == 10

    def test_an_offer_without_a_checkout_is_the_most_they_can_pay(self) -> None:
        offered = offer(reward(**STEPS), None, replace(ANYBODY, points=799))

        assert offered.times_at_most == 7
        assert offered.decision
        assert (offered.decision.points, offered.decision.amount) == (700, 35)

    def test_who_cannot_pay_the_least_is_told_what_is_missing(self) -> None:
        [obstacle] = refused(
            reward(**{**STEPS, "steps": {"at_least": 5}}), basket(line("99")), POOR
        )

        assert obstacle.facts["missing"] == 401

    def test_who_asks_for_more_than_they_can_pay_is_told_what_is_missing(self) -> None:
        [obstacle] = refused(reward(**STEPS), basket(line("99")), times=11)

        assert (obstacle.why, obstacle.facts["missing"]) == (Why.NOT_ENOUGH_POINTS, 100)

    def test_what_is_cut_away_need_not_be_paid(self) -> None:
        assert take(reward(**STEPS), basket(line("30")), times=50).points == 600

    def test_only_money_has_steps(self) -> None:
        assert take(reward("DONATION", steps={}), times=3).times == 1


class TestOrders:
    """What an order may hold of rewards."""

    FOUR = Held("it", times=4, points=400)
    OTHER = Held("other", times=1, points=250)

    def test_an_order_holds_so_many_rewards(self) -> None:
        terms = {"rewards_per_order": 2}
        goods = basket(line("99"))

        assert take(reward(), goods, terms=terms, held_in_checkout=[self.OTHER])
        [obstacle] = refused(reward(), goods, terms=terms, held_in_checkout=[self.OTHER, self.FOUR])
        assert (obstacle.why, obstacle.facts) == (Why.TOO_MANY_REWARDS, {"limit": 2})

    @pytest.mark.parametrize("kind", ["DONATION", "OTHER", "PARTNER_CODE", "ACCESS"])
    def test_what_is_not_used_in_orders_is_not_counted(self, kind: str) -> None:
        terms = {"rewards_per_order": 1, "points_per_order": 50}

        assert take(
            reward(kind), basket(line("9")), terms=terms, held_in_checkout=[self.OTHER, self.FOUR]
        )

    @pytest.mark.parametrize(
        "terms", [{"per_order": 6}, {"limits": [{"times": 6, "per": "ORDER"}]}]
    )
    def test_an_order_holds_a_reward_so_often(self, terms: Any) -> None:
        wanted, goods = reward(**STEPS, **terms), basket(line("99"))

        decision = take(wanted, goods, times=9, held_in_checkout=[self.FOUR, self.OTHER])

        assert decision.times == 2
        assert [each.facts for each in decision.reductions] == [{"limit": 6}]
        six = [replace(self.FOUR, times=6)]
        assert whys(wanted, goods, held_in_checkout=six) == [Why.TOO_MANY_REWARDS]

    def test_an_order_holds_so_many_points(self) -> None:
        terms = {"points_per_order": 700}
        goods = basket(line("99"))

        decision = take(reward(**STEPS), goods, terms=terms, held_in_checkout=[self.OTHER])

        assert decision.points == 400
        assert [(str(each.cut), each.facts["limit"]) for each in decision.reductions] == [
            ("POINTS_PER_ORDER", 700)
        ]

    @pytest.mark.parametrize("goods", [None, basket(line("99"))])
    def test_a_price_above_the_points_of_an_order_is_too_much(self, goods: Any) -> None:
        [obstacle] = refused(reward(points=500), goods, terms={"points_per_order": 499})

        assert (obstacle.why, obstacle.facts["limit"]) == (Why.TOO_MANY_POINTS, 499)

    def test_what_is_given_uses_no_points_of_an_order(self) -> None:
        full = [Held("other", times=1, points=700)]

        assert take(
            reward(),
            basket(line("9")),
            GIVEN,
            terms={"points_per_order": 700},
            held_in_checkout=full,
        )
