"""Orders that carry a redemption's code: each is paid with points, none twice, none for nothing.

Nothing depends on which order was heard of first, or how often. What an order should be charged
follows from its state; what was charged before is made up to that, or given back. Saleor lets
checkouts that complete at the same moment use one single-use code several times: each further
order is charged the same points again, into debt if need be, and shown to staff.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db import connection

from saleor_loyalty.earning.keeping import peak_charged
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.keys import member_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.queries import document_of
from saleor_loyalty.programme.reward_terms import Redeeming
from saleor_loyalty.redemptions import facts, rules, stock
from saleor_loyalty.redemptions.models import Redemption, RedemptionUse
from saleor_loyalty.redemptions.rules import Of, Ordered
from saleor_loyalty.rewards.values import Means
from saleor_loyalty.sql import fetch

Status = Redemption.Status
Flag = RedemptionUse.Flag

#: Ended, and of no use to anybody any more.
CLOSED = (Status.RESTORED, Status.VOIDED, Status.EXPIRED)

_CONCERNED = """
SELECT id, member_id FROM loyalty_redemption
WHERE installation_id = %s AND code = ANY(%s) AND code <> ''
UNION
SELECT id, member_id FROM loyalty_redemption
WHERE installation_id = %s AND mark = ANY(%s) AND mark <> ''
UNION
SELECT id, member_id FROM loyalty_redemption
WHERE installation_id = %s AND saleor_id = ANY(%s) AND saleor_id <> ''
UNION
SELECT redemption.id, redemption.member_id
FROM loyalty_redemptionuse AS used JOIN loyalty_redemption AS redemption
  ON redemption.id = used.redemption_id
WHERE used.installation_id = %s AND used.order_id = ANY(%s)
UNION
SELECT id, member_id FROM loyalty_redemption
WHERE member_id = ANY(%s) AND means = 'GIFT_CARD' AND status IN ('ISSUED', 'USED')
"""


def concerned(installation_id: UUID, orders: Iterable[Ordered]) -> dict[UUID, UUID]:
    """Return the redemptions that orders use or have used, and whose each is.

    Their members are to be locked together with the buyers, before `record`.
    """
    states = [order.state for order in orders]
    return dict(
        fetch(
            _CONCERNED,
            [
                installation_id,
                [code for state in states for code in state.codes],
                installation_id,
                [mark for state in states for mark in rules.marks(state)],
                installation_id,
                [card for state in states for card in state.gift_cards],
                installation_id,
                [state.saleor_id for state in states],
                # Saleor does not list a gift card that pays as a transaction does.
                [
                    member_key(installation_id, state.user_id)
                    for state in states
                    if state.user_id and state.charged_to_gift_cards > 0
                ],
            ],
        )
    )


def ordered(installation_id: UUID, states: Sequence[OrderState]) -> list[Ordered]:
    """Return orders as Saleor answered them, with the most that was ever charged for each."""
    rows = Order.objects.filter(
        installation_id=installation_id, saleor_id__in=[state.saleor_id for state in states]
    )
    peaks = dict(rows.values_list("saleor_id", "charged_peak"))
    return [
        Ordered(state, max(peak_charged(state), peaks.get(state.saleor_id, Decimal(0))))
        for state in states
    ]


def record(redemption_ids: Collection[UUID], orders: Sequence[Ordered], *, at: datetime) -> None:
    """Charge what these orders used of the redemptions, and give back what they no longer do.

    The caller has a transaction open, and the redemptions' members locked.
    """
    if not redemption_ids:
        return
    assert connection.in_atomic_block, "points move in a transaction only"
    for redemption in lock(redemption_ids):
        uses = _note(redemption, orders, at)
        is_back = _take_again(redemption, uses)
        if redemption.means == Means.GIFT_CARD:
            # What was drawn from it only the card itself tells.
            redemption.due_at = at
        else:
            for use, points in zip(uses, _prices(redemption, uses), strict=True):
                _charge(redemption, use, rules.points_for(points, Fraction(use.share)), at)
        _flag(redemption, uses)
        finish(redemption, uses, at=at, is_back=is_back)


def lock(redemption_ids: Collection[UUID]) -> list[Redemption]:
    """Lock redemptions, everywhere in the same order."""
    rows = Redemption.objects.select_for_update(of=("self",)).filter(id__in=redemption_ids)
    # Rewards before keys, as their stock is locked along with them.
    return list(rows.select_related("member").order_by("reward", "id"))


def uses_of(redemption: Redemption) -> list[RedemptionUse]:
    """Return the orders that use a redemption, the first one first."""
    return list(redemption.uses.order_by("ordered_at", "order_id"))


def charge_card(
    redemption: Redemption, uses: Sequence[RedemptionUse], *, worth: Fraction, at: datetime
) -> None:
    """Charge what a gift card was worth to its member, as `rules.worth_of_card` has it.

    A card is one account for all its orders: one of them carries the points.
    """
    account = next((use for use in uses if use.charges), None)
    account = account or next((use for use in uses if use.discount), None)
    if account is None or not redemption.amount:
        return
    share = min(Fraction(1), worth / Fraction(redemption.amount))
    _charge(redemption, account, rules.points_for(redemption.points, share), at)


def finish(
    redemption: Redemption,
    uses: Sequence[RedemptionUse],
    *,
    at: datetime,
    is_back: bool = False,
) -> None:
    """Bring the status to what the uses say, and save.

    A redemption that is used no longer closes; one all of whose uses were undone is restored.

    :param is_back: what it took was taken again already.
    """
    if any(_counts(redemption, use) for use in uses):
        if not is_back:
            _take_again(redemption, uses)
        if redemption.status != Status.USED:
            redemption.status, redemption.closing_as = Status.USED, ""
            redemption.used_at, redemption.closed_at = redemption.used_at or at, None
            redemption.due_at = at
    elif uses and redemption.status == Status.USED:
        redemption.status, redemption.closed_at, redemption.due_at = Status.RESTORED, at, at
        stock.put_back(redemption)
    if any(use.flag and use.reported_at is None for use in uses):
        redemption.due_at = at
    redemption.save()


def terms_of(redemption: Redemption) -> Redeeming:
    """Return the terms a redemption was made under."""
    return document_of(redemption.programme_version_id).redeeming


def _note(redemption: Redemption, orders: Sequence[Ordered], at: datetime) -> list[RedemptionUse]:
    """Write down which of the orders use the redemption, and how much of each stayed."""
    terms, of = terms_of(redemption), Of(redemption.facts["of"])
    known = {use.order_id: use for use in uses_of(redemption)}
    for order in orders:
        state, use = order.state, known.get(order.state.saleor_id)
        is_used = (
            redemption.code in state.codes
            or redemption.mark in rules.marks(state)
            or redemption.saleor_id in state.gift_cards
        )
        share = rules.share_kept(order, terms, of) if is_used else Fraction(0)
        if use and state.changed_at < use.state_at:
            continue
        if use is None:
            is_card = is_used and redemption.means == Means.GIFT_CARD
            if not share and not is_card:
                # Not seen alive: nothing was ever charged for it. What was drawn from a card was.
                continue
            use = known[state.saleor_id] = RedemptionUse(
                installation_id=redemption.installation_id,
                redemption=redemption,
                order_id=state.saleor_id,
                ordered_at=state.created_at,
                recorded_at=at,
            )
        use.order_number, use.currency = state.number, state.currency
        use.state_at = state.changed_at
        use.share, use.is_live = str(share), bool(share)
        use.is_by_other = state.user_id != redemption.member.saleor_user_id
        if redemption.means == Means.VOUCHER:
            use.discount = state.voucher_discount
        use.save()
    return sorted(known.values(), key=lambda use: (use.ordered_at, use.order_id))


def _take_again(redemption: Redemption, uses: Sequence[RedemptionUse]) -> bool:
    """Take what a redemption had put back that is used after all; tell whether it is so.

    What it was given for may have gone elsewhere meanwhile: then it is paid for.
    """
    is_back = redemption.status in CLOSED and any(_counts(redemption, use) for use in uses)
    if is_back:
        stock.take(redemption)
        # That its time has passed meanwhile is no matter: it had not when it was taken.
        if not stock.take_given(redemption, redemption.requested_at):
            redemption.facts["is_given"] = False
    return is_back


def _prices(redemption: Redemption, uses: Sequence[RedemptionUse]) -> list[int]:
    """Return what the reward costs in each order: what was given was given once."""
    first = next((use for use in uses if use.is_live), None)
    again = redemption.points or redemption.facts["price"] or 0
    once = 0 if redemption.facts["is_given"] else again
    return [once if use is first else again for use in uses]


def _charge(redemption: Redemption, use: RedemptionUse, target: int, at: datetime) -> None:
    """Post what is between the points an order was charged and those it should be."""
    if target > use.points or (use.is_live and is_held(redemption)):
        _charge_more(redemption, use, target, at)
    if target < use.points:
        _give_back(redemption, use, use.points - target, at)
    use.save(update_fields=["points", "charges", "postings"])


def _charge_more(redemption: Redemption, use: RedemptionUse, target: int, at: datetime) -> None:
    if is_held(redemption):
        # All of it is spent; what this order is not to be charged goes back right away.
        points = redemption.points
        posting_id = spend_hold(redemption, at=at, order=use.order_number)
    else:
        points = target - use.points
        posting_id = ledger.charge(
            member_id=redemption.member_id,
            points=points,
            key=_next_key(use),
            reason=facts.reason("REDEMPTION_CHARGED", redemption, order=use.order_number),
            at=at,
        )
    use.charges.append([str(posting_id), points, 0])
    use.points += points


def _give_back(redemption: Redemption, use: RedemptionUse, points: int, at: datetime) -> None:
    """Return points to the lots they came from, the last ones charged first."""
    grace = timedelta(days=terms_of(redemption).grace_days)
    for charge in reversed(use.charges):
        posting_id, charged, back = charge
        part = min(points, charged - back)
        if part:
            ledger.give_back(
                spend_id=UUID(posting_id),
                points=part,
                key=_next_key(use),
                reason=facts.reason("REDEMPTION_RETURNED", redemption, order=use.order_number),
                at=at,
                grace_until=at + grace,
            )
            charge[2] += part
            use.points -= part
            points -= part


def is_held(redemption: Redemption) -> bool:
    """Tell whether its points are held, and neither spent nor free again."""
    # Once it was used or closed, whatever was held is settled: its orders are charged anew.
    is_open = redemption.status in (Status.REQUESTED, Status.ISSUED)
    return is_open and redemption.hold_id is not None and redemption.spend_id is None


def spend_hold(redemption: Redemption, *, at: datetime, order: str = "") -> UUID:
    """Spend what a redemption holds; return the posting."""
    assert redemption.hold_id
    redemption.spend_id = ledger.spend_held(
        hold_id=redemption.hold_id,
        key=f"redemption:{redemption.id}:spend",
        reason=facts.reason("REDEMPTION", redemption, order=order),
        at=at,
    )
    return redemption.spend_id


def _counts(redemption: Redemption, use: RedemptionUse) -> bool:
    # Saleor lists a gift card on orders that drew nothing from it, too.
    return use.is_live and (redemption.means != Means.GIFT_CARD or use.discount > 0)


def _next_key(use: RedemptionUse) -> str:
    use.postings += 1
    return f"redemption:{use.id}:{use.postings}"


def _flag(redemption: Redemption, uses: Sequence[RedemptionUse]) -> None:
    """Mark what staff should look at; what was marked once stays until they have."""
    if redemption.means == Means.GIFT_CARD:
        # Nobody else can use it, and nobody can use it twice.
        return
    terms, live = terms_of(redemption), [use for use in uses if use.is_live]
    is_unpaid = not (redemption.points or redemption.facts["price"] or redemption.facts["is_given"])
    for number, use in enumerate(live):
        if use.flag:
            continue
        if number or is_unpaid:
            use.flag, policy = Flag.USED_AGAIN, terms.used_again
        elif use.is_by_other and terms.used_by_others != "ALLOW":
            use.flag, policy = Flag.USED_BY_OTHER, terms.used_by_others
        else:
            continue
        use.is_to_stop = policy == "VOID"
        use.save(update_fields=["flag", "is_to_stop"])
