"""The mutation by which customers take a reward for their points."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import graphene
from django.utils.translation import gettext

from saleor_loyalty.earning.words import number
from saleor_loyalty.entrypoints.api import whom
from saleor_loyalty.entrypoints.api.auth import live_check
from saleor_loyalty.entrypoints.api.context import Context
from saleor_loyalty.entrypoints.api.member_types import Member
from saleor_loyalty.entrypoints.api.redeemed_checkout_types import RedeemedCheckout, checkout_of
from saleor_loyalty.entrypoints.api.redemption_errors import (
    REFUSALS,
    ErrorCode,
    RedemptionError,
    errors_left,
    errors_of,
)
from saleor_loyalty.entrypoints.api.redemption_types import Redemption
from saleor_loyalty.entrypoints.api.refusals import Refused, check_key
from saleor_loyalty.redemptions import models
from saleor_loyalty.redemptions.operations import NotInSteps, Wish, redeem

TIMES_MAX = 1_000_000
AMOUNT_MAX = 1_000_000
# As programmes name rewards, and currencies.
_REWARD = re.compile(r"[a-z][a-z0-9-]{0,39}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_CHECKOUT = re.compile(r"[\x21-\x7e]{1,200}")
_FINE = Decimal("0.0001")


class MoneyInput(graphene.InputObjectType):
    """An amount of money."""

    amount = graphene.NonNull(graphene.Float, description="The amount, with up to four decimals.")
    currency = graphene.NonNull(graphene.String, description="ISO 4217 code.")


class RewardRedeemInput(graphene.InputObjectType):
    """Which reward, how much of it, and for which checkout."""

    reward_id = graphene.NonNull(graphene.ID, description="The key of the reward.")
    times = graphene.Int(
        description="How often at once, of a reward with steps. If neither this nor `amount` is"
        " given: the most that makes sense in the checkout; without a checkout, once."
    )
    amount = MoneyInput(
        description="The money wanted, instead of `times`: a whole number of the reward's steps."
    )
    currency = graphene.String(
        description="ISO 4217 code: in which currency, of a reward that is worth money in several,"
        " where neither a checkout nor an amount says it."
    )
    checkout_id = graphene.ID(
        description="The checkout in Saleor that the reward is put into. If not given, the member"
        " has a code to use later: see `redemptionApply`."
    )
    accept_lost_promotion = graphene.Boolean(
        default_value=False,
        description="Whether the shopper agrees that an order promotion, or its gift, is lost.",
    )
    idempotency_key = graphene.NonNull(
        graphene.String,
        description="A new one for every reward taken (a UUID, for instance). A request repeated"
        " with the same key takes points once, and is answered as the first time.",
    )


class RewardRedeem(graphene.Mutation):
    """Takes a reward for the customer whose token was sent, and puts it into their checkout.

    Where `errors` has SALEOR_UNAVAILABLE and there is a `redemption`, its points are held and the
    rest happens by itself: ask again with the same key to learn of it.
    """

    class Arguments:
        input = graphene.NonNull(RewardRedeemInput, description="The reward.")

    redemption = graphene.Field(Redemption, description="The reward taken, and how far that is.")
    checkout = graphene.Field(
        RedeemedCheckout,
        description="What the checkout costs with it; null: it is not in a checkout yet.",
    )
    member = graphene.Field(Member, description="The customer, with the balance there is now.")
    errors = graphene.NonNull(
        graphene.List(graphene.NonNull(RedemptionError)),
        description="Why the reward was not taken, or is not ready yet; empty when all is done.",
    )

    @staticmethod
    def mutate(
        _root: None,
        info: Any,
        *,
        input: RewardRedeemInput,  # noqa: A002 (GraphQL's name)
    ) -> dict[str, Any]:
        """Check, ask Saleor whether the token still stands, take the reward."""
        context: Context = info.context
        caller = whom.customer(context)
        try:
            _check(input)
            live_check(context.token, context.shop, user_id=caller.user_id)
            row = redeem(context.shop, _wish(context, input), at=context.at)
        except Refused as refused:
            return refused.answer
        except NotInSteps as error:
            return _not_in_steps(error).answer
        except REFUSALS as error:
            return {"errors": errors_of(error)}
        return seen(context, row, errors_left(row))


def check_checkout(checkout_id: str) -> None:
    """Refuse what is no checkout's id.

    :raises Refused:
    """
    if not _CHECKOUT.fullmatch(checkout_id):
        message = gettext("Give the id of a checkout that has not become an order yet.")
        raise Refused(ErrorCode.CHECKOUT_NOT_FOUND, "checkoutId", message)


def seen(
    context: Context, row: models.Redemption, errors: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return the payload of a mutation that came to a redemption."""
    return {
        "redemption": row,
        "checkout": checkout_of(row),
        "member": whom.person(context, row.member_id),
        "errors": errors,
    }


def _check(wanted: RewardRedeemInput) -> None:
    check_key(wanted.idempotency_key, invalid=ErrorCode.INVALID)
    if not _REWARD.fullmatch(wanted.reward_id):
        message = gettext("Choose one of the rewards there are.")
        raise Refused(ErrorCode.NOT_FOUND, "rewardId", message)
    if wanted.checkout_id is not None:
        check_checkout(wanted.checkout_id)
    if wanted.times is not None and wanted.amount is not None:
        raise Refused(ErrorCode.INVALID, "times", gettext("Give either times or amount."))
    if wanted.currency and wanted.amount:
        message = gettext("Name the currency once, with the amount.")
        raise Refused(ErrorCode.INVALID, "currency", message)
    if wanted.currency:
        _check_currency(wanted.currency, "currency")
    if wanted.times is not None and not 1 <= wanted.times <= TIMES_MAX:
        message = gettext("Write a number from 1 to %(most)s.") % {"most": TIMES_MAX}
        raise Refused(ErrorCode.INVALID, "times", message)


def _wish(context: Context, wanted: RewardRedeemInput) -> Wish:
    amount, currency = _amount(wanted.amount) if wanted.amount else (None, wanted.currency or "")
    return Wish(
        member_id=whom.customer_as_member(context),
        key=wanted.idempotency_key,
        reward=wanted.reward_id,
        times=wanted.times,
        amount=amount,
        currency=currency,
        checkout_id=wanted.checkout_id or "",
        accepts_lost_promotion=bool(wanted.accept_lost_promotion),
    )


def _amount(wanted: MoneyInput) -> tuple[Decimal, str]:
    amount = Decimal(repr(wanted.amount))
    if not 0 < amount <= AMOUNT_MAX or amount != amount.quantize(_FINE):
        message = gettext("Write an amount of up to four decimals, above 0.")
        raise Refused(ErrorCode.INVALID, "amount", message)
    _check_currency(wanted.currency, "amount")
    return amount, wanted.currency


def _check_currency(currency: str, field: str) -> None:
    if not _CURRENCY.fullmatch(currency):
        raise Refused(ErrorCode.INVALID, field, gettext("Write a currency such as USD."))


def _not_in_steps(error: NotInSteps) -> Refused:
    message = gettext("Choose a multiple of %(step)s.") % {"step": number(error.step)}
    return Refused(ErrorCode.INVALID, "amount", message)
