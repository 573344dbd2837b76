"""What becomes of stored events."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from factories import DAY, NOON, make_shop, money, order_payload
from loopback import LoopbackServer
from signing import event_body

from saleor_loyalty.entrypoints.webhooks import doubts, inbox
from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.entrypoints.webhooks.receive import Delivery
from saleor_loyalty.entrypoints.webhooks.receive import store as store_delivery
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.queries import shop as shop_by_key
from saleor_loyalty.members.models import Member
from saleor_loyalty.orders.models import Order

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def store(shop: Installation, name: str, body: bytes, at: datetime = NOON) -> None:
    """Put an event into the inbox as the door does, once its signature was found good."""
    store_delivery(Delivery(shop.api_url, name, "", body), shop_by_key(shop.pk), name, at)


def store_order(shop: Installation, event: str = "OrderPaid", **order: Any) -> None:
    payload = order_payload(**order)
    body = event_body(event, payload, app_id=shop.app_id, issued_at=payload_time(payload))
    store(shop, event, body)


def payload_time(payload: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(payload["updatedAt"]) + timedelta(seconds=1)


def statuses() -> list[str]:
    return list(InboxEvent.objects.order_by("id").values_list("status", flat=True))


def points_of(number: str) -> int:
    return Order.objects.get(number=number).points


class TestDrain:
    def test_turns_a_paid_order_into_points(self) -> None:
        store_order(make_shop())

        assert inbox.drain(at=NOON) == inbox.Drained(done=1)

        assert points_of("1001") == 100
        assert statuses() == ["DONE"]

    def test_finds_nothing_to_do_twice(self) -> None:
        store_order(make_shop())
        inbox.drain(at=NOON)

        assert inbox.drain(at=NOON) == inbox.Drained()

    def test_keeps_shops_apart(self) -> None:
        for _ in range(2):
            store_order(make_shop())

        inbox.drain(at=NOON)

        assert list(Order.objects.values_list("points", flat=True)) == [100, 100]
        assert Member.objects.count() == 2

    def test_asks_the_database_as_often_for_many_events_as_for_one(
        self, django_assert_max_num_queries: Any
    ) -> None:
        shop = make_shop()
        for number in range(60):
            store_order(shop, order_id=f"O{number}", number=str(number), user=f"U{number % 20}")

        with django_assert_max_num_queries(20):
            assert inbox.drain(at=NOON).done == 60

    def test_one_bad_event_does_not_hold_up_the_others(self) -> None:
        shop = make_shop()
        store_order(shop)
        store(shop, "OrderPaid", b'{"order": 7}')
        store_order(shop, order_id="O2", number="1002")

        assert inbox.drain(at=NOON) == inbox.Drained(done=2, failed=1)

        assert statuses() == ["DONE", "WAITING", "DONE"]
        failed = InboxEvent.objects.get(status="WAITING")
        assert "KeyError: 'issuedAt'" in failed.traceback
        assert (failed.attempts, failed.due_at > NOON) == (1, True)

    def test_a_bad_event_waits_longer_each_time_and_is_given_up(self) -> None:
        store(make_shop(), "OrderPaid", b'{"order": 7}')
        waits, at = [], NOON
        for _ in range(inbox.ATTEMPTS_MAX):
            inbox.drain(at=at)
            event = InboxEvent.objects.get()
            waits.append(event.due_at - at)
            at = event.due_at

        assert waits == sorted(waits)
        assert statuses() == ["FAILED"]
        assert inbox.drain(at=at + DAY) == inbox.Drained()

    def test_what_was_given_up_can_be_replayed(self) -> None:
        store(make_shop(), "OrderPaid", b'{"order": 7}')
        InboxEvent.objects.update(status="FAILED", attempts=inbox.ATTEMPTS_MAX)

        assert inbox.replay(at=NOON) == 1

        assert statuses() == ["WAITING"]

    def test_old_events_are_pruned_once_they_are_done(self) -> None:
        shop = make_shop()
        store_order(shop)
        inbox.drain(at=NOON)
        store_order(shop, order_id="O2", number="1002")

        assert inbox.prune(before=timezone.now() + DAY) == 1

        assert statuses() == ["WAITING"]

    def test_events_that_do_not_concern_points_are_done_at_once(self) -> None:
        store(make_shop(), "SomethingNew", b'{"__typename": "SomethingNew"}')

        assert inbox.drain(at=NOON) == inbox.Drained(done=1)

    def test_a_new_customer_is_enrolled(self) -> None:
        shop = make_shop()
        body = json.dumps({"__typename": "CustomerCreated", "user": {"id": "VXNlcjo5"}})
        store(shop, "CustomerCreated", body.encode())

        inbox.drain(at=NOON)

        assert Member.objects.get().saleor_user_id == "VXNlcjo5"

    def test_a_removed_app_is_no_longer_listened_to(self) -> None:
        shop = make_shop()
        body = json.dumps({"__typename": "AppDeleted", "app": {"id": shop.app_id}})
        store(shop, "AppDeleted", body.encode())

        inbox.drain(at=NOON)

        shop.refresh_from_db()
        assert not shop.is_active


class TestDoubts:
    """Saleor is a server on this machine that knows order 1001, half refunded by now."""

    HALF = order_payload(
        totalCharged=money(55), totalRefunded=money(55), chargeStatus="PARTIAL", updated_at=NOON
    )

    @pytest.fixture
    def saleor(self) -> Iterator[LoopbackServer]:
        orders = {"orders": {"edges": [{"node": json.loads(json.dumps(self.HALF, default=float))}]}}
        with LoopbackServer(lambda _path, _body: (200, {"data": orders})).running() as server:
            yield server

    @pytest.fixture
    def shop(self, saleor: LoopbackServer) -> Installation:
        return make_shop(api_url=f"{saleor.url}/graphql/")

    def test_an_order_with_hidden_fields_is_asked_for(
        self, shop: Installation, saleor: LoopbackServer
    ) -> None:
        body = event_body("OrderPaid", {"id": "T3JkZXI6MQ==", "total": None}, app_id=shop.app_id,
                          issued_at=NOON, errors=[{"message": "PermissionDenied"}])  # fmt: skip
        store(shop, "OrderPaid", body)

        assert inbox.drain(at=NOON) == inbox.Drained(doubtful=1)
        assert doubts.settle(at=NOON) == 1

        assert (points_of("1001"), statuses()) == (50, ["DONE"])
        assert saleor.asked == ["/graphql/"]

    def test_many_contradictions_are_settled_in_one_call(
        self, shop: Installation, saleor: LoopbackServer
    ) -> None:
        store_order(shop)
        inbox.drain(at=NOON)
        for event in ("OrderUpdated", "OrderRefunded"):
            store_order(shop, event, totalRefunded=money(55), totalCharged=money(55))

        assert inbox.drain(at=NOON) == inbox.Drained(doubtful=2)
        assert points_of("1001") == 100
        doubts.settle(at=NOON)

        assert (points_of("1001"), statuses()) == (50, ["DONE"] * 3)
        assert saleor.asked == ["/graphql/"]

    def test_while_saleor_is_away_the_event_waits_and_is_not_lost(
        self, shop: Installation, saleor: LoopbackServer
    ) -> None:
        saleor.answer = lambda _path, _body: (503, None)
        body = event_body("OrderPaid", {"id": "T3JkZXI6MQ=="}, app_id=shop.app_id, issued_at=NOON)
        store(shop, "OrderPaid", body)
        inbox.drain(at=NOON)

        doubts.settle(at=NOON)
        event = InboxEvent.objects.get()
        assert (event.status, event.attempts, event.due_at > NOON) == ("DOUBTFUL", 0, True)
        assert doubts.settle(at=NOON) == 0

    def test_however_long_saleor_is_away_no_event_is_given_up(
        self, shop: Installation, saleor: LoopbackServer
    ) -> None:
        saleor.answer = lambda _path, _body: (503, None)
        body = event_body("OrderPaid", {"id": "T3JkZXI6MQ=="}, app_id=shop.app_id, issued_at=NOON)
        store(shop, "OrderPaid", body)
        inbox.drain(at=NOON)

        for hour in range(inbox.ATTEMPTS_MAX + 2):
            assert doubts.settle(at=NOON + hour * HOUR) == 1

        assert statuses() == ["DOUBTFUL"]

    def test_an_event_that_cannot_be_read_takes_no_other_down(
        self, shop: Installation, saleor: LoopbackServer
    ) -> None:
        body = event_body("OrderPaid", {"id": "T3JkZXI6MQ=="}, app_id=shop.app_id, issued_at=NOON)
        store(shop, "OrderPaid", body)
        inbox.drain(at=NOON)
        store(shop, "OrderPaid", b"not JSON")
        InboxEvent.objects.update(status="DOUBTFUL")

        doubts.settle(at=NOON)

        assert statuses() == ["DONE", "DOUBTFUL"]
        assert points_of("1001") == 50
        assert list(InboxEvent.objects.order_by("id").values_list("attempts", flat=True)) == [0, 1]

    @pytest.mark.parametrize(("buyer", "calls"), [(None, 1), ("VXNlcjox", 0)])
    def test_a_changed_customer_is_asked_about_only_where_guests_have_bought(
        self, shop: Installation, saleor: LoopbackServer, buyer: str | None, calls: int
    ) -> None:
        saleor.answer = lambda _path, _body: (
            200, {"data": {"orders": {"pageInfo": {"hasNextPage": False}, "edges": []}}}
        )  # fmt: skip
        store_order(shop, user=buyer)
        inbox.drain(at=timezone.now())
        body = json.dumps({"__typename": "CustomerUpdated", "user": {"id": "VXNlcjo5"}}).encode()
        store(shop, "CustomerUpdated", body)
        inbox.drain(at=timezone.now())
        doubts.settle(at=timezone.now())

        assert len(saleor.asked) == calls
        assert statuses() == ["DONE", "DONE"]

    @pytest.mark.parametrize(
        ("issuer", "calls"), [({"id": "OURS"}, 0), ({"id": "THEIRS"}, 1), ({}, 1), (None, 1)]
    )
    def test_what_we_wrote_of_a_customer_ourselves_is_no_news(
        self, shop: Installation, saleor: LoopbackServer, issuer: Any, calls: int
    ) -> None:
        saleor.answer = lambda _path, _body: (
            200, {"data": {"orders": {"pageInfo": {"hasNextPage": False}, "edges": []}}}
        )  # fmt: skip
        store_order(shop, user=None)
        inbox.drain(at=timezone.now())
        body = json.dumps(
            {"__typename": "CustomerUpdated", "user": {"id": "VXNlcjo5"},
             "issuingPrincipal": issuer, "recipient": {"id": "OURS"}}
        ).encode()  # fmt: skip
        store(shop, "CustomerUpdated", body)
        inbox.drain(at=timezone.now())
        doubts.settle(at=timezone.now())

        assert len(saleor.asked) == calls
        assert statuses() == ["DONE", "DONE"]

    def test_an_event_in_doubt_is_leased_while_saleor_is_asked(
        self, shop: Installation, saleor: LoopbackServer
    ) -> None:
        seen: list[int] = []

        def answer(_path: str, _body: Any) -> tuple[int, Any]:
            seen.append(1)
            return 503, None

        saleor.answer = answer
        body = event_body("OrderPaid", {"id": "T3JkZXI6MQ=="}, app_id=shop.app_id, issued_at=NOON)
        store(shop, "OrderPaid", body)
        inbox.drain(at=NOON)
        InboxEvent.objects.update(due_at=NOON + 2 * MINUTE)

        assert doubts.settle(at=NOON) == 0
        assert seen == []
