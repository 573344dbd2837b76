"""What was bought and not used: whose fault that is decides what becomes of it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from factories import DAY, NOON, give
from redemptions.shelf import REWARDS
from redemptions.tills import Till

from saleor_loyalty.ledger.spending import NotEnoughPoints
from saleor_loyalty.ledger.store import lock_one
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.programme.queries import current
from saleor_loyalty.redemptions import operations, queries
from saleor_loyalty.redemptions.delivering import deliver
from saleor_loyalty.redemptions.holding import hold
from saleor_loyalty.redemptions.models import Entitlement, Redemption
from saleor_loyalty.redemptions.operations import Conversion, Wish
from saleor_loyalty.rewards.values import Unavailable, Why
from saleor_loyalty.sandbox.gift_cards import GiftCard


@pytest.fixture
def ben(till: Till) -> UUID:
    """A member whose points end tomorrow."""
    ben = till.member()
    give(ben, 500, expires_at=till.at + DAY)
    return ben


def sell(till: Till, *rewards: dict[str, Any], **redeeming: Any) -> None:
    """Publish rewards in place of those of the same id, or beside the others."""
    new = {each["id"] for each in rewards}
    shelf = [*(each for each in REWARDS if each["id"] not in new), *rewards]
    document = Programme.model_validate({"rewards": shelf, "redeeming": redeeming})
    at = max(NOON, till.at - timedelta(seconds=1))
    publish(installation_id=till.row.pk, document=document, at=at)


def converted(till: Till, member: UUID) -> Redemption:
    """Points that became money by themselves, for two years."""
    conversion = Conversion("conversion 2026", 500, 5, "USD", 730, "Club", {})  # type: ignore[arg-type]
    with transaction.atomic():
        lock_one(member)
        row = operations.convert(
            till.shop,
            member_id=member,
            version_id=current(till.row.pk, till.at).id,
            conversion=conversion,
            at=till.at,
        )
    assert row
    return row


class TestPointsThatEndedMeanwhile:
    def test_are_over_where_the_member_let_the_reward_lapse(self, till: Till, ben: UUID) -> None:
        """Or points would live for ever, one abandoned checkout after the other."""
        till.redeem(ben)

        till.passes(days=31)
        till.works()

        assert till.points(ben) == (0, 0)
        with pytest.raises((NotEnoughPoints, Unavailable)):
            till.redeem(ben)

    def test_come_back_for_a_while_where_the_shop_deleted_the_voucher(
        self, till: Till, ben: UUID
    ) -> None:
        taken = till.redeem(ben)
        till.passes(days=10)
        till.saleor.drop_voucher(taken.saleor_id)
        till.passes(days=1, minutes=1)
        till.works()

        assert till.points(ben) == (100, 0)

    def test_come_back_for_a_while_where_staff_call_it_off(self, till: Till, ben: UUID) -> None:
        taken = till.redeem(ben)
        till.passes(days=10)
        till.works()

        operations.cancel(till.shop, member_id=None, redemption_id=taken.id, at=till.at)

        assert till.points(ben) == (100, 0)


class TestACheckoutThatWasAbandoned:
    @pytest.fixture
    def dividend(self, till: Till, ben: UUID) -> Redemption:
        return converted(till, ben)

    def test_gives_back_what_was_for_later_with_the_time_it_had(
        self, till: Till, ben: UUID, dividend: Redemption
    ) -> None:
        till.passes(days=30)
        till.works()
        first, second = till.checkout(ben), till.checkout(ben)
        before = till.total(first)
        till.apply(dividend, first)

        till.passes(minutes=40)
        till.works()

        dividend.refresh_from_db()
        assert (dividend.status, dividend.checkout_id) == ("ISSUED", "")
        assert dividend.expires_at == dividend.code_ends_at
        assert till.total(first) == before
        till.passes(days=600)
        till.works()
        till.apply(dividend, second)
        till.hears(till.pays(ben, second).id)
        dividend.refresh_from_db()
        assert (dividend.status, till.points(ben)) == ("USED", (0, 0))

    def test_gives_back_what_was_given(self, till: Till, anna: UUID) -> None:
        Entitlement.objects.create(
            installation=till.row, member_id=anna, source="test", reward="mug",
            earned_at=NOON, expires_at=till.at + timedelta(minutes=5),
        )  # fmt: skip
        checkout = till.checkout(anna, [("enamel-mug", 1), ("coffee-beans", 2)])
        taken = till.redeem(anna, "mug", checkout)

        till.passes(minutes=40)
        till.works()

        taken.refresh_from_db()
        assert (taken.status, taken.checkout_id) == ("ISSUED", "")
        till.apply(taken, checkout)
        till.hears(till.pays(anna, checkout).id)
        till.rests()

    def test_lets_what_was_given_be_taken_again(self, till: Till, anna: UUID) -> None:
        Entitlement.objects.create(
            installation=till.row, member_id=anna, source="test", reward="small", earned_at=NOON,
        )  # fmt: skip
        till.redeem(anna, "small", till.checkout(anna))
        till.passes(minutes=40)
        till.works()

        again = till.redeem(anna, "small", till.checkout(anna))

        assert (again.points, till.points(anna)) == (0, (1_000, 0))

    def test_gives_the_points_of_a_burnt_code_back_soon(self, till: Till, anna: UUID) -> None:
        taken = till.redeem(anna)
        till.apply(taken, till.checkout(anna))
        voucher = till.voucher_of(taken)
        assert voucher
        burnt = voucher.find_code(taken.code)
        assert burnt
        burnt.is_active = False

        for minutes in (40, 15):
            till.passes(minutes=minutes)
            till.works()

        taken.refresh_from_db()
        assert (taken.status, till.points(anna)) == ("RESTORED", (1_000, 0))


class TestAnswersThatWereLost:
    def test_hold_a_reward_no_longer_than_others(self, till: Till, anna: UUID) -> None:
        taken, checkout = till.redeem(anna, "money", till.checkout(anna)), till.checkout(anna)
        till.trouble("LOST", operation="ApplyCode")
        with pytest.raises(Exception, match="Saleor"):
            till.apply(taken, checkout)
        till.well()
        till.apply(taken, checkout)

        till.passes(minutes=40)
        till.works()

        taken.refresh_from_db()
        assert (taken.status, till.points(anna)) == ("EXPIRED", (1_000, 0))

    @pytest.mark.parametrize("reward", ["money", "card"])
    def test_leave_nothing_in_the_shop(self, till: Till, anna: UUID, reward: str) -> None:
        create = {"money": "CreateVoucher", "card": "CreateGiftCard"}[reward]
        till.trouble("LOST", operation=create)
        taken = till.redeem(anna, reward)
        assert taken.saleor_id == ""
        till.well()
        till.cancel(taken)

        till.passes(minutes=20)
        till.works()

        cards = till.sandbox.world.all(GiftCard)
        assert till.voucher_of(taken) is None
        assert not [each for each in cards if each.current and not each.is_active]
        till.rests()


class TestLimits:
    def test_hold_for_rewards_that_are_just_being_put_into_the_checkout(
        self, till: Till, anna: UUID
    ) -> None:
        till.terms(points_per_order=100, rewards_per_order=1)
        checkout = till.checkout(anna)
        wishes = [Wish(anna, f"k{n}", "card", times=1, checkout_id=checkout) for n in range(3)]
        seen = queries.checkout_of(till.shop, anna, checkout)

        first = hold(till.shop, wishes[0], seen, till.at)
        for wish in wishes[1:]:
            with pytest.raises(Unavailable) as error:
                hold(till.shop, wish, seen, till.at)
            assert Why.TOO_MANY_REWARDS in {each.why for each in error.value.obstacles}

        deliver(till.shop, first, checkout, till.at)
        till.hears(till.pays(anna, checkout).id)
        till.rests()
        assert till.points(anna) == (900, 0)

    def test_of_one_currency_are_not_those_of_another(self, till: Till, anna: UUID) -> None:
        half = {"id": "half", "name": "Half", "kind": "PERCENT_OFF", "points": 100, "percent": 50,
                "minimum": {"USD": "5", "EUR": "100"}}  # fmt: skip
        sell(till, half)
        taken = till.redeem(anna, "half", till.checkout(anna))
        euros = till.saleor.checkout(till.people[anna], [("coffee-beans", 2)], "channel-eur")
        before = till.total(euros)

        with pytest.raises(Unavailable) as error:
            till.apply(taken, euros)
        assert error.value.obstacles[0].why is Why.WRONG_CURRENCY
        with pytest.raises(Exception, match=r"."):
            till.saleor.add_code(euros, taken.code)
        assert till.total(euros) == before

    def test_hold_for_store_credit_that_moves(self, till: Till, anna: UUID) -> None:
        twenty = {"id": "big", "name": "20 off 150", "kind": "MONEY_OFF", "points": 100,
                  "money": {"USD": "20"}, "minimum": {"USD": "150"}}  # fmt: skip
        sell(till, twenty, with_promo_code="STORE_CREDIT")
        large = till.checkout(anna, [("coffee-beans", 40)], code="WELCOME10")
        taken = till.redeem(anna, "big", large)
        assert taken.means == "GIFT_CARD"

        with pytest.raises(Unavailable) as error:
            till.apply(taken, till.checkout(anna))

        assert error.value.obstacles[0].why is Why.BASKET_TOO_SMALL

    def test_of_stock_count_only_what_was_counted(self, till: Till, anna: UUID) -> None:
        first = till.redeem(anna, "small")
        till.passes(minutes=1)
        sell(till, {**next(each for each in REWARDS if each["id"] == "small"), "stock": 1})
        till.redeem(anna, "small")

        till.cancel(first)

        with pytest.raises(Unavailable) as error:
            till.redeem(anna, "small")
        assert error.value.obstacles[0].why is Why.SOLD_OUT

    def test_of_access_are_one_for_each_member(self, till: Till, anna: UUID) -> None:
        till.redeem(anna, "club")
        till.passes(minutes=1)

        with pytest.raises(Unavailable) as error:
            till.redeem(anna, "club")

        assert error.value.obstacles[0].why is Why.LIMIT_REACHED
        assert till.points(anna) == (920, 0)


def test_a_card_that_staff_switch_off_and_on_has_lost_its_money(till: Till, anna: UUID) -> None:
    checkout = till.checkout(anna, [("apple-juice", 1)])
    taken = till.redeem(anna, "card", checkout, times=4)
    order = till.pays(anna, checkout)
    till.hears(order.id)
    till.works()
    card = till.card_of(taken)
    assert card
    assert card.current

    card.is_active = False
    till.passes(minutes=1)
    till.saleor.fulfil(order.id)
    till.hears(order.id)
    till.works()
    card.is_active = True

    assert card.current == 0
    till.rests()


def test_a_checkout_that_refuses_a_reward_leaves_it_where_it_was(till: Till, anna: UUID) -> None:
    first = till.checkout(anna)
    taken = till.redeem(anna, "post", first)
    total, ends_at = till.total(first), taken.expires_at
    who = till.people[anna]
    # Without a delivery there is no shipping that could be free.
    goods = [till.saleor._line(("coffee-beans", 1), till.saleor.articles())]
    undelivered = till.saleor.ask(
        "CreateCheckout",
        token=who.token,
        input={"channel": "default-channel", "email": who.email, "lines": goods},
    )["checkout"]["id"]

    with pytest.raises(Unavailable):
        till.apply(taken, undelivered)

    taken.refresh_from_db()
    assert (till.total(first), taken.checkout_id, taken.expires_at) == (total, first, ends_at)
