"""Many at once: never more points than there are, never twice for one wish."""

from contextlib import suppress
from functools import partial
from uuid import UUID

import pytest
from crowds import at_once
from journeys.shop import ShopRefused
from redemptions.tills import Till

from saleor_loyalty.ledger.reconciliation import find_drift
from saleor_loyalty.redemptions import outbox
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.redemptions.operations import AlreadyUsed
from saleor_loyalty.rewards.values import Unavailable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def outcome(till: Till, member: UUID, reward: str, checkout: str = "", key: str = "") -> str:
    """What came of it, as the API tells."""
    try:
        return till.redeem(member, reward, checkout, key).status
    except Unavailable as error:
        return error.obstacles[0].why


def test_two_hundred_redemptions_on_two_hundred_checkouts_never_overspend(
    till: Till, anna: UUID
) -> None:
    checkouts = [till.checkout(anna, [("apple-juice", 2)]) for _ in range(200)]

    outcomes = at_once([partial(outcome, till, anna, "small", each) for each in checkouts])

    assert (outcomes.count("ISSUED"), outcomes.count("NOT_ENOUGH_POINTS")) == (20, 180)
    assert till.points(anna) == (0, 1_000)
    taken = till.rows()
    assert len({row.code for row in taken} & till.codes().keys()) == 20
    cheaper = [each for each in checkouts if till.total(each) < 11]
    assert set(cheaper) == {row.checkout_id for row in taken}
    till.check_books()


def test_the_same_key_fifty_times_at_once_is_one_redemption_and_fifty_equal_answers(
    till: Till, anna: UUID
) -> None:
    checkout = till.checkout(anna)

    answers = at_once([partial(till.redeem, anna, "money", checkout, "k")] * 50)

    first = answers[0]
    told = (first.id, first.status, first.answer)
    assert all((each.id, each.status, each.answer) == told for each in answers)
    assert first.status == "ISSUED"
    assert Redemption.objects.count() == 1
    assert till.points(anna) == (900, 100)
    assert till.total(checkout) == 50


def test_the_last_ones_of_a_stock_go_to_as_many_members(till: Till) -> None:
    members = [till.member(100) for _ in range(30)]

    outcomes = at_once([partial(outcome, till, each, "rare") for each in members])

    assert (outcomes.count("ISSUED"), outcomes.count("SOLD_OUT")) == (2, 28)
    till.check_books()


def test_many_outboxes_issue_each_reward_once(till: Till, anna: UUID) -> None:
    till.trouble("DOWN")
    for number in range(10):
        till.redeem(anna, key=f"k{number}")
    till.well()
    till.passes(minutes=1)

    def work() -> None:
        while outbox.work(at=till.at):
            pass

    at_once([work] * 8)

    rows = till.rows()
    assert {row.status for row in rows} == {"ISSUED"}
    assert {row.code for row in rows} <= till.codes().keys()
    till.check_books()


def test_giving_back_and_paying_at_once_ends_as_one_of_both(till: Till) -> None:
    members = [till.member(100) for _ in range(8)]
    taken = []
    for member in members:
        checkout = till.checkout(member)
        taken.append(till.redeem(member, "money", checkout))
        till.saleor.pay(checkout, till.total(checkout), "USD")

    def give_back(redemption: Redemption) -> None:
        try:
            till.cancel(redemption)
        except AlreadyUsed:
            assert till.orders_of(redemption)

    def pay(redemption: Redemption) -> None:
        person = till.people[redemption.member_id]
        with suppress(ShopRefused):
            # Saleor says in many ways that the code is no longer there.
            till.saleor.complete(redemption.checkout_id, person)

    at_once([act for each in taken for act in (partial(pay, each), partial(give_back, each))])

    till.rests()
    assert find_drift() == []


def test_hearing_of_an_order_while_it_is_given_back_charges_it_once(till: Till) -> None:
    members = [till.member(100) for _ in range(8)]
    acts = []
    for member in members:
        checkout = till.checkout(member)
        redemption = till.redeem(member, "money", checkout)
        order = till.pays(member, checkout)
        acts += [partial(till.hears, order.id)] * 2

        def give_back(redemption: Redemption = redemption) -> None:
            with pytest.raises(AlreadyUsed):
                till.cancel(redemption)

        acts.append(give_back)

    at_once(acts)

    assert {till.points(member) for member in members} == {(0, 0)}
    till.rests()
