"""What members have, and how it came about."""

from uuid import uuid4

import pytest
from factories import DAY, NOON, give, make_member
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from points import take_back

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger import queries, store, timed
from saleor_loyalty.ledger.book import State, totals
from saleor_loyalty.ledger.queries import Balance, StateChange
from saleor_loyalty.pages import Place, Window
from saleor_loyalty.sql import fetch

pytestmark = pytest.mark.django_db

REWARD = {"code": "REDEMPTION"}


class TestBalance:
    def test_of_somebody_unknown_is_nothing(self) -> None:
        assert queries.balance(uuid4(), at=NOON) == Balance()

    def test_counts_points_by_state(self) -> None:
        member, order = make_member(), new_key()
        give(member, 100, order_id=order)
        give(member, 40, matures_at=None)
        ledger.spend(member_id=member, points=60, key="s", reason=REWARD, at=NOON)
        ledger.hold(member_id=member, points=10, key="h", reason=REWARD, at=NOON)
        take_back(member, 100, order, at=NOON)

        assert queries.balance(member, at=NOON) == Balance(pending=40, debt=70)

    def test_counts_nothing_past_its_expiry_whether_or_not_that_was_recorded(self) -> None:
        member = make_member()
        give(member, 100, expires_at=NOON + DAY)
        give(member, 7, matures_at=None, expires_at=NOON + DAY)

        before = queries.balance(member, at=NOON + DAY - DAY / 86_400)
        after = queries.balance(member, at=NOON + DAY)
        timed.expire(at=NOON + DAY)

        assert before == Balance(100, 7, expires_next=100, expires_next_at=NOON + DAY)
        assert after == queries.balance(member, at=NOON + DAY) == Balance()

    def test_keeps_points_held_by_a_reward_past_their_expiry(self) -> None:
        member = make_member()
        give(member, 100, expires_at=NOON + DAY)
        ledger.hold(member_id=member, points=30, key="h", reason=REWARD, at=NOON)

        assert queries.balance(member, at=NOON + 2 * DAY) == Balance(held=30)

    def test_tells_the_points_that_expire_next_together(self) -> None:
        member = make_member()
        give(member, 5)
        give(member, 30, expires_at=NOON + 9 * DAY)
        give(member, 10, expires_at=NOON + 3 * DAY)
        give(member, 11, expires_at=NOON + 3 * DAY)
        give(member, 99, matures_at=None, expires_at=NOON + DAY)

        balance = queries.balance(member, at=NOON)

        assert (balance.expires_next, balance.expires_next_at) == (21, NOON + 3 * DAY)

    def test_of_points_that_last_for_ever_expires_never(self) -> None:
        member = make_member()
        give(member, 5)

        assert queries.balance(member, at=NOON) == Balance(5)

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        lots=st.lists(
            st.tuples(st.integers(1, 500), st.booleans(), st.integers(-2, 3) | st.none()),
            max_size=6,
        ),
        held=st.integers(0, 100),
        days=st.integers(-3, 4),
    )
    def test_is_what_the_rules_say(
        self, lots: list[tuple[int, bool, int | None]], held: int, days: int
    ) -> None:
        member, at = make_member(), NOON + days * DAY
        for points, is_mature, expiry in lots:
            give(
                member, points, matures_at=NOON - 5 * DAY if is_mature else None,
                expires_at=None if expiry is None else NOON + expiry * DAY, at=NOON - 4 * DAY,
            )  # fmt: skip
        if 0 < held <= queries.balance(member, at=NOON).available:
            ledger.hold(member_id=member, points=held, key="h", reason=REWARD, at=NOON)

        rows = fetch(store.OPEN_LOTS, [[member]])
        counted = totals(store.books_of([member], rows)[member].lots.values(), at=at)

        balance = queries.balance(member, at=at)
        assert (balance.available, balance.pending, balance.held, balance.debt) == (
            counted[State.AVAILABLE],
            counted[State.PENDING],
            counted[State.HELD],
            counted[State.OWED],
        )

    def test_of_many_is_read_at_once_and_nobodys_is_missing(self) -> None:
        anna, ben, nobody = make_member(), make_member(), uuid4()
        give(anna, 1)
        give(ben, 2)

        assert queries.balances([anna, ben, nobody], at=NOON) == {
            anna: Balance(1), ben: Balance(2), nobody: Balance()
        }  # fmt: skip


class TestHistories:
    def test_tell_what_moved_between_which_states(self) -> None:
        member, order = make_member(), new_key()
        give(member, 100, order_id=order)
        ledger.spend(member_id=member, points=60, key="s", reason=REWARD, at=NOON + DAY)
        take_back(member, 50, order, at=NOON + 2 * DAY)

        page = queries.histories([member], Window(10))[member]

        assert [(entry.kind, entry.points, entry.changes) for entry in page.rows] == [
            ("CLAW_BACK", -50, [StateChange(State.AVAILABLE, State.CLAWED_BACK, 40),
                                StateChange(State.SPENT, State.OWED, 10)]),
            ("SPEND", -60, [StateChange(State.AVAILABLE, State.SPENT, 60)]),
            ("EARN", 100, [StateChange(State.OUTSIDE, State.AVAILABLE, 100)]),
        ]  # fmt: skip
        assert page.rows[-1].reason == {"code": "ORDER", "order": "1"}

    def test_tell_what_the_member_owns_from_the_order_to_the_reward(self) -> None:
        """Earned points count at once, held ones until they are spent."""
        member = make_member()
        give(member, 100, matures_at=NOON + DAY)
        timed.mature(at=NOON + DAY)
        hold_id = ledger.hold(
            member_id=member, points=30, key="h", reason=REWARD, at=NOON + 2 * DAY
        )
        ledger.spend_held(hold_id=hold_id, key="s", reason=REWARD, at=NOON + 3 * DAY)

        page = queries.histories([member], Window(10))[member]

        assert [(entry.kind, entry.points) for entry in page.rows] == [
            ("SPEND", -30), ("HOLD", 0), ("MATURE", 0), ("EARN", 100)
        ]  # fmt: skip

    def test_count_in_full_what_repays_a_debt_and_add_up_to_the_balance(self) -> None:
        member, order = make_member(), new_key()
        give(member, 100, order_id=order)
        ledger.spend(member_id=member, points=60, key="s", reason=REWARD, at=NOON + DAY)
        take_back(member, 100, order, at=NOON + 2 * DAY)
        give(member, 80, at=NOON + 3 * DAY)

        page = queries.histories([member], Window(10))[member]

        points = [entry.points for entry in page.rows]
        assert points == [80, -100, -60, 100]
        assert queries.balance(member, at=NOON + 3 * DAY) == Balance(sum(points))

    def test_of_many_members_are_pages_of_each(self) -> None:
        anna, ben, nobody = make_member(), make_member(), uuid4()
        for member in (anna, ben):
            for points in (1, 2, 3):
                give(member, points, at=NOON + points * DAY)

        pages = queries.histories([anna, ben, nobody], Window(2))

        points = {who: [entry.points for entry in page.rows] for who, page in pages.items()}
        assert points == {anna: [3, 2], ben: [3, 2], nobody: []}
        assert [page.has_next for page in pages.values()] == [True, True, False]

    def test_have_one_place_for_each_of_many_events_of_a_moment(self) -> None:
        member = make_member()
        for points in range(1, 6):
            give(member, points)

        seen, after = [], None
        for _ in range(5):
            [entry] = queries.histories([member], Window(1, after=after))[member].rows
            seen.append(entry.points)
            after = Place(entry.occurred_at, entry.id)

        assert seen == [5, 4, 3, 2, 1]
        assert queries.histories([member], Window(1, after=after))[member].rows == []


class TestLots:
    def test_come_with_the_next_to_expire_first_and_those_for_ever_last(self) -> None:
        member = make_member()
        give(member, 1)
        give(member, 2, expires_at=NOON + 9 * DAY)
        give(member, 3, expires_at=NOON + 2 * DAY)
        give(member, 4, matures_at=None, expires_at=NOON)  # over already
        window, found = Window(2), []

        first = queries.lots([member], window, at=NOON)[member]
        found += [lot.earned for lot in first.rows]
        after = Place(first.rows[-1].place_at, first.rows[-1].id)
        second = queries.lots([member], Window(2, after=after), at=NOON)[member]
        found += [lot.earned for lot in second.rows]
        last = queries.lots([member], Window(1, from_end=True), at=NOON)[member]

        assert found == [3, 2, 1]
        assert (first.has_next, second.has_next, second.has_previous) == (True, False, True)
        assert [lot.earned for lot in last.rows] == [1]

    def test_without_points_that_count_are_left_out(self) -> None:
        member = make_member()
        give(member, 10)
        ledger.spend(member_id=member, points=10, key="s", reason=REWARD, at=NOON)

        assert queries.lots([member], Window(5), at=NOON)[member].rows == []


def test_an_entry_can_be_read_by_its_key() -> None:
    posting_id = give(make_member(), 8)

    entry = queries.entry(posting_id)

    assert (entry.kind, entry.points) == ("EARN", 8)
