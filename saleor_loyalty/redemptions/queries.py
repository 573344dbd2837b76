"""What members can have, what they have had, and what staff should look at."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from saleor_loyalty.gateways.saleor.checkouts import Checkout, fetch_checkout
from saleor_loyalty.installations.queries import Shop, connection
from saleor_loyalty.keys import member_key
from saleor_loyalty.ledger.queries import Balance, balances
from saleor_loyalty.members.models import Member, MemberFact
from saleor_loyalty.members.queries import paid_segments
from saleor_loyalty.members.rules import Fact, segments_at
from saleor_loyalty.orders.models import Order
from saleor_loyalty.pages import Page, Window, page
from saleor_loyalty.programme.queries import current, document_of
from saleor_loyalty.programme.reward_terms import Reward
from saleor_loyalty.redemptions import facts, stock, store
from saleor_loyalty.redemptions.models import Entitlement, Redemption, RedemptionUse
from saleor_loyalty.rewards import rules
from saleor_loyalty.rewards.fitting import Bought, misfits
from saleor_loyalty.rewards.values import (
    Held,
    Means,
    Obstacle,
    Offer,
    Shopper,
    Taken,
    Unavailable,
    Why,
)
from saleor_loyalty.sql import fetch

Status = Redemption.Status

#: The first version of Saleor whose gift cards belong to a customer.
GIFT_CARDS_SINCE = (3, 23)
#: The most redemptions of a member that limits look at; the newest count.
TAKEN_MAX = 1_000
#: The most given rewards shown of a member.
ENTITLEMENTS_MAX = 200
#: The most orders shown that one voucher was used for.
USES_MAX = 100

_COUNTED = (Status.REQUESTED, Status.ISSUED, Status.USED)

_HISTORY = """
SELECT page.* FROM unnest(%s::uuid[]) AS member(id) CROSS JOIN LATERAL (
    SELECT member_id, id FROM loyalty_redemption
    WHERE member_id = member.id AND (%s::text IS NULL OR status = %s)
    AND (requested_at, id) > (%s, %s) AND (requested_at, id) < (%s, %s)
    ORDER BY {order} LIMIT %s
) AS page
"""
_HISTORIES = {
    direction: _HISTORY.format(order=f"requested_at {direction}, id {direction}")
    for direction in ("ASC", "DESC")
}


class NotTheirCheckout(Exception):
    """The checkout belongs to another customer."""


def has_gift_cards(shop: Shop) -> bool:
    """Tell whether the shop's Saleor has gift cards that belong to a customer."""
    parts = shop.saleor_version.split(".")[:2]
    return tuple(int(part) for part in parts if part.isdigit()) >= GIFT_CARDS_SINCE


def checkout_of(shop: Shop, member_id: UUID, checkout_id: str) -> Checkout:
    """Return a checkout that is nobody else's.

    :raises NotTheirCheckout:
    :raises NoSuchBasket, BasketTooLarge:
    :raises SaleorUnavailable, SaleorRefused:
    """
    checkout = fetch_checkout(connection(shop), checkout_id)
    if checkout.user_id is not None and member_key(shop.id, checkout.user_id) != member_id:
        raise NotTheirCheckout(checkout_id)
    return checkout


def shopper(member_id: UUID, rewards: Collection[Reward], *, at: datetime) -> Shopper:
    """Return where a member stands when it comes to these rewards."""
    return shoppers([member_id], rewards, at=at)[member_id]


def shoppers(
    member_ids: Collection[UUID], rewards: Collection[Reward], *, at: datetime
) -> dict[UUID, Shopper]:
    """Return where members stand when it comes to these rewards, in seven queries at most for any
    number of them; what none of the rewards looks at is not asked for.
    """
    audiences = [each.audience for each in rewards]
    counts_orders = any(
        each.order_numbers or each.from_order or each.every_order for each in audiences
    )
    looks_at_segments = any(each.segments for each in audiences) or any(
        each.kind == "ACCESS" for each in rewards
    )
    tiers = dict(Member.objects.filter(id__in=member_ids).values_list("id", "tier"))
    points = balances(member_ids, at=at)
    segments = _segments(member_ids, at) if looks_at_segments else {}
    orders = _order_counts(member_ids) if counts_orders else {}
    taken = _taken(member_ids) if any(each.limits for each in rewards) else {}
    given = _given(member_ids, at)
    return {
        member_id: Shopper(
            tier=tiers.get(member_id, ""),
            segments=segments.get(member_id, frozenset()),
            points=points.get(member_id, Balance()).available,
            order_number=orders.get(member_id, 0) + 1,
            taken=taken.get(member_id, ()),
            given=given[member_id],
        )
        for member_id in member_ids
    }


def offers(shop: Shop, member_id: UUID, *, checkout_id: str | None, at: datetime) -> list[Offer]:
    """Return the rewards a member can have, best first, and why not the others.

    :raises NoProgramme:
    :raises NotTheirCheckout, NoSuchBasket, BasketTooLarge, SaleorUnavailable, SaleorRefused:
    """
    if checkout_id is None:
        return offers_of(shop, [member_id], at=at)[member_id]
    document = current(shop.id, at).document
    checkout = checkout_of(shop, member_id, checkout_id)
    found = rules.offers(
        document,
        shopper(member_id, document.rewards, at=at),
        checkout=checkout,
        stock_taken=stock.taken(shop.id),
        has_gift_cards=has_gift_cards(shop),
        held_in_checkout=held_in_checkout(member_id, checkout, at=at),
        at=at,
    )
    return _with_codes(found, stock.pools(shop.id))


def offers_of(
    shop: Shop, member_ids: Collection[UUID], *, currency: str = "", at: datetime
) -> dict[UUID, list[Offer]]:
    """Return the rewards members can have without a checkout, best first, read together.

    :param currency: what money is counted in; "": the only one a reward has.

    :raises NoProgramme:
    """
    document = current(shop.id, at).document
    taken, is_new, pools = stock.taken(shop.id), has_gift_cards(shop), stock.pools(shop.id)
    return {
        member_id: _with_codes(
            rules.offers(
                document,
                shopper,
                currency=currency,
                stock_taken=taken,
                has_gift_cards=is_new,
                at=at,
            ),
            pools,
        )
        for member_id, shopper in shoppers(member_ids, document.rewards, at=at).items()
    }


def _with_codes(found: list[Offer], pools: Collection[str]) -> list[Offer]:
    """Return offers; codes of partners are sold out where there is none left."""
    return [
        replace(
            offer,
            times_at_most=0,
            obstacles=(*offer.obstacles, Obstacle(Why.SOLD_OUT)),
            decision=None,
            total_after=None,
        )
        if offer.reward.kind == "PARTNER_CODE" and offer.reward.id not in pools
        else offer
        for offer in found
    ]


def held_in_checkout(member_id: UUID, checkout: Checkout | None, *, at: datetime) -> list[Held]:
    """Return the rewards of a member that are in a checkout, waiting for it to be paid, and those
    that are just being put into it.
    """
    if checkout is None:
        return []
    is_there = Q(applied_at__isnull=False) & (
        Q(means=Means.GIFT_CARD) | Q(code=checkout.voucher_code, code__gt="")
    )
    rows = Redemption.objects.filter(
        is_there | Q(applied_at=None, requested_at__gt=at - store.LEASE),
        member_id=member_id, checkout_id=checkout.id, closing_as="",
        status__in=(Status.REQUESTED, Status.ISSUED), means__in=(Means.GIFT_CARD, Means.VOUCHER),
    )  # fmt: skip
    return [
        Held(
            reward=row.reward,
            times=row.times,
            points=row.points,
            credit=(row.amount or Decimal(0)) if row.means == Means.GIFT_CARD else Decimal(0),
            code=row.code,
            redemption_id=row.id,
        )
        for row in rows
    ]


def check_fits(
    redemption: Redemption, checkout: Checkout, *, accepts_lost_promotion: bool, at: datetime
) -> None:
    """See whether an issued reward may be put into a checkout.

    :raises Unavailable:
    """
    document = document_of(redemption.programme_version_id)
    minimum = facts.amount(redemption.facts["minimum"])
    bought = Bought(
        means=Means(redemption.means),
        code=redemption.code,
        times=redemption.times,
        points=redemption.points,
        amount=redemption.amount,
        currency=redemption.currency or (redemption.facts["currency"] if minimum else ""),
        minimum=minimum,
    )
    reward = next((each for each in document.rewards if each.id == redemption.reward), None)
    held = held_in_checkout(redemption.member_id, checkout, at=at)
    held = [each for each in held if each.redemption_id != redemption.id]
    obstacles = [
        each
        for each in misfits(document, reward, bought, checkout, held)
        if not (accepts_lost_promotion and each.why is Why.PROMOTION_LOST)
    ]
    if obstacles:
        raise Unavailable(obstacles)


def redemption(installation_id: UUID, redemption_id: UUID) -> Redemption | None:
    """Return a redemption of the shop with its uses; None: it has none of that key."""
    return _shown(installation_id).filter(id=redemption_id).first()


def redemption_by_voucher(
    installation_id: UUID, saleor_id: str
) -> tuple[Redemption, list[RedemptionUse]] | None:
    """Return the shop's redemption that a voucher was made for, and its uses, the first first.

    None: the voucher is none of ours.
    """
    rows = Redemption.objects.select_related("member").filter(
        installation_id=installation_id, saleor_id=saleor_id, saleor_id__gt="", means=Means.VOUCHER
    )
    found = rows.first()
    if found is None:
        return None
    return found, list(found.uses.order_by("ordered_at", "order_id")[:USES_MAX])


def redemptions_of(
    member_ids: Collection[UUID], window: Window, *, status: str | None = None
) -> dict[UUID, Page[Redemption]]:
    """Return a page of each member's redemptions, the newest first, with their uses."""
    (low, high), direction = window.bounds(newest_first=True), window.direction(newest_first=True)
    parameters = [list(member_ids), status, status, *low, *high, window.size + 1]
    found = fetch(_HISTORIES[direction], parameters)
    shown = Redemption.objects.filter(id__in=[row[1] for row in found])
    rows = shown.select_related("member", "partnercode").prefetch_related("uses")
    by_id = {row.id: row for row in rows}
    pages = {
        member_id: [by_id[key] for _member, key in its_rows]
        for member_id, its_rows in groupby(found, key=lambda row: row[0])
    }
    return {member_id: page(pages.get(member_id, []), window) for member_id in member_ids}


def redemptions_of_shop(
    installation_id: UUID, *, window: Window, status: str | None = None, flagged: bool = False
) -> Page[Redemption]:
    """Return a page of the shop's redemptions, the newest first.

    :param flagged: only those with an order that staff should look at.
    """
    low, high = window.bounds(newest_first=True)
    rows = _shown(installation_id).filter(
        Q(requested_at__gt=low.at) | Q(requested_at=low.at, id__gt=low.id),
        Q(requested_at__lt=high.at) | Q(requested_at=high.at, id__lt=high.id),
    )
    if status is not None:
        rows = rows.filter(status=status)
    if flagged:
        uses = RedemptionUse.objects.filter(redemption=OuterRef("pk"), resolved_at=None)
        rows = rows.filter(Exists(uses.exclude(flag="")))
    sign = "-" if window.direction(newest_first=True) == "DESC" else ""
    ordered = rows.order_by(f"{sign}requested_at", f"{sign}id")
    return page(list(ordered[: window.size + 1]), window)


def overdue(installation_id: UUID, *, before: datetime) -> int:
    """Return how many redemptions something should have been done about long ago."""
    rows = Redemption.objects.filter(installation_id=installation_id, due_at__lt=before)
    return rows.count()


def entitlements_of(member_ids: Collection[UUID], *, at: datetime) -> dict[UUID, list[Entitlement]]:
    """Return the rewards that members were given and can still use, those that end first first."""
    found: dict[UUID, list[Entitlement]] = {member_id: [] for member_id in member_ids}
    for row in _open_entitlements(member_ids, at)[: ENTITLEMENTS_MAX * len(found)]:
        found[row.member_id].append(row)
    return found


def _shown(installation_id: UUID) -> QuerySet[Redemption]:
    rows = Redemption.objects.filter(installation_id=installation_id)
    return rows.select_related("member", "partnercode").prefetch_related("uses")


def _segments(member_ids: Collection[UUID], at: datetime) -> dict[UUID, frozenset[str]]:
    told: dict[UUID, list[Fact]] = defaultdict(list)
    rows = MemberFact.objects.filter(member_id__in=member_ids, at__lte=at)
    for member_id, key, value, told_at in rows.values_list("member_id", "key", "value", "at"):
        told[member_id].append(Fact(key, value, told_at))
    paid = paid_segments(member_ids, at)
    return {
        member_id: segments_at(told[member_id], at) | paid[member_id] for member_id in member_ids
    }


def _order_counts(member_ids: Collection[UUID]) -> dict[UUID, int]:
    rows = Order.objects.filter(member_id__in=member_ids, paid_at__isnull=False)
    return dict(rows.values_list("member_id").annotate(Count("id")).order_by())


def _taken(member_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Taken]]:
    taken: dict[UUID, list[Taken]] = defaultdict(list)
    rows = Redemption.objects.filter(member_id__in=member_ids, status__in=_COUNTED)
    columns = ("member_id", "reward", "requested_at", "times")
    for member_id, *row in rows.order_by("-requested_at").values_list(*columns)[
        : TAKEN_MAX * len(member_ids)
    ]:
        taken[member_id].append(Taken(*row))
    return taken


def _given(member_ids: Collection[UUID], at: datetime) -> Mapping[UUID, Mapping[str, int]]:
    given: dict[UUID, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in _open_entitlements(member_ids, at):
        given[row.member_id][row.reward] += 1
    return {member_id: dict(counts) for member_id, counts in given.items()} | {
        member_id: {} for member_id in member_ids if member_id not in given
    }


def _open_entitlements(member_ids: Collection[UUID], at: datetime) -> QuerySet[Entitlement]:
    rows = Entitlement.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=at),
        member_id__in=member_ids, withdrawn_at=None, redemption=None,
    )  # fmt: skip
    return rows.order_by("expires_at", "id")
