"""Orders that change their minds: what comes back, to which lots, whoever tells of it and when."""

from dataclasses import replace
from decimal import Decimal
from itertools import permutations
from uuid import UUID

import pytest
from django.db import transaction
from factories import DAY, give
from redemptions.shelf import TWO_LINES
from redemptions.tills import Till

from saleor_loyalty.accrual import polling
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.ledger.models import Lot
from saleor_loyalty.ledger.store import lock_one
from saleor_loyalty.redemptions import using
from saleor_loyalty.redemptions.models import Redemption


def lots(member: UUID) -> list[tuple[int, int, object]]:
    """What is in each lot of a member's."""
    rows = Lot.objects.filter(member_id=member).order_by("id")
    return [(lot.available, lot.held + lot.spent, lot.expires_at) for lot in rows]


@pytest.fixture
def paid(till: Till, anna: UUID) -> tuple[Redemption, str]:
    """A reward of 100 points, and the order that was paid with it."""
    checkout = till.checkout(anna)
    taken = till.redeem(anna, "money", checkout)
    order = till.pays(anna, checkout)
    till.hears(order.id)
    till.works()
    assert till.points(anna) == (900, 0)
    return taken, order.id


class TestPointsComeBack:
    def test_to_the_lots_they_came_from(self, till: Till) -> None:
        ben = till.member()
        for number in (3, 1, 2):
            give(ben, 60, expires_at=till.at + number * 100 * DAY)
        till.given[ben] = 180
        before = lots(ben)
        checkout = till.checkout(ben)
        till.redeem(ben, "money", checkout)
        order = till.pays(ben, checkout)
        till.hears(order.id)
        # Nearest expiry is drawn first.
        assert [available for available, _gone, _end in lots(ben)] == [60, 0, 20]

        till.saleor.cancel(order.id)
        till.hears(order.id)
        till.works()

        assert lots(ben) == before
        till.check_books()

    @pytest.mark.parametrize("status", ["CANCELED", "EXPIRED"])
    def test_when_the_order_dies(
        self, till: Till, anna: UUID, paid: tuple[Redemption, str], status: str
    ) -> None:
        taken, order = paid
        state = till.state(order)

        till.hears_states(replace(state, status=status, changed_at=state.changed_at + DAY))
        till.works()

        taken.refresh_from_db()
        assert (taken.status, till.points(anna)) == ("RESTORED", (1_000, 0))
        assert taken.code not in till.codes()

    def test_not_where_the_programme_keeps_them(self, till: Till, anna: UUID) -> None:
        till.terms(cancelled="KEEP", refunded="KEEP")
        checkout = till.checkout(anna)
        till.redeem(anna, "money", checkout)
        order = till.pays(anna, checkout)
        till.hears(order.id)
        till.saleor.refund(order.id, Decimal(20))
        till.hears(order.id)
        till.saleor.cancel(order.id)
        till.hears(order.id)
        till.works()

        assert till.points(anna) == (900, 0)

    def test_in_proportion_for_goods_that_were_sent_back(self, till: Till, anna: UUID) -> None:
        checkout = till.checkout(anna, TWO_LINES)
        till.redeem(anna, "money", checkout)
        order = till.pays(anna, checkout)
        till.hears(order.id)
        till.saleor.fulfil(order.id)
        till.hears(order.id)
        assert till.points(anna) == (900, 0)
        first, second = [line["id"] for line in till.saleor.order(order.id)["lines"]]

        till.saleor.return_lines(order.id, {first: 1})
        till.hears(order.id)
        assert till.points(anna) == (925, 0)

        till.saleor.return_lines(order.id, {second: 1})
        till.hears(order.id)
        assert till.points(anna) == (975, 0)

        till.saleor.return_lines(order.id, {first: 1})
        till.hears(order.id)
        till.works()
        assert till.points(anna) == (1_000, 0)
        assert till.rows()[0].status == "RESTORED"

    def test_in_proportion_for_money_and_go_again_when_the_refund_was_undone(
        self, till: Till, anna: UUID, paid: tuple[Redemption, str]
    ) -> None:
        _taken, order = paid

        # Half of what was paid.
        till.saleor.refund(order, Decimal(25))
        till.hears(order)
        assert till.points(anna) == (950, 0)

        till.saleor.report(order, "REFUND_REVERSE", Decimal(25))
        till.hears(order)
        till.works()

        assert till.points(anna) == (900, 0)
        till.rests()

    def test_of_store_credit_only_as_far_as_it_was_drawn_and_stayed(
        self, till: Till, anna: UUID
    ) -> None:
        checkout = till.checkout(anna)
        taken = till.redeem(anna, "card", checkout, times=4)
        order = till.pays(anna, checkout)
        till.hears(order.id)
        till.works()
        assert till.points(anna) == (600, 0)

        till.saleor.cancel(order.id)
        till.hears(order.id)
        till.works()

        taken.refresh_from_db()
        assert (taken.status, till.points(anna)) == ("RESTORED", (1_000, 0))
        card = till.card_of(taken)
        assert card
        assert (card.is_active, card.current) == (False, 0)


class TestHearing:
    """Of the order made, paid, refunded by half, and cancelled."""

    @pytest.mark.parametrize("turn", list(permutations(range(3))))
    def test_late_twice_and_in_any_order_ends_the_same(
        self, till: Till, anna: UUID, turn: tuple[int, ...]
    ) -> None:
        checkout = till.checkout(anna)
        taken = till.redeem(anna, "money", checkout)
        order = till.pays(anna, checkout).id
        states = [till.state(order)]
        till.saleor.refund(order, Decimal(25))
        states.append(till.state(order))
        till.saleor.report(order, "REFUND_REVERSE", Decimal(15))
        states.append(till.state(order))

        for number in (*turn, *turn):
            till.hears_states(states[number])
            till.works()

        # A fifth of what was paid is refunded.
        assert till.points(anna) == (920, 0)
        taken.refresh_from_db()
        assert taken.status == "USED"

    def test_nothing_until_it_is_cancelled_costs_nothing(self, till: Till, anna: UUID) -> None:
        checkout = till.checkout(anna)
        taken = till.redeem(anna, "money", checkout)
        order = till.pays(anna, checkout)
        till.saleor.cancel(order.id)

        till.hears(order.id)
        till.rests()

        taken.refresh_from_db()
        assert taken.status in ("RESTORED", "EXPIRED", "VOIDED")
        assert till.points(anna) == (1_000, 0)

    def test_nothing_at_all_is_made_up_for_by_asking(self, till: Till, anna: UUID) -> None:
        checkout = till.checkout(anna)
        taken = till.redeem(anna, "money", checkout)
        till.pays(anna, checkout)

        till.passes(minutes=31)
        till.works()

        taken.refresh_from_db()
        assert (taken.status, till.points(anna)) == ("USED", (900, 0))

    def test_from_a_poll_is_as_good(self, till: Till, anna: UUID) -> None:
        Installation.objects.update(orders_seen_until=till.sandbox.world.now())
        checkout = till.checkout(anna)
        till.redeem(anna, "money", checkout)
        order = till.pays(anna, checkout)

        polling.catch_up(till.shop, at=till.at)
        assert till.points(anna) == (900, 0)

        till.saleor.cancel(order.id)
        polling.catch_up(till.shop, at=till.at)
        till.works()
        assert till.points(anna) == (1_000, 0)

    def test_old_news_while_saleor_is_asked_changes_nothing(
        self, till: Till, anna: UUID, paid: tuple[Redemption, str]
    ) -> None:
        taken, order = paid
        alive = till.state(order)
        till.saleor.cancel(order)
        till.hears(order)
        assert till.points(anna) == (1_000, 0)

        till.hears_states(alive)
        with transaction.atomic():
            # What Saleor answered before, to a question about the code.
            lock_one(anna)
            using.record([taken.id], using.ordered(till.row.pk, [alive]), at=till.at)
        till.works()

        assert till.points(anna) == (1_000, 0)


def test_points_that_expired_meanwhile_can_be_used_for_a_while_more(till: Till) -> None:
    ben = till.member()
    give(ben, 100, expires_at=till.at + DAY)
    checkout = till.checkout(ben)
    till.redeem(ben, "money", checkout)
    order = till.pays(ben, checkout)
    till.hears(order.id)
    till.passes(days=10)
    till.saleor.cancel(order.id)
    till.hears(order.id)
    till.works()

    assert till.points(ben) == (100, 0)
    till.passes(days=13)
    assert till.points(ben) == (100, 0)
    till.passes(days=2)
    assert till.points(ben) == (0, 0)


def test_taking_and_giving_back_again_and_again_keeps_no_point_alive(till: Till) -> None:
    ben = till.member()
    give(ben, 100, expires_at=till.at + 3 * DAY)
    for _ in range(3):
        taken = till.redeem(ben)
        till.passes(days=1)
        if taken.status == "ISSUED":
            till.cancel(taken)
    till.passes(minutes=1)

    assert till.points(ben) == (0, 0)
