"""What the door for webhooks lets in, and what it answers."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from factories import NOON, make_shop, order_payload
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback import LoopbackServer
from signing import SigningKey, event_body

from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.entrypoints.webhooks.receive import Delivery, receive
from saleor_loyalty.installations.models import Installation

pytestmark = pytest.mark.django_db
KEY = SigningKey()
OTHER_KEY = SigningKey()


@pytest.fixture
def shop() -> Installation:
    return make_shop(jwks=KEY.jwks)


def paid(shop: Installation, **changes: Any) -> bytes:
    return event_body("OrderPaid", order_payload(), app_id=shop.app_id, issued_at=NOON, **changes)


def deliver(shop: Installation, body: bytes, **changes: Any) -> HTTPStatus:
    given = {"api_url": shop.api_url, "event": "order_paid", "signature": KEY.sign(body)}
    return receive(Delivery(**(given | changes), body=body), at=NOON)


class TestReceive:
    def test_stores_what_the_shop_signed_byte_for_byte(self, shop: Installation) -> None:
        body = paid(shop)

        assert deliver(shop, body) == HTTPStatus.OK

        event = InboxEvent.objects.get()
        assert (bytes(event.body), event.name, event.status) == (body, "OrderPaid", "WAITING")

    def test_stores_the_same_delivery_once(self, shop: Installation) -> None:
        assert [deliver(shop, paid(shop)) for _ in range(3)] == [HTTPStatus.OK] * 3

        assert InboxEvent.objects.count() == 1

    def test_costs_one_statement_once_the_shop_is_known(
        self, shop: Installation, django_assert_num_queries: Any
    ) -> None:
        deliver(shop, paid(shop))

        with django_assert_num_queries(1):
            deliver(shop, paid(shop, note="again"))

    @pytest.mark.parametrize(
        ("changes", "answer"),
        [
            ({"signature": ""}, HTTPStatus.UNAUTHORIZED),
            ({"signature": "a..b"}, HTTPStatus.UNAUTHORIZED),
            ({"signature": "x" * 5000}, HTTPStatus.UNAUTHORIZED),
            ({"signature": OTHER_KEY.sign(b"{}")}, HTTPStatus.UNAUTHORIZED),
            ({"signature": KEY.sign(b"another body")}, HTTPStatus.UNAUTHORIZED),
            ({"api_url": "https://nobody.example/graphql/"}, HTTPStatus.NOT_FOUND),
            ({"api_url": ""}, HTTPStatus.NOT_FOUND),
            ({"event": "order_created"}, HTTPStatus.BAD_REQUEST),
        ],
    )
    def test_keeps_nothing_of_what_it_refuses(
        self, shop: Installation, changes: dict[str, Any], answer: HTTPStatus
    ) -> None:
        assert deliver(shop, paid(shop), **changes) == answer

        assert not InboxEvent.objects.exists()

    @pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS256"}, {"b64": True}])
    def test_knows_one_way_of_signing_only(
        self, shop: Installation, header: dict[str, Any]
    ) -> None:
        body = paid(shop)
        _, _, signature = KEY.sign(body).split(".")
        forged = f"{jws_header(**header)}..{signature}"

        assert deliver(shop, body, signature=forged) == HTTPStatus.UNAUTHORIZED

    def test_refuses_a_body_signed_for_another_app(self, shop: Installation) -> None:
        body = event_body("OrderPaid", order_payload(), app_id="QXBwOjk5", issued_at=NOON)

        assert deliver(shop, body) == HTTPStatus.UNAUTHORIZED

        assert not InboxEvent.objects.exists()

    def test_refuses_another_shops_body(self, shop: Installation) -> None:
        other = make_shop(jwks=OTHER_KEY.jwks)

        assert deliver(other, paid(shop)) == HTTPStatus.UNAUTHORIZED

    def test_refuses_a_shop_that_removed_the_app(self, shop: Installation) -> None:
        Installation.objects.update(is_active=False)

        assert deliver(shop, paid(shop)) == HTTPStatus.NOT_FOUND

    def test_refuses_a_body_above_the_limit(self, shop: Installation, settings: Any) -> None:
        settings.WEBHOOK_BODY_BYTES_MAX = 100

        assert deliver(shop, paid(shop)) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    @pytest.mark.parametrize(
        "body",
        [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"__typename": 1, "recipient": null}',
         b"[" * 100_000, b'{"recipient": {"id": "QXBwOjE="}}'],
    )  # fmt: skip
    def test_calls_signed_garbage_a_bad_request(self, shop: Installation, body: bytes) -> None:
        assert deliver(shop, body) == HTTPStatus.BAD_REQUEST

        assert not InboxEvent.objects.exists()

    @given(body=st.binary(max_size=200) | st.text(max_size=50).map(str.encode))
    @settings(
        max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_never_breaks_on_whatever_is_sent(self, shop: Installation, body: bytes) -> None:
        assert deliver(shop, body).value in range(400, 404)


class TestKeyRotation:
    """The shop is a server on this machine that shows the keys it has."""

    LATER = NOON + timedelta(minutes=5)

    @pytest.fixture
    def saleor(self) -> Iterator[LoopbackServer]:
        with LoopbackServer(lambda _path, _body: (200, OTHER_KEY.jwks)).running() as server:
            yield server

    @pytest.fixture
    def shop(self, saleor: LoopbackServer) -> Installation:
        return make_shop(jwks=KEY.jwks, api_url=f"{saleor.url}/graphql/")

    def deliver(self, shop: Installation, key: SigningKey, at: datetime) -> HTTPStatus:
        body = paid(shop)
        return receive(Delivery(shop.api_url, "order_paid", key.sign(body), body), at=at)

    def test_a_new_key_is_fetched_once_and_trusted(
        self, shop: Installation, saleor: LoopbackServer
    ) -> None:
        times = [self.LATER + timedelta(minutes=minute) for minute in range(3)]

        assert [self.deliver(shop, OTHER_KEY, at) for at in times] == [HTTPStatus.OK] * 3

        assert saleor.asked == ["/.well-known/jwks.json"]

    def test_a_stranger_makes_us_ask_at_most_once_a_minute(
        self, shop: Installation, saleor: LoopbackServer
    ) -> None:
        times = [self.LATER + timedelta(seconds=second) for second in range(0, 50, 10)]
        stranger = SigningKey()

        assert {self.deliver(shop, stranger, at) for at in times} == {HTTPStatus.UNAUTHORIZED}

        assert len(saleor.asked) == 1

    def test_an_old_key_is_no_longer_trusted_once_it_is_replaced(self, shop: Installation) -> None:
        self.deliver(shop, OTHER_KEY, self.LATER)

        assert self.deliver(shop, KEY, self.LATER) == HTTPStatus.UNAUTHORIZED

    def test_while_keys_cannot_be_fetched_saleor_is_asked_to_try_again(
        self, shop: Installation, saleor: LoopbackServer
    ) -> None:
        saleor.answer = lambda _path, _body: (500, None)

        assert self.deliver(shop, OTHER_KEY, self.LATER) == HTTPStatus.SERVICE_UNAVAILABLE
        assert self.deliver(shop, KEY, self.LATER) == HTTPStatus.OK


class TestDoor:
    """The same through HTTP."""

    PATH = "/api/webhooks/saleor/orders"

    def post(self, shop: Installation, body: bytes, **headers: str) -> int:
        given = {"Saleor-Api-Url": shop.api_url, "Saleor-Event": "order_paid",
                 "Saleor-Signature": KEY.sign(body)}  # fmt: skip
        answer = Client().post(
            self.PATH, body, content_type="application/json", headers=given | headers
        )
        return answer.status_code

    def test_lets_a_signed_delivery_in(self, shop: Installation) -> None:
        assert self.post(shop, paid(shop)) == 200

        assert InboxEvent.objects.count() == 1

    def test_does_not_read_a_body_above_the_limit(self, shop: Installation, settings: Any) -> None:
        settings.WEBHOOK_BODY_BYTES_MAX = 100

        assert self.post(shop, b"x" * 101) == 413

    def test_answers_posts_only(self) -> None:
        assert Client().get(self.PATH).status_code == 405

    @pytest.mark.django_db(transaction=True)
    def test_asks_saleor_to_try_again_while_the_database_is_away(self, shop: Installation) -> None:
        self.post(shop, paid(shop))
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE loyalty_inboxevent RENAME TO inbox_elsewhere")
        try:
            assert self.post(shop, paid(shop, note="again")) == 503
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER TABLE inbox_elsewhere RENAME TO loyalty_inboxevent")

        assert self.post(shop, paid(shop, note="again")) == 200

    @pytest.mark.django_db(transaction=True)
    def test_outlives_a_connection_that_the_server_closed(self, shop: Installation) -> None:
        self.post(shop, paid(shop))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        terminate(pid)

        assert self.post(shop, paid(shop, note="again")) == 200


def terminate(pid: int) -> None:
    """End a database connection from another one."""
    other = connections.create_connection("default")
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])
    other.close()


def jws_header(**header: Any) -> str:
    """Return the first part of a JWS with this header."""
    head = {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": KEY.kid} | header
    return urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()
