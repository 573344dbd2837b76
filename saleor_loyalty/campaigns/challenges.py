"""Reach a target within a period, or in several running."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from saleor_loyalty.campaigns.purchases import Purchase
from saleor_loyalty.earning.calendar import bucket, period_start
from saleor_loyalty.programme.campaign_terms import Challenge, Goal
from saleor_loyalty.programme.parts import Period


@dataclass(slots=True)
class Run:
    """A member's run at one challenge."""

    # What counts, since the beginning of the period, less what completions took.
    amount: Fraction = Fraction(0)
    categories: set[str] = field(default_factory=set)
    # How often it was completed: in all, and in the period.
    completed: int = 0
    completed_in_period: int = 0
    # The period of the last purchase that counted, and its day.
    period: str = ""
    day: str = ""
    # Periods running in which the target was reached, up to and with that one.
    in_a_row: int = 0
    reached_in: str = ""
    _measure: tuple[str, str | None] = ("", None)

    def add(self, terms: Challenge, purchase: Purchase, zone: ZoneInfo) -> int:
        """Count a purchase, no earlier than the last one; return how often it completed."""
        self._turn_to(terms, purchase.at, zone)
        self.amount += self._worth(terms, purchase, zone)
        times = self._rows(terms, purchase, zone) if terms.in_a_row > 1 else self._times(terms)
        self.completed += times
        self.completed_in_period += times
        return times

    def amount_at(self, terms: Challenge, at: datetime, zone: ZoneInfo) -> Fraction:
        """Return what counts at a later moment: periods begin at nothing."""
        is_running = self.period == _period(terms, at, zone) and self._measure == _measure(terms)
        return self.amount if is_running else Fraction(0)

    def in_a_row_at(self, terms: Challenge, at: datetime, zone: ZoneInfo) -> int:
        """Return the periods running in which the target was reached, as long as it can go on."""
        if terms.period is None:
            return 0
        is_alive = self.reached_in in {
            _period(terms, at, zone),
            _period_before(terms.period, at, zone),
        }
        return self.in_a_row if is_alive else 0

    def is_over(self, terms: Challenge, at: datetime, zone: ZoneInfo) -> bool:
        """Tell whether nothing more can be won, for the time being or at all."""
        if terms.recurs == "ONCE":
            return self.completed > 0
        is_this_period = self.period == _period(terms, at, zone)
        return terms.recurs == "EACH_PERIOD" and is_this_period and self.completed_in_period > 0

    def _turn_to(self, terms: Challenge, at: datetime, zone: ZoneInfo) -> None:
        """Begin at nothing in a new period, or where something else is counted than before."""
        period = _period(terms, at, zone)
        if period != self.period or _measure(terms) != self._measure:
            self.amount, self.categories = Fraction(0), set()
        if period != self.period:
            self.completed_in_period = 0
        self.period, self._measure = period, _measure(terms)

    def _worth(self, terms: Challenge, purchase: Purchase, zone: ZoneInfo) -> Fraction:
        match terms.goal:
            case Goal.ORDERS:
                return Fraction(1)
            case Goal.VISITS:
                return self._new_days(purchase, zone)
            case Goal.MONEY:
                return _money(terms, purchase)
            case Goal.PIECES:
                return Fraction(purchase.pieces)
            case Goal.CATEGORIES:
                return self._new_categories(purchase)

    def _new_days(self, purchase: Purchase, zone: ZoneInfo) -> Fraction:
        today = bucket(Period.DAY, purchase.at, zone)
        is_new, self.day = today != self.day, today
        return Fraction(is_new)

    def _new_categories(self, purchase: Purchase) -> Fraction:
        known = len(self.categories)
        self.categories |= purchase.categories
        return Fraction(len(self.categories) - known)

    def _times(self, terms: Challenge) -> int:
        """Return how often the target is reached now and was not before."""
        times = int(self.amount // Fraction(terms.target))
        if terms.recurs == "EACH_COMPLETION":
            self.amount -= times * Fraction(terms.target)
            return times
        is_new = not (self.completed if terms.recurs == "ONCE" else self.completed_in_period)
        return int(times > 0 and is_new)

    def _rows(self, terms: Challenge, purchase: Purchase, zone: ZoneInfo) -> int:
        """Return 1 if the target was reached now in enough periods running, else 0."""
        period = terms.period
        if period is None or self.reached_in == self.period or self.amount < terms.target:
            return 0
        goes_on = self.reached_in == _period_before(period, purchase.at, zone)
        self.in_a_row = self.in_a_row + 1 if goes_on else 1
        self.reached_in = self.period
        if self.in_a_row < terms.in_a_row or (terms.recurs == "ONCE" and self.completed):
            return 0
        if terms.recurs == "EACH_COMPLETION":
            self.in_a_row = 0
        return 1


def _measure(terms: Challenge) -> tuple[str, str | None]:
    return terms.goal.value, terms.currency


def _money(terms: Challenge, purchase: Purchase) -> Fraction:
    """Return what was spent in the challenge's currency: others cannot be compared with it."""
    return purchase.money if purchase.basket.currency == terms.currency else Fraction(0)


def _period(terms: Challenge, at: datetime, zone: ZoneInfo) -> str:
    return bucket(terms.period, at, zone) if terms.period else "EVER"


def _period_before(period: Period, at: datetime, zone: ZoneInfo) -> str:
    return bucket(period, period_start(period, at, zone) - timedelta(microseconds=1), zone)
