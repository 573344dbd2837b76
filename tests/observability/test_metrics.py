"""/metrics: what several processes counted, and what the database knows."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from factories import make_installation
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries, Settings

from saleor_loyalty.entrypoints import metrics as metrics_page
from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.observability import metrics

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]

COUNT = """
from saleor_loyalty.observability import metrics
metrics.events_drained("done", 500, 0.03)
metrics.webhook_received("200", 0.0004)
metrics.ledger_drift({drift})
"""
SHOW = """
from prometheus_client import generate_latest
from saleor_loyalty.observability import metrics
print(generate_latest(metrics.registry()).decode())
"""


def samples(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def run(program: str, folder: Path) -> str:
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        env=environ,
        text=True,
        timeout=30,
    ).stdout


def test_adds_up_what_several_processes_counted(tmp_path: Path) -> None:
    run(COUNT.format(drift=7), tmp_path)
    run(COUNT.format(drift=2), tmp_path)

    shown = samples(run(SHOW, tmp_path))

    assert shown["loyalty_events_drained_total", (("outcome", "done"),)] == 1000
    assert shown["loyalty_webhook_seconds_count", (("outcome", "200"),)] == 2
    assert shown["loyalty_drain_seconds_sum", ()] == pytest.approx(0.06)
    # Of the ledger's drift only what was found last counts.
    assert shown["loyalty_ledger_drift", ()] == 2


def test_forgets_what_the_dead_counted_but_not_the_last_check_of_the_ledger(
    tmp_path: Path,
) -> None:
    run(COUNT.format(drift=7), tmp_path)
    run(COUNT.format(drift=2), tmp_path)
    run("import saleor_loyalty.observability.metrics", tmp_path)  # this one checked nothing

    metrics.drop_dead(tmp_path)

    assert [each.name.split("_")[0] for each in tmp_path.iterdir()] == ["gauge"]
    shown = samples(run(SHOW, tmp_path))
    assert shown["loyalty_ledger_drift", ()] == 2
    assert shown["loyalty_ledger_checked_timestamp_seconds", ()] > 0
    assert ("loyalty_events_drained_total", (("outcome", "done"),)) not in shown


def event(installation: Installation, number: int, *, status: str, age_s: int) -> InboxEvent:
    at = timezone.now() - timedelta(seconds=age_s)
    return InboxEvent(
        installation=installation,
        name="order_paid",
        digest=str(number).encode(),
        body=b"{}",
        status=status,
        due_at=at,
        received_at=at,
    )


@pytest.fixture
def shop(db: None) -> Installation:
    return make_installation()


class TestPage:
    def test_tells_what_waits_how_long_and_what_was_given_up(
        self, client: Client, shop: Installation
    ) -> None:
        waiting = [event(shop, n, status="WAITING", age_s=n) for n in (30, 90)]
        others = [
            event(shop, 1, status="FAILED", age_s=500),
            event(shop, 2, status="DONE", age_s=9000),
        ]
        InboxEvent.objects.bulk_create([*waiting, *others])

        shown = samples(client.get("/metrics").content.decode())

        assert shown["loyalty_inbox_events", (("status", "WAITING"),)] == 2
        assert shown["loyalty_inbox_events", (("status", "DOUBTFUL"),)] == 0
        assert shown["loyalty_inbox_events", (("status", "FAILED"),)] == 1
        assert 89 <= shown["loyalty_inbox_oldest_seconds", (("status", "WAITING"),)] < 120
        assert ("loyalty_inbox_events", (("status", "DONE"),)) not in shown
        assert shown["loyalty_database_up", ()] == 1
        assert shown["loyalty_shops", ()] == 1

    def test_does_not_count_shops_that_removed_us(self, client: Client, shop: Installation) -> None:
        Installation.objects.update(is_active=False)

        assert samples(client.get("/metrics").content.decode())["loyalty_shops", ()] == 0

    def test_asks_the_database_four_things(
        self, client: Client, shop: Installation, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(6):  # with the savepoint around them
            client.get("/metrics")

    @pytest.mark.usefixtures("db")
    def test_shows_what_was_counted_even_without_a_database(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> None:
            raise DatabaseError("down")

        monkeypatch.setattr(metrics_page, "_asked", refuse)

        shown = samples(client.get("/metrics").content.decode())

        assert shown["loyalty_database_up", ()] == 0
        assert ("loyalty_events_failed_total", ()) in shown

    @pytest.mark.usefixtures("db")
    def test_asks_for_the_token_where_one_is_set(self, client: Client, settings: Settings) -> None:
        settings.METRICS_TOKEN = "ülysses"

        refused = [
            client.get("/metrics"),
            client.get("/metrics", headers={"Authorization": "Bearer wrong"}),
        ]
        allowed = client.get("/metrics", headers={"Authorization": "Bearer ülysses"})

        assert [response.status_code for response in refused] == [401, 401]
        assert b"loyalty_" not in refused[0].content
        assert allowed.status_code == 200

    def test_answers_other_methods_with_405(self, client: Client) -> None:
        assert client.post("/metrics").status_code == 405


class TestRequests:
    @pytest.mark.usefixtures("db")
    def test_are_counted_by_route_and_never_by_address(self, client: Client) -> None:
        before = samples(client.get("/metrics").content.decode())
        client.get("/no/such/page?token=1")
        client.get("/no/such/other/page")

        after = samples(client.get("/metrics").content.decode())

        unknown = (("method", "GET"), ("route", "unknown"), ("status", "404"))
        name = "loyalty_http_request_seconds_count"
        assert after[name, unknown] - before.get((name, unknown), 0) == 2
        assert not any("such" in str(key) for key in after)

    def test_that_failed_are_logged_without_their_query(
        self, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level("INFO", logger="saleor_loyalty"):
            client.get("/no/such/page?email=ann@example.org")
            client.get("/health/live")

        lines = [r.getMessage() for r in caplog.records if r.name.startswith("saleor_loyalty.")]
        assert len(lines) == 1
        assert lines[0].startswith("GET /no/such/page 404 ")


def test_the_database_is_asked_with_a_time_limit(
    shop: Installation, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_page, "_INBOX", "SELECT pg_sleep(10), %(most)s")
    monkeypatch.setattr(metrics_page, "STATEMENT_MS_MAX", 50)

    shown = samples(client.get("/metrics").content.decode())

    assert shown["loyalty_database_up", ()] == 0
    assert connection.is_usable()
