"""Rewards, shoppers and checkouts, told in as few words as a test needs."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from saleor_loyalty.gateways.saleor.checkouts import Checkout, CheckoutLine
from saleor_loyalty.gateways.saleor.orders import Goods
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.rewards.rules import decide, offers
from saleor_loyalty.rewards.values import (
    Decision,
    Obstacle,
    Offer,
    Reduction,
    Shopper,
    Unavailable,
    Why,
)

#: A Sunday.
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANYBODY = Shopper(tier="", segments=frozenset(), points=1000, order_number=1)
STEPS: dict[str, Any] = {"points": 100, "money": {"USD": "5"}, "steps": {}}
TIERS = {
    "currency": "USD",
    "levels": [
        {"id": "silver", "name": "Silver", "threshold": "0"},
        {"id": "gold", "name": "Gold", "threshold": "500", "translations": {"fr": "Or"}},
    ],
}


def reward(kind: str = "MONEY_OFF", **terms: Any) -> dict[str, Any]:
    """One reward: 5 dollars for 100 points, if nothing else is said."""
    money = {"money": {"USD": "5"}} if kind in ("MONEY_OFF", "GIFT_CARD") else {}
    return {"id": "it", "name": "It", "kind": kind, "points": 100, **money, **terms}


def programme(*rewards: dict[str, Any], **parts: Any) -> Programme:
    """A programme with these rewards."""
    return Programme.model_validate({"rewards": rewards, "tiers": TIERS, **parts})


def line(
    unit: str,
    quantity: int = 1,
    *,
    before: str = "",
    is_gift: bool = False,
    is_full_price: bool = True,
    **goods: Any,
) -> CheckoutLine:
    """Pieces of one variant; a gift costs nothing."""
    price = Decimal(unit)
    gross = Decimal(0) if is_gift else price * quantity
    undiscounted = Decimal(before or unit)
    return CheckoutLine(
        "line", quantity, price, undiscounted, gross, is_gift, is_full_price, Goods(**goods)
    )


def basket(*lines: CheckoutLine, shipping: str = "5", **facts: Any) -> Checkout:
    """A checkout with these goods, nothing taken off, nothing paid."""
    subtotal = sum([each.gross for each in lines], Decimal(0))
    subtotal -= facts.get("voucher_discount", 0) + facts.get("promotion_discount", 0)
    total = subtotal + Decimal(shipping)
    checkout = Checkout(
        id="checkout",
        user_id=None,
        channel="web",
        currency="USD",
        lines=lines,
        subtotal=subtotal,
        shipping=Decimal(shipping),
        total=total,
        balance=total,
        voucher_code="",
        voucher_discount=Decimal(0),
        promotion_discount=Decimal(0),
        gift_value=Decimal(0),
        gift_cards=0,
        is_being_paid=False,
        updated_at=NOON,
    )
    return replace(checkout, **facts)


def with_code(*lines: CheckoutLine, discount: str = "2", **facts: Any) -> Checkout:
    """A checkout with a promo code in it."""
    taken = {"voucher_code": "SUMMER", "voucher_discount": Decimal(discount)}
    return basket(*lines, **taken, **facts)


def with_promotion(*lines: CheckoutLine, discount: str = "2", gift: str = "0") -> Checkout:
    """A checkout with an order promotion in it, perhaps with a gift."""
    gifts = [line(gift, is_gift=True)] if Decimal(gift) else []
    taken = {"promotion_discount": Decimal(discount), "gift_value": Decimal(gift)}
    return basket(*lines, *gifts, **taken)


def take(
    wanted: dict[str, Any],
    checkout: Checkout | None = None,
    who: Shopper = ANYBODY,
    /,
    *,
    terms: dict[str, Any] | None = None,
    **asked: Any,
) -> Decision:
    """What the shopper gets of a reward; `terms` hold for all rewards together."""
    document = programme(wanted, redeeming=terms or {})
    return decide(document, "it", who, checkout=checkout, **{"at": NOON, **asked})


def refused(
    wanted: dict[str, Any],
    checkout: Checkout | None = None,
    who: Shopper = ANYBODY,
    /,
    **asked: Any,
) -> list[Obstacle]:
    """Why the shopper cannot have it."""
    try:
        decision = take(wanted, checkout, who, **asked)
    except Unavailable as error:
        return list(error.obstacles)
    raise AssertionError(f"nothing stood in the way of {decision}")


def whys(
    wanted: dict[str, Any],
    checkout: Checkout | None = None,
    who: Shopper = ANYBODY,
    /,
    **asked: Any,
) -> list[Why]:
    """The codes of what stands in the way."""
    return [each.why for each in refused(wanted, checkout, who, **asked)]


def offer(
    wanted: dict[str, Any],
    checkout: Checkout | None = None,
    who: Shopper = ANYBODY,
    /,
    *,
    terms: dict[str, Any] | None = None,
    **asked: Any,
) -> Offer:
    """A reward as the shopper sees it."""
    document = programme(wanted, redeeming=terms or {})
    return offers(document, who, checkout=checkout, **{"at": NOON, **asked})[0]


def cuts(decision: Decision) -> list[str]:
    """Why less is taken off than was asked for."""
    return [str(each.cut) for each in decision.reductions]


def limit(reduction: Reduction) -> Any:
    """What a reduction names."""
    return reduction.facts["limit"]
