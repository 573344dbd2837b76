"""A worker that counts member by member, as slowly as if the shop were large: to be killed."""

import time
from datetime import UTC, datetime

import django

PAUSE_S = 0.05

if __name__ == "__main__":
    django.setup()
    from saleor_loyalty.simulation import reading
    from saleor_loyalty.simulation.operations import go_on

    reading.MEMBERS_MAX = 1
    while go_on(at=datetime.now(UTC)):
        time.sleep(PAUSE_S)
