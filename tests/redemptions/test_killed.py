"""The process is killed (-9) at every single step; who comes next goes on where it stopped."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import pytest
from django.db import connection
from loopback import LoopbackServer
from redemptions.tills import Till

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.redemptions.models import Redemption
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
    """Has shoppers and workers started, and tells how each ended."""

    def __init__(self, till: Till, killer: Killer, starter: "subprocess.Popen[str]") -> None:
        self._till, self._killer, self._starter = till, killer, starter

    def run(self, member: UUID, act: str, *, calls: int, is_after: bool, **more: str) -> bool:
        """Let one act, and be killed after so many calls; tell whether it was."""
        killer = self._killer
        killer.victim, killer.left, killer.is_after = Queue(), calls, is_after
        asked = {
            "shop": str(self._till.row.pk), "saleor": f"{killer.url}/graphql/", "act": act,
            "at": self._till.at.isoformat(), "member": str(member), "checkout": "",
        }  # fmt: skip
        assert self._starter.stdin
        self._starter.stdin.write(json.dumps(asked | more) + "\n")
        self._starter.stdin.flush()
        killer.victim.put(self._read())
        ended = self._read()
        assert ended in (0, signal.SIGKILL)
        return ended == signal.SIGKILL

    def work(self, member: UUID, *, calls: int, is_after: bool) -> bool:
        """Let a worker do what is due, and be killed after so many calls; tell whether it was."""
        row = Installation.objects.filter(pk=self._till.row.pk)
        # Workers know where a shop is from its row.
        row.update(api_url=f"{self._killer.url}/graphql/")
        try:
            return self.run(member, "work", calls=calls, is_after=is_after)
        finally:
            row.update(api_url=self._till.saleor.api_url)

    def _read(self) -> int:
        assert self._starter.stdout
        return int(self._starter.stdout.readline())


def _tests_database() -> str:
    url = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))


@pytest.fixture(scope="module")
def starter(django_db_setup: None) -> Iterator["subprocess.Popen[str]"]:
    """A process that starts shoppers; starting it takes longer than all of those."""
    environment = {
        **os.environ, "DATABASE_URL": _tests_database(), "SALEOR_CALLS_PER_MINUTE": "1000000",
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, str(_SHOPPERS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        env=environment, text=True,
    ) as starter:  # fmt: skip
        yield starter
        starter.communicate(timeout=START_SECONDS_MAX)


@pytest.fixture
def shoppers(till: Till, starter: "subprocess.Popen[str]") -> Iterator[Shoppers]:
    with (killer := Killer(till)).running():
        yield Shoppers(till, killer, starter)


@pytest.mark.parametrize(
    ("reward", "is_after"), [("money", False), ("money", True), ("card", True)]
)
def test_who_redeems(till: Till, shoppers: Shoppers, reward: str, is_after: bool) -> None:
    for step in range(STEPS_MAX):
        ann, ben = till.member(100), till.member(100)
        wishes = {each: {"reward": reward, "checkout": till.checkout(each)} for each in (ann, ben)}
        killed = [
            shoppers.run(each, "redeem", calls=step, is_after=is_after, **wish)
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
        killed = shoppers.run(
            ann, "cancel", calls=step, is_after=is_after, redemption=str(taken.id)
        )
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


@pytest.mark.parametrize("is_after", [False, True])
def test_who_redeems_for_later(till: Till, shoppers: Shoppers, is_after: bool) -> None:
    for step in range(STEPS_MAX):
        ann = till.member(100)
        killed = shoppers.run(ann, "redeem", calls=step, is_after=is_after, reward="money")
        till.check_nothing_is_for_nothing()
        till.passes(minutes=5)
        taken = till.redeem(ann, "money", key="k")
        assert taken.code in till.codes()
        assert till.points(ann) == (0, 100)
        till.works()
        till.check_books()
        till.rests()
        till.leaves(ann)
        if not killed:
            assert step > 2
            return
    raise AssertionError("there is always one more call")


@pytest.mark.parametrize(
    ("reward", "is_after", "comes_back"),
    [
        ("money", False, True),
        ("money", True, True),
        ("money", True, False),
        ("card", True, True),
    ],
)
def test_who_uses_it_elsewhere(
    till: Till, shoppers: Shoppers, reward: str, is_after: bool, comes_back: bool
) -> None:
    for step in range(STEPS_MAX):
        ann = till.member(100)
        there = till.checkout(ann)
        taken = till.redeem(ann, reward, till.checkout(ann))
        wish = {"redemption": str(taken.id), "checkout": there}
        killed = shoppers.run(ann, "apply", calls=step, is_after=is_after, **wish)
        till.check_nothing_is_for_nothing()
        till.passes(minutes=5)
        till.works()
        till.check_books()
        if comes_back:
            till.apply(taken, there)
            assert till.total(there) == 50
            till.hears(till.pays(ann, there).id)
        till.rests()
        assert till.points(ann) == ((0, 0) if comes_back else (100, 0))
        till.leaves(ann)
        if not killed:
            assert step > 1
            return
    raise AssertionError("there is always one more call")


def to_issue(till: Till, member: UUID, reward: str) -> Redemption:
    """Saleor was away when somebody asked."""
    till.trouble("DOWN")
    taken = till.redeem(member, reward)
    till.well()
    till.passes(minutes=1)
    return taken


def to_expire(till: Till, member: UUID, reward: str) -> Redemption:
    """Somebody forgot their checkout, before the code was in it."""
    till.trouble("DOWN", operation="ApplyCode")
    taken = till.redeem(member, reward, till.checkout(member))
    till.well()
    till.passes(minutes=45)
    return taken


def to_look_at(till: Till, member: UUID, reward: str) -> Redemption:
    """Somebody else has used it; staff do not know yet."""
    till.terms(used_by_others="VOID")
    taken = till.redeem(member, reward)
    till.hears(till.pays(member, till.saleor.checkout("else@example.com", code=taken.code)).id)
    return taken


def to_clear_up(till: Till, member: UUID, reward: str) -> Redemption:
    """An order was paid with it, long ago."""
    checkout = till.checkout(member)
    taken = till.redeem(member, reward, checkout, times=12 if reward == "card" else 1)
    till.hears(till.pays(member, checkout).id)
    till.works()
    till.passes(days=91)
    return taken


@pytest.mark.parametrize(
    ("comes", "reward", "is_after", "becomes", "left"),
    [
        (to_issue, "money", False, "ISSUED", (1_900, 100)),
        (to_issue, "money", True, "ISSUED", (1_900, 100)),
        (to_issue, "card", True, "ISSUED", (1_900, 100)),
        (to_expire, "money", False, "EXPIRED", (2_000, 0)),
        (to_expire, "money", True, "EXPIRED", (2_000, 0)),
        (to_expire, "card", True, "EXPIRED", (2_000, 0)),
        (to_look_at, "money", False, "USED", (1_900, 0)),
        (to_look_at, "money", True, "USED", (1_900, 0)),
        (to_clear_up, "money", True, "USED", (1_900, 0)),
        # Of $60 the order took $55.
        (to_clear_up, "card", False, "USED", (900, 0)),
        (to_clear_up, "card", True, "USED", (900, 0)),
    ],
)
def test_the_worker(
    till: Till,
    shoppers: Shoppers,
    comes: Callable[[Till, UUID, str], Redemption],
    reward: str,
    is_after: bool,
    becomes: str,
    left: tuple[int, int],
) -> None:
    for step in range(STEPS_MAX):
        ann = till.member(2_000)
        taken = comes(till, ann, reward)
        killed = shoppers.work(ann, calls=step, is_after=is_after)
        till.check_nothing_is_for_nothing()
        till.passes(minutes=5)
        till.works()
        till.check_books()
        taken.refresh_from_db()
        assert (taken.status, till.points(ann)) == (becomes, left)
        # Staff are told, perhaps twice.
        assert not taken.uses.exclude(flag="").filter(reported_at=None).exists()
        till.rests()
        till.leaves(ann)
        if not killed:
            assert step > 0
            return
    raise AssertionError("there is always one more call")
