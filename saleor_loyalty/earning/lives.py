"""When an entry's points become available, and when they are planned to lapse. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from saleor_loyalty.earning.calendar import later, rounded_up
from saleor_loyalty.earning.reckoning import Circumstances, Reckoning
from saleor_loyalty.earning.sharing import shared_out
from saleor_loyalty.earning.terms import Terms
from saleor_loyalty.gateways.saleor.orders import OrderLine, OrderState
from saleor_loyalty.ledger.book import Life
from saleor_loyalty.ledger.convergence import Part
from saleor_loyalty.programme.timing_terms import Moment, OwnWindow

#: Points by the moment they become available; None: not known yet.
_Due = Iterable[tuple[datetime | None, int]]


def parts(
    order: OrderState,
    reckoning: Reckoning,
    terms: Terms,
    who: Circumstances,
    *,
    paid_at: datetime | None,
) -> tuple[Part, ...]:
    """Return the points of an order by their lives.

    What a line earned is shared out over its parcels by pieces; what no line earned alone waits
    for the last of all. Points of goods not sent yet have no date.
    """
    by_line: Counter[str] = Counter()
    for allocation in reckoning.allocations:
        by_line[allocation.line] += allocation.points
    due: Counter[datetime | None] = Counter()
    for line, points in by_line.items():
        for matures_at, share in _due(order, line, points, terms, who, paid_at):
            due[matures_at] += share
    lived = _without_debts(due)
    return tuple(
        [
            Part(points, _life(matures_at, order.created_at, terms, who))
            for matures_at, points in lived
        ]
    )


def event_parts(
    reckoning: Reckoning, terms: Terms, who: Circumstances, *, at: datetime
) -> tuple[Part, ...]:
    """Return the points of something other than an order, which are available at once."""
    if not reckoning.points:
        return ()
    return (Part(reckoning.points, _life(at, at, terms, who)),)


def _due(
    order: OrderState,
    name: str,
    points: int,
    terms: Terms,
    who: Circumstances,
    paid_at: datetime | None,
) -> _Due:
    line = next((line for line in order.lines if line.id == name), None)
    days = _days(line, order.channel, terms, who)
    if terms.document.maturity.after is Moment.PAYMENT:
        return [(_matures_at(paid_at, days, terms), points)]
    if line is None:
        return [(_matures_at(_all_sent_at(order), days, terms), points)]
    sent = [(_matures_at(parcel.sent_at, days, terms), parcel.quantity) for parcel in line.parcels]
    waiting = line.quantity - line.quantity_gone - sum(pieces for _, pieces in sent)
    shares = shared_out(points, [*[pieces for _, pieces in sent], max(0, waiting)])
    return list(zip([*[matures_at for matures_at, _ in sent], None], shares, strict=True))


def _days(line: OrderLine | None, channel: str, terms: Terms, who: Circumstances) -> int:
    """Return the days that points of a line wait: the shortest of those promised."""
    maturity = terms.document.maturity
    windows = (window.days for window in maturity.windows if _fits(window, line, channel))
    promised = [next(windows, maturity.days)]
    if maturity.trusted and who.order_number > maturity.trusted.orders:
        promised.append(maturity.trusted.days)
    level = terms.level(who.tier)
    if level and level.benefits.maturity_days is not None:
        promised.append(level.benefits.maturity_days)
    return min(promised)


def _fits(window: OwnWindow, line: OrderLine | None, channel: str) -> bool:
    if window.channels and channel not in window.channels:
        return False
    kind = line.goods.product_type if line else None
    return not window.product_types or kind in window.product_types


def _all_sent_at(order: OrderState) -> datetime | None:
    """Return when the last parcel left, if everything kept is in one."""
    lines = [line for line in order.lines if not line.is_gift]
    is_waiting = any(
        sum(parcel.quantity for parcel in line.parcels) < line.quantity - line.quantity_gone
        for line in lines
    )
    sent = [parcel.sent_at for line in lines for parcel in line.parcels]
    return None if is_waiting else max(sent, default=None)


def _matures_at(since: datetime | None, days: int, terms: Terms) -> datetime | None:
    if since is None:
        return None
    due = later(since, terms.zone, days=days)
    return rounded_up(due, terms.document.maturity.round_up_to, terms.zone)


def _life(matures_at: datetime | None, at: datetime, terms: Terms, who: Circumstances) -> Life:
    level = terms.level(who.tier)
    if matures_at is None or (level and not level.benefits.points_expire):
        return Life(matures_at)
    return Life(matures_at, lapses_at=_lapses_at(matures_at, at, terms))


def _lapses_at(matures_at: datetime, at: datetime, terms: Terms) -> datetime | None:
    """Return when points lapse that were earned at `at`, if nothing extends their life."""
    expiry = terms.document.expiry
    if expiry.days is None and expiry.months is None:
        return None
    starts = [at, matures_at] if expiry.counts_from == "LAST_ACT" else [matures_at]
    ends = (_end(since, terms) for since in starts)
    # They must not lapse before they can be used.
    return next((end for end in ends if end > matures_at), None)


def _end(since: datetime, terms: Terms) -> datetime:
    expiry = terms.document.expiry
    end = later(since, terms.zone, days=expiry.days or 0, months=expiry.months or 0)
    return rounded_up(end, expiry.round_up_to, terms.zone)


def _without_debts(due: Counter[datetime | None]) -> Iterator[tuple[datetime | None, int]]:
    """Return points by date, the earliest first, without any below nothing.

    Factors below one may, by rounding, take a point more from a line than others gave it: others
    give it back, those with most of them first.
    """
    debt = -sum(points for points in due.values() if points < 0)
    left = {moment: max(0, points) for moment, points in due.items()}
    for moment in sorted(left, key=lambda each: (-left[each], _order(each))):
        taken = min(debt, left[moment])
        left[moment] -= taken
        debt -= taken
    for moment in sorted(left, key=_order):
        if left[moment]:
            yield moment, left[moment]


def _order(moment: datetime | None) -> tuple[bool, float]:
    return moment is None, moment.timestamp() if moment else 0.0
