"""What there is to take something off, in a checkout. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from saleor_loyalty.rewards.goods import cheapest_piece, goods_price, meant_by, price_of
from saleor_loyalty.rewards.money import rounded_down, share_of
from saleor_loyalty.rewards.request import Request
from saleor_loyalty.rewards.values import Means

if TYPE_CHECKING:
    from saleor_loyalty.gateways.saleor.checkouts import Checkout

_NOTHING = Decimal(0)
_FREE = 100


@dataclass(frozen=True, slots=True)
class Room:
    """What a reward finds in a checkout."""

    #: The goods as minimums and shares count them.
    goods: Decimal
    #: The most it can take off. Where it is no amount of money, that is what it takes off.
    worth: Decimal
    #: What else is taken off and stays beside it, and what all of that is taken off.
    beside: Decimal
    whole: Decimal
    #: Whether there are goods that it is for.
    has_goods: bool


def room(request: Request, means: Means) -> Room | None:
    """Return what the reward finds; None without a checkout."""
    checkout = request.checkout
    if checkout is None:
        return None
    price = goods_price(checkout)
    credit = sum([each.credit for each in request.held], _NOTHING)
    if means is not Means.GIFT_CARD:
        lines = meant_by(request.reward.scope, checkout)
        return Room(price, _worth(request, checkout), credit, price, bool(lines))
    # A gift card pays for goods as they stand, and leaves everything else where it is.
    beside = checkout.voucher_discount + checkout.promotion_discount + checkout.gift_value
    return Room(
        goods=min(price, checkout.subtotal),
        worth=checkout.balance,
        beside=beside + credit,
        whole=price + checkout.gift_value,
        has_goods=True,
    )


def _worth(request: Request, checkout: "Checkout") -> Decimal:
    """Return the most that a voucher can take off; Saleor takes no more than the goods cost."""
    reward = request.reward
    lines = meant_by(reward.scope, checkout)
    match reward.kind:
        case "FREE_SHIPPING":
            return checkout.shipping
        case "PERCENT_OFF":
            share = share_of(price_of(lines), reward.percent or 0)
            return rounded_down(share, checkout.currency)
        case "PRODUCT":
            share = share_of(cheapest_piece(lines), reward.percent or _FREE)
            return rounded_down(share, checkout.currency)
        case "MONEY_OFF" if request.is_for_some_goods:
            return cheapest_piece(lines)
        case "MONEY_OFF":
            return goods_price(checkout)
        case _:
            return _NOTHING
