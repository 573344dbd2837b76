"""/metrics for Prometheus: what the processes counted, and what the database knows."""

from collections.abc import Iterator
from hmac import compare_digest

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from saleor_loyalty.observability import metrics

STATEMENT_MS_MAX = 2000
#: Counting stops here: a longer queue needs no exact figure.
EVENTS_COUNTED_MAX = 100_000

# The partial indexes of the inbox hold exactly these rows.
_INBOX = """
    SELECT status, count(*), COALESCE(EXTRACT(EPOCH FROM now() - min(received_at)), 0)
    FROM (
        (SELECT status, received_at FROM loyalty_inboxevent
         WHERE status IN ('WAITING', 'DOUBTFUL') LIMIT %(most)s)
        UNION ALL
        (SELECT status, received_at FROM loyalty_inboxevent WHERE status = 'FAILED' LIMIT %(most)s)
    ) AS unprocessed
    GROUP BY status
"""
_SHOPS = "SELECT count(*) FROM loyalty_installation WHERE is_active"
# How long the redemption that is due the longest has been; 0: none is.
_REDEMPTIONS = """
    SELECT COALESCE(EXTRACT(EPOCH FROM now() - (
        SELECT due_at FROM loyalty_redemption WHERE due_at <= now() ORDER BY due_at LIMIT 1
    )), 0)
"""


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show everything, to whoever brings METRICS_TOKEN where one is set."""
    given, wanted = request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"
    if settings.METRICS_TOKEN and not compare_digest(given.encode(), wanted.encode()):
        return HttpResponse("Send METRICS_TOKEN as a bearer token.\n", status=401)
    text = generate_latest(metrics.registry()) + generate_latest(_of_database())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _of_database() -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Database())
    return registry


class Database(Collector):
    """Asks the database at the moment of the scrape, the same for all processes."""

    def collect(self) -> Iterator[Metric]:
        """Yield the state of the inbox and the number of shops; without a database, that."""
        try:
            inbox, shops, overdue_s = _asked()
        except DatabaseError:
            yield GaugeMetricFamily("loyalty_database_up", "Whether the database answers.", value=0)
            return
        yield GaugeMetricFamily("loyalty_database_up", "Whether the database answers.", value=1)
        yield GaugeMetricFamily("loyalty_shops", "Shops that have us installed.", value=shops)
        yield from _inbox_metrics(inbox)
        yield GaugeMetricFamily(
            "loyalty_redemptions_overdue_seconds",
            "How long ago work on the redemption that waits the longest was due.",
            value=overdue_s,
        )


def _inbox_metrics(inbox: dict[str, tuple[int, float]]) -> Iterator[Metric]:
    depth = GaugeMetricFamily(
        "loyalty_inbox_events", "Stored events not processed yet, by status.", labels=["status"]
    )
    age = GaugeMetricFamily(
        "loyalty_inbox_oldest_seconds", "Age of the oldest such event.", labels=["status"]
    )
    for status in ("WAITING", "DOUBTFUL", "FAILED"):
        count, seconds = inbox.get(status, (0, 0.0))
        depth.add_metric([status], count)
        age.add_metric([status], seconds)
    yield depth
    yield age


def _asked() -> tuple[dict[str, tuple[int, float]], int, float]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {STATEMENT_MS_MAX}")
        cursor.execute(_INBOX, {"most": EVENTS_COUNTED_MAX})
        inbox = {status: (count, float(age)) for status, count, age in cursor.fetchall()}
        cursor.execute(_SHOPS)
        shops = cursor.fetchone()[0]
        cursor.execute(_REDEMPTIONS)
        return inbox, shops, float(cursor.fetchone()[0])
