"""How many points an order or another event is worth, and why.

Pure: the same facts, the same points. Everything is counted exactly, on the goods and the money
that were kept, and rounded down once.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from saleor_loyalty.earning.basket import basket
from saleor_loyalty.earning.conditions import is_for, is_on
from saleor_loyalty.earning.events import points_for_event
from saleor_loyalty.earning.keeping import (
    Kept,
    bought_with_points,
    categories_of,
    is_kept,
    is_paid,
    kept_money,
    kept_money_by_line,
    kept_of,
    kept_pieces,
    may_earn,
    peak_charged,
    why_never_bought,
)
from saleor_loyalty.earning.limits import usages
from saleor_loyalty.earning.lives import event_parts, parts
from saleor_loyalty.earning.matching import match_rules
from saleor_loyalty.earning.near import nearly
from saleor_loyalty.earning.reckoning import (
    ALL_RULES,
    POINTS_MAX,
    SHIPPING,
    Allocation,
    Circumstances,
    Nothing,
    Reason,
    Reckoning,
    Usage,
)
from saleor_loyalty.earning.scope import matcher, meant
from saleor_loyalty.earning.stacking import stack
from saleor_loyalty.earning.terms import ReadyRule, Terms, needs_history, ready
from saleor_loyalty.earning.totals import reckoned
from saleor_loyalty.earning.writing import money
from saleor_loyalty.gateways.saleor.orders import OrderLine, OrderState
from saleor_loyalty.programme.earning_terms import (
    Bands,
    Multiplier,
    PointsPerAmount,
    StoredValue,
    Threshold,
)
from saleor_loyalty.programme.parts import Scope

__all__ = [
    "POINTS_MAX",
    "SHIPPING",
    "Allocation",
    "Circumstances",
    "Nothing",
    "Reason",
    "Reckoning",
    "Terms",
    "Usage",
    "categories_of",
    "event_parts",
    "is_for",
    "is_kept",
    "is_on",
    "is_paid",
    "kept_money",
    "kept_money_by_line",
    "kept_pieces",
    "lines_in",
    "needs_history",
    "parts",
    "peak_charged",
    "points_for",
    "points_for_event",
    "ready",
    "usages",
]


def points_for(
    order: OrderState,
    terms: Terms,
    who: Circumstances,
    *,
    charged_peak: Decimal,
    is_explained: bool = True,
) -> Reckoning:
    """Return what `order`, which was fully paid at some time, should have earned by now.

    :param who: the member when the order was made.
    :param charged_peak: the most money that was ever charged for it.
    :param is_explained: whether it is told what each line earned, and what nearly gave more.
    """
    kept = kept_of(order, charged_peak)
    why = why_never_bought(order, kept)
    if why is None and not _has_rate(order.currency, terms):
        why = Nothing.NO_RATE
    if why is None and _is_refused(order, kept, terms, who):
        said = _paid_with_points(order, terms, who)
        return Reckoning(0, reasons=said, nothing=Nothing.STORED_VALUE)
    if why:
        return Reckoning(0, nothing=why)
    counted = basket(order, kept, terms, who)
    matched = match_rules(counted, terms, who)
    stacked = stack(matched.applying, counted, terms)
    near = nearly(matched, stacked, counted, terms, who) if is_explained else ()
    reckoning = reckoned(
        stacked.given, counted.ids, terms, who, order.created_at, nearly=near,
        is_explained=is_explained,
    )  # fmt: skip
    with_points = _paid_with_points(order, terms, who) if is_explained else ()
    if not with_points:
        return reckoning
    return replace(reckoning, reasons=(*reckoning.reasons, *with_points))


def lines_in(order: OrderState, scope: Scope, terms: Terms) -> Sequence[OrderLine]:
    """Return the lines a scope means, without those that never earn anything."""
    lines = [line for line in order.lines if may_earn(line)]
    return meant(lines, matcher(scope), terms.excluded)


def _has_rate(currency: str, terms: Terms) -> bool:
    """Tell whether any rule gives points for orders in this currency."""
    rules = [terms.everyday, *terms.rules] if terms.everyday else terms.rules
    return any(_gives_in(rule, currency) for rule in rules)


def _gives_in(rule: ReadyRule, currency: str) -> bool:
    if rule.currencies and currency not in rule.currencies:
        return False
    match rule.effect:
        case PointsPerAmount(rates=by_currency) | Bands(bands=by_currency):
            return currency in by_currency
        case Threshold(money=by_currency):
            return currency in by_currency
        case Multiplier():
            return False
        case _:
            return True


def _is_refused(order: OrderState, kept: Kept, terms: Terms, who: Circumstances) -> bool:
    """Tell whether orders that were paid so earn nothing at all."""
    earning = terms.document.earning
    if earning.paid_by_points is StoredValue.NONE and _points_money(who) > 0:
        return True
    if earning.paid_by_gift_card is not StoredValue.NONE or not kept.on_gift_cards:
        return False
    return bought_with_points(order, who.points_on_gift_cards) < 1


def _points_money(who: Circumstances) -> Decimal:
    return who.paid_by_points + who.points_on_gift_cards


def _paid_with_points(order: OrderState, terms: Terms, who: Circumstances) -> tuple[Reason, ...]:
    """Return what is said of the money that points paid; nothing where they paid none."""
    if (paid := _points_money(who)) <= 0:
        return ()
    policy = terms.document.earning.paid_by_points.value
    facts = {**money(Fraction(paid), order.currency), "policy": policy}
    return (Reason(ALL_RULES, "PAID_WITH_POINTS", 0, facts),)
