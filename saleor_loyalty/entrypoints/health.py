"""Whether this process lives, and whether it can do its work."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from functools import cache
from typing import Any

from django.db import ProgrammingError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from saleor_loyalty.celery import app

ANSWER_SECONDS_MAX = 2.0
CONNECT_SECONDS_MAX = 1


@require_safe
def live(_request: HttpRequest) -> JsonResponse:
    """Answer, as long as this process can."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(_request: HttpRequest) -> JsonResponse:
    """Say whether requests can be served: 200 or 503.

    Trouble with the broker is told but changes nothing: events are stored and processed without it,
    only later.
    """
    # Threads of their own, because neither library can promise an answer in time.
    pool = ThreadPoolExecutor(2, thread_name_prefix="health")
    deadline = time.monotonic() + ANSWER_SECONDS_MAX
    checks = {"database": pool.submit(_database), "broker": pool.submit(_broker)}
    found = {name: _result(check, deadline) for name, check in checks.items()}
    pool.shutdown(wait=False, cancel_futures=True)
    is_ready = found["database"] == "ok"
    answer = {"status": "ok" if is_ready else "unavailable", **found}
    return JsonResponse(answer, status=200 if is_ready else 503)


def _result(check: "Future[str]", deadline: float) -> str:
    try:
        return check.result(max(0.0, deadline - time.monotonic()))
    except TooLate:
        return "no answer in time"
    except Exception:  # whatever went wrong: the caller learns no more than that
        return "unreachable"


def _database() -> str:
    fresh = _connection_of_its_own()
    try:
        with fresh.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            applied = set(cursor.fetchall())
    except ProgrammingError:  # there is no such table yet
        applied = set()
    finally:
        fresh.close()
    return "ok" if applied >= _migrations() else "not migrated: run saleor-loyalty migrate"


@cache
def _migrations() -> set[tuple[str, str]]:
    return set(MigrationLoader(None).graph.nodes)


def _connection_of_its_own() -> BaseDatabaseWrapper:
    fresh = connection.copy()
    options: dict[str, Any] = fresh.settings_dict["OPTIONS"]
    options["connect_timeout"] = CONNECT_SECONDS_MAX
    options["tcp_user_timeout"] = int(ANSWER_SECONDS_MAX * 1000)
    return fresh


def _broker() -> str:
    broker = app.connection_for_read(connect_timeout=CONNECT_SECONDS_MAX)
    with broker:
        broker.ensure_connection(max_retries=1, interval_start=0, timeout=CONNECT_SECONDS_MAX)
    return "ok"
