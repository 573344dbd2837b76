"""Which rules apply to an order, and which nearly do. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from fractions import Fraction

from saleor_loyalty.earning.basket import Basket
from saleor_loyalty.earning.conditions import (
    is_between_dates,
    is_for_level,
    is_for_others,
    is_time_of_week,
)
from saleor_loyalty.earning.effects import Applying
from saleor_loyalty.earning.limits import allowance
from saleor_loyalty.earning.reckoning import Circumstances
from saleor_loyalty.earning.terms import ReadyRule, Terms

#: What began or ended so long ago, or begins so soon, is worth telling.
_SOON = timedelta(days=7)


class Fit(Enum):
    """How near a rule is to applying."""

    APPLIES = auto()
    # It would, but for one thing that is worth telling.
    ENDED = auto()
    BEGINS = auto()
    FOR_LEVEL = auto()
    TO_JOIN = auto()
    FAR = auto()


@dataclass(frozen=True, slots=True)
class Matched:
    """The rules that apply to an order, and those that nearly do."""

    applying: Sequence[Applying]
    missed: Sequence[tuple[Applying, Fit]]


def match_rules(basket: Basket, terms: Terms, who: Circumstances) -> Matched:
    """Try every rule; the everyday rate and the level's multiplier come first."""
    applying = list(_of_itself(basket, terms, who))
    missed = []
    for rule in terms.rules:
        fit = _fit(rule, basket, terms, who)
        if fit is Fit.FAR or (found := _applying(rule, basket, terms, who)) is None:
            continue
        if fit is Fit.APPLIES:
            applying.append(found)
        else:
            missed.append((found, fit))
    return Matched(applying, missed)


def level_of(
    level: str | None, basket: Basket, terms: Terms, who: Circumstances
) -> Applying | None:
    """Return what a level multiplies; None if that is nothing."""
    rule = terms.by_level.get(level) if level else None
    return _applying(rule, basket, terms, who) if rule and rule.extra else None


def _of_itself(basket: Basket, terms: Terms, who: Circumstances) -> Iterator[Applying]:
    if terms.everyday and (found := _applying(terms.everyday, basket, terms, who)):
        yield found
    if found := level_of(who.tier, basket, terms, who):
        yield found


def _applying(rule: ReadyRule, basket: Basket, terms: Terms, who: Circumstances) -> Applying | None:
    """Return the rule with the lines it counts; None if it counts nothing."""
    places = basket.meant_by(rule)
    share = basket.paid_by(rule.payment_methods) if rule.payment_methods else Fraction(1)
    if not (places and share):
        return None
    left = allowance(rule.id, rule.limits, basket.local, terms.zone, who, budget=rule.budget)
    return Applying(rule, places, share, left)


def _fit(rule: ReadyRule, basket: Basket, terms: Terms, who: Circumstances) -> Fit:
    """Tell how near a rule is to applying, whatever lines it counts."""
    if rule.is_unconditional:
        return Fit.APPLIES
    if not (_is_for_order(rule, basket, who) and is_time_of_week(rule.when, basket.local)):
        return Fit.FAR
    fits = [
        _fit_in_time(rule, basket),
        _fit_for_level(rule, terms, who),
        Fit.TO_JOIN if rule.opt_in and rule.id not in who.joined else Fit.APPLIES,
    ]
    misses = [fit for fit in fits if fit is not Fit.APPLIES]
    if len(misses) > 1:
        return Fit.FAR
    return misses[0] if misses else Fit.APPLIES


def _is_for_order(rule: ReadyRule, basket: Basket, who: Circumstances) -> bool:
    order = basket.order
    is_channel = not rule.channels or order.channel in rule.channels
    is_currency = not rule.currencies or order.currency in rule.currencies
    return is_channel and is_currency and is_for_others(rule.audience, who)


def _fit_for_level(rule: ReadyRule, terms: Terms, who: Circumstances) -> Fit:
    if is_for_level(rule.audience, who):
        return Fit.APPLIES
    above = terms.level_above(who.tier)
    return Fit.FOR_LEVEL if above and above.id in rule.audience.tiers else Fit.FAR


def _fit_in_time(rule: ReadyRule, basket: Basket) -> Fit:
    if is_between_dates(rule.when, basket.local):
        return Fit.APPLIES
    now, starts_at, ends_at = basket.local, rule.when.starts_at, rule.when.ends_at
    if ends_at and ends_at <= now:
        return Fit.ENDED if now - ends_at < _SOON else Fit.FAR
    return Fit.BEGINS if starts_at and starts_at - now <= _SOON else Fit.FAR
