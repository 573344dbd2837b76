"""Any reward, checkout and shopper: strategies that only make what is valid."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from rewards.baskets import NOON, basket, line, programme

from saleor_loyalty.gateways.saleor.checkouts import Checkout
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.rewards.values import Held, Shopper, Taken

KINDS = (
    *("MONEY_OFF", "MONEY_OFF", "MONEY_OFF", "PERCENT_OFF", "PRODUCT", "FREE_SHIPPING"),
    *("GIFT_CARD", "ACCESS", "PARTNER_CODE", "DONATION", "OTHER"),
)
KEYS = ("one", "two", "three")


def mostly(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """So many things stand in the way of a reward that each must be rare."""
    return st.sampled_from([*[usual] * 4 * max(3, len(others)), *others])


seldom = mostly(False, True)
#: Up to 100, and up to 8, in cents.
money = st.integers(1, 10_000).map(lambda cents: str(Decimal(cents) / 100))
small_money = st.integers(1, 800).map(lambda cents: str(Decimal(cents) / 100))
percents = st.sampled_from([None, None, None, 10, 33, 50, 75, 100])
dollars = st.fixed_dictionaries({"USD": small_money}, optional={"EUR": small_money})
scopes = mostly(
    {},
    {"only": {"collections": ["mugs"]}},
    {"without": {"collections": ["mugs"]}},
    {"full_price_only": True},
)
limits = st.lists(
    st.fixed_dictionaries({
        "times": st.integers(1, 20), "per": st.sampled_from(["DAY", "MONTH", "EVER", "ORDER"])
    }),
    min_size=1,
    max_size=2,
)  # fmt: skip


@st.composite
def steps(draw: st.DrawFn) -> dict[str, int] | None:
    at_least = draw(st.integers(1, 5))
    chosen = {"at_least": at_least, "at_most": at_least + draw(st.integers(0, 200))}
    return draw(st.sampled_from([None, {}, {}, chosen]))


@st.composite
def rewards(draw: st.DrawFn, key: str) -> dict[str, Any]:
    kind = draw(st.sampled_from(KINDS))
    terms: dict[str, Any] = {
        "id": key,
        "name": key,
        "kind": kind,
        "points": draw(mostly(10, 1, 100, 250, None)),
        "tier_points": draw(mostly({}, {"gold": 8})),
        "scope": draw(scopes),
        "stock": draw(mostly(None, 30)),
        "limits": draw(limits) if draw(seldom) else [],
        "per_order": draw(mostly(None, 1, 7)),
        "minimum": draw(dollars) if draw(seldom) else {},
        "share_at_most": draw(percents),
        "channels": draw(mostly([], ["web"], ["app"])),
        "when": draw(mostly({}, {"weekdays": [1]}, {"from_time": "13:00"})),
        "audience": draw(mostly({}, {"tiers": ["gold"]}, {"segments": ["vip"]})),
    }
    if kind in ("MONEY_OFF", "GIFT_CARD"):
        terms |= {"money": draw(dollars), "steps": draw(steps())}
    if kind == "PERCENT_OFF" or (kind == "PRODUCT" and draw(st.booleans())):
        terms["percent"] = draw(st.integers(1, 100))
    if kind == "ACCESS":
        terms["segment"] = "early"
    return terms


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    redeeming = {
        "rewards_per_order": draw(mostly(None, 1, 3)),
        "points_per_order": draw(mostly(None, 100, 999)),
        "benefit_at_most": draw(percents),
        "with_promo_code": draw(st.sampled_from(["REFUSE", "REPLACE", "STORE_CREDIT"])),
        "store_credit_from": draw(dollars) if draw(st.booleans()) else {},
    }
    return programme(*[draw(rewards(key)) for key in KEYS], redeeming=redeeming)


@st.composite
def lines(draw: st.DrawFn) -> Any:
    goods = {"collections": ("mugs",)} if draw(st.booleans()) else {}
    return line(draw(money), draw(st.integers(1, 3)), is_full_price=not draw(seldom), **goods)


@st.composite
def checkouts(draw: st.DrawFn) -> Checkout:
    goods = draw(st.lists(lines(), min_size=draw(mostly(1, 0)), max_size=4))
    price = sum([each.gross for each in goods], Decimal(0))
    facts: dict[str, Any] = {}
    taken = (price * draw(st.integers(0, 60)) / 100).quantize(Decimal("0.01"))
    match draw(st.sampled_from(["nothing", "nothing", "code", "promotion", "gift"])):
        case "code":
            facts = {"voucher_code": "SUMMER", "voucher_discount": taken}
        case "promotion":
            facts = {"promotion_discount": taken}
        case "gift":
            gift = line(draw(money), is_gift=True)
            goods.append(gift)
            facts = {"gift_value": gift.unit}
    currency = "EUR" if draw(seldom) else "USD"
    shipping = draw(st.sampled_from(["0", "5", "12.50"]))
    found = basket(*goods, shipping=shipping, currency=currency, **facts)
    if draw(seldom):
        paid = found.total * draw(st.integers(0, 100)) / 100
        return basket(
            *goods,
            shipping=shipping,
            currency=currency,
            **facts,
            balance=paid.quantize(Decimal("0.01")),
        )
    return found


@st.composite
def shoppers(draw: st.DrawFn) -> Shopper:
    taken = st.builds(Taken, st.sampled_from(KEYS), st.just(NOON), st.integers(1, 5))
    return Shopper(
        tier=draw(st.sampled_from(["", "silver", "gold"])),
        segments=draw(st.sampled_from([frozenset[str](), frozenset({"vip"})])),
        points=draw(st.integers(-50, 5_000) | st.integers(100, 5_000)),
        order_number=draw(st.integers(1, 12)),
        taken=draw(st.lists(taken, max_size=2)),
        given={draw(st.sampled_from(KEYS)): 1} if draw(seldom) else {},
    )


@st.composite
def situations(draw: st.DrawFn) -> dict[str, Any]:
    """What else `decide` and `offers` are told."""
    checkout = draw(st.none() | checkouts() | checkouts())
    cents = st.integers(0, 1_000).map(lambda amount: Decimal(amount) / 100)
    held = st.builds(
        Held, st.sampled_from(KEYS), st.integers(1, 3), st.integers(0, 300), credit=cents
    )
    return {
        "checkout": checkout,
        "currency": draw(mostly("USD", "", "EUR")),
        "held_in_checkout": draw(st.lists(held, max_size=2)) if checkout else [],
        "has_gift_cards": not draw(seldom),
        "at": NOON,
    }
