"""Why an order earned what it did, and what a basket would earn: for whom, and in which words."""

# ruff: noqa: RUF001 (French apostrophes)

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from asking import ANNA, BEN, Shopfront, codes
from factories import order_payload
from signing import SigningKey

from saleor_loyalty.accrual.operations import converge
from saleor_loyalty.gateways.saleor.orders import order_state
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.sandbox.server import serve

ORDER = "T3JkZXI6MQ=="
RECEIPT = """
query ($order: ID!) {
  orderReceipt(orderId: $order) {
    orderNumber
    receipt { points summary(language: FR) reasons { rule points sentence(language: EN) }
              lines { lineId rule points } nearly { sentence(language: EN) } }
    changes { kind points }
  }
}
"""
DOUBLE = Programme.model_validate({
    "earning": {
        "rates": {"USD": {"points": 1, "per": "1"}},
        "rules": [
            {"id": "double", "name": "Double points",
             "effect": {"kind": "MULTIPLIER", "factor": "2"}},
            {"id": "basket", "name": "Big basket",
             "effect": {"kind": "THRESHOLD", "money": {"USD": "150"}, "points": 100}},
        ],
    }
})  # fmt: skip


@pytest.fixture
def shop(db: None, key: SigningKey) -> Shopfront:
    shop = Shopfront(key)
    publish(installation_id=shop.row.pk, document=DOUBLE, at=datetime(2026, 4, 1, tzinfo=UTC))
    return shop


def buy(shop: Shopfront, *, user: str | None = ANNA, **changes: Any) -> None:
    now = datetime.now(UTC)
    payload = order_payload(user=user, updated_at=now, created=now.isoformat(), **changes)
    states = [order_state(payload, read_at=now)]
    converge(installation_id=shop.row.pk, states=states, at=now, is_certain=True)


def test_a_customer_reads_each_rule_with_its_arithmetic(shop: Shopfront) -> None:
    buy(shop)

    told = shop.data(RECEIPT, token=shop.customer(), order=ORDER)["orderReceipt"]

    assert told["orderNumber"] == "1001"
    assert told["receipt"]["points"] == 200
    assert told["receipt"]["summary"] == "En tout 200"
    assert told["receipt"]["reasons"] == [
        {"rule": "base", "points": 100, "sentence": "1 point per 1\xa0$ on 100\xa0$: 100"},
        {"rule": "double", "points": 100, "sentence": "Double points, 2 × 100: 100 more"},
    ]
    assert sum(line["points"] for line in told["receipt"]["lines"]) == 200
    assert told["receipt"]["nearly"] == [{"sentence": "50\xa0$ more for Big basket: 100 more"}]
    assert told["changes"] == [{"kind": "EARN", "points": 200}]


def test_every_later_change_is_a_line_of_its_own(shop: Shopfront) -> None:
    buy(shop)
    buy(shop, totalRefunded={"amount": Decimal(55)}, totalCharged={"amount": Decimal(55)})

    told = shop.data(RECEIPT, token=shop.customer(), order=ORDER)["orderReceipt"]

    assert told["receipt"]["points"] == 100
    assert told["changes"] == [
        {"kind": "EARN", "points": 200},
        {"kind": "CLAW_BACK", "points": -100},
    ]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "CANCELED"}, "Pas de points : la commande a été annulée"),
        ({"chargeStatus": "NONE", "totalCharged": {"amount": Decimal(0)}},
         "Pas encore de points : la commande n’est pas entièrement payée"),
    ],
)  # fmt: skip
def test_an_order_without_points_says_why(
    shop: Shopfront, changes: dict[str, Any], why: str
) -> None:
    buy(shop, **changes)

    told = shop.data(RECEIPT, token=shop.staff(), order=ORDER)["orderReceipt"]["receipt"]

    assert (told["points"], told["summary"], told["reasons"]) == (0, why, [])


def test_a_receipt_is_for_the_buyer_and_for_staff_who_see_orders(shop: Shopfront) -> None:
    buy(shop)

    def ask(token: str | None) -> dict[str, Any]:
        return shop.ask(RECEIPT, token=token, order=ORDER)

    assert ask(shop.customer(BEN))["data"] == {"orderReceipt": None}
    assert codes(ask(None)) == ["PERMISSION_DENIED"]
    few = shop.staff(user_permissions=["MANAGE_USERS"])
    assert codes(ask(few)) == ["PERMISSION_DENIED"]
    assert ask(shop.staff())["data"]["orderReceipt"]["orderNumber"] == "1001"


def test_a_receipt_of_another_shop_is_not_there(shop: Shopfront, key: SigningKey) -> None:
    buy(shop)
    other = Shopfront(key)

    assert other.data(RECEIPT, token=other.staff(), order=ORDER) == {"orderReceipt": None}


class TestEstimate:
    ASK = """
    query ($channel: String, $lines: [EstimateLineInput!], $member: ID) {
      estimate(channel: $channel, lines: $lines, memberId: $member) {
        receipt { points reasons { rule } }
        campaigns { campaignId }
        tierOutlook { sentence }
      }
    }
    """

    @pytest.fixture
    def shop(self, db: None, key: SigningKey) -> Iterator[Shopfront]:
        with serve() as saleor:
            shop = Shopfront(key, api_url=saleor.api_url)
            moment = datetime(2026, 4, 1, tzinfo=UTC)
            publish(installation_id=shop.row.pk, document=DOUBLE, at=moment)
            yield shop

    def test_wants_one_kind_of_basket(self, shop: Shopfront) -> None:
        for wanted in ({}, {"channel": "default-channel"}, {"lines": [LINE]}):
            assert codes(shop.ask(self.ASK, **wanted)) == ["INVALID"]

    def test_wants_pieces(self, shop: Shopfront) -> None:
        line = LINE | {"quantity": 0}

        answer = shop.ask(self.ASK, channel="default-channel", lines=[line])

        assert answer["errors"][0]["message"] == "Ask for at least one piece of each variant."

    def test_for_somebody_else_is_for_staff(self, shop: Shopfront) -> None:
        wanted = {"channel": "default-channel", "lines": [LINE], "member": "TWVtYmVyOjE="}

        assert codes(shop.ask(self.ASK, token=shop.customer(), **wanted)) == ["PERMISSION_DENIED"]
        assert codes(shop.ask(self.ASK, token=shop.staff(), **wanted)) == ["INVALID"]

    def test_two_at_once_are_too_many(self, shop: Shopfront) -> None:
        one = 'estimate(checkoutId: "x") { receipt { points } }'

        assert codes(shop.ask(f"{{ a: {one} b: {one} }}")) == ["LIMIT_EXCEEDED"]


LINE = {"variantId": "UHJvZHVjdFZhcmlhbnQ6MQ==", "quantity": 1}
