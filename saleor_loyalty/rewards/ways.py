"""How a reward reaches the shopper, and what has to make room for it. Pure.

A checkout has room for one voucher, and no order promotion stands beside it. A gift card stands
beside everything, but knows no goods and no conditions.
"""

from dataclasses import dataclass
from decimal import Decimal

from saleor_loyalty.rewards.request import Request
from saleor_loyalty.rewards.values import Means, Obstacle, Why

_BY_KIND = {
    "GIFT_CARD": Means.GIFT_CARD,
    "ACCESS": Means.SEGMENT,
    "PARTNER_CODE": Means.POOL,
    "DONATION": Means.RECORD,
    "OTHER": Means.RECORD,
}
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Way:
    """How it reaches the shopper, what stands in the way, and what is lost by it."""

    means: Means
    obstacle: Obstacle | None = None
    #: A promo code that makes room, and what it takes off; "": none.
    replaces: str = ""
    code_lost: Decimal = _NOTHING
    #: What an order promotion takes off now, and the price of its gift.
    discount_lost: Decimal = _NOTHING
    gift_lost: Decimal = _NOTHING

    @property
    def promotion_lost(self) -> Decimal:
        """What the shopper must agree to lose."""
        return self.discount_lost + self.gift_lost


def way(request: Request) -> Way:
    """Return how the reward reaches the shopper, whatever its amount."""
    means = _BY_KIND.get(request.reward.kind, Means.VOUCHER)
    if means is Means.GIFT_CARD:
        return _store_credit(request)
    checkout = request.checkout
    if means is not Means.VOUCHER or checkout is None:
        return Way(means)
    if checkout.voucher_code:
        return _beside_code(request)
    lost = checkout.promotion_discount + checkout.gift_value
    wants_credit = request.redeeming.with_promo_code == "STORE_CREDIT" and _can_be_credit(request)
    if lost and wants_credit and request.has_gift_cards:
        return _store_credit(request)
    return Way(
        Means.VOUCHER,
        discount_lost=checkout.promotion_discount,
        gift_lost=checkout.gift_value,
    )


def store_credit_from(request: Request, by: Way) -> Decimal | None:
    """Return the amount from which money off is given as store credit; None: whatever it is."""
    is_voucher = by.means is Means.VOUCHER and by.obstacle is None
    if not (is_voucher and request.has_gift_cards and _can_be_credit(request)):
        return None
    # Without a checkout to keep them in, conditions need a voucher that carries them.
    if request.checkout is None and _has_conditions(request):
        return None
    return request.redeeming.store_credit_from.get(request.currency)


def _beside_code(request: Request) -> Way:
    """Return the way where a promo code has the room of the voucher."""
    checkout, policy = request.checkout, request.redeeming.with_promo_code
    assert checkout
    is_ours = any(each.code == checkout.voucher_code for each in request.held)
    if policy == "REPLACE" and not is_ours:
        return Way(
            Means.VOUCHER,
            replaces=checkout.voucher_code,
            code_lost=checkout.voucher_discount,
            discount_lost=checkout.promotion_discount,
            gift_lost=checkout.gift_value,
        )
    if policy == "STORE_CREDIT" and _can_be_credit(request):
        return _store_credit(request)
    if is_ours:
        # It would end up in no checkout, with its points held: they give it back themselves.
        return Way(Means.VOUCHER, Obstacle(Why.REWARD_IN_CHECKOUT))
    in_the_way = Obstacle(Why.PROMO_CODE_IN_CHECKOUT, {"code": checkout.voucher_code})
    return Way(Means.VOUCHER, in_the_way)


def _store_credit(request: Request) -> Way:
    missing = None if request.has_gift_cards else Obstacle(Why.NEEDS_NEWER_SALEOR)
    return Way(Means.GIFT_CARD, missing)


def _can_be_credit(request: Request) -> bool:
    return request.reward.kind == "MONEY_OFF" and not request.is_for_some_goods


def _has_conditions(request: Request) -> bool:
    reward = request.reward
    caps = (reward.minimum, reward.share_at_most, request.redeeming.benefit_at_most)
    return any(caps) or bool(reward.channels)
