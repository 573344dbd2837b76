"""Bringing what was bought to the member: issue it, put it into the checkout, keep the answer."""

from datetime import datetime, timedelta
from typing import Any

from saleor_loyalty.gateways.saleor.baskets import NoSuchBasket
from saleor_loyalty.gateways.saleor.checkouts import CodeRefused, apply_code, fetch_checkout
from saleor_loyalty.gateways.saleor.client import SaleorRefused, SaleorUnavailable
from saleor_loyalty.installations.queries import Shop, connection
from saleor_loyalty.redemptions import facts, issuing, outbox, store, using
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.rewards.values import Obstacle, Unavailable, Why

Status = Redemption.Status

# A request that comes back later than that may find another checkout.
_FRESH = timedelta(seconds=5)


def deliver(shop: Shop, redemption: Redemption, checkout_id: str, at: datetime) -> Redemption:
    """Issue what was bought and put it into the checkout, as far as Saleor answers."""
    if _is_delivered(redemption, checkout_id):
        return _answered(redemption)
    try:
        with store.leased(redemption.id, at=at) as leased:
            if leased.status == Status.REQUESTED:
                try_now(shop, leased, at)
            if leased.status == Status.REQUESTED and leased.closing_as:
                # The shop cannot make it: the points are free again before that is told.
                try_now(shop, leased, at)
            is_open = leased.status == Status.ISSUED and not leased.closing_as
            if is_open and checkout_id and leased.answer is None:
                _apply_or_end(shop, leased, checkout_id, at)
            return _answered(leased)
    except store.Busy:
        return _answered(store.get(redemption.id))


def _is_delivered(redemption: Redemption, checkout_id: str) -> bool:
    if redemption.status == Status.REQUESTED:
        return False
    return redemption.status != Status.ISSUED or not checkout_id or redemption.answer is not None


def _answered(redemption: Redemption) -> Redemption:
    """Return the redemption, or raise what the first answer was."""
    if redemption.status == Status.USED:
        # A code that took effect though nobody heard the answer.
        return redemption
    refused = (redemption.answer or {}).get("refused")
    if refused == facts.BY_SALEOR:
        raise SaleorRefused(redemption.trouble)
    if refused:
        raise Unavailable([Obstacle(Why(refused))])
    return redemption


def _apply_or_end(shop: Shop, redemption: Redemption, checkout_id: str, at: datetime) -> None:
    """Put a reward into the checkout it was redeemed for; what does not fit there is undone."""
    try:
        if at - redemption.requested_at > _FRESH:
            _check_promo_code(shop, redemption, checkout_id)
        kept = redemption.facts
        apply(
            shop, redemption, checkout_id, at,
            replaced=kept["replaces"], lost=kept["lost"], reductions=kept["reductions"],
        )  # fmt: skip
    except Unavailable as error:
        _refuse(shop, redemption, error.obstacles[0].why, at)
    except (CodeRefused, NoSuchBasket):
        _refuse(shop, redemption, Why.NOT_APPLICABLE, at)
    except (SaleorUnavailable, SaleorRefused) as error:
        store.change(redemption, trouble=str(error)[: store.TROUBLE_CHARACTERS_MAX])


def _check_promo_code(shop: Shop, redemption: Redemption, checkout_id: str) -> None:
    """See to it that no code is replaced that was not there when that was decided."""
    there = fetch_checkout(connection(shop), checkout_id).voucher_code
    if there not in ("", redemption.code, redemption.facts["replaces"]):
        raise Unavailable([Obstacle(Why.PROMO_CODE_IN_CHECKOUT)])


def _refuse(shop: Shop, redemption: Redemption, why: Why, at: datetime) -> None:
    store.change(
        redemption,
        only=Status.ISSUED,
        answer={"refused": why},
        closing_as=Status.VOIDED,
        due_at=at,
    )
    try_now(shop, redemption, at)


def apply(shop: Shop, redemption: Redemption, checkout_id: str, at: datetime, **told: Any) -> None:
    """Put the code into a checkout. It takes the place of another code there, if there is one.

    :param told: what else is told of it, see facts.of_answer.
    """
    minutes = using.terms_of(redemption).hold_minutes
    expires_at = min(redemption.code_ends_at, at + timedelta(minutes=minutes))
    # Should the answer be lost, the checkout is where the code is looked for.
    store.change(
        redemption,
        only=Status.ISSUED,
        checkout_id=checkout_id,
        applied_at=at,
        expires_at=expires_at,
        due_at=expires_at,
    )
    checkout = apply_code(connection(shop), checkout_id, redemption.code)
    answer = facts.of_answer(checkout, **told)
    store.change(redemption, only=Status.ISSUED, answer=answer, trouble="")


def try_now(shop: Shop, redemption: Redemption, at: datetime) -> None:
    """Do the next step now if Saleor lets us; otherwise the outbox goes on with it."""
    try:
        outbox.go_on(shop, redemption, at=at)
    except (SaleorUnavailable, SaleorRefused, issuing.CannotBeIssued):
        redemption.refresh_from_db()
