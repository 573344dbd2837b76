"""What orders mean for a redemption: pure decisions."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.programme.reward_terms import Redeeming

if TYPE_CHECKING:
    from saleor_loyalty.gateways.saleor.gift_cards import GiftCard

#: A code can be used for so many days where a reward says nothing.
VALID_DAYS = 30
#: Crockford's: no character looks like another.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PREFIX = "Loyalty · "
_BEFORE_MARK = " · "
_MARK_CHARACTERS = 10
_NAME_CHARACTERS_MAX = 180
_DEAD = {"CANCELED", "EXPIRED"}
_NO_ORDER = {"DRAFT"}
# Its lines are copies of what was bought before, with their codes; it costs nothing more.
_REPLACEMENT = "REISSUE"


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that was heard of, and the most that was ever charged for it."""

    state: OrderState
    charged_peak: Decimal


class Of(StrEnum):
    """What a redemption is used for, by which what comes back is weighed."""

    #: Whatever the order costs.
    ORDER = "ORDER"
    #: Some of its goods.
    GOODS = "GOODS"


def share_kept(order: Ordered, terms: Redeeming, of: Of = Of.ORDER) -> Fraction:
    """Return the share of a redemption's points that this order is to be charged: 0 to 1."""
    if order.state.status in _NO_ORDER or order.state.origin == _REPLACEMENT:
        return Fraction(0)
    if order.state.status in _DEAD:
        return Fraction(terms.cancelled == "KEEP")
    if terms.refunded == "KEEP":
        return Fraction(1)
    return _share_of_goods(order.state, of) * _share_of_money(order)


def new_mark() -> str:
    """Return what the names of a redemption's voucher end with: 50 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(_MARK_CHARACTERS))


def voucher_name(name: str, mark: str) -> str:
    """Return what a voucher is called in the Dashboard, in checkouts and on orders."""
    return f"{_PREFIX}{name[:_NAME_CHARACTERS_MAX]}{_BEFORE_MARK}{mark}"


def marks(order: OrderState) -> frozenset[str]:
    """Return the marks of the redemptions whose vouchers took something off an order."""
    found = (name.rpartition(_BEFORE_MARK) for name in order.voucher_names)
    return frozenset(
        mark
        for name, _separator, mark in found
        if name.startswith(_PREFIX) and len(mark) == _MARK_CHARACTERS
    )


def points_for(points: int, share: Fraction) -> int:
    """Return what stays charged; parts of a point are given back."""
    return int(points * share)


def worth_of_card(card: "GiftCard", shares: Mapping[str, str], on_card: Decimal) -> Fraction:
    """Return what a gift card was worth to its member: what can still be drawn, and what was drawn
    for goods that stayed. Money given back to the card is on it, and not given back twice.

    :param shares: how much of each order stayed, by its id.
    """
    worth = Fraction(on_card)
    for use in card.uses:
        whole = Fraction(use.drawn + use.refunded)
        worth += min(whole * Fraction(shares[use.order_id]), Fraction(use.drawn))
    return worth


def expires_at(issued_at: datetime, valid_days: int | None) -> datetime:
    """Return when a code ends that was issued then."""
    return issued_at + timedelta(days=valid_days or VALID_DAYS)


def _share_of_goods(order: OrderState, of: Of) -> Fraction:
    """Return the share of what the redemption is used for that belongs to goods which stayed."""
    weights = _weights(order, of)
    whole = sum(weights, Decimal(0))
    if not whole:
        return Fraction(1)
    stayed = sum(
        (
            Fraction(weight) * (line.quantity - line.quantity_gone) / line.quantity
            for weight, line in zip(weights, order.lines, strict=True)
            if line.quantity
        ),
        Fraction(0),
    )
    return stayed / Fraction(whole)


def _weights(order: OrderState, of: Of) -> list[Decimal]:
    """Return what each line counts: what was taken off it, where that is known, else its price.

    Sales, presents and what other rewards took off count for nothing.
    """
    goods = [Decimal(0) if line.is_gift else line.undiscounted_gross for line in order.lines]
    if of is Of.GOODS:
        told = [line.voucher_discount for line in order.lines]
        taken = [max(Decimal(0), price - line.gross)
                 for price, line in zip(goods, order.lines, strict=True)]  # fmt: skip
        if any(told) or any(taken):
            return told if any(told) else taken
    prices = [line.gross for line in order.lines]
    # Where nothing is to pay for any of them, by what they would have cost.
    return prices if any(prices) else goods


def _share_of_money(order: Ordered) -> Fraction:
    """Return the share of the price of what stayed that was not given back as money.

    What has not been paid yet was not given back.
    """
    state = order.state
    price = state.shipping_gross + sum((line.gross for line in state.lines), Decimal(0))
    stayed = Fraction(state.shipping_gross) + sum(
        (
            Fraction(line.gross) * (line.quantity - line.quantity_gone) / line.quantity
            for line in state.lines
            if line.quantity
        ),
        Fraction(0),
    )
    held = min(state.charged, order.charged_peak - state.refunded)
    # Money above the price was never for the goods: that it went back takes nothing from them.
    given_back = max(Decimal(0), min(order.charged_peak, price) - held)
    if not stayed:
        return Fraction(1)
    return max(Fraction(0), min(Fraction(1), Fraction(price - given_back) / stayed))
