"""Celery itself: woken, killed in part and killed whole."""

import pytest
from deployment import Deployment, children, kill
from storms.ends import assert_exact, until_at_work, until_drained
from storms.sender import deliver
from storms.shop import Shop, sales

pytestmark = pytest.mark.slow

WOKEN_SECONDS_MAX = 10


def test_a_delivery_alone_wakes_a_worker(deployment: Deployment, shop: Shop) -> None:
    deployment.start("worker", "--concurrency", "1")
    [sale] = sold = sales(1)

    deliver(deployment.port, [shop.delivery("OrderPaid", sale.final())])

    until_drained(deployment, within_s=WOKEN_SECONDS_MAX)
    assert_exact(deployment, sold)


def test_workers_killed_at_work_in_part_or_whole_leave_every_order_counted_once(
    deployment: Deployment, shop: Shop
) -> None:
    sold = sales(1000)
    deliver(deployment.port, shop.deliveries(sold))
    worker = deployment.start("worker", "--concurrency", "2")
    deployment.start("beat")

    until_at_work(deployment)
    kill(*children(worker.pid))
    until_at_work(deployment)
    kill(worker.pid)
    deployment.start("worker", "--concurrency", "1")

    until_drained(deployment)
    assert_exact(deployment, sold)
