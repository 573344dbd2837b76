"""Reach a target within a period, or in several running."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from campaigns.histories import (
    DAY,
    HOUR,
    MONDAY,
    buy,
    challenge,
    daily,
    member,
    order,
    piece,
    progress,
    times,
    version,
)

from saleor_loyalty.campaigns.rules import Status
from saleor_loyalty.earning.reckoning import Circumstances
from saleor_loyalty.gateways.saleor.orders import OrderState

WEEK = DAY * 7


def weekly(*orders_a_week: int) -> list[OrderState]:
    """Orders of weeks in a row, so many in each."""
    return [
        order(at=MONDAY + WEEK * week + HOUR * number)
        for week, count in enumerate(orders_a_week)
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("goal", "terms", "have"),
    [
        ("ORDERS", {}, 3),
        ("ORDERS", {"minimum": {"USD": 7}}, 1),
        ("VISITS", {}, 2),
        ("PIECES", {}, 6),
        ("CATEGORIES", {}, 3),
        ("CATEGORIES", {"scope": {"only": {"categories": ["all"]}}}, 1),
        ("MONEY", {"currency": "USD"}, 19),
        ("MONEY", {"currency": "EUR"}, 0),
        ("MONEY", {}, 0),
    ],
)
def test_what_a_challenge_counts(goal: str, terms: dict[str, Any], have: int) -> None:
    count = member(version(challenge(goal, 100, **terms)))

    buy(
        count,
        order(piece(pieces=2)),
        order(piece(pieces=3, back=2), piece("tea", categories=["tea", "all"]), at=MONDAY + HOUR),
        order(piece("cake", pieces=2, price="3.50", categories=["food"]), at=MONDAY + DAY),
    )

    assert progress(count).have == have


def test_money_that_was_given_back_does_not_count() -> None:
    count = member(version(challenge("MONEY", 100, currency="USD")))

    buy(count, order(piece(price=60), refunded=Decimal(20)))

    assert progress(count).have == 40


@pytest.mark.parametrize(
    ("recurs", "days"),
    [("ONCE", [1]), ("EACH_PERIOD", [1, 8]), ("EACH_COMPLETION", [1, 3, 8])],
)
def test_how_often_it_is_won(recurs: str, days: list[int]) -> None:
    count = member(version(challenge(target=2, period="WEEK", recurs=recurs)))

    # Five orders in the first week, of which the last is lost with it; two in the second.
    won_on = [day for day in (0, 1, 2, 3, 4, 7, 8) if buy(count, order(at=MONDAY + DAY * day))]

    assert won_on == days


def test_a_challenge_without_a_period_counts_all_that_happens_while_it_lasts() -> None:
    count = member(version(challenge(target=3, when={"starts_at": MONDAY})))

    assert buy(count, order(at=MONDAY - DAY), *weekly(1, 0, 0, 0, 1)) == []
    assert times(buy(count, order(at=MONDAY + WEEK * 20))) == 1
    assert progress(count, MONDAY + WEEK * 20).status is Status.COMPLETED


def test_one_order_may_complete_it_several_times() -> None:
    rule = challenge("MONEY", 10, currency="USD", recurs="EACH_COMPLETION")
    count = member(version(rule))

    [award] = buy(count, order(piece(price="39.99")))

    assert (award.times, award.points) == (3, 300)
    assert progress(count).have == Decimal("9.99")


def test_awards_are_never_more_points_than_the_ledger_holds() -> None:
    rule = challenge("MONEY", "0.0001", currency="USD", recurs="EACH_COMPLETION")

    [award] = buy(member(version(rule)), order(piece(price=10**11)))

    assert award.points == 10**12


class TestStreaks:
    @pytest.mark.parametrize(
        ("recurs", "weeks", "won"),
        [
            ("ONCE", (1, 1, 1, 1, 1, 1), 1),
            ("EACH_PERIOD", (1, 1, 1, 1, 1, 1), 4),
            ("EACH_COMPLETION", (1, 1, 1, 1, 1, 1), 2),
            ("EACH_COMPLETION", (1, 1, 0, 1, 1, 1), 1),
            ("EACH_COMPLETION", (2, 0, 2, 0, 2, 2), 0),
            ("EACH_COMPLETION", (3, 2, 1), 1),
        ],
    )
    def test_weeks_in_a_row(self, recurs: str, weeks: tuple[int, ...], won: int) -> None:
        count = member(version(challenge(target=1, period="WEEK", in_a_row=3, recurs=recurs)))

        assert times(buy(count, *weekly(*weeks))) == won

    def test_each_period_must_reach_the_target(self) -> None:
        count = member(version(challenge(target=2, period="WEEK", in_a_row=2)))

        assert buy(count, *weekly(2, 1, 3)) == []
        [award] = buy(count, *[order(at=MONDAY + WEEK * 3 + DAY * day) for day in range(4)])
        assert award.code == "STREAK"

    def test_a_row_goes_on_over_the_turn_of_the_year_and_a_change_of_clocks(self) -> None:
        rule = challenge(target=1, period="WEEK", in_a_row=30)
        count = member(version(rule, at=datetime(2024, 1, 1, tzinfo=UTC), timezone="Europe/Paris"))
        start = datetime(2025, 10, 6, 1, tzinfo=UTC)

        awards = buy(count, *[order(at=start + WEEK * week) for week in range(30)])

        assert times(awards) == 1

    def test_progress_counts_as_long_as_the_row_can_go_on(self) -> None:
        count = member(version(challenge(target=1, period="WEEK", in_a_row=4)))
        buy(count, *weekly(1, 1))

        in_a_row = [progress(count, MONDAY + WEEK * week).in_a_row for week in (1, 2, 3)]

        assert in_a_row == [2, 2, 0]

    def test_without_a_period_there_is_no_row(self) -> None:
        count = member(version(challenge(target=1, in_a_row=2)))

        assert buy(count, *weekly(1, 1, 1)) == []
        assert progress(count).in_a_row == 0


class TestJoining:
    def test_only_what_happens_after_joining_counts(self) -> None:
        rule = challenge(target=2, opt_in=True)
        count = member(version(rule), joined={"march": MONDAY + DAY})

        assert buy(count, *daily(2)) == []
        assert progress(count).have == 1
        assert times(buy(count, order(at=MONDAY + DAY * 2))) == 1

    def test_without_joining_nothing_counts(self) -> None:
        count = member(version(challenge(target=2, opt_in=True)))

        assert buy(count, *daily(5)) == []
        found = progress(count)
        assert (found.status, found.have, found.joined_at) == (Status.TO_JOIN, 0, None)

    def test_joining_another_campaign_is_no_help(self) -> None:
        count = member(version(challenge(target=2, opt_in=True)), joined={"april": MONDAY})

        assert buy(count, *daily(5)) == []


def test_what_is_done_for_this_period_is_open_again_in_the_next() -> None:
    count = member(version(challenge(target=1, period="WEEK", recurs="EACH_PERIOD")))
    buy(count, *weekly(1))

    statuses = [progress(count, MONDAY + WEEK * week).status for week in (0, 1)]

    assert statuses == [Status.COMPLETED, Status.RUNNING]


def test_another_goal_under_the_same_key_begins_at_nothing() -> None:
    orders = version(challenge(target=5))
    pieces = version(challenge("PIECES", 5), at=MONDAY + DAY * 3, number=2)
    count = member(orders, pieces)

    buy(count, *daily(3))
    assert progress(count, MONDAY + DAY * 3).have == 0
    assert times(buy(count, order(piece(pieces=5), at=MONDAY + DAY * 3))) == 1


def test_an_award_won_once_is_not_won_again_under_new_terms() -> None:
    count = member(
        version(challenge(target=2)), version(challenge(target=3), at=MONDAY + DAY * 2, number=2)
    )

    assert times(buy(count, *daily(9))) == 1


def test_different_categories_count_once_in_a_period() -> None:
    rule = challenge("CATEGORIES", 2, period="WEEK", recurs="EACH_COMPLETION")
    count = member(version(rule))

    def of(category: str, day: int) -> OrderState:
        return order(piece(categories=[category]), at=MONDAY + DAY * day)

    assert buy(count, of("a", 0), of("a", 1)) == []
    assert times(buy(count, of("b", 2), of("a", 3), of("c", 4))) == 1
    assert times(buy(count, of("d", 5))) == 1
    assert times(buy(count, of("a", 7), of("b", 8))) == 1


def test_many_campaigns_count_side_by_side() -> None:
    gold = challenge(target=1, id="gold", audience={"tiers": ["gold"]})
    count = member(version(challenge(target=1), gold, challenge("PIECES", 2, id="two")))

    awards = buy(count, order(piece(pieces=2)), who=Circumstances())

    assert [award.campaign for award in awards] == ["march", "two"]
