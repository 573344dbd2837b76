"""What is kept of a decision, and shown of a redemption for ever."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pydantic_core import from_json, to_json

from saleor_loyalty.gateways.saleor.checkouts import Checkout
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.redemptions.rules import Of
from saleor_loyalty.rewards.request import is_for_some_goods
from saleor_loyalty.rewards.values import Decision, Means

#: In place of an answer: Saleor does not let us make what was bought.
BY_SALEOR = "SALEOR"
_NOTHING = Decimal(0)
_OF_GOODS = ("MONEY_OFF", "PERCENT_OFF")


def of_decision(decision: Decision, *, channel: str) -> dict[str, Any]:
    """Return what a redemption keeps of its decision, as JSON holds it.

    :param channel: the slug of the checkout's channel; "": there is no checkout.
    """
    reward = decision.reward
    is_for_goods = decision.means is Means.VOUCHER and (
        reward.kind == "PRODUCT" or (reward.kind in _OF_GOODS and is_for_some_goods(reward))
    )
    return _plain(
        {
            "name": reward.name,
            "translations": dict(reward.translations),
            "kind": reward.kind,
            "channel": channel,
            "percent": decision.percent,
            "minimum": decision.minimum,
            "currency": decision.currency,
            "of": Of.GOODS if is_for_goods else Of.ORDER,
            "is_given": decision.is_given,
            "price": decision.price,
            "benefit": decision.benefit,
            "lost": decision.lost,
            "replaces": decision.replaces,
            "reductions": [
                {"cut": each.cut, "facts": dict(each.facts)} for each in decision.reductions
            ],
        }
    )


def of_answer(
    checkout: Checkout,
    *,
    replaced: str = "",
    lost: Decimal | str = _NOTHING,
    reductions: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return what is told of the checkout that the reward was put into.

    :param replaced: the promo code that made room.
    :param lost: what an order promotion took off before.
    :param reductions: why less is taken off than was asked for.
    """
    return _plain(
        {
            "checkout_id": checkout.id,
            "total": checkout.total,
            "subtotal": checkout.subtotal,
            "shipping": checkout.shipping,
            "balance": checkout.balance,
            "currency": checkout.currency,
            "discount": checkout.voucher_discount,
            "replaced": replaced,
            "lost": lost,
            "reductions": list(reductions),
        }
    )


def reason(code: str, redemption: Redemption, *, order: str = "") -> Mapping[str, Any]:
    """Return why points of a redemption move, see ledger/reasons.py."""
    facts = redemption.facts
    return {
        "code": code,
        "reward": facts["name"],
        "translations": facts["translations"],
        **({"order": order} if order else {}),
    }


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    # Amounts as text, so that none loses a cent.
    plain: dict[str, Any] = from_json(to_json(facts))
    return plain


def amount(value: str | None) -> Decimal | None:
    """Return an amount as it was kept."""
    return None if value is None else Decimal(value)
