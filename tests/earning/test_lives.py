"""When points become available, and when they are planned to lapse."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from earning.buying import NOON, SHIRT, SHOES, bonus, counted, line, order, programme, rule, times

from saleor_loyalty.earning.rules import (
    Allocation,
    Circumstances,
    Reckoning,
    event_parts,
    parts,
    ready,
)
from saleor_loyalty.gateways.saleor.orders import OrderState, Parcel
from saleor_loyalty.ledger.book import Life

DAY = timedelta(days=1)
SENT = NOON + 3 * DAY
LATER = NOON + 5 * DAY
AFTER_SENDING = {"after": "FULFILMENT", "days": 14}
LEVELS = {
    "currency": "USD",
    "levels": [
        {"id": "quick", "name": "Quick", "threshold": "0", "benefits": {"maturity_days": 2}},
        {"id": "ever", "name": "Ever", "threshold": "1", "benefits": {"points_expire": False}},
    ],
}


def sent(goods: Any, *parcels: tuple[datetime, int]) -> Any:
    return replace(goods, parcels=tuple([Parcel(*parcel) for parcel in parcels]))


def lives(state: OrderState, *rules: dict[str, Any], who: Circumstances | None = None,
          paid_at: datetime | None = NOON, **terms: Any) -> list[tuple[int, Any, Any]]:  # fmt: skip
    """Points with the days from noon until they become available, and until they lapse."""
    made_ready, who = ready(programme(*rules, **terms)), who or Circumstances()
    reckoning = counted(state, made_ready, who)
    found = parts(state, reckoning, made_ready, who, paid_at=paid_at)
    assert sum(part.points for part in found) == reckoning.points
    assert all(part.points > 0 and part.life.expires_at is None for part in found)
    return [(part.points, days(part.life.matures_at), days(part.life.lapses_at)) for part in found]


def days(moment: datetime | None) -> float | None:
    return (moment - NOON) / DAY if moment else None


class TestAfterPayment:
    def test_points_are_available_at_once_unless_the_programme_says_so(self) -> None:
        assert lives(order()) == [(100, 0, None)]
        assert lives(order(), maturity={"days": 14}) == [(100, 14, None)]

    def test_points_of_goods_not_sent_are_too(self) -> None:
        assert lives(order(), paid_at=SENT) == [(100, 3, None)]

    def test_points_have_no_date_before(self) -> None:
        assert lives(order(), paid_at=None, expiry={"days": 5}) == [(100, None, None)]


class TestAfterFulfilment:
    def test_points_of_a_line_wait_for_its_parcel(self) -> None:
        state = order(sent(SHIRT, (SENT, 1)), SHOES)

        assert lives(state, maturity=AFTER_SENDING) == [(60, 17, None), (40, None, None)]

    def test_points_of_a_line_are_shared_out_over_its_parcels(self) -> None:
        socks = line("socks", 50, quantity=5)
        state = order(sent(socks, (SENT, 2), (LATER, 1)))

        assert lives(state, maturity=AFTER_SENDING) == [
            (20, 17, None), (10, 19, None), (20, None, None),
        ]  # fmt: skip

    def test_points_of_several_rules_are_shared_out_together(self) -> None:
        socks = line("socks", 50, quantity=3)
        state = order(sent(socks, (SENT, 1), (LATER, 2)))

        # A third of 100 and of 25 each would be 33 + 8, of 125 it is 42.
        assert lives(state, times(2), bonus(25), maturity=AFTER_SENDING) == [
            (42, 17, None), (83, 19, None),
        ]  # fmt: skip

    def test_goods_that_came_back_wait_for_nothing(self) -> None:
        socks = line("socks", 50, quantity=5, quantity_returned=2)
        state = order(sent(socks, (SENT, 3)), charged=40, refunded=20)

        assert lives(state, maturity=AFTER_SENDING) == [(30, 17, None)]

    @pytest.mark.parametrize(
        ("shirt", "shoes", "expected"),
        [
            ([(SENT, 1)], [(LATER, 1)], [(60, 17, None), (50, 19, None)]),
            ([(SENT, 1)], [], [(60, 17, None), (50, None, None)]),
            ([], [], [(110, None, None)]),
        ],
    )
    def test_shipping_waits_for_the_last_parcel(
        self, shirt: Any, shoes: Any, expected: Any
    ) -> None:
        state = order(sent(SHIRT, *shirt), sent(SHOES, *shoes))

        assert lives(state, maturity=AFTER_SENDING, shipping=True) == expected

    def test_shipping_does_not_wait_for_what_came_back_or_for_gifts(self) -> None:
        back, gift = replace(SHOES, quantity_returned=1), line("gift", 0, is_gift=True)
        state = order(sent(SHIRT, (SENT, 1)), back, gift, charged=70, refunded=40)

        assert lives(state, maturity=AFTER_SENDING, shipping=True) == [(70, 17, None)]

    def test_awards_of_campaigns_wait_for_the_last_parcel(self) -> None:
        terms = ready(programme(maturity=AFTER_SENDING))
        state = order(sent(SHIRT, (SENT, 1)), sent(SHOES, (LATER, 1)))
        reckoning = Reckoning(7, allocations=(Allocation("", "stamps", 7),))

        (part,) = parts(state, reckoning, terms, Circumstances(), paid_at=NOON)

        assert (part.points, part.life) == (7, Life(LATER + 14 * DAY))


class TestTheReturnWindow:
    WINDOWS = (
        {"product_types": ["food"], "days": 1},
        {"product_types": ["food", "ware"], "channels": ["web"], "days": 2},
        {"channels": ["app"], "days": 3},
    )

    @pytest.mark.parametrize(
        ("kind", "channel", "waits"),
        [("food", "web", 1), ("ware", "web", 2), ("ware", "app", 3), ("toys", "app", 3),
         ("toys", "web", 9), ("", "app", 3)],
    )  # fmt: skip
    def test_is_the_first_that_fits(self, kind: str, channel: str, waits: int) -> None:
        state = order(line("a", 60, product_type=kind), channel=channel)

        assert lives(state, maturity={"days": 9, "windows": self.WINDOWS}) == [(60, waits, None)]

    def test_is_each_line_s_own(self) -> None:
        state = order(line("a", 60, product_type="food"), line("b", 40))

        assert lives(state, maturity={"days": 9, "windows": self.WINDOWS}, shipping=True) == [
            (60, 1, None), (50, 9, None),
        ]  # fmt: skip

    @pytest.mark.parametrize(("number", "waits"), [(3, 9), (4, 1)])
    def test_is_shorter_for_trusted_members(self, number: int, waits: int) -> None:
        maturity = {"days": 9, "trusted": {"orders": 3, "days": 1}}

        assert lives(order(), maturity=maturity, who=Circumstances(order_number=number)) == [
            (100, waits, None)
        ]

    def test_is_shorter_for_levels(self) -> None:
        quick, ever = Circumstances(tier="quick"), Circumstances(tier="ever")

        assert lives(order(), maturity={"days": 9}, tiers=LEVELS, who=quick) == [(100, 2, None)]
        assert lives(order(), maturity={"days": 1}, tiers=LEVELS, who=quick) == [(100, 1, None)]
        assert lives(order(), maturity={"days": 9}, tiers=LEVELS, who=ever) == [(100, 9, None)]

    def test_is_the_shortest_of_all_promised(self) -> None:
        maturity = {"days": 9, "trusted": {"orders": 3, "days": 5}, "windows": self.WINDOWS}
        who = Circumstances(tier="quick", order_number=4)
        state = order(line("a", 60, product_type="food"), line("b", 40))

        assert lives(state, maturity=maturity, tiers=LEVELS, who=who) == [
            (60, 1, None), (40, 2, None),
        ]  # fmt: skip

    @pytest.mark.parametrize(("to", "waits"), [("DAY", 14 + 11 / 24), ("MONTH", 30 + 10 / 24)])
    def test_is_rounded_up_to_an_end_in_the_shop(self, to: str, waits: float) -> None:
        maturity = {"days": 14, "round_up_to": to}

        assert lives(order(), maturity=maturity, timezone="Europe/Paris") == [(100, waits, None)]


class TestLapsing:
    @pytest.mark.parametrize(
        ("expiry", "lapse"),
        [
            ({}, None),
            ({"days": 10}, 24),
            ({"months": 1}, 14 + 31),
            ({"months": 1, "days": 1}, 14 + 32),
            ({"days": 10, "round_up_to": "MONTH"}, 30.5),
            ({"days": 10, "round_up_to": "QUARTER"}, 30.5),
            ({"days": 10, "round_up_to": "YEAR"}, 305.5),
        ],
    )
    def test_is_counted_from_when_points_become_available(
        self, expiry: dict[str, Any], lapse: float | None
    ) -> None:
        assert lives(order(), maturity={"days": 14}, expiry=expiry) == [(100, 14, lapse)]

    def test_is_counted_from_the_order_where_acts_keep_points_alive(self) -> None:
        expiry = {"days": 30, "counts_from": "LAST_ACT"}

        assert lives(order(), maturity={"days": 14}, expiry=expiry, paid_at=SENT) == [(100, 17, 30)]

    @pytest.mark.parametrize("days", [10, 17])
    def test_never_comes_before_points_are_available(self, days: int) -> None:
        expiry = {"days": days, "counts_from": "LAST_ACT"}

        assert lives(order(), maturity={"days": 17}, expiry=expiry) == [(100, 17, 17 + days)]

    def test_has_no_date_while_the_other_has_none(self) -> None:
        for start in ("EARNING", "LAST_ACT"):
            assert lives(
                order(), maturity=AFTER_SENDING, expiry={"days": 9, "counts_from": start}
            ) == [(100, None, None)]  # fmt: skip

    def test_is_not_for_members_of_a_level_whose_points_do_not(self) -> None:
        for tier, lapse in (("ever", None), ("quick", 9)):
            assert lives(
                order(), expiry={"days": 9}, tiers=LEVELS, who=Circumstances(tier=tier)
            ) == [(100, 0, lapse)]  # fmt: skip

    def test_is_not_rounded_beyond_an_end_it_meets(self) -> None:
        paid_at = datetime(2026, 3, 1, tzinfo=UTC)
        expiry = {"months": 1, "round_up_to": "MONTH"}

        assert lives(order(), expiry=expiry, paid_at=paid_at) == [(100, -0.5, 30.5)]


class TestPartsOfEvents:
    def test_are_available_at_once(self) -> None:
        terms = ready(programme(maturity={"days": 14}, expiry={"days": 10}))

        (part,) = event_parts(Reckoning(7), terms, Circumstances(), at=NOON)

        assert (part.points, part.life) == (7, Life(NOON, lapses_at=NOON + 10 * DAY))

    def test_are_none_without_points(self) -> None:
        assert event_parts(Reckoning(0), ready(programme()), Circumstances(), at=NOON) == ()


def test_points_of_lines_with_equal_lives_are_one_part() -> None:
    state = order(sent(SHIRT, (SENT, 1)), sent(SHOES, (SENT, 1)))

    assert lives(state, maturity=AFTER_SENDING) == [(100, 17, None)]


def test_a_point_taken_by_rounding_where_none_was_is_taken_elsewhere() -> None:
    # By lines, 1 and -1 points.
    reckoning = Reckoning(
        4, allocations=(Allocation("a", "base", 5), Allocation("b", "half", -1))
    )  # fmt: skip
    state = order(sent(line("a", 9), (SENT, 1)), line("b", 1))
    terms = ready(programme(rule("half", "MULTIPLIER", factor="0.5"), maturity=AFTER_SENDING))

    (part,) = parts(state, reckoning, terms, Circumstances(), paid_at=NOON)

    assert (part.points, part.life.matures_at) == (4, SENT + 14 * DAY)


def test_an_order_that_earns_nothing_has_no_parts() -> None:
    assert lives(order(status="CANCELED")) == []
