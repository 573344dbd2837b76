"""Whole lives on real tables: all that may happen to members, told anyhow, ends as if never bought.

One member lives through everything: orders in every state of payment and return, told in any
order, doubled and in batches, under up to three versions of a programme with levels, limits,
campaigns and scarce budgets; activities that are revoked, levels given by hand, segments,
campaigns joined, points held and spent in between. Another only ever did what stayed in the end.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

import pytest
from accrual.worlds import BEGAN, DAY, LATER, Bought, lives, programmes, state
from factories import make_installation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_loyalty.accrual.models import Budget
from saleor_loyalty.accrual.operations import converge, settle
from saleor_loyalty.accrual.reconciliation import find_order_drift
from saleor_loyalty.activities.models import Activity
from saleor_loyalty.activities.operations import record, revoke
from saleor_loyalty.campaigns.models import OptIn
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import member_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.models import Lot
from saleor_loyalty.ledger.reconciliation import find_drift
from saleor_loyalty.members.models import Member, PaidMembership
from saleor_loyalty.members.operations import enrol, tell_facts
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.redemptions.models import Entitlement
from saleor_loyalty.tiers.operations import Gift, set_tier

pytestmark = pytest.mark.django_db

USER = "VXNlcjox"
#: Ways in which payment apps tell that money went back.
MONEY_BACK: list[Callable[[OrderState], dict[str, Any]]] = [
    lambda now: {},
    # The charge stays as it was.
    lambda now: {"charged": now.charged + now.refunded, "charge_status": "FULL"},
    # A chargeback is no refund.
    lambda now: {"refunded": Decimal(0)},
]


@dataclass(frozen=True)
class Life:
    """What a member did."""

    bought: Sequence[Bought]
    # How the money of each order went back, and whether it was cancelled when all had.
    ways: Sequence[int]
    reviews: Sequence[datetime]
    revoked: Sequence[datetime]
    joined_at: datetime | None
    # The level given by hand, from when until when, and whether it is a floor.
    given: tuple[str, datetime, datetime, bool] | None
    # When they became important, and when no longer.
    important: Sequence[datetime]


MOMENTS = st.integers(0, 120).map(lambda day: BEGAN + day * DAY + timedelta(hours=5))


@st.composite
def whole_lives(draw: st.DrawFn) -> Life:
    """Any life."""
    bought = draw(lives())
    reviews = draw(st.lists(MOMENTS, max_size=4, unique=True))
    given = draw(st.none() | st.tuples(st.sampled_from(["silver", "gold"]), MOMENTS, MOMENTS,
                                       st.booleans()))  # fmt: skip
    return Life(
        bought,
        draw(st.lists(st.integers(0, 2), min_size=len(bought), max_size=len(bought))),
        reviews,
        draw(st.lists(st.sampled_from(reviews), unique=True)) if reviews else [],
        draw(st.none() | MOMENTS),
        given and (given[0], min(given[1:3]), max(given[1:3]) + DAY, given[3]),
        sorted(draw(st.lists(MOMENTS, max_size=2, unique=True))),
    )


def make_shop(versions: Sequence[Programme]) -> Installation:
    shop = make_installation()
    for number, document in enumerate(versions):
        at = BEGAN + (40 * number - 1) * DAY
        publish(installation_id=shop.pk, document=document, at=at)
    enrol(installation_id=shop.pk, saleor_user_ids=[USER], at=BEGAN)
    return shop


class Teller:
    """Tells a shop what its member does, and lets them spend in between."""

    def __init__(self, shop: Installation) -> None:
        self.shop, self.member = shop, member_key(shop.pk, USER)
        self.spent = 0
        self._keys = (str(number) for number in count())
        self._questions = (LATER + timedelta(seconds=number) for number in count(1))
        self._open: list[tuple[str, UUID, int]] = []

    def hear(self, *states: OrderState, truth: dict[str, OrderState]) -> None:
        outcome = converge(installation_id=self.shop.pk, states=states, at=LATER)
        if outcome.doubtful:
            asked_at = next(self._questions)
            answers = [replace(truth[key], read_at=asked_at) for key in sorted(outcome.doubtful)]
            converge(installation_id=self.shop.pk, states=answers, at=LATER, is_certain=True)

    def settle(self) -> None:
        settle(installation_id=self.shop.pk, member_ids=[self.member], at=LATER)

    def review(self, at: datetime) -> None:
        record(
            installation_id=self.shop.pk, member_id=self.member, event="review",
            reference=at.isoformat(), occurred_at=at, at=LATER,
        )  # fmt: skip
        self.settle()

    def revoke(self, at: datetime) -> None:
        self.review(at)
        revoke(
            installation_id=self.shop.pk, member_id=self.member, event="review",
            reference=at.isoformat(),
        )  # fmt: skip
        self.settle()

    def join(self, at: datetime) -> None:
        for campaign in ("extra", "sprint"):
            OptIn.objects.create(
                installation=self.shop, member_id=self.member, campaign=campaign, at=at
            )
        self.settle()

    def give(self, level: str, since: datetime, until: datetime, is_floor: bool) -> None:
        gift = Gift(level, since, until, is_floor, "Kindness", "VXNlcjo5")
        set_tier(installation_id=self.shop.pk, member_id=self.member, gift=gift, key="kind")
        self.settle()

    def tell(self, number: int, at: datetime) -> None:
        tell_facts(
            installation_id=self.shop.pk, member_id=self.member,
            values={"vip": Decimal(1) if number == 0 else None}, at=at,
        )  # fmt: skip
        self.settle()

    def spend_some(self, random: Random) -> None:
        """Hold, spend, or give back."""
        key = next(self._keys)
        if self._open and random.random() < 0.5:
            kind, posting, points = self._open.pop()
            if kind == "hold" and random.random() < 0.5:
                posting = ledger.spend_held(hold_id=posting, key=key, reason={}, at=LATER)
                self._open.append(("spend", posting, points))
            elif kind == "hold":
                ledger.release(hold_id=posting, key=key, reason={}, at=LATER)
                self.spent -= points
            else:
                ledger.give_back(spend_id=posting, key=key, reason={}, at=LATER)
                self.spent -= points
            return
        lots = Lot.objects.filter(member_id=self.member)
        if not (available := sum(lot.available for lot in lots)):
            return
        points = random.randint(1, available)
        kind = random.choice(["hold", "spend"])
        act = ledger.hold if kind == "hold" else ledger.spend
        posting = act(member_id=self.member, points=points, key=key, reason={}, at=LATER)
        self._open.append((kind, posting, points))
        self.spent += points


def told(life: Life, random: Random) -> tuple[list[OrderState], dict[str, OrderState]]:
    """All states of all orders, and the last ones."""
    states, truth = [], {}
    for bought, way in zip(life.bought, life.ways, strict=True):
        paid = state(bought.before_returns(), hour=1)
        unpaid = replace(
            paid, charged=Decimal(0), charge_status="NONE", changed_at=bought.at, read_at=bought.at
        )
        states += [unpaid, paid]
        for hour in range(2, 2 + random.randrange(4)):
            # Anything may come back, and be paid for again.
            lines = tuple((c, p, n, random.randint(0, n)) for c, p, n, _ in bought.lines)
            between = state(replace(bought, lines=lines), hour=hour)
            status = random.choice(["UNFULFILLED", "UNFULFILLED", "CANCELED"])
            back = random.choice(MONEY_BACK)(between)
            if random.random() < 0.3:
                back = {"charged": between.charged / 2, "charge_status": "PARTIAL"}
            states.append(replace(between, status=status, **back))
        last = state(bought, hour=9)
        last = replace(last, **MONEY_BACK[way](last))
        if not bought.is_kept and random.random() < 0.5:
            last = replace(last, status="CANCELED")
        states.append(last)
        truth[last.saleor_id] = last
    return states, truth


def acts_of(life: Life, teller: Teller, *, really: bool) -> list[Callable[[], None]]:
    """What is told besides orders; what was revoked in the end only if it `really` happened."""
    acts: list[Callable[[], None]] = []
    for at in life.reviews:
        if at not in life.revoked:
            acts.append(partial(teller.review, at))
        elif really:
            acts.append(partial(teller.revoke, at))
    if life.joined_at:
        acts.append(partial(teller.join, life.joined_at))
    if life.given:
        acts.append(partial(teller.give, *life.given))
    return acts


def end(teller: Teller) -> dict[str, Any]:
    """All that matters in the end; what was given back leaves no trace."""
    shop = teller.shop
    waiting: Counter[datetime | None] = Counter()
    states: Counter[str] = Counter()
    for lot in Lot.objects.filter(installation=shop):
        waiting[lot.matures_at] += lot.pending
        for name in ("available", "owed", "spent", "held", "expired", "written_off", "repaid"):
            states[name] += getattr(lot, name)
    member = Member.objects.get(pk=teller.member)
    by_rule = {
        (order.number, order.points): _by_rule(order.receipt)
        for order in Order.objects.filter(installation=shop, points__gt=0)
    }
    return {
        "waiting": +waiting,
        "balance": states["available"] - states["owed"] + teller.spent,
        "level": (member.tier, member.tier_until, member.tier_review_at),
        "budgets": {b.key: b.spent for b in Budget.objects.filter(installation=shop) if b.spent},
        "orders": by_rule,
        "given": set(
            Entitlement.objects.filter(installation=shop, withdrawn_at=None).values_list(
                "source", "reward", "earned_at", "expires_at"
            )
        ),
        "paid": set(
            PaidMembership.objects.filter(installation=shop).values_list(
                "segment", "from_at", "until", "year_from"
            )
        ),
        "events": {a.reference: a.points
                   for a in Activity.objects.filter(installation=shop, points__gt=0)},
    }  # fmt: skip


def _by_rule(receipt: dict[str, Any]) -> Counter[str]:
    points: Counter[str] = Counter()
    for line in receipt["lines"]:
        points[line["rule"]] += line["points"]
    return points


def granted(shop: Installation) -> dict[str, int]:
    given: Counter[str] = Counter()
    for rows in (Order.objects, Activity.objects):
        for row in rows.filter(installation=shop):
            given.update(row.granted)
    return dict(+given)


@given(st.lists(programmes(), min_size=1, max_size=3), whole_lives(), st.integers(0, 2**32))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_whole_life_told_anyhow_ends_as_if_what_was_undone_had_never_been(
    versions: list[Programme], life: Life, seed: int
) -> None:
    # Points left with the member by CLAMP are the next test's.
    versions = [each.model_copy(update={"spent_points_of_returns": "DEBT"}) for each in versions]
    random = Random(seed)
    really, never = Teller(make_shop(versions)), Teller(make_shop(versions))
    states, truth = told(life, random)
    states += random.choices(states, k=random.randrange(4))
    random.shuffle(states)
    for number, at in enumerate(life.important):
        really.tell(number, at)
        never.tell(number, at)

    acts = acts_of(life, really, really=True)
    while states:
        size = random.randint(1, 5)
        acts.append(partial(really.hear, *states[:size], truth=truth))
        del states[:size]
    random.shuffle(acts)
    for act in acts:
        act()
        really.spend_some(random)
    bought = [state(each.never_bought(), hour=1) for each in life.bought if each.is_kept]
    never.hear(*bought, truth={})
    for act in acts_of(life, never, really=False):
        act()
    never.settle()

    assert end(really) == end(never)
    assert granted(really.shop) == end(really)["budgets"]
    assert find_drift() == find_order_drift() == []
