"""States of one order as Saleor would tell them, and a shop that hears them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from factories import NOON, money, order_payload

from saleor_loyalty.accrual.operations import Outcome, converge
from saleor_loyalty.gateways.saleor.orders import OrderState, order_state
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.programme.document import starting_programme
from saleor_loyalty.programme.timing_terms import Expiry, Maturity, Moment

HOUR = timedelta(hours=1)
ALICE, BOB = "VXNlcjox", "VXNlcjoy"
ORDER_ID = "T3JkZXI6MQ=="
UNPAID = {"chargeStatus": "NONE", "totalCharged": money(0)}
CANCELLED = {"status": "CANCELED"}
ONE_A_DOLLAR = starting_programme(["USD"])
AFTER_DELIVERY = ONE_A_DOLLAR.model_copy(
    update={"maturity": Maturity(after=Moment.FULFILMENT, days=14), "expiry": Expiry(days=365)}
)


def refund(points_left: int, *, lowers_charge: bool = True) -> dict[str, Any]:
    """Give back so much of the 110 dollars that so many of the 100 points are left."""
    left = Decimal(110) * points_left / 100
    charged = left if lowers_charge else 110
    return {
        "chargeStatus": "PARTIAL",
        "totalCharged": {"amount": charged},
        "totalRefunded": {"amount": 110 - left},
    }


def chargeback(points_left: int) -> dict[str, Any]:
    return refund(points_left) | {"totalRefunded": money(0)}


def parcels(*statuses: str, created: datetime = NOON + HOUR) -> list[dict[str, Any]]:
    """One parcel for each status: with everything, or (what came back) the goods for 40."""
    return [
        {
            "status": status,
            "created": created.isoformat(),
            "lines": [
                {"quantity": 1, "orderLine": {"id": line}}
                for line in (("L1", "L2") if status == "FULFILLED" else ("L2",))
            ],
        }
        for status in statuses
    ]


RETURNED = {"status": "PARTIALLY_RETURNED", "fulfillments": parcels("RETURNED")}
FULFILLED = {"status": "FULFILLED", "fulfillments": parcels("FULFILLED")}


def state(hour: int = 0, *, read: int | None = None, **order: Any) -> OrderState:
    """The order as it was at an hour after noon, read then or at hour `read`."""
    payload = order_payload(updated_at=NOON + hour * HOUR, **order)
    return order_state(payload, read_at=NOON + (hour if read is None else read) * HOUR)


def tell(
    shop: Installation,
    *states: OrderState,
    is_certain: bool = False,
    at: datetime | None = None,
) -> Outcome:
    """Let the shop hear states in one batch, as soon as the last was read unless `at` is later."""
    at = at or max([each.read_at for each in states], default=NOON)
    return converge(installation_id=shop.pk, states=states, at=at, is_certain=is_certain)
