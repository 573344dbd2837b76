"""Promo codes on a checkout: vouchers, gift cards, and the promotion that vouchers take away."""

from .checkouts import Checkout, CheckoutLine
from .gift_cards import GiftCard
from .promotions import OrderPromotion
from .refusals import Refusal
from .vouchers import Voucher, VoucherCode, find_by_code
from .world import World, new_key


def _invalid() -> Refusal:
    return Refusal("promoCode", "INVALID", "Promo code is invalid")


def apply_code(world: World, checkout: Checkout, text: str) -> None:
    """Put a code on a checkout. A second voucher replaces the first without a word.

    :raises Refusal: if there is no such code, or it does nothing for this checkout.
    """
    if found := find_by_code(world.all(Voucher), text):
        _apply_voucher(world, checkout, *found)
        return
    card = next((each for each in world.all(GiftCard) if each.code == text), None)
    if card is None:
        raise _invalid()
    _apply_gift_card(world, checkout, card)


def _apply_voucher(world: World, checkout: Checkout, voucher: Voucher, code: VoucherCode) -> None:
    channel = checkout.channel
    if voucher.is_used_up(code) or not voucher.is_on(channel, world.now()):
        raise _invalid()
    if not _suits(voucher, checkout):
        message = "Voucher is not applicable to this checkout."
        raise Refusal("promoCode", "VOUCHER_NOT_APPLICABLE", message)
    checkout.voucher, checkout.voucher_code = voucher, code.code


def _apply_gift_card(world: World, checkout: Checkout, card: GiftCard) -> None:
    if not checkout.channel.allow_legacy_gift_card_use:
        message = "Adding gift card to checkout in this channel is not allowed."
        raise Refusal("promoCode", "GIFT_CARD_NOT_APPLICABLE", message)
    today = world.now().date()
    if not card.is_usable(by=checkout.user, currency=checkout.currency, on=today):
        # Whether it is somebody else's is not said.
        raise _invalid()
    if card not in checkout.gift_cards:
        checkout.gift_cards.append(card)


def remove_code(checkout: Checkout, text: str | None) -> None:
    """Take a code off a checkout, even one that was deleted meanwhile.

    :raises Refusal: if it is not there.
    """
    card = next((each for each in checkout.gift_cards if each.code == text), None)
    if card is not None:
        checkout.gift_cards.remove(card)
    elif text is not None and checkout.voucher_code == text:
        checkout.voucher = checkout.voucher_code = None
    else:
        raise Refusal("promoCode", "NOT_FOUND", "The checkout does not use this code.")


def usable_code(
    world: World, checkout: Checkout, *, ever_used: bool = True
) -> tuple[Voucher, VoucherCode] | None:
    """Return the voucher on a checkout and its code; None if it has none.

    `ever_used=False` overlooks that it was used up, as racing completions do.

    :raises Refusal: if the code cannot be used any more.
    """
    if checkout.voucher_code is None:
        return None
    found = find_by_code(world.all(Voucher), checkout.voucher_code)
    if found and found[0].is_on(checkout.channel, world.now()):
        voucher, code = found
        is_spent = voucher.is_used_up(code) or voucher.is_spent_by(checkout.customer_email)
        if not (ever_used and is_spent):
            return found
    raise Refusal("voucherCode", "VOUCHER_NOT_APPLICABLE", "Voucher not applicable")


def reconsider(world: World, checkout: Checkout) -> None:
    """Look again, after a change, at what the basket is entitled to.

    As in Saleor, a voucher that does not apply any more goes silently: the price rises.
    """
    try:
        found = usable_code(world, checkout)
    except Refusal:
        found = None
    if found and _suits(found[0], checkout):
        checkout.voucher = found[0]
    else:
        checkout.voucher = checkout.voucher_code = None
    checkout.promotion = next(iter(world.all(OrderPromotion)), None)
    _put_present(world, checkout)


def _suits(voucher: Voucher, checkout: Checkout) -> bool:
    goods = [line for line in checkout.lines if not line.is_gift]
    customer = checkout.user
    if voucher.is_spent_by(checkout.customer_email):
        return False
    if voucher.only_for_staff and not (customer and customer.is_staff):
        return False
    if not voucher.is_reached(
        checkout.channel, subtotal=checkout.gross, quantity=checkout.quantity
    ):
        return False
    if voucher.type == "SHIPPING":
        return checkout.is_shipping_required and checkout.shipping_method is not None
    return any(voucher.is_for(line.item) for line in goods)


def _put_present(world: World, checkout: Checkout) -> None:
    """Put the promotion's present in, or take it out: a voucher leaves no room for it."""
    wanted = None
    if checkout.promotion is not None and checkout.voucher is None:
        wanted = checkout.promotion.gives(checkout.gross, checkout.channel)
    present = next((line for line in checkout.lines if line.is_gift), None)
    if present is not None and present.item is not wanted:
        checkout.lines.remove(present)
        world.remove(present)
        present = None
    if wanted is not None and present is None:
        line = CheckoutLine(pk=new_key(), checkout=checkout, item=wanted, quantity=1, is_gift=True)
        checkout.lines.append(world.add(line))
