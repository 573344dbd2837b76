"""Orders that were paid, and what they earn."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from saleor_loyalty.earning.reckoning import Circumstances, Reckoning, Usage
from saleor_loyalty.earning.rules import Terms, peak_charged, points_for, ready
from saleor_loyalty.gateways.saleor.orders import Goods, OrderLine, OrderState, Payment
from saleor_loyalty.programme.document import Programme

#: A Sunday.
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ONE_A_DOLLAR = {"USD": {"points": 1, "per": "1"}}


def line(name: str, gross: Any, *, quantity: int = 1, net: Any = None, full: Any = None,
         category: str = "", collection: str = "", product_type: str = "",
         **facts: Any) -> OrderLine:  # fmt: skip
    """A line that costs `gross` in all, half of it tax; `full` is the price before discounts."""
    price = Decimal(gross)
    before = price if full is None else Decimal(full)
    found = Goods(
        name, name.upper(), product_type, (category, "all-goods") if category else (),
        (collection,) if collection else (),
    )  # fmt: skip
    plain = OrderLine(
        name, quantity, 0, price, price / 2 if net is None else Decimal(net), False, False,
        undiscounted_gross=before, undiscounted_net=before / 2, goods=found,
    )  # fmt: skip
    return replace(plain, **facts)


SHIRT, SHOES = line("shirt", 60), line("shoes", 40)


def order(*lines: OrderLine, shipping: Any = 10, legacy_gift_card: Any = 0,
          paid: dict[str, Any] | None = None, **facts: Any) -> OrderState:  # fmt: skip
    """A paid order: a shirt for 60 and shoes for 40 unless other lines are given."""
    lines = lines or (SHIRT, SHOES)
    freight = Decimal(shipping)
    total = sum([each.gross for each in lines], freight) - Decimal(legacy_gift_card)
    by_means = tuple([Payment(*each) for each in sorted(_amounts(paid or {}).items())])
    on_cards = sum([each.amount for each in by_means if each.method == "gift_card"], Decimal(0))
    state = OrderState(
        saleor_id="T3JkZXI6MQ==", number="1", user_id="VXNlcjox", origin="CHECKOUT",
        status="UNFULFILLED", charge_status="FULL", currency="USD", total=total,
        shipping_gross=freight, shipping_net=freight / 2, charged=total, refunded=Decimal(0),
        charged_to_gift_cards=on_cards, lines=lines, fulfilled_at=None,
        created_at=NOON, changed_at=NOON, read_at=NOON, channel="web", payments=by_means,
    )  # fmt: skip
    amounts = {name: facts[name] for name in _AMOUNTS & facts.keys()}
    changes: dict[str, Any] = facts | _amounts(amounts)
    return replace(state, **changes)


_AMOUNTS = {"charged", "refunded", "charged_to_gift_cards"}


def _amounts(facts: dict[str, Any]) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in facts.items()}


def programme(*rules: dict[str, Any], **earning: Any) -> Programme:
    """A programme of one point a dollar, and rules."""
    named = [{"name": rule["id"].replace("-", " ").capitalize(), **rule} for rule in rules]
    whole = {
        name: earning.pop(name)
        for name in ("timezone", "tiers", "maturity", "expiry", "unit", "rewards", "campaigns")
        if name in earning
    }
    return Programme.model_validate(
        {"earning": {"rates": ONE_A_DOLLAR, "rules": named, **earning}, **whole}
    )


def rule(key: str, kind: str, **facts: Any) -> dict[str, Any]:
    """A rule; what the effect needs is told apart from the rest."""
    effect = {
        name: facts.pop(name)
        for name in ("rates", "bands", "factor", "points", "money", "repeats", "every")
        if name in facts
    }
    return {"id": key, "effect": {"kind": kind, **effect}, **facts}


def times(factor: Any, key: str = "times", **facts: Any) -> dict[str, Any]:
    return rule(key, "MULTIPLIER", factor=str(factor), **facts)


def bonus(points: int, key: str = "bonus", **facts: Any) -> dict[str, Any]:
    return rule(key, "BONUS", points=points, **facts)


def only(**names: Any) -> dict[str, Any]:
    """The scope of goods named."""
    return {"only": {kind: [name] for kind, name in names.items()}}


def earn(state: OrderState, *rules: dict[str, Any], peak: Any = None,
         who: Circumstances | None = None, **earning: Any) -> Reckoning:  # fmt: skip
    """What the order should have earned; `peak` if more was charged at some time before."""
    terms = ready(programme(*rules, **earning))
    return counted(state, terms, who or Circumstances(), peak=peak)


def counted(state: OrderState, terms: Terms, who: Circumstances, *, peak: Any = None) -> Reckoning:
    known = max(peak_charged(state), Decimal(peak or 0))
    return points_for(state, terms, who, charged_peak=known)


def points(state: OrderState, *rules: dict[str, Any], **more: Any) -> int:
    return earn(state, *rules, **more).points


def by_rule(reckoning: Reckoning) -> dict[str, int]:
    """Points by rule, as the receipt's lines add up."""
    sums: dict[str, int] = {}
    for each in reckoning.allocations:
        sums[each.rule] = sums.get(each.rule, 0) + each.points
    return sums


def by_line(reckoning: Reckoning) -> dict[str, int]:
    """Points by line, as the receipt's lines add up."""
    sums: dict[str, int] = {}
    for each in reckoning.allocations:
        sums[each.line] = sums.get(each.line, 0) + each.points
    return sums


def used(rule: str, bucket: str, *, points: int = 0, times: int = 0) -> Circumstances:
    """A member who used some of a limit."""
    return Circumstances(used={(rule, bucket): Usage(points, times)})
