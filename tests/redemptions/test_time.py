"""Time passes, and staff change their minds: codes end, and points are free again."""

import json
from uuid import UUID

import pytest
from redemptions.tills import Till

from saleor_loyalty.entrypoints.webhooks import inbox
from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.keys import new_key
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.sandbox.apps import App


def tell(till: Till, name: str, **told: object) -> None:
    """Let Saleor tell us something."""
    body = {"issuedAt": till.at.isoformat(), **told}
    InboxEvent.objects.create(
        installation=till.row, name=name, digest=new_key().bytes, body=json.dumps(body).encode(),
        due_at=till.at, received_at=till.at,
    )  # fmt: skip
    assert inbox.drain(at=till.at).done == 1


@pytest.fixture
def taken(till: Till, anna: UUID) -> Redemption:
    """A reward for later."""
    return till.redeem(anna)


@pytest.fixture
def checkout(till: Till, anna: UUID) -> str:
    return till.checkout(anna)


@pytest.fixture
def held(till: Till, anna: UUID, checkout: str) -> Redemption:
    """A reward in a checkout."""
    return till.redeem(anna, "money", checkout)


class TestACheckout:
    def test_that_was_abandoned_frees_the_points(
        self, till: Till, anna: UUID, held: Redemption
    ) -> None:
        till.passes(minutes=29)
        till.works()
        assert till.points(anna) == (900, 100)

        till.passes(minutes=2)
        till.works()

        held.refresh_from_db()
        assert (held.status, till.points(anna)) == ("EXPIRED", (1_000, 0))
        assert held.code not in till.codes()
        assert held.saleor_id == "" or till.voucher_of(held) is None

    def test_can_be_paid_without_the_reward_after_that(
        self, till: Till, anna: UUID, held: Redemption, checkout: str
    ) -> None:
        till.passes(minutes=31)
        till.works()

        assert till.total(checkout) == 55
        till.hears(till.pays(anna, checkout).id)
        till.rests()
        assert till.points(anna) == (1_000, 0)

    def test_that_still_moves_keeps_its_reward(
        self, till: Till, anna: UUID, held: Redemption, checkout: str
    ) -> None:
        for _ in range(4):
            till.passes(minutes=20)
            person = till.people[anna].token
            [option, *_] = till.saleor.ask("Deliveries", token=person, id=checkout)["deliveries"]
            till.saleor.ask("ChooseDelivery", token=person, id=checkout, delivery=option["id"])
            till.works()
            assert till.points(anna) == (900, 100)
            assert till.total(checkout) == 50

        till.passes(minutes=31)
        till.works()
        assert till.points(anna) == (1_000, 0)

    def test_that_somebody_has_paid_keeps_its_price(
        self, till: Till, anna: UUID, held: Redemption, checkout: str
    ) -> None:
        till.saleor.pay(checkout, *till.saleor.total(checkout))

        till.passes(minutes=90)
        till.works()

        assert till.total(checkout) == 50
        till.hears(till.saleor.complete(checkout, till.people[anna]).id)
        till.rests()
        assert till.points(anna) == (900, 0)

    def test_that_moves_for_ever_keeps_it_until_the_code_ends(
        self, till: Till, anna: UUID, held: Redemption, checkout: str
    ) -> None:
        Redemption.objects.filter(id=held.id).update(expires_at=held.code_ends_at)
        till.passes(days=30)
        till.saleor.ask("AddCode", id=checkout, code="WELCOME10")
        till.works()

        held.refresh_from_db()
        assert (held.status, till.points(anna)) == ("EXPIRED", (1_000, 0))


class TestACode:
    def test_for_later_can_be_used_until_it_ends(
        self, till: Till, anna: UUID, taken: Redemption
    ) -> None:
        till.passes(days=29)
        till.works()
        assert taken.code in till.codes()
        assert till.points(anna) == (900, 100)

        till.passes(days=2)
        assert taken.code not in till.codes()
        till.works()

        taken.refresh_from_db()
        assert (taken.status, till.points(anna)) == ("EXPIRED", (1_000, 0))

    def test_that_was_used_up_without_an_order_gives_the_points_back(
        self, till: Till, anna: UUID, held: Redemption, checkout: str
    ) -> None:
        till.quirks(burn_codes=True)
        till.saleor.pay(checkout, till.total(checkout), "USD")
        with pytest.raises(Exception, match="TAX_ERROR"):
            till.saleor.complete(checkout, till.people[anna])
        till.quirks(burn_codes=False)

        till.passes(minutes=2)
        tell(till, "VoucherUpdated", voucher={"id": held.saleor_id})
        till.works()
        # Saleor may still be making the order.
        assert till.points(anna) == (900, 100)
        till.passes(minutes=9)
        till.works()
        assert till.points(anna) == (900, 100)
        till.passes(minutes=2)
        till.works()

        held.refresh_from_db()
        assert (held.status, till.points(anna)) == ("RESTORED", (1_000, 0))
        till.rests()

    def test_that_was_used_up_is_charged_where_the_order_comes_late(
        self, till: Till, anna: UUID, held: Redemption, checkout: str
    ) -> None:
        till.pays(anna, checkout)

        till.passes(minutes=2)
        tell(till, "VoucherUpdated", voucher={"id": held.saleor_id})
        till.works()

        held.refresh_from_db()
        assert (held.status, till.points(anna)) == ("USED", (900, 0))


class TestStaff:
    def test_who_delete_a_voucher_give_the_points_back(
        self, till: Till, anna: UUID, taken: Redemption
    ) -> None:
        till.saleor.drop_voucher(taken.saleor_id)
        till.passes(minutes=2)
        tell(till, "VoucherDeleted", voucher={"id": taken.saleor_id})
        till.works()

        taken.refresh_from_db()
        assert (taken.status, till.points(anna)) == ("VOIDED", (1_000, 0))
        assert taken.trouble
        till.rests()

    def test_who_delete_a_voucher_while_it_is_made_give_the_points_back(
        self, till: Till, anna: UUID
    ) -> None:
        till.trouble("ERROR", operation="ListVoucher")
        waiting = till.redeem(anna)
        till.well()
        till.saleor.drop_voucher(waiting.saleor_id)
        till.passes(minutes=2)
        till.works()

        waiting.refresh_from_db()
        assert (waiting.status, till.points(anna)) == ("VOIDED", (1_000, 0))
        assert waiting.trouble
        till.rests()

    def test_who_delete_the_code_do_so_too(self, till: Till, anna: UUID, taken: Redemption) -> None:
        voucher = till.voucher_of(taken)
        assert voucher
        voucher.codes.clear()
        till.passes(minutes=2)
        tell(till, "VoucherCodesDeleted", voucherCodes=[{"id": "x", "code": taken.code}])
        till.works()

        taken.refresh_from_db()
        assert (taken.status, till.points(anna)) == ("VOIDED", (1_000, 0))
        till.rests()

    def test_who_delete_it_unheard_are_found_out_within_a_day(
        self, till: Till, anna: UUID, taken: Redemption
    ) -> None:
        till.saleor.drop_voucher(taken.saleor_id)

        till.passes(hours=25)
        till.works()

        assert till.points(anna) == (1_000, 0)

    def test_who_change_what_a_voucher_is_worth_are_told_once(
        self, till: Till, anna: UUID, taken: Redemption
    ) -> None:
        [channel, *_] = till.saleor.ask_as_staff("Channels")
        listed = {"addChannels": [{"channelId": channel["id"], "discountValue": 500.0}]}
        till.saleor.ask_as_staff("ListVoucher", id=taken.saleor_id, input=listed)
        for _ in range(2):
            till.passes(minutes=2)
            tell(till, "VoucherUpdated", voucher={"id": taken.saleor_id})
            till.works()

        taken.refresh_from_db()
        assert taken.status == "ISSUED"
        assert taken.trouble
        found = [each for app in till.sandbox.world.all(App) for each in app.problems]
        assert [each.count for each in found if taken.saleor_id in each.message] == [1]

    def test_who_delete_a_voucher_that_an_order_has_change_nothing(
        self, till: Till, anna: UUID, held: Redemption, checkout: str
    ) -> None:
        till.pays(anna, checkout)
        till.saleor.drop_voucher(held.saleor_id)
        till.passes(minutes=2)
        tell(till, "VoucherDeleted", voucher={"id": held.saleor_id})
        till.works()

        held.refresh_from_db()
        assert (held.status, till.points(anna)) == ("USED", (900, 0))


def test_what_was_used_is_tidied_away_after_ninety_days(
    till: Till, anna: UUID, held: Redemption, checkout: str
) -> None:
    till.hears(till.pays(anna, checkout).id)
    till.works()
    till.passes(days=89)
    till.works()
    assert till.voucher_of(held)

    till.passes(days=2)
    till.works()

    assert till.voucher_of(held) is None
    assert till.points(anna) == (900, 0)
    till.check_books()
