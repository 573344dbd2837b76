"""A few worker threads and the jobs that wait for their time."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

Job = Callable[[], None]

WORKERS = 8
JOIN_SECONDS_MAX = 5.0

logger = logging.getLogger(__name__)


class Schedule:
    """Runs each job once its time has come; stops without waiting for later ones."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._wakeup = threading.Condition()
        self._waiting: list[tuple[float, int, Job]] = []
        self._order = itertools.count()
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._work, name=f"sandbox-delivery-{n}", daemon=True)
            for n in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def add(self, job: Job, *, after_seconds: float = 0.0) -> None:
        """Run the job after a while, in one of the threads."""
        due = time.monotonic() + after_seconds
        with self._wakeup:
            heapq.heappush(self._waiting, (due, next(self._order), job))
            self._wakeup.notify()

    def stop(self) -> None:
        """Drop what waits, and let the running jobs end."""
        with self._wakeup:
            self._stopped = True
            self._wakeup.notify_all()
        for thread in self._threads:
            thread.join(timeout=JOIN_SECONDS_MAX)

    def _next(self) -> Job | None:
        with self._wakeup:
            while not self._stopped:
                now = time.monotonic()
                if self._waiting and self._waiting[0][0] <= now:
                    return heapq.heappop(self._waiting)[2]
                # Somebody else may be woken for the same job: then look again.
                self._wakeup.wait(self._waiting[0][0] - now if self._waiting else None)
        return None

    def _work(self) -> None:
        while job := self._next():
            try:
                job()
            except Exception:
                logger.exception("A job of the sandbox failed.")
