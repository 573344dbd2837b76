"""An order's points by parts: examples first, then laws that hold whatever was wanted before."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from factories import DAY, NOON
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from saleor_loyalty.ledger import rules, spending
from saleor_loyalty.ledger.book import COUNTED, Book, Draw, Life, Lot, State, totals
from saleor_loyalty.ledger.convergence import Part, Target, converge
from saleor_loyalty.ledger.rules import DebtPolicy

AVAILABLE, PENDING, HELD, SPENT = State.AVAILABLE, State.PENDING, State.HELD, State.SPENT
OWED, REPAID, EXPIRED = State.OWED, State.REPAID, State.EXPIRED
CLAWED_BACK, WRITTEN_OFF, OUTSIDE = State.CLAWED_BACK, State.WRITTEN_OFF, State.OUTSIDE
DEBT, CLAMP = DebtPolicy.DEBT, DebtPolicy.CLAMP
ORDER, OTHER = UUID(int=1), UUID(int=2)
Wanted = Mapping[datetime | None, int]
SOON, LATER, UNKNOWN = NOON + 5 * DAY, NOON + 9 * DAY, None


def aim(
    book: Book,
    wanted: Wanted,
    *,
    order_id: UUID = ORDER,
    policy: DebtPolicy = DEBT,
    at: datetime = NOON,
) -> int:
    """Let the order want so many points by the moment they mature; forget the moves before."""
    book.moves.clear()
    book.redated.clear()
    parts = [Part(points, life(matures_at)) for matures_at, points in wanted.items()]
    return converge(book, Target(order_id, parts, policy), at=at, new_key=lambda: next_key(book))


def life(matures_at: datetime | None) -> Life:
    return Life(matures_at, lapses_at=matures_at and matures_at + 365 * DAY)


def next_key(book: Book) -> UUID:
    return UUID(int=1000 + len(book.lots))


def spend(book: Book, points: int, *, at: datetime = NOON) -> list[Draw]:
    before = len(book.moves)
    spending.draw(book, points, into=SPENT, at=at)
    return [Draw(move.lot_id, move.points) for move in book.moves[before:]]


def found(book: Book) -> list[tuple[datetime | None, dict[State, int]]]:
    """The lots as they are, in the order they were made."""
    return [
        (lot.life.matures_at, {state: lot[state] for state in COUNTED if lot[state]})
        for lot in book.lots.values()
    ]


def moved(book: Book) -> list[tuple[State, State, int]]:
    return [(move.source, move.target, move.points) for move in book.moves]


class TestEarning:
    def test_makes_one_lot_for_each_part(self) -> None:
        book = Book({})

        assert aim(book, {NOON: 5, SOON: 10, UNKNOWN: 3}) == 18

        assert found(book) == [(NOON, {AVAILABLE: 5}), (SOON, {PENDING: 10}), (None, {PENDING: 3})]

    def test_adds_parts_of_one_moment_up_and_makes_nothing_of_nothing(self) -> None:
        book = Book({})
        parts = [Part(5, life(SOON)), Part(7, life(SOON)), Part(0, life(LATER))]

        converge(book, Target(ORDER, parts), at=NOON, new_key=uuid4)

        assert found(book) == [(SOON, {PENDING: 12})]

    def test_gives_new_lots_the_life_and_the_version_they_are_earned_under(self) -> None:
        book, version_id = Book({}), uuid4()
        target = Target(ORDER, [Part(5, life(SOON))], version_id=version_id)

        converge(book, target, at=NOON, new_key=uuid4)

        [lot] = book.lots.values()
        assert (lot.order_id, lot.version_id, lot.life) == (ORDER, version_id, life(SOON))

    def test_repays_what_is_owed_elsewhere(self) -> None:
        book = Book({})
        aim(book, {NOON: 10}, order_id=OTHER)
        spend(book, 10)
        aim(book, {}, order_id=OTHER)

        aim(book, {NOON: 25})

        assert found(book)[1] == (NOON, {AVAILABLE: 15, REPAID: 10})

    def test_moves_nothing_that_is_right(self) -> None:
        book = Book({})
        aim(book, {NOON: 5, SOON: 10})

        assert aim(book, {NOON: 5, SOON: 10}) == 0

        assert (book.moves, book.redated) == ([], set())


class TestRescheduling:
    def test_gives_a_whole_lot_its_new_dates_without_moving_a_point(self) -> None:
        book = Book({})
        aim(book, {UNKNOWN: 10})

        assert aim(book, {SOON: 10}) == 0

        [lot] = book.lots.values()
        assert (found(book), lot.life) == ([(SOON, {PENDING: 10})], life(SOON))
        assert (book.moves, book.redated) == ([], {lot.id})

    def test_carries_a_part_of_a_lot_to_another(self) -> None:
        book = Book({})
        aim(book, {UNKNOWN: 10})

        assert aim(book, {SOON: 4, UNKNOWN: 6}) == 0

        assert found(book) == [(None, {PENDING: 6}), (SOON, {PENDING: 4})]
        assert moved(book) == [(PENDING, OUTSIDE, 4), (OUTSIDE, PENDING, 4)]

    def test_gathers_parts_of_several_lots_in_one(self) -> None:
        book = Book({})
        aim(book, {UNKNOWN: 10, LATER: 10})

        aim(book, {SOON: 10, UNKNOWN: 5, LATER: 5})

        assert found(book)[2:] == [(SOON, {PENDING: 10})]

    def test_makes_points_available_that_are_due_at_once(self) -> None:
        book = Book({})
        aim(book, {UNKNOWN: 10})

        aim(book, {NOON: 4, UNKNOWN: 6})
        assert moved(book) == [(PENDING, OUTSIDE, 4), (OUTSIDE, AVAILABLE, 4)]
        aim(book, {NOON: 10})

        assert found(book) == [(NOON, {AVAILABLE: 6}), (NOON, {AVAILABLE: 4})]
        assert moved(book) == [(PENDING, AVAILABLE, 6)]

    def test_never_makes_available_points_wait_again_but_counts_them(self) -> None:
        book = Book({})
        aim(book, {NOON: 10})

        assert aim(book, {SOON: 10}) == 0
        assert found(book) == [(NOON, {AVAILABLE: 10})]
        aim(book, {SOON: 10, LATER: 5})

        assert found(book) == [(NOON, {AVAILABLE: 10}), (LATER, {PENDING: 5})]

    def test_takes_points_that_are_due_for_available_whether_or_not_the_job_ran(self) -> None:
        for has_run in (False, True):
            book = Book({})
            aim(book, {SOON: 10})
            if has_run:
                rules.mature(book, at=SOON)

            aim(book, {LATER: 10}, at=SOON)
            rules.mature(book, at=SOON)

            assert found(book) == [(SOON, {AVAILABLE: 10})]

    def test_carries_points_taken_back_along_with_a_whole_lot(self) -> None:
        book = Book({})
        aim(book, {UNKNOWN: 10})
        aim(book, {UNKNOWN: 7})

        aim(book, {SOON: 7})
        assert (found(book), book.moves) == ([(SOON, {PENDING: 7, CLAWED_BACK: 3})], [])
        aim(book, {SOON: 10})

        assert found(book) == [(SOON, {PENDING: 10})]

    def test_counts_what_is_available_for_what_matures_first(self) -> None:
        book = Book({})
        aim(book, {NOON: 5, UNKNOWN: 5})

        aim(book, {SOON: 5, LATER: 5})

        assert found(book) == [(NOON, {AVAILABLE: 5}), (LATER, {PENDING: 5})]


class TestReturns:
    def test_takes_the_points_of_the_part_that_was_returned(self) -> None:
        book = Book({})
        aim(book, {NOON: 10, UNKNOWN: 10})

        assert aim(book, {UNKNOWN: 10}) == -10

        assert found(book) == [(NOON, {CLAWED_BACK: 10}), (None, {PENDING: 10})]

    def test_takes_no_more_of_a_part_than_it_has_too_many(self) -> None:
        book = Book({})
        aim(book, {NOON: 10, SOON: 10})

        aim(book, {NOON: 7, SOON: 4})

        assert found(book) == [
            (NOON, {AVAILABLE: 7, CLAWED_BACK: 3}),
            (SOON, {PENDING: 4, CLAWED_BACK: 6}),
        ]

    def test_makes_the_member_owe_spent_points_of_the_part(self) -> None:
        book = Book({})
        aim(book, {NOON: 10, UNKNOWN: 10})
        spend(book, 8)

        aim(book, {UNKNOWN: 10})

        assert found(book) == [(NOON, {OWED: 8, CLAWED_BACK: 2}), (None, {PENDING: 10})]

    def test_takes_unused_points_of_any_part_before_used_ones_of_another(self) -> None:
        book = Book({})
        aim(book, {NOON: 10, NOON - DAY: 10})
        spend(book, 10)

        aim(book, {SOON: 5})

        unused = sum(lot[AVAILABLE] for lot in book.lots.values())
        assert (unused, book.debt()) == (0, 5)

    def test_keeps_what_the_rest_is_too_many_for_a_part_that_is_lacking(self) -> None:
        book = Book({})
        aim(book, {NOON: 10, SOON: 6})

        assert aim(book, {LATER: 9}) == -7

        assert found(book) == [(NOON, {AVAILABLE: 3, CLAWED_BACK: 7}), (LATER, {PENDING: 6})]


class TestClamping:
    def test_leaves_nothing_owed_where_points_were_used(self) -> None:
        book = Book({})
        aim(book, {NOON: 10})
        spend(book, 8)

        aim(book, {NOON: 4}, policy=CLAMP)

        assert found(book) == [(NOON, {SPENT: 4, CLAWED_BACK: 2, WRITTEN_OFF: 4})]

    def test_takes_nothing_from_later_points(self) -> None:
        book = Book({})
        aim(book, {NOON: 10})
        spend(book, 10)
        aim(book, {}, policy=CLAMP)

        aim(book, {NOON: 5}, order_id=OTHER)

        assert found(book) == [(NOON, {WRITTEN_OFF: 10}), (NOON, {AVAILABLE: 5})]

    def test_lets_nobody_gain_when_what_was_bought_with_the_points_is_returned_too(self) -> None:
        for is_whole in (True, False):
            book = Book({})
            aim(book, {NOON: 20})
            reward, _ = spend(book, 10), spend(book, 10)
            aim(book, {NOON: 0 if is_whole else 10}, policy=CLAMP)

            spending.put_back(book, reward, state=SPENT, at=NOON)

            assert totals(book.lots.values(), at=NOON)[AVAILABLE] == 0

    def test_gives_nothing_twice_if_the_order_counts_again(self) -> None:
        book = Book({})
        aim(book, {NOON: 10})
        spend(book, 8)
        aim(book, {}, policy=CLAMP)

        aim(book, {NOON: 10}, policy=CLAMP)

        assert found(book) == [(NOON, {SPENT: 8, AVAILABLE: 2})]

    def test_writes_off_what_points_taken_back_had_repaid(self) -> None:
        book = Book({})
        aim(book, {NOON: 10}, order_id=OTHER)
        spend(book, 10)
        aim(book, {}, order_id=OTHER)
        aim(book, {NOON: 10})

        aim(book, {}, policy=CLAMP)

        assert found(book) == [(NOON, {WRITTEN_OFF: 10}), (NOON, {CLAWED_BACK: 10})]


class TestCountingAgain:
    def test_undoes_the_claw_back_of_the_same_part(self) -> None:
        book = Book({})
        aim(book, {NOON: 10, SOON: 10})
        aim(book, {})

        assert aim(book, {NOON: 10, SOON: 10}) == 20

        assert found(book) == [(NOON, {AVAILABLE: 10}), (SOON, {PENDING: 10})]

    def test_gives_an_empty_lot_the_life_of_another_part(self) -> None:
        book = Book({})
        aim(book, {UNKNOWN: 10})
        aim(book, {})

        aim(book, {SOON: 8})

        assert found(book) == [(SOON, {PENDING: 8, CLAWED_BACK: 2})]

    def test_leaves_an_empty_lot_to_the_part_it_belonged_to(self) -> None:
        book = Book({})
        aim(book, {LATER: 10})
        aim(book, {})

        aim(book, {SOON: 5, LATER: 10})

        assert found(book) == [(LATER, {PENDING: 10}), (SOON, {PENDING: 5})]

    def test_makes_a_new_lot_rather_than_give_points_a_wrong_life(self) -> None:
        book = Book({})
        aim(book, {NOON: 10})
        aim(book, {NOON: 6})

        aim(book, {NOON: 6, SOON: 4})

        assert found(book) == [(NOON, {AVAILABLE: 6, CLAWED_BACK: 4}), (SOON, {PENDING: 4})]

    def test_cancels_a_debt_before_it_gives_anything(self) -> None:
        book = Book({})
        aim(book, {NOON: 10})
        spend(book, 8)
        aim(book, {})

        aim(book, {SOON: 10})

        assert found(book) == [(NOON, {SPENT: 8, CLAWED_BACK: 2}), (SOON, {PENDING: 2})]

    def test_undoes_a_write_off_before_a_debt(self) -> None:
        book = Book({})
        aim(book, {NOON: 10})
        spend(book, 10)
        aim(book, {})
        rules.write_off(book, 6)

        aim(book, {NOON: 7})

        assert found(book) == [(NOON, {SPENT: 7, OWED: 3})]

    def test_frees_the_points_of_others_that_repaid(self) -> None:
        book = Book({})
        aim(book, {NOON: 10}, order_id=OTHER)
        spend(book, 10)
        aim(book, {NOON: 10})
        aim(book, {}, order_id=OTHER)
        assert found(book) == [(NOON, {CLAWED_BACK: 10}), (NOON, {REPAID: 10})]

        aim(book, {SOON: 10}, order_id=OTHER)

        assert found(book) == [(NOON, {SPENT: 10}), (NOON, {AVAILABLE: 10})]


moments = st.sampled_from([UNKNOWN, *(NOON + days * DAY for days in range(7))])
targets = st.dictionaries(moments, st.integers(0, 30), max_size=4)
waiting = st.dictionaries(moments.filter(lambda moment: moment != NOON), st.integers(0, 30),
                          max_size=4)  # fmt: skip


@given(st.lists(waiting, min_size=1, max_size=6))
def test_points_nobody_could_use_yet_end_as_if_only_the_last_target_had_ever_been(
    wanted: list[Wanted],
) -> None:
    book, fresh = Book({}), Book({})
    for each in wanted:
        aim(book, each)
    aim(fresh, wanted[-1])

    assert pending(book, ORDER) == pending(fresh, ORDER)
    assert totals(book.lots.values(), at=NOON)[AVAILABLE] == 0


@given(st.lists(waiting, min_size=2, max_size=6))
def test_what_was_taken_back_is_what_was_earned_and_is_no_more(wanted: list[Wanted]) -> None:
    book = Book({})
    for each in wanted:
        aim(book, each)

    most = max(sum(each.values()) for each in wanted)
    counted = totals(book.lots.values(), at=NOON)
    assert counted[PENDING] == sum(wanted[-1].values())
    assert counted[CLAWED_BACK] + counted[PENDING] >= most


def pending(book: Book, order_id: UUID) -> Counter[datetime | None]:
    """The order's pending points by the moment they mature."""
    found: Counter[datetime | None] = Counter()
    for lot in book.lots.values():
        if lot.order_id == order_id and lot[PENDING]:
            found[lot.life.matures_at] += lot[PENDING]
    return found


class AnyTargets(RuleBasedStateMachine):
    """Orders want now this, now that, while a member redeems and waits. The model is a few sums."""

    def __init__(self) -> None:
        super().__init__()
        self.book, self.now = Book({}), NOON
        self.wanted: dict[UUID, Wanted] = {}
        self.spends: list[list[Draw]] = []
        self.holds: list[list[Draw]] = []

    @property
    def redeemed(self) -> int:
        return sum(drawn.points for draws in self.spends + self.holds for drawn in draws)

    def totals(self) -> Mapping[State, int]:
        return totals(self.book.lots.values(), at=self.now)

    def lots_of(self, order_id: UUID) -> list[Lot]:
        return [lot for lot in self.book.lots.values() if lot.order_id == order_id]

    @rule(
        order_id=st.sampled_from([ORDER, OTHER]), wanted=targets, policy=st.sampled_from(DebtPolicy)
    )
    def change(self, order_id: UUID, wanted: Wanted, policy: DebtPolicy) -> None:
        before = sum(lot.reclaimable for lot in self.lots_of(order_id))
        grown = aim(self.book, wanted, order_id=order_id, policy=policy, at=self.now)
        self.wanted[order_id] = wanted
        assert grown == sum(wanted.values()) - before
        assert not [
            move for move in self.book.moves
            if move.target is PENDING and move.source not in {OUTSIDE, CLAWED_BACK}
        ]  # fmt: skip
        aim(self.book, wanted, order_id=order_id, policy=policy, at=self.now)
        assert (self.book.moves, self.book.redated) == ([], set())

    @rule(points=st.integers(1, 40), is_hold=st.booleans())
    def redeem(self, points: int, is_hold: bool) -> None:
        if points <= self.totals()[AVAILABLE]:
            before = len(self.book.moves)
            spending.draw(self.book, points, into=HELD if is_hold else SPENT, at=self.now)
            draws = [Draw(move.lot_id, move.points) for move in self.book.moves[before:]]
            (self.holds if is_hold else self.spends).append(draws)

    @rule(points=st.integers(1, 40))
    def charge(self, points: int) -> None:
        before = len(self.book.moves)
        spending.charge(self.book, Lot(next_key(self.book)), points, at=self.now)
        moves = self.book.moves[before:]
        self.spends.append([Draw(move.lot_id, move.points) for move in moves])

    @precondition(lambda self: self.spends)
    @rule(grace=st.sampled_from([None, DAY, 4 * DAY]))
    def give_back(self, grace: timedelta | None) -> None:
        until = self.now + grace if grace else None
        draws = self.spends.pop(0)
        spending.put_back(self.book, draws, state=SPENT, at=self.now, grace_until=until)

    @precondition(lambda self: self.holds)
    @rule()
    def release(self) -> None:
        spending.put_back(self.book, self.holds.pop(0), state=HELD, at=self.now)

    @precondition(lambda self: self.holds)
    @rule()
    def use_hold(self) -> None:
        self.spends.append(self.holds.pop())
        spending.capture(self.book, self.spends[-1])

    @precondition(lambda self: self.book.debt())
    @rule(share=st.floats(0, 1))
    def write_off(self, share: float) -> None:
        rules.write_off(self.book, round(self.book.debt() * share) or None)

    @rule(days=st.integers(1, 3))
    def wait(self, days: int) -> None:
        self.now += days * DAY

    @rule()
    def run_the_jobs(self) -> None:
        rules.mature(self.book, at=self.now)
        rules.expire(self.book, at=self.now)

    @rule(days=st.integers(1, 5))
    def give_notice(self, days: int) -> None:
        for lot in self.book.lots.values():
            if lot.life.matures_at and lot.is_mature(self.now) and not lot.life.expires_at:
                lot.life = Life(lot.life.matures_at, self.now + days * DAY, lot.life.lapses_at)

    @precondition(lambda self: self.totals()[EXPIRED])
    @rule()
    def revive(self) -> None:
        rules.revive(self.book, since=NOON - DAY, lapses_at=None, at=self.now)

    @invariant()
    def an_order_has_exactly_what_it_wants(self) -> None:
        for order_id, wanted in self.wanted.items():
            assert sum(lot.reclaimable for lot in self.lots_of(order_id)) == sum(wanted.values())

    @invariant()
    def what_still_waits_waits_for_its_own_moment(self) -> None:
        """All but the points that became available, and count ahead of their time."""
        for order_id, wanted in self.wanted.items():
            for moment, points in pending(self.book, order_id).items():
                assert (moment and moment <= self.now) or points <= wanted[moment]

    @invariant()
    def all_points_that_are_due_are_there(self) -> None:
        for order_id, wanted in self.wanted.items():
            due = sum(points for moment, points in wanted.items() if moment and moment <= self.now)
            waiting = Counter(pending(self.book, order_id))
            waits = sum(n for moment, n in waiting.items() if not moment or moment > self.now)
            assert sum(wanted.values()) - waits >= due

    @invariant()
    def every_lot_conserves_its_points(self) -> None:
        for lot in self.book.lots.values():
            assert min(lot[state] for state in COUNTED) >= 0
            assert lot.earned == -lot[OUTSIDE] > 0

    @invariant()
    def every_redeemed_point_comes_from_somewhere(self) -> None:
        counted = self.totals()
        used = (HELD, SPENT, OWED, REPAID, WRITTEN_OFF)
        assert sum(counted[state] for state in used) == self.redeemed

    @invariant()
    def what_is_left_is_what_was_wanted_less_what_was_redeemed(self) -> None:
        counted = self.totals()
        left = counted[PENDING] + counted[AVAILABLE] + counted[EXPIRED] - counted[OWED]
        given = sum(sum(wanted.values()) for wanted in self.wanted.values())
        assert left == given - self.redeemed + counted[WRITTEN_OFF]

    @invariant()
    def nobody_owes_who_could_pay(self) -> None:
        assert not (self.book.debt() and self.totals()[AVAILABLE])

    @invariant()
    def no_lot_lacks_points_while_it_has_some_of_its_own(self) -> None:
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
        """Everything returned: what was redeemed is owed or written off, and nothing is left."""
        for order_id in self.wanted:
            aim(self.book, {}, order_id=order_id, at=self.now)
        counted = self.totals()
        assert counted[PENDING] + counted[AVAILABLE] + counted[EXPIRED] == 0
        assert counted[OWED] + counted[WRITTEN_OFF] == self.redeemed


TestAnyTargets = AnyTargets.TestCase
TestAnyTargets.settings = settings(max_examples=200, stateful_step_count=30)
