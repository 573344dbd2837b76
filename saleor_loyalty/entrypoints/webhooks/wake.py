"""Waking a worker: a hint, sent at most a few times a second, and never waited for.

The inbox is the record of work and a timer sweeps it, so a lost or late hint costs seconds. One
thread a process sends them, because publishing takes longer than accepting a delivery does.
"""

import logging
import os
import threading

from saleor_loyalty.celery import app

logger = logging.getLogger(__name__)

#: At least so long between two hints of one process.
PAUSE_S = 0.1

_wanted = threading.Event()
_lock = threading.Lock()
_running_in: int | None = None


def wake_worker() -> None:
    """Let a worker know that something waits; return at once."""
    _wanted.set()
    if _running_in != os.getpid():
        _start()


def _start() -> None:
    global _running_in
    with _lock:
        if _running_in != os.getpid():
            _running_in = os.getpid()
            threading.Thread(target=_send_hints, name="wake-worker", daemon=True).start()


def _send_hints() -> None:
    pause = threading.Event()
    while True:
        _wanted.wait()
        _wanted.clear()
        try:
            app.send_task("saleor_loyalty.drain_inbox", ignore_result=True)
        except Exception as error:
            logger.warning("no worker woken: %s", type(error).__name__)
        pause.wait(PAUSE_S)
