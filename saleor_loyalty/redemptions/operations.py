"""Redeeming rewards: hold the points, issue the voucher, put it into the checkout; and back.

Points are held, and the redemption is written down, before Saleor is told anything. From then on
the same request finds what the first one did, and goes on where that stopped.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from saleor_loyalty.gateways.saleor.baskets import NoSuchBasket
from saleor_loyalty.gateways.saleor.checkouts import Checkout, CodeRefused
from saleor_loyalty.gateways.saleor.client import SaleorRefused, SaleorUnavailable
from saleor_loyalty.installations.queries import Shop, connection
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.store import lock_one
from saleor_loyalty.members.operations import tell_facts
from saleor_loyalty.programme.queries import current, document_of
from saleor_loyalty.redemptions import closing, facts, issuing, queries, rules, stock, store, using
from saleor_loyalty.redemptions.delivering import apply, deliver, try_now
from saleor_loyalty.redemptions.holding import (
    NotInSteps,
    UnknownReward,
    Wish,
    hold,
    new_code,
    pay,
)
from saleor_loyalty.redemptions.models import PartnerCode, Redemption, RedemptionUse
from saleor_loyalty.redemptions.queries import NotTheirCheckout
from saleor_loyalty.redemptions.rules import Of
from saleor_loyalty.rewards.values import Means, Obstacle, Unavailable, Why

__all__ = [
    "AlreadyUsed",
    "Conversion",
    "KeyUsed",
    "NoSuchRedemption",
    "NoSuchUse",
    "NotInSteps",
    "NotTheirCheckout",
    "NotUsable",
    "UnknownReward",
    "Wish",
    "add_codes",
    "apply_to",
    "cancel",
    "convert",
    "redeem",
    "resolve",
    "take_back",
    "withdraw",
]

Status = Redemption.Status

# What of a redemption is about the checkout it is in.
_OF_CHECKOUT = ("checkout_id", "applied_at", "expires_at", "due_at")
#: The most codes of a partner added at once.
CODES_MAX = 1_000


class KeyUsed(Exception):
    """The idempotency key came with another wish before."""


class NoSuchRedemption(LookupError):
    """The member has no such redemption."""


class NoSuchUse(LookupError):
    """No order of the shop uses a redemption under this key."""


class AlreadyUsed(Exception):
    """It was used: an order was paid with it, or it was handed over."""


class NotUsable(Exception):
    """It is used, closed, or not issued yet."""


def redeem(shop: Shop, wish: Wish, *, at: datetime) -> Redemption:
    """Redeem a reward, and put it into the checkout if one is named.

    Where Saleor does not answer once points are held, the redemption is returned as it is (its
    status REQUESTED, or its `answer` missing): the same request goes on with it.

    :raises Unavailable: it cannot be had; nothing was held, or nothing is held any more.
    :raises KeyUsed:
    :raises NoSuchBasket, BasketTooLarge, queries.NotTheirCheckout: the checkout is none of theirs.
    :raises NoProgramme, UnknownReward, NotInSteps:
    :raises SaleorUnavailable, SaleorRefused: the checkout could not be read; nothing was held.
    """
    redemption = Redemption.objects.filter(member_id=wish.member_id, key=wish.key).first()
    if redemption is None:
        checkout = None
        if wish.checkout_id:
            checkout = queries.checkout_of(shop, wish.member_id, wish.checkout_id)
        redemption = hold(shop, wish, checkout, at)
    if redemption.request != wish.request:
        raise KeyUsed(wish.key)
    return deliver(shop, redemption, wish.checkout_id, at)


def apply_to(
    shop: Shop,
    *,
    member_id: UUID,
    redemption_id: UUID,
    checkout_id: str,
    accepts_lost_promotion: bool,
    at: datetime,
) -> Redemption:
    """Put an issued reward into another checkout.

    :raises NoSuchRedemption, NotUsable:
    :raises Unavailable: it cannot be used in that checkout; it stays as it was.
    :raises NoSuchBasket, BasketTooLarge, NotTheirCheckout:
    :raises SaleorUnavailable, SaleorRefused:
    """
    redemption = _of_member(shop.id, redemption_id, member_id)
    checkout = queries.checkout_of(shop, member_id, checkout_id)
    with store.leased(redemption.id, at=at) as leased:
        if leased.status != Status.ISSUED or leased.closing_as:
            raise NotUsable(leased.status)
        if leased.checkout_id == checkout_id and checkout.voucher_code == leased.code:
            # What the shopper did in the checkout since then is told, too.
            store.change(leased, answer=facts.of_answer(checkout))
            return leased
        queries.check_fits(leased, checkout, accepts_lost_promotion=accepts_lost_promotion, at=at)
        _move(shop, leased, checkout, at)
        return leased


def _move(shop: Shop, redemption: Redemption, checkout: Checkout, at: datetime) -> None:
    """Put a code into a checkout, and take it out of the one it was in."""
    was = {name: getattr(redemption, name) for name in _OF_CHECKOUT}
    first = was["checkout_id"] if was["applied_at"] and was["checkout_id"] != checkout.id else ""
    lost = checkout.promotion_discount + checkout.gift_value
    is_voucher = redemption.means == Means.VOUCHER
    try:
        apply(shop, redemption, checkout.id, at, lost=lost if is_voucher else Decimal(0))
    except CodeRefused as error:
        store.change(redemption, only=Status.ISSUED, **was)
        raise Unavailable([Obstacle(Why.NOT_APPLICABLE)]) from error
    except (NoSuchBasket, SaleorRefused):
        store.change(redemption, only=Status.ISSUED, **was)
        raise
    except SaleorUnavailable:
        # Only one checkout is looked after: the first one, unless the code is out of it for sure.
        if first and not _takes_out(shop, redemption, first):
            store.change(redemption, only=Status.ISSUED, **was)
        raise
    if first:
        # It could not be completed once the code is used; if it keeps it, only that is so.
        _takes_out(shop, redemption, first)


def _takes_out(shop: Shop, redemption: Redemption, checkout_id: str) -> bool:
    try:
        closing.take_out(connection(shop), redemption, checkout_id)
    except SaleorUnavailable:
        return False
    return True


def cancel(shop: Shop, *, member_id: UUID | None, redemption_id: UUID, at: datetime) -> Redemption:
    """End a redemption that was not used; its points are free again once Saleor has answered.

    :param member_id: whose it must be; None: whoever's, for staff.
    :raises NoSuchRedemption:
    :raises AlreadyUsed:
    """
    redemption = _of_member(shop.id, redemption_id, member_id)
    with store.leased(redemption.id, at=at) as leased:
        if leased.status in (Status.REQUESTED, Status.ISSUED):
            store.change(
                leased,
                only=leased.status,
                closing_as=leased.closing_as or Status.VOIDED,
                is_ended_by_shop=leased.is_ended_by_shop or member_id is None,
                due_at=at,
            )
            try_now(shop, leased, at)
        if leased.status == Status.USED:
            raise AlreadyUsed(str(leased.id))
        return leased


def withdraw(redemption_ids: Collection[UUID], *, at: datetime) -> None:
    """Have redemptions end that are not used yet, because what they were given for was undone."""
    Redemption.objects.filter(
        id__in=redemption_ids, status__in=(Status.REQUESTED, Status.ISSUED), closing_as=""
    ).update(closing_as=Status.VOIDED, due_at=at)


def _of_member(installation_id: UUID, redemption_id: UUID, member_id: UUID | None) -> Redemption:
    rows = Redemption.objects.filter(id=redemption_id, installation_id=installation_id)
    if member_id is not None:
        rows = rows.filter(member_id=member_id)
    if (found := rows.first()) is None:
        raise NoSuchRedemption(str(redemption_id))
    return found


@transaction.atomic
def take_back(installation_id: UUID, *, redemption_id: UUID, at: datetime) -> Redemption:
    """Undo what was handed over without an order, such as a donation; for staff.

    :raises NoSuchRedemption:
    :raises NotUsable: it is no such thing, or was taken back before.
    """
    found = _of_member(installation_id, redemption_id, None)
    lock_one(found.member_id)
    (row,) = using.lock([found.id])
    if row.status != Status.USED or row.means in (Means.VOUCHER, Means.GIFT_CARD):
        raise NotUsable(row.status)
    if row.spend_id:
        grace = timedelta(days=using.terms_of(row).grace_days)
        ledger.give_back(
            spend_id=row.spend_id,
            key=f"redemption:{row.id}:back",
            reason=facts.reason("REDEMPTION_RETURNED", row),
            at=at,
            grace_until=at + grace,
        )
    reward = issuing.reward_of(row)
    if row.means == Means.SEGMENT and reward and reward.segment:
        tell_facts(
            installation_id=installation_id,
            member_id=row.member_id,
            values={reward.segment: None},
            at=at,
        )
    row.status, row.closed_at = Status.RESTORED, at
    row.save(update_fields=["status", "closed_at"])
    stock.put_back(row)
    return row


def resolve(installation_id: UUID, *, use_id: UUID, at: datetime) -> RedemptionUse:
    """Note that staff have looked at an order that uses a redemption.

    :raises NoSuchUse:
    """
    use = RedemptionUse.objects.filter(id=use_id, installation_id=installation_id).first()
    if use is None:
        raise NoSuchUse(str(use_id))
    if use.resolved_at is None:
        use.resolved_at = at
        use.save(update_fields=["resolved_at"])
    return use


def add_codes(installation_id: UUID, *, reward: str, codes: Iterable[str], at: datetime) -> int:
    """Add codes of a partner's to a reward's pool; return how many are new.

    :raises NoProgramme, UnknownReward: the programme in force has no such reward of a partner's.
    """
    rewards = current(installation_id, at).document.rewards
    if all(each.id != reward or each.kind != "PARTNER_CODE" for each in rewards):
        raise UnknownReward(reward)
    rows = [
        PartnerCode(installation_id=installation_id, reward=reward, code=code, added_at=at)
        for code in sorted(set(codes))[:CODES_MAX]
    ]
    before = PartnerCode.objects.filter(installation_id=installation_id, reward=reward)
    known = set(before.filter(code__in=[row.code for row in rows]).values_list("code", flat=True))
    news = [row for row in rows if row.code not in known]
    PartnerCode.objects.bulk_create(news, ignore_conflicts=True)
    return len(news)


@dataclass(frozen=True, slots=True)
class Conversion:
    """Points that become money by themselves."""

    key: str
    points: int
    amount: Decimal
    currency: str
    valid_days: int
    name: str
    translations: Mapping[str, str]


@transaction.atomic
def convert(
    shop: Shop, *, member_id: UUID, version_id: UUID, conversion: Conversion, at: datetime
) -> Redemption | None:
    """Hold points for a voucher that the outbox issues; None: the key was used before.

    The caller has the member locked.

    :raises NotEnoughPoints:
    """
    if Redemption.objects.filter(member_id=member_id, key=conversion.key).exists():
        return None
    ends_at = rules.expires_at(at, conversion.valid_days)
    is_card = _is_store_credit(shop, version_id, conversion)
    redemption = Redemption(
        installation_id=shop.id,
        member_id=member_id,
        key=conversion.key,
        request={"conversion": conversion.key},
        programme_version_id=version_id,
        facts={
            "name": conversion.name,
            "translations": dict(conversion.translations),
            "kind": "MONEY_OFF",
            "percent": None,
            "minimum": None,
            "currency": conversion.currency,
            "of": Of.ORDER,
            "is_given": False,
            "price": conversion.points,
            "benefit": None,
            "lost": "0",
            "replaces": "",
            "reductions": [],
        },
        means=Means.GIFT_CARD if is_card else Means.VOUCHER,
        times=1,
        points=conversion.points,
        amount=conversion.amount,
        currency=conversion.currency,
        code="" if is_card else new_code(),
        mark="" if is_card else rules.new_mark(),
        requested_at=at,
        expires_at=ends_at,
        code_ends_at=ends_at,
        due_at=at,
    )
    pay(redemption, at)
    redemption.save(force_insert=True)
    return redemption


def _is_store_credit(shop: Shop, version_id: UUID, conversion: Conversion) -> bool:
    least = document_of(version_id).redeeming.store_credit_from.get(conversion.currency)
    is_much = least is not None and conversion.amount >= least
    return is_much and queries.has_gift_cards(shop)
