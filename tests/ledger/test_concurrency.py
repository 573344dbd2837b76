"""Many at once on the same members: no point is lost, doubled or spent twice, and nobody waits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from random import Random
from threading import Barrier, Event, Thread
from uuid import UUID

import pytest
from crowds import at_once
from django.db import connection, transaction
from factories import DAY, NOON, give, make_installation, make_member
from points import converge, take_back, wanted

from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import expiry, queries, store, timed
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.models import Lot, Movement, Posting
from saleor_loyalty.ledger.reconciliation import find_drift

pytestmark = pytest.mark.django_db(transaction=True)
REASON = {"code": "REDEMPTION"}
READ_EVERY_S = 0.05
WAIT_S_MAX = 30


def spend(member_id: UUID, points: int, key: str) -> str:
    try:
        ledger.spend(member_id=member_id, points=points, key=key, reason=REASON, at=NOON)
    except ledger.NotEnoughPoints:
        return "too few"
    except ledger.AlreadyPosted:
        return "already spent"
    return "spent"


def test_two_hundred_spends_at_once_never_take_more_than_there_is() -> None:
    alice = make_member()
    for lot in range(10):
        give(alice, 100, expires_at=NOON + lot * DAY if lot else None)

    outcomes = at_once([partial(spend, alice, 7, f"spend:{n}") for n in range(200)])

    assert (outcomes.count("spent"), outcomes.count("too few")) == (1000 // 7, 200 - 1000 // 7)
    assert sum(lot.available for lot in Lot.objects.all()) == 1000 % 7
    assert find_drift() == []


def test_the_same_request_fifty_times_at_once_spends_once() -> None:
    alice = make_member()
    give(alice, 1000)

    outcomes = at_once([partial(spend, alice, 7, "once")] * 50)

    assert (outcomes.count("spent"), outcomes.count("already spent")) == (1, 49)
    assert Lot.objects.get().available == 993


def test_fifty_charges_and_orders_at_once_take_and_give_every_point() -> None:
    alice = make_member()
    give(alice, 30)

    def charge(number: int) -> UUID:
        return ledger.charge(
            member_id=alice, points=10, key=f"charge:{number}", reason=REASON, at=NOON
        )

    def earn(number: int) -> UUID:
        return give(alice, 7, matures_at=NOON, expires_at=NOON + number * DAY if number else None)

    acts = [partial(act, number) for number in range(25) for act in (charge, earn)]
    postings = at_once(acts, connections=50)

    balance = queries.balance(alice, at=NOON)
    assert (balance.available, balance.debt) == (0, 25 * 10 - 25 * 7 - 30)
    assert find_drift() == []
    for charge_id in postings[::2]:
        ledger.give_back(spend_id=charge_id, key=f"back:{charge_id}", reason=REASON, at=NOON)
    balance = queries.balance(alice, at=NOON)
    assert (balance.available, balance.debt) == (25 * 7 + 30, 0)
    assert find_drift() == []


def test_parts_given_back_at_once_never_exceed_what_was_spent() -> None:
    alice = make_member()
    give(alice, 4)
    charge_id = ledger.charge(member_id=alice, points=20, key="charge", reason=REASON, at=NOON)

    def give_back(number: int) -> str:
        try:
            ledger.give_back(
                spend_id=charge_id, points=3, key=f"back:{number}", reason=REASON, at=NOON
            )
        except ledger.MoreThanWasSpent:
            return "too many"
        return "given back"

    outcomes = at_once([partial(give_back, number) for number in range(16)])

    assert (outcomes.count("given back"), outcomes.count("too many")) == (6, 10)
    balance = queries.balance(alice, at=NOON)
    assert (balance.available, balance.debt) == (2, 0)


def test_the_same_charge_fifty_times_at_once_charges_once() -> None:
    alice = make_member()
    give(alice, 4)

    def charge() -> bool:
        try:
            ledger.charge(member_id=alice, points=7, key="once", reason=REASON, at=NOON)
        except ledger.AlreadyPosted:
            return False
        return True

    assert at_once([charge] * 50).count(True) == 1
    assert queries.balance(alice, at=NOON).debt == 3


def test_a_hold_is_released_or_spent_and_never_both() -> None:
    alice = make_member()
    give(alice, 20)
    holds = [
        ledger.hold(member_id=alice, points=1, key=f"hold:{n}", reason=REASON, at=NOON)
        for n in range(20)
    ]

    def settle(act: Callable[..., UUID], hold_id: UUID) -> bool:
        try:
            act(hold_id=hold_id, key=f"{act.__name__}:{hold_id}", reason=REASON, at=NOON)
        except ledger.AlreadyUndone:
            return False
        return True

    settled = at_once(
        [
            partial(settle, act, hold_id)
            for hold_id in holds
            for act in (ledger.release, ledger.spend_held)
        ]
    )

    lot = Lot.objects.get()
    assert settled.count(True) == 20
    assert (lot.held, lot.available + lot.spent) == (0, 20)
    assert lot.spent == Posting.objects.filter(kind="SPEND").count()


def test_batches_over_the_same_members_in_any_order_never_deadlock() -> None:
    shop = make_installation()
    members = [make_member(shop) for _ in range(12)]
    orders = [new_key() for _ in members]
    for member_id, order_id in zip(members, orders, strict=True):
        give(member_id, 1000, order_id=order_id, matures_at=None)

    def change(number: int) -> None:
        random = Random(number)
        at = NOON + number * DAY
        changes = [
            wanted(
                members[index], orders[index],
                {None: random.randint(0, 1000), at: random.randint(0, 9)}, key=f"batch:{number}",
            )
            for index in random.sample(range(len(members)), 6)
        ]  # fmt: skip
        converge(*changes, at=at)
        timed.mature(at=at)

    at_once([partial(change, number) for number in range(160)], connections=8)

    assert Posting.objects.filter(key__startswith="batch").count() > 160
    assert find_drift() == []


def test_sweeps_at_once_post_once_for_each_member() -> None:
    shop = make_installation()
    members = [make_member(shop) for _ in range(20)]
    for member_id in members:
        give(member_id, 10, matures_at=NOON + DAY, expires_at=NOON + 2 * DAY)

    def sweep(number: int) -> int:
        moment = timedelta(microseconds=number)
        return timed.mature(at=NOON + DAY + moment) + timed.expire(at=NOON + 2 * DAY + moment)

    swept = at_once([partial(sweep, number) for number in range(8)])

    assert sum(swept) == 2 * len(members)
    for kind in ("MATURE", "EXPIRE"):
        assert Posting.objects.filter(kind=kind).count() == len(members)
    assert {lot.expired for lot in Lot.objects.all()} == {10}


@pytest.mark.parametrize("sweep", [timed.mature, timed.expire])
def test_a_sweep_passes_by_whoever_is_at_work_and_comes_back(sweep: Callable[..., int]) -> None:
    shop = make_installation()
    alice, bob = make_member(shop), make_member(shop)
    # Of Alice's lots there are more than a sweep takes.
    owners = [*[alice] * (timed.LOTS_MAX + 1), bob]
    due, late = {NOON + DAY: 1}, NOON + 2 * DAY
    converge(*[wanted(member_id, new_key(), due, expires_at=late) for member_id in owners])
    is_locked, may_end = Event(), Event()

    def work_on_alice() -> None:
        with transaction.atomic():
            store.lock_one(alice)
            is_locked.set()
            may_end.wait(WAIT_S_MAX)
        connection.close()

    worker = Thread(target=work_on_alice)
    worker.start()
    assert is_locked.wait(WAIT_S_MAX)
    beside = [sweep(at=late), sweep(at=late)]
    may_end.set()
    worker.join()
    after = [sweep(at=late), sweep(at=late), sweep(at=late)]

    assert (beside, after) == ([1, 0], [1, 1, 0])


def test_two_sweeps_share_the_work_without_waiting_for_each_other() -> None:
    shop = make_installation()
    members = [make_member(shop) for _ in range(2 * timed.LOTS_MAX)]
    over = NOON + DAY
    converge(*[wanted(member_id, new_key(), {NOON: 1}, expires_at=over) for member_id in members])
    may_go_on = Barrier(2)

    def sweep() -> int:
        with transaction.atomic():
            swept = timed.expire(at=NOON + DAY)
            may_go_on.wait(WAIT_S_MAX)
        return swept

    assert at_once([sweep, sweep]) == [timed.LOTS_MAX, timed.LOTS_MAX]
    assert timed.expire(at=NOON + DAY) == 0


def test_points_are_put_off_or_expire_and_never_both() -> None:
    shop = make_installation()
    members = [make_member(shop) for _ in range(40)]
    for member_id in members:
        give(member_id, 10, expires_at=NOON + DAY)

    def put_off(member_id: UUID) -> int:
        return expiry.extend(
            until={member_id: NOON + 9 * DAY}, at=NOON + DAY - timedelta(seconds=1)
        )

    def expire() -> int:
        return timed.expire(at=NOON + DAY)

    at_once([act for each in members for act in (partial(put_off, each), expire)], connections=8)

    for lot in Lot.objects.all():
        is_over = lot.expires_at is not None
        assert (lot.expired, lot.available) == ((10, 0) if is_over else (0, 10))
    assert find_drift() == []


class Shopper:
    """Does whatever a shopper, a shop and the clock can do, at random, and keeps count."""

    def __init__(self, number: int, members: list[UUID]) -> None:
        self.number, self.members, self.random = number, members, Random(number)
        self.steps = 0
        self.bought: list[tuple[UUID, UUID, int]] = []
        self.wanted: dict[UUID, tuple[UUID, int]] = {}
        self.holds: list[tuple[UUID, UUID, int]] = []
        self.spends: list[tuple[UUID, UUID, int]] = []
        self.acts = [
            self.buy, self.buy, self.buy, self.return_goods, self.redeem, self.redeem,
            self.charge, self.settle_hold, self.give_back, self.run_a_job, self.change_orders,
            self.change_orders, self.put_off,
        ]  # fmt: skip

    @property
    def now(self) -> datetime:
        """A moment that no other shopper acts at."""
        return NOON + timedelta(minutes=self.steps, microseconds=self.number)

    @property
    def key(self) -> str:
        return f"{self.number}:{self.steps}"

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self.steps += 1
            self.random.choice(self.acts)()

    def buy(self) -> None:
        member_id, order_id = self.random.choice(self.members), new_key()
        matures_at = self.now + timedelta(minutes=self.random.choice([0, 0, 5]))
        expires_at = self.random.choice([None, matures_at + timedelta(minutes=20)])
        points = self.random.randint(1, 50)
        order = wanted(
            member_id, order_id, {matures_at: points}, expires_at=expires_at, at=self.now
        )
        converge(order, at=self.now)
        self.bought.append((member_id, order_id, points))

    def return_goods(self) -> None:
        if self.bought:
            member_id, order_id, left = self.bought.pop(self.random.randrange(len(self.bought)))
            points = self.random.randint(1, left)
            take_back(member_id, points, order_id, at=self.now)
            if left > points:
                self.bought.append((member_id, order_id, left - points))

    def redeem(self) -> None:
        member_id, points = self.random.choice(self.members), self.random.randint(1, 40)
        act, redemptions = self.random.choice(
            [(ledger.hold, self.holds), (ledger.spend, self.spends)]
        )
        try:
            posting = act(
                member_id=member_id, points=points, key=self.key, reason=REASON, at=self.now
            )
        except ledger.NotEnoughPoints:
            return
        redemptions.append((member_id, posting, points))

    def charge(self) -> None:
        member_id, points = self.random.choice(self.members), self.random.randint(1, 40)
        posting = ledger.charge(
            member_id=member_id, points=points, key=self.key, reason=REASON, at=self.now
        )
        self.spends.append((member_id, posting, points))

    def grace(self) -> datetime | None:
        return self.random.choice([None, self.now + timedelta(minutes=15)])

    def settle_hold(self) -> None:
        if self.holds:
            member_id, hold_id, points = self.holds.pop(0)
            if self.random.random() < 0.5:
                ledger.release(
                    hold_id=hold_id, key=self.key, reason=REASON, at=self.now,
                    grace_until=self.grace(),
                )  # fmt: skip
            else:
                spend_id = ledger.spend_held(
                    hold_id=hold_id, key=self.key, reason=REASON, at=self.now
                )
                self.spends.append((member_id, spend_id, points))

    def give_back(self) -> None:
        if self.spends:
            member_id, spend_id, left = self.spends.pop(0)
            points = self.random.randint(1, left)
            ledger.give_back(
                spend_id=spend_id, points=points, key=self.key, reason=REASON, at=self.now,
                grace_until=self.grace(),
            )  # fmt: skip
            if left > points:
                self.spends.append((member_id, spend_id, left - points))

    def change_orders(self) -> None:
        """Have two orders earn by parts, or be returned."""
        for number in range(2):
            self.wanted.setdefault(
                UUID(int=self.number * 100 + number), (self.random.choice(self.members), 0)
            )
        changes = []
        for order_id, (member_id, _) in self.wanted.items():
            waits = self.random.sample([-5, 0, 3, 9], 2)
            parts: dict[datetime | None, int] = {
                self.now + timedelta(minutes=minutes): self.random.randint(0, 30)
                for minutes in waits
            }
            changes.append(wanted(member_id, order_id, parts, at=self.now))
            self.wanted[order_id] = (member_id, sum(parts.values()))
        converge(*changes, at=self.now)

    def put_off(self) -> None:
        until = dict.fromkeys(self.members, self.now + timedelta(minutes=30))
        expiry.extend(until=until, at=self.now)

    def run_a_job(self) -> None:
        self.random.choice([timed.mature, timed.expire])(at=self.now)


@contextmanager
def an_auditor(complaints: list[object]) -> Iterator[None]:
    """Prove the books again and again, each time on one snapshot, while others write."""
    done = Event()

    def audit() -> None:
        while not done.wait(READ_EVERY_S):
            with transaction.atomic():
                connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                complaints.extend(find_drift())
        connection.close()

    auditor = Thread(target=audit)
    auditor.start()
    try:
        yield
    finally:
        done.set()
        auditor.join()


def test_everything_at_once_keeps_the_books() -> None:
    shop, complaints = make_installation(), list[object]()
    members = [make_member(shop) for _ in range(3)]
    shoppers = [Shopper(number, members) for number in range(8)]

    with an_auditor(complaints):
        at_once([partial(shopper.live, 60) for shopper in shoppers], connections=8)

    assert complaints == []
    assert find_drift() == []
    for member_id in members:
        lots = Lot.objects.filter(member_id=member_id)
        used = sum(lot.held + lot.spent + lot.owed + lot.repaid for lot in lots)
        left = sum(lot.pending + lot.available + lot.expired - lot.owed for lot in lots)
        redeemed = sum(
            points
            for shopper in shoppers
            for who, _, points in shopper.holds + shopper.spends
            if who == member_id
        )
        kept = sum(
            points for shopper in shoppers for who, _, points in shopper.bought if who == member_id
        ) + sum(
            points
            for shopper in shoppers
            for who, points in shopper.wanted.values()
            if who == member_id
        )
        assert (used, left) == (redeemed, kept - redeemed)
    assert Movement.objects.filter(target="OWED").exists()
    assert Movement.objects.filter(target="REPAID").exists()
