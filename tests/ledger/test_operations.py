"""Each operation, exact in rows and states, on a real PostgreSQL."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from factories import DAY, NOON, give, make_installation, make_member

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger import timed
from saleor_loyalty.ledger.book import Life, State
from saleor_loyalty.ledger.models import Lot, Movement, Posting
from saleor_loyalty.ledger.operations import Change, Schedule
from saleor_loyalty.ledger.reconciliation import find_drift
from saleor_loyalty.ledger.store import COUNTED, MissingMember

pytestmark = pytest.mark.django_db
LATER = NOON + DAY
REASON = {"code": "REDEMPTION"}


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


def order_change(member_id: UUID, points: int, key: str, order_id: UUID, **more: Any) -> Change:
    code = "ORDER" if points > 0 else "ORDER_REFUND"
    more.setdefault("life", Life(matures_at=NOON))
    return Change(
        member_id, points, key, {"code": code, "order": "1"}, NOON, order_id=order_id, **more
    )


def refund(member_id: UUID, points: int, order_id: UUID, *, key: str = "refund") -> UUID:
    return ledger.claw_back(change=order_change(member_id, -points, key, order_id), at=NOON)


def spend(member_id: UUID, points: int, *, key: str = "spend") -> UUID:
    return ledger.spend(member_id=member_id, points=points, key=key, reason=REASON, at=NOON)


def hold(member_id: UUID, points: int, *, key: str = "hold") -> UUID:
    return ledger.hold(member_id=member_id, points=points, key=key, reason=REASON, at=NOON)


def release(hold_id: UUID, *, key: str = "release") -> UUID:
    return ledger.release(hold_id=hold_id, key=key, reason=REASON, at=NOON)


def spend_held(hold_id: UUID, *, key: str = "used") -> UUID:
    return ledger.spend_held(hold_id=hold_id, key=key, reason=REASON, at=NOON)


def give_back(spend_id: UUID, *, key: str = "returned") -> UUID:
    return ledger.give_back(spend_id=spend_id, key=key, reason=REASON, at=LATER)


def adjust(member_id: UUID, points: int, *, key: str = "correction") -> UUID:
    reason = {"code": "CORRECTION", "note": "lost parcel"}
    return ledger.adjust(member_id=member_id, points=points, key=key, reason=reason, at=NOON)


def post(*changes: Change) -> list[UUID]:
    with transaction.atomic():
        return ledger.post(changes=changes, at=NOON)


def reschedule(*schedules: Schedule) -> None:
    with transaction.atomic():
        ledger.post(changes=[], schedules=schedules, at=NOON)


def queries_of(act: Callable[[], object]) -> int:
    """Count the statements `act` sends, savepoints apart."""
    with CaptureQueriesContext(connection) as queries:
        act()
    return sum("SAVEPOINT" not in query["sql"] for query in queries)


class TestEarn:
    def test_writes_a_posting_a_lot_and_a_movement(self) -> None:
        shop = make_installation()
        alice, order_id = make_member(shop), new_key()
        life = Life(NOON + 14 * DAY, NOON + 365 * DAY)
        change = order_change(alice, 60, "order:1", order_id, life=life)

        posting = ledger.earn(change=change, at=LATER)

        assert row(posting) == {
            "installation_id": shop.pk, "member_id": alice, "kind": "EARN", "key": "order:1",
            "reason": {"code": "ORDER", "order": "1"}, "undoes_id": None,
            "occurred_at": NOON, "recorded_at": LATER,
        }  # fmt: skip
        lot = Lot.objects.get(member_id=alice)
        assert (lot.installation_id, lot.order_id, lot.earned) == (shop.pk, order_id, 60)
        assert Life(lot.matures_at, lot.expires_at) == life
        assert lots(alice) == [{"PENDING": 60}]
        assert moves(posting) == [("OUTSIDE", "PENDING", 60)]

    def test_undoes_an_earlier_refund_of_the_order_before_it_makes_a_lot(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 60, order_id=order_id)
        refund(alice, 20, order_id)

        posting = ledger.earn(change=order_change(alice, 30, "again", order_id), at=NOON)

        assert lots(alice) == [{"AVAILABLE": 60}, {"AVAILABLE": 10}]
        assert moves(posting) == [("CLAWED_BACK", "AVAILABLE", 20), ("OUTSIDE", "AVAILABLE", 10)]

    def test_repays_debts_of_other_lots(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=order_id)
        spend(alice, 10)
        refund(alice, 10, order_id)

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
        refund(alice, 10, order_id)
        give(alice, 10)
        assert lots(alice) == [{"CLAWED_BACK": 10}, {"REPAID": 10}]

        give_back(spent)

        assert lots(alice) == [{"CLAWED_BACK": 10}, {"AVAILABLE": 10}]
        assert find_drift() == []

    def test_frees_each_debt_once(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=order_id)
        first, second = spend(alice, 4, key="first"), spend(alice, 6, key="second")
        refund(alice, 10, order_id)
        give(alice, 7)

        give_back(first, key="back:first")
        assert lots(alice) == [{"CLAWED_BACK": 10}, {"AVAILABLE": 1, "REPAID": 6}]
        give_back(second, key="back:second")

        assert lots(alice) == [{"CLAWED_BACK": 10}, {"AVAILABLE": 7}]


class TestClawBack:
    def test_makes_the_member_owe_what_was_spent(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=order_id)
        spend(alice, 8)

        posting = refund(alice, 10, order_id)

        assert lots(alice) == [{"CLAWED_BACK": 2, "OWED": 8}]
        assert moves(posting) == [("AVAILABLE", "CLAWED_BACK", 2), ("SPENT", "OWED", 8)]
        assert row(posting)["kind"] == "CLAW_BACK"

    def test_touches_the_lots_of_its_order_only(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=new_key())
        give(alice, 10, order_id=order_id)
        give(alice, 10)

        refund(alice, 10, order_id)

        assert lots(alice) == [{"AVAILABLE": 10}, {"CLAWED_BACK": 10}, {"AVAILABLE": 10}]

    def test_takes_from_every_lot_of_the_order(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=order_id)
        give(alice, 5, order_id=order_id)

        refund(alice, 15, order_id)

        assert lots(alice) == [{"CLAWED_BACK": 10}, {"CLAWED_BACK": 5}]

    def test_refuses_more_than_the_order_earned(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, order_id=order_id)

        with pytest.raises(ledger.MoreThanWasGiven):
            refund(alice, 11, order_id)

        assert lots(alice) == [{"AVAILABLE": 10}]

    def test_refuses_an_order_that_is_somebody_elses(self) -> None:
        alice, bob, order_id = make_member(), make_member(), new_key()
        give(alice, 10, order_id=order_id)
        give(bob, 10)

        with pytest.raises(LookupError):
            refund(bob, 5, order_id)

        assert (lots(alice), lots(bob)) == ([{"AVAILABLE": 10}], [{"AVAILABLE": 10}])


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

        refund(alice, 10, order_id)

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

    def test_works_through_more_lots_than_one_run_takes(self) -> None:
        shop = make_installation()
        members = [make_member(shop) for _ in range(timed.LOTS_MAX + 1)]
        life = Life(LATER, LATER + DAY)
        post(*[order_change(each, 1, "first", new_key(), life=life) for each in members])

        runs = [timed.mature(at=LATER), timed.mature(at=LATER), timed.mature(at=LATER)]

        assert runs == [timed.LOTS_MAX, 1, 0]
        assert Lot.objects.filter(available=1).count() == len(members)

    def test_schedules_points_that_are_pending_only(self) -> None:
        alice, due, done = make_member(), new_key(), new_key()
        give(alice, 10, matures_at=None, order_id=due)
        give(alice, 10, order_id=done)
        life = Life(LATER, LATER + DAY)

        reschedule(Schedule(alice, due, life), Schedule(alice, done, life))

        dates = Lot.objects.order_by("id").values_list("matures_at", "expires_at")
        assert list(dates) == [(LATER, LATER + DAY), (NOON, None)]

    def test_forgets_a_schedule_that_no_longer_holds(self) -> None:
        alice, order_id = make_member(), new_key()
        give(alice, 10, matures_at=LATER, order_id=order_id)

        reschedule(Schedule(alice, order_id, Life()))

        assert timed.mature(at=LATER) == 0
        assert lots(alice) == [{"PENDING": 10}]


class TestKeys:
    @pytest.mark.parametrize(
        "again",
        [
            lambda alice: spend(alice, 1, key="once"),
            lambda alice: hold(alice, 1, key="once"),
            lambda alice: adjust(alice, 1, key="once"),
            lambda alice: adjust(alice, -1, key="once"),
            lambda alice: ledger.earn(change=order_change(alice, 1, "once", new_key()), at=NOON),
            lambda alice: refund(alice, 1, new_key(), key="once"),
        ],
        ids=["spend", "hold", "give", "take", "earn", "claw back"],
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
        change = order_change(alice, 10, "twice", new_key())

        with pytest.raises(IntegrityError, match="posting_key_once"):
            post(change, change)

        assert lots(alice) == []


class TestPost:
    def test_answers_one_posting_for_each_change_in_their_order(self) -> None:
        alice, bob, first = make_member(), make_member(), new_key()

        postings = post(
            order_change(bob, 5, "b", new_key()),
            order_change(alice, 10, "a1", first),
            order_change(alice, -4, "a2", first),
            order_change(alice, 3, "a3", first),
        )

        assert [row(posting)["key"] for posting in postings] == ["b", "a1", "a2", "a3"]
        assert lots(alice) == [{"AVAILABLE": 9, "CLAWED_BACK": 1}]
        assert lots(bob) == [{"AVAILABLE": 5}]
        assert find_drift() == []

    def test_repays_a_debt_that_arises_in_the_batch(self) -> None:
        alice, old = make_member(), new_key()
        give(alice, 10, order_id=old)
        spend(alice, 10)

        post(
            order_change(alice, -10, "refund", old),
            order_change(alice, 4, "next", new_key(), has_lots=False),
        )

        assert lots(alice) == [{"CLAWED_BACK": 4, "OWED": 6}, {"REPAID": 4}]

    def test_refuses_the_whole_batch_if_one_change_takes_too_much(self) -> None:
        alice, bob, order_id = make_member(), make_member(), new_key()
        give(alice, 10, order_id=order_id)

        with pytest.raises(ledger.MoreThanWasGiven):
            post(
                order_change(bob, 5, "b", new_key()),
                order_change(alice, -11, "a", order_id),
            )

        assert (lots(alice), lots(bob)) == ([{"AVAILABLE": 10}], [])

    @pytest.mark.parametrize("kind", ["first orders", "refunds", "refunds of spent points"])
    def test_sends_as_many_queries_for_one_change_as_for_a_hundred(self, kind: str) -> None:
        shop = make_installation()
        batches = [
            [self._change(kind, make_member(shop)) for _ in range(size)] for size in (1, 100)
        ]

        one, hundred = [queries_of(partial(post, *changes)) for changes in batches]

        assert one == hundred == {"first orders": 3, "refunds": 5}.get(kind, 7)

    @staticmethod
    def _change(kind: str, member_id: UUID) -> Change:
        order_id = new_key()
        if kind == "first orders":
            return order_change(member_id, 10, "a", order_id, has_lots=False)
        give(member_id, 10, order_id=order_id)
        if kind == "refunds of spent points":
            spend(member_id, 10)
            give(member_id, 4)
            refund(member_id, 4, order_id)
        return order_change(member_id, -6, "a", order_id)


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


@pytest.mark.django_db(transaction=True)
def test_a_batch_is_refused_outside_a_transaction() -> None:
    alice = make_member()

    with pytest.raises(AssertionError, match="transaction"):
        ledger.post(changes=[order_change(alice, 10, "a", new_key())], at=NOON)

    assert lots(alice) == []


@pytest.mark.parametrize("redeem", [hold, spend])
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
