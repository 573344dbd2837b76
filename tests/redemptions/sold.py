"""What Saleor's orders have of a reward, whatever we believe."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.sandbox.gift_cards import GiftCard
from saleor_loyalty.sandbox.order_lines import OrderLine as SoldLine
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


def _is_on(line: SoldLine, redemption: Redemption) -> bool:
    """Whether a redemption's voucher is for this line, and not for the whole order."""
    names = [each.name or "" for each in line.discounts]
    return bool(redemption.mark) and (
        line.voucher_code == redemption.code
        or any(name.endswith(redemption.mark) for name in names)
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


def share(order: SoldOrder, redemption: Redemption | None = None) -> Fraction:
    """The share of goods that stayed: by what a redemption took off them, else by their prices."""
    if order.status in _DEAD:
        return Fraction(0)
    gone = Counter[str]()
    for fulfillment in order.fulfillments:
        if fulfillment.status in GONE:
            for line in fulfillment.lines:
                gone[line.order_line.pk] += line.quantity
    whole = {
        line.pk: Decimal(0) if line.is_gift else line.unit_gross * line.quantity
        for line in order.lines
    }
    paid = {line.pk: line.gross for line in order.lines}
    own = {
        line.pk: max(Decimal(0), whole[line.pk] - line.gross)
        if redemption and _is_on(line, redemption)
        else Decimal(0)
        for line in order.lines
    }
    weights = next((each for each in (own, paid) if any(each.values())), whole)
    stayed = sum(
        Fraction(weights[line.pk]) * (line.quantity - gone[line.pk]) / line.quantity
        for line in order.lines
    )
    return Fraction(stayed) / Fraction(sum(weights.values()))
