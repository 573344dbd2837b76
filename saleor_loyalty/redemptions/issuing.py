"""Issuing what a redemption bought: a voucher or a gift card of Saleor's.

Each comes into being useless: a voucher without channels, a gift card that is not active. Only
once its id is recorded is it made usable. So one that was made but not recorded does no harm, and
is found again by its code or mark.
"""

import time
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from django.utils.translation import gettext_noop

from saleor_loyalty.gateways.saleor import gift_cards, vouchers
from saleor_loyalty.gateways.saleor.client import Connection, SaleorUnavailable
from saleor_loyalty.gateways.saleor.gift_cards import GiftCardSpec
from saleor_loyalty.gateways.saleor.goods import GoodsIds, goods_ids
from saleor_loyalty.gateways.saleor.vouchers import (
    Channel,
    CodeTaken,
    Listing,
    NoSuchVoucher,
    VoucherSpec,
)
from saleor_loyalty.installations.queries import Shop, connection
from saleor_loyalty.programme.queries import document_of
from saleor_loyalty.programme.reward_terms import Reward
from saleor_loyalty.redemptions import facts, rules, store
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.rewards.values import Means

#: Where no checkout tells, so many channels are asked for the goods of a reward.
CHANNELS_MAX = 5
#: A shop's channels are asked for so often at most: they hardly ever change.
CHANNELS_KNOWN_S = 300
_TYPES: dict[str, Literal["ENTIRE_ORDER", "SPECIFIC_PRODUCT", "SHIPPING"]] = {
    "PRODUCT": "SPECIFIC_PRODUCT",
    "FREE_SHIPPING": "SHIPPING",
}
_EVERYTHING = Decimal(100)
# Cards end with a day, of the shop's clock; ours are closed by us, to the minute.
_ONE_DAY = timedelta(days=1)


class CannotBeIssued(Exception):
    """The shop has nothing that the reward could be used for; the message says what."""


def issue(shop: Shop, redemption: Redemption, *, at: datetime) -> None:
    """Make what was bought usable in Saleor, from wherever that stopped, and record it.

    :raises CannotBeIssued:
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    saleor = connection(shop)
    if redemption.means == Means.GIFT_CARD:
        _issue_gift_card(saleor, redemption)
    else:
        _issue_voucher(saleor, redemption)
    is_issued = store.change(
        redemption,
        only=Redemption.Status.REQUESTED,
        status=Redemption.Status.ISSUED,
        issued_at=at,
        due_at=store.next_look(redemption, at),
        attempts=0,
        trouble="",
    )
    if not is_issued:
        # It ended meanwhile, or was used: what was just made is looked after then.
        store.change(redemption, due_at=at)


def _issue_voucher(saleor: Connection, redemption: Redemption) -> None:
    spec = _spec(saleor, redemption)
    if not redemption.saleor_id:
        store.change(redemption, saleor_id=_create(saleor, spec))
    try:
        vouchers.list_voucher(saleor, redemption.saleor_id, spec)
    except NoSuchVoucher as error:
        raise CannotBeIssued(gettext_noop("The shop deleted its voucher.")) from error


def _create(saleor: Connection, spec: VoucherSpec) -> str:
    try:
        return vouchers.create_voucher(saleor, spec)
    except CodeTaken:
        # Nobody else has our codes: an earlier attempt was not recorded.
        found = vouchers.find_voucher(saleor, spec.code)
        if found is None:
            raise SaleorUnavailable("Saleor has the code, and does not find its voucher.") from None
        return found


def _issue_gift_card(saleor: Connection, redemption: Redemption) -> None:
    if not redemption.saleor_id:
        assert redemption.amount
        card = gift_cards.create_gift_card(
            saleor,
            GiftCardSpec(
                redemption_id=str(redemption.id),
                amount=redemption.amount,
                currency=redemption.currency,
                user_id=redemption.member.saleor_user_id,
                expires_on=redemption.code_ends_at.date() + _ONE_DAY,
                note=redemption.facts["name"],
            ),
        )
        store.change(redemption, saleor_id=card.id, code=card.code)
    gift_cards.activate_gift_card(saleor, redemption.saleor_id)


def _spec(saleor: Connection, redemption: Redemption) -> VoucherSpec:
    """Return what the voucher is to be."""
    reward = reward_of(redemption)
    listings = _listings(saleor, redemption, reward)
    kind = _TYPES.get(redemption.facts["kind"], "ENTIRE_ORDER")
    goods = GoodsIds()
    if reward and kind != "SHIPPING" and (slugs := _slugs(reward)):
        kind, goods = "SPECIFIC_PRODUCT", _goods(saleor, redemption, slugs)
    is_percentage = redemption.facts["kind"] in ("PERCENT_OFF", "PRODUCT", "FREE_SHIPPING")
    return VoucherSpec(
        code=redemption.code,
        name=rules.voucher_name(redemption.facts["name"], redemption.mark),
        type=kind,
        is_percentage=is_percentage,
        listings=listings,
        starts_at=redemption.requested_at,
        ends_at=redemption.code_ends_at,
        # Percents for some goods are for all of them; everything else is for one piece.
        is_for_one_piece=kind == "SPECIFIC_PRODUCT" and redemption.facts["kind"] != "PERCENT_OFF",
        goods=goods,
    )


def _slugs(reward: Reward) -> dict[str, list[str]]:
    """Return the goods a reward names; none: it is for the whole order."""
    only = reward.scope.only
    kinds = {
        "categories": only.categories,
        "collections": only.collections,
        "products": only.products,
        "skus": only.skus,
    }
    return {kind: list(slugs) for kind, slugs in kinds.items() if slugs}


def _goods(saleor: Connection, redemption: Redemption, slugs: dict[str, list[str]]) -> GoodsIds:
    """Return Saleor's ids of goods, as the first channel knows them that sells any."""
    known = [redemption.facts["channel"]] if redemption.facts.get("channel") else []
    tick = int(time.monotonic() // CHANNELS_KNOWN_S)
    for channel in known or [each.slug for each in _channels(saleor, tick)[:CHANNELS_MAX]]:
        if goods := goods_ids(saleor, slugs, channel=channel):
            return goods
    raise CannotBeIssued(gettext_noop("The shop sells none of the goods that the reward names."))


def _listings(
    saleor: Connection, redemption: Redemption, reward: Reward | None
) -> tuple[Listing, ...]:
    """Return the channels it can be used in: those of its currency that the reward is for."""
    value = redemption.amount
    if value is None:
        value = Decimal(redemption.facts["percent"] or _EVERYTHING)
    minimum = facts.amount(redemption.facts["minimum"])
    # Money in one currency says nothing of others.
    currency = redemption.currency or (redemption.facts["currency"] if minimum else "")
    minimums = reward.minimum if reward and minimum is None else {}
    listings = tuple(
        Listing(channel.id, value, minimum or minimums.get(channel.currency))
        for channel in _channels(saleor, int(time.monotonic() // CHANNELS_KNOWN_S))
        if (not currency or channel.currency == currency)
        and (not reward or not reward.channels or channel.slug in reward.channels)
    )
    if not listings:
        message = gettext_noop("The shop has no channel in which the reward can be used.")
        raise CannotBeIssued(message)
    return listings


@lru_cache(maxsize=256)
def _channels(saleor: Connection, _known_in_tick: int) -> tuple[Channel, ...]:
    return vouchers.channels(saleor)


def reward_of(redemption: Redemption) -> Reward | None:
    """Return the reward as it was when it was bought; None: points became money by themselves."""
    document = document_of(redemption.programme_version_id)
    return next((each for each in document.rewards if each.id == redemption.reward), None)
