"""Drainers that can be killed by the dozen: each is forked, ready to work, from this process.

Writes the process id of a new drainer for every line it reads, and ends with its input.
"""

import os
import sys
import time

import django

IDLE_SECONDS = 0.02
BATCH_MAX = 50


def main() -> None:
    """Fork on request."""
    django.setup()
    from saleor_loyalty.entrypoints.jobs import drain_inbox
    from saleor_loyalty.entrypoints.webhooks import inbox

    # Many short transactions, so that no stage of one is spared.
    inbox.BATCH_MAX = BATCH_MAX
    starter = os.getpid()
    for _ in sys.stdin:
        if (pid := os.fork()) == 0:
            # So that the database can tell them apart.
            os.environ["PGAPPNAME"] = f"drainer-{os.getpid()}"
            while os.getppid() == starter:
                drain_inbox()
                time.sleep(IDLE_SECONDS)
            os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
