"""Every kind of reward, from the points to the paid order."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from factories import DAY, NOON
from redemptions.shelf import programme
from redemptions.tills import Till

from saleor_loyalty.redemptions import operations
from saleor_loyalty.redemptions.models import Entitlement
from saleor_loyalty.redemptions.queries import shopper
from saleor_loyalty.rewards.values import Unavailable, Why

#: Four bags of coffee beans cost 50, shipping 5.
TOTAL = Decimal(55)


def why(error: pytest.ExceptionInfo[Unavailable]) -> set[Why]:
    """Every reason that was given."""
    return {obstacle.why for obstacle in error.value.obstacles}


class TestAVoucher:
    @pytest.mark.parametrize(
        ("reward", "points", "off"),
        [("money", 100, "5"), ("tenth", 300, "5"), ("coffee", 200, "12.5"), ("post", 150, "5")],
    )
    def test_is_in_the_checkout_at_once_and_costs_its_points_once(
        self, till: Till, anna: UUID, reward: str, points: int, off: str
    ) -> None:
        checkout = till.checkout(anna)

        taken = till.redeem(anna, reward, checkout)

        assert (taken.status, taken.means) == ("ISSUED", "VOUCHER")
        assert till.total(checkout) == TOTAL - Decimal(off)
        assert till.points(anna) == (1_000 - points, points)
        answer = taken.answer or {}
        assert Decimal(answer["total"]) == TOTAL - Decimal(off)

        order = till.pays(anna, checkout)
        till.hears(order.id)
        till.works()

        assert till.points(anna) == (1_000 - points, 0)
        taken.refresh_from_db()
        assert taken.status == "USED"
        [use] = taken.uses.all()
        assert (use.order_id, use.discount, use.points) == (order.id, Decimal(off), points)
        till.rests()
        assert till.points(anna) == (1_000 - points, 0)

    def test_takes_off_as_much_as_is_wanted(self, till: Till, anna: UUID) -> None:
        checkout = till.checkout(anna)

        till.redeem(anna, "money", checkout, times=3)

        assert till.total(checkout) == TOTAL - 15
        assert till.points(anna) == (700, 300)

    def test_may_leave_nothing_to_pay(self, till: Till, anna: UUID) -> None:
        # A voucher for the goods, store credit for the shipping.
        checkout = till.checkout(anna)
        till.redeem(anna, "fifty", checkout)
        till.redeem(anna, "card", checkout)

        assert till.total(checkout) == 0
        order = till.pays(anna, checkout)
        till.hears(order.id)
        till.works()

        assert order.total == 0
        assert till.points(anna) == (400, 0)
        assert [row.status for row in till.rows(anna)] == ["USED", "USED"]
        till.rests()

    def test_without_a_checkout_waits_to_be_used(self, till: Till, anna: UUID) -> None:
        taken = till.redeem(anna)
        assert taken.status == "ISSUED"
        assert taken.code in till.codes()

        order = till.saleor.buy(till.people[anna], [("coffee-beans", 4)], code=taken.code)
        till.hears(order.id)
        till.rests()

        assert order.total == TOTAL - 5
        assert till.points(anna) == (900, 0)

    def test_can_move_to_another_checkout(self, till: Till, anna: UUID) -> None:
        first, second = till.checkout(anna), till.checkout(anna)
        taken = till.redeem(anna, "money", first)

        till.apply(taken, second)

        assert till.total(second) == TOTAL - 5
        order = till.pays(anna, second)
        till.hears(order.id)
        till.rests()
        assert till.points(anna) == (900, 0)

    def test_does_not_count_where_it_fell_out_of_the_checkout(self, till: Till, anna: UUID) -> None:
        checkout = till.checkout(anna)
        till.redeem(anna, "money", checkout)
        till.saleor.ask("AddCode", id=checkout, code="WELCOME10")

        till.hears(till.pays(anna, checkout).id)
        till.rests()

        assert till.points(anna) == (1_000, 0)


class TestAGiftCard:
    def test_belongs_to_the_member_and_pays(self, till: Till, anna: UUID) -> None:
        checkout = till.checkout(anna)

        taken = till.redeem(anna, "card", checkout, times=2)

        assert (taken.status, taken.means) == ("ISSUED", "GIFT_CARD")
        card = till.card_of(taken)
        assert card
        assert card.is_active
        assert card.assigned_to
        assert card.assigned_to.id == till.people[anna].id
        assert till.total(checkout) == TOTAL - 10
        till.hears(till.pays(anna, checkout).id)
        till.works()
        assert till.points(anna) == (800, 0)
        assert till.rows()[0].status == "USED"
        till.rests()

    def test_gives_back_what_was_not_drawn_when_it_ends(self, till: Till, anna: UUID) -> None:
        checkout = till.checkout(anna, [("apple-juice", 1)])
        taken = till.redeem(anna, "card", checkout, times=4)
        assert till.total(checkout) == 0

        till.hears(till.pays(anna, checkout).id)
        till.works()
        assert till.points(anna)[0] == 600

        till.rests()

        # 8 of the 20 were drawn.
        assert till.points(anna) == (1_000 - 160, 0)
        card = till.card_of(taken)
        assert card
        assert (card.is_active, card.current) == (False, 0)


class TestWhatNeedsNoSaleor:
    @pytest.mark.parametrize("reward", ["club", "cinema", "trees"])
    def test_is_used_at_once_and_asks_nobody(self, till: Till, anna: UUID, reward: str) -> None:
        operations.add_codes(till.row.pk, reward="cinema", codes=["RED-1"], at=till.at)
        points = {"club": 80, "cinema": 20, "trees": 50}[reward]
        till.trouble("DOWN")

        taken = till.redeem(anna, reward)

        assert taken.status == "USED"
        assert till.points(anna) == (1_000 - points, 0)
        till.rests()

    def test_access_puts_the_member_into_the_segment(self, till: Till, anna: UUID) -> None:
        till.redeem(anna, "club")

        assert "club" in shopper(anna, programme().rewards, at=till.at).segments

    def test_access_taken_back_takes_the_member_out(self, till: Till, anna: UUID) -> None:
        taken = till.redeem(anna, "club")
        till.passes(minutes=1)

        operations.take_back(till.row.pk, redemption_id=taken.id, at=till.at)

        assert "club" not in shopper(anna, programme().rewards, at=till.at).segments
        assert till.points(anna) == (1_000, 0)
        with pytest.raises(operations.NotUsable):
            operations.take_back(till.row.pk, redemption_id=taken.id, at=till.at)

    def test_every_partners_code_goes_to_one_member(self, till: Till, anna: UUID) -> None:
        added = operations.add_codes(
            till.row.pk, reward="cinema", codes=["RED-1", "RED-2", "RED-1"], at=till.at
        )
        assert added == 2
        ben = till.member(100)

        codes = {till.redeem(each, "cinema").partnercode.code for each in (anna, ben)}

        assert codes == {"RED-1", "RED-2"}
        with pytest.raises(Unavailable) as error:
            till.redeem(anna, "cinema")
        assert why(error) == {Why.SOLD_OUT}
        assert till.points(anna) == (980, 0)


class TestAGivenReward:
    @pytest.fixture
    def given(self, till: Till, anna: UUID) -> Entitlement:
        return Entitlement.objects.create(
            installation_id=till.row.pk, member_id=anna, source="award:card:1", reward="mug",
            earned_at=NOON, expires_at=till.at + DAY,
        )  # fmt: skip

    def test_costs_nothing_and_can_be_used_once(
        self, till: Till, anna: UUID, given: Entitlement
    ) -> None:
        checkout = till.checkout(anna, [("enamel-mug", 1), ("coffee-beans", 2)])
        taken = till.redeem(anna, "mug", checkout)

        assert (taken.points, till.points(anna)) == (0, (1_000, 0))
        assert till.total(checkout) == 30
        given.refresh_from_db()
        assert given.redemption_id == taken.id
        with pytest.raises(Unavailable) as error:
            till.redeem(anna, "mug")
        assert Why.NOT_GIVEN in why(error)

        till.hears(till.pays(anna, checkout).id)
        till.works()
        taken.refresh_from_db()
        assert taken.status == "USED"
        till.rests()

    def test_is_there_again_after_it_was_given_back(
        self, till: Till, anna: UUID, given: Entitlement
    ) -> None:
        till.cancel(till.redeem(anna, "mug"))

        given.refresh_from_db()
        assert given.redemption_id is None
        assert till.redeem(anna, "mug").status == "ISSUED"

    def test_is_taken_again_where_an_order_used_it_after_all(
        self, till: Till, anna: UUID, given: Entitlement
    ) -> None:
        checkout = till.checkout(anna, [("enamel-mug", 1), ("coffee-beans", 2)])
        taken = till.redeem(anna, "mug", checkout)
        order = till.pays(anna, checkout)
        seen = till.state(order.id)
        till.hears_states(seen)
        till.saleor.cancel(order.id)
        till.hears_states(till.state(order.id))
        given.refresh_from_db()
        assert given.redemption_id is None

        # Cancelled by mistake, and opened again.
        later = till.state(order.id).changed_at + DAY
        till.hears_states(replace(seen, changed_at=later))

        given.refresh_from_db()
        taken.refresh_from_db()
        assert (taken.status, given.redemption_id) == ("USED", taken.id)

    def test_is_gone_once_its_time_is_over(
        self, till: Till, anna: UUID, given: Entitlement
    ) -> None:
        till.passes(days=2)

        with pytest.raises(Unavailable) as error:
            till.redeem(anna, "mug")

        assert Why.NOT_GIVEN in why(error)


class TestWhatIsScarce:
    def test_is_sold_out_until_somebody_gives_it_back(self, till: Till, anna: UUID) -> None:
        first, _second = till.redeem(anna, "rare"), till.redeem(anna, "rare")
        with pytest.raises(Unavailable) as error:
            till.redeem(till.member(100), "rare")
        assert why(error) == {Why.SOLD_OUT}

        till.cancel(first)

        assert till.redeem(till.member(100), "rare").status == "ISSUED"

    def test_is_had_so_often_by_a_member(self, till: Till, anna: UUID) -> None:
        first = till.redeem(anna, "once")
        with pytest.raises(Unavailable) as error:
            till.redeem(anna, "once")
        assert why(error) == {Why.LIMIT_REACHED}
        assert till.points(anna) == (980, 20)

        till.cancel(first)

        assert till.redeem(anna, "once").status == "ISSUED"

    def test_points_run_out(self, till: Till) -> None:
        ben = till.member(99)

        with pytest.raises(Unavailable) as error:
            till.redeem(ben)

        assert why(error) == {Why.NOT_ENOUGH_POINTS}
        assert till.points(ben) == (99, 0)
        assert till.rows() == []
