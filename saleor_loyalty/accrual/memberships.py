"""When a member was a paying one, by what they bought and kept. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from saleor_loyalty.accrual.history import OrderEntry
from saleor_loyalty.earning.calendar import later
from saleor_loyalty.earning.keeping import kept_of, why_never_bought
from saleor_loyalty.earning.reckoning import Nothing
from saleor_loyalty.earning.terms import Terms
from saleor_loyalty.members.rules import Paid

#: The most memberships of one order that follow on each other.
PIECES_MAX = 100


@dataclass(slots=True)
class _Stretch:
    """A membership without a gap; `until` None: for life."""

    began: datetime
    until: datetime | None


def paid_memberships(
    bought: Iterable[tuple[OrderEntry, Terms]], given_back: Mapping[UUID, datetime]
) -> list[Paid]:
    """Return the memberships that orders bought, each from when the one before it ends.

    One that was given back was never bought; where its buyer keeps what they got for it, it ended
    when it was given back.

    :param bought: orders with their terms, the first order first.
    :param given_back: when that was, as far as it is known already.
    """
    paid = []
    running: dict[str, _Stretch] = {}
    for entry, terms in bought:
        pieces, kept = _pieces(entry, terms)
        if not pieces:
            continue
        membership = terms.document.membership
        assert membership
        segment = membership.segment or ""
        from_at, year_from = _start(running.get(segment), entry.at)
        months = membership.months and membership.months * (kept or pieces)
        until = later(from_at, terms.zone, months=months) if months else None
        ended = None
        if not kept:
            if not membership.refund_keeps_rewards:
                continue
            ended = given_back.get(entry.id, entry.order.changed_at)
            until = min(until, ended) if until else ended
            from_at = min(from_at, until)
        running[segment] = _Stretch(year_from, until)
        paid.append(Paid(entry.id, segment, from_at, until, year_from, ended))
    return paid


def _pieces(entry: OrderEntry, terms: Terms) -> tuple[int, int]:
    """Return how many memberships an order bought, and how many of them were kept."""
    membership = terms.document.membership
    lines = [
        line
        for line in entry.order.lines
        if membership and line.goods.product == membership.product
    ]
    if not lines:
        return 0, 0
    why = why_never_bought(entry.order, kept_of(entry.order, entry.charged_peak))
    if why is Nothing.NOT_A_SALE:
        return 0, 0
    bought = min(PIECES_MAX, sum([line.quantity for line in lines]))
    kept = (
        0 if why else min(PIECES_MAX, sum([line.quantity - line.quantity_gone for line in lines]))
    )
    return bought, kept


def _start(running: _Stretch | None, at: datetime) -> tuple[datetime, datetime]:
    """Return when a membership begins that was bought at `at`, and when the first one did that it
    continues.
    """
    if running is None or (running.until and running.until < at):
        return at, at
    return running.until or at, running.began
