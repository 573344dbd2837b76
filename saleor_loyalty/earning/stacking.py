"""How rules of groups go together. Pure.

Rates and bands of all rules add up: that is what multipliers work on, group after group. Bonuses
are added last, and never multiplied. Of a group of which only the best counts, each rule is
compared by what it gives by itself. The everyday rate is no rule of any group: it always counts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from saleor_loyalty.earning.amounts import Tally
from saleor_loyalty.earning.basket import Basket
from saleor_loyalty.earning.effects import Applying, Given, earned, multiplied, worth
from saleor_loyalty.earning.reckoning import EVERYDAY
from saleor_loyalty.earning.terms import Terms
from saleor_loyalty.programme.earning_terms import Bands, PointsPerAmount, Stacking


@dataclass(slots=True)
class Stacked:
    """What all rules give together, in the order in which they were counted."""

    given: list[Given]
    # What rates and bands gave: what multipliers worked on.
    base: Tally
    # The best rule of each group of which only one counts, and those it outdid.
    best: dict[str, Given] = field(default_factory=dict)
    outdone: list[tuple[Given, Given]] = field(default_factory=list)


def stack(applying: Sequence[Applying], basket: Basket, terms: Terms) -> Stacked:
    """Count all rules that apply.

    :param applying: in the document's order; the everyday rate and the level's multiplier first.
    """
    alone = {key for key, kind in terms.groups.items() if kind is Stacking.BEST_OF}
    rivals = [each for each in applying if _is_rival(each, alone)]
    others = [each for each in applying if not _is_rival(each, alone)]
    stacked = Stacked([], Tally(len(basket.ids)))
    _add_rates(stacked, others, basket)
    winners = _best(stacked, rivals, basket)
    _add_rates(stacked, winners, basket)
    counting = [*others, *winners]
    _multiply(stacked, [each for each in counting if each.rule.is_multiplier], terms)
    for each in counting:
        if not (each.rule.is_multiplier or _is_rate(each)) and (given := earned(each, basket)):
            stacked.given.append(given)
    return stacked


def _is_rival(applying: Applying, alone: set[str]) -> bool:
    return applying.rule.group in alone and applying.rule.id != EVERYDAY


def _is_rate(applying: Applying) -> bool:
    return isinstance(applying.rule.effect, PointsPerAmount | Bands)


def _add_rates(stacked: Stacked, applying: Iterable[Applying], basket: Basket) -> None:
    for each in applying:
        if _is_rate(each) and (given := earned(each, basket)):
            stacked.given.append(given)
            stacked.base.add(given.cells)


def _best(stacked: Stacked, rivals: Sequence[Applying], basket: Basket) -> list[Applying]:
    """Return the best rule of each group, the first of equals."""
    winners = []
    for group in dict.fromkeys([each.rule.group for each in rivals]):
        alike = [each for each in rivals if each.rule.group == group]
        worths = [(each, worth(each, basket, stacked.base)) for each in alike]
        giving = [(each, given) for each, given in worths if given]
        if not giving:
            continue
        winner, best = max(giving, key=lambda each: each[1].total)
        winners.append(winner)
        stacked.best[group] = best
        stacked.outdone += [(given, best) for _, given in giving if given is not best]
    return winners


def _multiply(stacked: Stacked, multipliers: Sequence[Applying], terms: Terms) -> None:
    now = stacked.base.copy() if multipliers else stacked.base
    named = [*terms.groups, *[each.rule.group for each in multipliers]]
    for group in dict.fromkeys(named):
        of_group = [each for each in multipliers if each.rule.group == group]
        if terms.groups.get(group) is Stacking.MULTIPLY:
            for each in of_group:
                _apply(stacked, now, multiplied(each, now))
        elif of_group:
            before = now.copy()
            # What is added first can be lost again, but no more than that.
            for each in sorted(of_group, key=lambda each: each.extra < 0):
                _apply(stacked, now, multiplied(each, before, now))


def _apply(stacked: Stacked, now: Tally, given: Given | None) -> None:
    if given:
        stacked.given.append(given)
        now.add(given.cells)
