"""Looking at what was issued: is it still there, was it used, is its time over?"""

from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_noop

from saleor_loyalty.gateways.saleor import gift_cards, vouchers
from saleor_loyalty.gateways.saleor.app import report_problem
from saleor_loyalty.gateways.saleor.baskets import BasketTooLarge, NoSuchBasket
from saleor_loyalty.gateways.saleor.checkouts import fetch_checkout
from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused
from saleor_loyalty.gateways.saleor.vouchers import VoucherState
from saleor_loyalty.installations.queries import Shop, connection
from saleor_loyalty.ledger.store import lock_one
from saleor_loyalty.redemptions import cards, closing, stock, store, using
from saleor_loyalty.redemptions.models import Redemption, RedemptionUse
from saleor_loyalty.rewards.values import Means

Status = Redemption.Status

#: A code that was used up though no order has it: so long Saleor may still be at it.
BURNT_AFTER = timedelta(minutes=10)
#: What was used stays in Saleor so long, for who looks at the order there.
KEPT = timedelta(days=90)
DELETED = gettext_noop("The shop deleted it.")
CHANGED = gettext_noop("The shop changed it: it is no longer what was bought.")
# Written by a worker into the shop, whose staff's language it does not know.
_STOP = "Loyalty: please do not send this order. %s"
_USED_AGAIN = "Its reward was used for several orders at once; each was paid with points."
_USED_BY_OTHER = "Its reward belongs to another customer."


def review(shop: Shop, redemption: Redemption, *, at: datetime) -> None:
    """Do what an issued, used or closed redemption needs now, and say when to look again.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    if redemption.status == Status.ISSUED:
        _review_issued(shop, redemption, at)
    elif redemption.status == Status.USED:
        _review_used(shop, redemption, at)
    else:
        closing.remove(shop, redemption, at=at)
        store.change(redemption, only=redemption.status, due_at=None)


def _review_issued(shop: Shop, redemption: Redemption, at: datetime) -> None:
    saleor = connection(shop)
    if redemption.means == Means.GIFT_CARD:
        _look_at_card(saleor, redemption, at)
    else:
        _look_at_voucher(saleor, redemption, at)
    if redemption.status != Status.ISSUED or redemption.closing_as:
        return
    if at >= redemption.expires_at:
        _end_or_extend(saleor, redemption, at)
    else:
        _look_later(redemption, at)


def _look_at_voucher(saleor: Connection, redemption: Redemption, at: datetime) -> None:
    pair = (redemption.saleor_id, redemption.code)
    state = vouchers.fetch_vouchers(saleor, [pair]).get(redemption.saleor_id)
    if state is None or state.code_is_active is None:
        _close_as(redemption, Status.VOIDED, at, trouble=DELETED)
    elif not state.code_is_active:
        _look_for_orders(saleor, redemption, at)
    elif not _is_as_issued(redemption, state) and redemption.trouble != CHANGED:
        report_problem(saleor, key="loyalty-vouchers", message=_about(redemption, CHANGED))
        store.change(redemption, only=Status.ISSUED, trouble=CHANGED)


def _look_for_orders(saleor: Connection, redemption: Redemption, at: datetime) -> None:
    """Find the order that used a code up; where there is none after a while, it was burnt."""
    orders = vouchers.orders_with_code(saleor, redemption.code, at=at)
    with transaction.atomic():
        lock_one(redemption.member_id)
        using.record([redemption.id], using.ordered(redemption.installation_id, orders), at=at)
    store.change(redemption)
    if redemption.status != Status.ISSUED:
        return
    if redemption.burnt_since is None:
        store.change(redemption, only=Status.ISSUED, burnt_since=at)
    elif at >= redemption.burnt_since + BURNT_AFTER:
        _close_as(redemption, Status.RESTORED, at)


def _look_at_card(saleor: Connection, redemption: Redemption, at: datetime) -> None:
    card = gift_cards.fetch_gift_card(saleor, redemption.saleor_id)
    if card is None or not card.is_active:
        _close_as(redemption, Status.VOIDED, at, trouble=DELETED)
        return
    with transaction.atomic():
        lock_one(redemption.member_id)
        (row,) = using.lock([redemption.id])
        cards.settle(row, card, on_card=card.balance, at=at)
    store.change(redemption)


def _end_or_extend(saleor: Connection, redemption: Redemption, at: datetime) -> None:
    """Keep what is in a checkout that still moves; end everything else."""
    until = redemption.expires_at
    if redemption.checkout_id and redemption.applied_at:
        until = _kept_until(saleor, redemption, at)
    until = min(until, redemption.code_ends_at)
    if until > at:
        store.change(redemption, only=Status.ISSUED, expires_at=until)
        _look_later(redemption, at)
    elif redemption.checkout_id and _is_kept(redemption, at) and at < redemption.code_ends_at:
        closing.take_out(saleor, redemption, redemption.checkout_id)
        store.change(
            redemption,
            only=Status.ISSUED,
            checkout_id="",
            applied_at=None,
            answer=None,
            expires_at=redemption.code_ends_at,
        )
        _look_later(redemption, at)
    else:
        _close_as(redemption, Status.EXPIRED, at)


def _is_kept(redemption: Redemption, at: datetime) -> bool:
    """Tell whether it outlives the checkout it is in: what is for later, and what was given and
    could not be taken once more.
    """
    is_for_later = not redemption.request.get("checkout_id")
    return is_for_later or stock.is_given_no_more(redemption, at)


def _kept_until(saleor: Connection, redemption: Redemption, at: datetime) -> datetime:
    try:
        checkout = fetch_checkout(saleor, redemption.checkout_id)
    except (NoSuchBasket, BasketTooLarge):
        # It became an order (which closing finds), or was given up.
        return redemption.expires_at
    is_there = checkout.voucher_code == redemption.code or (
        redemption.means == Means.GIFT_CARD and checkout.gift_cards > 0
    )
    if not is_there:
        return redemption.expires_at
    minutes = using.terms_of(redemption).hold_minutes
    # A price that somebody has paid must not change before the order is made.
    moved_at = at if checkout.is_being_paid else checkout.updated_at
    return moved_at + timedelta(minutes=minutes)


def _review_used(shop: Shop, redemption: Redemption, at: datetime) -> None:
    saleor = connection(shop)
    _tell_staff(saleor, redemption, at)
    if redemption.means == Means.GIFT_CARD:
        _review_used_card(saleor, redemption, at)
    elif redemption.means != Means.VOUCHER:
        store.change(redemption, only=Status.USED, due_at=None)
    elif redemption.used_at and at >= redemption.used_at + KEPT:
        closing.remove(shop, redemption, at=at)
        store.change(redemption, only=Status.USED, due_at=None)
    else:
        store.change(redemption, only=Status.USED, due_at=(redemption.used_at or at) + KEPT)


def _review_used_card(saleor: Connection, redemption: Redemption, at: datetime) -> None:
    is_over = at >= redemption.code_ends_at
    if is_over:
        card = gift_cards.close_gift_card(saleor, redemption.saleor_id)
    else:
        card = gift_cards.fetch_gift_card(saleor, redemption.saleor_id)
        if card and not card.is_active:
            # Who switched it off must not be able to switch its money on again.
            card = gift_cards.close_gift_card(saleor, redemption.saleor_id)
    with transaction.atomic():
        lock_one(redemption.member_id)
        (row,) = using.lock([redemption.id])
        if card is not None:
            on_card = Decimal(0) if is_over or not card.is_active else card.balance
            cards.settle(row, card, on_card=on_card, at=at)
    due_at = None if is_over else redemption.code_ends_at
    store.change(redemption, only=Status.USED, due_at=due_at)


def _tell_staff(saleor: Connection, redemption: Redemption, at: datetime) -> None:
    """Show staff what they should look at, on the order itself where it must not be sent.

    The note comes last: it would be there twice if what follows it failed and was tried again,
    while a problem that is told again is still one.
    """
    for use in redemption.uses.exclude(flag="").filter(reported_at=None):
        why = _USED_AGAIN if use.flag == RedemptionUse.Flag.USED_AGAIN else _USED_BY_OTHER
        message = f"Order {use.order_number}: {why}"
        # Under a key of its own: of several orders Saleor would show the last one only.
        report_problem(saleor, key=f"loyalty-redemptions-{use.id}", message=message)
        if use.is_to_stop:
            # What Saleor does not take once it never will; the problem says the same.
            with suppress(SaleorRefused):
                vouchers.note_order(saleor, use.order_id, _STOP % why)
        RedemptionUse.objects.filter(id=use.id).update(reported_at=at)


def _close_as(redemption: Redemption, status: str, at: datetime, *, trouble: str = "") -> None:
    store.change(
        redemption,
        only=Status.ISSUED,
        closing_as=status,
        is_ended_by_shop=bool(trouble),
        due_at=at,
        trouble=trouble,
    )


def _look_later(redemption: Redemption, at: datetime) -> None:
    later = store.next_look(redemption, at)
    if redemption.burnt_since:
        later = min(later, redemption.burnt_since + BURNT_AFTER)
    store.change(redemption, only=Status.ISSUED, due_at=max(later, at), attempts=0)


def _is_as_issued(redemption: Redemption, state: VoucherState) -> bool:
    value = redemption.amount or Decimal(redemption.facts["percent"] or 100)
    values = {value for value, _minimum in state.listings.values()}
    ends_later = state.ends_at is not None and state.ends_at >= redemption.code_ends_at
    return values == {value} and state.is_single_use and ends_later


def _about(redemption: Redemption, text: str) -> str:
    return f"Voucher “{redemption.facts['name']}” ({redemption.saleor_id}): {text}"
