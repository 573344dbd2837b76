"""Mutations of gift cards."""

import secrets
from decimal import Decimal
from typing import Any

from .gift_cards import GiftCard, GiftCardEvent
from .people import User
from .refusals import Refusal
from .resolving import Request, mutates
from .world import new_key

Payload = dict[str, Any]

MANAGES = ("MANAGE_GIFT_CARD",)


def _happened(request: Request, card: GiftCard, event: str) -> None:
    card.events.append(GiftCardEvent(pk=new_key(), type=event, date=request.world.now()))


@mutates("giftCardCreate", needs=MANAGES)
def gift_card_create(request: Request, given: dict[str, Any]) -> Payload:
    world, balance = request.world, given["balance"]
    amount = Decimal(balance["amount"])
    if amount <= 0:
        raise Refusal("balance", "INVALID", "A gift card needs money on it.")
    owner = world.require(User, given["assigned_to"]) if given.get("assigned_to") else None
    card = GiftCard(
        pk=world.next_number("gift card"),
        # Saleor makes the code, nobody chooses it.
        code="-".join(secrets.token_hex(2).upper() for _ in range(3)),
        currency=balance["currency"],
        initial=amount,
        current=amount,
        is_active=given["is_active"],
        created=world.now(),
        expiry_date=given.get("expiry_date"),
        assigned_to=owner,
        public={each["key"]: each["value"] for each in given.get("metadata") or ()},
        private={each["key"]: each["value"] for each in given.get("private_metadata") or ()},
    )
    _happened(request, card, "ISSUED")
    return {"gift_card": world.add(card)}


@mutates("giftCardActivate", needs=MANAGES)
def gift_card_activate(request: Request, node_id: str) -> Payload:
    card = request.world.require(GiftCard, node_id)
    if not card.is_active:
        card.is_active = True
        _happened(request, card, "ACTIVATED")
    return {"gift_card": card}


@mutates("giftCardDeactivate", needs=MANAGES)
def gift_card_deactivate(request: Request, node_id: str) -> Payload:
    card = request.world.require(GiftCard, node_id)
    if card.is_active:
        card.is_active = False
        _happened(request, card, "DEACTIVATED")
    return {"gift_card": card}


@mutates("giftCardBalanceAdjust", needs=MANAGES)
def gift_card_balance_adjust(request: Request, node_id: str, amount: Decimal) -> Payload:
    card = request.world.require(GiftCard, node_id)
    if not amount:
        raise Refusal("amount", "INVALID", "Adjustment amount cannot be zero.")
    now = request.world.now()
    card.move(Decimal(amount), of="BALANCE_ADJUSTED", pk=new_key(), at=now)
    return {"gift_card": card}
