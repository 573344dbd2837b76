"""No notice, no expiry: plans, notices, and what changes them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import DAY, NOON, give, make_installation, make_member
from points import converge, wanted

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import expiry, queries, timed
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.expiry import Noticed
from saleor_loyalty.ledger.models import Lot
from saleor_loyalty.pages import Window

pytestmark = pytest.mark.django_db


def plan(
    member_id: UUID,
    points: int = 10,
    *,
    lapses_at: datetime | None = NOON + 30 * DAY,
    expires_at: datetime | None = None,
    matures_at: datetime | None = NOON,
) -> UUID:
    """Let the member earn points with a planned end; return the lot."""
    order_id = new_key()
    parts = {matures_at: points}
    converge(wanted(member_id, order_id, parts, lapses_at=lapses_at, expires_at=expires_at))
    return Lot.objects.get(order_id=order_id).pk


def spend(member_id: UUID, points: int, *, at: datetime = NOON) -> None:
    reason = {"code": "REDEMPTION"}
    ledger.spend(member_id=member_id, points=points, key=str(new_key()), reason=reason, at=at)


def ends(lot_id: UUID) -> tuple[datetime | None, datetime | None]:
    """The lot's planned end, and the one its member was told of."""
    lot = Lot.objects.get(pk=lot_id)
    return lot.lapses_at, lot.expires_at


def notice(*lot_ids: UUID, sent_at: datetime = NOON, days: int = 30) -> list[Noticed]:
    return expiry.notice(lot_ids=lot_ids, sent_at=sent_at, days=days)


class TestNotice:
    def test_makes_the_planned_end_real(self) -> None:
        alice = make_member()
        lot = plan(alice, lapses_at=NOON + 40 * DAY)

        assert notice(lot) == [Noticed(lot, alice, NOON + 40 * DAY)]

        assert ends(lot) == (NOON + 40 * DAY, NOON + 40 * DAY)

    def test_leaves_so_many_days_after_it_was_sent(self) -> None:
        lot = plan(make_member(), lapses_at=NOON + DAY)

        [noticed] = notice(lot, sent_at=NOON + 3 * DAY, days=14)

        assert noticed.expires_at == NOON + 17 * DAY

    def test_leaves_so_many_days_after_the_points_are_available(self) -> None:
        lot = plan(make_member(), matures_at=NOON + 60 * DAY, lapses_at=NOON + 30 * DAY)

        [noticed] = notice(lot, days=14)

        assert noticed.expires_at == NOON + 74 * DAY

    def test_is_given_once_of_points_that_are_left_and_planned_to_end(self) -> None:
        alice = make_member()
        noticed, spent, lasting = plan(alice), plan(alice), plan(alice, lapses_at=None)
        notice(noticed)
        Lot.objects.filter(pk=spent).update(available=0, spent=10)

        assert notice(noticed, spent, lasting, new_key(), sent_at=NOON + DAY) == []

        assert ends(noticed) == (NOON + 30 * DAY, NOON + 30 * DAY)
        assert ends(lasting) == (None, None)

    def test_sends_as_many_queries_for_one_lot_as_for_a_hundred(self) -> None:
        shop = make_installation()
        counts = []
        for size in (1, 100):
            lots = [plan(make_member(shop)) for _ in range(size)]
            with CaptureQueriesContext(connection) as sent:
                assert len(notice(*lots)) == size
            counts.append(len(sent))

        assert counts[0] == counts[1]

    def test_is_what_points_expire_by_and_nothing_else(self) -> None:
        alice = make_member()
        lot = plan(alice, lapses_at=NOON + DAY)
        later = NOON + 9 * DAY

        assert timed.expire(at=later) == 0
        assert queries.balance(alice, at=later).available == 10
        notice(lot, sent_at=later, days=7)
        assert queries.balance(alice, at=later + 7 * DAY - DAY / 2).available == 10
        assert queries.balance(alice, at=later + 7 * DAY).available == 0
        assert timed.expire(at=later + 7 * DAY) == 1


class TestLotsToNotice:
    def test_are_those_planned_to_end_soon_the_soonest_first(self) -> None:
        shop = make_installation()
        alice, bob = make_member(shop), make_member(shop)
        second = plan(alice, 10, lapses_at=NOON + 20 * DAY)
        first = plan(bob, 5, lapses_at=NOON + 10 * DAY, matures_at=None)
        plan(bob, 5, lapses_at=NOON + 30 * DAY)
        plan(bob, 5, lapses_at=None)

        found = queries.lots_to_notice(shop.pk, before=NOON + 30 * DAY, limit=9)

        assert [
            (lot.id, lot.member_id, lot.lapses_at, lot.matures_at, lot.points) for lot in found
        ] == [
            (first, bob, NOON + 10 * DAY, None, 5),
            (second, alice, NOON + 20 * DAY, NOON, 10),
        ]

    def test_come_page_by_page(self) -> None:
        shop = make_installation()
        alice = make_member(shop)
        lots = [plan(alice) for _ in range(5)]

        seen: list[UUID] = []
        after = None
        while page := queries.lots_to_notice(shop.pk, before=NOON + 99 * DAY, after=after, limit=2):
            seen += [lot.id for lot in page]
            after = page[-1].place

        assert seen == sorted(lots)

    def test_are_no_other_shops_nor_spent_nor_noticed_ones(self) -> None:
        shop = make_installation()
        alice = make_member(shop)
        plan(make_member(make_installation()))
        notice(plan(alice))
        plan(alice, lapses_at=NOON + DAY)
        spend(alice, 10)

        assert queries.lots_to_notice(shop.pk, before=NOON + 99 * DAY, limit=9) == []


class TestExtend:
    def test_puts_off_the_end_of_all_lots_of_each_member(self) -> None:
        alice, bob, carol = make_member(), make_member(), make_member()
        lots = [plan(alice), plan(alice, matures_at=None), plan(bob), plan(carol)]

        extended = expiry.extend(until={alice: NOON + 90 * DAY, bob: NOON + 60 * DAY}, at=NOON)

        assert extended == 3
        assert [ends(lot)[0] for lot in lots] == [
            NOON + days * DAY for days in (90, 90, 60, 30)
        ]  # fmt: skip

    def test_never_brings_an_end_nearer_or_about(self) -> None:
        alice = make_member()
        later, lasting = plan(alice, lapses_at=NOON + 99 * DAY), plan(alice, lapses_at=None)

        assert expiry.extend(until={alice: NOON + 90 * DAY}, at=NOON) == 0

        assert (ends(later)[0], ends(lasting)[0]) == (NOON + 99 * DAY, None)

    def test_takes_a_notice_back_so_that_another_is_sent(self) -> None:
        shop = make_installation()
        alice = make_member(shop)
        lot = plan(alice)
        notice(lot)

        expiry.extend(until={alice: NOON + 90 * DAY}, at=NOON + DAY)

        assert ends(lot) == (NOON + 90 * DAY, None)
        [waiting] = queries.lots_to_notice(shop.pk, before=NOON + 99 * DAY, limit=9)
        assert waiting.id == lot

    def test_wakes_no_points_that_are_over_even_if_that_is_not_recorded(self) -> None:
        alice = make_member()
        lot = plan(alice)
        notice(lot)

        assert expiry.extend(until={alice: NOON + 90 * DAY}, at=NOON + 30 * DAY) == 0

        assert queries.balance(alice, at=NOON + 30 * DAY).available == 0

    def test_of_points_that_are_held_counts_when_they_are_released(self) -> None:
        alice = make_member()
        lot = plan(alice)
        ledger.hold(member_id=alice, points=10, key="h", reason={}, at=NOON)

        expiry.extend(until={alice: NOON + 90 * DAY}, at=NOON)

        assert ends(lot)[0] == NOON + 90 * DAY


class TestSetExpiry:
    def test_plans_an_end_only_for_lots_without_one(self) -> None:
        alice = make_member()
        lasting, planned = plan(alice, lapses_at=None), plan(alice)
        noticed = plan(alice, lapses_at=None, expires_at=NOON + 5 * DAY)

        assert set_expiry(alice) == 1

        assert [ends(lot) for lot in (lasting, planned, noticed)] == [
            (NOON + 90 * DAY, None),
            (NOON + 30 * DAY, None),
            (None, NOON + 5 * DAY),
        ]

    def test_counts_from_the_day_points_are_available(self) -> None:
        alice = make_member()
        lots = [
            plan(alice, lapses_at=None, matures_at=matures_at)
            for matures_at in (NOON - 5 * DAY, NOON + 10 * DAY, None)
        ]

        set_expiry(alice)

        assert [ends(lot)[0] for lot in lots] == [NOON + days * DAY for days in (90, 100, 90)]

    def test_leaves_lots_without_points_alone(self) -> None:
        alice = make_member()
        plan(alice, lapses_at=None)
        spend(alice, 10)

        assert set_expiry(alice) == 0


def set_expiry(*member_ids: UUID) -> int:
    return expiry.set_expiry(member_ids=member_ids, lapses_at=NOON + 90 * DAY, at=NOON)


class TestUnsetExpiry:
    def test_lets_points_last_for_ever(self) -> None:
        alice = make_member()
        planned, noticed = plan(alice), plan(alice)
        notice(noticed)

        assert expiry.unset_expiry(member_ids=[alice], at=NOON) == 2

        assert ends(planned) == ends(noticed) == (None, None)

    def test_wakes_no_points_that_are_over(self) -> None:
        alice = make_member()
        lot = plan(alice)
        notice(lot)

        assert expiry.unset_expiry(member_ids=[alice], at=NOON + 30 * DAY) == 0
        assert queries.balance(alice, at=NOON + 30 * DAY).available == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda members: expiry.extend(until=dict.fromkeys(members, NOON + 90 * DAY), at=NOON),
        lambda members: set_expiry(*members),
        lambda members: expiry.unset_expiry(member_ids=members, at=NOON),
    ],
    ids=["extend", "set", "unset"],
)
def test_many_members_take_as_many_queries_as_one(change: Callable[[list[UUID]], int]) -> None:
    shop = make_installation()
    counts = []
    for size in (1, 50):
        members = [make_member(shop) for _ in range(size)]
        for member_id in members:
            plan(member_id)
            plan(member_id, lapses_at=None)
        with CaptureQueriesContext(connection) as sent:
            assert change(members) == size
        counts.append(len(sent))

    assert counts[0] == counts[1]


class TestHolders:
    def test_are_a_shops_members_in_batches(self) -> None:
        shop = make_installation()
        members = sorted(make_member(shop) for _ in range(5))
        make_member(make_installation())

        first = queries.holders(shop.pk, limit=3)
        rest = queries.holders(shop.pk, after=first[-1], limit=3)

        assert first + rest == members


class TestShownEnds:
    def test_of_lots_are_as_planned_until_a_notice_was_sent(self) -> None:
        alice = make_member()
        lot = plan(alice, lapses_at=NOON + DAY)
        window = Window(5)

        before = queries.lots([alice], window, at=NOON)[alice].rows[0].expires_at
        notice(lot)
        after = queries.lots([alice], window, at=NOON)[alice].rows[0].expires_at

        assert (before, after) == (NOON + DAY, NOON + 30 * DAY)

    def test_come_in_one_order_planned_or_told(self) -> None:
        alice = make_member()
        last, first = plan(alice, 1, lapses_at=NOON + 9 * DAY), plan(alice, 2, lapses_at=NOON + DAY)
        plan(alice, 3, lapses_at=None)
        notice(last, days=3)
        notice(first, days=1)

        page = queries.lots([alice], Window(5), at=NOON)[alice]

        assert [lot.earned for lot in page.rows] == [2, 1, 3]

    def test_of_a_balance_is_the_next_that_is_planned_or_told(self) -> None:
        alice = make_member()
        plan(alice, 7, lapses_at=NOON + 9 * DAY)
        plan(alice, 5, lapses_at=None, expires_at=NOON + 9 * DAY)
        plan(alice, 3, lapses_at=NOON + 20 * DAY)

        balance = queries.balance(alice, at=NOON)

        assert (balance.expires_next, balance.expires_next_at) == (12, NOON + 9 * DAY)

    def test_of_a_balance_is_never_in_the_past(self) -> None:
        alice = make_member()
        plan(alice, 7, lapses_at=NOON + DAY)
        plan(alice, 3, lapses_at=NOON + 20 * DAY)

        balance = queries.balance(alice, at=NOON + 2 * DAY)

        assert (balance.available, balance.expires_next) == (10, 3)

    def test_are_the_order_in_which_points_are_drawn(self) -> None:
        alice = make_member()
        later, sooner = (
            plan(alice, lapses_at=NOON + 20 * DAY),
            plan(alice, lapses_at=NOON + 9 * DAY),
        )
        give(alice, 10, expires_at=NOON + 15 * DAY)

        spend(alice, 15, at=NOON + timedelta(hours=1))

        assert [Lot.objects.get(pk=lot).available for lot in (later, sooner)] == [10, 0]
        assert Lot.objects.get(expires_at=NOON + 15 * DAY).available == 5
