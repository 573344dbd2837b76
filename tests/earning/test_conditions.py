"""When a rule applies, and to whom."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from earning.buying import NOON, bonus, order, points, times

from saleor_loyalty.earning.rules import Circumstances, is_for, is_on
from saleor_loyalty.programme.parts import Audience, When

PARIS = ZoneInfo("Europe/Paris")


def on(moment: str, **when: Any) -> bool:
    """Whether it is the time in Paris; moments are its clock's."""
    at = datetime.fromisoformat(moment).replace(tzinfo=PARIS)
    return is_on(When(**when), at, PARIS)


class TestDates:
    START, END = "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"

    @pytest.mark.parametrize(
        ("seconds", "applies"), [(-1, False), (0, True), (3599, True), (3600, False)]
    )
    def test_begin_with_their_first_moment_and_end_before_their_last(
        self, seconds: int, applies: bool
    ) -> None:
        offer = bonus(5, when={"starts_at": self.START, "ends_at": self.END})
        state = order(created_at=NOON + timedelta(seconds=seconds))

        assert points(state, offer) == 100 + 5 * applies

    def test_may_be_open_at_either_side(self) -> None:
        assert points(order(), bonus(5, when={"starts_at": self.START})) == 105
        assert points(order(), bonus(5, when={"ends_at": self.END})) == 105


class TestTheTimeOfWeek:
    @pytest.mark.parametrize(
        ("moment", "applies"),
        [
            ("2026-11-20T16:59:59", False),
            ("2026-11-20T17:00", True),
            ("2026-11-20T18:59:59", True),
            ("2026-11-20T19:00", False),
        ],
    )
    def test_holds_its_first_moment_and_not_its_last(self, moment: str, applies: bool) -> None:
        assert on(moment, from_time="17:00", until_time="19:00") is applies

    @pytest.mark.parametrize(
        ("moment", "applies"),
        [
            # A Friday.
            ("2026-11-20T21:59", False),
            ("2026-11-20T22:00", True),
            ("2026-11-20T23:59:59", True),
            ("2026-11-21T00:00", True),
            ("2026-11-21T01:59:59", True),
            ("2026-11-21T02:00", False),
            ("2026-11-21T22:00", False),
            # Hours that began on Thursday.
            ("2026-11-20T01:00", False),
        ],
    )
    def test_past_midnight_belongs_to_the_day_on_which_it_began(
        self, moment: str, applies: bool
    ) -> None:
        assert on(moment, weekdays=(5,), from_time="22:00", until_time="02:00") is applies

    def test_past_midnight_ends_before_its_last_moment_on_any_day(self) -> None:
        assert on("2026-11-20T01:59:59", from_time="22:00", until_time="02:00")
        assert not on("2026-11-20T02:00", from_time="22:00", until_time="02:00")

    @pytest.mark.parametrize(
        ("moment", "applies"), [("2026-11-20T00:00", True), ("2026-11-20T23:59:59", True),
                                ("2026-11-21T00:00", False), ("2026-11-19T23:59", False)]
    )  # fmt: skip
    def test_is_a_whole_day_without_hours(self, moment: str, applies: bool) -> None:
        assert on(moment, weekdays=(5, 7)) is applies

    def test_may_have_hours_open_at_either_side(self) -> None:
        assert on("2026-11-20T23:59", from_time="22:00")
        assert not on("2026-11-20T01:00", from_time="22:00")
        assert on("2026-11-20T00:00", until_time="02:00")
        assert not on("2026-11-20T02:00", until_time="02:00")

    def test_is_the_whole_day_from_one_time_to_the_same(self) -> None:
        assert on("2026-11-20T09:00", from_time="10:00", until_time="10:00")
        assert on("2026-11-20T10:00", from_time="10:00", until_time="10:00")
        assert on("2026-11-21T09:00", from_time="10:00", until_time="10:00", weekdays=(5,))
        assert not on("2026-11-20T09:00", from_time="10:00", until_time="10:00", weekdays=(5,))

    def test_is_told_by_the_shop_s_clock(self) -> None:
        # Noon in London is one o'clock in Paris, and Sunday in both.
        lunch = bonus(5, when={"from_time": "13:00", "until_time": "14:00", "weekdays": [7]})

        assert points(order(), lunch, timezone="Europe/Paris") == 105
        assert points(order(), lunch, timezone="UTC") == 100

    def test_counts_only_within_the_dates(self) -> None:
        at = datetime(2026, 11, 20, tzinfo=PARIS)

        assert not on("2026-11-20T10:00", ends_at=at, weekdays=(5,))


class TestAudience:
    @pytest.mark.parametrize(
        ("audience", "member", "applies"),
        [
            ({}, {}, True),
            ({"tiers": ["gold"]}, {}, False),
            ({"tiers": ["gold"]}, {"tier": "silver"}, False),
            ({"tiers": ["silver", "gold"]}, {"tier": "gold"}, True),
            ({"segments": ["vip"]}, {}, False),
            ({"segments": ["vip", "staff"]}, {"segments": {"staff", "new"}}, True),
            ({"order_numbers": [1, 100]}, {"order_number": 1}, True),
            ({"order_numbers": [1, 100]}, {"order_number": 2}, False),
            ({"order_numbers": [1, 100]}, {"order_number": 100}, True),
            ({"every_order": 10}, {"order_number": 20}, True),
            ({"every_order": 10}, {"order_number": 21}, False),
            ({"from_order": 2}, {"order_number": 1}, False),
            ({"from_order": 2}, {"order_number": 2}, True),
            ({"from_order": 2}, {"order_number": 9}, True),
            ({"order_numbers": [1], "every_order": 10}, {"order_number": 10}, True),
            ({"order_numbers": [1], "every_order": 10}, {"order_number": 1}, True),
            ({"order_numbers": [1], "every_order": 10}, {"order_number": 2}, False),
            ({"tiers": ["gold"], "segments": ["vip"]}, {"tier": "gold"}, False),
            ({"tiers": ["gold"], "segments": ["vip"]}, {"segments": {"vip"}}, False),
            ({"tiers": ["gold"], "order_numbers": [1]}, {"tier": "gold", "order_number": 2}, False),
        ],
    )
    def test_is_everybody_who_is_meant_in_every_way(
        self, audience: dict[str, Any], member: dict[str, Any], applies: bool
    ) -> None:
        if "segments" in member:
            member = {**member, "segments": frozenset(member["segments"])}
        who = Circumstances(**member)

        assert is_for(Audience.model_validate(audience), who) is applies
        assert points(order(), bonus(5, audience=audience), who=who) == 100 + 5 * applies


class TestOptingIn:
    OFFER = bonus(5, "offer", opt_in=True)

    def test_is_needed_where_the_rule_says_so(self) -> None:
        assert points(order(), self.OFFER) == 100
        assert points(order(), self.OFFER, who=Circumstances(joined=frozenset({"other"}))) == 100
        assert points(order(), self.OFFER, who=Circumstances(joined=frozenset({"offer"}))) == 105


class TestTheOrder:
    def test_may_have_to_come_from_a_channel(self) -> None:
        assert points(order(), bonus(5, channels=["app", "web"])) == 105
        assert points(order(), bonus(5, channels=["app"])) == 100

    def test_may_have_to_be_in_a_currency(self) -> None:
        assert points(order(), bonus(5, currencies=["EUR", "USD"])) == 105
        assert points(order(), bonus(5, currencies=["EUR"])) == 100


class TestPaymentMethods:
    """Of 110, 66 were paid with one card and 44 with another."""

    STATE = order(paid={"card:visa": 66, "card:amex": 44})

    @pytest.mark.parametrize(
        ("methods", "more"),
        [
            (["card:visa"], 60),
            (["card:amex"], 40),
            (["card"], 100),
            (["card:visa", "card:amex"], 100),
            (["card:vis"], 0),
            (["cash"], 0),
        ],
    )
    def test_multiply_the_part_that_was_paid_so(self, methods: list[str], more: int) -> None:
        assert points(self.STATE, times(2, payment_methods=methods)) == 100 + more

    def test_of_a_rate_count_the_part_that_was_paid_so(self) -> None:
        extra = {
            "id": "visa", "effect": {"kind": "RATE", "rates": {"USD": {"points": 1, "per": "2"}}},
            "payment_methods": ["card:visa"],
        }  # fmt: skip

        assert points(self.STATE, extra) == 130

    @pytest.mark.parametrize(("money", "more"), [("60", 7), ("60.01", 0)])
    def test_of_a_threshold_count_the_part_that_was_paid_so(self, money: str, more: int) -> None:
        extra = {
            "id": "visa", "effect": {"kind": "THRESHOLD", "money": {"USD": money}, "points": 7},
            "payment_methods": ["card:visa"],
        }  # fmt: skip

        assert points(self.STATE, extra) == 100 + more

    def test_of_a_bonus_want_any_of_it(self) -> None:
        assert points(self.STATE, bonus(5, payment_methods=["card:amex"])) == 105
        assert points(self.STATE, bonus(5, payment_methods=["cash"])) == 100

    def test_are_the_share_of_all_money_told_or_not(self) -> None:
        # Half of the 110 was charged by means that nobody told.
        state = order(paid={"card:visa": 55})

        assert points(state, times(2, payment_methods=["card:visa"])) == 150
        assert points(order(), times(2, payment_methods=["card:visa"])) == 100

    @pytest.mark.parametrize(
        ("stored", "everyday", "by_visa", "by_card"),
        [("MONEY_PART", 50, 50, 0), ("FULL", 100, 50, 50)],
    )
    def test_share_the_money_that_earns_with_gift_cards(
        self, stored: str, everyday: int, by_visa: int, by_card: int
    ) -> None:
        for state in (
            order(paid={"card:visa": 55, "gift_card": 55}),
            order(paid={"card:visa": 55}, legacy_gift_card=55),
        ):
            visa = times(2, payment_methods=["card:visa"])
            card = times(2, payment_methods=["gift_card"])
            assert points(state, paid_by_gift_card=stored) == everyday
            assert points(state, visa, paid_by_gift_card=stored) == everyday + by_visa
            assert points(state, card, paid_by_gift_card=stored) == everyday + by_card
