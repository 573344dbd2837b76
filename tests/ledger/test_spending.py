"""What a charge takes beyond what there is, and how it comes back part by part."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pytest
from factories import DAY, NOON
from hypothesis import given
from hypothesis import strategies as st

from saleor_loyalty.ledger import rules, spending
from saleor_loyalty.ledger.book import Book, Draw, Life, Lot, State, totals
from saleor_loyalty.ledger.rules import DebtPolicy, Share
from saleor_loyalty.ledger.spending import MoreThanWasSpent

AVAILABLE, HELD, SPENT, EXPIRED = State.AVAILABLE, State.HELD, State.SPENT, State.EXPIRED
OWED, REPAID, CLAWED_BACK = State.OWED, State.REPAID, State.CLAWED_BACK
WRITTEN_OFF = State.WRITTEN_OFF


def earned(
    book: Book, points: int, *, expires_at: datetime | None = None,
    lapses_at: datetime | None = None, at: datetime = NOON,
) -> Lot:  # fmt: skip
    """Let the book's member earn a lot; lots are numbered in the order they were made."""
    lot = Lot(UUID(int=len(book.lots) + 1), life=Life(NOON, expires_at, lapses_at))
    rules.earn(book, lot, points, at=at)
    return lot


def drawn(book: Book, points: int, *, into: State = SPENT) -> list[Draw]:
    before = len(book.moves)
    spending.draw(book, points, into=into, at=NOON)
    return [Draw(move.lot_id, move.points) for move in book.moves[before:]]


def charged(book: Book, points: int, *, at: datetime = NOON) -> list[Draw]:
    """Charge, and return what was drawn, as the ledger reads it back from its movements."""
    before = len(book.moves)
    spending.charge(book, Lot(UUID(int=len(book.lots) + 1)), points, at=at)
    return [Draw(move.lot_id, move.points) for move in book.moves[before:]]


def give_back(
    book: Book, draws: Sequence[Draw], points: int | None = None, *, returned: int = 0,
    at: datetime = NOON, grace_until: datetime | None = None,
) -> None:  # fmt: skip
    part = spending.part_to_return(draws, points, returned=returned)
    spending.put_back(book, part, state=SPENT, at=at, grace_until=grace_until)


def refund(book: Book, lot: Lot, points: int, policy: DebtPolicy = DebtPolicy.DEBT) -> None:
    rules.claw_back(book, [Share([lot], points)], points, at=NOON, policy=policy)


def counts(lot: Lot) -> dict[State, int]:
    """The states that points of the lot are in."""
    return {state: n for state, n in lot.points.items() if n and state is not State.OUTSIDE}


def at_hand(book: Book, *, at: datetime = NOON) -> tuple[int, int]:
    """The points the member can use, and those they owe."""
    return totals(book.lots.values(), at=at)[AVAILABLE], book.debt()


class TestCharge:
    def test_draws_the_nearest_expiry_first(self) -> None:
        book = Book({})
        never = earned(book, 10)
        sooner = earned(book, 10, expires_at=NOON + DAY)

        assert charged(book, 15) == [Draw(sooner.id, 10), Draw(never.id, 5)]
        assert at_hand(book) == (5, 0)

    def test_advances_what_is_missing_and_lets_it_be_owed(self) -> None:
        book = Book({})
        lot = earned(book, 4)

        draws = charged(book, 10)

        advance = book.lots[draws[-1].lot_id]
        assert draws == [Draw(lot.id, 4), Draw(advance.id, 6)]
        assert (counts(lot), counts(advance)) == ({SPENT: 4}, {OWED: 6})
        assert (advance.order_id, advance.life) == (None, Life())

    def test_takes_all_from_those_who_have_nothing(self) -> None:
        book = Book({})

        charged(book, 10)
        charged(book, 5)

        assert at_hand(book) == (0, 15)

    def test_leaves_points_that_are_over_pending_or_held(self) -> None:
        book = Book({})
        earned(book, 10, expires_at=NOON)
        earned(book, 10)
        drawn(book, 10, into=HELD)

        charged(book, 3)

        assert at_hand(book) == (0, 3)

    @pytest.mark.parametrize("points", [0, -1])
    def test_takes_one_point_at_least(self, points: int) -> None:
        with pytest.raises(AssertionError):
            charged(Book({}), points)

    def test_is_repaid_by_later_points(self) -> None:
        book = Book({})
        advance = book.lots[charged(book, 10)[-1].lot_id]

        first, second = earned(book, 4), earned(book, 10)

        assert [counts(lot) for lot in (advance, first, second)] == [
            {CLAWED_BACK: 10},
            {REPAID: 4},
            {REPAID: 6, AVAILABLE: 4},
        ]

    def test_is_owed_again_when_what_repaid_it_is_taken_back(self) -> None:
        book = Book({})
        charged(book, 10)
        paying = earned(book, 10)

        refund(book, paying, 10)

        assert at_hand(book) == (0, 10)

    def test_is_given_up_when_the_shop_wants_no_debts_of_orders(self) -> None:
        book = Book({})
        advance = book.lots[charged(book, 10)[-1].lot_id]
        paying = earned(book, 10)

        refund(book, paying, 10, DebtPolicy.CLAMP)

        assert counts(advance) == {WRITTEN_OFF: 10}

    def test_may_be_written_off(self) -> None:
        book = Book({})
        charged(book, 10)

        rules.write_off(book, None)

        assert at_hand(book) == (0, 0)


class TestPartToReturn:
    DRAWS = (Draw(UUID(int=1), 5), Draw(UUID(int=2), 3), Draw(UUID(int=3), 2))

    @pytest.mark.parametrize(
        ("points", "returned", "parts"),
        [
            (1, 0, [(3, 1)]),
            (4, 0, [(3, 2), (2, 2)]),
            (1, 4, [(2, 1)]),
            (2, 4, [(2, 1), (1, 1)]),
            (None, 4, [(2, 1), (1, 5)]),
            (10, 0, [(3, 2), (2, 3), (1, 5)]),
        ],
    )
    def test_is_what_was_drawn_last(
        self, points: int | None, returned: int, parts: list[tuple[int, int]]
    ) -> None:
        assert spending.part_to_return(self.DRAWS, points, returned=returned) == [
            Draw(UUID(int=number), part) for number, part in parts
        ]

    @pytest.mark.parametrize(("points", "returned"), [(11, 0), (7, 4), (1, 10), (None, 10)])
    def test_is_never_more_than_is_still_spent(self, points: int | None, returned: int) -> None:
        with pytest.raises(MoreThanWasSpent) as refusal:
            spending.part_to_return(self.DRAWS, points, returned=returned)

        assert refusal.value.spent == 10 - returned

    def test_is_something(self) -> None:
        with pytest.raises(AssertionError):
            spending.part_to_return(self.DRAWS, 0, returned=0)


class TestGiveBackOfACharge:
    def test_cancels_the_debt_before_points_come_back(self) -> None:
        book = Book({})
        lot = earned(book, 4)
        draws = charged(book, 10)

        give_back(book, draws, 5)
        assert (counts(lot), book.debt()) == ({SPENT: 4}, 1)
        give_back(book, draws, 3, returned=5)

        assert (counts(lot), book.debt()) == ({SPENT: 2, AVAILABLE: 2}, 0)

    def test_frees_the_points_that_repaid_it_those_first_that_last_the_longest(self) -> None:
        book = Book({})
        draws = charged(book, 10)
        lasting = earned(book, 6)
        ending = earned(book, 6, expires_at=NOON + DAY)
        assert (counts(lasting), counts(ending)) == ({REPAID: 6}, {REPAID: 4, AVAILABLE: 2})

        give_back(book, draws, 5)

        assert (counts(lasting), counts(ending)) == (
            {REPAID: 1, AVAILABLE: 5},
            {REPAID: 4, AVAILABLE: 2},
        )

    def test_repays_what_its_own_lot_owes_before_older_debts(self) -> None:
        book = Book({})
        charged(book, 1)
        lot = earned(book, 4)
        draws = charged(book, 3)
        refund(book, lot, 2)
        assert counts(lot) == {SPENT: 2, OWED: 1, CLAWED_BACK: 1}

        give_back(book, draws, 1)

        assert (counts(lot), book.debt()) == ({SPENT: 2, CLAWED_BACK: 2}, 1)

    def test_is_no_gain_of_what_was_written_off(self) -> None:
        book = Book({})
        lot = earned(book, 4)
        draws = charged(book, 10)
        rules.write_off(book, 6)

        give_back(book, draws, 6)
        assert at_hand(book) == (0, 0)
        give_back(book, draws, returned=6)

        assert counts(lot) == {AVAILABLE: 4}

    @given(
        lots=st.lists(st.tuples(st.integers(1, 9), st.sampled_from([None, 1, 2])), max_size=4),
        points=st.integers(1, 40),
        parts=st.lists(st.integers(1, 15), max_size=5),
    )
    def test_leaves_every_lot_as_if_only_the_rest_had_been_charged(
        self, lots: list[tuple[int, int | None]], points: int, parts: list[int]
    ) -> None:
        book, other = Book({}), Book({})
        for size, days in lots:
            for each in (book, other):
                earned(each, size, expires_at=NOON + days * DAY if days else None)
        own = list(book.lots)

        draws, returned = charged(book, points), 0
        for part in parts:
            if returned + part <= points:
                give_back(book, draws, part, returned=returned)
                returned += part
        if returned < points:
            charged(other, points - returned)

        assert [counts(book.lots[each]) for each in own] == [
            counts(other.lots[each]) for each in own
        ]
        assert at_hand(book) == at_hand(other)

    @given(
        before=st.integers(0, 30),
        points=st.integers(1, 40),
        part=st.integers(1, 40),
        after=st.lists(st.tuples(st.integers(1, 20), st.booleans()), max_size=5),
    )
    def test_ends_as_if_it_never_was_whatever_was_earned_and_returned_meanwhile(
        self, before: int, points: int, part: int, after: list[tuple[int, bool]]
    ) -> None:
        ends = []
        for is_charged in (True, False):
            book = Book({})
            lots = [earned(book, before)] if before else []
            draws = charged(book, points) if is_charged else []
            for number, (size, is_refund) in enumerate(after):
                if is_refund and lots:
                    lot = lots[number % len(lots)]
                    refund(book, lot, min(size, lot.reclaimable))
                else:
                    lots.append(earned(book, size))
                if is_charged and number == 2 and part < points:
                    give_back(book, draws, part)
            if is_charged:
                returned = part if len(after) > 2 and part < points else 0
                give_back(book, draws, returned=returned)
            ends.append(at_hand(book))

        assert ends[0] == ends[1]


class TestGrace:
    UNTIL = NOON + 9 * DAY

    def test_lets_points_of_a_lot_that_is_over_count_until_then(self) -> None:
        book = Book({})
        lot = earned(book, 10, expires_at=NOON + DAY)
        draws = drawn(book, 10)

        give_back(book, draws, at=NOON + 2 * DAY, grace_until=self.UNTIL)

        assert at_hand(book, at=NOON + 2 * DAY) == (10, 0)
        assert lot.life == Life(NOON, self.UNTIL)

    @pytest.mark.parametrize("is_recorded", [False, True])
    def test_leaves_other_points_of_the_lot_expired(self, is_recorded: bool) -> None:
        book = Book({})
        lot = earned(book, 10, expires_at=NOON + DAY)
        draws = drawn(book, 4)
        if is_recorded:
            rules.expire(book, at=NOON + 2 * DAY)

        give_back(book, draws, 3, at=NOON + 2 * DAY, grace_until=self.UNTIL)

        assert counts(lot) == {AVAILABLE: 3, SPENT: 1, EXPIRED: 6}

    def test_lets_nothing_last_longer_that_is_not_over(self) -> None:
        book = Book({})
        lot = earned(book, 10, expires_at=NOON + DAY)
        draws = drawn(book, 4, into=HELD)

        spending.put_back(book, draws, state=HELD, at=NOON, grace_until=self.UNTIL)

        assert (counts(lot), lot.life.expires_at) == ({AVAILABLE: 10}, NOON + DAY)

    @pytest.mark.parametrize(
        "life",
        [Life(NOON, NOON + 10 * DAY), Life(NOON, None, NOON + DAY), Life(NOON)],
        ids=["ends later", "no notice was sent", "never ends"],
    )
    def test_leaves_other_ends_alone(self, life: Life) -> None:
        book = Book({})
        lot = earned(book, 10, expires_at=life.expires_at, lapses_at=life.lapses_at)
        draws = drawn(book, 4)

        give_back(book, draws, at=NOON + 2 * DAY, grace_until=self.UNTIL)

        assert (lot.life, book.redated) == (life, set())

    def test_is_for_lots_only_that_get_points_back(self) -> None:
        book = Book({})
        lot = earned(book, 10, expires_at=NOON + DAY)
        other = earned(book, 10, expires_at=NOON + 2 * DAY)
        draws = drawn(book, 12)

        give_back(book, draws, 2, at=NOON + 2 * DAY, grace_until=self.UNTIL)

        assert book.redated == {other.id}
        assert lot.life.expires_at == NOON + DAY

    def test_is_for_points_too_that_repaid_the_debt(self) -> None:
        book = Book({})
        draws = charged(book, 10)
        paying = earned(book, 10, expires_at=NOON + DAY)

        give_back(book, draws, at=NOON + DAY, grace_until=self.UNTIL)

        assert (counts(paying), paying.life.expires_at) == ({AVAILABLE: 10}, self.UNTIL)

    def test_lets_what_came_back_repay_what_is_owed(self) -> None:
        book = Book({})
        lot = earned(book, 10, expires_at=NOON + DAY)
        draws = drawn(book, 10)
        charged(book, 3, at=NOON + 2 * DAY)

        give_back(book, draws, at=NOON + 2 * DAY, grace_until=self.UNTIL)

        assert counts(lot) == {AVAILABLE: 7, REPAID: 3}
