"""Each operation, exact in rows and states, on a real PostgreSQL."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from factories import DAY, NOON, give, make_installation, make_member
from points import converge, take_back, wanted

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger import queries, timed
from saleor_loyalty.ledger.book import COUNTED, State
from saleor_loyalty.ledger.models import Lot, Movement, Posting
from saleor_loyalty.ledger.operations import OrderChange
from saleor_loyalty.ledger.queries import Balance
from saleor_loyalty.ledger.reconciliation import find_drift
from saleor_loyalty.ledger.store import MissingMember
from saleor_loyalty.pages import Window

pytestmark = pytest.mark.django_db
LATER = NOON + DAY
REASON = {"code": "REDEMPTION"}
SWEEPS = [timed.mature, timed.expire]


def lots(member_id: UUID) -> list[dict[str, int]]:
    """The member's lots, the oldest first: points by state, without the zeros."""
    return [
        {state.value: points for state in COUNTED if (points := getattr(lot, state.value.lower()))}
        for lot in Lot.objects.filter(member_id=member_id).order_by("id")
    ]


def moves(posting_id: UUID) -> list[tuple[str, str, int]]:
    rows = Movement.objects.filter(posting_id=posting_id).order_by("id")
    return list(rows.values_list("source", "target", "points"))


def row(posting_id: UUID) -> dict[str, Any]:
    return Posting.objects.values(
        "installation_id", "member_id", "kind", "key", "reason", "undoes_id", "occurred_at",
        "recorded_at",
    ).get(pk=posting_id)  # fmt: skip


def spend(member_id: UUID, points: int, *, key: str = "spend") -> UUID:
    return ledger.spend(member_id=member_id, points=points, key=key, reason=REASON, at=NOON)


def hold(member_id: UUID, points: int, *, key: str = "hold") -> UUID:
    return ledger.hold(member_id=member_id, points=points, key=key, reason=REASON, at=NOON)


def release(hold_id: UUID, *, key: str = "release") -> UUID:
    return ledger.release(hold_id=hold_id, key=key, reason=REASON, at=NOON)


def spend_held(hold_id: UUID, *, key: str = "used") -> UUID:
    return ledger.spend_held(hold_id=hold_id, key=key, reason=REASON, at=NOON)


def charge(member_id: UUID, points: int, *, key: str = "charge") -> UUID:
    return ledger.charge(member_id=member_id, points=points, key=key, reason=REASON, at=NOON)


def give_back(
    spend_id: UUID, points: int | None = None, *, key: str = "returned",
    grace_until: datetime | None = None,
) -> UUID:  # fmt: skip
    return ledger.give_back(
        spend_id=spend_id, key=key, reason=REASON, at=LATER, points=points, grace_until=grace_until
    )


def adjust(member_id: UUID, points: int, *, key: str = "correction") -> UUID:
    reason = {"code": "CORRECTION", "note": "lost parcel"}
    return ledger.adjust(member_id=member_id, points=points, key=key, reason=reason, at=NOON)


def write_off(member_id: UUID, points: int | None) -> UUID:
    reason = {"code": "DEBT_WRITTEN_OFF", "note": "lost parcel"}
    return ledger.write_off(member_id=member_id, points=points, key="off", reason=reason, at=NOON)


def revive(member_id: UUID, *, since: datetime, at: datetime) -> UUID:
    return ledger.revive(
        member_id=member_id, since=since, lapses_at=NOON + 99 * DAY, key="again",
        reason={"code": "REVIVED"}, at=at,
    )  # fmt: skip


def queries_of(act: Callable[[], object]) -> int:
    """Count the statements `act` sends, savepoints apart."""
    with CaptureQueriesContext(connection) as queries:
        act()
    return sum("SAVEPOINT" not in query["sql"] for query in queries)


class TestEarning:
    def test_repays_debts_of_other_lots(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=order_id)
        spend(alice, 10)
        take_back(alice, 10, order_id)

        posting = give(alice, 25)

        assert lots(alice) == [{"CLAWED_BACK": 10}, {"AVAILABLE": 15, "REPAID": 10}]
        assert moves(posting) == [
            ("OUTSIDE", "AVAILABLE", 25),
            ("AVAILABLE", "REPAID", 10),
            ("OWED", "CLAWED_BACK", 10),
        ]

    def test_refuses_a_member_nobody_enrolled(self) -> None:
        with pytest.raises(MissingMember):
            give(new_key(), 10)


class TestSpend:
    def test_draws_the_nearest_expiry_first(self) -> None:
        alice = make_member()
        give(alice, 10)
        give(alice, 10, expires_at=NOON + 9 * DAY)
        give(alice, 10, expires_at=NOON + 3 * DAY)

        posting = spend(alice, 15)

        assert lots(alice) == [{"AVAILABLE": 10}, {"AVAILABLE": 5, "SPENT": 5}, {"SPENT": 10}]
        assert moves(posting) == [("AVAILABLE", "SPENT", 10), ("AVAILABLE", "SPENT", 5)]
        assert row(posting)["kind"] == "SPEND"

    def test_leaves_nothing_behind_if_there_are_too_few(self) -> None:
        alice = make_member()
        give(alice, 10)

        with pytest.raises(ledger.NotEnoughPoints):
            spend(alice, 11)

        assert lots(alice) == [{"AVAILABLE": 10}]
        assert not Posting.objects.filter(key="spend").exists()

    def test_may_be_tried_again_with_the_same_key_once_there_are_enough(self) -> None:
        alice = make_member()
        with pytest.raises(ledger.NotEnoughPoints):
            spend(alice, 11)
        give(alice, 11)

        spend(alice, 11)

        assert lots(alice) == [{"SPENT": 11}]

    def test_finds_a_lot_past_its_expiry_empty(self) -> None:
        alice = make_member()
        give(alice, 10, expires_at=LATER)

        with pytest.raises(ledger.NotEnoughPoints) as refusal:
            ledger.spend(member_id=alice, points=1, key="late", reason=REASON, at=LATER)

        assert refusal.value.available == 0

    def test_leaves_everybody_elses_points_alone(self) -> None:
        shop = make_installation()
        alice, bob = make_member(shop), make_member(shop)
        alice_elsewhere = make_member(make_installation(), "VXNlcjox")
        for member_id in (alice, bob, alice_elsewhere):
            give(member_id, 10)

        spend(alice, 10)

        assert [lots(each) for each in (alice, bob, alice_elsewhere)] == [
            [{"SPENT": 10}],
            [{"AVAILABLE": 10}],
            [{"AVAILABLE": 10}],
        ]


class TestHold:
    def test_reserves_points(self) -> None:
        alice = make_member()
        give(alice, 10)

        posting = hold(alice, 4)

        assert lots(alice) == [{"AVAILABLE": 6, "HELD": 4}]
        assert (row(posting)["kind"], moves(posting)) == ("HOLD", [("AVAILABLE", "HELD", 4)])

    def test_is_released_to_the_lots_it_came_from(self) -> None:
        alice = make_member()
        give(alice, 3, expires_at=LATER)
        give(alice, 3)
        held = hold(alice, 5)

        posting = release(held)

        assert lots(alice) == [{"AVAILABLE": 3}, {"AVAILABLE": 3}]
        assert (row(posting)["kind"], row(posting)["undoes_id"]) == ("RELEASE", held)

    def test_is_spent_as_it_was_held(self) -> None:
        alice = make_member()
        give(alice, 10)
        held = hold(alice, 4)

        posting = spend_held(held)

        assert lots(alice) == [{"AVAILABLE": 6, "SPENT": 4}]
        assert (row(posting)["kind"], row(posting)["undoes_id"]) == ("SPEND", held)

    @pytest.mark.parametrize("first", [release, spend_held])
    @pytest.mark.parametrize("then", [release, spend_held])
    def test_is_settled_once(self, first: Callable[..., UUID], then: Callable[..., UUID]) -> None:
        alice = make_member()
        give(alice, 10)
        held = hold(alice, 4)
        first(held)
        before = lots(alice)

        with pytest.raises(ledger.AlreadyUndone):
            then(held, key="another key")

        assert lots(alice) == before

    def test_cannot_be_taken_for_a_spend(self) -> None:
        alice = make_member()
        give(alice, 10)

        with pytest.raises(Posting.DoesNotExist):
            give_back(hold(alice, 4))


class TestGiveBack:
    def test_returns_points_to_their_lots(self) -> None:
        alice = make_member()
        give(alice, 10, expires_at=NOON + 9 * DAY)
        spent = spend(alice, 10)

        posting = give_back(spent)

        assert lots(alice) == [{"AVAILABLE": 10}]
        assert Lot.objects.get(member_id=alice).expires_at == NOON + 9 * DAY
        assert (row(posting)["kind"], row(posting)["undoes_id"]) == ("GIVE_BACK", spent)

    def test_returns_what_a_hold_had_drawn(self) -> None:
        alice = make_member()
        give(alice, 3, expires_at=NOON + 9 * DAY)
        give(alice, 9)
        spent = spend_held(hold(alice, 5))

        give_back(spent)

        assert lots(alice) == [{"AVAILABLE": 3}, {"AVAILABLE": 9}]

    def test_happens_once(self) -> None:
        alice = make_member()
        give(alice, 10)
        spent = spend(alice, 4)
        give_back(spent)

        with pytest.raises(ledger.AlreadyUndone):
            give_back(spent, key="another key")

        assert lots(alice) == [{"AVAILABLE": 10}]

    def test_reaches_lots_that_are_closed(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=order_id)
        spent = spend(alice, 10)
        take_back(alice, 10, order_id)
        give(alice, 10)
        assert lots(alice) == [{"CLAWED_BACK": 10}, {"REPAID": 10}]

        give_back(spent)

        assert lots(alice) == [{"CLAWED_BACK": 10}, {"AVAILABLE": 10}]
        assert find_drift() == []

    def test_frees_each_debt_once(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=order_id)
        first, second = spend(alice, 4, key="first"), spend(alice, 6, key="second")
        take_back(alice, 10, order_id)
        give(alice, 7)

        give_back(first, key="back:first")
        assert lots(alice) == [{"CLAWED_BACK": 10}, {"AVAILABLE": 1, "REPAID": 6}]
        give_back(second, key="back:second")

        assert lots(alice) == [{"CLAWED_BACK": 10}, {"AVAILABLE": 7}]


class TestCharge:
    def test_spends_what_there_is_and_owes_the_rest(self) -> None:
        alice = make_member()
        give(alice, 4)

        posting = charge(alice, 10)

        assert lots(alice) == [{"SPENT": 4}, {"OWED": 6}]
        assert moves(posting) == [("AVAILABLE", "SPENT", 4), ("OUTSIDE", "OWED", 6)]
        assert (row(posting)["kind"], row(posting)["undoes_id"]) == ("SPEND", None)
        advance = Lot.objects.get(owed=6)
        assert (advance.earned, advance.order_id, advance.version_id) == (6, None, None)
        assert (advance.matures_at, advance.lapses_at, advance.expires_at) == (None, None, None)
        assert find_drift() == []

    def test_needs_no_advance_where_there_is_enough(self) -> None:
        alice = make_member()
        give(alice, 10)

        charge(alice, 10)

        assert lots(alice) == [{"SPENT": 10}]

    def test_is_repaid_by_orders_and_owed_again_when_they_are_returned(self) -> None:
        alice, order_id = make_member(), new_key()
        charge(alice, 10)
        give(alice, 12, order_id=order_id)
        assert lots(alice) == [{"CLAWED_BACK": 10}, {"AVAILABLE": 2, "REPAID": 10}]

        take_back(alice, 12, order_id)

        assert lots(alice) == [{"OWED": 10}, {"CLAWED_BACK": 12}]
        assert find_drift() == []

    def test_is_repaid_by_points_that_mature(self) -> None:
        alice = make_member()
        give(alice, 10, matures_at=LATER)
        charge(alice, 4)

        timed.mature(at=LATER)

        assert lots(alice) == [{"AVAILABLE": 6, "REPAID": 4}, {"CLAWED_BACK": 4}]

    def test_never_happened_once_it_is_given_back(self) -> None:
        alice = make_member()
        give(alice, 4)
        charged = charge(alice, 10)
        give(alice, 5)

        give_back(charged)

        assert lots(alice) == [{"AVAILABLE": 4}, {"CLAWED_BACK": 6}, {"AVAILABLE": 5}]
        assert find_drift() == []

    def test_counts_in_history_as_all_the_points_it_took(self) -> None:
        alice = make_member()
        give(alice, 4)
        charged = charge(alice, 10)
        back = give_back(charged, 7)

        assert queries.entry(charged).points == -10
        assert queries.entry(back).points == 7
        balance = queries.balance(alice, at=NOON)
        assert (balance.available, balance.pending, balance.debt) == (1, 0, 0)

    def test_advances_nothing_that_can_be_seen_as_earned(self) -> None:
        alice = make_member()
        charge(alice, 10)
        give(alice, 10)

        page = queries.lots([alice], Window(9), at=NOON)[alice]

        assert list(page.rows) == []
        assert queries.balance(alice, at=NOON) == Balance()


class TestPartialGiveBack:
    def test_returns_the_points_that_last_the_longest_first(self) -> None:
        alice = make_member()
        for days in (3, 2, 1):
            give(alice, 2, expires_at=NOON + 9 * DAY * days)
        charged = charge(alice, 8)
        assert moves(charged)[-1] == ("OUTSIDE", "OWED", 2)

        first = give_back(charged, 3, key="first")
        assert lots(alice) == [
            {"AVAILABLE": 1, "SPENT": 1},
            *[{"SPENT": 2}] * 2,
            {"CLAWED_BACK": 2},
        ]
        second = give_back(charged, 2, key="second")
        assert lots(alice)[:2] == [{"AVAILABLE": 2}, {"AVAILABLE": 1, "SPENT": 1}]
        rest = give_back(charged, key="rest")

        assert lots(alice) == [*[{"AVAILABLE": 2}] * 3, {"CLAWED_BACK": 2}]
        postings = Posting.objects.in_bulk([first, second, rest])
        assert [postings[each].given_back for each in (first, second, rest)] == [3, 2, 3]
        assert {each.undoes_id for each in postings.values()} == {charged}
        assert find_drift() == []

    def test_keeps_the_order_of_the_draws_whatever_becomes_of_the_lots(self) -> None:
        alice = make_member()
        for _ in range(60):
            give(alice, 1)
        spent = spend(alice, 60)
        Lot.objects.update(expires_at=NOON + 9 * DAY)

        for number in range(30):
            give_back(spent, 1, key=f"back:{number}")

        assert lots(alice) == [{"SPENT": 1}] * 30 + [{"AVAILABLE": 1}] * 30

    def test_gives_back_what_a_hold_had_drawn(self) -> None:
        alice = make_member()
        give(alice, 3, expires_at=NOON + 9 * DAY)
        give(alice, 9)
        spent = spend_held(hold(alice, 5))

        give_back(spent, 1, key="1")
        give_back(spent, 3, key="3")

        assert lots(alice) == [{"AVAILABLE": 2, "SPENT": 1}, {"AVAILABLE": 9}]

    def test_never_returns_more_than_was_spent(self) -> None:
        alice = make_member()
        give(alice, 10)
        spent = spend(alice, 6)
        give_back(spent, 4, key="4")

        with pytest.raises(ledger.MoreThanWasSpent) as refusal:
            give_back(spent, 3, key="3")
        assert (refusal.value.wanted, refusal.value.spent) == (3, 2)
        give_back(spent, 2, key="2")
        with pytest.raises(ledger.AlreadyUndone):
            give_back(spent, 1, key="1")

        assert lots(alice) == [{"AVAILABLE": 10}]

    def test_answers_a_retry_as_the_first_time(self) -> None:
        alice = make_member()
        give(alice, 10)
        spent = spend(alice, 10)
        first = give_back(spent, 4)

        for points in (4, 7):
            with pytest.raises(ledger.AlreadyPosted) as refusal:
                give_back(spent, points)
            assert refusal.value.posting_id == first

        assert lots(alice) == [{"AVAILABLE": 4, "SPENT": 6}]

    def test_knows_that_give_backs_without_a_number_returned_all(self) -> None:
        alice = make_member()
        give(alice, 10)
        spent = Posting.objects.get(pk=spend(alice, 4))
        Posting.objects.create(
            installation_id=spent.installation_id, member_id=alice, kind="GIVE_BACK", key="before",
            reason={}, undoes=spent, occurred_at=NOON, recorded_at=NOON,
        )  # fmt: skip

        with pytest.raises(ledger.AlreadyUndone):
            give_back(spent.pk, 1)


class TestGrace:
    UNTIL = LATER + 9 * DAY

    def test_lets_points_live_on_that_are_given_back_after_their_end(self) -> None:
        alice = make_member()
        give(alice, 10, expires_at=LATER)
        spent = spend(alice, 4)
        timed.expire(at=LATER)

        give_back(spent, 3, grace_until=self.UNTIL)

        assert lots(alice) == [{"AVAILABLE": 3, "SPENT": 1, "EXPIRED": 6}]
        assert Lot.objects.get().expires_at == self.UNTIL
        assert queries.balance(alice, at=LATER).expires_next_at == self.UNTIL
        assert timed.expire(at=self.UNTIL) == 1
        assert lots(alice) == [{"SPENT": 1, "EXPIRED": 9}]
        assert find_drift() == []

    def test_lets_held_points_live_on_that_are_released(self) -> None:
        alice = make_member()
        give(alice, 10, expires_at=LATER)
        held = hold(alice, 4)

        ledger.release(hold_id=held, key="release", reason=REASON, at=LATER, grace_until=self.UNTIL)

        assert lots(alice) == [{"AVAILABLE": 4, "EXPIRED": 6}]
        assert Lot.objects.get().expires_at == self.UNTIL

    def test_gives_no_end_to_points_whose_end_nobody_was_told(self) -> None:
        alice = make_member()
        give(alice, 10)
        Lot.objects.update(lapses_at=LATER)
        spent = spend(alice, 4)

        give_back(spent, grace_until=self.UNTIL)

        lot = Lot.objects.get()
        assert (lots(alice), lot.lapses_at, lot.expires_at) == ([{"AVAILABLE": 10}], LATER, None)


class TestClawBack:
    def test_makes_the_member_owe_what_was_spent(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=order_id)
        spend(alice, 8)

        posting = take_back(alice, 10, order_id)

        assert lots(alice) == [{"CLAWED_BACK": 2, "OWED": 8}]
        assert moves(posting) == [("AVAILABLE", "CLAWED_BACK", 2), ("SPENT", "OWED", 8)]
        assert row(posting)["kind"] == "CLAW_BACK"

    def test_touches_the_lots_of_its_order_only(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=new_key())
        give(alice, 10, order_id=order_id)
        give(alice, 10)

        take_back(alice, 10, order_id)

        assert lots(alice) == [{"AVAILABLE": 10}, {"CLAWED_BACK": 10}, {"AVAILABLE": 10}]

    def test_takes_from_every_lot_of_the_order(self) -> None:
        alice, order_id = make_member(), new_key()
        converge(wanted(alice, order_id, {NOON - DAY: 10, NOON: 5}))

        take_back(alice, 15, order_id)

        assert lots(alice) == [{"CLAWED_BACK": 10}, {"CLAWED_BACK": 5}]


class TestConvergeOrders:
    def test_makes_a_lot_for_each_part_under_the_version_it_was_earned(self) -> None:
        shop, version_id, order_id = make_installation(), new_key(), new_key()
        alice = make_member(shop)
        change = wanted(
            alice, order_id, {NOON: 10, LATER: 5}, lapses_at=NOON + 365 * DAY, version_id=version_id
        )

        [posting] = converge(change)

        assert posting
        assert row(posting) == {
            "installation_id": shop.pk, "member_id": alice, "kind": "EARN", "key": change.key,
            "reason": {"code": "ORDER", "order": "1"}, "undoes_id": None,
            "occurred_at": NOON, "recorded_at": NOON,
        }  # fmt: skip
        assert lots(alice) == [{"AVAILABLE": 10}, {"PENDING": 5}]
        for lot in Lot.objects.all():
            assert (lot.order_id, lot.version_id) == (order_id, version_id)
            assert (lot.lapses_at, lot.expires_at) == (NOON + 365 * DAY, None)

    def test_posts_a_loss_as_a_claw_back(self) -> None:
        alice, order_id = make_member(), new_key()
        converge(wanted(alice, order_id, {NOON: 10, None: 10}))
        spend(alice, 8)

        [posting] = converge(wanted(alice, order_id, {None: 10}))

        assert lots(alice) == [{"OWED": 8, "CLAWED_BACK": 2}, {"PENDING": 10}]
        assert posting
        assert row(posting)["kind"] == "CLAW_BACK"

    def test_carries_points_from_a_lot_to_another(self) -> None:
        alice, order_id = make_member(), new_key()
        converge(wanted(alice, order_id, {None: 10}))

        [posting] = converge(wanted(alice, order_id, {None: 6, LATER: 4}))

        assert posting
        assert row(posting)["kind"] == "RESCHEDULE"
        assert moves(posting) == [("PENDING", "OUTSIDE", 4), ("OUTSIDE", "PENDING", 4)]
        earned = Lot.objects.order_by("id").values_list("earned", "pending", "matures_at")
        assert list(earned) == [(6, 6, None), (4, 4, LATER)]
        assert find_drift() == []

    def test_posts_nothing_where_only_the_dates_of_whole_lots_change(self) -> None:
        alice, order_id = make_member(), new_key()
        converge(wanted(alice, order_id, {None: 10}))

        assert converge(wanted(alice, order_id, {LATER: 10})) == [None]

        lot = Lot.objects.get()
        assert (lot.pending, lot.matures_at) == (10, LATER)
        assert Posting.objects.count() == 1

    def test_posts_nothing_where_all_is_right(self) -> None:
        alice, order_id = make_member(), new_key()
        first = converge(wanted(alice, order_id, {LATER: 10}))

        assert converge(wanted(alice, order_id, {LATER: 10})) == [None]
        assert [each.pk for each in Posting.objects.all()] == first

    def test_forgets_a_notice_of_points_that_are_to_wait_longer(self) -> None:
        alice, order_id = make_member(), new_key()
        converge(wanted(alice, order_id, {LATER: 10}))
        Lot.objects.update(expires_at=LATER + DAY)

        converge(wanted(alice, order_id, {LATER + 9 * DAY: 10}))

        assert Lot.objects.get().expires_at is None

    def test_pays_with_other_points_for_what_was_spent(self) -> None:
        alice, order_id = make_member(), new_key()
        converge(wanted(alice, order_id, {NOON: 10}))
        spend(alice, 10)
        give(alice, 4)

        converge(wanted(alice, order_id, {}))

        assert lots(alice) == [{"OWED": 6, "CLAWED_BACK": 4}, {"REPAID": 4}]

    def test_lets_new_points_repay_what_is_owed(self) -> None:
        alice, order_id = make_member(), new_key()
        converge(wanted(alice, order_id, {NOON: 10}))
        spend(alice, 10)
        converge(wanted(alice, order_id, {}))

        converge(wanted(alice, new_key(), {NOON: 15}))

        assert lots(alice) == [{"CLAWED_BACK": 10}, {"AVAILABLE": 5, "REPAID": 10}]

    def test_frees_what_repaid_if_the_order_counts_again(self) -> None:
        alice, order_id = make_member(), new_key()
        converge(wanted(alice, order_id, {NOON: 10}))
        spend(alice, 10)
        converge(wanted(alice, order_id, {}))
        give(alice, 10)

        [posting] = converge(wanted(alice, order_id, {NOON: 10}))

        assert lots(alice) == [{"SPENT": 10}, {"AVAILABLE": 10}]
        assert posting
        assert row(posting)["kind"] == "EARN"

    def test_writes_used_points_off_if_the_shop_wants_no_debts(self) -> None:
        alice, order_id = make_member(), new_key()
        converge(wanted(alice, order_id, {NOON: 10}))
        spent = spend(alice, 8)
        give(alice, 5)

        converge(wanted(alice, order_id, {}, policy=ledger.DebtPolicy.CLAMP))
        assert lots(alice) == [{"WRITTEN_OFF": 8, "CLAWED_BACK": 2}, {"AVAILABLE": 5}]
        give_back(spent)

        assert lots(alice) == [{"CLAWED_BACK": 10}, {"AVAILABLE": 5}]

    def test_takes_one_order_twice_in_a_batch(self) -> None:
        alice, order_id = make_member(), new_key()
        converge(wanted(alice, order_id, {NOON: 10}))
        spend(alice, 10)
        give(alice, 10)

        postings = converge(
            wanted(alice, order_id, {NOON: 20}),
            wanted(alice, order_id, {NOON: 20}),
            wanted(alice, order_id, {NOON: 5}),
        )

        assert [posting is None for posting in postings] == [False, True, False]
        assert lots(alice) == [
            {"SPENT": 5, "CLAWED_BACK": 5}, {"AVAILABLE": 5, "REPAID": 5}, {"CLAWED_BACK": 10}
        ]  # fmt: skip
        assert find_drift() == []

    def test_answers_one_posting_for_each_change_in_their_order(self) -> None:
        alice, bob = make_member(), make_member()

        postings = converge(
            wanted(bob, new_key(), {NOON: 5}, key="b"),
            wanted(alice, new_key(), {}, key="nothing"),
            wanted(alice, new_key(), {NOON: 7}, key="a"),
        )

        assert [posting and row(posting)["key"] for posting in postings] == ["b", None, "a"]
        assert (lots(alice), lots(bob)) == ([{"AVAILABLE": 7}], [{"AVAILABLE": 5}])

    def test_repays_a_debt_that_arises_in_the_batch(self) -> None:
        alice, old = make_member(), new_key()
        give(alice, 10, order_id=old)
        spend(alice, 10)

        converge(wanted(alice, old, {}), wanted(alice, new_key(), {NOON: 4}))

        assert lots(alice) == [{"CLAWED_BACK": 4, "OWED": 6}, {"REPAID": 4}]

    def test_leaves_other_orders_alone(self) -> None:
        alice, order_id = make_member(), new_key()
        converge(wanted(alice, order_id, {NOON: 10}), wanted(alice, new_key(), {NOON: 7}))
        give(alice, 3)

        converge(wanted(alice, order_id, {}))

        assert lots(alice) == [{"CLAWED_BACK": 10}, {"AVAILABLE": 7}, {"AVAILABLE": 3}]

    @pytest.mark.parametrize("is_there", [False, True])
    def test_refuses_an_order_that_is_somebody_elses(self, is_there: bool) -> None:
        alice, bob, order_id = make_member(), make_member(), new_key()
        converge(wanted(alice, order_id, {NOON: 10}))
        others = [wanted(alice, new_key(), {NOON: 1})] if is_there else []

        with pytest.raises(LookupError):
            converge(wanted(bob, order_id, {NOON: 10}), *others)

        assert lots(bob) == []

    @pytest.mark.parametrize(
        ("kind", "most"),
        [
            ("first orders", 3),
            ("fulfilled orders", 4),
            ("returns", 4),
            ("returns of used points", 7),
        ],
    )
    def test_sends_as_many_queries_for_one_order_as_for_a_hundred(
        self, kind: str, most: int
    ) -> None:
        shop = make_installation()
        batches = [
            [self._change(kind, make_member(shop)) for _ in range(size)] for size in (1, 100)
        ]

        one, hundred = [queries_of(partial(converge, *changes)) for changes in batches]

        assert one == hundred
        assert hundred <= most

    @staticmethod
    def _change(kind: str, member_id: UUID) -> OrderChange:
        order_id = new_key()
        if kind == "first orders":
            return wanted(member_id, order_id, {NOON: 10, LATER: 5})
        converge(wanted(member_id, order_id, {NOON: 10, None: 10}))
        if kind == "fulfilled orders":
            return wanted(member_id, order_id, {NOON: 10, LATER: 4, None: 6})
        if kind == "returns of used points":
            spend(member_id, 10)
            give(member_id, 4)
            converge(wanted(member_id, order_id, {None: 16}))
        return wanted(member_id, order_id, {None: 5})


class TestWriteOff:
    def test_gives_up_what_is_owed(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=order_id)
        spend(alice, 10)
        take_back(alice, 10, order_id)

        posting = write_off(alice, 4)

        assert lots(alice) == [{"OWED": 6, "WRITTEN_OFF": 4}]
        assert (row(posting)["kind"], moves(posting)) == ("WRITE_OFF", [("OWED", "WRITTEN_OFF", 4)])

    def test_of_all_that_is_owed_answers_a_retry_as_the_first_time(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=order_id)
        spend(alice, 10)
        take_back(alice, 10, order_id)
        first = write_off(alice, None)

        with pytest.raises(ledger.AlreadyPosted) as refusal:
            write_off(alice, None)

        assert refusal.value.posting_id == first
        assert lots(alice) == [{"WRITTEN_OFF": 10}]

    def test_refuses_more_than_is_owed(self) -> None:
        alice = make_member()
        give(alice, 10)

        with pytest.raises(ledger.MoreThanIsOwed):
            write_off(alice, 1)

    def test_is_undone_when_the_order_is_paid_again(self) -> None:
        alice, order_id = make_member(), new_key()
        converge(wanted(alice, order_id, {NOON: 10}))
        spend(alice, 10)
        converge(wanted(alice, order_id, {}))
        write_off(alice, None)

        converge(wanted(alice, order_id, {NOON: 10}))

        assert lots(alice) == [{"SPENT": 10}]


class TestRevive:
    @pytest.mark.parametrize("is_recorded", [False, True])
    def test_makes_points_available_that_expired(self, is_recorded: bool) -> None:
        alice = make_member()
        give(alice, 10, expires_at=NOON + DAY)
        give(alice, 5, expires_at=NOON + 3 * DAY)
        if is_recorded:
            timed.expire(at=NOON + 4 * DAY)

        posting = revive(alice, since=NOON + 2 * DAY, at=NOON + 4 * DAY)

        assert row(posting)["kind"] == "REVIVE"
        assert lots(alice)[1] == {"AVAILABLE": 5}
        lot = Lot.objects.get(available=5)
        assert (lot.expires_at, lot.lapses_at) == (None, NOON + 99 * DAY)
        assert timed.expire(at=NOON + 9 * DAY) == 0
        assert lots(alice) == [{"EXPIRED": 10}, {"AVAILABLE": 5}]

    def test_answers_a_retry_as_the_first_time(self) -> None:
        alice = make_member()
        give(alice, 10, expires_at=NOON + DAY)
        first = revive(alice, since=NOON, at=NOON + 2 * DAY)

        with pytest.raises(ledger.AlreadyPosted) as refusal:
            revive(alice, since=NOON, at=NOON + 2 * DAY)

        assert refusal.value.posting_id == first

    def test_needs_points_that_expired_since(self) -> None:
        alice = make_member()
        give(alice, 10, expires_at=NOON + DAY)

        with pytest.raises(ledger.NothingToRevive):
            revive(alice, since=NOON + DAY, at=NOON + 2 * DAY)


class TestAdjust:
    def test_gives_points_that_never_expire(self) -> None:
        alice = make_member()

        posting = adjust(alice, 5)

        lot = Lot.objects.get(member_id=alice)
        assert (lots(alice), lot.expires_at, lot.order_id) == ([{"AVAILABLE": 5}], None, None)
        assert row(posting)["kind"] == "ADJUST"

    def test_takes_available_points(self) -> None:
        alice = make_member()
        give(alice, 10)

        adjust(alice, -4)

        assert lots(alice)[0]["AVAILABLE"] == 6

    def test_takes_no_more_than_is_available(self) -> None:
        alice = make_member()
        give(alice, 10)
        hold(alice, 8)

        with pytest.raises(ledger.NotEnoughPoints):
            adjust(alice, -3)

    def test_leaves_the_order_that_gave_the_points_refundable(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=order_id)
        adjust(alice, -4)

        take_back(alice, 10, order_id)

        assert Lot.objects.get(member_id=alice).owed == 4


class TestTime:
    def test_makes_due_points_available_and_says_how_many_members_had_any(self) -> None:
        alice, bob = make_member(), make_member()
        give(alice, 10, matures_at=LATER)
        give(alice, 5, matures_at=LATER)
        give(bob, 10, matures_at=LATER + DAY)

        assert timed.mature(at=LATER) == 1
        assert timed.mature(at=LATER) == 0

        assert lots(alice) == [{"AVAILABLE": 10}, {"AVAILABLE": 5}]
        assert lots(bob) == [{"PENDING": 10}]
        assert row(Posting.objects.get(kind="MATURE").pk)["reason"] == {"code": "MATURED"}

    def test_records_expired_points(self) -> None:
        alice, bob = make_member(), make_member()
        give(alice, 10, expires_at=LATER)
        give(bob, 10, expires_at=LATER + DAY)

        assert timed.expire(at=LATER) == 1
        assert timed.expire(at=LATER) == 0

        assert (lots(alice), lots(bob)) == ([{"EXPIRED": 10}], [{"AVAILABLE": 10}])
        assert row(Posting.objects.get(kind="EXPIRE").pk)["reason"] == {"code": "EXPIRED"}

    def test_lets_points_that_mature_repay_what_is_owed(self) -> None:
        alice, bob, order_id = make_member(), make_member(), new_key()
        give(alice, 10, order_id=order_id)
        spend(alice, 10)
        take_back(alice, 10, order_id)
        for member_id in (alice, bob):
            give(member_id, 15, matures_at=LATER)

        assert timed.mature(at=LATER) == 2

        assert lots(alice) == [{"CLAWED_BACK": 10}, {"AVAILABLE": 5, "REPAID": 10}]
        assert lots(bob) == [{"AVAILABLE": 15}]
        assert find_drift() == []

    def test_writes_one_posting_a_member_with_a_movement_for_each_state(self) -> None:
        alice = make_member()
        give(alice, 10, expires_at=LATER)
        give(alice, 4, matures_at=None, expires_at=LATER)
        give(alice, 3, expires_at=LATER + DAY)

        timed.expire(at=LATER)

        posting = Posting.objects.get(kind="EXPIRE")
        assert (posting.occurred_at, posting.recorded_at) == (LATER, LATER)
        assert posting.key == f"expire:{posting.pk}"
        assert {posting.pk.version, *(each.pk.version for each in Movement.objects.all())} == {7}
        assert sorted(moves(posting.pk)) == [
            ("AVAILABLE", "EXPIRED", 10),
            ("PENDING", "EXPIRED", 4),
        ]

    @pytest.mark.parametrize("sweep", SWEEPS)
    def test_does_what_it_can_if_a_lot_cannot_be_moved(
        self, sweep: Callable[..., int], caplog: pytest.LogCaptureFixture
    ) -> None:
        alice, bob = make_member(), make_member()
        for member_id in (alice, bob):
            give(member_id, 10, matures_at=LATER)
            give(member_id, 10, expires_at=LATER)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                f"ALTER TABLE loyalty_posting ADD CHECK (member_id <> '{alice}') NOT VALID"
            )

        assert sweep(at=LATER) == 1

        assert "batch failed" in caplog.text
        assert lots(alice) == [{"PENDING": 10}, {"AVAILABLE": 10}]
        assert find_drift() == []

    @pytest.mark.parametrize("sweep", SWEEPS)
    def test_sends_as_many_queries_for_one_lot_as_for_a_hundred(
        self, sweep: Callable[..., int]
    ) -> None:
        shop, counts = make_installation(), []
        for size in (1, 100):
            for _ in range(size):
                member_id = make_member(shop)
                give(member_id, 10, matures_at=LATER)
                give(member_id, 10, expires_at=LATER)
            counts.append(queries_of(lambda: sweep(at=LATER)))

        assert counts[0] == counts[1] <= 3

    def test_works_through_more_lots_than_one_run_takes(self) -> None:
        shop = make_installation()
        members = [make_member(shop) for _ in range(timed.LOTS_MAX + 1)]
        converge(*[wanted(each, new_key(), {LATER: 1}) for each in members])

        runs = [timed.mature(at=LATER), timed.mature(at=LATER), timed.mature(at=LATER)]

        assert runs == [timed.LOTS_MAX, 1, 0]
        assert Lot.objects.filter(available=1).count() == len(members)


class TestKeys:
    @pytest.mark.parametrize(
        "again",
        [
            lambda alice: spend(alice, 1, key="once"),
            lambda alice: hold(alice, 1, key="once"),
            lambda alice: charge(alice, 99, key="once"),
            lambda alice: adjust(alice, 1, key="once"),
            lambda alice: adjust(alice, -1, key="once"),
        ],
        ids=["spend", "hold", "charge", "give", "take"],
    )
    def test_are_unique_for_ever_and_find_the_first_posting(
        self, again: Callable[[UUID], UUID]
    ) -> None:
        alice = make_member()
        give(alice, 10)
        first = spend(alice, 2, key="once")

        with pytest.raises(ledger.AlreadyPosted) as refusal:
            again(alice)

        assert refusal.value.posting_id == first
        assert lots(alice) == [{"AVAILABLE": 8, "SPENT": 2}]

    @pytest.mark.parametrize("undo", [release, spend_held])
    def test_answer_a_repeated_settlement_of_a_hold_as_the_first_time(
        self, undo: Callable[..., UUID]
    ) -> None:
        alice = make_member()
        give(alice, 10)
        held = hold(alice, 4)
        first = undo(held, key="settled")

        with pytest.raises(ledger.AlreadyPosted) as refusal:
            undo(held, key="settled")

        assert refusal.value.posting_id == first

    def test_belong_to_one_member(self) -> None:
        alice, bob = make_member(), make_member()
        for member_id in (alice, bob):
            give(member_id, 10)
            spend(member_id, 4, key="the same")

        assert lots(alice) == lots(bob) == [{"AVAILABLE": 6, "SPENT": 4}]

    def test_protect_a_batch_too(self) -> None:
        alice = make_member()
        changes = [wanted(alice, new_key(), {NOON: 10}, key="twice") for _ in range(2)]

        with pytest.raises(IntegrityError, match="posting_key_once"):
            converge(*changes)

        assert lots(alice) == []


class TestTheDatabase:
    @pytest.mark.parametrize("table", ["loyalty_posting", "loyalty_movement"])
    @pytest.mark.parametrize("sql", ["UPDATE {} SET id = id", "DELETE FROM {}"])
    def test_refuses_to_change_history(self, table: str, sql: str) -> None:
        give(make_member(), 10)

        with pytest.raises(DatabaseError, match=f"{table} is append-only"), transaction.atomic():
            connection.cursor().execute(sql.format(table))

    @pytest.mark.parametrize(
        ("constraint", "change"),
        [
            ("lot_conserves_points", "available = available + 1"),
            ("lot_conserves_points", "spent = 1"),
            ("lot_conserves_points", "earned = earned + 1"),
            ("lot_counts_no_negative_points", "held = -5, available = available + 5"),
            ("lot_counts_no_negative_points", "earned = 0, available = 0"),
            ("lot_matures_before_it_expires", "expires_at = matures_at"),
        ],
    )
    def test_refuses_points_from_nowhere(self, constraint: str, change: str) -> None:
        give(make_member(), 10)

        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            connection.cursor().execute(f"UPDATE loyalty_lot SET {change}")

    @pytest.mark.parametrize(
        ("constraint", "points", "target"),
        [
            ("movement_moves_points", 0, "SPENT"),
            ("movement_moves_points", -1, "SPENT"),
            ("movement_changes_state", 1, "AVAILABLE"),
        ],
    )
    def test_refuses_movements_of_nothing(self, constraint: str, points: int, target: str) -> None:
        alice = make_member()
        posting = give(alice, 10)
        lot = Lot.objects.get()

        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Movement.objects.create(
                posting_id=posting, member_id=alice, lot=lot, source=State.AVAILABLE,
                target=target, points=points,
            )  # fmt: skip

    def test_refuses_to_undo_a_posting_twice(self) -> None:
        alice = make_member()
        give(alice, 10)
        held = Posting.objects.get(pk=hold(alice, 4))
        release(held.pk)

        with pytest.raises(IntegrityError, match="posting_undone_once"), transaction.atomic():
            Posting.objects.create(
                installation_id=held.installation_id, member_id=alice, kind="RELEASE",
                key="behind our back", reason={}, undoes=held, occurred_at=NOON, recorded_at=NOON,
            )  # fmt: skip

    def test_lets_a_spend_be_given_back_often_and_a_hold_be_settled_once(self) -> None:
        alice = make_member()
        give(alice, 10)
        spent = Posting.objects.get(pk=spend_held(hold(alice, 4)))
        give_back(spent.pk, 1, key="1")

        give_back(spent.pk, 1, key="2")
        with pytest.raises(IntegrityError, match="posting_undone_once"), transaction.atomic():
            Posting.objects.create(
                installation_id=spent.installation_id, member_id=alice, kind="SPEND",
                key="behind our back", reason={}, undoes_id=spent.undoes_id, occurred_at=NOON,
                recorded_at=NOON,
            )  # fmt: skip

    @pytest.mark.parametrize(("kind", "points"), [("GIVE_BACK", 0), ("RELEASE", 1)])
    def test_refuses_give_backs_of_nothing_and_of_what_is_no_spend(
        self, kind: str, points: int
    ) -> None:
        alice = make_member()
        give(alice, 10)
        spent = Posting.objects.get(pk=spend(alice, 4))

        with pytest.raises(IntegrityError, match="posting_gives_points_back"), transaction.atomic():
            Posting.objects.create(
                installation_id=spent.installation_id, member_id=alice, kind=kind, key="wrong",
                reason={}, undoes=spent, given_back=points, occurred_at=NOON, recorded_at=NOON,
            )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_batch_is_refused_outside_a_transaction() -> None:
    alice = make_member()

    with pytest.raises(AssertionError, match="transaction"):
        ledger.converge_orders(changes=[wanted(alice, new_key(), {NOON: 10})], at=NOON)

    assert lots(alice) == []


@pytest.mark.parametrize("redeem", [hold, spend, charge])
def test_a_redemption_sends_three_queries_however_many_lots_it_draws_on(
    redeem: Callable[..., UUID],
) -> None:
    alice, bob = make_member(), make_member()
    give(alice, 1)
    for _ in range(30):
        give(bob, 1)

    assert queries_of(lambda: redeem(alice, 1)) == 3
    assert queries_of(lambda: redeem(bob, 30)) == 3


@pytest.mark.parametrize("undo", [release, spend_held])
def test_settling_a_hold_sends_as_many_queries_however_many_lots_it_drew_on(
    undo: Callable[..., UUID],
) -> None:
    alice, bob = make_member(), make_member()
    give(alice, 1)
    for _ in range(30):
        give(bob, 1)
    small, large = hold(alice, 1), hold(bob, 30)

    assert queries_of(lambda: undo(small)) == queries_of(lambda: undo(large)) <= 8


def test_giving_back_sends_as_many_queries_however_often_and_from_how_many_lots() -> None:
    alice, bob = make_member(), make_member()
    give(alice, 1)
    for _ in range(30):
        give(bob, 1)
    small, large = spend_held(hold(alice, 1)), spend_held(hold(bob, 30))
    for number in range(9):
        give_back(large, 1, key=f"before:{number}")

    assert queries_of(lambda: give_back(small)) == queries_of(lambda: give_back(large)) <= 8
