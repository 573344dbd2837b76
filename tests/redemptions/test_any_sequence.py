"""Whatever shoppers, staff, Saleor and time do, in any order: points and codes agree in the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from journeys.shop import ShopRefused
from redemptions.shelf import TWO_LINES
from redemptions.tills import Till

from saleor_loyalty.gateways.saleor.baskets import NoSuchBasket
from saleor_loyalty.gateways.saleor.client import SaleorRefused, SaleorUnavailable
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.redemptions.operations import AlreadyUsed, NotUsable
from saleor_loyalty.rewards.values import Unavailable

pytestmark = pytest.mark.slow

#: What may be said to a shopper.
SAID = (
    SaleorUnavailable, SaleorRefused, Unavailable, NotUsable, AlreadyUsed, NoSuchBasket,
    ShopRefused,
)  # fmt: skip
MEMBERS, CHECKOUTS, POINTS = 2, 3, 400
numbers = st.integers(0, 5)


class Undone(Exception):
    """Ends a transaction, and all that was done in it."""


@contextmanager
def nothing_stays() -> Iterator[None]:
    """Undo in the database what is done here."""
    with suppress(Undone), transaction.atomic():
        yield
        raise Undone


class Lives(RuleBasedStateMachine):
    """Two members with three checkouts, while Saleor comes and goes."""

    new_till: Callable[[], Till]

    def __init__(self) -> None:
        super().__init__()
        self._undo = nothing_stays()
        self._undo.__enter__()
        self.till = self.new_till()
        self.members = [self.till.member(POINTS) for _ in range(MEMBERS)]
        self.checkouts: list[tuple[UUID, str]] = []
        for _ in range(CHECKOUTS):
            self._fill(self.members[0])
        self._fill(self.members[1])
        self.orders: list[str] = []
        self.untold: list[OrderState] = []

    def teardown(self) -> None:
        """Whatever happened: in the end, all agrees."""
        try:
            self.till.well()
            self.till.hears_states(*self.untold)
            self.till.rests()
        finally:
            self._undo.__exit__(None, None, None)

    def _fill(self, member: UUID) -> None:
        self.checkouts.append((member, self.till.checkout(member, TWO_LINES)))

    def _one(self, number: int) -> Redemption | None:
        rows = self.till.rows()
        return rows[number % len(rows)] if rows else None

    def _tell_later(self, order: str) -> None:
        self.untold.append(self.till.state(order))

    @rule(number=numbers, reward=st.sampled_from(["money", "money", "coffee", "card"]))
    def redeem(self, number: int, reward: str) -> None:
        member, checkout = self.checkouts[number % len(self.checkouts)]
        with suppress(*SAID):
            self.till.redeem(member, reward, checkout)

    @rule(member=st.integers(0, MEMBERS - 1), reward=st.sampled_from(["money", "card"]))
    def redeem_for_later(self, member: int, reward: str) -> None:
        with suppress(*SAID):
            self.till.redeem(self.members[member], reward)

    @rule(number=numbers, where=numbers)
    def apply_elsewhere(self, number: int, where: int) -> None:
        if redemption := self._one(number):
            own = [each for member, each in self.checkouts if member == redemption.member_id]
            if own:
                with suppress(*SAID):
                    self.till.apply(redemption, own[where % len(own)])

    @rule(number=numbers, where=numbers)
    def hand_on(self, number: int, where: int) -> None:
        """Put a code into any checkout, without a word to us."""
        redemption = self._one(number)
        if redemption and redemption.code:
            _member, checkout = self.checkouts[where % len(self.checkouts)]
            with suppress(ShopRefused):
                self.till.saleor.ask("AddCode", id=checkout, code=redemption.code)

    @rule(number=numbers)
    def give_back(self, number: int) -> None:
        if redemption := self._one(number):
            with suppress(*SAID):
                self.till.cancel(redemption)

    @rule(number=numbers)
    def pay(self, number: int) -> None:
        member, checkout = self.checkouts[number % len(self.checkouts)]
        with suppress(ShopRefused):
            order = self.till.pays(member, checkout).id
            self.checkouts.remove((member, checkout))
            self._fill(member)
            self.orders.append(order)
            self._tell_later(order)

    @precondition(lambda self: self.orders)
    @rule(number=numbers)
    def cancel_order(self, number: int) -> None:
        order = self.orders[number % len(self.orders)]
        with suppress(ShopRefused):
            self.till.saleor.cancel(order)
            self._tell_later(order)

    @precondition(lambda self: self.orders)
    @rule(number=numbers)
    def send_back_a_line(self, number: int) -> None:
        order = self.orders[number % len(self.orders)]
        with suppress(ShopRefused):
            self.till.saleor.fulfil(order)
            line = self.till.saleor.order(order)["lines"][number % 2]["id"]
            self.till.saleor.return_lines(order, {line: 1})
            self._tell_later(order)

    @precondition(lambda self: self.untold)
    @rule(order=st.randoms(use_true_random=False), often=st.integers(1, 2))
    def hear(self, order: Any, often: int) -> None:
        """Webhooks arrive in any order, some twice."""
        order.shuffle(self.untold)
        told = self.untold.pop()
        for _ in range(often):
            self.till.hears_states(told)
        self.till.check_drift()

    @rule(minutes=st.sampled_from([1, 12, 40, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.till.passes(minutes=minutes)

    @rule()
    def outbox_works(self) -> None:
        self.till.works()
        self.till.check_drift()

    @rule(
        kind=st.sampled_from(["ERROR", "LOST", "HALF", "DOWN"]), after=st.integers(0, 6),
        act=st.sampled_from(["redeem", "give_back", "outbox_works"]), number=numbers,
    )  # fmt: skip
    def saleor_falls_silent(self, kind: str, after: int, act: str, number: int) -> None:
        """Saleor answers so many calls only, in the middle of something."""
        with self.till.failing(kind, after=after):
            match act:
                case "redeem":
                    self.redeem(number, "money")
                case "give_back":
                    self.give_back(number)
                case _:
                    self.till.works()

    @rule(number=numbers)
    def staff_delete_a_voucher(self, number: int) -> None:
        redemption = self._one(number)
        if redemption and (voucher := self.till.voucher_of(redemption)):
            self.till.saleor.drop_voucher(voucher.id)


def test_points_and_codes_agree_in_the_end(new_till: Callable[[], Till]) -> None:
    lives = type("Lives", (Lives,), {"new_till": staticmethod(new_till)})
    run_state_machine_as_test(
        lives,
        settings=settings(
            max_examples=25,
            stateful_step_count=15,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
        ),
    )
