"""Saleor is down, for an hour: what was asked meanwhile, and what becomes of it."""

from uuid import UUID

import pytest
from redemptions.tills import Till

from saleor_loyalty.gateways.saleor.client import SaleorUnavailable
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.sandbox.gift_cards import GiftCard


def an_hour_later(till: Till) -> None:
    """Let the outbox try all the while, and Saleor be well then."""
    for _ in range(12):
        till.works()
        till.passes(minutes=5)
    till.well()


def cards_of(till: Till, redemption: Redemption) -> list[GiftCard]:
    """Every gift card that was made for a redemption, whether we know it or not."""
    cards = till.sandbox.world.all(GiftCard)
    return [card for card in cards if str(redemption.id) in card.public.values()]


def test_nothing_is_held_where_the_checkout_cannot_be_read(till: Till, anna: UUID) -> None:
    checkout = till.checkout(anna)
    till.trouble("DOWN")

    with pytest.raises(SaleorUnavailable):
        till.redeem(anna, "money", checkout)

    assert till.points(anna) == (1_000, 0)
    assert till.rows() == []


def test_a_reward_for_later_is_issued_once_saleor_is_back(till: Till, anna: UUID) -> None:
    till.trouble("DOWN")
    waiting = till.redeem(anna, key="k")
    assert (waiting.status, waiting.trouble != "") == ("REQUESTED", True)
    assert till.points(anna) == (900, 100)

    an_hour_later(till)
    till.passes(minutes=15)
    till.works()

    again = till.redeem(anna, key="k")
    assert (again.id, again.status, again.trouble) == (waiting.id, "ISSUED", "")
    assert again.code in till.codes()
    assert till.points(anna) == (900, 100)
    till.rests()
    assert till.points(anna) == (1_000, 0)


def test_a_reward_for_a_checkout_does_not_come_when_nobody_waits_any_more(
    till: Till, anna: UUID
) -> None:
    checkout = till.checkout(anna)
    till.trouble("LATE", times=1)
    till.trouble("DOWN")
    waiting = till.redeem(anna, "money", checkout)
    assert (waiting.status, till.points(anna)) == ("REQUESTED", (900, 100))

    an_hour_later(till)
    till.passes(minutes=15)
    till.works()

    waiting.refresh_from_db()
    assert waiting.status == "EXPIRED"
    assert waiting.code not in till.codes()
    assert till.points(anna) == (1_000, 0)
    till.rests()


@pytest.mark.parametrize("reward", ["money", "card"])
def test_what_is_given_back_is_free_only_once_its_code_is_gone(
    till: Till, anna: UUID, reward: str
) -> None:
    taken = till.redeem(anna, reward)
    till.trouble("DOWN")

    ending = till.cancel(taken)

    assert (ending.status, ending.closing_as) == ("ISSUED", "VOIDED")
    assert till.points(anna) == (900, 100)
    till.check_books()
    an_hour_later(till)
    till.passes(minutes=15)
    till.works()
    taken.refresh_from_db()
    assert (taken.status, till.points(anna)) == ("VOIDED", (1_000, 0))
    till.rests()


def test_an_order_made_meanwhile_with_what_was_given_back_is_charged(
    till: Till, anna: UUID
) -> None:
    checkout = till.checkout(anna)
    taken = till.redeem(anna, "money", checkout)
    till.trouble("DOWN")
    till.cancel(taken)
    till.well()
    till.pays(anna, checkout)
    till.trouble("DOWN")

    an_hour_later(till)
    till.passes(minutes=15)
    till.works()

    taken.refresh_from_db()
    assert (taken.status, till.points(anna)) == ("USED", (900, 0))
    till.rests()


@pytest.mark.parametrize("kind", ["BUSY", "LATE", "HALF"])
def test_one_bad_answer_is_not_the_end(till: Till, anna: UUID, kind: str) -> None:
    for operation in ("ListVoucher", "ApplyCode", "CheckoutForRewards"):
        till.trouble(kind, operation=operation, times=1)
    checkout = till.checkout(anna)
    for _ in range(4):
        try:
            till.redeem(anna, "money", checkout, key="k")
        except SaleorUnavailable:
            assert not Redemption.objects.exists()
        till.passes(minutes=1)

    assert till.total(checkout) == 50
    assert till.points(anna) == (900, 100)
    till.rests()


def test_a_code_that_saleor_says_it_has_already_is_found_again(till: Till, anna: UUID) -> None:
    till.trouble("LOST", operation="CreateVoucher", times=1)
    waiting = till.redeem(anna, key="k")
    assert (waiting.status, waiting.saleor_id) == ("REQUESTED", "")
    assert waiting.code not in till.codes()

    issued = till.redeem(anna, key="k")

    voucher = till.voucher_of(issued)
    assert voucher
    assert (issued.status, issued.saleor_id) == ("ISSUED", voucher.id)
    assert issued.code in till.codes()
    till.rests()


def test_what_was_made_and_not_recorded_is_taken_away_where_it_is_given_back(
    till: Till, anna: UUID
) -> None:
    till.trouble("LOST", operation="CreateVoucher", times=1)
    waiting = till.redeem(anna)
    assert till.voucher_of(waiting)

    given_back = till.cancel(waiting)

    assert (given_back.status, till.points(anna)) == ("VOIDED", (1_000, 0))
    assert till.voucher_of(waiting) is None


def test_store_credit_that_was_made_and_not_recorded_is_found_again(till: Till, anna: UUID) -> None:
    checkout = till.checkout(anna)
    till.trouble("LOST", operation="CreateGiftCard", times=1)
    waiting = till.redeem(anna, "card", checkout, key="k")
    [made] = cards_of(till, waiting)
    assert (waiting.status, waiting.saleor_id, made.is_active) == ("REQUESTED", "", False)

    issued = till.redeem(anna, "card", checkout, key="k")

    assert (issued.status, issued.saleor_id, issued.code) == ("ISSUED", made.id, made.code)
    assert cards_of(till, issued) == [made]
    assert till.total(checkout) == 50
    till.rests()


def test_store_credit_that_was_made_and_not_recorded_never_comes_to_life_once_given_back(
    till: Till, anna: UUID
) -> None:
    till.trouble("LOST", operation="CreateGiftCard", times=1)
    waiting = till.redeem(anna, "card")

    given_back = till.cancel(waiting)

    assert (given_back.status, till.points(anna)) == ("VOIDED", (1_000, 0))
    till.rests()
    [made] = cards_of(till, waiting)
    assert not made.is_active
