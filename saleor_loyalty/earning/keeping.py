"""What stayed of an order, and how much of its money the merchant still holds. Pure.

Goods that went back, or whose price did, count as never bought. So does an order that was
cancelled, or of which nothing stayed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import lcm

from saleor_loyalty.earning.reckoning import Nothing
from saleor_loyalty.gateways.saleor.orders import OrderLine, OrderState
from saleor_loyalty.programme.earning_terms import Basis

#: Parts of a unit of money: a ten-thousandth is the finest there is.
FINEST = 10_000
#: What a payment by gift card is called.
GIFT_CARD = "gift_card"


@dataclass(frozen=True, slots=True)
class Kept:
    """What stayed of an order. Line number n keeps `stayed[n] / whole` of its price."""

    stayed: tuple[int, ...]
    whole: int
    # Share of the price of what stayed that the merchant holds, gift cards included: 0 to 1.
    held: Fraction
    # Share of the money held that came from gift cards: 0 to 1.
    on_gift_cards: Fraction


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


def why_never_bought(order: OrderState, kept: Kept) -> Nothing | None:
    """Return why a paid order is none; None if it is one."""
    if order.status in {"CANCELED", "EXPIRED"}:
        return Nothing.CANCELLED
    if order.origin in {"REISSUE", "BULK_CREATE"} or order.status == "DRAFT":
        return Nothing.NOT_A_SALE
    has_stayed = any(
        left and not line.is_gift for line, left in zip(order.lines, kept.stayed, strict=True)
    )
    return None if has_stayed and kept.held else Nothing.GIVEN_BACK


def is_kept(order: OrderState, charged_peak: Decimal) -> bool:
    """Tell whether any of a paid order stayed, so that it counts as an order at all."""
    return why_never_bought(order, kept_of(order, charged_peak)) is None


def kept_pieces(order: OrderState) -> Mapping[str, int]:
    """Return how many pieces of each line stayed, gifts left out."""
    return {line.id: line.quantity - line.quantity_gone for line in order.lines if not line.is_gift}


def categories_of(order: OrderState) -> frozenset[str]:
    """Return the own categories of the goods that stayed (not those they lie in)."""
    return frozenset(
        line.goods.categories[0]
        for line in order.lines
        if line.goods.categories and not line.is_gift and line.quantity > line.quantity_gone
    )


def kept_money(
    order: OrderState, *, basis: Basis, shipping: bool, charged_peak: Decimal
) -> Decimal:
    """Return the money kept for the order's goods, gift cards and gifts left out.

    What was paid with gift cards counts: buying those did not.
    """
    kept = kept_of(order, charged_peak)
    if why_never_bought(order, kept):
        return Decimal(0)
    is_net = basis is Basis.NET
    value = sum(
        [
            fine(line.net if is_net else line.gross) * stayed
            for line, stayed in zip(order.lines, kept.stayed, strict=True)
            if may_earn(line)
        ]
    )
    if shipping:
        value += fine(order.shipping_net if is_net else order.shipping_gross) * kept.whole
    held = kept.held
    return Decimal(value * held.numerator // (kept.whole * held.denominator)).scaleb(-4)


def kept_money_by_line(
    order: OrderState, *, basis: Basis, charged_peak: Decimal
) -> Mapping[str, Fraction]:
    """Return the money kept for each line's goods, gift cards and gifts left out."""
    kept = kept_of(order, charged_peak)
    if why_never_bought(order, kept):
        return {}
    scale = kept.held / (kept.whole * FINEST)
    return {
        line.id: scale * stayed * fine(line.net if basis is Basis.NET else line.gross)
        for line, stayed in zip(order.lines, kept.stayed, strict=True)
        if may_earn(line)
    }


def kept_of(order: OrderState, charged_peak: Decimal) -> Kept:
    """Return what stayed of an order, of which `charged_peak` was charged at most at any time."""
    last, last_peak, kept = _latest[0]
    if last is not order or last_peak != charged_peak:
        kept = _kept_of(order, charged_peak)
        _latest[0] = order, charged_peak, kept
    return kept


# The order asked about last: rules, levels and campaigns ask about each in turn. One slot, changed
# as a whole, so that threads cannot mix two orders up.
_latest: list[tuple[OrderState | None, Decimal, Kept]] = [
    (None, Decimal(0), Kept((), 1, Fraction(0), Fraction(0)))
]


def _kept_of(order: OrderState, charged_peak: Decimal) -> Kept:
    stayed, whole = _stayed(order)
    value = sum(
        [fine(line.gross) * left for line, left in zip(order.lines, stayed, strict=True)],
        fine(order.shipping_gross) * whole,
    )
    older = legacy_gift_card_money(order)
    held = min(order.charged, charged_peak - order.refunded) + older
    on_cards = older + max(Decimal(0), order.charged_to_gift_cards)
    return Kept(
        stayed,
        whole,
        # Free goods are paid for.
        _share(fine(held) * whole, value) if value else Fraction(1),
        _share(fine(on_cards), fine(held)),
    )


def legacy_gift_card_money(order: OrderState) -> Decimal:
    """Return what gift cards of the older kind took off the order's total."""
    goods = sum([line.gross for line in order.lines], Decimal(0))
    return max(Decimal(0), goods + order.shipping_gross - order.total)


def bought_with_points(order: OrderState, points_on_gift_cards: Decimal) -> Fraction:
    """Return the share of what gift cards paid that came from cards bought with points: 0 to 1."""
    on_cards = legacy_gift_card_money(order) + max(Decimal(0), order.charged_to_gift_cards)
    return _share(fine(points_on_gift_cards), fine(on_cards))


def may_earn(line: OrderLine) -> bool:
    """Tell whether a line may earn points at all: stored value and presents do not."""
    return not (line.is_gift or line.is_gift_card)


def fine(amount: Decimal) -> int:
    """Return money in its finest unit: exact, and faster to reckon with."""
    return int(amount.scaleb(4))


def _stayed(order: OrderState) -> tuple[tuple[int, ...], int]:
    """Return the share of each line that stayed, over a common denominator."""
    # Most lines stay whole, or go as a whole.
    in_part = [line.quantity for line in order.lines if 0 < line.quantity_gone < line.quantity]
    whole = lcm(*in_part)
    stayed = [
        whole * (line.quantity - line.quantity_gone) // line.quantity
        if line.quantity_gone
        else whole
        for line in order.lines
    ]
    return tuple(stayed), whole


def _share(part: int, whole: int) -> Fraction:
    if part <= 0:
        return Fraction(0)
    return Fraction(part, whole) if part < whole else Fraction(1)
