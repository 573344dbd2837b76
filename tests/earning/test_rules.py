"""The money formula: what an order in any state should have earned, and on which lines."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from factories import NOON
from hypothesis import example, given
from hypothesis import strategies as st

from saleor_loyalty.earning.rules import (
    SHIPPING,
    Allocation,
    Nothing,
    Target,
    is_paid,
    peak_charged,
    target,
)
from saleor_loyalty.gateways.saleor.orders import OrderLine, OrderState
from saleor_loyalty.programme.document import Basis, Earning, Rate

ONE_A_DOLLAR = Earning(rates={"USD": Rate(points=1, per=Decimal(1))})


def line(name: str, gross: Any, *, quantity: int = 1, returned: int = 0, net: Any = None,
         is_gift: bool = False, is_gift_card: bool = False) -> OrderLine:  # fmt: skip
    net = Decimal(gross) / 2 if net is None else Decimal(net)
    return OrderLine(name, quantity, returned, Decimal(gross), net, is_gift, is_gift_card)


SHIRT, SHOES = line("shirt", 60), line("shoes", 40)


def order(*lines: OrderLine, shipping: Any = 10, legacy_gift_card: Any = 0,
          **changes: Any) -> OrderState:  # fmt: skip
    """A paid order: a shirt for 60 and shoes for 40 unless other lines are given."""
    lines = lines or (SHIRT, SHOES)
    gross = sum((each.gross for each in lines), Decimal(shipping))
    total = gross - Decimal(legacy_gift_card)
    money = {"charged": total, "refunded": 0, "charged_to_gift_cards": 0} | changes
    for name in money.keys() & {"charged", "refunded", "charged_to_gift_cards"}:
        money[name] = Decimal(money[name])
    state = OrderState(
        saleor_id="T3JkZXI6MQ==", number="1", user_id="VXNlcjox", origin="CHECKOUT",
        status="UNFULFILLED", charge_status="FULL", currency="USD", total=total,
        shipping_gross=Decimal(shipping), shipping_net=Decimal(shipping) / 2,
        charged=total, refunded=Decimal(0), charged_to_gift_cards=Decimal(0), lines=lines,
        fulfilled_at=None, created_at=NOON, changed_at=NOON, read_at=NOON,
    )  # fmt: skip
    return replace(state, **money)


def earn(state: OrderState, *, peak: Any = None, **earning: Any) -> Target:
    """What the order should have earned; `peak` if more was charged at some time before."""
    known = max(peak_charged(state), Decimal(peak or 0))
    return target(state, earning=ONE_A_DOLLAR.model_copy(update=earning), charged_peak=known)


def points(state: OrderState, *, peak: Any = None, **earning: Any) -> int:
    return earn(state, peak=peak, **earning).points


def per(points: int, amount: str, currency: str = "USD") -> dict[str, Rate]:
    return {currency: Rate(points=points, per=Decimal(amount))}


class TestAPaidOrder:
    def test_earns_on_its_goods_line_by_line(self) -> None:
        assert earn(order()) == Target(100, (Allocation("shirt", 60), Allocation("shoes", 40)))

    def test_earns_on_shipping_if_the_programme_says_so(self) -> None:
        assert earn(order(), shipping=True) == Target(
            110, (Allocation("shirt", 60), Allocation("shoes", 40), Allocation(SHIPPING, 10))
        )

    def test_earns_on_net_prices_if_the_programme_says_so(self) -> None:
        assert points(order(), basis=Basis.NET) == 50
        assert points(order(), basis=Basis.NET, shipping=True) == 55

    def test_earns_no_more_when_overcharged(self) -> None:
        assert points(order(charged=500, charge_status="OVERCHARGED")) == 100

    def test_rounds_down_once_for_the_whole_order(self) -> None:
        cents = [line(name, "0.60") for name in ("a", "b", "c")]

        assert earn(order(*cents)) == Target(1, (Allocation("a", 1),))

    @pytest.mark.parametrize(
        ("rate", "gross", "earned"),
        [
            (per(3, "7.50"), "100", 40),
            (per(3, "7.50"), "7.49", 2),
            (per(1, "10"), "9.99", 0),
            (per(1, "10"), "10", 1),
            (per(10, "1"), "19.99", 199),
            (per(1, "0.3"), "1", 3),
            (per(7, "3"), "1", 2),
            (per(1_000_000, "0.0001"), "0.01", 100_000_000),
        ],
    )
    def test_earns_at_any_rate_without_losing_a_fraction(
        self, rate: dict[str, Rate], gross: str, earned: int
    ) -> None:
        assert points(order(line("a", gross)), rates=rate) == earned

    def test_earns_in_a_currency_of_three_decimals(self) -> None:
        assert points(
            order(line("a", "12.345"), currency="KWD"), rates=per(1, "0.005", "KWD")
        ) == 2469  # fmt: skip

    def test_earns_nothing_in_a_currency_without_a_rate(self) -> None:
        assert earn(order(currency="EUR")) == Target(0, nothing=Nothing.NO_RATE)


class TestWhatDoesNotEarn:
    def test_gifts_and_gift_cards_do_not(self) -> None:
        lines = (SHIRT, line("gift", 40, is_gift=True), line("card", 50, is_gift_card=True))

        assert earn(order(*lines)) == Target(60, (Allocation("shirt", 60),))

    def test_an_order_of_gift_cards_alone_does_not(self) -> None:
        assert earn(order(line("card", 50, is_gift_card=True))) == Target(0)

    def test_an_order_without_lines_does_not(self) -> None:
        empty = replace(order(), lines=(), total=Decimal(10), charged=Decimal(10))

        assert earn(empty) == Target(0)
        assert earn(empty, shipping=True) == Target(10, (Allocation(SHIPPING, 10),))

    def test_goods_for_nothing_do_not(self) -> None:
        assert earn(order(line("sample", 0), shipping=0)) == Target(0)

    @pytest.mark.parametrize("status", ["CANCELED", "EXPIRED"])
    def test_a_cancelled_order_does_not(self, status: str) -> None:
        assert earn(order(status=status)) == Target(0, nothing=Nothing.CANCELLED)

    @pytest.mark.parametrize("origin", ["REISSUE", "BULK_CREATE"])
    def test_replacements_and_imports_do_not(self, origin: str) -> None:
        assert earn(order(origin=origin)) == Target(0, nothing=Nothing.NOT_A_SALE)

    def test_a_draft_does_not(self) -> None:
        assert earn(order(status="DRAFT")) == Target(0, nothing=Nothing.NOT_A_SALE)

    def test_an_order_that_was_a_draft_once_does(self) -> None:
        assert points(order(origin="DRAFT")) == 100


class TestPaid:
    @pytest.mark.parametrize("status", ["FULL", "OVERCHARGED"])
    def test_is_what_saleor_calls_fully_charged(self, status: str) -> None:
        assert is_paid(order(charge_status=status))

    @pytest.mark.parametrize("charged", [0, "0.01", "109.99"])
    def test_is_not_what_was_charged_in_part(self, charged: Any) -> None:
        assert not is_paid(order(charge_status="PARTIAL", charged=charged))

    def test_is_an_order_first_heard_of_after_a_refund(self) -> None:
        assert is_paid(order(charge_status="PARTIAL", charged=80, refunded=30))

    def test_is_a_free_order_that_saleor_calls_fully_charged(self) -> None:
        free = order(shipping=0, legacy_gift_card=100)

        assert is_paid(free)
        assert not is_paid(replace(free, charge_status="NONE"))


class TestRefunds:
    """Money comes back: points fall in exact proportion to the order's total of 110."""

    @pytest.mark.parametrize(
        ("refunded", "left"), [(0, 100), ("0.01", 99), (11, 90), (55, 50), (110, 0)]
    )
    def test_take_their_share(self, refunded: Any, left: int) -> None:
        state = order(charged=110 - Decimal(refunded), refunded=refunded)

        assert points(state) == left

    def test_are_spread_over_the_lines(self) -> None:
        assert earn(order(charged=55, refunded=55)).allocations == (
            Allocation("shirt", 30),
            Allocation("shoes", 20),
        )

    def test_count_alike_if_the_payment_app_does_not_lower_the_charge(self) -> None:
        assert points(order(charged=110, refunded=55)) == 50

    def test_count_once_if_the_charge_falls_before_the_refund_is_reported(self) -> None:
        requested = order(charged=55, refunded=0, charge_status="PARTIAL")
        done = order(charged=55, refunded=55, charge_status="PARTIAL")

        assert (points(requested, peak=110), points(done, peak=110)) == (50, 50)

    def test_that_failed_give_the_points_again(self) -> None:
        assert points(order(), peak=110) == 100

    def test_of_all_the_money_leave_nothing(self) -> None:
        assert earn(order(charged=0, refunded=110)) == Target(0)

    def test_of_more_than_was_paid_leave_nothing(self) -> None:
        assert points(order(charged=0, refunded=500)) == 0
        assert points(order(charged=110, refunded=500)) == 0

    def test_by_chargeback_count_without_a_refund(self) -> None:
        assert points(order(charged=55, refunded=0), peak=110) == 50
        assert points(order(charged=0, refunded=0), peak=110) == 0

    def test_and_a_chargeback_together_may_leave_less_than_no_money(self) -> None:
        assert points(order(charged=-30, refunded=30), peak=110) == 0

    def test_of_money_that_was_overcharged_take_no_points(self) -> None:
        assert points(order(charged=110, refunded=20), peak=130) == 100

    def test_are_compared_with_the_most_that_was_ever_charged(self) -> None:
        assert points(order(charged=130, refunded=20, charge_status="OVERCHARGED")) == 100
        assert points(order(charged=130, refunded=75, charge_status="OVERCHARGED")) == 50

    @given(st.lists(st.decimals(0, 200, places=2), min_size=2, max_size=6))
    def test_never_raise_points(self, amounts: list[Decimal]) -> None:
        for is_lowered in (False, True):
            states = [
                order(charged=max(110 - amount * is_lowered, Decimal(0)), refunded=amount)
                for amount in sorted(amounts)
            ]
            left = [points(state, peak=110) for state in states]
            assert left == sorted(left, reverse=True)
            assert all(
                0 <= each <= max(Fraction(100 * (110 - amount)) / 110, 0)
                for each, amount in zip(left, sorted(amounts), strict=True)
            )


class TestReturnedGoods:
    def test_lose_their_points_before_the_money_is_back(self) -> None:
        assert earn(order(SHIRT, line("shoes", 40, returned=1))) == Target(
            60, (Allocation("shirt", 60),)
        )

    def test_lose_them_piece_by_piece(self) -> None:
        socks = line("socks", 30, quantity=3, returned=1)

        assert earn(order(SHIRT, socks)) == Target(
            80, (Allocation("shirt", 60), Allocation("socks", 20))
        )

    def test_lose_them_once_when_the_money_is_back_too(self) -> None:
        state = order(SHIRT, line("shoes", 40, returned=1), charged=66, refunded=44)

        assert points(state) == 60

    def test_lose_more_if_more_money_is_given_back(self) -> None:
        state = order(SHIRT, line("shoes", 40, returned=1), charged=11, refunded=99)

        assert earn(state) == Target(10, (Allocation("shirt", 10),))

    def test_leave_shipping_its_points(self) -> None:
        returned = [replace(each, quantity_returned=1) for each in (SHIRT, SHOES)]

        assert earn(order(*returned), shipping=True) == Target(10, (Allocation(SHIPPING, 10),))

    def test_leave_nothing_when_all_came_back(self) -> None:
        returned = [replace(each, quantity_returned=1) for each in (SHIRT, SHOES)]

        assert earn(order(*returned)) == Target(0)

    def test_count_once_each_however_often_they_are_reported(self) -> None:
        assert points(order(SHIRT, line("shoes", 40, quantity=2, returned=5))) == 60

    def test_matter_only_where_they_earned(self) -> None:
        gift = line("gift", 50, is_gift=True, returned=1)

        assert points(order(SHIRT, gift)) == 60


class TestGiftCards:
    """Buying with stored value earns nothing, unless the programme says so."""

    def test_of_the_older_kind_lower_what_the_order_earns(self) -> None:
        assert points(order(legacy_gift_card=55)) == 50

    def test_of_the_older_kind_may_pay_for_everything(self) -> None:
        assert points(order(legacy_gift_card=110)) == 0

    def test_that_are_payments_lower_what_the_order_earns(self) -> None:
        assert points(order(charged_to_gift_cards=55)) == 50

    def test_of_both_kinds_add_up(self) -> None:
        assert points(order(legacy_gift_card=33, charged_to_gift_cards=22)) == 50

    def test_never_lower_it_below_nothing(self) -> None:
        assert points(order(charged_to_gift_cards=999)) == 0

    def test_earn_where_the_programme_says_so(self) -> None:
        for state in (
            order(legacy_gift_card=55),
            order(legacy_gift_card=110),
            order(charged_to_gift_cards=55),
        ):
            assert points(state, gift_card_money=True) == 100

    def test_and_a_refund_multiply(self) -> None:
        # Half was paid with a card, and half of the other 55 was given back.
        state = order(legacy_gift_card=55, charged="27.50", refunded="27.50")

        assert points(state) == 25

    def test_keep_their_part_of_the_points_when_money_is_refunded(self) -> None:
        state = order(legacy_gift_card=55, charged="27.50", refunded="27.50")

        assert points(state, gift_card_money=True) == 75

    def test_that_are_bought_do_not_count_as_paying(self) -> None:
        assert points(order(SHIRT, line("card", 50, is_gift_card=True))) == 60


def exact_shares(state: OrderState, earned: int) -> Iterable[tuple[str, Fraction]]:
    """Each line's part of the points, unrounded."""
    kept = {
        each.id: Fraction(each.gross) * (each.quantity - min(each.quantity_returned, each.quantity))
        / each.quantity
        for each in state.lines
    }  # fmt: skip
    whole = sum(kept.values())
    return [(name, part * earned / whole) for name, part in kept.items()] if whole else []


amounts = st.decimals(0, 10_000, places=2)
any_lines = st.lists(
    st.tuples(amounts, st.integers(1, 5), st.integers(0, 6)), min_size=1, max_size=8
).map(
    lambda rows: [
        line(f"L{number}", gross, quantity=quantity, returned=returned)
        for number, (gross, quantity, returned) in enumerate(rows)
    ]
)
any_rate = st.builds(Rate, points=st.integers(1, 1000), per=st.decimals("0.0001", 1000, places=4))

any_earning = st.fixed_dictionaries(
    {"basis": st.sampled_from(Basis), "shipping": st.booleans(), "gift_card_money": st.booleans()}
)


class TestAllocations:
    def test_give_the_points_left_by_rounding_to_those_who_lost_most(self) -> None:
        state = order(line("a", "3.30"), line("b", "3.50"), line("c", "3.20"))

        assert earn(state).allocations == (
            Allocation("a", 3),
            Allocation("b", 4),
            Allocation("c", 3),
        )

    def test_prefer_the_first_of_equals(self) -> None:
        state = order(*[line(name, "0.50") for name in "abcd"])

        assert earn(state).allocations == (Allocation("a", 1), Allocation("b", 1))

    @given(any_lines, any_rate, st.decimals(0, 1, places=4))
    @example([line("a", "0.01")], Rate(points=1, per=Decimal(1)), Decimal(1))
    def test_add_up_and_differ_from_the_exact_share_by_less_than_a_point(
        self, lines: list[OrderLine], rate: Rate, share_kept: Decimal
    ) -> None:
        state = order(*lines)
        state = replace(state, charged=state.total * share_kept)

        earned = earn(state, peak=state.total, rates={"USD": rate})

        given_points = {part.line: part.points for part in earned.allocations}
        assert sum(given_points.values()) == earned.points
        assert min(given_points.values(), default=1) > 0
        for name, exact in exact_shares(state, earned.points):
            assert abs(given_points.get(name, 0) - exact) < 1


@given(
    lines=any_lines,
    rate=any_rate,
    shipping=amounts,
    charged=st.decimals(-1000, 100_000, places=2),
    refunded=st.decimals(-1000, 100_000, places=2),
    peak=st.decimals(0, 100_000, places=2),
    gift_cards=amounts,
    earning=any_earning,
)  # fmt: skip
def test_points_are_never_negative_and_never_more_than_the_goods_are_worth(
    lines: list[OrderLine],
    rate: Rate,
    shipping: Decimal,
    charged: Decimal,
    refunded: Decimal,
    peak: Decimal,
    gift_cards: Decimal,
    earning: dict[str, Any],
) -> None:
    state = order(
        *lines, shipping=shipping, charged=charged, refunded=refunded,
        charged_to_gift_cards=gift_cards,
    )  # fmt: skip

    earned = points(state, peak=peak, rates={"USD": rate}, **earning)

    assert 0 <= earned <= Fraction(state.total) * rate.points / Fraction(rate.per)
