"""Saleor does what it was asked for, and says so, when we wait no more."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from uuid import UUID

import pytest
from crowds import at_once
from pytest_django import Settings
from redemptions.stories import STORIES, cancel, redeem, taken
from redemptions.tills import Till

from saleor_loyalty.gateways.saleor.client import SaleorUnavailable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

#: So long we wait, many times what a call takes here; and so long one does take.
WAIT_S, LATE_S = 0.4, 0.6
#: What Saleor takes besides.
WORK_S = 0.1


class Wait:
    """For what Saleor is still at, though nobody listens any more."""

    def __init__(self, till: Till, settings: Settings) -> None:
        self._till, self._settings, self._until = till, settings, 0.0

    @contextmanager
    def given_up(self, operation: str, *, times: int = 1) -> Iterator[None]:
        """Ask for something that comes too late, so many times."""
        patience = self._settings.SALEOR_TIMEOUT_S
        self._till.well()
        self._till.trouble("LATE", operation=operation, times=times, seconds=LATE_S)
        self._settings.SALEOR_TIMEOUT_S = WAIT_S
        yield
        self._until = time.monotonic() + LATE_S - WAIT_S + WORK_S
        self._settings.SALEOR_TIMEOUT_S = patience
        assert self._till.well()[operation] == times
        self._till.check_nothing_is_for_nothing()

    def until_done(self) -> None:
        """Let Saleor do it."""
        time.sleep(max(0.0, self._until - time.monotonic()))
        self._till.check_nothing_is_for_nothing()


@pytest.fixture
def wait(till: Till, settings: Settings) -> Wait:
    return Wait(till, settings)


def members(till: Till, story: str, count: int) -> list[UUID]:
    """Members to whom happened what comes first in a story."""
    found = [till.member(1_000) for _ in range(count)]
    for member in found:
        till.open[member] = till.checkout(member)
        STORIES[story][0](till, member)
    return found


def each_acts(till: Till, story: str, *those: UUID) -> None:
    """Let members do what comes next, all at once: Saleor is waited for only once."""

    def act(member: UUID) -> None:
        with suppress(SaleorUnavailable):
            STORIES[story][1](till, member)

    at_once([partial(act, each) for each in those])


def has_it(till: Till, member: UUID) -> bool:
    """Whether a reward is in the checkout, and paid for; otherwise it is over, and free."""
    row = taken(till, member)
    told = (row.status, till.total(till.open[member]), till.points(member))
    assert told in {("ISSUED", 50, (900, 100)), ("VOIDED", 55, (1_000, 0))}
    return row.status == "ISSUED"


@pytest.mark.parametrize(
    ("story", "late"),
    [
        ("redeeming", "CreateVoucher"),
        ("redeeming", "ListVoucher"),
        ("redeeming", "ApplyCode"),
        ("redeeming store credit", "CreateGiftCard"),
        ("redeeming store credit", "ActivateGiftCard"),
        ("using elsewhere", "ApplyCode"),
        ("giving back", "DeleteVoucher"),
        ("giving store credit back", "DeactivateGiftCard"),
    ],
)
def test_what_comes_too_late_counts_once_whatever_was_done_meanwhile(
    till: Till, wait: Wait, story: str, late: str
) -> None:
    is_ending = story.startswith("giving")
    # What becomes of a voucher that was given back before it was there is told below.
    count = 3 if is_ending or late == "CreateVoucher" else 4
    silent, patient, hasty, *regretful = members(till, story, count)
    with wait.given_up(late, times=count):
        each_acts(till, story, silent, patient, hasty, *regretful)

    for member in regretful:
        cancel(till, member)
    each_acts(till, story, hasty)
    wait.until_done()
    each_acts(till, story, patient)

    assert has_it(till, hasty) is has_it(till, patient) is not is_ending
    assert not any(has_it(till, member) for member in regretful)
    till.passes(minutes=1)
    till.works()
    till.check_books()
    till.rests()
    assert {till.points(each) for each in till.given} == {(1_000, 0)}


def test_a_voucher_that_comes_after_it_was_given_back_cannot_be_used(
    till: Till, wait: Wait
) -> None:
    [anna] = members(till, "redeeming", 1)
    with wait.given_up("CreateVoucher"):
        redeem(till, anna)

    cancel(till, anna)
    wait.until_done()

    assert not has_it(till, anna)
    # It is there, and no channel has it.
    voucher = till.voucher_of(taken(till, anna))
    assert voucher
    assert not voucher.listings
    till.check_books()


def test_an_order_made_while_its_code_is_still_being_taken_out_is_charged(
    till: Till, wait: Wait
) -> None:
    [anna] = members(till, "giving back", 1)
    with wait.given_up("RemoveCode"):
        cancel(till, anna)

    till.pays(anna, till.open[anna])
    wait.until_done()
    till.passes(minutes=1)
    till.works()

    row = taken(till, anna)
    # On a busy machine it may have come too late for that.
    assert row.status == ("USED" if till.orders_of(row) else "VOIDED")
    till.check_books()
    till.rests()
