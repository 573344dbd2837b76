"""Any programme, any order, any member: strategies that only make what is valid.

Everything is about a few goods, channels and means of payment, so that rules often apply.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from earning.buying import NOON
from hypothesis import strategies as st

from saleor_loyalty.earning.reckoning import Circumstances, Usage
from saleor_loyalty.gateways.saleor.orders import Goods, OrderLine, OrderState, Parcel, Payment
from saleor_loyalty.programme.document import Programme

CATEGORIES = ("coffee", "tea", "tools")
COLLECTIONS = ("summer", "winter")
CURRENCIES = ("USD", "EUR")
CHANNELS = ("web", "app")
METHODS = ("card:visa", "cash", "gift_card")
TIERS = ("silver", "gold")
SEGMENTS = ("vip", "staff")
GROUPS = ("base", "other", "best")
RULES_MAX = 6

booleans = st.booleans()
#: One time in four.
seldom = st.sampled_from([False, False, False, True])


@cache
def few(*values: Any) -> st.SearchStrategy[list[Any]]:
    """Two of the values at most, often none."""
    return st.lists(st.sampled_from(values), max_size=2, unique=True)


@cache
def one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


@cache
def numbers(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most)


def by_currency(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(one_of(*CURRENCIES), values, min_size=1)


#: Up to 200, in cents.
money = numbers(1, 20_000).map(lambda cents: str(Decimal(cents) / 100))
some_points = numbers(1, 500)
rates = st.fixed_dictionaries({"points": numbers(1, 20), "per": money})
_ends = st.sets(numbers(1, 150), min_size=1, max_size=3).map(sorted)


@st.composite
def bands(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Steps that rise; the last may be open."""
    steps: list[dict[str, Any]] = [
        {"up_to": str(end), "points": draw(numbers(0, 10)), "per": draw(money)}
        for end in draw(_ends)
    ]
    if draw(booleans):
        steps[-1]["up_to"] = None
    return steps


effects = st.one_of(
    st.fixed_dictionaries({"kind": st.just("RATE"), "rates": by_currency(rates)}),
    st.fixed_dictionaries({"kind": st.just("BANDS"), "bands": by_currency(bands())}),
    st.fixed_dictionaries({
        "kind": st.just("MULTIPLIER"),
        "factor": one_of("0", "0.5", "0.75", "1", "1.25", "1.5", "2", "3.3333"),
    }),
    st.fixed_dictionaries({"kind": st.just("BONUS"), "points": some_points}),
    st.fixed_dictionaries({
        "kind": st.just("THRESHOLD"), "money": by_currency(money), "points": some_points,
        "repeats": booleans,
    }),
    st.fixed_dictionaries({
        "kind": st.just("QUANTITY"), "every": numbers(1, 4), "points": some_points,
    }),
)  # fmt: skip

selections = st.fixed_dictionaries(
    {},
    optional={
        "categories": few(*CATEGORIES, "all-goods"),
        "collections": few(*COLLECTIONS),
        "products": few("p0", "p1", "p2"),
        "product_types": few("food", "ware"),
        "skus": few("S0", "S1"),
    },
)
scopes = st.fixed_dictionaries(
    {}, optional={"only": selections, "without": selections, "full_price_only": booleans}
)
limits = st.lists(
    st.fixed_dictionaries(
        {"per": one_of("ORDER", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "EVER")},
        optional={"points": numbers(1, 300), "times": numbers(1, 4)},
    ),
    max_size=2,
)
_moments = numbers(-10, 10).map(lambda days: (NOON + timedelta(days=days)).isoformat())
_hours = numbers(0, 23).map(lambda hour: f"{hour:02}:00")
_weekdays = st.sets(numbers(1, 7), min_size=1).map(sorted)
_dates = st.fixed_dictionaries({}, optional={"starts_at": _moments, "ends_at": _moments})
_times = st.fixed_dictionaries(
    {}, optional={"weekdays": _weekdays, "from_time": _hours, "until_time": _hours}
)


@st.composite
def whens(draw: st.DrawFn) -> dict[str, Any]:
    """A time about NOON; most have dates only."""
    when: dict[str, Any] = draw(_dates)
    if when.get("starts_at", "") >= when.get("ends_at", "3000"):
        del when["ends_at"]
    return when | draw(_times) if draw(seldom) else when


audiences = st.fixed_dictionaries(
    {},
    optional={
        "tiers": few(*TIERS),
        "segments": few(*SEGMENTS),
        "order_numbers": few(1, 2, 10),
        "every_order": numbers(2, 4),
        "from_order": numbers(2, 4),
    },
)
_conditions: dict[str, st.SearchStrategy[Any]] = {
    "scope": scopes,
    "when": whens(),
    "audience": audiences,
    "limits": limits,
    "new_category": booleans,
    "opt_in": booleans,
    "channels": few(*CHANNELS),
    "currencies": few(*CURRENCIES),
    "payment_methods": few(*METHODS, "card"),
    "budget": numbers(1, 1000),
}


@st.composite
def rules(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A rule of any kind; most have few conditions."""
    rule = {
        "id": f"r{number}",
        "name": f"Rule {number}",
        "effect": draw(effects),
        "group": draw(one_of(*GROUPS)),
    }
    for name, strategy in _conditions.items():
        if draw(seldom):
            rule[name] = draw(strategy)
    return rule


_rules = [rules(number) for number in range(RULES_MAX)]
_stored_value = one_of("NONE", "MONEY_PART", "FULL")
_earnings = st.fixed_dictionaries(
    {"rates": st.dictionaries(one_of(*CURRENCIES), rates)},
    optional={
        "basis": one_of("GROSS", "NET"),
        "shipping": booleans,
        "before_discounts": booleans,
        "paid_by_gift_card": _stored_value,
        "paid_by_points": _stored_value,
        "scope": scopes,
        "limits": limits,
        "groups": st.dictionaries(one_of(*GROUPS), one_of("ADD", "MULTIPLY", "BEST_OF")),
    },
)
_maturities = st.fixed_dictionaries(
    {"after": one_of("PAYMENT", "FULFILMENT"), "days": numbers(0, 30)},
    optional={
        "windows": st.just([{"product_types": ["food"], "days": 3}]),
        "trusted": st.just({"orders": 2, "days": 1}),
        "round_up_to": one_of("DAY", "MONTH"),
    },
)
_expiries = st.fixed_dictionaries(
    {},
    optional={
        "days": numbers(1, 400),
        "months": numbers(1, 24),
        "counts_from": one_of("EARNING", "LAST_ACT"),
        "round_up_to": one_of("MONTH", "QUARTER", "YEAR"),
    },
)
_LEVELS = [
    {"id": "silver", "name": "Silver", "threshold": "0", "benefits": {"multiplier": "1.25"}},
    {"id": "gold", "name": "Gold", "threshold": "100",
     "benefits": {"multiplier": "1.5", "points_expire": False, "maturity_days": 2}},
]  # fmt: skip


@st.composite
def programmes(draw: st.DrawFn, *, rules_max: int = RULES_MAX) -> Programme:
    """A programme with rules, and perhaps levels."""
    chosen = [draw(rule) for rule in _rules[: draw(numbers(0, rules_max))]]
    document: dict[str, Any] = {
        "timezone": draw(one_of("UTC", "Europe/Paris", "America/Los_Angeles")),
        "earning": {**draw(_earnings), "rules": chosen},
        "maturity": draw(_maturities),
        "expiry": draw(_expiries),
    }
    if draw(booleans):
        group = draw(one_of(*GROUPS))
        document["tiers"] = {"currency": "USD", "group": group, "levels": _LEVELS}
    return Programme.model_validate(document)


_BUCKETS = ("2026-03-01", "2026-02-28", "2026-W09", "2026-03", "2026-Q1", "2026", "EVER")
_used = st.dictionaries(
    st.tuples(one_of("", "r0", "r1", "r2"), one_of(*_BUCKETS)),
    st.builds(Usage, numbers(0, 400), numbers(0, 4)),
    max_size=4,
)
_budgets = st.dictionaries(one_of("r0", "r1"), numbers(0, 400), max_size=2)


@st.composite
def members(draw: st.DrawFn, *, may_pay_with_points: bool = False) -> Circumstances:
    """A member with any past. What they used of limits is of the periods around NOON."""
    return Circumstances(
        tier=draw(one_of(None, *TIERS)),
        segments=frozenset(draw(few(*SEGMENTS))),
        order_number=draw(numbers(1, 10)),
        categories_before=frozenset(draw(few(*CATEGORIES))),
        joined=frozenset(draw(few("r0", "r1", "r2"))),
        used=draw(_used),
        budget_left=draw(_budgets),
        paid_by_points=Decimal(draw(numbers(0, 50)) if may_pay_with_points else 0),
        points_on_gift_cards=Decimal(draw(numbers(0, 20)) if may_pay_with_points else 0),
    )


@st.composite
def lines(draw: st.DrawFn, number: int, *, may_be_back: bool = True) -> OrderLine:
    """A line whose pieces each cost whole cents, so that any of them can be taken away."""
    pieces = draw(numbers(1, 4))
    price = Decimal(draw(numbers(0, 9_000))) / 100 * pieces
    full = price + Decimal(draw(numbers(0, 500))) / 100 * pieces
    category = draw(one_of("", *CATEGORIES))
    return OrderLine(
        id=f"L{number}",
        quantity=pieces,
        quantity_returned=draw(numbers(0, pieces)) if may_be_back else 0,
        gross=price,
        net=price / 4 * 3,
        is_gift=draw(seldom) and draw(seldom),
        is_gift_card=draw(seldom) and draw(seldom),
        undiscounted_gross=full,
        undiscounted_net=full / 4 * 3,
        is_full_price=full == price,
        goods=Goods(
            product=f"p{number}",
            sku=f"S{number}",
            product_type=draw(one_of("", "food", "ware")),
            categories=(category, "all-goods") if category else (),
            collections=tuple(draw(few(*COLLECTIONS))),
        ),
    )


_LINES_MAX = 4
_lines = {
    may_be_back: [lines(number, may_be_back=may_be_back) for number in range(_LINES_MAX)]
    for may_be_back in (False, True)
}


@st.composite
def orders(draw: st.DrawFn, *, may_be_back: bool = True) -> OrderState:
    """A paid order. Of goods that came back the price was given back too."""
    some = _lines[may_be_back][: draw(numbers(1, _LINES_MAX))]
    bought = tuple([draw(line) for line in some])
    freight = Decimal(draw(numbers(0, 2_000))) / 100
    total = sum([each.gross for each in bought], freight)
    back = sum([each.gross / each.quantity * each.quantity_gone for each in bought], Decimal(0))
    part = ((total - back) * draw(numbers(0, 100)) / 100).quantize(Decimal("0.0001"))
    method = draw(one_of(*METHODS))
    paid = [Payment(method, part), Payment("cash", total - back - part)]
    at = NOON + timedelta(hours=draw(numbers(-30, 30)))
    return OrderState(
        saleor_id="T3JkZXI6MQ==", number="1", user_id="VXNlcjox", origin="CHECKOUT",
        status="UNFULFILLED", charge_status="FULL", currency=draw(one_of(*CURRENCIES)),
        total=total, shipping_gross=freight, shipping_net=freight / 4 * 3, charged=total - back,
        refunded=back, charged_to_gift_cards=part if method == "gift_card" else Decimal(0),
        lines=bought, fulfilled_at=None, created_at=at, changed_at=at, read_at=at,
        channel=draw(one_of(*CHANNELS)), payments=tuple([each for each in paid if each.amount]),
    )  # fmt: skip


@st.composite
def sent(draw: st.DrawFn, order: OrderState) -> OrderState:
    """The same order with some of what stayed in parcels."""
    packed = []
    for line in order.lines:
        left, parcels = line.quantity - line.quantity_gone, []
        while left and draw(booleans):
            pieces = draw(numbers(1, left))
            left -= pieces
            moment = order.created_at + timedelta(days=draw(numbers(0, 9)))
            parcels.append(Parcel(moment, pieces))
        packed.append(replace(line, parcels=tuple(parcels)))
    return replace(order, lines=tuple(packed))
