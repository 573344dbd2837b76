"""Ending a redemption that was not used: take its code away first, then look for orders that
carry it all the same, and only then give the points back.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from saleor_loyalty.gateways.saleor import gift_cards, vouchers
from saleor_loyalty.gateways.saleor.baskets import BasketTooLarge, NoSuchBasket
from saleor_loyalty.gateways.saleor.checkouts import remove_code
from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused
from saleor_loyalty.gateways.saleor.gift_cards import GiftCard
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.installations.queries import Shop, connection
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.store import lock_one
from saleor_loyalty.redemptions import cards, facts, stock, using
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.rewards.values import Means

Status = Redemption.Status

#: Whatever Saleor was asked to make is made by then, or never.
LATE = timedelta(minutes=15)
_BY_SALEOR = (Means.VOUCHER, Means.GIFT_CARD)


def close(shop: Shop, redemption: Redemption, *, at: datetime) -> None:
    """End a redemption as what it is closing as, unless an order uses it.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    saleor = connection(shop)
    if redemption.means == Means.GIFT_CARD:
        card = (
            gift_cards.close_gift_card(saleor, redemption.saleor_id)
            if redemption.saleor_id
            # One that was made but not recorded is not active, and never will be.
            else None
        )
        _end(redemption, (), card, at)
        return
    if redemption.applied_at:
        # Which could not be completed with it any more.
        take_out(saleor, redemption, redemption.checkout_id)
    if voucher_id := redemption.saleor_id or vouchers.find_voucher(saleor, redemption.code):
        vouchers.delete_voucher(saleor, voucher_id)
    _end(redemption, vouchers.orders_with_code(saleor, redemption.code, at=at), None, at)


def remove(shop: Shop, redemption: Redemption, *, at: datetime) -> None:
    """Take away what Saleor still has of a redemption that is over.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    saleor = connection(shop)
    saleor_id = redemption.saleor_id or _found(saleor, redemption)
    if saleor_id and redemption.means == Means.GIFT_CARD:
        _end(redemption, (), gift_cards.close_gift_card(saleor, saleor_id), at)
    elif saleor_id and redemption.means == Means.VOUCHER:
        vouchers.delete_voucher(saleor, saleor_id)


def _found(saleor: Connection, redemption: Redemption) -> str | None:
    """Look for what Saleor may have made without our hearing of it."""
    # Where we may not even look, it has made nothing.
    with suppress(SaleorRefused):
        if redemption.means == Means.GIFT_CARD:
            return gift_cards.find_gift_card(saleor, str(redemption.id))
        return vouchers.find_voucher(saleor, redemption.code) if redemption.code else None
    return None


def take_out(saleor: Connection, redemption: Redemption, checkout_id: str) -> None:
    """Take the code out of a checkout, if it is (still) there."""
    with suppress(NoSuchBasket, BasketTooLarge, SaleorRefused):
        remove_code(saleor, checkout_id, redemption.code)


@transaction.atomic
def _end(
    redemption: Redemption, orders: Sequence[OrderState], card: GiftCard | None, at: datetime
) -> None:
    lock_one(redemption.member_id)
    using.record([redemption.id], using.ordered(redemption.installation_id, orders), at=at)
    (row,) = using.lock([redemption.id])
    if card is not None:
        cards.settle(row, card, on_card=Decimal(0), at=at)
    if row.status in (Status.REQUESTED, Status.ISSUED):
        _free(row, at)
    redemption.refresh_from_db()


def _free(row: Redemption, at: datetime) -> None:
    if row.status not in (Status.REQUESTED, Status.ISSUED):
        return
    if row.hold_id:
        grace = timedelta(days=using.terms_of(row).grace_days)
        ledger.release(
            hold_id=row.hold_id,
            key=f"redemption:{row.id}:release",
            reason=facts.reason("REDEMPTION_RELEASED", row),
            at=at,
            # Nobody gets more time for their points by not using what they bought.
            grace_until=at + grace if _is_for_shop(row) else None,
        )
    row.status, row.closing_as = row.closing_as or Status.VOIDED, ""
    # What Saleor was late to make is looked for once more.
    is_unknown = row.means in _BY_SALEOR and not row.saleor_id
    row.closed_at, row.due_at = at, at + LATE if is_unknown else None
    row.save()
    stock.put_back(row)


def _is_for_shop(row: Redemption) -> bool:
    """Tell whether the shop, and not its member, is why it was not used."""
    return row.is_ended_by_shop or row.closing_as == Status.RESTORED
