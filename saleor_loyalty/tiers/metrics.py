"""What a member did, in the number that levels are reached by. Pure."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

from saleor_loyalty.earning.calendar import period_end
from saleor_loyalty.members.rules import MEMBERSHIP, Fact
from saleor_loyalty.programme.parts import Period
from saleor_loyalty.programme.tier_terms import Metric, RollingMonths, Tiers
from saleor_loyalty.tiers.calendar import INSTANT, months_before
from saleor_loyalty.tiers.values import Deed

TOLD = frozenset({Metric.ATTRIBUTE, Metric.MEMBERSHIP})
_FINE = Decimal("0.0001")


class Tally:
    """Deeds in the order in which they happen, summed up as they come; and facts."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._facts: defaultdict[str, list[Fact]] = defaultdict(list)
        for fact in sorted(facts, key=lambda fact: fact.at):
            self._facts[fact.key].append(fact)
        self._moments: list[datetime] = []
        # Sums before each deed, and after the last.
        self._sums: dict[Metric, list[Decimal]] = {
            metric: [Decimal(0)] for metric in (Metric.MONEY, Metric.POINTS, Metric.ORDERS)
        }
        self._orders: list[datetime] = []
        self._visits: dict[ZoneInfo, _Visits] = {}

    def add(self, deed: Deed) -> None:
        """Count a deed, the latest so far."""
        self._moments.append(deed.at)
        if deed.is_order:
            self._orders.append(deed.at)
        for metric, amount in (
            (Metric.MONEY, deed.money),
            (Metric.POINTS, Decimal(deed.points)),
            (Metric.ORDERS, Decimal(deed.is_order)),
        ):
            sums = self._sums[metric]
            sums.append(sums[-1] + amount)

    def value(
        self, tiers: Tiers, zone: ZoneInfo, *, since: datetime | None, at: datetime
    ) -> Decimal:
        """Return the number that counts at `at`, of what was done from `since` on."""
        if tiers.metric is Metric.MEMBERSHIP:
            paid = self._latest(MEMBERSHIP, at)
            return max(paid, Decimal(1)) if paid else Decimal(0)
        if tiers.metric is Metric.ATTRIBUTE:
            return self._attribute(tiers, zone, at)
        if tiers.metric is Metric.VISITS:
            return Decimal(self._visits_in(zone).count(since))
        sums = self._sums[tiers.metric]
        return sums[-1] - sums[bisect_left(self._moments, since) if since else 0]

    def is_moving(self, tiers: Tiers, zone: ZoneInfo, at: datetime) -> bool:
        """Tell whether the number may grow in the month after `at` though nothing happens.

        An average does, until the last change is older than what it is an average of.
        """
        if tiers.metric is not Metric.ATTRIBUTE or not isinstance(tiers.window, RollingMonths):
            return False
        start = months_before(period_end(Period.MONTH, at, zone), tiers.window.months + 1, zone)
        return any(start < fact.at <= at for fact in self._facts.get(tiers.attribute or "", ()))

    def _latest(self, key: str, at: datetime) -> Decimal:
        """Return the latest number told; what is not known is 0."""
        told = self._facts.get(key, [])
        index = bisect_right(told, at, key=lambda fact: fact.at)
        return (told[index - 1].value if index else None) or Decimal(0)

    def _attribute(self, tiers: Tiers, zone: ZoneInfo, at: datetime) -> Decimal:
        key = tiers.attribute or ""
        if not isinstance(tiers.window, RollingMonths):
            return self._latest(key, at)
        start = months_before(at, tiers.window.months, zone)
        changes = [fact.at for fact in self._facts.get(key, ()) if start < fact.at < at]
        # Times what lasted: an average weighted by time, exactly.
        area = sum(
            (
                Fraction(self._latest(key, since)) * ((until - since) // INSTANT)
                for since, until in pairwise([start, *changes, at])
            ),
            Fraction(0),
        )
        average = area / ((at - start) // INSTANT)
        return _rounded_down(average)

    def _visits_in(self, zone: ZoneInfo) -> "_Visits":
        visits = self._visits.setdefault(zone, _Visits(zone))
        visits.catch_up(self._orders)
        return visits


class _Visits:
    """Days with an order, by the clocks of one time zone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._seen = 0
        self._day: date | None = None
        # The last order of each day.
        self._moments: list[datetime] = []

    def catch_up(self, orders: list[datetime]) -> None:
        """Count the orders that came since the last time."""
        for at in orders[self._seen :]:
            day = at.astimezone(self._zone).date()
            if day == self._day:
                self._moments[-1] = at
            else:
                self._moments.append(at)
            self._day = day
        self._seen = len(orders)

    def count(self, since: datetime | None) -> int:
        """Return on how many days there was an order from `since` on."""
        return len(self._moments) - (bisect_left(self._moments, since) if since else 0)


def _rounded_down(number: Fraction) -> Decimal:
    """Return a number as fine as thresholds are, which does not reach one that it should not."""
    fine = Fraction(_FINE)
    return (Decimal(number // fine) * _FINE).quantize(_FINE, rounding=ROUND_DOWN)
