"""Orders that were paid with points: what they earn, and what their receipts say."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from accrual.shops import points, programme, shop_with
from accrual.worlds import BEGAN, DAY, LATER, Bought, state
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redemptions.holding import hold_reward

from saleor_loyalty.accrual.operations import converge
from saleor_loyalty.accrual.queries import estimate
from saleor_loyalty.accrual.sentences import sentence, summary
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import member_key
from saleor_loyalty.orders.models import Order
from saleor_loyalty.redemptions.models import RedemptionUse

pytestmark = pytest.mark.django_db

ANNA, CARD = "VXNlcjox", "R2lmdENhcmQ6MQ=="
REWARD = {"id": "money", "name": "Money off", "kind": "MONEY_OFF", "points": 100,
          "money": {"EUR": "20"}}  # fmt: skip


def shop_that(**earning: Any) -> Installation:
    return shop_with(programme(earning=earning, rewards=[REWARD]))


def order(
    *, number: int = 1, full: int = 100, off: int = 20, at: datetime = BEGAN, hour: int = 0,
    **facts: Any,
) -> OrderState:  # fmt: skip
    """An order of goods for 100 euros, 20 of which a voucher took off."""
    bought = Bought(number, at, (("coffee", (full - off) * 100, 1, 1),), 0, is_sent=False)
    told = state(bought, hour=hour)
    lines = tuple([replace(line, undiscounted_gross=Decimal(full)) for line in told.lines])
    return replace(told, lines=lines, voucher_discount=Decimal(off), **facts)


def hear(shop: Installation, *states: OrderState) -> None:
    converge(installation_id=shop.pk, states=states, at=LATER)


def reasons() -> list[str]:
    """What the receipt says, with plain spaces."""
    said = [sentence(reason) for reason in Order.objects.get().receipt["reasons"]]
    return [each.replace("\N{NO-BREAK SPACE}", " ") for each in said]


class TestAVoucher:
    @pytest.mark.parametrize(
        ("policy", "earned", "said"),
        [
            ("MONEY_PART", 80, "20 € were paid with points and earn nothing"),
            ("FULL", 100, "20 € were paid with points and earn as money does"),
            ("NONE", 0, "20 € were paid with points: such orders earn nothing"),
        ],
    )
    def test_earns_as_the_programme_says_and_the_receipt_tells(
        self, policy: str, earned: int, said: str
    ) -> None:
        shop = shop_that(paid_by_points=policy)
        reward = hold_reward(shop, ANNA, points=100, amount=20)

        hear(shop, order(voucher_code=reward.code))

        assert points(shop) == {"1": earned}
        assert said in reasons()
        assert bool(Order.objects.get().receipt.get("nothing")) is (policy == "NONE")
        assert "paid with" not in summary(Order.objects.get().receipt) or policy == "NONE"

    def test_of_somebody_elses_making_is_no_payment_with_points(self) -> None:
        shop = shop_that(paid_by_points="NONE")

        hear(shop, order(voucher_code="SUMMER"))

        assert points(shop) == {"1": 80}

    def test_that_was_given_for_nothing_is_no_payment_with_points(self) -> None:
        shop = shop_that(paid_by_points="NONE")
        reward = hold_reward(shop, ANNA, points=0, amount=20)

        hear(shop, order(voucher_code=reward.code))

        assert points(shop) == {"1": 80}

    def test_for_free_shipping_pays_for_no_goods(self) -> None:
        shop = shop_that(paid_by_points="NONE")
        reward = hold_reward(shop, ANNA, points=50, kind="FREE_SHIPPING")

        hear(shop, order(voucher_code=reward.code))

        assert points(shop) == {"1": 80}

    def test_that_is_gone_from_the_order_pays_no_longer(self) -> None:
        shop = shop_that(paid_by_points="FULL")
        reward = hold_reward(shop, ANNA, points=100, amount=20)
        hear(shop, order(voucher_code=reward.code))

        hear(shop, order(hour=1))

        assert points(shop) == {"1": 80}

    def test_pays_for_what_stayed_of_the_goods(self) -> None:
        shop = shop_that(paid_by_points="FULL")
        reward = hold_reward(shop, ANNA, points=100, amount=20)
        whole = order(voucher_code=reward.code)
        (line,) = whole.lines
        half = replace(line, id="L1", gross=Decimal(40), net=Decimal(32),
                       undiscounted_gross=Decimal(50))  # fmt: skip
        two = replace(whole, lines=(half, replace(half, id="L2")))
        hear(shop, two)
        assert points(shop) == {"1": 100}

        back = replace(half, id="L2", quantity_returned=1)
        hear(shop, replace(
            two, lines=(half, back), charged=Decimal(40), refunded=Decimal(40),
            charge_status="PARTIAL", changed_at=BEGAN + DAY, read_at=BEGAN + DAY,
        ))  # fmt: skip

        assert points(shop) == {"1": 50}

    def test_is_known_where_the_whole_history_is_counted_too(self) -> None:
        levels = {"metric": "ORDERS", "levels": [{"id": "a", "name": "A", "threshold": "1"}]}
        shop = shop_with(
            programme(earning={"paid_by_points": "FULL"}, rewards=[REWARD], tiers=levels)
        )
        reward = hold_reward(shop, ANNA, points=100, amount=20)
        hear(shop, order(voucher_code=reward.code))

        hear(shop, order(number=2, off=0, at=BEGAN + DAY))

        assert points(shop) == {"1": 100, "2": 100}


class TestAGiftCardThatPointsBought:
    """A card for 20, of the order's 100, which lowers no price."""

    def heard(self, *, by_points: str, by_card: str, bought: bool = True, other: int = 0) -> int:
        """What the order earns; `other` was paid with another card."""
        shop = shop_that(paid_by_points=by_points, paid_by_gift_card=by_card)
        cards = (CARD,) if bought else ()
        told = order(off=0, charged_to_gift_cards=Decimal(20 + other), gift_cards=cards)
        if bought:
            card = hold_reward(shop, ANNA, points=100, amount=20, means="GIFT_CARD", saleor_id=CARD)
            RedemptionUse.objects.create(
                installation=shop, redemption=card, order_id=told.saleor_id, discount=20,
                currency="EUR", ordered_at=BEGAN, state_at=BEGAN, recorded_at=BEGAN,
            )  # fmt: skip
        hear(shop, told)
        return points(shop)["1"]

    def test_is_withheld_once(self) -> None:
        assert self.heard(by_points="MONEY_PART", by_card="MONEY_PART") == 80

    def test_follows_what_is_said_of_points_and_not_of_gift_cards(self) -> None:
        assert self.heard(by_points="FULL", by_card="MONEY_PART") == 100
        assert self.heard(by_points="FULL", by_card="NONE") == 100
        assert self.heard(by_points="MONEY_PART", by_card="FULL") == 80
        assert self.heard(by_points="MONEY_PART", by_card="NONE") == 80
        assert self.heard(by_points="NONE", by_card="FULL") == 0

    def test_beside_another_card(self) -> None:
        assert self.heard(by_points="FULL", by_card="MONEY_PART", other=30) == 70
        assert self.heard(by_points="MONEY_PART", by_card="FULL", other=30) == 80
        assert self.heard(by_points="MONEY_PART", by_card="MONEY_PART", other=30) == 50
        assert self.heard(by_points="FULL", by_card="NONE", other=30) == 0

    def test_other_cards_follow_what_is_said_of_them(self) -> None:
        assert self.heard(by_points="NONE", by_card="FULL", bought=False) == 100
        assert self.heard(by_points="FULL", by_card="MONEY_PART", bought=False) == 80


class TestAnEstimate:
    def made(self, shop: Installation, code: str, **changes: Any) -> int:
        basket = replace(order(voucher_code=code, **changes), voucher_discount=Decimal(0))
        return estimate(
            installation_id=shop.pk, member_id=member_key(shop.pk, ANNA), basket=basket, at=LATER
        ).reckoning.points

    def test_knows_the_reward_in_the_checkout(self) -> None:
        shop = shop_that(paid_by_points="FULL")
        reward = hold_reward(shop, ANNA, points=100, amount=20)

        assert self.made(shop, reward.code) == 100
        assert self.made(shop, "SUMMER") == 80

    def test_does_not_take_a_sale_for_a_reward(self) -> None:
        """Thirty were taken off, of which the reward explains twenty."""
        shop = shop_that(paid_by_points="FULL")
        reward = hold_reward(shop, ANNA, points=100, amount=20)

        assert self.made(shop, reward.code, off=30) == 90


def test_shops_without_rewards_are_not_asked_about_them() -> None:
    sent = []
    for rewards in ([], [REWARD]):
        shop = shop_with(programme(rewards=rewards))
        with CaptureQueriesContext(connection) as queries:
            hear(shop, order(voucher_code="SUMMER"))
        sent.append(sum("SAVEPOINT" not in query["sql"] for query in queries))

    assert sent[1] == sent[0] + 1
