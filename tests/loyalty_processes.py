"""Our command in processes of its own, and what is left of them."""

import os
import socket
import sys
import time
from pathlib import Path

COMMAND = [sys.executable, "-m", "saleor_loyalty"]
SECONDS_MAX = 60
SETTINGS = {"DATABASE_URL", "CELERY_BROKER_URL", "ENCRYPTION_KEYS", "SALEOR_LOYALTY_DATA_DIR"}


def environment(**given: str) -> dict[str, str]:
    """Return this process's environment without our settings, and with those given."""
    return {name: value for name, value in os.environ.items() if name not in SETTINGS} | given


def free_port() -> int:
    """Return a port that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_until_nothing_uses(data_dir: Path) -> None:
    """Wait for the end of our processes and of the servers that work in a folder."""
    deadline = time.monotonic() + SECONDS_MAX
    while users := [pid for pid in _pids() if str(data_dir) in _environ_and_command(pid)]:
        assert time.monotonic() < deadline, users
        time.sleep(0.05)


def _pids() -> list[str]:
    return [each.name for each in Path("/proc").iterdir() if each.name.isdigit()]


def _environ_and_command(pid: str) -> str:
    try:
        found = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline")]
    except OSError:
        return ""
    return b" ".join(found).decode(errors="replace")
