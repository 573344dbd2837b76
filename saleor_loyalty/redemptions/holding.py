"""Deciding what a member gets, and holding the points for it: one transaction, nobody is asked."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_loyalty.gateways.saleor.checkouts import Checkout
from saleor_loyalty.installations.queries import Shop
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.store import lock_one
from saleor_loyalty.members.operations import tell_facts
from saleor_loyalty.notices.lifetimes import keep_alive
from saleor_loyalty.programme.document import Programme, Version
from saleor_loyalty.programme.queries import current
from saleor_loyalty.programme.reward_terms import Reward
from saleor_loyalty.programme.timing_terms import Act
from saleor_loyalty.redemptions import facts, queries, rules, stock, store, using
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.rewards.rules import decide
from saleor_loyalty.rewards.values import Decision, Means, Obstacle, Unavailable, Why

Status = Redemption.Status

#: Codes have so many characters of 5 random bits each, after a prefix.
CODE_PREFIX = "LOY-"
CODE_CHARACTERS = 20
_BY_SALEOR = (Means.VOUCHER, Means.GIFT_CARD)


class UnknownReward(LookupError):
    """The programme has no such reward."""


class NotInSteps(ValueError):
    """The amount is no whole number of steps; `step` is one."""

    def __init__(self, step: Decimal) -> None:
        super().__init__(str(step))
        self.step = step


@dataclass(frozen=True, slots=True)
class Wish:
    """What a member asks for. `times` or `amount` (in `currency`) say how much of it."""

    member_id: UUID
    key: str
    reward: str
    times: int | None = None
    amount: Decimal | None = None
    currency: str = ""
    checkout_id: str = ""
    accepts_lost_promotion: bool = False

    @property
    def request(self) -> dict[str, Any]:
        """What must be the same when the key comes again."""
        return {
            "reward": self.reward,
            "times": self.times,
            "amount": None if self.amount is None else f"{self.amount.normalize():f}",
            "currency": self.currency,
            "checkout_id": self.checkout_id,
        }


@transaction.atomic
def hold(shop: Shop, wish: Wish, checkout: Checkout | None, at: datetime) -> Redemption:
    """Decide under the member's lock, hold the points, and write the redemption down.

    :raises Unavailable:
    :raises NoProgramme, UnknownReward, NotInSteps:
    """
    version = current(shop.id, at)
    reward = _reward(version.document, wish.reward)
    lock_one(wish.member_id)
    if known := Redemption.objects.filter(member_id=wish.member_id, key=wish.key).first():
        return known
    shopper = queries.shopper(wish.member_id, [reward], at=at)
    decision = decide(
        version.document,
        reward.id,
        shopper,
        times=_times(wish, reward, checkout),
        checkout=checkout,
        currency=wish.currency,
        stock_taken=stock.lock_taken(shop.id, reward.id, at=at) if reward.stock else 0,
        accepts_lost_promotion=wish.accepts_lost_promotion,
        has_gift_cards=queries.has_gift_cards(shop),
        held_in_checkout=queries.held_in_checkout(wish.member_id, checkout, at=at),
        at=at,
    )
    redemption = _new(shop, wish, version, decision, checkout, at)
    pay(redemption, at)
    if redemption.means not in _BY_SALEOR:
        _hand_over(redemption, reward, at)
    redemption.save(force_insert=True)
    _take_what_is_scarce(redemption, at)
    _note_act(redemption, at)
    return redemption


def _new(
    shop: Shop,
    wish: Wish,
    version: Version,
    decision: Decision,
    checkout: Checkout | None,
    at: datetime,
) -> Redemption:
    code_ends_at = rules.expires_at(at, decision.reward.valid_days)
    expires_at = code_ends_at
    if wish.checkout_id:
        minutes = version.document.redeeming.hold_minutes
        expires_at = min(code_ends_at, at + timedelta(minutes=minutes))
    return Redemption(
        installation_id=shop.id,
        member_id=wish.member_id,
        key=wish.key,
        request=wish.request,
        programme_version_id=version.id,
        reward=decision.reward.id,
        facts=facts.of_decision(decision, channel=checkout.channel if checkout else ""),
        means=decision.means,
        times=decision.times,
        points=decision.points,
        amount=decision.amount,
        currency=decision.currency if decision.amount is not None else "",
        code=new_code() if decision.means is Means.VOUCHER else "",
        mark=rules.new_mark() if decision.means is Means.VOUCHER else "",
        checkout_id=wish.checkout_id,
        requested_at=at,
        expires_at=expires_at,
        code_ends_at=code_ends_at,
        due_at=at + store.SOON,
    )


def pay(redemption: Redemption, at: datetime) -> None:
    """Hold the points of a redemption that is about to be written down."""
    if redemption.points:
        redemption.hold_id = ledger.hold(
            member_id=redemption.member_id,
            points=redemption.points,
            key=f"redemption:{redemption.id}:hold",
            reason=facts.reason("REDEMPTION", redemption),
            at=at,
        )


def _hand_over(redemption: Redemption, reward: Reward, at: datetime) -> None:
    """Give at once what Saleor has no part in."""
    if redemption.means == Means.SEGMENT:
        assert reward.segment
        tell_facts(
            installation_id=redemption.installation_id,
            member_id=redemption.member_id,
            values={reward.segment: Decimal(1)},
            at=at,
        )
    if redemption.hold_id:
        using.spend_hold(redemption, at=at)
    redemption.status, redemption.due_at = Status.USED, None
    redemption.issued_at = redemption.used_at = at


def _take_what_is_scarce(redemption: Redemption, at: datetime) -> None:
    stock.take(redemption, is_new=True)
    if not stock.take_given(redemption, at):
        raise Unavailable([Obstacle(Why.NOT_GIVEN)])
    if redemption.means == Means.POOL:
        code = stock.free_partner_code(redemption.installation_id, redemption.reward)
        if code is None:
            raise Unavailable([Obstacle(Why.SOLD_OUT)])
        code.redemption = redemption
        code.save(update_fields=["redemption"])


def _note_act(redemption: Redemption, at: datetime) -> None:
    keep_alive(
        installation_id=redemption.installation_id,
        acts={redemption.member_id: at},
        act=Act.REDEMPTION,
        at=at,
    )


def _reward(document: Programme, key: str) -> Reward:
    for reward in document.rewards:
        if reward.id == key:
            return reward
    raise UnknownReward(key)


def _times(wish: Wish, reward: Reward, checkout: Checkout | None) -> int | None:
    """Return how often the reward is wanted, where a member chose an amount of money."""
    if wish.amount is None:
        return wish.times
    step = reward.money.get(wish.currency)
    if step is None or (checkout and checkout.currency != wish.currency):
        raise Unavailable([Obstacle(Why.WRONG_CURRENCY)])
    times, rest = divmod(wish.amount, step)
    if rest or times < 1:
        raise NotInSteps(step)
    return int(times)


def new_code() -> str:
    """Return a code that nobody can guess: 100 random bits."""
    return CODE_PREFIX + "".join(secrets.choice(rules.ALPHABET) for _ in range(CODE_CHARACTERS))
