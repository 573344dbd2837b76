"""What is heard of an order becomes points: news, doubts, terms, buyers and due dates."""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import DAY, NOON, make_installation, make_shop
from orders.states import (
    AFTER_DELIVERY,
    ALICE,
    BOB,
    CANCELLED,
    FULFILLED,
    HOUR,
    ONE_A_DOLLAR,
    ORDER_ID,
    RETURNED,
    UNPAID,
    parcels,
    refund,
    state,
    tell,
)

from saleor_loyalty.accrual.operations import Outcome
from saleor_loyalty.accrual.reconciliation import find_order_drift
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import member_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger import timed
from saleor_loyalty.ledger.models import Lot, Posting
from saleor_loyalty.ledger.reconciliation import find_drift
from saleor_loyalty.members.models import Member
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.earning_terms import Earning
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.programme.parts import Rate
from saleor_loyalty.programme.timing_terms import Expiry, Maturity

pytestmark = pytest.mark.django_db


def hour(number: int) -> str:
    return (NOON + number * HOUR).isoformat()


def queries_of(act: Callable[[], object]) -> int:
    """Count the statements `act` sends, savepoints apart."""
    with CaptureQueriesContext(connection) as queries:
        act()
    return sum("SAVEPOINT" not in query["sql"] for query in queries)


def points(number: str = "1001") -> int:
    return Order.objects.get(number=number).points


def balance(user: str = ALICE) -> dict[str, int]:
    """The customer's points by state, without the zeros and what is gone."""
    sums: dict[str, int] = defaultdict(int)
    for lot in Lot.objects.filter(member__saleor_user_id=user):
        for column in ("pending", "available", "held", "spent", "owed", "repaid", "expired"):
            sums[column] += getattr(lot, column)
    return {column: n for column, n in sums.items() if n}


def reasons() -> list[tuple[str, str]]:
    return list(Posting.objects.order_by("id").values_list("kind", "reason__code"))


@pytest.fixture
def shop() -> Installation:
    return make_shop()


class TestAPaidOrder:
    def test_earns_points_for_its_buyer(self, shop: Installation) -> None:
        assert tell(shop, state()) == Outcome(1, frozenset())

        order = Order.objects.get()
        assert (order.points, order.postings, order.paid_at) == (100, 1, NOON)
        assert order.member_id == member_key(shop.pk, ALICE)
        assert order.receipt["lines"] == [
            {"line": "L1", "rule": "base", "points": 60},
            {"line": "L2", "rule": "base", "points": 40},
        ]
        assert balance() == {"available": 100}
        assert reasons() == [("EARN", "ORDER")]

    def test_earns_once_however_often_it_is_heard_of(self, shop: Installation) -> None:
        outcomes = [tell(shop, *[state()] * 3), tell(shop, state()), tell(shop, state(read=5))]

        assert [outcome.changed for outcome in outcomes] == [1, 0, 0]
        assert reasons() == [("EARN", "ORDER")]

    def test_earns_nothing_before_it_is_paid(self, shop: Installation) -> None:
        tell(shop, state(**UNPAID))

        assert Order.objects.get().receipt == {"nothing": "NOT_PAID"}
        tell(shop, state(1))
        assert balance() == {"available": 100}

    def test_earns_nothing_in_a_shop_without_a_programme_until_there_is_one(self) -> None:
        bare = make_installation()
        tell(bare, state())
        assert Order.objects.get().receipt == {"nothing": "NO_PROGRAMME"}

        publish(installation_id=bare.pk, document=ONE_A_DOLLAR, at=NOON + HOUR)
        tell(bare, state(1))

        assert points() == 100

    def test_gives_nothing_for_what_nobody_bought(self, shop: Installation) -> None:
        tell(shop, state(origin="REISSUE"))

        assert Order.objects.get().receipt == {"nothing": "NOT_A_SALE"}
        assert not Posting.objects.exists()


class TestChanges:
    def test_take_and_give_back_exactly_the_difference(self, shop: Installation) -> None:
        tell(shop, state())
        tell(shop, state(1, **refund(80)))
        tell(shop, state(2, **refund(35)))
        tell(shop, state(3))
        tell(shop, state(4, **CANCELLED))

        moved = [
            sum(move.points for move in posting.movement_set.all())
            for posting in Posting.objects.order_by("id")
        ]
        assert moved == [100, 20, 45, 65, 100]
        assert reasons() == [
            ("EARN", "ORDER"),
            ("CLAW_BACK", "ORDER_REFUND"),
            ("CLAW_BACK", "ORDER_REFUND"),
            ("EARN", "ORDER_REINSTATED"),
            ("CLAW_BACK", "ORDER_CANCELLED"),
        ]
        assert (points(), balance()) == (0, {})

    def test_post_nothing_if_the_points_stay_the_same(self, shop: Installation) -> None:
        tell(shop, state())
        tell(shop, state(1, **FULFILLED))

        assert len(reasons()) == 1

    def test_keep_the_points_of_an_order_that_is_partial_only_because_of_a_refund(
        self, shop: Installation
    ) -> None:
        tell(shop, state())
        tell(shop, state(1, **refund(90)))

        assert points() == 90

    def test_older_than_what_is_known_are_ignored(self, shop: Installation) -> None:
        tell(shop, state(2, **refund(50)))

        assert tell(shop, state(1)) == Outcome(0, frozenset())
        assert points() == 50
        assert tell(shop, state(2, **refund(50))) == Outcome(0, frozenset())

    def test_of_replaced_goods_keep_the_points(self, shop: Installation) -> None:
        tell(shop, state(fulfillments=parcels("REPLACED"), status="FULFILLED"))

        assert points() == 100

    def test_of_returned_goods_take_points_before_the_money_is_back(
        self, shop: Installation
    ) -> None:
        tell(shop, state())
        tell(shop, state(1, **RETURNED))

        assert (points(), balance()) == (60, {"available": 60})

    def test_make_the_member_owe_what_was_spent_and_later_orders_repay(
        self, shop: Installation
    ) -> None:
        tell(shop, state())
        alice = member_key(shop.pk, ALICE)
        ledger.spend(member_id=alice, points=100, key="reward", reason={}, at=NOON)
        tell(shop, state(1, **refund(40)))
        assert balance() == {"spent": 40, "owed": 60}

        tell(shop, state(2, order_id="T3JkZXI6Mg==", number="1002"))

        assert balance() == {"spent": 40, "available": 40, "repaid": 60}
        tell(shop, state(3))
        assert balance() == {"spent": 100, "available": 100}
        assert find_drift() == find_order_drift() == []


class TestDoubt:
    """Two different states claim the same change date."""

    def test_changes_nothing_and_is_reported(self, shop: Installation) -> None:
        tell(shop, state())

        outcome = tell(shop, state(read=1, **RETURNED))

        assert outcome == Outcome(0, frozenset({ORDER_ID}))
        assert points() == 100

    def test_is_reported_within_one_batch_too(self, shop: Installation) -> None:
        outcome = tell(shop, state(), state(read=1, **RETURNED))

        assert outcome == Outcome(0, frozenset({ORDER_ID}))

    def test_is_over_once_something_newer_is_heard(self, shop: Installation) -> None:
        outcome = tell(shop, state(), state(read=1, **RETURNED), state(2))

        assert outcome == Outcome(1, frozenset())

    def test_is_ended_by_an_answer_of_saleors(self, shop: Installation) -> None:
        tell(shop, state())
        tell(shop, state(read=1, **RETURNED))

        assert tell(shop, state(read=2, **RETURNED), is_certain=True).changed == 1
        assert points() == 60

    def test_is_not_ended_by_an_answer_older_than_what_is_known(self, shop: Installation) -> None:
        tell(shop, state(2, **refund(50)))

        tell(shop, state(1, read=3), is_certain=True)

        assert points() == 50

    def test_is_ended_by_the_later_of_two_answers_whichever_comes_first(
        self, shop: Installation
    ) -> None:
        tell(shop, state())
        tell(shop, state(read=2, **RETURNED), is_certain=True)

        tell(shop, state(read=1), is_certain=True)

        assert points() == 60


class TestTerms:
    DOUBLE = Programme(earning=Earning(rates={"USD": Rate(points=2, per=Decimal(1))}))

    def test_are_those_in_force_when_the_order_was_made(self, shop: Installation) -> None:
        publish(installation_id=shop.pk, document=self.DOUBLE, at=NOON + HOUR)

        tell(shop, state(2), state(2, order_id="new", number="2", created=hour(1)))

        assert (points("1001"), points("2")) == (100, 200)

    def test_stay_as_they_were_for_a_refund_later(self, shop: Installation) -> None:
        tell(shop, state())
        publish(installation_id=shop.pk, document=self.DOUBLE, at=NOON)

        tell(shop, state(2, **refund(50)))

        assert points() == 50

    def test_are_the_first_ones_for_orders_made_before(self, shop: Installation) -> None:
        publish(installation_id=shop.pk, document=self.DOUBLE, at=NOON + HOUR)

        tell(shop, state(created=hour(-1000)))

        assert points() == 100


class TestBuyers:
    def test_who_are_guests_earn_once_the_order_is_given_to_their_account(
        self, shop: Installation
    ) -> None:
        tell(shop, state(user=None))
        assert Order.objects.get().receipt == {"nothing": "NO_CUSTOMER"}
        assert not Member.objects.exists()

        # This doesn't move the change date.
        tell(shop, state(read=1), is_certain=True)

        assert balance() == {"available": 100}

    def test_who_are_deleted_stay_members(self, shop: Installation) -> None:
        tell(shop, state())
        tell(shop, state(1, user=None, **refund(50)))

        assert (points(), balance()) == (50, {"available": 50})

    def test_keep_their_points_if_the_order_is_given_to_somebody_else(
        self, shop: Installation
    ) -> None:
        tell(shop, state())
        tell(shop, state(1, user=BOB, **refund(50)))

        assert (balance(), balance(BOB)) == ({"available": 50}, {})

    def test_of_another_shop_with_the_same_ids_are_others(self, shop: Installation) -> None:
        other = make_shop()
        tell(shop, state())
        ours = Order.objects.filter(installation=shop).values()
        before = ours.get()

        tell(other, state(**refund(50)))
        tell(other, state(1, **CANCELLED))

        assert ours.get() == before
        assert Order.objects.get(installation=other).points == 0
        assert Lot.objects.get(installation=shop).available == 100


class TestMaturity:
    @pytest.fixture
    def shop(self) -> Installation:
        return make_shop(AFTER_DELIVERY)

    def test_is_not_known_until_everything_was_sent(self, shop: Installation) -> None:
        tell(shop, state())

        lot = Lot.objects.get()
        assert (lot.pending, lot.matures_at, lot.expires_at) == (100, None, None)

    def test_begins_with_the_last_parcel(self, shop: Installation) -> None:
        tell(shop, state())
        tell(shop, state(2, **FULFILLED))

        lot = Lot.objects.get()
        sent = NOON + HOUR
        assert (lot.matures_at, lot.lapses_at) == (sent + 14 * DAY, sent + 379 * DAY)
        assert timed.mature(at=sent + 14 * DAY - timedelta(seconds=1)) == 0
        assert timed.mature(at=sent + 14 * DAY) == 1
        assert balance() == {"available": 100}

    def test_comes_with_the_first_posting_of_an_order_heard_of_late(
        self, shop: Installation
    ) -> None:
        tell(shop, state(2, **FULFILLED), at=NOON + 20 * DAY)

        assert balance() == {"available": 100}

    def test_is_forgotten_if_the_parcel_is_cancelled(self, shop: Installation) -> None:
        tell(shop, state())
        tell(shop, state(1, **FULFILLED))
        tell(shop, state(2, fulfillments=parcels("CANCELED")))

        assert Lot.objects.get().matures_at is None

    def test_does_not_protect_points_from_a_refund(self, shop: Installation) -> None:
        tell(shop, state())
        tell(shop, state(1, **FULFILLED))
        tell(shop, state(2, **FULFILLED, **refund(70)))
        assert balance() == {"pending": 70}
        timed.mature(at=NOON + 20 * DAY)

        tell(shop, state(3, **FULFILLED, **refund(20)), at=NOON + 21 * DAY)

        assert balance() == {"available": 20}

    def test_may_be_later_than_any_expiry_counted_from_the_payment(
        self, shop: Installation
    ) -> None:
        brief = AFTER_DELIVERY.model_copy(update={"expiry": Expiry(days=1)})
        publish(installation_id=shop.pk, document=brief, at=NOON)
        sent = parcels("FULFILLED", created=NOON + 40 * DAY)
        tell(shop, state())

        tell(shop, state(1000, status="FULFILLED", fulfillments=sent), at=NOON + 54 * DAY)
        timed.mature(at=NOON + 54 * DAY)

        assert balance() == {"available": 100}

    def test_starts_from_the_first_payment_wherever_it_is_heard_of(self) -> None:
        maturity = Maturity(days=14)
        shop = make_shop(ONE_A_DOLLAR.model_copy(update={"maturity": maturity}))
        tell(shop, state(5))

        tell(shop, state(3))

        assert Lot.objects.get().matures_at == NOON + 3 * HOUR + 14 * DAY


class TestABatch:
    def test_sorts_out_news_repetitions_history_and_doubts(self, shop: Installation) -> None:
        def of(name: str, hour: int, **order: Any) -> OrderState:
            return state(hour, order_id=name, number=name, **order)

        tell(shop, of("repeated", 1), of("older", 2), of("doubtful", 1), of("newer", 1))

        outcome = tell(
            shop, of("repeated", 1), of("older", 1, **refund(10)),
            of("doubtful", 1, **refund(10)), of("newer", 2, **refund(10)), of("new", 1),
        )  # fmt: skip

        assert outcome == Outcome(2, frozenset({"doubtful"}))
        assert {order.number: order.points for order in Order.objects.all()} == {
            "repeated": 100,
            "older": 100,
            "doubtful": 100,
            "newer": 10,
            "new": 100,
        }
        assert balance() == {"available": 410}

    def test_may_hold_several_orders_of_one_member(self, shop: Installation) -> None:
        tell(shop, *[state(order_id=f"{n}", number=f"{n}") for n in range(5)])
        tell(shop, *[state(1, order_id=f"{n}", number=f"{n}", **refund(n)) for n in range(9)])

        assert balance() == {"available": sum(range(9))}
        assert find_drift() == find_order_drift() == []

    def test_may_be_empty(self, shop: Installation) -> None:
        assert tell(shop) == Outcome(0, frozenset())

    @pytest.mark.parametrize("changes", [{}, refund(50), refund(0)], ids=["same", "half", "all"])
    def test_sends_as_many_queries_for_one_order_as_for_a_hundred(
        self, changes: dict[str, Any]
    ) -> None:
        sent = []
        for size in (1, 100):
            shop = make_shop()
            paid, changed = [
                [
                    state(hour, order_id=f"{n}", number=f"{n}", user=f"user{n}", **order)
                    for n in range(size)
                ]
                for hour, order in ((0, {}), (1, changes))
            ]
            sent += [queries_of(partial(tell, shop, *states)) for states in (paid, changed)]

        assert sent[:2] == sent[2:]
        assert max(sent) <= 13


def test_a_drift_between_an_order_and_its_lots_is_found(shop: Installation) -> None:
    tell(shop, state())
    Order.objects.update(points=99)

    (drift,) = find_order_drift()

    assert str(drift) == f"order {Order.objects.get().pk}: 99 points recorded, 100 in its lots"


def test_what_became_of_an_order_is_logged_with_its_id(
    shop: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", logger="saleor_loyalty.accrual.settling"):
        tell(shop, state())

    assert caplog.messages == ["100 points instead of 0"]
