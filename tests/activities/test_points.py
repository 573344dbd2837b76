"""What members did becomes points, and what they gave back does not: in a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from crowds import at_once
from factories import DAY, NOON, make_member, make_shop, money, order_line, order_payload
from signing import event_body

from saleor_loyalty.accrual.occasions import celebrate
from saleor_loyalty.accrual.operations import converge, settle
from saleor_loyalty.activities import occasions
from saleor_loyalty.activities.models import Activity
from saleor_loyalty.activities.operations import record, revoke
from saleor_loyalty.activities.profiles import tell_birthday
from saleor_loyalty.entrypoints.webhooks import inbox
from saleor_loyalty.entrypoints.webhooks.receive import Delivery, store
from saleor_loyalty.gateways.saleor.orders import order_state
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.queries import shop as shop_by_key
from saleor_loyalty.keys import member_key
from saleor_loyalty.ledger.queries import balances
from saleor_loyalty.ledger.reconciliation import find_drift
from saleor_loyalty.members.models import Member
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.document import Programme

TODAY = NOON + DAY * 9
ANNA = "VXNlcjox"


def event(name: str, points: int) -> dict[str, Any]:
    limits = [{"times": 1, "per": "YEAR"}]
    return {"id": name, "name": name, "event": name, "points": points, "limits": limits}


EVENTS = [event("birthday", 50), event("anniversary", 20), event("account-confirmed", 5)]
CARD = {"kind": "STAMPS", "id": "coffee", "name": "Coffee", "target": 10, "award": {"points": 100}}
SURPRISE = {"kind": "SURPRISE", "id": "wow", "name": "Wow", "at": NOON, "award": {"points": 7}}


def shop_with(*campaigns: dict[str, Any], **earning: Any) -> Installation:
    document = {"earning": {"events": EVENTS} | earning, "campaigns": campaigns}
    return make_shop(Programme.model_validate(document))


def available(member: UUID, at: datetime = TODAY) -> int:
    return balances([member], at=at)[member].available


def buys(shop: Installation, number: int, *, pieces: int, back: int = 0, day: int = 0) -> None:
    made, known = NOON + DAY * day, NOON + DAY * (day + back)
    fulfillments = [
        {"status": "FULFILLED", "created": made.isoformat(),
         "lines": [{"orderLine": {"id": "L1"}, "quantity": pieces}]},
    ]  # fmt: skip
    if back:
        fulfillments.append(
            {"status": "REFUNDED_AND_RETURNED", "created": known.isoformat(),
             "lines": [{"orderLine": {"id": "L1"}, "quantity": back}]},
        )  # fmt: skip
    payload = order_payload(
        order_id=f"O{number}", number=str(number), user=ANNA, created=made.isoformat(),
        updated_at=known, lines=[order_line("L1", pieces, quantity=pieces)],
        totalRefunded=money(back), fulfillments=fulfillments,
    )  # fmt: skip
    state = order_state(payload, read_at=known)
    converge(installation_id=shop.pk, states=[state], at=known)


def points_of_orders() -> dict[str, int]:
    return dict(Order.objects.order_by("number").values_list("number", "points"))


@pytest.mark.django_db
class TestOrders:
    def test_that_fill_a_card_earn_its_award_and_returns_take_it_back(self) -> None:
        shop = shop_with(CARD)
        anna = member_key(shop.pk, ANNA)

        buys(shop, 1, pieces=6)
        buys(shop, 2, pieces=6, day=1)
        assert points_of_orders() == {"1": 0, "2": 100}
        buys(shop, 3, pieces=7, day=2)
        assert points_of_orders() == {"1": 0, "2": 100, "3": 0}

        # Nine stamps are left of the first two orders: now the third one fills the card.
        buys(shop, 1, pieces=6, back=3)
        assert points_of_orders() == {"1": 0, "2": 0, "3": 100}
        assert available(anna) == 100

        buys(shop, 3, pieces=7, back=7)
        buys(shop, 2, pieces=6, day=1, back=6)
        assert points_of_orders() == {"1": 0, "2": 0, "3": 0}
        assert available(anna) == 0
        assert find_drift() == []

    def test_say_on_their_receipts_what_they_won(self) -> None:
        shop = shop_with(CARD)

        buys(shop, 1, pieces=20)

        receipt = Order.objects.get().receipt
        assert receipt["lines"] == [{"line": "", "rule": "coffee", "points": 200}]
        [reason] = [each for each in receipt["reasons"] if each["rule"] == "coffee"]
        assert (reason["code"], reason["points"], reason["times"]) == ("STAMPS", 200, 2)

    def test_win_no_more_than_is_left_of_the_budget(self) -> None:
        shop = shop_with({**CARD, "budget": 250})

        buys(shop, 1, pieces=20)
        buys(shop, 2, pieces=10, day=1)

        assert points_of_orders() == {"1": 200, "2": 50}
        buys(shop, 1, pieces=20, back=10)
        buys(shop, 3, pieces=10, day=2)
        assert points_of_orders()["1"] == 100


@pytest.mark.django_db
class TestOccasions:
    def test_earn_what_the_programme_gives_for_them_once(self) -> None:
        shop = shop_with(SURPRISE)
        anna = make_member(shop)
        Member.objects.update(joined_at=datetime(2025, 3, 10, tzinfo=UTC))
        tell_birthday(installation_id=shop.pk, member_id=anna, month=3, day=10, at=NOON - DAY * 30)

        first = celebrate(installation_id=shop.pk, at=TODAY)
        second = celebrate(installation_id=shop.pk, at=TODAY)

        assert (first, second) == (3, 0)
        assert available(anna) == 50 + 20 + 7
        earned = dict(Activity.objects.values_list("event", "points"))
        assert earned == {"birthday": 50, "anniversary": 20, "surprise": 7}

    def test_that_are_revoked_take_their_points_along(self) -> None:
        shop = shop_with(SURPRISE)
        anna = make_member(shop)
        celebrate(installation_id=shop.pk, at=TODAY)

        revoke(installation_id=shop.pk, member_id=anna, event="surprise", reference="wow")
        settle(installation_id=shop.pk, member_ids=[anna], at=TODAY)

        assert available(anna) == 0
        assert celebrate(installation_id=shop.pk, at=TODAY) == 0

    def test_stop_at_the_budget_of_a_surprise(self) -> None:
        shop = shop_with({**SURPRISE, "budget": 10})
        members = [make_member(shop) for _ in range(3)]

        celebrate(installation_id=shop.pk, at=TODAY)

        assert sorted(available(member) for member in members) == [0, 3, 7]


@pytest.mark.django_db
def test_who_confirms_an_account_earns_once() -> None:
    shop = shop_with()
    for hours in (0, 1):
        body = event_body(
            "AccountConfirmed", None, app_id=shop.app_id, user={"id": ANNA},
            issued_at=NOON + timedelta(hours=hours),
        )  # fmt: skip
        delivery = Delivery(shop.api_url, "AccountConfirmed", "", body)
        store(delivery, shop_by_key(shop.pk), "AccountConfirmed", NOON)

    inbox.drain(at=NOON + DAY)

    anna = member_key(shop.pk, ANNA)
    assert list(Activity.objects.values_list("event", "at", "points")) == [
        ("account-confirmed", NOON, 5)
    ]
    assert available(anna) == 5


@pytest.mark.django_db(transaction=True)
def test_workers_and_customers_at_once_lose_and_double_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(occasions, "BATCH_MAX", 4)
    shop = shop_with(SURPRISE)
    members = [make_member(shop) for _ in range(20)]
    Member.objects.update(joined_at=datetime(2025, 3, 10, tzinfo=UTC))

    def work() -> None:
        for _ in range(15):
            celebrate(installation_id=shop.pk, at=TODAY)

    def tell() -> None:
        for member in members:
            record(
                installation_id=shop.pk, member_id=member, event="birthday", reference="2026",
                occurred_at=NOON, at=TODAY,
            )  # fmt: skip
            settle(installation_id=shop.pk, member_ids=[member], at=TODAY)

    at_once([work, tell, work, tell])
    work()

    assert [available(member) for member in members] == [50 + 20 + 7] * 20
    assert find_drift() == []
