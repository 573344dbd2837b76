"""How many points an order's state is worth, and why. Pure: the same facts, the same points.

The money formula: eligible goods, times the share of the order's money the merchant still holds
(or the share of the goods that stayed, if that is less), times the rate, rounded down once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from saleor_loyalty.gateways.saleor.orders import OrderLine, OrderState
from saleor_loyalty.programme.document import Basis, Earning, Rate

#: No order earns more, so that no sum of a member's points outgrows the database.
POINTS_MAX = 10**12
#: The line of a receipt that stands for shipping.
SHIPPING = "shipping"


class Nothing(StrEnum):
    """Why an order earns nothing."""

    NOT_PAID = "NOT_PAID"
    NO_PROGRAMME = "NO_PROGRAMME"
    CANCELLED = "CANCELLED"
    NOT_A_SALE = "NOT_A_SALE"  # replacements, imports, drafts: no customer bought them here
    NO_RATE = "NO_RATE"
    NO_CUSTOMER = "NO_CUSTOMER"


@dataclass(frozen=True, slots=True)
class Allocation:
    """The points one order line earned."""

    line: str
    points: int


@dataclass(frozen=True, slots=True)
class Target:
    """What an order should have earned in the state it is in."""

    points: int
    allocations: tuple[Allocation, ...] = ()
    nothing: Nothing | None = None


@dataclass(frozen=True, slots=True)
class _Share:
    """A line that earns: its money, and how much of that is left after returns."""

    line: str
    money: int
    kept: int | Fraction


def is_paid(order: OrderState) -> bool:
    """Tell whether the order is, or must have been, fully paid. Once paid is paid for ever.

    An order first heard of after a refund was paid too: what was charged and what was given back
    make up its total. (So do two part payments with a refund between them; nobody can tell.)
    """
    is_full = order.charge_status in {"FULL", "OVERCHARGED"}
    return is_full or 0 < order.total <= order.charged + order.refunded


def peak_charged(order: OrderState) -> Decimal:
    """Return the most money ever charged for the order, as far as this state tells.

    Some payment apps report a refund without lowering what was charged, others lower it: the
    peak makes both look the same.
    """
    return max(min(order.total, order.charged + order.refunded), order.charged)


def target(order: OrderState, *, earning: Earning, charged_peak: Decimal) -> Target:
    """Return the points `order`, which was fully paid at some time, should have earned by now."""
    if nothing := _reason_for_nothing(order, earning):
        return Target(0, nothing=nothing)
    shares = _shares(order, earning)
    eligible = sum(share.money for share in shares)
    if eligible <= 0:
        return Target(0)
    goods_kept = Fraction(sum(share.kept for share in shares), eligible)
    kept = min(_money_kept(order, charged_peak, earning), goods_kept)
    kept *= 1 - _gift_card_share(order, earning)
    points = _points(eligible, kept, earning.rates[order.currency])
    return Target(points, _allocate(points, shares))


def _reason_for_nothing(order: OrderState, earning: Earning) -> Nothing | None:
    if order.status in {"CANCELED", "EXPIRED"}:
        return Nothing.CANCELLED
    if order.origin in {"REISSUE", "BULK_CREATE"} or order.status == "DRAFT":
        return Nothing.NOT_A_SALE
    if order.currency not in earning.rates:
        return Nothing.NO_RATE
    return None


def _shares(order: OrderState, earning: Earning) -> list[_Share]:
    net = earning.basis is Basis.NET
    shares = [
        _share(line, line.net if net else line.gross)
        for line in order.lines
        if not (line.is_gift or line.is_gift_card)
    ]
    if earning.shipping:
        shipping = order.shipping_net if net else order.shipping_gross
        shares.append(_Share(SHIPPING, _fine(shipping), _fine(shipping)))
    return shares


def _share(line: OrderLine, amount: Decimal) -> _Share:
    money = _fine(amount)
    if not line.quantity_returned:
        return _Share(line.id, money, money)
    stayed = max(line.quantity - line.quantity_returned, 0)
    return _Share(line.id, money, Fraction(money * stayed, line.quantity))


def _fine(amount: Decimal) -> int:
    """Return money in its finest unit, a ten-thousandth: exact, and faster to reckon with."""
    return int(amount.scaleb(4))


def _gift_card_money(order: OrderState) -> Decimal:
    """Return what older gift cards took off the order's total."""
    goods = sum((line.gross for line in order.lines), Decimal(0))
    return max(Decimal(0), goods + order.shipping_gross - order.total)


def _money_kept(order: OrderState, charged_peak: Decimal, earning: Earning) -> Fraction:
    """Return the share of the order's money that the merchant still holds, from 0 to 1."""
    kept = min(order.charged, charged_peak - order.refunded)
    whole = order.total
    if earning.gift_card_money and (older := _gift_card_money(order)):
        kept, whole = kept + older, whole + older
    if whole <= 0 or kept >= whole:
        return Fraction(1)
    return max(Fraction(0), Fraction(kept) / Fraction(whole))


def _gift_card_share(order: OrderState, earning: Earning) -> Fraction:
    """Return the share of the order paid with gift cards, where that money earns nothing."""
    if earning.gift_card_money:
        return Fraction(0)
    older = _gift_card_money(order)
    stored = older + max(Decimal(0), order.charged_to_gift_cards)
    whole = order.total + older
    if not stored or whole <= 0:
        return Fraction(0)
    return min(Fraction(1), Fraction(stored) / Fraction(whole))


def _points(eligible: int, kept: Fraction, rate: Rate) -> int:
    """Round down once per order: the shop never owes a fraction."""
    return min(eligible * rate.points * kept // _fine(rate.per), POINTS_MAX)


def _allocate(points: int, shares: Sequence[_Share]) -> tuple[Allocation, ...]:
    """Share `points` out over the lines in proportion to what stayed of them.

    Each line gets its share rounded down; what is left goes, point by point, to the lines that
    lost most by rounding, the first of equals first.
    """
    whole = sum(share.kept for share in shares)
    if not whole:
        return ()
    parts = [divmod(share.kept * points, whole) for share in shares]
    given = [part for part, _ in parts]
    by_loss = sorted(range(len(parts)), key=lambda index: -parts[index][1])
    for index in by_loss[: points - sum(given)]:
        given[index] += 1
    return tuple(
        [Allocation(share.line, part) for share, part in zip(shares, given, strict=True) if part]
    )
