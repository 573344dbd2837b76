"""Many at once: real threads, each with a database connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")
BARRIER_TIMEOUT_S = 30


def at_once(acts: Sequence[Callable[[], T]], *, connections: int = 16) -> list[T]:
    """Share the acts out over threads that all start together; return what they return.

    The first error of an act is raised here.
    """
    threads = min(connections, len(acts))
    start = Barrier(threads)

    def work(share: Sequence[Callable[[], T]]) -> list[T]:
        try:
            connection.ensure_connection()
            start.wait(BARRIER_TIMEOUT_S)
            return [act() for act in share]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        shares = [pool.submit(work, acts[first::threads]) for first in range(threads)]
    return [result for share in shares for result in share.result()]
