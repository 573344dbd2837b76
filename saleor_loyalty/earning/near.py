"""What an order nearly earned: told to shoppers, so that they know what to do. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any

from saleor_loyalty.earning.amounts import Tally
from saleor_loyalty.earning.basket import Basket
from saleor_loyalty.earning.effects import Applying, Given, worth
from saleor_loyalty.earning.keeping import FINEST
from saleor_loyalty.earning.limits import UNBOUNDED
from saleor_loyalty.earning.matching import Fit, Matched, level_of
from saleor_loyalty.earning.reckoning import Circumstances, Reason
from saleor_loyalty.earning.stacking import Stacked
from saleor_loyalty.earning.terms import Terms, names
from saleor_loyalty.earning.writing import money
from saleor_loyalty.programme.earning_terms import QuantityBonus, Threshold
from saleor_loyalty.programme.parts import POINTS_MAX

#: The most that is told of one order.
NEARLY_MAX = 5


def nearly(
    matched: Matched, stacked: Stacked, basket: Basket, terms: Terms, who: Circumstances
) -> tuple[Reason, ...]:
    """Return what would have given most, the most valuable first."""
    found = [
        *[each for applying in matched.applying for each in _more(applying, basket)],
        *_spent(matched, stacked, basket),
        *_missed(matched, stacked, basket, terms, who),
        *_above(stacked, basket, terms, who),
        *_outdone(stacked),
    ]
    valuable = [reason for reason in found if reason.points > 0]
    # Of equals the first of the document comes first.
    return tuple(sorted(valuable, key=lambda reason: -reason.points)[:NEARLY_MAX])


def _more(applying: Applying, basket: Basket) -> Iterator[Reason]:
    """Tell what a little more of the same goods would have given: half must be there."""
    effect = applying.rule.effect
    if isinstance(effect, Threshold) and applying.share == 1:
        yield from _more_money(applying, effect, basket)
    elif isinstance(effect, QuantityBonus):
        times, rest = divmod(basket.pieces(applying.places), effect.every)
        if rest * 2 >= effect.every and _may_give(applying, effect, times + 1):
            facts = {**applying.rule.named, "pieces": effect.every - rest}
            yield Reason(applying.rule.id, "PIECES_MISSING", effect.points, facts)


def _more_money(applying: Applying, effect: Threshold, basket: Basket) -> Iterator[Reason]:
    currency = basket.order.currency
    if currency not in effect.money:
        return
    wanted, have = Fraction(effect.money[currency]), basket.money(applying.places)
    times, rest = divmod(have, wanted)
    if (times and not effect.repeats) or rest * 2 < wanted:
        return
    if _may_give(applying, effect, times + 1):
        missing = Fraction(ceil((wanted - rest) * FINEST), FINEST)
        facts = {**applying.rule.named, **money(missing, currency)}
        yield Reason(applying.rule.id, "MONEY_MISSING", effect.points, facts)


def _may_give(applying: Applying, effect: Threshold | QuantityBonus, times: int) -> bool:
    """Tell whether so many bonuses are within all limits."""
    left = applying.allowance
    is_within = left.points is None or left.points.left >= effect.points * times
    return is_within and (left.times is None or left.times.left >= times)


def _spent(matched: Matched, stacked: Stacked, basket: Basket) -> Iterator[Reason]:
    """Tell of rules whose limits leave nothing."""
    for applying in matched.applying:
        bound = applying.allowance.nothing_left
        if bound and (given := _free_worth(applying, basket, stacked.base)):
            yield _reason(given, "LIMIT_REACHED", limit=bound.facts)


def _missed(
    matched: Matched, stacked: Stacked, basket: Basket, terms: Terms, who: Circumstances
) -> Iterator[Reason]:
    """Tell of rules that ended, will begin, must be joined, or are for the next level."""
    for applying, fit in matched.missed:
        given = worth(applying, basket, stacked.base)
        if given is None:
            continue
        # Where only the best counts, no more than by so much.
        best = stacked.best.get(applying.rule.group)
        gain = given.total - best.total if best else given.total
        yield _reason(given, fit.name, gain=gain, **_about(fit, applying, terms, who))


def _about(fit: Fit, applying: Applying, terms: Terms, who: Circumstances) -> dict[str, Any]:
    when, level = applying.rule.when, terms.level_above(who.tier)
    if fit is Fit.ENDED and when.ends_at:
        # Its last day: the end is the first moment it did not hold any more.
        return {"date": _day(when.ends_at - timedelta.resolution, terms)}
    if fit is Fit.BEGINS and when.starts_at:
        return {"date": _day(when.starts_at, terms)}
    return {"level": names(level)} if level and fit is Fit.FOR_LEVEL else {}


def _day(at: datetime, terms: Terms) -> str:
    return at.astimezone(terms.zone).date().isoformat()


def _above(stacked: Stacked, basket: Basket, terms: Terms, who: Circumstances) -> Iterator[Reason]:
    """Tell what the next level would have multiplied."""
    above = terms.level_above(who.tier)
    if above is None or (higher := level_of(above.id, basket, terms, who)) is None:
        return
    given = worth(higher, basket, stacked.base)
    own = level_of(who.tier, basket, terms, who)
    less = worth(own, basket, stacked.base) if own else None
    if given:
        gain = given.total - (less.total if less else 0)
        best = stacked.best.get(higher.rule.group)
        gain = min(gain, given.total - best.total) if best else gain
        yield _reason(given, "NEXT_LEVEL", gain=gain)


def _outdone(stacked: Stacked) -> Iterator[Reason]:
    """Tell of rules that do not count because a better one does."""
    for given, best in stacked.outdone:
        yield _reason(given, "OUTDONE", better=dict(best.named))


def _free_worth(applying: Applying, basket: Basket, base: Tally) -> Given | None:
    return worth(replace(applying, allowance=UNBOUNDED), basket, base)


def _reason(given: Given, code: str, *, gain: Fraction | None = None, **facts: Any) -> Reason:
    points = min(floor(given.total if gain is None else gain), POINTS_MAX)
    return Reason(given.rule, code, points, {**given.named, **facts})
