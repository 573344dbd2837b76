"""What the goods of a checkout cost, and which of them a reward means. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from saleor_loyalty.earning.scope import matcher, tags_of
from saleor_loyalty.programme.parts import Scope

if TYPE_CHECKING:
    from saleor_loyalty.gateways.saleor.checkouts import Checkout, CheckoutLine

_NOTHING = Decimal(0)


def goods_price(checkout: "Checkout") -> Decimal:
    """Return what all goods cost before vouchers and order promotions, without gifts.

    So Saleor reckons a voucher: it takes the place of both.
    """
    return price_of(_bought(checkout))


def price_of(lines: "Sequence[CheckoutLine]") -> Decimal:
    """Return what these goods cost before vouchers and order promotions."""
    return sum([line.unit * line.quantity for line in lines], _NOTHING)


def sale_on(checkout: "Checkout") -> Decimal:
    """Return what the shop's own prices have taken off the goods already, such as a sale."""
    saved = [max(_NOTHING, each.undiscounted - each.unit) for each in _bought(checkout)]
    pieces = [each.quantity for each in _bought(checkout)]
    return sum([each * count for each, count in zip(saved, pieces, strict=True)], _NOTHING)


def meant_by(scope: Scope, checkout: "Checkout") -> "Sequence[CheckoutLine]":
    """Return the goods that a reward is for."""
    lines = _bought(checkout)
    tags = [tags_of(line.goods) for line in lines]
    places = matcher(scope).pick(tags, [line.is_full_price for line in lines])
    return [lines[place] for place in places]


def cheapest_piece(lines: "Sequence[CheckoutLine]") -> Decimal:
    """Return the price of the cheapest piece, the one that Saleor takes; 0: there is none."""
    return min([line.unit for line in lines], default=_NOTHING)


def _bought(checkout: "Checkout") -> "Sequence[CheckoutLine]":
    return [line for line in checkout.lines if line.quantity > 0 and not line.is_gift]
