"""What Saleor's orders have of a reward, whatever we believe."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.sandbox.gift_cards import GiftCard
from saleor_loyalty.sandbox.orders import GONE
from saleor_loyalty.sandbox.orders import Order as SoldOrder

_DEAD = {"CANCELED", "EXPIRED"}


def carries(order: SoldOrder, redemption: Redemption) -> bool:
    """Whether an order has what a redemption's voucher gives, by its code or only by its name."""
    codes = {order.voucher_code, *(line.voucher_code for line in order.lines)}
    discounts = [*order.discounts, *(each for line in order.lines for each in line.discounts)]
    names = [each.name or "" for each in discounts]
    return bool(redemption.code) and (
        redemption.code in codes or any(name.endswith(redemption.mark) for name in names)
    )


def _drawn(card: GiftCard, order: SoldOrder) -> Decimal:
    """What an order drew from a gift card."""
    total = Decimal(0)
    for event in card.events:
        if event.order_id == order.id and event.balance:
            total += event.balance["old_current_balance"].amount
            total -= event.balance["current_balance"].amount
    return total


def worth_of(card: GiftCard | None, orders: Iterable[SoldOrder]) -> Fraction:
    """What can be paid with a gift card, and what was and stayed paid."""
    if card is None:
        return Fraction(0)
    left = Fraction(card.current) if card.is_active else Fraction(0)
    return left + sum((Fraction(_drawn(card, each)) * share(each) for each in orders), Fraction(0))


def share(order: SoldOrder) -> Fraction:
    """The share of what was taken off an order that belongs to goods which stayed."""
    if order.status in _DEAD:
        return Fraction(0)
    gone = Counter[str]()
    for fulfillment in order.fulfillments:
        if fulfillment.status in GONE:
            for line in fulfillment.lines:
                gone[line.order_line.pk] += line.quantity
    prices = {line.pk: line.unit_gross * line.quantity for line in order.lines}
    taken = {line.pk: prices[line.pk] - line.gross for line in order.lines}
    weights = taken if any(taken.values()) else prices
    stayed = sum(
        Fraction(weights[line.pk]) * (line.quantity - gone[line.pk]) / line.quantity
        for line in order.lines
    )
    return Fraction(stayed) / Fraction(sum(weights.values()))
