"""What decisions about rewards are made of, and what they come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from saleor_loyalty.programme.reward_terms import Reward


@dataclass(frozen=True, slots=True)
class Taken:
    """A reward that the member had before (or has now), and that was not undone."""

    reward: str
    at: datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who asks for a reward, as they stand now."""

    #: The key of their level; "": none.
    tier: str
    segments: frozenset[str]
    #: Available points.
    points: int
    #: The number of the order they are about to place; 1 is the first.
    order_number: int
    taken: Sequence[Taken] = ()
    #: Rewards they were given and have not used yet, by the reward's key.
    given: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """A reward of ours that is on the checkout already."""

    reward: str
    times: int
    points: int
    #: What store credit of it pays there; what a voucher takes off is told by the checkout.
    credit: Decimal = Decimal(0)
    #: Of its voucher or gift card.
    code: str = ""
    redemption_id: UUID | None = None


class Means(StrEnum):
    """How a reward reaches the shopper."""

    #: A single-use voucher of Saleor's.
    VOUCHER = "VOUCHER"
    #: A gift card of Saleor's that is assigned to the member.
    GIFT_CARD = "GIFT_CARD"
    #: A segment the member joins.
    SEGMENT = "SEGMENT"
    #: A code of a partner's, from a pool that staff uploaded.
    POOL = "POOL"
    #: Nothing: it is recorded, staff or a charity do the rest.
    RECORD = "RECORD"


class Why(StrEnum):
    """Why a reward cannot be had."""

    NOT_ENOUGH_POINTS = "NOT_ENOUGH_POINTS"
    NOT_GIVEN = "NOT_GIVEN"
    WRONG_TIER = "WRONG_TIER"
    NOT_FOR_YOU = "NOT_FOR_YOU"
    NOT_NOW = "NOT_NOW"
    SOLD_OUT = "SOLD_OUT"
    LIMIT_REACHED = "LIMIT_REACHED"
    WRONG_CURRENCY = "WRONG_CURRENCY"
    WRONG_CHANNEL = "WRONG_CHANNEL"
    BASKET_TOO_SMALL = "BASKET_TOO_SMALL"
    NO_ELIGIBLE_GOODS = "NO_ELIGIBLE_GOODS"
    NOTHING_TO_TAKE_OFF = "NOTHING_TO_TAKE_OFF"
    #: Fewer times than its steps allow.
    TOO_FEW = "TOO_FEW"
    TOO_MANY_REWARDS = "TOO_MANY_REWARDS"
    TOO_MANY_POINTS = "TOO_MANY_POINTS"
    BENEFIT_LIMIT = "BENEFIT_LIMIT"
    PROMO_CODE_IN_CHECKOUT = "PROMO_CODE_IN_CHECKOUT"
    #: The room of the voucher is taken by another reward of theirs.
    REWARD_IN_CHECKOUT = "REWARD_IN_CHECKOUT"
    #: A voucher would remove an order promotion or its gift: the shopper must agree first.
    PROMOTION_LOST = "PROMOTION_LOST"
    #: Saleor before 3.23 has no gift cards that belong to a customer.
    NEEDS_NEWER_SALEOR = "NEEDS_NEWER_SALEOR"
    #: Saleor refused its code for this checkout.
    NOT_APPLICABLE = "NOT_APPLICABLE"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way, with the facts of its sentence (see rewards/sentences.py).

    NOT_ENOUGH_POINTS: `missing` points, `unit`. BASKET_TOO_SMALL: `missing` money, `currency`.
    LIMIT_REACHED: `until` (ISO date-time of the shop, or None: for ever). NOT_NOW: `from` (or
    None). WRONG_TIER: `tiers` (their names) and their `translations`. WRONG_CURRENCY:
    `currencies`. SOLD_OUT: `left`. TOO_FEW: `at_least` times, so many `points`, `unit`.
    TOO_MANY_REWARDS: `limit` rewards. TOO_MANY_POINTS: `limit` points, `unit`. BENEFIT_LIMIT:
    `limit` percent. PROMO_CODE_IN_CHECKOUT: `code`. PROMOTION_LOST: `promotion`, `net` money,
    `currency`.
    """

    why: Why
    facts: Mapping[str, Any] = field(default_factory=dict)


class Cut(StrEnum):
    """Why less is taken off than was asked for."""

    GOODS_COST_LESS = "GOODS_COST_LESS"
    SHARE_OF_ORDER = "SHARE_OF_ORDER"
    TOTAL_BENEFIT = "TOTAL_BENEFIT"
    POINTS_PER_ORDER = "POINTS_PER_ORDER"
    STEPS_AT_MOST = "STEPS_AT_MOST"


@dataclass(frozen=True, slots=True)
class Reduction:
    """One reason why less is taken off than was asked for; `facts` as the sentence needs them:
    `limit` (percent, points with their `unit`, times, or money in `currency`).
    """

    cut: Cut
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a member is about to get, for what."""

    reward: Reward
    means: Means
    #: How often `reward.points` and `reward.money` count.
    times: int
    #: What it costs; 0: it was given.
    points: int
    is_given: bool
    #: The points of one where it is bought; None: it cannot be.
    price: int | None = None
    #: What is taken off (or put on a gift card), at most; None for percents, goods, shipping.
    amount: Decimal | None = None
    #: Of amounts; "" where there are none.
    currency: str = ""
    percent: int | None = None
    #: The goods must cost this for the voucher to apply, in `currency`; None: no matter.
    minimum: Decimal | None = None
    #: A promo code that makes room; "": none.
    replaces: str = ""
    reductions: Sequence[Reduction] = ()
    #: What it is expected to take off in this checkout; None without a checkout.
    benefit: Decimal | None = None
    #: What an order promotion (with its gift) gives now, and the voucher removes.
    lost: Decimal = Decimal(0)
    #: What the promo code takes off now that makes room.
    replaced: Decimal = Decimal(0)

    @property
    def net_benefit(self) -> Decimal | None:
        """What remains of the benefit after what is lost and replaced."""
        return None if self.benefit is None else self.benefit - self.lost - self.replaced


@dataclass(frozen=True, slots=True)
class Offer:
    """One reward, as a shopper sees it: either a decision, or obstacles (all that can be told)."""

    reward: Reward
    #: For this member; None: it cannot be bought, only given.
    points: int | None
    #: How often it can be taken together now; 0 with obstacles.
    times_at_most: int
    obstacles: Sequence[Obstacle] = ()
    #: The largest that can be had now; where only PROMOTION_LOST is in the way, what it would be.
    decision: Decision | None = None
    #: The checkout's total with it; None without a checkout.
    total_after: Decimal | None = None


class Unavailable(Exception):
    """The reward cannot be had; `obstacles` say why."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(", ".join(each.why for each in obstacles))
        self.obstacles = tuple(obstacles)
