"""Why a reward was not taken, put into a checkout or given back, told by codes and sentences."""

import logging
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import graphene
from django.utils.translation import gettext, gettext_noop

from saleor_loyalty.entrypoints.api.enums import described_enum
from saleor_loyalty.entrypoints.api.redemption_types import is_waiting
from saleor_loyalty.entrypoints.api.reward_obstacle_types import OBSTACLES, RewardObstacle
from saleor_loyalty.gateways.saleor.baskets import BasketTooLarge, NoSuchBasket
from saleor_loyalty.gateways.saleor.client import SaleorRefused, SaleorUnavailable
from saleor_loyalty.programme.queries import NoProgramme
from saleor_loyalty.redemptions import operations, queries
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.redemptions.store import Busy
from saleor_loyalty.rewards import sentences
from saleor_loyalty.rewards.values import Obstacle, Unavailable, Why

log = logging.getLogger(__name__)


class ErrorCode(StrEnum):
    """Why it was not done: each obstacle, and what else can be wrong."""

    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    CHECKOUT_NOT_FOUND = "CHECKOUT_NOT_FOUND"
    CHECKOUT_NOT_YOURS = "CHECKOUT_NOT_YOURS"
    IDEMPOTENCY_KEY_USED = "IDEMPOTENCY_KEY_USED"
    ALREADY_USED = "ALREADY_USED"
    NOT_USABLE = "NOT_USABLE"
    SALEOR_UNAVAILABLE = "SALEOR_UNAVAILABLE"
    SALEOR_REFUSED = "SALEOR_REFUSED"
    TOO_FEW = Why.TOO_FEW.value
    NOT_ENOUGH_POINTS = Why.NOT_ENOUGH_POINTS.value
    NOT_GIVEN = Why.NOT_GIVEN.value
    WRONG_TIER = Why.WRONG_TIER.value
    NOT_FOR_YOU = Why.NOT_FOR_YOU.value
    NOT_NOW = Why.NOT_NOW.value
    SOLD_OUT = Why.SOLD_OUT.value
    LIMIT_REACHED = Why.LIMIT_REACHED.value
    WRONG_CURRENCY = Why.WRONG_CURRENCY.value
    WRONG_CHANNEL = Why.WRONG_CHANNEL.value
    BASKET_TOO_SMALL = Why.BASKET_TOO_SMALL.value
    NO_ELIGIBLE_GOODS = Why.NO_ELIGIBLE_GOODS.value
    NOTHING_TO_TAKE_OFF = Why.NOTHING_TO_TAKE_OFF.value
    TOO_MANY_REWARDS = Why.TOO_MANY_REWARDS.value
    TOO_MANY_POINTS = Why.TOO_MANY_POINTS.value
    BENEFIT_LIMIT = Why.BENEFIT_LIMIT.value
    PROMO_CODE_IN_CHECKOUT = Why.PROMO_CODE_IN_CHECKOUT.value
    REWARD_IN_CHECKOUT = Why.REWARD_IN_CHECKOUT.value
    PROMOTION_LOST = Why.PROMOTION_LOST.value
    NEEDS_NEWER_SALEOR = Why.NEEDS_NEWER_SALEOR.value
    NOT_APPLICABLE = Why.NOT_APPLICABLE.value


RedemptionErrorCode = described_enum(
    ErrorCode,
    name="RedemptionErrorCode",
    description="Why a reward was not taken, put into a checkout or given back.",
    values={
        "INVALID": "A value of the input cannot be used.",
        "NOT_FOUND": "There is no such reward or redemption.",
        "CHECKOUT_NOT_FOUND": "The shop has no such checkout, or it has become an order.",
        "CHECKOUT_NOT_YOURS": "The checkout belongs to somebody else.",
        "IDEMPOTENCY_KEY_USED": "The key came with another request before.",
        "ALREADY_USED": "It was used for an order.",
        "NOT_USABLE": "It has ended, or cannot be put into a checkout.",
        "SALEOR_UNAVAILABLE": "Saleor did not answer in time. What was begun goes on by itself: ask"
        " again with the same key.",
        "SALEOR_REFUSED": "Saleor refused what we asked of it: asking again does not help.",
        **OBSTACLES,
    },
)
# What each exception means: the code, the field it is about, what to do.
_MEANINGS: Mapping[type[Exception], tuple[ErrorCode, str | None, str]] = {
    NoProgramme: (
        ErrorCode.NOT_FOUND, "rewardId", gettext_noop("Choose one of the rewards there are."),
    ),
    operations.UnknownReward: (
        ErrorCode.NOT_FOUND, "rewardId", gettext_noop("Choose one of the rewards there are."),
    ),
    operations.NoSuchRedemption: (
        ErrorCode.NOT_FOUND, "redemptionId",
        gettext_noop("Choose one of the redemptions there are."),
    ),
    NoSuchBasket: (
        ErrorCode.CHECKOUT_NOT_FOUND, "checkoutId",
        gettext_noop("Give the id of a checkout that has not become an order yet."),
    ),
    BasketTooLarge: (
        ErrorCode.INVALID, "checkoutId",
        gettext_noop("Rewards cannot be used for so many different goods at once."),
    ),
    queries.NotTheirCheckout: (
        ErrorCode.CHECKOUT_NOT_YOURS, "checkoutId",
        gettext_noop("Use rewards in a checkout of your own."),
    ),
    operations.KeyUsed: (
        ErrorCode.IDEMPOTENCY_KEY_USED, "idempotencyKey",
        gettext_noop("Use a new key: this one came with another request before."),
    ),
    operations.AlreadyUsed: (
        ErrorCode.ALREADY_USED, "redemptionId",
        gettext_noop("It was used for an order, and cannot be given back."),
    ),
    operations.NotUsable: (
        ErrorCode.NOT_USABLE, "redemptionId",
        gettext_noop("It cannot be put into a checkout now. Take the reward again instead."),
    ),
    SaleorUnavailable: (
        ErrorCode.SALEOR_UNAVAILABLE, None,
        gettext_noop("The shop does not answer. Ask again with the same key in a moment:"
                     " nothing is paid twice."),
    ),
    Busy: (
        ErrorCode.SALEOR_UNAVAILABLE, None,
        gettext_noop("Another request for this reward is not done yet. Ask again in a moment."),
    ),
    SaleorRefused: (
        ErrorCode.SALEOR_REFUSED, None,
        gettext_noop("The shop refused this. Tell those who run it."),
    ),
}  # fmt: skip
#: What the operations of redemptions raise, and `errors_of` tells.
REFUSALS: tuple[type[Exception], ...] = (Unavailable, *_MEANINGS)
_OF_CHECKOUT = {
    Why.WRONG_CHANNEL, Why.BASKET_TOO_SMALL, Why.NO_ELIGIBLE_GOODS,
    Why.NOTHING_TO_TAKE_OFF, Why.TOO_MANY_REWARDS, Why.TOO_MANY_POINTS, Why.BENEFIT_LIMIT,
    Why.PROMO_CODE_IN_CHECKOUT, Why.REWARD_IN_CHECKOUT, Why.NOT_APPLICABLE,
}  # fmt: skip
_OVER = {Redemption.Status.RESTORED, Redemption.Status.VOIDED, Redemption.Status.EXPIRED}
_FIELDS = {Why.PROMOTION_LOST: "acceptLostPromotion", Why.TOO_FEW: "times"}


class RedemptionError(graphene.ObjectType):
    """Something that kept a reward from being taken, put into a checkout or given back."""

    field = graphene.String(description="The field of the input it is about.")
    message = graphene.NonNull(graphene.String, description="What to do about it.")
    code = graphene.NonNull(RedemptionErrorCode, description="A code for programs.")
    obstacle = graphene.Field(
        RewardObstacle, description="The same with its figures; null where it is no obstacle."
    )


def error(code: ErrorCode, field: str | None, message: str) -> dict[str, Any]:
    """Return an entry of a payload's `errors`."""
    return {"code": code, "field": field, "message": message}


def errors_of(refusal: Exception) -> list[dict[str, Any]]:
    """Return the entries of a payload's `errors` for one of REFUSALS."""
    if isinstance(refusal, Unavailable):
        return [_of_obstacle(obstacle) for obstacle in refusal.obstacles]
    meaning = next(means for kind, means in _MEANINGS.items() if isinstance(refusal, kind))
    if isinstance(refusal, SaleorUnavailable | SaleorRefused):
        log.warning("A reward could not be seen to.", exc_info=refusal)
    code, field, message = meaning
    return [error(code, field, gettext(message))]


def errors_left(row: Redemption) -> list[dict[str, Any]]:
    """Return what a storefront must know of a redemption that is not as it was asked for."""
    if row.status in _OVER or row.closing_as:
        message = gettext("This has ended. Use a new key to take the reward again.")
        return [error(ErrorCode.NOT_USABLE, "idempotencyKey", message)]
    if is_waiting(row):
        message = gettext(
            "The shop has not answered yet. This goes on by itself: ask again with the same key in"
            " a moment."
        )
        return [error(ErrorCode.SALEOR_UNAVAILABLE, None, message)]
    return []


def _of_obstacle(obstacle: Obstacle) -> dict[str, Any]:
    field = "checkoutId" if obstacle.why in _OF_CHECKOUT else "rewardId"
    field = _FIELDS.get(obstacle.why, field)
    told = error(ErrorCode(obstacle.why.value), field, sentences.obstacle(obstacle))
    return {**told, "obstacle": obstacle}
