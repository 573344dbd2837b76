"""The parts of a programme as phrases, in the language that is active."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, ngettext

from saleor_loyalty.programme import earning_terms as earning
from saleor_loyalty.programme.campaign_terms import Award
from saleor_loyalty.programme.changes.labels import label
from saleor_loyalty.programme.changes.units import Units, figure, listed, period, steps_at_once
from saleor_loyalty.programme.document import Programme, Worth
from saleor_loyalty.programme.parts import (
    Audience,
    Limit,
    Named,
    Part,
    Rate,
    Scope,
    Selection,
    When,
)
from saleor_loyalty.programme.reward_terms import Steps
from saleor_loyalty.programme.tier_terms import (
    CalendarYear,
    RollingMonths,
    SinceJoining,
    Tier,
    Tiers,
    Validity,
)
from saleor_loyalty.programme.timing_terms import Expiry, Maturity
from saleor_loyalty.programme.timing_terms import Moment as Maturation

TEXT_CHARACTERS_MAX = 255
#: Words whose number is one of points.
_POINTS = {
    *("points", "tier_points", "points_per_order", "budget", "at_least", "step"),
    *("advocate_points", "friend_points"),
}
#: Words that need no name before their value.
_PLAIN = {"points", "effect", "award", "when", "limits"}


class Phrases(Units):
    """Writes phrases with the words and the time zone of one programme."""

    def __init__(self, document: Programme) -> None:
        super().__init__(document)
        self._phrases: Mapping[type, Callable[[Any], str]] = {
            earning.PointsPerAmount: self._rates,
            earning.Bands: self._bands,
            earning.Multiplier: self._multiplier,
            earning.Bonus: self._bonus,
            earning.Threshold: self._threshold,
            earning.QuantityBonus: self._quantity_bonus,
            When: self._when,
            Audience: self._audience,
            Scope: self._scope,
            Limit: self._limit,
            Award: self._award,
            Steps: steps_at_once,
            RollingMonths: self._rolling_months,
            CalendarYear: lambda _window: gettext("the calendar year"),
            SinceJoining: lambda _window: gettext("all since joining"),
            Validity: self._validity,
        }

    def value(self, value: Any, word: str = "") -> str:
        """Return any value of a document; `word` is what it is the value of."""
        if value is None or value == () or value == {}:
            return gettext("nothing")
        if isinstance(value, bool):
            return gettext("yes") if value else gettext("no")
        if isinstance(value, int) and word in _POINTS:
            return self.points(value)
        if isinstance(value, int | Decimal):
            return figure(value)
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, tuple):
            return listed([self.value(each, word) for each in value])
        if isinstance(value, dict):
            return listed([self._entry(*each, word) for each in value.items()])
        return self._part(value) if isinstance(value, Part) else str(value)[:TEXT_CHARACTERS_MAX]

    def details(self, part: Part, *, without: Iterable[str] = ()) -> list[str]:
        """Return everything a part says that is not as always: `segment vip`."""
        return [
            self._detail(word, value)
            for word, field in type(part).model_fields.items()
            if word not in without
            and (value := getattr(part, word)) != field.get_default(call_default_factory=True)
        ]

    def described(self, part: Part) -> str:
        """Return a whole part, such as a rule: what it gives, on what, when, then all the rest."""
        first = ("effect", "award", "scope", "when")
        gives = [each for word in first for each in self._told(part, word)]
        rest = self.details(part, without=("id", "name", "translations", *first))
        return ", ".join([*([" ".join(gives)] if gives else []), *rest]) or gettext("as always")

    def level(self, level: Tier, tiers: Tiers) -> str:
        """Return a level: `“Gold” from 500 EUR`, with what it brings."""
        words = {"name": level.name, "threshold": self.threshold(level.threshold, tiers)}
        said = gettext("“%(name)s” from %(threshold)s") % words
        benefits = self.details(level.benefits)
        return f"{said} ({', '.join(benefits)})" if benefits else said

    def term(self, expiry: Expiry) -> str:
        """Return when points lapse: `after 12 months`."""
        if expiry.months:
            term = ngettext("after %(count)s month", "after %(count)s months", expiry.months)
        elif expiry.days:
            term = ngettext("after %(count)s day", "after %(count)s days", expiry.days)
        else:
            return gettext("never")
        said = [term % {"count": figure(expiry.months or expiry.days or 0)}]
        if expiry.counts_from == "LAST_ACT":
            acts = listed(expiry.acts)
            said.append(gettext("without an act (%(acts)s)") % {"acts": acts})
        if expiry.round_up_to:
            said.append(f"{label('round_up_to')} {expiry.round_up_to}")
        return ", ".join(said)

    def wait(self, maturity: Maturity) -> str:
        """Return when points become usable: `14 days after payment`."""
        is_payment = maturity.after is Maturation.PAYMENT
        since = gettext("payment") if is_payment else gettext("each parcel")
        if not maturity.days:
            return gettext("with %(since)s") % {"since": since}
        wait = ngettext(
            "%(count)s day after %(since)s", "%(count)s days after %(since)s", maturity.days
        )
        return wait % {"count": figure(maturity.days), "since": since}

    def _detail(self, word: str, value: Any) -> str:
        if value is True:
            return label(word)
        said = self.value(value, word)
        return said if word in _PLAIN else f"{label(word)} {said}"

    def _told(self, part: Part, word: str) -> list[str]:
        only = set(type(part).model_fields) - {word}
        return self.details(part, without=only)

    def _part(self, part: Part) -> str:
        if phrase := self._phrases.get(type(part)):
            return phrase(part)
        if isinstance(part, Named):
            return f"“{part.name}” ({self.described(part)})"
        return ", ".join(self.details(part)) or gettext("as always")

    def _entry(self, key: str, value: Any, word: str) -> str:
        if isinstance(value, Rate | earning.Band):
            return self.rate(value, key)
        if isinstance(value, Worth):
            return self.worth(value, key)
        if isinstance(value, Decimal):
            return self.money(value, key)
        return f"{key} {self.value(value, word)}"

    def _rates(self, effect: earning.PointsPerAmount) -> str:
        rates = [self.rate(rate, currency) for currency, rate in effect.rates.items()]
        return listed(rates)

    def _bands(self, effect: earning.Bands) -> str:
        bands = [
            self._band(band, currency) for currency, bands in effect.bands.items() for band in bands
        ]
        return listed(bands)

    def _band(self, band: earning.Band, currency: str) -> str:
        words = {"rate": self.rate(band, currency)}
        if band.up_to is None:
            return gettext("%(rate)s beyond") % words
        return gettext("%(rate)s up to %(money)s") % {
            **words, "money": self.money(band.up_to, currency)
        }  # fmt: skip

    def _multiplier(self, effect: earning.Multiplier) -> str:
        return f"{figure(effect.factor)} ×"

    def _bonus(self, effect: earning.Bonus) -> str:
        return gettext("%(points)s for an order") % {"points": self.points(effect.points)}

    def _threshold(self, effect: earning.Threshold) -> str:
        amounts = [self.money(amount, currency) for currency, amount in effect.money.items()]
        words = {"points": self.points(effect.points), "money": listed(amounts)}
        if effect.repeats:
            return gettext("%(points)s for each %(money)s") % words
        return gettext("%(points)s from %(money)s on") % words

    def _quantity_bonus(self, effect: earning.QuantityBonus) -> str:
        words = {"points": self.points(effect.points), "every": figure(effect.every)}
        return (
            ngettext(
                "%(points)s for each piece", "%(points)s for every %(every)s pieces", effect.every
            )
            % words
        )

    def _rolling_months(self, window: RollingMonths) -> str:
        last = ngettext("the last %(count)s month", "the last %(count)s months", window.months)
        return last % {"count": figure(window.months)}

    def _validity(self, validity: Validity) -> str:
        months = f" {figure(validity.months)}" if validity.months else ""
        return f"{validity.until}{months}"

    def _award(self, award: Award) -> str:
        points = [self.points(award.points)] if award.points else []
        rewards = [f"{label('reward')} {award.reward}"] if award.reward else []
        return ", ".join([*points, *rewards])

    def _limit(self, limit: Limit) -> str:
        words = {"most": self.points(limit.points or 0), "period": period(limit.per)}
        said = [gettext("at most %(most)s %(period)s") % words] if limit.points else []
        if limit.times:
            times = ngettext(
                "at most once %(period)s", "at most %(times)s times %(period)s", limit.times
            )
            said.append(times % {"times": figure(limit.times), "period": period(limit.per)})
        return ", ".join(said)

    def _scope(self, scope: Scope) -> str:
        said = [self._selection(scope.only)] if scope.only != Selection() else []
        if not said:
            said = [gettext("all goods")]
        if scope.without != Selection():
            left_out = self._selection(scope.without)
            said.append(gettext("without %(goods)s") % {"goods": left_out})
        return ", ".join([*said, *([label("full_price_only")] if scope.full_price_only else [])])

    @staticmethod
    def _selection(selection: Selection) -> str:
        said = {
            gettext("category %(names)s"): selection.categories,
            gettext("collection %(names)s"): selection.collections,
            gettext("product %(names)s"): selection.products,
            gettext("product type %(names)s"): selection.product_types,
            gettext("SKU %(names)s"): selection.skus,
        }
        return ", ".join(text % {"names": listed(names)} for text, names in said.items() if names)

    def _audience(self, audience: Audience) -> str:
        said = []
        if audience.tiers:
            levels = listed(audience.tiers)
            said.append(gettext("members of level %(names)s") % {"names": levels})
        if audience.segments:
            segments = listed(audience.segments)
            said.append(gettext("members in segment %(names)s") % {"names": segments})
        if audience.order_numbers:
            numbers = listed([figure(each) for each in audience.order_numbers])
            said.append(gettext("order number %(numbers)s") % {"numbers": numbers})
        if audience.from_order:
            number = figure(audience.from_order)
            said.append(gettext("every order from number %(number)s on") % {"number": number})
        if audience.every_order:
            number = figure(audience.every_order)
            said.append(gettext("one order in %(number)s") % {"number": number})
        return ", ".join(said) or gettext("everybody")

    def _when(self, when: When) -> str:
        return " ".join(self._times(when)) or gettext("always")

    def _times(self, when: When) -> Iterator[str]:
        if when.starts_at:
            yield gettext("from %(moment)s") % {"moment": self.moment(when.starts_at)}
        if when.ends_at:
            yield gettext("to %(moment)s") % {"moment": self.moment(when.ends_at, is_end=True)}
        if when.weekdays:
            days = [str(WEEKDAYS[number - 1]) for number in when.weekdays]
            yield gettext("on %(days)s") % {"days": listed(days)}
        if when.from_time:
            yield gettext("from %(time)s on") % {"time": when.from_time}
        if when.until_time:
            yield gettext("until %(time)s") % {"time": when.until_time}
