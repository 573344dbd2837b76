"""Which points move: examples first, then laws that hold after any sequence of acts."""

from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from factories import DAY, NOON
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from saleor_loyalty.ledger import rules, spending
from saleor_loyalty.ledger.book import Book, Draw, Life, Lot, Move, State, totals
from saleor_loyalty.ledger.rules import (
    DebtPolicy,
    MoreThanIsOwed,
    MoreThanWasGiven,
    NothingToRevive,
    Share,
)
from saleor_loyalty.ledger.spending import NotEnoughPoints

AVAILABLE, PENDING, HELD, SPENT = State.AVAILABLE, State.PENDING, State.HELD, State.SPENT
OWED, REPAID, EXPIRED, CLAWED_BACK = State.OWED, State.REPAID, State.EXPIRED, State.CLAWED_BACK
WRITTEN_OFF = State.WRITTEN_OFF
anyone = st.integers(0, 99)


def earned(
    book: Book,
    points: int,
    *,
    matures_at: datetime | None = NOON,
    expires_at: datetime | None = None,
    lapses_at: datetime | None = None,
    at: datetime = NOON,
) -> Lot:
    """Let the book's member earn a lot; lots are numbered in the order they were earned."""
    lot = Lot(UUID(int=len(book.lots) + 1), life=Life(matures_at, expires_at, lapses_at))
    rules.earn(book, lot, points, at=at)
    return lot


def draw(book: Book, points: int, *, into: State = SPENT, at: datetime = NOON) -> list[Draw]:
    """Redeem, and return what was drawn, as the ledger reads it back from its movements."""
    before = len(book.moves)
    spending.draw(book, points, into=into, at=at)
    return [Draw(move.lot_id, move.points) for move in book.moves[before:]]


def charge(book: Book, points: int, *, at: datetime = NOON) -> list[Draw]:
    """Charge, and return what was drawn, what was advanced at last."""
    before = len(book.moves)
    spending.charge(book, Lot(UUID(int=len(book.lots) + 1)), points, at=at)
    return [Draw(move.lot_id, move.points) for move in book.moves[before:]]


def give_back(
    book: Book, draws: list[Draw], *, at: datetime = NOON, grace_until: datetime | None = None
) -> None:
    spending.put_back(book, draws, state=SPENT, at=at, grace_until=grace_until)


def release(book: Book, draws: list[Draw], *, at: datetime = NOON) -> None:
    spending.put_back(book, draws, state=HELD, at=at)


def refund(book: Book, lot: Lot, points: int, *, at: datetime = NOON) -> None:
    claw_back(book, [lot], points, at=at)


def claw_back(
    book: Book, lots: list[Lot], points: int, *, at: datetime = NOON,
    policy: DebtPolicy = DebtPolicy.DEBT,
) -> None:  # fmt: skip
    rules.claw_back(book, [Share(lots, points)], points, at=at, policy=policy)


def undo_refund(book: Book, lot: Lot, points: int, *, at: datetime = NOON) -> int:
    """Let the order count again, as far as its own lot goes; return how many points did."""
    undone = rules.use_again(book, [lot], points)
    undone += rules.give_again(book, lot, points - undone, at=at)
    rules.settle(book, at=at)
    return undone


def counts(lot: Lot) -> dict[State, int]:
    """The states that points of the lot are in."""
    return {state: n for state, n in lot.points.items() if n and state is not State.OUTSIDE}


class TestEarn:
    def test_makes_points_available_at_once_if_they_are_due(self) -> None:
        assert counts(earned(Book({}), 10)) == {AVAILABLE: 10}

    @pytest.mark.parametrize("matures_at", [NOON + DAY, None])
    def test_keeps_points_pending_until_they_are_due(self, matures_at: datetime | None) -> None:
        assert counts(earned(Book({}), 10, matures_at=matures_at)) == {PENDING: 10}

    def test_repays_what_is_owed(self) -> None:
        book = Book({})
        returned = earned(book, 10)
        draw(book, 10)
        refund(book, returned, 10)

        later = earned(book, 25)

        assert counts(returned) == {CLAWED_BACK: 10}
        assert counts(later) == {REPAID: 10, AVAILABLE: 15}
        assert book.debt() == 0

    def test_leaves_the_rest_of_a_larger_debt(self) -> None:
        book = Book({})
        returned = earned(book, 10)
        draw(book, 10)
        refund(book, returned, 10)

        assert counts(earned(book, 4)) == {REPAID: 4}
        assert counts(returned) == {CLAWED_BACK: 4, OWED: 6}


class TestMature:
    def test_makes_only_due_points_available(self) -> None:
        book = Book({})
        due, later = earned(book, 10, matures_at=NOON + DAY), earned(book, 5, matures_at=None)

        assert rules.mature(book, at=NOON + DAY) == 10

        assert (counts(due), counts(later)) == ({AVAILABLE: 10}, {PENDING: 5})

    def test_repays_what_is_owed(self) -> None:
        book = Book({})
        returned = earned(book, 10)
        draw(book, 10)
        refund(book, returned, 10)
        pending = earned(book, 10, matures_at=NOON + DAY)
        assert book.debt() == 10

        rules.mature(book, at=NOON + DAY)

        assert counts(pending) == {REPAID: 10}
        assert book.debt() == 0

    def test_moves_nothing_a_second_time(self) -> None:
        book = Book({})
        earned(book, 10, matures_at=NOON + DAY)
        rules.mature(book, at=NOON + DAY)
        before = list(book.moves)

        assert rules.mature(book, at=NOON + DAY) == 0
        assert book.moves == before


class TestExpire:
    def test_records_pending_and_available_points_past_their_expiry(self) -> None:
        book = Book({})
        over = earned(book, 10, expires_at=NOON + DAY)
        pending = earned(book, 5, matures_at=None, expires_at=NOON + DAY)
        lasting = earned(book, 3)

        assert rules.expire(book, at=NOON + DAY) == 15

        assert [counts(lot) for lot in (over, pending, lasting)] == [
            {EXPIRED: 10},
            {EXPIRED: 5},
            {AVAILABLE: 3},
        ]

    def test_leaves_points_until_the_very_moment(self) -> None:
        book = Book({})
        earned(book, 10, expires_at=NOON + DAY)

        assert rules.expire(book, at=NOON + DAY - timedelta(microseconds=1)) == 0

    def test_leaves_points_that_were_used_in_time(self) -> None:
        book = Book({})
        lot = earned(book, 10, expires_at=NOON + DAY)
        draw(book, 4)
        draw(book, 6, into=HELD)

        assert rules.expire(book, at=NOON + DAY) == 0
        assert counts(lot) == {SPENT: 4, HELD: 6}


class TestDraw:
    def test_takes_the_nearest_expiry_first_and_what_never_expires_last(self) -> None:
        book = Book({})
        never = earned(book, 10)
        later = earned(book, 10, expires_at=NOON + 30 * DAY)
        sooner = earned(book, 10, expires_at=NOON + 3 * DAY)

        assert draw(book, 25) == [Draw(sooner.id, 10), Draw(later.id, 10), Draw(never.id, 5)]

    def test_goes_by_the_plan_where_no_notice_was_sent(self) -> None:
        book = Book({})
        noticed = earned(book, 10, expires_at=NOON + 30 * DAY)
        planned = earned(book, 10, lapses_at=NOON + 3 * DAY)
        noticed.life = Life(NOON, NOON + 30 * DAY, NOON + DAY)

        assert draw(book, 15) == [Draw(planned.id, 10), Draw(noticed.id, 5)]

    def test_takes_points_that_should_have_ended_without_a_notice(self) -> None:
        book = Book({})
        lot = earned(book, 10, lapses_at=NOON + DAY)

        assert draw(book, 10, at=NOON + 2 * DAY) == [Draw(lot.id, 10)]

    def test_takes_the_older_of_two_lots_that_expire_together(self) -> None:
        book = Book({})
        older, _ = earned(book, 10), earned(book, 10)

        assert draw(book, 5) == [Draw(older.id, 5)]

    def test_takes_all_there_is(self) -> None:
        book = Book({})
        earned(book, 10)

        draw(book, 10)

        assert totals(book.lots.values(), at=NOON)[AVAILABLE] == 0

    def test_counts_a_lot_past_its_expiry_for_nothing_before_any_job_ran(self) -> None:
        book = Book({})
        earned(book, 10, expires_at=NOON + DAY)
        earned(book, 3)

        with pytest.raises(NotEnoughPoints) as refusal:
            draw(book, 4, at=NOON + DAY)

        assert (refusal.value.wanted, refusal.value.available) == (4, 3)

    def test_does_not_touch_pending_or_held_points(self) -> None:
        book = Book({})
        earned(book, 10, matures_at=None)
        earned(book, 10)
        draw(book, 10, into=HELD)

        with pytest.raises(NotEnoughPoints):
            draw(book, 1)

    def test_moves_nothing_if_there_are_too_few(self) -> None:
        book = Book({})
        lot = earned(book, 10)
        before = list(book.moves)

        with pytest.raises(NotEnoughPoints):
            draw(book, 11)

        assert (counts(lot), book.moves) == ({AVAILABLE: 10}, before)

    @pytest.mark.parametrize("points", [0, -1])
    def test_takes_one_point_at_least(self, points: int) -> None:
        with pytest.raises(AssertionError):
            draw(Book({}), points)


class TestHold:
    def test_is_spent_as_it_was_drawn(self) -> None:
        book = Book({})
        lot = earned(book, 10)
        held = draw(book, 6, into=HELD)

        spending.capture(book, held)

        assert counts(lot) == {SPENT: 6, AVAILABLE: 4}

    def test_returns_to_the_lots_it_came_from(self) -> None:
        book = Book({})
        sooner, later = earned(book, 5, expires_at=NOON + DAY), earned(book, 5)
        held = draw(book, 8, into=HELD)

        release(book, held)

        assert (counts(sooner), counts(later)) == ({AVAILABLE: 5}, {AVAILABLE: 5})

    def test_leaves_another_hold_on_the_same_lot_alone(self) -> None:
        book = Book({})
        lot = earned(book, 10)
        first, second = draw(book, 4, into=HELD), draw(book, 6, into=HELD)

        release(book, first)
        spending.capture(book, second)

        assert counts(lot) == {AVAILABLE: 4, SPENT: 6}

    def test_may_be_spent_although_its_points_were_taken_back(self) -> None:
        book = Book({})
        lot = earned(book, 10)
        held = draw(book, 10, into=HELD)
        refund(book, lot, 10)

        spending.capture(book, held)

        assert counts(lot) == {OWED: 10}

    def test_may_be_released_after_its_points_were_taken_back_and_returned(self) -> None:
        book = Book({})
        lot = earned(book, 10)
        held = draw(book, 10, into=HELD)
        refund(book, lot, 10)
        undo_refund(book, lot, 10)

        release(book, held)

        assert counts(lot) == {AVAILABLE: 10}


class TestGiveBack:
    def test_returns_points_to_their_lots_with_the_expiry_they_had(self) -> None:
        book = Book({})
        sooner = earned(book, 5, expires_at=NOON + DAY)
        later = earned(book, 5, expires_at=NOON + 9 * DAY)
        spent = draw(book, 8)

        give_back(book, spent)

        assert (counts(sooner), counts(later)) == ({AVAILABLE: 5}, {AVAILABLE: 5})
        assert sooner.life.expires_at == NOON + DAY

    def test_returns_points_past_their_expiry_as_expired(self) -> None:
        book = Book({})
        earned(book, 5, expires_at=NOON + DAY)
        spent = draw(book, 5)

        give_back(book, spent, at=NOON + 2 * DAY)

        counted = totals(book.lots.values(), at=NOON + 2 * DAY)
        assert (counted[AVAILABLE], counted[EXPIRED]) == (0, 5)

    def test_cancels_the_debt_of_the_redemption(self) -> None:
        book = Book({})
        returned = earned(book, 10)
        spent = draw(book, 10)
        refund(book, returned, 10)

        give_back(book, spent)

        assert counts(returned) == {CLAWED_BACK: 10}
        assert book.debt() == 0

    def test_frees_the_points_that_repaid_the_debt(self) -> None:
        book = Book({})
        returned = earned(book, 10)
        spent = draw(book, 10)
        refund(book, returned, 10)
        other = earned(book, 10)
        assert counts(other) == {REPAID: 10}

        give_back(book, spent)

        assert (counts(returned), counts(other)) == ({CLAWED_BACK: 10}, {AVAILABLE: 10})

    def test_repays_what_another_redemption_of_the_lot_owes(self) -> None:
        book = Book({})
        lot = earned(book, 20)
        first, _ = draw(book, 10), draw(book, 10)
        refund(book, lot, 10)

        give_back(book, first)

        assert counts(lot) == {SPENT: 10, CLAWED_BACK: 10}

    @pytest.mark.parametrize("is_recorded", [False, True])
    def test_ends_alike_before_and_after_a_refund_of_an_expired_lot(
        self, is_recorded: bool
    ) -> None:
        ends = []
        for give_back_first in (True, False):
            book = Book({})
            lot = earned(book, 20, expires_at=NOON + DAY)
            first, _ = draw(book, 10), draw(book, 10)
            if give_back_first:
                give_back(book, first, at=NOON + DAY)
            if is_recorded:
                rules.expire(book, at=NOON + DAY)
            refund(book, lot, 10, at=NOON + DAY)
            if not give_back_first:
                give_back(book, first, at=NOON + DAY)
            ends.append(counts(lot))

        assert ends == [{SPENT: 10, CLAWED_BACK: 10}] * 2


class TestClawBack:
    def test_takes_points_nobody_has_used_first(self) -> None:
        book = Book({})
        lot = earned(book, 30)
        draw(book, 10)
        draw(book, 10, into=HELD)

        refund(book, lot, 10)

        assert counts(lot) == {SPENT: 10, HELD: 10, CLAWED_BACK: 10}

    def test_then_makes_the_member_owe_spent_points_and_held_ones_last(self) -> None:
        book = Book({})
        lot = earned(book, 30)
        draw(book, 10)
        draw(book, 20, into=HELD)

        refund(book, lot, 15)

        assert counts(lot) == {OWED: 15, HELD: 15}

    def test_takes_pending_points_before_available_ones(self) -> None:
        book = Book({})
        available, pending = earned(book, 5), earned(book, 5, matures_at=None)

        claw_back(book, [available, pending], 7)

        assert counts(pending) == {CLAWED_BACK: 5}
        assert counts(available) == {CLAWED_BACK: 2, AVAILABLE: 3}

    def test_takes_expired_points_rather_than_make_a_debt(self) -> None:
        book = Book({})
        lot = earned(book, 10, expires_at=NOON + DAY)
        draw(book, 4)
        rules.expire(book, at=NOON + DAY)

        refund(book, lot, 6, at=NOON + DAY)

        assert counts(lot) == {CLAWED_BACK: 6, SPENT: 4}

    def test_is_paid_at_once_by_other_lots(self) -> None:
        book = Book({})
        returned, other = earned(book, 10, expires_at=NOON + DAY), earned(book, 10)
        draw(book, 10)

        refund(book, returned, 10)

        assert (counts(returned), counts(other)) == ({CLAWED_BACK: 10}, {REPAID: 10})

    def test_is_not_paid_by_a_lot_past_its_expiry(self) -> None:
        book = Book({})
        returned = earned(book, 10)
        draw(book, 10)
        earned(book, 10, expires_at=NOON + DAY)

        refund(book, returned, 10, at=NOON + DAY)

        assert book.debt() == 10

    def test_of_points_that_repay_a_debt_brings_the_debt_back(self) -> None:
        book = Book({})
        returned = earned(book, 10)
        draw(book, 10)
        refund(book, returned, 10)
        repaying = earned(book, 10)

        refund(book, repaying, 10)

        assert (counts(returned), counts(repaying)) == ({OWED: 10}, {CLAWED_BACK: 10})

    def test_refuses_more_than_was_given(self) -> None:
        book = Book({})
        lot = earned(book, 10)
        refund(book, lot, 4)

        with pytest.raises(MoreThanWasGiven):
            refund(book, lot, 7)

        assert counts(lot) == {AVAILABLE: 6, CLAWED_BACK: 4}

    def test_leaves_lots_of_other_orders_alone_if_the_order_has_enough(self) -> None:
        book = Book({})
        lot, other = earned(book, 10), earned(book, 10)

        refund(book, lot, 10)

        assert counts(other) == {AVAILABLE: 10}


class TestReinstate:
    def test_undoes_no_more_than_was_taken_back(self) -> None:
        book = Book({})
        lot = earned(book, 10)
        refund(book, lot, 4)

        assert undo_refund(book, lot, 6) == 4
        assert counts(lot) == {AVAILABLE: 10}

    def test_cancels_the_debt_first(self) -> None:
        book = Book({})
        lot = earned(book, 10)
        draw(book, 6)
        refund(book, lot, 10)
        assert counts(lot) == {OWED: 6, CLAWED_BACK: 4}

        undo_refund(book, lot, 7)

        assert counts(lot) == {SPENT: 6, AVAILABLE: 1, CLAWED_BACK: 3}

    def test_frees_the_points_of_others_that_repaid(self) -> None:
        book = Book({})
        returned, other = earned(book, 10, expires_at=NOON + DAY), earned(book, 10)
        draw(book, 10)
        refund(book, returned, 10)

        undo_refund(book, returned, 10)

        assert (counts(returned), counts(other)) == ({SPENT: 10}, {AVAILABLE: 10})

    def test_returns_points_that_are_not_due_to_pending(self) -> None:
        book = Book({})
        lot = earned(book, 10, matures_at=NOON + DAY)
        refund(book, lot, 10)

        undo_refund(book, lot, 10)

        assert counts(lot) == {PENDING: 10}

    def test_repays_what_the_member_owes_elsewhere(self) -> None:
        book = Book({})
        owing = earned(book, 10)
        draw(book, 10)
        other = earned(book, 10)
        refund(book, other, 10)
        refund(book, owing, 10)
        assert book.debt() == 10

        undo_refund(book, other, 10)

        assert (counts(owing), counts(other)) == ({CLAWED_BACK: 10}, {REPAID: 10})


class TestTake:
    def test_leaves_the_order_whose_points_were_taken_refundable(self) -> None:
        book = Book({})
        lot = earned(book, 10)
        spending.take(book, 3, at=NOON)

        refund(book, lot, 10)

        assert book.debt() == 3

    def test_is_not_undone_with_a_refund_of_the_order(self) -> None:
        book = Book({})
        lot = earned(book, 10)
        spending.take(book, 3, at=NOON)
        refund(book, lot, 5)

        assert undo_refund(book, lot, 8) == 5
        assert totals([lot], at=NOON)[AVAILABLE] == 7


class TestWriteOff:
    def test_gives_up_points_that_are_owed(self) -> None:
        book = Book({})
        lot = earned(book, 10)
        draw(book, 10)
        refund(book, lot, 10)

        rules.write_off(book, 4)

        assert (counts(lot), book.debt()) == ({OWED: 6, WRITTEN_OFF: 4}, 6)

    def test_gives_up_all_of_them_if_no_number_is_given(self) -> None:
        book = Book({})
        lots = [earned(book, 10), earned(book, 5)]
        draw(book, 15)
        claw_back(book, lots, 15)

        rules.write_off(book, None)

        assert [counts(lot) for lot in lots] == [{WRITTEN_OFF: 10}, {WRITTEN_OFF: 5}]

    def test_is_not_paid_by_later_points(self) -> None:
        book = Book({})
        lot = earned(book, 10)
        draw(book, 10)
        refund(book, lot, 10)
        rules.write_off(book, 10)

        assert counts(earned(book, 10)) == {AVAILABLE: 10}

    @pytest.mark.parametrize("points", [11, 0, -1])
    def test_gives_up_no_more_than_is_owed_and_something_at_least(self, points: int) -> None:
        book = Book({})
        lot = earned(book, 10)
        draw(book, 10)
        refund(book, lot, 10)

        with pytest.raises(MoreThanIsOwed) as refusal:
            rules.write_off(book, points)

        assert (refusal.value.owed, counts(lot)) == (10, {OWED: 10})

    def test_needs_a_debt(self) -> None:
        with pytest.raises(MoreThanIsOwed):
            rules.write_off(Book({}), None)

    @pytest.mark.parametrize("forgiven", [4, 10])
    def test_is_undone_first_when_the_order_counts_again(self, forgiven: int) -> None:
        book = Book({})
        lot = earned(book, 10)
        draw(book, 10)
        refund(book, lot, 10)
        rules.write_off(book, forgiven)

        undo_refund(book, lot, 4)

        assert lot[WRITTEN_OFF] == forgiven - 4
        undo_refund(book, lot, 6)
        assert counts(lot) == {SPENT: 10}

    def test_is_no_gain_when_what_the_points_bought_is_returned(self) -> None:
        book = Book({})
        lot = earned(book, 20)
        first, second = draw(book, 10), draw(book, 10)
        refund(book, lot, 10)
        rules.write_off(book, 10)

        give_back(book, first)
        assert counts(lot) == {SPENT: 10, CLAWED_BACK: 10}
        give_back(book, second)

        assert counts(lot) == {AVAILABLE: 10, CLAWED_BACK: 10}

    def test_is_no_gain_when_a_hold_is_released(self) -> None:
        book = Book({})
        lot = earned(book, 20)
        held, _ = draw(book, 10, into=HELD), draw(book, 10)
        refund(book, lot, 10)
        rules.write_off(book, 10)

        release(book, held)

        assert counts(lot) == {SPENT: 10, CLAWED_BACK: 10}


class TestRevive:
    def test_makes_expired_points_available_until_a_new_end(self) -> None:
        book = Book({})
        lot = earned(book, 10, expires_at=NOON + DAY)
        rules.expire(book, at=NOON + DAY)

        rules.revive(book, since=NOON, lapses_at=NOON + 9 * DAY, at=NOON + 2 * DAY)

        assert counts(lot) == {AVAILABLE: 10}
        assert lot.life == Life(NOON, None, NOON + 9 * DAY)

    def test_does_so_whether_or_not_their_expiry_was_recorded(self) -> None:
        book = Book({})
        lot = earned(book, 10, expires_at=NOON + DAY)

        rules.revive(book, since=NOON, lapses_at=None, at=NOON + 2 * DAY)

        assert counts(lot) == {AVAILABLE: 10}
        assert lot.life.ends_at is None

    def test_leaves_points_that_expired_before(self) -> None:
        book = Book({})
        old, new = (
            earned(book, 10, expires_at=NOON + DAY),
            earned(book, 5, expires_at=NOON + 2 * DAY),
        )

        rules.revive(book, since=NOON + DAY, lapses_at=None, at=NOON + 3 * DAY)

        assert (counts(old), counts(new)) == ({EXPIRED: 10}, {AVAILABLE: 5})

    def test_repays_what_is_owed(self) -> None:
        book = Book({})
        returned = earned(book, 10)
        draw(book, 10)
        earned(book, 8, expires_at=NOON + DAY)
        rules.expire(book, at=NOON + DAY)
        refund(book, returned, 10, at=NOON + DAY)

        rules.revive(book, since=NOON, lapses_at=None, at=NOON + DAY)

        assert (counts(returned), book.debt()) == ({CLAWED_BACK: 8, OWED: 2}, 2)

    def test_needs_something_to_revive(self) -> None:
        book = Book({})
        earned(book, 10)

        with pytest.raises(NothingToRevive):
            rules.revive(book, since=NOON, lapses_at=None, at=NOON + DAY)


class TestTotals:
    def test_count_points_past_their_expiry_as_expired(self) -> None:
        book = Book({})
        earned(book, 10, expires_at=NOON + DAY)
        earned(book, 5, matures_at=None, expires_at=NOON + DAY)
        draw(book, 4)

        counted = totals(book.lots.values(), at=NOON + DAY)

        assert {state: n for state, n in counted.items() if n > 0} == {SPENT: 4, EXPIRED: 11}


def test_a_return_of_points_spent_meanwhile_can_be_walked_back_step_by_step() -> None:
    book = Book({})
    first, second = earned(book, 10), earned(book, 10)
    spent = draw(book, 15)
    before = [dict(first.points), dict(second.points)]

    refund(book, first, 10)
    assert (counts(first), counts(second)) == ({OWED: 5, CLAWED_BACK: 5}, {SPENT: 5, REPAID: 5})
    undo_refund(book, first, 10)

    assert [counts(first), counts(second)] == [
        {state: n for state, n in points.items() if n > 0} for points in before
    ]
    give_back(book, spent)
    assert (counts(first), counts(second)) == ({AVAILABLE: 10}, {AVAILABLE: 10})


def test_moves_say_which_debt_they_repay() -> None:
    book = Book({})
    returned = earned(book, 10)
    draw(book, 10)
    refund(book, returned, 10)
    book.moves.clear()

    paying = earned(book, 10)

    assert book.moves[1:] == [
        Move(paying.id, AVAILABLE, REPAID, 10, covers=returned.id),
        Move(returned.id, OWED, CLAWED_BACK, 10),
    ]


@dataclass
class Spend:
    """What a redemption drew, and how much of it was given back."""

    draws: list[Draw]
    returned: int = 0

    @property
    def left(self) -> int:
        return sum(drawn.points for drawn in self.draws) - self.returned

    def to_return(self, points: int | None) -> list[Draw]:
        return spending.part_to_return(self.draws, points, returned=self.returned)

    def take_back(self, points: int) -> list[Draw]:
        draws = self.to_return(points)
        self.returned += points
        return draws


class AnyLife(RuleBasedStateMachine):
    """A member earns, redeems, returns and waits, in any order. The model is three sums."""

    def __init__(self) -> None:
        super().__init__()
        self.book, self.now = Book({}), NOON
        self.bought: dict[UUID, int] = {}
        self.refunded: dict[UUID, int] = {}
        self.advanced: dict[UUID, int] = {}
        self.spends: list[Spend] = []
        self.holds: list[list[Draw]] = []

    @property
    def redeemed(self) -> int:
        held = sum(drawn.points for draws in self.holds for drawn in draws)
        return held + sum(spend.left for spend in self.spends)

    def totals(self) -> Mapping[State, int]:
        return totals(self.book.lots.values(), at=self.now)

    @rule(points=st.integers(1, 50), waits=st.sampled_from([None, 0, 0, 2]),
          lasts=st.sampled_from([None, 1, 3, 9]))  # fmt: skip
    def buy(self, points: int, waits: int | None, lasts: int | None) -> None:
        matures_at = None if waits is None else self.now + waits * DAY
        expires_at = matures_at + lasts * DAY if matures_at and lasts else None
        lot = earned(self.book, points, matures_at=matures_at, expires_at=expires_at, at=self.now)
        self.bought[lot.id], self.refunded[lot.id] = points, 0

    @precondition(lambda self: self.bought)
    @rule(which=anyone, share=st.floats(0, 1), policy=st.sampled_from(DebtPolicy))
    def return_goods(self, which: int, share: float, policy: DebtPolicy) -> None:
        lot = self.lot(which)
        points = round((self.bought[lot.id] - self.refunded[lot.id]) * share)
        claw_back(self.book, [lot], points, at=self.now, policy=policy)
        self.refunded[lot.id] += points

    @precondition(lambda self: self.bought)
    @rule(which=anyone, share=st.floats(0, 1))
    def take_the_return_back(self, which: int, share: float) -> None:
        lot = self.lot(which)
        points = round(self.refunded[lot.id] * share)
        assert undo_refund(self.book, lot, points, at=self.now) == points
        self.refunded[lot.id] -= points

    @rule(points=st.integers(1, 60), is_hold=st.booleans())
    def redeem(self, points: int, is_hold: bool) -> None:
        into = HELD if is_hold else SPENT
        if points > self.totals()[AVAILABLE]:
            with pytest.raises(NotEnoughPoints):
                draw(self.book, points, into=into, at=self.now)
            return
        draws = draw(self.book, points, into=into, at=self.now)
        if is_hold:
            self.holds.append(draws)
        else:
            self.spends.append(Spend(draws))

    @rule(points=st.integers(1, 60))
    def charge(self, points: int) -> None:
        before = self.totals()
        draws = charge(self.book, points, at=self.now)
        self.spends.append(Spend(draws))
        missing = max(points - before[AVAILABLE], 0)
        if missing:
            self.advanced[draws[-1].lot_id] = missing
        assert self.totals()[AVAILABLE] == max(before[AVAILABLE] - points, 0)
        assert self.totals()[OWED] == before[OWED] + missing

    @precondition(lambda self: self.spends)
    @rule(which=anyone, share=st.floats(0, 1), grace=st.sampled_from([None, 2]))
    def give_back(self, which: int, share: float, grace: int | None) -> None:
        spend = self.spends[which % len(self.spends)]
        draws = spend.take_back(max(round(spend.left * share), 1))
        if not spend.left:
            self.spends.remove(spend)
        self.put_back(draws, SPENT, grace)

    @precondition(lambda self: self.holds)
    @rule(which=anyone, grace=st.sampled_from([None, 2]))
    def release(self, which: int, grace: int | None) -> None:
        self.put_back(self.holds.pop(which % len(self.holds)), HELD, grace)

    def put_back(self, draws: list[Draw], state: State, grace: int | None) -> None:
        """Give back what was drawn: the member has it, or owes less, if there is a grace."""
        points, before = sum(drawn.points for drawn in draws), self.totals()
        until = grace and self.now + grace * DAY
        spending.put_back(self.book, draws, state=state, at=self.now, grace_until=until or None)
        after = self.totals()
        gain = sum(after[each] - before[each] for each in (AVAILABLE, EXPIRED))
        spared = sum(before[each] - after[each] for each in (OWED, WRITTEN_OFF))
        assert gain + spared == points
        assert after[EXPIRED] == before[EXPIRED] if grace else after[EXPIRED] >= before[EXPIRED]

    @precondition(lambda self: self.holds)
    @rule(which=anyone)
    def use_hold(self, which: int) -> None:
        draws = self.holds.pop(which % len(self.holds))
        self.spends.append(Spend(draws))
        spending.capture(self.book, draws)

    @precondition(lambda self: self.book.debt())
    @rule(share=st.floats(0, 1))
    def write_off(self, share: float) -> None:
        rules.write_off(self.book, round(self.book.debt() * share) or None)

    @precondition(lambda self: self.totals()[EXPIRED])
    @rule()
    def revive(self) -> None:
        rules.revive(self.book, since=NOON - DAY, lapses_at=None, at=self.now)

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        self.now += days * DAY

    @rule()
    def run_the_jobs(self) -> None:
        rules.mature(self.book, at=self.now)
        before = self.totals()
        rules.expire(self.book, at=self.now)
        assert self.totals() == before

    def lot(self, which: int) -> Lot:
        return self.book.lots[list(self.bought)[which % len(self.bought)]]

    @invariant()
    def every_lot_conserves_its_points(self) -> None:
        for lot in self.book.lots.values():
            assert min(counts(lot).values()) > 0
            assert sum(counts(lot).values()) == (self.bought | self.advanced)[lot.id]

    @invariant()
    def nothing_of_an_advance_is_ever_available(self) -> None:
        for lot_id in self.advanced:
            assert set(counts(self.book.lots[lot_id])) <= {OWED, CLAWED_BACK, WRITTEN_OFF}

    @invariant()
    def every_redeemed_point_comes_from_somewhere(self) -> None:
        counted = self.totals()
        used = (HELD, SPENT, OWED, REPAID, WRITTEN_OFF)
        assert sum(counted[state] for state in used) == self.redeemed

    @invariant()
    def what_is_left_is_what_was_given_less_what_was_redeemed(self) -> None:
        counted = self.totals()
        left = counted[PENDING] + counted[AVAILABLE] + counted[EXPIRED] - counted[OWED]
        given = sum(self.bought.values()) - sum(self.refunded.values())
        assert left == given - self.redeemed + counted[WRITTEN_OFF]

    @invariant()
    def nobody_owes_who_could_pay(self) -> None:
        assert not (self.book.debt() and self.totals()[AVAILABLE])

    @invariant()
    def no_lot_owes_while_it_has_points_of_its_own(self) -> None:
        for lot in self.book.lots.values():
            unused = lot[PENDING] + lot[AVAILABLE] + lot[EXPIRED] + lot[REPAID]
            assert not (unused and lot[OWED] + lot[WRITTEN_OFF])

    @invariant()
    def what_repays_and_what_is_repaid_agree(self) -> None:
        repaying: Counter[UUID] = Counter()
        for cover in self.book.covers:
            repaying[cover.lot_id] += cover.points
            assert cover.points > 0
        assert repaying == {lot.id: lot[REPAID] for lot in self.book.lots.values() if lot[REPAID]}

    def teardown(self) -> None:
        for end in (self.end_as_if_nothing_was_bought, self.end_as_if_only_bought):
            book = deepcopy(self.book)
            end()
            self.book = book

    def end_as_if_nothing_was_bought(self) -> None:
        """Everything returned: whatever was redeemed is owed, unless the shop gave it up."""
        for lot_id, points in self.bought.items():
            refund(self.book, self.book.lots[lot_id], points - self.refunded[lot_id], at=self.now)
        counted, given = self.totals(), self.bought | self.advanced
        assert counted[OWED] + counted[WRITTEN_OFF] == self.redeemed
        assert counted[CLAWED_BACK] == sum(given.values()) - self.redeemed

    def end_as_if_only_bought(self) -> None:
        """Every redemption and return undone: each lot has all its points, and no debts."""
        for spend in self.spends:
            give_back(self.book, spend.to_return(None), at=self.now)
        for draws in self.holds:
            release(self.book, draws, at=self.now)
        for lot_id, points in self.bought.items():
            lot = self.book.lots[lot_id]
            undo_refund(self.book, lot, self.refunded[lot_id], at=self.now)
            assert lot[PENDING] + lot[AVAILABLE] + lot[EXPIRED] == points
        for lot_id, points in self.advanced.items():
            assert counts(self.book.lots[lot_id]) == {CLAWED_BACK: points}
        assert not self.book.covers


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=200, stateful_step_count=30)
