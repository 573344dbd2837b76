"""What Saleor lets happen: one code in several orders, and codes in other people's orders."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from uuid import UUID

import pytest
from journeys.shop import Order
from redemptions.tills import Till

from saleor_loyalty.redemptions import operations
from saleor_loyalty.redemptions.models import Entitlement, Redemption, RedemptionUse
from saleor_loyalty.sandbox.apps import App
from saleor_loyalty.sandbox.orders import Order as SoldOrder

KEY = "loyalty-redemptions-"


@pytest.fixture
def ben(till: Till) -> UUID:
    """A member who has what one reward costs, and half of it again."""
    return till.member(150)


def race(till: Till, member: UUID, redemption: Redemption, number: int = 4) -> list[Order]:
    """Let checkouts with the same code be completed at the same moment."""
    checkouts = [till.checkout(member, code=redemption.code) for _ in range(number)]
    for checkout in checkouts:
        if total := till.total(checkout):
            till.saleor.pay(checkout, total, "USD")
    return at_same_moment(till, member, checkouts)


def at_same_moment(till: Till, member: UUID, checkouts: list[str]) -> list[Order]:
    """Complete checkouts that have all been found to be in order before the first is done."""
    till.quirks(race_codes=True)
    person = till.people[member]
    with ThreadPoolExecutor(len(checkouts)) as pool:
        orders = list(pool.map(lambda each: till.saleor.complete(each, person), checkouts))
    till.quirks(race_codes=False)
    return orders


def problems(till: Till, order: Order | RedemptionUse) -> list[str]:
    """What staff see of us, and of an order, in the Dashboard."""
    found = [each for app in till.sandbox.world.all(App) for each in app.problems]
    number = order.number if isinstance(order, Order) else order.order_number
    messages = [each.message for each in found if each.key.startswith(KEY)]
    return [message for message in messages if message.startswith(f"Order {number}: ")]


def notes(till: Till, order: Order) -> list[str]:
    """What staff see on an order."""
    sold = till.sandbox.world.get(SoldOrder, order.id)
    assert sold
    return sold.notes


class TestOneCodeInFourCheckoutsAtOnce:
    def test_is_charged_four_times_into_debt_and_shown_to_staff(
        self, till: Till, ben: UUID
    ) -> None:
        taken = till.redeem(ben)

        orders = race(till, ben, taken)
        till.hears(*[order.id for order in orders])
        till.works()

        assert [order.total for order in orders] == [50] * 4
        has = till.balance(ben)
        assert (has.available, has.held, has.debt) == (0, 0, 250)
        uses = RedemptionUse.objects.filter(redemption=taken)
        assert {use.points for use in uses} == {100}
        flagged = [use for use in uses if use.flag]
        assert [use.flag for use in flagged] == ["USED_AGAIN"] * 3
        assert all(use.reported_at for use in flagged)
        assert [len(problems(till, use)) for use in uses] == [int(bool(use.flag)) for use in uses]
        assert [notes(till, order) for order in orders] == [[]] * 4
        till.rests()

    @pytest.mark.parametrize(("reward", "points"), [("coffee", 200), ("post", 150), ("tenth", 300)])
    def test_is_charged_four_times_whatever_it_gives(
        self, till: Till, anna: UUID, reward: str, points: int
    ) -> None:
        taken = till.redeem(anna, reward)

        orders = race(till, anna, taken)
        till.hears(*[order.id for order in orders])
        till.works()

        assert till.points(anna) == (1_000 - 4 * points, 0)
        till.rests()

    def test_that_was_given_once_is_paid_for_in_the_other_orders(
        self, till: Till, anna: UUID
    ) -> None:
        Entitlement.objects.create(
            installation=till.row, member_id=anna, source="test", reward="small",
            earned_at=till.at, expires_at=None,
        )  # fmt: skip
        taken = till.redeem(anna, "small")
        assert (taken.points, till.points(anna)) == (0, (1_000, 0))

        orders = race(till, anna, taken)
        till.hears(*[order.id for order in reversed(orders)])
        till.works()

        assert till.points(anna) == (1_000 - 3 * 50, 0)
        for order in orders[1:]:
            till.saleor.cancel(order.id)
        till.hears(*[order.id for order in orders])
        assert till.points(anna) == (1_000, 0)

    def test_is_to_be_stopped_where_the_shop_wants_that(self, till: Till, ben: UUID) -> None:
        till.terms(used_again="VOID")
        taken = till.redeem(ben)

        orders = race(till, ben, taken)
        till.hears(*[order.id for order in orders])
        till.works()

        stopped = [order for order in orders if notes(till, order)]
        assert len(stopped) == 3
        till.works()
        assert [len(notes(till, order)) for order in stopped] == [1, 1, 1]

        for order in stopped:
            till.saleor.cancel(order.id)
        till.hears(*[order.id for order in orders])
        till.rests()
        assert till.points(ben) == (50, 0)

    @pytest.mark.parametrize("kind", ["ERROR", "LOST"])
    def test_is_noted_once_on_each_order_however_often_staff_could_not_be_told(
        self, till: Till, ben: UUID, kind: str
    ) -> None:
        till.terms(used_again="VOID")
        orders = race(till, ben, till.redeem(ben))
        till.hears(*[order.id for order in orders])

        till.trouble(kind, operation="ReportProblem")
        for _ in range(3):
            till.works()
            till.passes(minutes=15)
            assert not any(notes(till, order) for order in orders)
        till.well()
        till.works()

        told = [(len(problems(till, order)), len(notes(till, order))) for order in orders]
        assert sorted(told) == [(0, 0), (1, 1), (1, 1), (1, 1)]
        till.rests()

    @pytest.mark.parametrize("turn", list(permutations(range(3))))
    def test_ends_the_same_whoever_is_heard_of_first(
        self, till: Till, ben: UUID, turn: tuple[int, ...]
    ) -> None:
        taken = till.redeem(ben)
        orders = race(till, ben, taken, 3)

        for number in turn:
            till.hears(orders[number].id)
            till.works()

        assert till.points(ben) == (-150, 0)
        uses = RedemptionUse.objects.filter(redemption=taken).order_by("ordered_at")
        assert sum(use.flag == "USED_AGAIN" for use in uses) == 2
        till.rests()

    def test_gives_everything_back_once_all_four_are_cancelled(self, till: Till, ben: UUID) -> None:
        taken = till.redeem(ben)
        orders = race(till, ben, taken)
        till.hears(*[order.id for order in orders])

        for order in orders:
            till.saleor.cancel(order.id)
        till.hears(*[order.id for order in orders])
        till.rests()

        taken.refresh_from_db()
        assert (taken.status, till.points(ben)) == ("RESTORED", (150, 0))

    def test_is_charged_too_where_it_was_being_given_back(self, till: Till, ben: UUID) -> None:
        taken = till.redeem(ben)
        orders = race(till, ben, taken, 2)

        with pytest.raises(operations.AlreadyUsed):
            till.cancel(taken)
        till.hears(*[order.id for order in orders])

        assert till.points(ben) == (-50, 0)
        till.rests()

    def test_is_settled_by_who_looked_at_it(self, till: Till, ben: UUID) -> None:
        taken = till.redeem(ben)
        till.hears(*[order.id for order in race(till, ben, taken, 2)])
        use = RedemptionUse.objects.exclude(flag="").get(redemption=taken)

        resolved = operations.resolve(till.row.pk, use_id=use.id, at=till.at)

        assert resolved.resolved_at == till.at
        till.passes(hours=1)
        again = operations.resolve(till.row.pk, use_id=use.id, at=till.at)
        assert again.resolved_at == resolved.resolved_at


class TestOneGiftCardInFourCheckoutsAtOnce:
    def test_pays_no_more_than_is_on_it(self, till: Till, anna: UUID) -> None:
        taken = till.redeem(anna, "card", times=2)

        checkouts = [till.checkout(anna, code=taken.code) for _ in range(4)]
        for checkout in checkouts:
            till.saleor.pay(checkout, till.total(checkout), "USD")
        till.saleor.allow_unpaid()
        orders = at_same_moment(till, anna, checkouts)
        till.saleor.allow_unpaid(allow=False)
        till.hears(*[order.id for order in orders])
        till.works()

        card = till.card_of(taken)
        assert card
        assert card.current == 0
        assert sum(order.on_gift_cards for order in till.orders_of(taken)) == 10
        assert till.points(anna) == (800, 0)
        assert not RedemptionUse.objects.filter(redemption=taken).exclude(flag="").exists()
        till.rests()

    def test_can_be_used_by_nobody_else(self, till: Till, anna: UUID, ben: UUID) -> None:
        taken = till.redeem(anna, "card")

        with pytest.raises(Exception, match="INVALID"):
            till.checkout(ben, code=taken.code)


class TestAnothersCode:
    @pytest.mark.parametrize(
        ("policy", "flag", "is_noted"),
        [("ALLOW", "", False), ("FLAG", "USED_BY_OTHER", False), ("VOID", "USED_BY_OTHER", True)],
    )
    @pytest.mark.parametrize("is_guest", [False, True])
    def test_is_paid_by_its_owner_and_treated_as_the_programme_says(
        self, till: Till, anna: UUID, ben: UUID, policy: str, flag: str, is_noted: bool,
        is_guest: bool,
    ) -> None:  # fmt: skip
        till.terms(used_by_others=policy)
        taken = till.redeem(anna)
        who = f"guest-{taken.id}@example.com" if is_guest else till.people[ben]

        order = till.saleor.buy(who, [("coffee-beans", 4)], code=taken.code)
        till.hears(order.id)
        till.works()

        assert till.points(anna) == (900, 0)
        assert till.points(ben) == (150, 0)
        [use] = RedemptionUse.objects.filter(redemption=taken)
        assert (use.flag, use.is_by_other) == (flag, True)
        assert bool(problems(till, order)) is bool(flag)
        assert bool(notes(till, order)) is is_noted
        till.rests()
