"""What one rule gives for the lines it counts, exactly. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any

from saleor_loyalty.earning.amounts import Cells, Tally
from saleor_loyalty.earning.basket import Basket
from saleor_loyalty.earning.limits import UNBOUNDED, Allowance
from saleor_loyalty.earning.terms import ReadyRule
from saleor_loyalty.earning.writing import money, number, plain
from saleor_loyalty.programme.earning_terms import (
    Band,
    Bands,
    Bonus,
    Multiplier,
    PointsPerAmount,
    QuantityBonus,
    Threshold,
)
from saleor_loyalty.programme.parts import Rate

_NO_FACTS: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Applying:
    """A rule that applies to lines of an order, and what it may still give."""

    rule: ReadyRule
    places: Sequence[int]
    # Of the money for these lines, as it was paid.
    share: Fraction = Fraction(1)
    allowance: Allowance = UNBOUNDED

    @property
    def extra(self) -> Fraction:
        """Return what a multiplier adds, as a part of what there is."""
        return self.rule.extra if self.share == 1 else self.rule.extra * self.share


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule gives."""

    rule: str
    # What receipts call its kind, and itself.
    code: str
    named: Mapping[str, Any]
    cells: Cells
    total: Fraction
    # How often: bonuses can be given several times for one order.
    times: int = 1
    facts: Mapping[str, Any] = field(default_factory=dict)


def worth(applying: Applying, basket: Basket, before: Tally) -> Given | None:
    """Return what a rule gives by itself; None if that is nothing.

    :param before: what rates and bands give, for multipliers to work on.
    """
    if applying.rule.is_multiplier:
        return multiplied(applying, before)
    return earned(applying, basket)


def multiplied(applying: Applying, before: Tally, now: Tally | None = None) -> Given | None:
    """Return what a multiplier adds; None if that is nothing.

    :param now: what there is to lose by a factor below one, if other than `before`.
    """
    extra, rule = applying.extra, applying.rule
    if not extra or applying.allowance.nothing_left:
        return None
    base = before.of(applying.places)
    cells = base.times(extra)
    if extra < 0:
        cells = (now or before).at_most(cells)
    if not any(cells.parts):
        return None
    assert isinstance(rule.effect, Multiplier)
    facts = {"factor": number(rule.extra + 1), "of": number(base.total)}
    if applying.share != 1:
        facts["share"] = number(applying.share * 100)
    return _given(applying, cells, cells.total, facts=facts)


def earned(applying: Applying, basket: Basket) -> Given | None:
    """Return what any other rule gives; None if that is nothing."""
    if applying.allowance.nothing_left:
        return None
    weights = basket.weight(applying.places)
    weight = sum(weights)
    counted = weight * basket.scale
    if applying.share != 1:
        counted *= applying.share
    amount = _amount(applying, basket, counted)
    if not (counted and amount.points):
        return None
    # Spread over the lines by their money.
    cells = Cells(applying.places, weights, 1).times(amount.points / weight)
    return _given(applying, cells, amount.points, amount.times, amount.facts)


@dataclass(frozen=True, slots=True)
class _Amount:
    points: Fraction
    times: int = 1
    facts: Mapping[str, Any] = field(default_factory=dict)


_NOTHING = _Amount(Fraction(0))


def _amount(applying: Applying, basket: Basket, counted: Fraction) -> _Amount:
    """Return what so much money, and the pieces counted, are worth."""
    currency, effect = basket.order.currency, applying.rule.effect
    match effect:
        case PointsPerAmount():
            return _at_rate(effect.rates.get(currency), counted, currency)
        case Bands():
            return _stepped(effect.bands.get(currency, ()), counted, currency)
        case Threshold():
            return _for_reaching(effect, applying, counted, currency)
        case QuantityBonus():
            times = basket.pieces(applying.places) // effect.every
            return _repeated(effect.points, times, applying, {"every": effect.every})
        case Bonus():
            return _Amount(Fraction(effect.points))
        case Multiplier():
            raise AssertionError("a multiplier needs points to work on")


def _at_rate(rate: Rate | None, counted: Fraction, currency: str) -> _Amount:
    if rate is None:
        return _NOTHING
    facts = {"rate": rate.points, "per": plain(rate.per), **money(counted, currency)}
    per, of = rate.per.as_integer_ratio()
    # One fraction instead of several: every order comes along here.
    points = Fraction(counted.numerator * rate.points * of, counted.denominator * per)
    return _Amount(points, facts=facts)


def _stepped(bands: Sequence[Band], counted: Fraction, currency: str) -> _Amount:
    points, since, steps = Fraction(0), Fraction(0), []
    for band in bands:
        until = counted if band.up_to is None else min(counted, Fraction(band.up_to))
        if until <= since:
            break
        part = _at_rate(
            Rate.model_construct(points=band.points, per=band.per), until - since, currency
        )
        points += part.points
        steps.append(part.facts)
        since = until
    return _Amount(points, facts={"steps": steps})


def _for_reaching(
    effect: Threshold, applying: Applying, counted: Fraction, currency: str
) -> _Amount:
    threshold = effect.money.get(currency)
    if threshold is None:
        return _NOTHING
    times = floor(counted / Fraction(threshold))
    facts = {"money": plain(threshold), "currency": currency}
    return _repeated(effect.points, times if effect.repeats else min(times, 1), applying, facts)


def _repeated(points: int, wanted: int, applying: Applying, facts: Mapping[str, Any]) -> _Amount:
    bound = applying.allowance.times
    times = min(wanted, bound.left) if bound else wanted
    facts = {**facts, "each": points, "times": times}
    if bound and times < wanted:
        facts |= {"uncut": number(Fraction(points * wanted)), "limit": bound.facts}
    return _Amount(Fraction(points * times), times, facts)


def _given(
    applying: Applying,
    cells: Cells,
    total: Fraction,
    times: int = 1,
    facts: Mapping[str, Any] = _NO_FACTS,
) -> Given:
    """Cut what a rule gives to the points that are left to it."""
    rule, bound = applying.rule, applying.allowance.points
    if bound and total > bound.left:
        facts = {"uncut": number(total), **facts, "limit": bound.facts}
        cells, total = cells.times(bound.left / total), Fraction(bound.left)
    return Given(rule.id, rule.code, rule.named, cells, total, times, facts)
