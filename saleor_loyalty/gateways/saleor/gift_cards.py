"""Gift cards that belong to a customer: store credit. Saleor has them from 3.23 on.

Nobody else can use them, and however many checkouts carry one, no more is drawn than is on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from saleor_loyalty.gateways.saleor.client import (
    BrokenRecord,
    Connection,
    SaleorRefused,
    as_asked,
    call,
)
from saleor_loyalty.gateways.saleor.payloads import Fields

#: Under this key of a card's metadata stands which redemption it was made for.
MARK = "loyalty_redemption"
_EVENTS_MAX = 1_000
# The second comes of refunds of payments with the card; older ways of paying know only the first.
_OF_ORDERS = {"USED_IN_ORDER", "REFUNDED_IN_ORDER"}
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class GiftCardSpec:
    """A gift card to be made for a customer. `user_id` is Saleor's global id."""

    redemption_id: str
    amount: Decimal
    currency: str
    user_id: str
    # The last day on which it can be used; None: for ever.
    expires_on: date | None
    note: str


@dataclass(frozen=True, slots=True)
class GiftCardUse:
    """What an order drew from a gift card. 0: all of it was given back to the card."""

    order_id: str
    order_number: str
    drawn: Decimal
    # What was given back to the card, and is not in `drawn`.
    refunded: Decimal = _NOTHING


@dataclass(frozen=True, slots=True)
class GiftCard:
    """A gift card as it is in the shop now. `id` is Saleor's global id."""

    id: str
    code: str
    is_active: bool
    initial: Decimal
    balance: Decimal
    uses: tuple[GiftCardUse, ...]


def create_gift_card(connection: Connection, spec: GiftCardSpec) -> GiftCard:
    """Make a gift card that is not active yet, or find the one that was made before.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    if (known := _find(connection, spec.redemption_id)) is not None:
        return known
    given = {
        # Saleor refuses amounts with four decimals, be they zeros.
        "balance": {"amount": f"{spec.amount.normalize():f}", "currency": spec.currency},
        "isActive": False,
        "assignedTo": spec.user_id,
        "expiryDate": spec.expires_on.isoformat() if spec.expires_on else None,
        "note": spec.note,
        "addTags": ["loyalty"],
        "metadata": [{"key": MARK, "value": spec.redemption_id}],
    }
    data = call(connection, "CreateGiftCard", {"input": given})
    with as_asked():
        return _card(data["giftCardCreate"]["giftCard"])


def fetch_gift_card(connection: Connection, card_id: str) -> GiftCard | None:
    """Return a gift card as it is now; None: it is gone.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    data = call(connection, "GiftCard", {"id": card_id})
    with as_asked():
        return _card(data["giftCard"]) if data["giftCard"] else None


def activate_gift_card(connection: Connection, card_id: str) -> GiftCard:
    """Make a gift card usable.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    data = call(connection, "ActivateGiftCard", {"id": card_id}, is_repeatable=True)
    with as_asked():
        return _card(data["giftCardActivate"]["giftCard"])


def find_gift_card(connection: Connection, redemption_id: str) -> str | None:
    """Return the id of the gift card that was made for a redemption; None: there is none.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    found = _find(connection, redemption_id)
    return found.id if found else None


def _find(connection: Connection, redemption_id: str) -> GiftCard | None:
    found = call(connection, "GiftCardsOfRedemption", {"redemption": redemption_id})
    with as_asked():
        edges = found["giftCards"]["edges"]
        return _card(edges[0]["node"]) if edges else None


def close_gift_card(connection: Connection, card_id: str) -> GiftCard | None:
    """Make a gift card useless, and empty, for good; return what it was just before it was emptied.

    Done again, there is nothing on it any more. None: it is gone.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    try:
        data = call(connection, "DeactivateGiftCard", {"id": card_id}, is_repeatable=True)
    except SaleorRefused as error:
        if "NOT_FOUND" in error.codes or isinstance(error, BrokenRecord):
            return None
        raise
    with as_asked():
        card = _card(data["giftCardDeactivate"]["giftCard"])
    if card.balance:
        # Less than nothing it cannot hold: Saleor stops at zero, also when this is repeated.
        emptied = {"id": card_id, "amount": str(-card.balance)}
        call(connection, "AdjustGiftCard", emptied, is_repeatable=True)
    return card


def _card(node: Any) -> GiftCard:
    card = Fields(node)
    return GiftCard(
        id=card.text("id"),
        code=card.name("code"),
        is_active=card["isActive"] is True,
        initial=card.part("initialBalance").amount(),
        balance=card.part("currentBalance").amount(),
        uses=_uses(card.list("events")[:_EVENTS_MAX]),
    )


def _uses(events: Sequence[Fields]) -> tuple[GiftCardUse, ...]:
    """Return what orders drew and did not give back; those that found nothing are left out."""
    drawn: dict[tuple[str, str], list[Decimal]] = {}
    for event in events:
        if event["type"] in _OF_ORDERS and event["orderId"] and (amount := _drawn(event)):
            order = (event.text("orderId"), event.name("orderNumber", may_be_missing=True))
            drawn.setdefault(order, []).append(amount)
    return tuple(
        [
            GiftCardUse(
                *order,
                drawn=max(_NOTHING, sum(amounts, _NOTHING)),
                refunded=sum((-amount for amount in amounts if amount < 0), _NOTHING),
            )
            for order, amounts in drawn.items()
        ]
    )


def _drawn(event: Fields) -> Decimal:
    """Return by how much an event lowered the balance."""
    if not event["balance"]:
        return _NOTHING
    balance = event.part("balance")
    if not balance["oldCurrentBalance"]:
        return _NOTHING
    return balance.part("oldCurrentBalance").amount() - balance.part("currentBalance").amount()
