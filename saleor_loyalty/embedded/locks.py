"""File locks that end with the processes holding them, however those end."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from saleor_loyalty.embedded.failures import EmbeddedServerFailed

POLL_SECONDS = 0.05


@contextmanager
def locked(
    path: Path, *, deadline: float, while_waiting: Callable[[], None] | None = None
) -> Iterator[int]:
    """Hold the lock at `path`, waiting for it until `deadline` (of `time.monotonic`).

    Yields the file descriptor: a child that inherits it goes on holding the lock.

    :raises EmbeddedServerFailed: if another process still holds the lock at `deadline`.
    """
    # O_NOFOLLOW: a lock is never made at the far end of somebody's link.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        while not _take(descriptor):
            if time.monotonic() >= deadline:
                raise EmbeddedServerFailed(
                    f"Process {holder_pid(path)} still holds {path}. Try again later, or end it."
                )
            if while_waiting:
                while_waiting()
            time.sleep(POLL_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def sign(descriptor: int, pid: int) -> None:
    """Write down which process the lock is for."""
    # One write of one length: a reader never sees half of one number and half of another.
    os.pwrite(descriptor, f"{pid:10}".encode(), 0)


def holder_pid(path: Path) -> int | None:
    """Return the process the lock was last signed for, which may be long gone."""
    text = path.read_text().strip()
    return int(text) if text.isdigit() else None
