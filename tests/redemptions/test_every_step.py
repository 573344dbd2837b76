"""Saleor stops answering at every single step; points and codes agree once it is well again."""

from collections.abc import Callable
from contextlib import suppress
from itertools import product
from uuid import UUID

import pytest
from redemptions.tills import Till

from saleor_loyalty.gateways.saleor.client import SaleorRefused, SaleorUnavailable
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.redemptions.operations import AlreadyUsed, NotUsable
from saleor_loyalty.rewards.values import Unavailable

pytestmark = pytest.mark.slow

#: More calls than anything below makes.
CALLS_MAX = 30
#: Not answered; done, and not answered.
KINDS = ("ERROR", "LOST")
#: What may be said while Saleor does not answer.
SAID = (SaleorUnavailable, SaleorRefused, Unavailable, NotUsable, AlreadyUsed)

Act = Callable[[Till, UUID], None]


def taken(till: Till, member: UUID) -> Redemption:
    """What a member took before Saleor fell silent."""
    [redemption] = till.rows(member)
    return redemption


def redeem(till: Till, member: UUID) -> None:
    till.redeem(member, "money", till.open[member], key="k")


def redeem_for_later(till: Till, member: UUID) -> None:
    till.redeem(member, key="k")


def redeem_a_card(till: Till, member: UUID) -> None:
    till.redeem(member, "card", till.open[member], key="k")


def redeem_goods(till: Till, member: UUID) -> None:
    till.redeem(member, "coffee", till.open[member], key="k")


def apply(till: Till, member: UUID) -> None:
    till.apply(taken(till, member), till.checkout(member))


def cancel(till: Till, member: UUID) -> None:
    till.cancel(taken(till, member))


def expire(till: Till, _member: UUID) -> None:
    till.passes(minutes=45)
    till.works()


def order_and_cancel(till: Till, member: UUID) -> None:
    """The order is made, and nobody hears of it before the member gives the reward back."""
    till.cancel(taken(till, member))


def end_card(till: Till, _member: UUID) -> None:
    till.passes(days=40)
    till.works()


def nothing(_till: Till, _member: UUID) -> None:
    """Nothing happened before."""


def redeem_and_pay(till: Till, member: UUID) -> None:
    redeem(till, member)
    till.pays(member, till.open[member])


def redeem_a_card_and_pay(till: Till, member: UUID) -> None:
    till.redeem(member, "card", till.open[member], times=12)
    till.pays(member, till.open[member])


# What happened before, and what Saleor falls silent in.
STORIES: dict[str, tuple[Act, Act]] = {
    "redeeming": (nothing, redeem),
    "redeeming for later": (nothing, redeem_for_later),
    "redeeming goods": (nothing, redeem_goods),
    "redeeming store credit": (nothing, redeem_a_card),
    "giving back": (redeem, cancel),
    "giving store credit back": (redeem_a_card, cancel),
    "giving back what was used": (redeem_and_pay, order_and_cancel),
    "giving store credit back that was used": (redeem_a_card_and_pay, order_and_cancel),
    "ending": (redeem, expire),
    "ending of store credit": (redeem_a_card, expire),
    "ending of store credit that was used": (redeem_a_card_and_pay, end_card),
}  # fmt: skip


def walk(till: Till, story: str, kind: str, *, then: Act) -> int:
    """Let Saleor fall silent after no call, after one, and so on; return how many there are."""
    before, act = STORIES[story]
    for step in range(CALLS_MAX):
        member = till.member(2_000)
        till.open[member] = till.checkout(member)
        before(till, member)
        with till.failing(kind, after=step), suppress(*SAID):
            act(till, member)
        then(till, member)
        till.rests()
        till.leaves(member)
        if till.asked <= step:
            return step
    raise AssertionError("there is always one more call")


# Or done, and answered by half.
CASES = [
    *product(STORIES, KINDS),
    *product(("redeeming", "redeeming store credit", "giving back"), ["HALF"]),
]


@pytest.mark.parametrize(("story", "kind"), CASES)
def test_no_step_loses_or_doubles_a_point(till: Till, story: str, kind: str) -> None:
    def soon(till: Till, _member: UUID) -> None:
        # Whoever worked on it is dead: its lease has to end first.
        till.check_nothing_is_for_nothing()
        till.passes(minutes=15)
        till.works()
        till.check_books()

    assert walk(till, story, kind, then=soon) > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("story", ["redeeming", "redeeming store credit"])
def test_who_asks_again_gets_what_they_asked_for(till: Till, story: str, kind: str) -> None:
    _before, redeem_again = STORIES[story]

    def again(till: Till, member: UUID) -> None:
        till.passes(minutes=1)
        redeem_again(till, member)
        [redemption] = till.rows(member)
        assert redemption.status == "ISSUED"
        has = till.total(till.open[member])
        if redemption.checkout_id:
            assert has < 55
        order = till.pays(member, till.open[member])
        till.hears(order.id)

    assert walk(till, story, kind, then=again) > 0


def test_an_order_paid_with_a_code_nobody_told_us_of_is_charged(till: Till) -> None:
    def buy(till: Till, member: UUID) -> None:
        till.pays(member, till.open[member])

    assert walk(till, "redeeming", "LOST", then=buy) > 0
