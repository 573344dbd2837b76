"""Numbers, money, points and moments as people of the shop write them."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext, ngettext

from saleor_loyalty.programme.document import Programme, Worth
from saleor_loyalty.programme.earning_terms import Band
from saleor_loyalty.programme.parts import Period, Rate
from saleor_loyalty.programme.reward_terms import Steps
from saleor_loyalty.programme.tier_terms import Metric, Tiers

#: Of a longer list the rest is only counted.
LISTED_MAX = 12


class Units:
    """Writes amounts with the words and the time zone of one programme."""

    def __init__(self, document: Programme) -> None:
        self._unit = document.unit
        self._zone = _zone(document.timezone)

    def points(self, count: int) -> str:
        """Return so many points, as the shop calls them: `2 stars`."""
        names: Any = self._unit.translations.get(get_language() or "", self._unit)
        return f"{figure(count)} {names.one if count == 1 else names.many}"

    def money(self, amount: Decimal, currency: str) -> str:
        """Return an amount: `7.50 EUR`."""
        # Money has no 7.5: it has 7.50.
        return f"{figure(amount, digits_min=2)} {currency}"

    def rate(self, rate: Rate | Band, currency: str) -> str:
        """Return a rate: `2 points per 1 EUR`."""
        money = self.money(rate.per, currency)
        return gettext("%(points)s per %(money)s") % {
            "points": self.points(rate.points), "money": money
        }  # fmt: skip

    def worth(self, worth: Worth, currency: str) -> str:
        """Return what points are worth: `at least 5 EUR for 100 points`."""
        return gettext("at least %(money)s for %(points)s") % {
            "points": self.points(worth.points),
            "money": self.money(worth.money, currency),
        }

    def threshold(self, amount: Decimal, tiers: Tiers) -> str:
        """Return what a level is reached by: `500 EUR`."""
        if tiers.metric is Metric.MONEY and tiers.currency:
            return self.money(amount, tiers.currency)
        if tiers.metric is Metric.POINTS and amount == int(amount):
            return self.points(int(amount))
        return figure(amount)

    def moment(self, moment: datetime, *, is_end: bool = False) -> str:
        """Return a moment as people of the shop write it; a whole day is only its date."""
        local = moment.astimezone(self._zone)
        if local.time() != time():
            seconds = ":s" if local.second else ""
            return date_format(local, f"j F Y, H:i{seconds}")
        day = local.date() - timedelta(days=1) if is_end else local.date()
        return date_format(day, "j F Y")


def period(per: str) -> str:
    """Return how often: `a day`."""
    return {
        Period.DAY: gettext("a day"),
        Period.WEEK: gettext("a week"),
        Period.MONTH: gettext("a month"),
        Period.QUARTER: gettext("a quarter"),
        Period.YEAR: gettext("a year"),
        "ORDER": gettext("an order"),
        "EVER": gettext("in all"),
    }[per]


def steps_at_once(steps: Steps) -> str:
    """Return how often something can be had at once: `at least 5 times at once`."""
    usual, said = Steps(), []
    if steps.at_least != usual.at_least:
        text = ngettext(
            "at least %(times)s time at once", "at least %(times)s times at once", steps.at_least
        )
        said.append(text % {"times": figure(steps.at_least)})
    if steps.at_most != usual.at_most:
        text = ngettext(
            "at most %(times)s time at once", "at most %(times)s times at once", steps.at_most
        )
        said.append(text % {"times": figure(steps.at_most)})
    return ", ".join(said) or gettext("any number of times at once")


def figure(value: Decimal | int, *, digits_min: int = 0) -> str:
    """Return a number as it is written in the language that is active."""
    digits = 0
    if isinstance(value, Decimal):
        digits = max(0, -int(value.normalize().as_tuple().exponent))
    return number_format(value, max(digits, digits_min) if digits else 0, force_grouping=True)


def listed(texts: Sequence[str]) -> str:
    """Return texts as one, or the first of them and how many more there are."""
    said = list(texts[:LISTED_MAX])
    if len(texts) > len(said):
        said.append(gettext("%(count)s more") % {"count": len(texts) - len(said)})
    return ", ".join(said)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):  # of a document that nobody checked
        return ZoneInfo("UTC")
