"""What an orchestrator asks: does the process live, and can it work?"""

import socket
import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from saleor_loyalty.celery import app


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


class TestLive:
    def test_answers_without_a_database(self, client: Client) -> None:
        response = client.get("/health/live")

        assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
class TestReady:
    def test_is_ok_with_a_migrated_database_and_a_broker(self, client: Client) -> None:
        response = client.get("/health/ready")

        assert response.status_code == 200
        assert response.json() == {"status": "ok", "database": "ok", "broker": "ok"}

    def test_refuses_while_a_migration_is_missing(self, client: Client) -> None:
        rows = MigrationRecorder(connection).migration_qs.filter(app="loyalty").order_by("-id")
        kept = rows.values("app", "name", "applied")[0]
        rows.filter(name=kept["name"]).delete()
        try:
            response = client.get("/health/ready")
        finally:
            rows.create(**kept)

        assert response.status_code == 503
        assert response.json()["database"] == "not migrated: run saleor-loyalty migrate"

    def test_refuses_within_two_seconds_if_the_database_says_nothing(
        self, client: Client, silent_port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(connection.settings_dict, "PORT", str(silent_port))
        started = time.monotonic()

        response = client.get("/health/ready")

        assert response.status_code == 503
        assert response.json()["status"] == "unavailable"
        assert response.json()["database"] in {"no answer in time", "unreachable"}
        assert time.monotonic() - started < 3

    @pytest.mark.parametrize("trouble", ["refused", "silent"])
    def test_stays_ready_without_a_broker_and_says_so(
        self, client: Client, silent_port: int, trouble: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        url = f"redis://:secret@127.0.0.1:{silent_port if trouble == 'silent' else 1}/0"
        monkeypatch.setattr(app.conf, "broker_url", url)
        monkeypatch.setattr(app.conf, "broker_read_url", url)
        started = time.monotonic()

        response = client.get("/health/ready")

        assert response.status_code == 200
        assert response.json()["status"] == "ok"
        assert response.json()["broker"] in {"no answer in time", "unreachable"}
        assert "secret" not in response.content.decode()
        assert time.monotonic() - started < 3
