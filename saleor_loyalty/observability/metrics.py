"""What the processes count: Prometheus counters, shared by the processes of one machine.

With PROMETHEUS_MULTIPROC_DIR set (`saleor-loyalty` does so for `serve`, `worker` and `beat`) every
process writes to files of its own in that folder, and `registry` adds them up. Without it, a
process knows only what it did itself. What the database knows: entrypoints/metrics.py.

The files of processes that have gone are dropped when a program starts. The one with the last
check of the ledger stays: what it found is true until the next check, whoever made it.
"""

import os
import struct
from pathlib import Path

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    start_http_server,
)
from prometheus_client.multiprocess import MultiProcessCollector

FAST_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.0)
SLOW_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

_requests = Histogram(
    "loyalty_http_request_seconds",
    "Time to answer a request, webhooks not included.",
    ("route", "method", "status"),
    buckets=SLOW_SECONDS,
)
_webhooks = Histogram(
    "loyalty_webhook_seconds",
    "Time to verify and store one delivery of Saleor; outcome is the HTTP status of our answer.",
    ("outcome",),
    buckets=FAST_SECONDS,
)
_drains = Histogram(
    "loyalty_drain_seconds",
    "Time to process one batch of stored events.",
    buckets=SLOW_SECONDS,
)
_drained = Counter("loyalty_events_drained", "Stored events taken up.", ("outcome",))
_failed = Counter("loyalty_events_failed", "Stored events given up.")
_saleor = Histogram(
    "loyalty_saleor_call_seconds",
    "Time of one call to a shop's Saleor.",
    ("operation", "outcome"),
    buckets=SLOW_SECONDS,
)
_drift = Gauge(
    "loyalty_ledger_drift",
    "Rows whose points are not the sum of their movements, when last checked.",
    multiprocess_mode="mostrecent",
)
_CHECKED = "loyalty_ledger_checked_timestamp_seconds"
_checked = Gauge(
    _CHECKED,
    "When the ledger was last checked.",
    multiprocess_mode="mostrecent",
)


def http_request(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count a request; `route` is a pattern, never an address somebody made up."""
    _requests.labels(route, method, status).observe(seconds)


def webhook_received(outcome: str, seconds: float) -> None:
    """Count a delivery; `outcome` is the HTTP status that Saleor was answered, such as 200."""
    _webhooks.labels(outcome).observe(seconds)


def events_drained(outcome: str, count: int, seconds: float) -> None:
    """Count a batch of `count` events which shared one outcome."""
    _drained.labels(outcome).inc(count)
    _drains.observe(seconds)


def event_failed() -> None:
    """Count an event that was given up and waits for a person."""
    _failed.inc()


def saleor_call(operation: str, seconds: float, outcome: str) -> None:
    """Count a call to Saleor; `operation` is the name of its document."""
    _saleor.labels(operation, outcome).observe(seconds)


def ledger_drift(count: int) -> None:
    """Remember how many rows of the ledger did not add up just now."""
    _drift.set(count)
    _checked.set_to_current_time()


def registry() -> CollectorRegistry:
    """Return what all processes counted, ready to be shown."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]
    return shared


def drop_dead(folder: Path) -> None:
    """Delete the files of processes that have gone, but not the last check of the ledger."""
    dead = [file for file in folder.glob("*_*.db") if not _is_alive(file.stem.rpartition("_")[2])]
    checked_at = {file: _checked_at(file) for file in dead}
    last = max(checked_at.values(), default=0.0)
    for file, at in checked_at.items():
        if not at or at < last:
            file.unlink(missing_ok=True)


def _checked_at(file: Path) -> float:
    """Return when the process of this file checked the ledger, in seconds; 0 for never."""
    try:
        families = list(MultiProcessCollector.merge([str(file)]))  # type: ignore[no-untyped-call]
    except (OSError, ValueError, RuntimeError, struct.error):
        return 0.0  # another program dropped it, or its process died while it was made
    samples = [sample for family in families for sample in family.samples]
    return max((float(each.value) for each in samples if each.name == _CHECKED), default=0.0)


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def serve(port: int) -> None:
    """Show what the processes here counted on a port of its own: a worker answers no requests."""
    start_http_server(port, registry=registry())
