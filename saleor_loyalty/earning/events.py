"""What something other than an order earns. Pure."""

from datetime import datetime
from fractions import Fraction
from typing import Any

from saleor_loyalty.earning.amounts import Cells
from saleor_loyalty.earning.conditions import is_for, is_on
from saleor_loyalty.earning.effects import Given
from saleor_loyalty.earning.limits import allowance
from saleor_loyalty.earning.reckoning import WHOLE_ENTRY, Circumstances, Reckoning
from saleor_loyalty.earning.terms import Terms, names
from saleor_loyalty.earning.totals import reckoned
from saleor_loyalty.earning.writing import number
from saleor_loyalty.programme.earning_terms import EventRule


def points_for_event(event: str, at: datetime, terms: Terms, who: Circumstances) -> Reckoning:
    """Return what an event should have earned that happened at `at`."""
    given = [
        found
        for rule in terms.events.get(event, ())
        if is_on(rule.when, at, terms.zone) and is_for(rule.audience, who)
        if (found := _given(rule, at, terms, who))
    ]
    return reckoned(given, [WHOLE_ENTRY], terms, who, at)


def _given(rule: EventRule, at: datetime, terms: Terms, who: Circumstances) -> Given | None:
    left = allowance(rule.id, rule.limits, at, terms.zone, who, budget=rule.budget)
    is_used_up = left.points and left.points.left <= 0 and rule.points
    if is_used_up or (left.times and left.times.left <= 0):
        return None
    points, facts = rule.points, _facts(rule, terms)
    if left.points and left.points.left < points:
        facts |= {"uncut": number(Fraction(points)), "limit": left.points.facts}
        points = left.points.left
    return Given(rule.id, "EVENT", names(rule), Cells([0], [points], 1), Fraction(points), 1, facts)


def _facts(rule: EventRule, terms: Terms) -> dict[str, Any]:
    for reward in terms.document.rewards:
        if reward.id == rule.reward:
            return {
                "reward": reward.id,
                "reward_name": reward.name,
                "reward_translations": dict(reward.translations),
            }
    return {}
