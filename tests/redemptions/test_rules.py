"""What an order keeps of a redemption, and by what its vouchers are known: arithmetic only."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from factories import NOON, order_line, order_payload
from hypothesis import given
from hypothesis import strategies as st

from saleor_loyalty.earning.keeping import peak_charged
from saleor_loyalty.gateways.saleor.gift_cards import GiftCard, GiftCardUse
from saleor_loyalty.gateways.saleor.orders import OrderState, order_state
from saleor_loyalty.programme.reward_terms import Redeeming
from saleor_loyalty.redemptions.rules import (
    Of,
    Ordered,
    marks,
    new_mark,
    points_for,
    share_kept,
    voucher_name,
    worth_of_card,
)

RESTORE, KEEP = Redeeming(), Redeeming(cancelled="KEEP", refunded="KEEP")


def sold(**changes: Any) -> OrderState:
    """An order of 100: 60 and 40 for goods, of which a voucher has taken 10 off; paid."""
    lines = [order_line("L1", 54), order_line("L2", 36)]
    state = order_state(order_payload(lines=lines), read_at=NOON)
    first, second = state.lines
    full = (
        replace(first, undiscounted_gross=Decimal(60)),
        replace(second, undiscounted_gross=Decimal(40)),
    )
    return replace(
        state, lines=full, total=Decimal(90), charged=Decimal(90), shipping_gross=Decimal(0),
        **changes,
    )  # fmt: skip


def returned(state: OrderState, line: int) -> OrderState:
    """The same order, with a line sent back."""
    lines = list(state.lines)
    lines[line] = replace(lines[line], quantity_returned=lines[line].quantity)
    return replace(state, lines=tuple(lines))


def share(
    state: OrderState, terms: Redeeming = RESTORE, *, peak: int | None = None, of: Of = Of.ORDER
) -> Fraction:
    most = peak_charged(state) if peak is None else Decimal(peak)
    return share_kept(Ordered(state, most), terms, of)


class TestShare:
    def test_is_all_while_the_order_stands(self) -> None:
        assert share(sold()) == 1

    def test_is_all_before_anything_was_paid(self) -> None:
        assert share(replace(sold(), charged=Decimal(0))) == 1

    @pytest.mark.parametrize("status", ["CANCELED", "EXPIRED"])
    def test_is_nothing_of_a_dead_order_unless_the_programme_keeps_it(self, status: str) -> None:
        assert share(sold(status=status)) == 0
        assert share(sold(status=status), KEEP) == 1

    def test_is_nothing_of_a_draft(self) -> None:
        assert share(sold(status="DRAFT"), KEEP) == 0

    def test_is_nothing_of_goods_that_replace_others(self) -> None:
        assert share(sold(origin="REISSUE"), KEEP) == 0

    def test_is_by_what_was_taken_off_the_goods_that_stayed(self) -> None:
        assert share(returned(sold(), 0)) == Fraction(2, 5)
        assert share(returned(sold(), 0), KEEP) == 1

    def test_is_nothing_when_everything_came_back(self) -> None:
        assert share(returned(returned(sold(), 0), 1)) == 0

    def test_is_not_lowered_twice_when_the_money_goes_back_with_the_goods(self) -> None:
        refunded = replace(returned(sold(), 0), charged=Decimal(36), refunded=Decimal(54))

        assert share(refunded, peak=90) == Fraction(2, 5)

    def test_is_by_the_money_where_only_money_went_back(self) -> None:
        refunded = replace(sold(), charged=Decimal(60), refunded=Decimal(30))

        assert share(refunded, peak=90) == Fraction(2, 3)

    @pytest.mark.parametrize("told", [60, 0])
    def test_of_free_goods_is_theirs_alone(self, told: int) -> None:
        """Whether Saleor tells what the voucher took off, or only the prices do."""
        first, second = sold().lines
        free = replace(
            sold(),
            lines=(
                replace(first, gross=Decimal(0), voucher_discount=Decimal(told)),
                replace(second, undiscounted_gross=second.gross),
            ),
        )

        assert share(returned(free, 1), of=Of.GOODS) == 1
        assert share(returned(free, 0), of=Of.GOODS) == 0
        # What is for the whole order is none of what others took off.
        assert share(returned(free, 1)) == 0

    @pytest.mark.parametrize("of", Of)
    def test_does_not_count_presents(self, of: Of) -> None:
        first, second = sold().lines
        present = replace(sold(), lines=(first, replace(second, is_gift=True, gross=Decimal(0))))

        assert share(returned(present, 1), of=of) == 1

    def test_does_not_count_what_a_sale_took_off(self) -> None:
        first, second = sold().lines
        on_sale = replace(sold(), lines=(first, replace(second, undiscounted_gross=Decimal(400))))

        assert share(returned(on_sale, 1)) == Fraction(3, 5)

    def test_is_all_where_only_what_was_paid_too_much_went_back(self) -> None:
        refunded = replace(sold(), charged=Decimal(90), refunded=Decimal(90))

        assert share(refunded, peak=180) == 1
        assert share(
            replace(refunded, charged=Decimal(45), refunded=Decimal(135)), peak=180
        ) == Fraction(1, 2)

    @given(
        st.integers(0, 1), st.integers(0, 90), st.sampled_from(["UNFULFILLED", "CANCELED"]),
    )  # fmt: skip
    def test_is_never_below_nothing_nor_above_all(self, line: int, back: int, status: str) -> None:
        state = replace(
            returned(sold(status=status), line), charged=Decimal(90 - back), refunded=Decimal(back)
        )

        assert 0 <= share(state, peak=90) <= 1


class TestPoints:
    @given(st.integers(0, 10**9), st.fractions(0, 1))
    def test_are_whole_and_never_more_than_were_paid(self, points: int, kept: Fraction) -> None:
        assert 0 <= points_for(points, kept) <= points * kept

    @given(st.integers(0, 10**9))
    def test_are_all_of_all_and_none_of_nothing(self, points: int) -> None:
        assert (points_for(points, Fraction(1)), points_for(points, Fraction(0))) == (points, 0)


class TestMarks:
    @given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80))
    def test_are_found_in_the_names_of_our_vouchers(self, name: str) -> None:
        mark = new_mark()

        assert marks(sold(voucher_names=(voucher_name(name, mark),))) == {mark}

    @pytest.mark.parametrize(
        "name", ["Summer", "Loyalty · 5 off", "Loyalty ·  · SHORT", "5 off · 0123456789", ""]
    )
    def test_are_not_in_the_names_of_others(self, name: str) -> None:
        assert marks(sold(voucher_names=(name,))) == frozenset()

    def test_differ_each_time(self) -> None:
        assert len({new_mark() for _ in range(1_000)}) == 1_000


class TestWorthOfACard:
    @pytest.mark.parametrize(
        ("drawn", "refunded", "kept", "on_card", "worth"),
        [
            (0, 0, "1", 10, 10),
            (10, 0, "1", 0, 10),
            (10, 0, "0", 0, 0),
            (10, 0, "1/2", 0, 5),
            # Given back to the card: it is there, and not given back as points too.
            (0, 10, "0", 10, 10),
            (5, 5, "1/2", 5, 10),
            (6, 4, "1", 0, 6),
        ],
    )
    def test_is_what_is_on_it_and_what_it_paid_for_goods_that_stayed(
        self, drawn: int, refunded: int, kept: str, on_card: int, worth: int
    ) -> None:
        use = GiftCardUse("O1", "1", Decimal(drawn), Decimal(refunded))
        card = GiftCard("G1", "CODE", True, Decimal(10), Decimal(on_card), (use,))

        assert worth_of_card(card, {"O1": kept}, Decimal(on_card)) == worth
