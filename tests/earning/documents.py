"""Any programme, any order, any member: strategies that only make what is valid.

Everything is about a few goods, channels and means of payment, so that rules often apply.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from earning.buying import NOON
from hypothesis import strategies as st

from saleor_loyalty.earning.reckoning import Circumstances, Usage
from saleor_loyalty.gateways.saleor.orders import Goods, OrderLine, OrderState, Parcel, Payment
from saleor_loyalty.programme.document import Programme

CATEGORIES = ["coffee", "tea", "tools"]
COLLECTIONS = ["summer", "winter"]
CURRENCIES = ["USD", "EUR"]
CHANNELS = ["web", "app"]
METHODS = ["card:visa", "cash", "gift_card"]
TIERS = ["silver", "gold"]
SEGMENTS = ["vip", "staff"]
GROUPS = ["base", "other", "best"]
ZONES = ["UTC", "Europe/Paris", "America/Los_Angeles"]

small_points = st.integers(1, 500)
money = st.decimals("0.01", 200, places=2).map(str)
factors = st.sampled_from(["0", "0.5", "0.75", "1", "1.25", "1.5", "2", "3.3333"])


def few(values: Sequence[Any], most: int = 2) -> st.SearchStrategy[list[Any]]:
    """Some of the values, often none."""
    return st.lists(st.sampled_from(values), max_size=most, unique=True)


def by_currency(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(CURRENCIES), values, min_size=1)


rates = st.fixed_dictionaries({"points": st.integers(1, 20), "per": money})


@st.composite
def bands(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Steps that rise; the last may be open."""
    ends = sorted(draw(st.sets(st.integers(1, 150), min_size=1, max_size=3)))
    steps: list[dict[str, Any]] = [
        {"up_to": str(end), "points": draw(st.integers(0, 10)), "per": draw(money)} for end in ends
    ]
    if draw(st.booleans()):
        steps[-1]["up_to"] = None
    return steps


effects = st.one_of(
    st.fixed_dictionaries({"kind": st.just("RATE"), "rates": by_currency(rates)}),
    st.fixed_dictionaries({"kind": st.just("BANDS"), "bands": by_currency(bands())}),
    st.fixed_dictionaries({"kind": st.just("MULTIPLIER"), "factor": factors}),
    st.fixed_dictionaries({"kind": st.just("BONUS"), "points": small_points}),
    st.fixed_dictionaries({
        "kind": st.just("THRESHOLD"), "money": by_currency(money), "points": small_points,
        "repeats": st.booleans(),
    }),
    st.fixed_dictionaries({
        "kind": st.just("QUANTITY"), "every": st.integers(1, 4), "points": small_points,
    }),
)  # fmt: skip

selections = st.fixed_dictionaries(
    {},
    optional={
        "categories": few([*CATEGORIES, "all-goods"]),
        "collections": few(COLLECTIONS),
        "products": few(["p0", "p1", "p2"]),
        "product_types": few(["food", "ware"]),
        "skus": few(["S0", "S1"]),
    },
)
scopes = st.fixed_dictionaries(
    {}, optional={"only": selections, "without": selections, "full_price_only": st.booleans()}
)
limits = st.lists(
    st.fixed_dictionaries(
        {"per": st.sampled_from(["ORDER", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR", "EVER"])},
        optional={"points": st.integers(1, 300), "times": st.integers(1, 4)},
    ).filter(lambda limit: len(limit) > 1),
    max_size=2,
)
moments = st.integers(-10, 10).map(lambda days: (NOON + timedelta(days=days)).isoformat())
hours = st.integers(0, 23).map(lambda hour: f"{hour:02}:00")


@st.composite
def whens(draw: st.DrawFn) -> dict[str, Any]:
    when: dict[str, Any] = {}
    if draw(st.booleans()):
        when["starts_at"], when["ends_at"] = sorted(draw(st.tuples(moments, moments)))
        if when["starts_at"] == when["ends_at"]:
            del when["ends_at"]
    if draw(st.integers(0, 4)) == 0:
        when["weekdays"] = sorted(draw(st.sets(st.integers(1, 7), min_size=1)))
        when["from_time"], when["until_time"] = draw(
            st.tuples(hours, hours).filter(lambda pair: pair[0] != pair[1])
        )
    return when


audiences = st.fixed_dictionaries(
    {},
    optional={
        "tiers": few(TIERS),
        "segments": few(SEGMENTS),
        "order_numbers": few([1, 2, 10]),
        "every_order": st.integers(2, 4),
        "from_order": st.integers(2, 4),
    },
)


@st.composite
def rules(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A rule of any kind; most have few conditions."""
    seldom = st.integers(0, 3).map(lambda dice: dice == 0)
    rule: dict[str, Any] = {
        "id": f"r{number}",
        "name": f"Rule {number}",
        "effect": draw(effects),
        "group": draw(st.sampled_from(GROUPS)),
    }
    conditions = {
        "scope": scopes, "when": whens(), "audience": audiences, "limits": limits,
        "new_category": st.booleans(), "opt_in": st.booleans(), "channels": few(CHANNELS),
        "currencies": few(CURRENCIES), "payment_methods": few([*METHODS, "card"]),
        "budget": st.integers(1, 1000),
    }  # fmt: skip
    for name, strategy in conditions.items():
        if draw(seldom):
            rule[name] = draw(strategy)
    return rule


@st.composite
def programmes(draw: st.DrawFn, *, rules_max: int = 6, is_rounded: bool = True) -> Programme:
    """A programme with levels and rules.

    :param is_rounded: with limits of all rules, and factors below one. Without them more goods
        never earn less.
    """
    chosen = [draw(rules(number)) for number in range(draw(st.integers(0, rules_max)))]
    earning = draw(
        st.fixed_dictionaries(
            {"rates": st.dictionaries(st.sampled_from(CURRENCIES), rates)},
            optional={
                "basis": st.sampled_from(["GROSS", "NET"]),
                "shipping": st.booleans(),
                "before_discounts": st.booleans(),
                "paid_by_gift_card": st.sampled_from(["NONE", "MONEY_PART", "FULL"]),
                "paid_by_points": st.sampled_from(["NONE", "MONEY_PART", "FULL"]),
                "scope": scopes,
                "limits": limits if is_rounded else st.just([]),
                "groups": st.dictionaries(
                    st.sampled_from(GROUPS), st.sampled_from(["ADD", "MULTIPLY", "BEST_OF"])
                ),
            },
        )
    )
    document: dict[str, Any] = {
        "timezone": draw(st.sampled_from(ZONES)),
        "earning": {**earning, "rules": chosen},
        "maturity": draw(maturities),
        "expiry": draw(expiries),
    }
    if draw(st.booleans()):
        document["tiers"] = draw(tiers)
    return Programme.model_validate(document)


maturities = st.fixed_dictionaries(
    {"after": st.sampled_from(["PAYMENT", "FULFILMENT"]), "days": st.integers(0, 30)},
    optional={
        "windows": st.just([{"product_types": ["food"], "days": 3}]),
        "trusted": st.just({"orders": 2, "days": 1}),
        "round_up_to": st.sampled_from(["DAY", "MONTH"]),
    },
)
expiries = st.fixed_dictionaries(
    {},
    optional={
        "days": st.integers(1, 400),
        "months": st.integers(1, 24),
        "counts_from": st.sampled_from(["EARNING", "LAST_ACT"]),
        "round_up_to": st.sampled_from(["MONTH", "QUARTER", "YEAR"]),
    },
)
tiers = st.fixed_dictionaries({
    "currency": st.just("USD"),
    "group": st.sampled_from(GROUPS),
    "levels": st.just([
        {"id": "silver", "name": "Silver", "threshold": "0", "benefits": {"multiplier": "1.25"}},
        {"id": "gold", "name": "Gold", "threshold": "100",
         "benefits": {"multiplier": "1.5", "points_expire": False, "maturity_days": 2}},
    ]),
})  # fmt: skip


@st.composite
def members(draw: st.DrawFn) -> Circumstances:
    """A member with any past. What they used of limits is of the periods around NOON."""
    buckets = ["2026-03-01", "2026-02-28", "2026-W09", "2026-03", "2026-Q1", "2026", "EVER"]
    keys = st.tuples(st.sampled_from(["", "r0", "r1", "r2"]), st.sampled_from(buckets))
    usage = st.builds(Usage, st.integers(0, 400), st.integers(0, 4))
    return Circumstances(
        tier=draw(st.sampled_from([None, *TIERS])),
        segments=frozenset(draw(few(SEGMENTS))),
        order_number=draw(st.integers(1, 10)),
        categories_before=frozenset(draw(few(CATEGORIES))),
        joined=frozenset(draw(few(["r0", "r1", "r2"]))),
        used=draw(st.dictionaries(keys, usage, max_size=4)),
        budget_left=draw(
            st.dictionaries(st.sampled_from(["r0", "r1"]), st.integers(0, 400), max_size=2)
        ),
    )


@st.composite
def lines(draw: st.DrawFn, number: int, *, may_be_back: bool = True) -> OrderLine:
    """A line whose pieces each cost whole cents, so that any of them can be taken away."""
    pieces = draw(st.integers(1, 4))
    price = Decimal(draw(st.integers(0, 9_000))) / 100 * pieces
    full = price + Decimal(draw(st.integers(0, 500))) / 100 * pieces
    gone = draw(st.integers(0, pieces)) if may_be_back else 0
    category = draw(st.sampled_from(["", *CATEGORIES]))
    return OrderLine(
        id=f"L{number}", quantity=pieces, quantity_returned=gone, gross=price, net=price / 4 * 3,
        is_gift=draw(st.integers(0, 9)) == 0, is_gift_card=draw(st.integers(0, 9)) == 0,
        undiscounted_gross=full, undiscounted_net=full / 4 * 3, is_full_price=full == price,
        goods=Goods(
            f"p{number}", f"S{number}", draw(st.sampled_from(["", "food", "ware"])),
            (category, "all-goods") if category else (), tuple(draw(few(COLLECTIONS))),
        ),
    )  # fmt: skip


@st.composite
def orders(draw: st.DrawFn, *, may_be_back: bool = True) -> OrderState:
    """A paid order. Of goods that came back the price was given back too."""
    bought = tuple([
        draw(lines(number, may_be_back=may_be_back)) for number in range(draw(st.integers(1, 5)))
    ])  # fmt: skip
    freight = Decimal(draw(st.integers(0, 2_000))) / 100
    total = sum([each.gross for each in bought], freight)
    back = sum([each.gross / each.quantity * each.quantity_gone for each in bought], Decimal(0))
    split = Decimal(draw(st.integers(0, 100))) / 100
    method, other = draw(st.permutations(METHODS))[:2]
    paid = (
        Payment(method, ((total - back) * split).quantize(Decimal("0.0001"))),
        Payment(other, (total - back) - ((total - back) * split).quantize(Decimal("0.0001"))),
    )
    on_cards = sum([each.amount for each in paid if each.method == "gift_card"], Decimal(0))
    at = NOON + timedelta(hours=draw(st.integers(-30, 30)))
    return OrderState(
        saleor_id="T3JkZXI6MQ==", number="1", user_id="VXNlcjox", origin="CHECKOUT",
        status="UNFULFILLED", charge_status="FULL", currency=draw(st.sampled_from(CURRENCIES)),
        total=total, shipping_gross=freight, shipping_net=freight / 4 * 3, charged=total - back,
        refunded=back, charged_to_gift_cards=on_cards, lines=bought, fulfilled_at=None,
        created_at=at, changed_at=at, read_at=at, channel=draw(st.sampled_from(CHANNELS)),
        payments=tuple(each for each in paid if each.amount),
    )  # fmt: skip


@st.composite
def sent(draw: st.DrawFn, order: OrderState) -> OrderState:
    """The same order with some of what stayed in parcels."""
    packed = []
    for line in order.lines:
        left, parcels = line.quantity - line.quantity_gone, []
        while left and draw(st.booleans()):
            pieces = draw(st.integers(1, left))
            left -= pieces
            moment = order.created_at + timedelta(days=draw(st.integers(0, 9)))
            parcels.append(Parcel(moment, pieces))
        packed.append(replace(line, parcels=tuple(parcels)))
    return replace(order, lines=tuple(packed))
