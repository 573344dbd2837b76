"""Shoppers and workers that can be killed at any moment: each is forked from this process.

Reads a line of JSON for each: the shop's key, where Saleor is for it, what it does, and when.
Writes its process id, and how it ended once it has.
"""

import json
import os
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import django


def main() -> None:
    """Fork on request."""
    django.setup()
    from saleor_loyalty.installations.queries import shop
    from saleor_loyalty.redemptions import operations, outbox

    def ask(wish: dict[str, Any]) -> None:
        saleor = replace(shop(UUID(wish["shop"])), api_url=wish["saleor"])
        at, member_id = datetime.fromisoformat(wish["at"]), UUID(wish["member"])
        if wish["act"] == "work":
            while outbox.work(at=at):
                pass
        elif wish["act"] == "cancel":
            redemption_id = UUID(wish["redemption"])
            with suppress(operations.AlreadyUsed):
                operations.cancel(saleor, member_id=member_id, redemption_id=redemption_id, at=at)
        elif wish["act"] == "apply":
            operations.apply_to(
                saleor, member_id=member_id, redemption_id=UUID(wish["redemption"]),
                checkout_id=wish["checkout"], accepts_lost_promotion=False, at=at,
            )  # fmt: skip
        else:
            wanted = operations.Wish(
                member_id, "k", wish["reward"], times=1, checkout_id=wish["checkout"],
                currency="" if wish["checkout"] else "USD",
            )  # fmt: skip
            operations.redeem(saleor, wanted, at=at)

    for line in sys.stdin:
        if (pid := os.fork()) == 0:
            ask(json.loads(line))
            os._exit(0)
        _say(pid)
        _say(os.waitpid(pid, 0)[1])


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
