"""Whether a reward that was bought already may be put into a checkout. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.reward_terms import Reward
from saleor_loyalty.rewards.eligibility import times_per_order
from saleor_loyalty.rewards.goods import goods_price
from saleor_loyalty.rewards.room import worth_in
from saleor_loyalty.rewards.values import Held, Means, Obstacle, Why

if TYPE_CHECKING:
    from saleor_loyalty.gateways.saleor.checkouts import Checkout


@dataclass(frozen=True, slots=True)
class Bought:
    """A reward with a code that waits to be used."""

    means: Means
    code: str
    times: int
    points: int
    #: What is taken off, or is on the gift card; None where that depends on the goods.
    amount: Decimal | None
    #: "": whatever the checkout's is.
    currency: str
    #: What the goods must cost; None: no matter.
    minimum: Decimal | None


def misfits(
    document: Programme,
    reward: Reward | None,
    bought: Bought,
    checkout: "Checkout",
    held: Sequence[Held],
) -> Iterator[Obstacle]:
    """Return what stands in the way in this checkout; who may buy it was decided before.

    :param reward: as it was when it was bought; None: points became money by themselves.
    :param held: the other rewards that are on the checkout.
    """
    if bought.currency and bought.currency != checkout.currency:
        yield Obstacle(Why.WRONG_CURRENCY, {"currencies": (bought.currency,)})
        return
    if reward and reward.channels and checkout.channel not in reward.channels:
        yield Obstacle(Why.WRONG_CHANNEL)
    yield from _of_order(document, reward, bought, held)
    if bought.minimum is not None and goods_price(checkout) < bought.minimum:
        missing = bought.minimum - goods_price(checkout)
        yield Obstacle(Why.BASKET_TOO_SMALL, {"missing": missing, "currency": checkout.currency})
    if bought.means is Means.VOUCHER:
        yield from _of_voucher(reward, bought, checkout, held)


def _of_order(
    document: Programme, reward: Reward | None, bought: Bought, others: Sequence[Held]
) -> Iterator[Obstacle]:
    terms = document.redeeming
    if terms.rewards_per_order is not None and len(others) >= terms.rewards_per_order:
        yield Obstacle(Why.TOO_MANY_REWARDS, {"limit": terms.rewards_per_order})
    at_most = times_per_order(reward) if reward else None
    there = sum(each.times for each in others if reward and each.reward == reward.id)
    if at_most is not None and there + bought.times > at_most:
        yield Obstacle(Why.TOO_MANY_REWARDS, {"limit": at_most})
    used = bought.points + sum(each.points for each in others)
    if terms.points_per_order is not None and bought.points and used > terms.points_per_order:
        unit: dict[str, Any] = document.unit.model_dump(mode="json")
        yield Obstacle(Why.TOO_MANY_POINTS, {"limit": terms.points_per_order, "unit": unit})


def _of_voucher(
    reward: Reward | None, bought: Bought, checkout: "Checkout", others: Sequence[Held]
) -> Iterator[Obstacle]:
    if checkout.voucher_code not in ("", bought.code):
        is_ours = any(each.code == checkout.voucher_code for each in others)
        yield (
            Obstacle(Why.REWARD_IN_CHECKOUT)
            if is_ours
            else Obstacle(Why.PROMO_CODE_IN_CHECKOUT, {"code": checkout.voucher_code})
        )
    elif lost := checkout.promotion_discount + checkout.gift_value:
        worth = goods_price(checkout) if reward is None else worth_in(reward, checkout)
        benefit = worth if bought.amount is None else min(bought.amount, worth)
        facts = {"promotion": lost, "net": benefit - lost, "currency": checkout.currency}
        yield Obstacle(Why.PROMOTION_LOST, facts)
