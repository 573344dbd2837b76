"""What is asked for: a reward, so many times, by a shopper, for a checkout. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.parts import Scope
from saleor_loyalty.programme.reward_terms import Redeeming, Reward, Steps
from saleor_loyalty.rewards.values import Held, Shopper

if TYPE_CHECKING:
    # Only what a checkout holds matters here, not how it is asked for.
    from saleor_loyalty.gateways.saleor.checkouts import Checkout

#: Rewards that are an amount of money.
OF_MONEY = ("MONEY_OFF", "GIFT_CARD")
#: Rewards that are used in an order of the shop.
IN_ORDERS = ("MONEY_OFF", "PERCENT_OFF", "PRODUCT", "FREE_SHIPPING")
_ONCE = Steps(at_most=1)
_EVERYTHING = Scope()


def is_for_some_goods(reward: Reward) -> bool:
    """Tell whether a reward is for some goods only."""
    return reward.scope != _EVERYTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question, with all that answers it."""

    document: Programme
    reward: Reward
    shopper: Shopper
    #: None: as often as makes sense.
    times: int | None
    checkout: "Checkout | None"
    #: What the caller counts in, where there is no checkout; "": not said.
    currency_wanted: str
    stock_taken: int
    held: Sequence[Held]
    has_gift_cards: bool
    at: datetime

    @property
    def redeeming(self) -> Redeeming:
        """What holds for all rewards together."""
        return self.document.redeeming

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the programme."""
        return ZoneInfo(self.document.timezone)

    @property
    def unit(self) -> dict[str, Any]:
        """What the shop calls a point, as sentences need it."""
        return self.document.unit.model_dump(mode="json")

    @property
    def is_given(self) -> bool:
        """Tell whether a reward is used that the shopper was given: one at a time."""
        return self.times in (None, 1) and self.shopper.given.get(self.reward.id, 0) > 0

    @property
    def price(self) -> int | None:
        """The points of one for this shopper; None: it cannot be bought."""
        return self.reward.tier_points.get(self.shopper.tier, self.reward.points)

    @property
    def cost(self) -> int:
        """The points of one as it is had now; 0: it was given, or cannot be bought."""
        return 0 if self.is_given else self.price or 0

    @property
    def steps(self) -> Steps:
        """How often it can be taken at once."""
        has_steps = self.reward.kind in OF_MONEY and not self.is_given
        return (self.reward.steps or _ONCE) if has_steps else _ONCE

    @property
    def is_for_some_goods(self) -> bool:
        """Tell whether it is for some goods only."""
        return is_for_some_goods(self.reward)

    @property
    def is_for_order(self) -> bool:
        """Tell whether it counts among what is used in an order."""
        kind = self.reward.kind
        return kind in IN_ORDERS or (kind == "GIFT_CARD" and self.checkout is not None)

    @property
    def currency(self) -> str:
        """The checkout's, else the one wanted, else the only one there is; "": not known."""
        if self.checkout is not None:
            return self.checkout.currency
        known = self.reward.money if self.reward.kind in OF_MONEY else self.reward.minimum
        only = next(iter(known)) if len(known) == 1 else ""
        return self.currency_wanted or only

    @property
    def step(self) -> Decimal | None:
        """What one is worth; None: nothing in this currency, or not money at all."""
        return self.reward.money.get(self.currency) if self.reward.kind in OF_MONEY else None
