"""What must be so after every storm."""

import os
from collections import Counter
from collections.abc import Sequence

from deployment import Deployment, eventually
from storms.shop import Sale

#: Deliveries of a storm.
SIZE = int(os.environ.get("STORM_SIZE", "10000"))

_WAITING = "SELECT count(*) FROM loyalty_inboxevent WHERE status IN ('WAITING', 'DOUBTFUL')"
_AT_WORK = """
SELECT count(*) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND xact_start IS NOT NULL AND pid <> pg_backend_pid()
AND application_name LIKE %s
"""
_AVAILABLE = """
SELECT member.saleor_user_id, sum(
    CASE 'AVAILABLE' WHEN target THEN points WHEN source THEN -points ELSE 0 END)::int
FROM loyalty_movement JOIN loyalty_member AS member ON member.id = member_id GROUP BY 1
"""


def waiting(deployment: Deployment) -> int:
    """Return how many events wait to be processed."""
    [[count]] = deployment.fetch(_WAITING)
    return int(count)


def until_at_work(deployment: Deployment, who: str = "%") -> None:
    """Wait until somebody, or an application of this name, has a transaction open."""
    eventually(f"{who} works", lambda: deployment.fetch(_AT_WORK, who) != [(0,)])


def until_fewer_wait(deployment: Deployment) -> None:
    """Wait until a batch is done, if there is anything left to do."""
    before = waiting(deployment)
    eventually("a batch is done", lambda: waiting(deployment) < before or before == 0)


def until_drained(deployment: Deployment, *, within_s: float = 60) -> float:
    """Wait until no event waits; return how many seconds that took."""
    return eventually("the inbox is empty", lambda: not waiting(deployment), within_s=within_s)


def assert_exact(deployment: Deployment, sold: Sequence[Sale]) -> None:
    """Every event was processed, every order counts once, every member has what they earned."""
    statuses = deployment.fetch("SELECT DISTINCT status FROM loyalty_inboxevent")
    assert statuses == [("DONE",)]
    recorded = deployment.fetch("SELECT number::int, points::int FROM loyalty_order")
    assert sorted(recorded) == [(sale.number, sale.points) for sale in sold]
    earned: Counter[str] = Counter()
    for sale in sold:
        earned[sale.user] += sale.points
    assert Counter(dict(deployment.fetch(_AVAILABLE))) == earned
    assert deployment.run("reconcile").startswith("OK ")
