"""Only who asks for it has members shown in Saleor."""

import os
import subprocess
import sys

import pytest

from saleor_loyalty.entrypoints import jobs

TIMERS = (
    "import django; django.setup();"
    "from saleor_loyalty.celery import app;"
    "print(*[each['task'] for each in app.conf.beat_schedule.values()])"
)


@pytest.mark.parametrize(("value", "is_on"), [(None, False), ("false", False), ("true", True)])
def test_the_job_runs_only_where_it_is_asked_for(value: str | None, is_on: bool) -> None:
    environment = {name: text for name, text in os.environ.items() if "MIRROR" not in name}
    given = {} if value is None else {"MIRROR_TO_CUSTOMERS": value}

    tasks = subprocess.run(
        [sys.executable, "-c", TIMERS], env=environment | given, check=True, capture_output=True,
        text=True, timeout=60,
    ).stdout.split()  # fmt: skip

    assert (jobs.mirror_to_customers.name in tasks) is is_on
    assert "saleor_loyalty.drain_inbox" in tasks
