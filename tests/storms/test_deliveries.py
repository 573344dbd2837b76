"""Ten thousand deliveries, repeated and in no order."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from deployment import Deployment, kill
from storms.ends import (
    SIZE,
    assert_exact,
    until_at_work,
    until_drained,
    until_fewer_wait,
    waiting,
)
from storms.sender import deliver
from storms.shop import Shop, sales

KILLS = 30
DRAINERS = 2
WORK_SECONDS_MAX = 0.06
# Where a batch takes longer than they live, nothing would ever be done.
KILLS_BETWEEN_BATCHES = 12

pytestmark = pytest.mark.slow


def test_ten_thousand_repeated_and_shuffled_deliveries_count_every_order_once(
    deployment: Deployment, shop: Shop
) -> None:
    sold = sales(SIZE // 4)
    for _ in range(2):
        deployment.start("worker", "--concurrency", "1")
    deployment.start("beat")

    statuses = deliver(deployment.port, shop.deliveries(sold, copies=2))

    assert statuses == {200: len(sold) * 4}
    until_drained(deployment)
    assert deployment.fetch("SELECT count(*) FROM loyalty_inboxevent") == [(len(sold) * 2,)]
    assert_exact(deployment, sold)


class Drainers:
    """Two processes that drain the inbox; who is killed is replaced at once."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        command = [sys.executable, "-m", "storms.drainers"]
        settings = {"PYTHONPATH": str(Path(__file__).parents[1])}
        self._starter = deployment.spawn("drainers", command, settings, stdout=subprocess.PIPE)
        self._pids = [self._start() for _ in range(DRAINERS)]

    def kill_one(self, *, after_s: float) -> None:
        """Kill one of them so many seconds after it was seen at work."""
        pid = self._pids.pop(0)
        until_at_work(self._deployment, f"drainer-{pid}")
        time.sleep(after_s)
        kill(pid)
        self._pids.append(self._start())

    def _start(self) -> int:
        assert self._starter.stdin
        assert self._starter.stdout
        self._starter.stdin.write(b"\n")
        self._starter.stdin.flush()
        return int(self._starter.stdout.readline())


def test_thirty_drainers_killed_at_work_leave_every_order_counted_once(
    deployment: Deployment, shop: Shop
) -> None:
    sold, chance = sales(SIZE // 4), random.Random(4)
    deliver(deployment.port, shop.deliveries(sold))
    drainers = Drainers(deployment)

    for number in range(1, KILLS + 1):
        drainers.kill_one(after_s=chance.uniform(0, WORK_SECONDS_MAX))
        if number % KILLS_BETWEEN_BATCHES == 0:
            until_fewer_wait(deployment)
    # Some of the work was done, and none of them died for want of it.
    assert 0 < waiting(deployment) < len(sold) * 2

    until_drained(deployment)
    assert_exact(deployment, sold)
