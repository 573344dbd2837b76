"""Nonsense at every door: refused in few words, and never a server error."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from deployment import Deployment, eventually
from factories import NOON, order_payload
from signing import event_body
from storms import garbage
from storms.sender import Delivery, deliver
from storms.shop import APP_ID, Sale, Shop, sales

pytestmark = pytest.mark.slow

SECONDS_MAX = 3
_ROWS = """
SELECT (SELECT count(*) FROM loyalty_inboxevent), (SELECT count(*) FROM loyalty_installation)
"""
_UNTRIED = """
SELECT count(*) FROM loyalty_inboxevent WHERE status IN ('WAITING', 'DOUBTFUL') AND attempts = 0
"""
_GOOD_NOT_DONE = """
SELECT status, attempts, left(traceback, 2000) FROM loyalty_inboxevent
WHERE status <> 'DONE' AND position('"id": "Order-' IN encode(body, 'escape')) > 0
"""
ME = "{ me { id balance { available } } }"


@pytest.fixture(scope="module")
def shop(lasting: Deployment) -> Iterator[Shop]:
    with Shop().running() as saleor:
        saleor.install(lasting.url)
        yield saleor


@pytest.fixture(scope="module")
def client(lasting: Deployment) -> Iterator[httpx.Client]:
    # Who is refused before the whole request was read has to connect again.
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(base_url=lasting.url, timeout=SECONDS_MAX, limits=limits) as client:
        yield client
    assert "Traceback" not in lasting.said_by("serve")


def post(client: httpx.Client, delivery: Delivery) -> int:
    """Deliver once; return the status of the answer, which says nothing else."""
    answer = client.post(
        "/api/webhooks/saleor/orders", content=delivery.body, headers=encoded(delivery.headers)
    )
    assert answer.content == b""
    return answer.status_code


def encoded(headers: dict[str, str]) -> dict[bytes, bytes]:
    """Return headers as they go over the wire, so that they may hold anything."""
    return {name.encode(): value.encode() for name, value in headers.items()}


def codes(errors: list[dict[str, Any]]) -> set[str]:
    return {error["extensions"]["code"] for error in errors}


class TestDeliveries:
    SIGNATURES = ("", "x", "a..b", "." * 5000, "eyJhbGciOiJub25lIn0..", "é", "=" * 20)

    def test_unsigned_are_refused_and_not_stored(
        self, lasting: Deployment, shop: Shop, client: httpx.Client
    ) -> None:
        before = lasting.fetch(_ROWS)
        good = shop.delivery("OrderPaid", Sale(1, 10, 0).paid())
        forged = [dict(good.headers, **{"Saleor-Signature": each}) for each in self.SIGNATURES]
        elsewhere = dict(good.headers, **{"Saleor-Api-Url": "https://no.example/graphql/"})

        for body in garbage.BODIES.values():
            too_large = len(body) > 2**20
            for headers in (good.headers, *forged):
                assert post(client, Delivery(body, headers)) == (413 if too_large else 401)
            assert post(client, Delivery(body, elsewhere)) == (413 if too_large else 404)

        assert lasting.fetch(_ROWS) == before

    def test_signed_but_no_events_are_refused_and_not_stored(
        self, lasting: Deployment, shop: Shop, client: httpx.Client
    ) -> None:
        before = lasting.fetch(_ROWS)
        names: list[Any] = [None, 7, [], {}, "OrderPaid\0", "x" * 99]
        recipients: list[Any] = [None, [], "", {"id": 1}]
        events = [{"__typename": name, "recipient": {"id": APP_ID}} for name in names]
        events += [{"__typename": "OrderPaid", "recipient": each} for each in recipients]

        for body in [*garbage.BODIES.values(), *[json.dumps(event).encode() for event in events]]:
            assert post(client, shop.signed("OrderPaid", body)) in {400, 401, 413}
        for event in ("", "order_paid\xff", "OrderUpdated", "x" * 5000):
            good = shop.delivery("OrderPaid", Sale(1, 10, 0).paid())
            headers = dict(good.headers, **{"Saleor-Event": event})
            assert post(client, Delivery(good.body, headers)) == 400

        assert lasting.fetch(_ROWS) == before

    def test_signed_and_absurd_are_set_aside_and_harm_no_other_order(
        self, lasting: Deployment, shop: Shop
    ) -> None:
        good = sales(100)
        absurd = [delivery_of(shop, *numbered) for numbered in garbage.absurd(ORDER)]
        middle = len(absurd) // 2
        lasting.start("worker", "--concurrency", "2")
        lasting.start("beat")

        statuses = deliver(
            lasting.port, [*absurd[:middle], *contradictions(shop, good), *absurd[middle:]]
        )

        assert statuses == {200: len(absurd) + len(good) * 2}
        eventually("everything was tried", lambda: lasting.fetch(_UNTRIED) == [(0,)])
        assert lasting.fetch(_GOOD_NOT_DONE) == []
        recorded = lasting.fetch(
            "SELECT number, points::int FROM loyalty_order WHERE saleor_id LIKE 'Order-%%'"
        )
        assert dict(recorded) == {str(sale.number): sale.points for sale in good}
        assert lasting.run("reconcile").startswith("OK ")


PARCEL = {"status": "RETURNED", "created": "2026-03-01T12:00:00Z",
          "lines": [{"quantity": 1, "orderLine": {"id": "L1"}}]}  # fmt: skip
ORDER = order_payload(order_id="AN-ID", fulfillments=[PARCEL])


def delivery_of(shop: Shop, number: int, order: str) -> Delivery:
    """Return an absurd order's delivery; the shop, when asked, has nothing better to say."""
    order_id = f"Absurd-{number}"
    shop.orders[order_id] = {"id": order_id, "total": None}
    body = event_body("OrderUpdated", {"id": "ORDER"}, app_id=APP_ID, issued_at=NOON).decode()
    told = body.replace('{"id": "ORDER"}', order.replace("AN-ID", order_id))
    return shop.signed("OrderUpdated", told.encode())


def contradictions(shop: Shop, sold: list[Sale]) -> Iterator[Delivery]:
    """Yield two different states of each order with one date, so that the shop must be asked."""
    for sale in sold:
        shop.orders[sale.order_id] = sale.final()
        yield shop.delivery("OrderPaid", sale.final())
        yield shop.delivery("OrderUpdated", sale.final() | {"status": "PARTIALLY_FULFILLED"})


class TestRegistration:
    def test_with_garbage_is_refused_and_not_stored(
        self, lasting: Deployment, shop: Shop, client: httpx.Client
    ) -> None:
        before = lasting.fetch(_ROWS)
        urls = [shop.api_url, "", "x", "https://", "http://[::1", "http://127.0.0.1:1/graphql/",
                "https://é.example/graphql/", "https://x.example:99999/graphql/", "h" * 5000,
                "http://127.0.0.1:1\\@x.example/graphql/"]  # fmt: skip

        for body in garbage.BODIES.values():
            for url in urls:
                headers = encoded({"Saleor-Api-Url": url})
                answer = client.post("/api/register", content=body, headers=headers)
                assert answer.status_code in {400, 403, 413}
                assert answer.json()["success"] is False

        assert lasting.fetch(_ROWS) == before


class TestGraphQL:
    def ask(self, client: httpx.Client, body: bytes, **headers: str) -> httpx.Response:
        sent = {"Content-Type": "application/json"} | headers
        return client.post("/graphql/", content=body, headers=encoded(sent))

    def refusals(self, client: httpx.Client, shop: Shop, query: str) -> set[str]:
        """Send a query that is refused, as staff who may see everything; return the codes."""
        answer = self.ask(
            client, json.dumps({"query": query}).encode(),
            **{"Saleor-Api-Url": shop.api_url, "Authorization-Bearer": shop.staff_token()},
        )  # fmt: skip
        assert answer.status_code < 500
        return codes(answer.json()["errors"])

    def test_bodies_of_any_kind_are_answered_in_graphql(
        self, shop: Shop, client: httpx.Client
    ) -> None:
        statuses: Counter[int] = Counter()
        for body in garbage.BODIES.values():
            for token in ("", "x", "a.b.c", "é", "x" * 9000):
                answer = self.ask(
                    client, body,
                    **{"Saleor-Api-Url": shop.api_url, "Authorization-Bearer": token},
                )  # fmt: skip
                statuses[answer.status_code] += 1
                assert codes(answer.json()["errors"]).isdisjoint({"INTERNAL_ERROR"})

        assert set(statuses) <= {200, 400, 401, 413}

    @pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/graphql"])
    def test_other_kinds_of_content_are_refused(self, client: httpx.Client, kind: str) -> None:
        answer = self.ask(client, b"{}", **{"Content-Type": kind})

        assert answer.status_code == 415

    def test_texts_made_of_its_words_never_trouble_it(
        self, shop: Shop, client: httpx.Client
    ) -> None:
        refusals = {
            code for text in garbage.queries(500) for code in self.refusals(client, shop, text)
        }

        assert refusals == {"INVALID", "MALFORMED"}

    @pytest.mark.parametrize("query", garbage.GREEDY.values(), ids=garbage.GREEDY)
    def test_who_asks_for_too_much_hears_no_at_once(
        self, client: httpx.Client, lasting: Deployment, shop: Shop, query: str
    ) -> None:
        before = lasting.cpu_seconds("serve")

        assert self.refusals(client, shop, query) <= {"INVALID", "LIMIT_EXCEEDED", "MALFORMED"}

        assert lasting.cpu_seconds("serve") - before < 1

    def test_many_operations_at_once_are_refused(self, client: httpx.Client) -> None:
        answer = self.ask(client, json.dumps([{"query": ME}] * 100).encode())

        assert (answer.status_code, codes(answer.json()["errors"])) == (400, {"MALFORMED"})
