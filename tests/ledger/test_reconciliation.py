"""The proof that lots say what movements say: silent when they do, exact when they don't."""

from uuid import UUID

import pytest
from django.db import connection, transaction
from factories import DAY, NOON, give, make_installation, make_member
from points import converge, take_back, wanted

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger import queries, timed
from saleor_loyalty.ledger.book import State
from saleor_loyalty.ledger.models import Lot, Movement
from saleor_loyalty.ledger.operations import DebtPolicy
from saleor_loyalty.ledger.reconciliation import Drift, find_drift

pytestmark = pytest.mark.django_db
REASON = {"code": "REDEMPTION"}


def falsify(sql: str) -> None:
    """Change history, as the tables' owner could; gone with the test's transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE loyalty_movement DISABLE TRIGGER append_only")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(sql)


def live(member_id: UUID) -> None:
    """Let the member do everything there is, so that every state has points."""
    returned = new_key()
    give(member_id, 40, order_id=returned, expires_at=NOON + 3 * DAY)
    give(member_id, 20, expires_at=NOON + DAY)
    give(member_id, 9, matures_at=NOON + DAY)
    spent = ledger.spend(member_id=member_id, points=30, key="s", reason=REASON, at=NOON)
    held = ledger.hold(member_id=member_id, points=10, key="h", reason=REASON, at=NOON)
    ledger.spend_held(hold_id=held, key="sh", reason=REASON, at=NOON)
    take_back(member_id, 40, returned)
    ledger.give_back(spend_id=spent, key="g", reason=REASON, at=NOON)
    ledger.hold(member_id=member_id, points=1, key="h2", reason=REASON, at=NOON)
    charged = ledger.charge(member_id=member_id, points=99, key="c", reason=REASON, at=NOON)
    for key, points in (("g1", 90), ("g2", 4)):
        ledger.give_back(spend_id=charged, points=points, key=key, reason=REASON, at=NOON)
    timed.mature(at=NOON + DAY)
    timed.expire(at=NOON + DAY)
    ledger.give_back(
        spend_id=charged, points=2, key="g3", reason=REASON, at=NOON + DAY,
        grace_until=NOON + 9 * DAY,
    )  # fmt: skip
    ledger.revive(
        member_id=member_id, since=NOON, lapses_at=NOON + 9 * DAY, key="r", reason=REASON,
        at=NOON + DAY,
    )  # fmt: skip
    live_by_parts(member_id)


def live_by_parts(member_id: UUID) -> None:
    """Let an order of the member's mature piece by piece, be returned, forgiven, and paid again."""
    order_id = new_key()

    def want(policy: DebtPolicy, **parts: int) -> None:
        moments = {"now": NOON, "later": NOON + DAY, "some_day": None}
        by_moment = {moments[name]: points for name, points in parts.items()}
        converge(wanted(member_id, order_id, by_moment, policy=policy))

    want(DebtPolicy.DEBT, now=9, some_day=10)
    points = queries.balance(member_id, at=NOON).available
    ledger.spend(member_id=member_id, points=points, key="s2", reason=REASON, at=NOON)
    want(DebtPolicy.DEBT, now=9, later=5, some_day=5)
    want(DebtPolicy.CLAMP, later=3, now=6)
    want(DebtPolicy.DEBT)
    ledger.write_off(member_id=member_id, points=1, key="w", reason=REASON, at=NOON)
    give(member_id, 2)
    want(DebtPolicy.DEBT, now=12)


def test_is_silent_where_nothing_ever_happened() -> None:
    assert find_drift() == []


def test_is_silent_after_everything_that_can_happen() -> None:
    shop = make_installation()
    for _ in range(2):
        live(make_member(shop))

    assert find_drift() == []
    for end in ("source", "target"):
        assert set(Movement.objects.values_list(end, flat=True)) == set(State)


def test_finds_points_that_were_moved_within_a_lot() -> None:
    give(make_member(), 10)
    lot = Lot.objects.get()

    falsify("UPDATE loyalty_lot SET available = 7, spent = 3")

    assert sorted(find_drift(), key=str) == [
        Drift(lot.pk, "SPENT", counted=3, moved=0),
        Drift(lot.pk, "AVAILABLE", counted=7, moved=10),
    ]


def test_says_where_and_by_how_much() -> None:
    give(make_member(), 10)
    lot = Lot.objects.get()
    falsify("UPDATE loyalty_lot SET available = 7, spent = 3")

    assert sorted(map(str, find_drift())) == [
        f"lot {lot.pk}: 3 spent in the lot, 0 by its movements",
        f"lot {lot.pk}: 7 available in the lot, 10 by its movements",
    ]


def test_finds_points_from_nowhere() -> None:
    give(make_member(), 10)
    lot = Lot.objects.get()

    falsify("UPDATE loyalty_lot SET available = 11, earned = 11")

    assert set(find_drift()) == {
        Drift(lot.pk, "AVAILABLE", counted=11, moved=10),
        Drift(lot.pk, "OUTSIDE", counted=-11, moved=-10),
    }


def test_finds_a_movement_that_was_removed() -> None:
    give(make_member(), 10)
    lot = Lot.objects.get()

    falsify("DELETE FROM loyalty_movement")

    assert {(drift.lot_id, drift.state, drift.moved) for drift in find_drift()} == {
        (lot.pk, "AVAILABLE", 0),
        (lot.pk, "OUTSIDE", 0),
    }


def test_finds_a_movement_that_was_changed() -> None:
    give(make_member(), 10)
    lot = Lot.objects.get()

    falsify("UPDATE loyalty_movement SET points = 9")

    assert Drift(lot.pk, "AVAILABLE", counted=10, moved=9) in find_drift()


def test_finds_a_lot_that_was_removed() -> None:
    give(make_member(), 10)
    lot = Lot.objects.get()

    with transaction.atomic():
        falsify("DELETE FROM loyalty_lot")
        drifts = find_drift()
        transaction.set_rollback(True)

    assert Drift(lot.pk, "AVAILABLE", counted=0, moved=10) in drifts


def test_finds_points_that_went_to_somebody_else() -> None:
    shop = make_installation()
    alice, bob = make_member(shop), make_member(shop)
    give(alice, 10)
    lot = Lot.objects.get()

    falsify(f"UPDATE loyalty_lot SET member_id = '{bob}'")

    assert [str(drift) for drift in find_drift()] == [
        f"lot {lot.pk}: a movement of another member or shop"
    ]


def test_stops_at_a_limit() -> None:
    alice = make_member()
    for _ in range(5):
        give(alice, 10)
    falsify("UPDATE loyalty_lot SET available = 7, spent = 3")

    assert len(find_drift(limit=4)) == 4
