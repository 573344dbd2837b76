"""What there is to take something off, in a checkout. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from saleor_loyalty.programme.reward_terms import Reward
from saleor_loyalty.rewards.goods import cheapest_piece, goods_price, meant_by, price_of, sale_on
from saleor_loyalty.rewards.money import rounded_down, share_of
from saleor_loyalty.rewards.request import Request, is_for_some_goods
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
    #: What else is taken off and stays beside it, and what all of that is taken off. What is
    #: reduced in price already, and stays so, is in both.
    beside: Decimal
    whole: Decimal
    sale: Decimal
    #: Whether there are goods that it is for.
    has_goods: bool


def room(request: Request, means: Means) -> Room | None:
    """Return what the reward finds; None without a checkout."""
    checkout = request.checkout
    if checkout is None:
        return None
    price, sale = goods_price(checkout), sale_on(checkout)
    credit = sum([each.credit for each in request.held], _NOTHING)
    if means is not Means.GIFT_CARD:
        lines = meant_by(request.reward.scope, checkout)
        worth = worth_in(request.reward, checkout)
        return Room(price, worth, credit + sale, price + sale, sale, bool(lines))
    # A gift card pays for goods as they stand, and leaves everything else where it is.
    beside = checkout.voucher_discount + checkout.promotion_discount + checkout.gift_value
    return Room(
        goods=min(price, checkout.subtotal),
        worth=checkout.balance,
        beside=beside + credit + sale,
        whole=price + checkout.gift_value + sale,
        sale=sale,
        has_goods=True,
    )


def worth_in(reward: Reward, checkout: "Checkout") -> Decimal:
    """Return the most that a voucher can take off; Saleor takes no more than the goods cost."""
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
        case "MONEY_OFF" if is_for_some_goods(reward):
            return cheapest_piece(lines)
        case "MONEY_OFF":
            return goods_price(checkout)
        case _:
            return _NOTHING
