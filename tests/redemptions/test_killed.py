"""The process is killed (-9) at every single step; the same request goes on where it stopped."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest
from django.db import connection
from loopback import LoopbackServer
from redemptions.tills import Till

from saleor_loyalty.redemptions.operations import AlreadyUsed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

STEPS_MAX = 30
START_SECONDS_MAX = 30
_SHOPPERS = Path(__file__).with_name("shoppers.py")


class Killer(LoopbackServer):
    """Between a shopper and Saleor: kills who asks once too often.

    Before the call reaches Saleor, or after it did, without an answer.
    """

    def __init__(self, till: Till) -> None:
        self._url, self._token = till.saleor.api_url, till.connection.token
        self._saleor = till.saleor._http
        self.victim, self.left, self.is_after = Queue[int](), 0, False
        super().__init__(self._carry)

    def _carry(self, _path: str, body: Any) -> tuple[int, Any]:
        self.left -= 1
        if self.left < 0 and not self.is_after:
            os.kill(self.victim.get(timeout=START_SECONDS_MAX), signal.SIGKILL)
            return 503, {}
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = self._saleor.post(self._url, json=body, headers=headers)
        if self.left < 0:
            os.kill(self.victim.get(timeout=START_SECONDS_MAX), signal.SIGKILL)
        return answer.status_code, answer.json()


class Shoppers:
    """Starts shoppers, and tells how each ended."""

    def __init__(self, till: Till, killer: Killer) -> None:
        self._till, self._killer = till, killer
        environment = {
            **os.environ, "DATABASE_URL": _tests_database(), "SALEOR_CALLS_PER_MINUTE": "1000000",
        }  # fmt: skip
        self._starter = subprocess.Popen(
            [sys.executable, str(_SHOPPERS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=environment, text=True,
        )  # fmt: skip

    def run(self, member: UUID, *, calls: int, is_after: bool, **wish: str) -> bool:
        """Let one ask, and be killed after so many calls; tell whether it was."""
        killer = self._killer
        killer.victim, killer.left, killer.is_after = Queue(), calls, is_after
        asked = {
            "shop": str(self._till.row.pk), "saleor": f"{killer.url}/graphql/",
            "at": self._till.at.isoformat(), "member": str(member),
            "reward": "", "checkout": "", "cancel": "",
        }  # fmt: skip
        assert self._starter.stdin
        self._starter.stdin.write(json.dumps(asked | wish) + "\n")
        self._starter.stdin.flush()
        killer.victim.put(self._read())
        ended = self._read()
        assert ended in (0, signal.SIGKILL)
        return ended == signal.SIGKILL

    def _read(self) -> int:
        assert self._starter.stdout
        return int(self._starter.stdout.readline())

    def close(self) -> None:
        """End the process that starts them."""
        with self._starter as starter:
            starter.communicate(timeout=START_SECONDS_MAX)


def _tests_database() -> str:
    url = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))


@pytest.fixture
def shoppers(till: Till) -> Iterator[Shoppers]:
    with (killer := Killer(till)).running():
        shoppers = Shoppers(till, killer)
        yield shoppers
        shoppers.close()


@pytest.mark.parametrize(
    ("reward", "is_after"), [("money", False), ("money", True), ("card", True)]
)
def test_who_redeems(till: Till, shoppers: Shoppers, reward: str, is_after: bool) -> None:
    for step in range(STEPS_MAX):
        ann, ben = till.member(100), till.member(100)
        wishes = {each: {"reward": reward, "checkout": till.checkout(each)} for each in (ann, ben)}
        killed = [
            shoppers.run(each, calls=step, is_after=is_after, **wish)
            for each, wish in wishes.items()
        ]
        till.check_nothing_is_for_nothing()
        # The leases of the dead end first.
        till.passes(minutes=5)
        # Ann asks again, and pays. Ben never comes back.
        checkout = wishes[ann]["checkout"]
        till.redeem(ann, reward, checkout, key="k", currency="")
        assert till.total(checkout) == 50
        till.works()
        till.check_books()
        till.hears(till.pays(ann, checkout).id)
        till.rests()
        assert (till.points(ann), till.points(ben)) == ((0, 0), (100, 0))
        till.leaves(ann)
        till.leaves(ben)
        if not any(killed):
            assert step > 4
            return
    raise AssertionError("there is always one more call")


@pytest.mark.parametrize(
    ("reward", "is_after", "is_paid"),
    [
        ("money", False, False),
        ("money", True, False),
        ("card", True, False),
        ("money", True, True),
        ("card", True, True),
    ],
)
def test_who_gives_back(
    till: Till, shoppers: Shoppers, reward: str, is_after: bool, is_paid: bool
) -> None:
    for step in range(STEPS_MAX):
        ann = till.member(100)
        checkout = till.checkout(ann)
        taken = till.redeem(ann, reward, checkout)
        if is_paid:
            till.pays(ann, checkout)
        killed = shoppers.run(ann, calls=step, is_after=is_after, cancel=str(taken.id))
        till.check_nothing_is_for_nothing()
        till.passes(minutes=5)
        till.works()
        till.check_books()
        assert till.points(ann) == ((0, 0) if is_paid else (100, 0))
        try:
            till.cancel(taken)
        except AlreadyUsed:
            assert is_paid
        till.rests()
        till.leaves(ann)
        if not killed:
            assert step > 0
            return
    raise AssertionError("there is always one more call")
