"""Saleor stops answering at every single step; points and codes agree once it is well again."""

from contextlib import suppress
from itertools import product
from uuid import UUID

import pytest
from redemptions.stories import STORIES, Act, apply
from redemptions.tills import MANY, Till

from saleor_loyalty.gateways.saleor.client import SaleorRefused, SaleorUnavailable
from saleor_loyalty.redemptions.operations import AlreadyUsed, NotUsable
from saleor_loyalty.rewards.values import Unavailable

pytestmark = pytest.mark.slow

#: More calls than anything below makes.
CALLS_MAX = 30
#: Not answered; done, and not answered.
KINDS = ("ERROR", "LOST")
#: What may be said while Saleor does not answer.
SAID = (SaleorUnavailable, SaleorRefused, Unavailable, NotUsable, AlreadyUsed)


def walk(till: Till, story: str, kind: str, *, then: Act, times: int = MANY) -> int:
    """Let Saleor fail after no call, after one, and so on; return how many calls there are.

    It fails from then on, or so many times.
    """
    before, act = STORIES[story]
    for step in range(CALLS_MAX):
        member = till.member(2_000)
        till.open[member] = till.checkout(member)
        before(till, member)
        with till.failing(kind, after=step, times=times), suppress(*SAID):
            act(till, member)
        then(till, member)
        till.rests()
        till.leaves(member)
        if till.asked <= step:
            return step
    raise AssertionError("there is always one more call")


# A redemption and its end, with a voucher and with store credit.
WHOLE = (
    "redeeming",
    "redeeming store credit",
    "giving back",
    "giving store credit back",
    "ending of store credit that was used",
)
# Or done, and answered by half; or 429.
CASES = [*product(STORIES, KINDS), *product(WHOLE, ("HALF", "BUSY"))]


def soon(till: Till, _member: UUID) -> None:
    # Whoever worked on it is dead: its lease has to end first.
    till.check_nothing_is_for_nothing()
    till.passes(minutes=15)
    till.works()
    till.check_books()


@pytest.mark.parametrize(("story", "kind"), CASES)
def test_no_step_loses_or_doubles_a_point(till: Till, story: str, kind: str) -> None:
    assert walk(till, story, kind, then=soon) > 0


@pytest.mark.parametrize("story", [*WHOLE[1:3], "using elsewhere", WHOLE[-1]])
def test_what_was_done_without_an_answer_is_asked_for_again_and_counts_once(
    till: Till, story: str
) -> None:
    assert walk(till, story, "LOST", then=soon, times=1) > 0


def test_who_asks_again_uses_it_where_they_wanted(till: Till) -> None:
    def again(till: Till, member: UUID) -> None:
        till.passes(minutes=1)
        apply(till, member)
        [redemption] = till.rows(member)
        assert (redemption.status, redemption.checkout_id) == ("ISSUED", till.open[member])
        assert till.total(till.open[member]) == 50
        till.hears(till.pays(member, till.open[member]).id)
        assert till.points(member) == (1_900, 0)

    assert walk(till, "using elsewhere", "LOST", then=again) > 0


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
