"""Random programmes, and random members: what they bought, and what of it they kept."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from saleor_loyalty.gateways.saleor.orders import Goods, OrderLine, OrderState, Parcel
from saleor_loyalty.programme.document import Programme

DAY = timedelta(days=1)
BEGAN = datetime(2026, 1, 5, 12, tzinfo=UTC)
#: Long after everything that happens here.
LATER = BEGAN + 500 * DAY
CATEGORIES = ("coffee", "tea", "tools")

#: Rules of every kind. Each looks at something else.
RULES: list[dict[str, Any]] = [
    {"effect": {"kind": "RATE", "rates": {"EUR": {"points": 3, "per": "2"}}},
     "scope": {"only": {"categories": ["coffee"]}}},
    {"effect": {"kind": "BANDS", "bands": {"EUR": [
        {"up_to": "50", "points": 5, "per": "1"}, {"points": 10, "per": "1"}]}}},
    {"effect": {"kind": "MULTIPLIER", "factor": "2"}},
    {"effect": {"kind": "MULTIPLIER", "factor": "1.25"}, "group": "extra",
     "scope": {"only": {"categories": ["tea"]}}},
    {"effect": {"kind": "MULTIPLIER", "factor": "0.5"},
     "scope": {"only": {"categories": ["tools"]}}},
    {"effect": {"kind": "BONUS", "points": 70}, "audience": {"order_numbers": [1, 3]}},
    {"effect": {"kind": "BONUS", "points": 40}, "new_category": True},
    {"effect": {"kind": "THRESHOLD", "money": {"EUR": "45"}, "points": 100, "repeats": True}},
    {"effect": {"kind": "THRESHOLD", "money": {"EUR": "30"}, "points": 25},
     "limits": [{"times": 1, "per": "MONTH"}]},
    {"effect": {"kind": "QUANTITY", "every": 3, "points": 11},
     "scope": {"only": {"categories": ["coffee", "tea"]}}},
    {"effect": {"kind": "RATE", "rates": {"EUR": {"points": 7, "per": "3"}}}, "group": "best",
     "limits": [{"points": 150, "per": "WEEK"}]},
    {"effect": {"kind": "BONUS", "points": 33}, "group": "best", "audience": {"tiers": ["gold"]}},
    {"effect": {"kind": "BONUS", "points": 500}, "limits": [{"points": 800, "per": "EVER"}]},
    {"effect": {"kind": "BONUS", "points": 9}, "audience": {"every_order": 2}, "budget": 10_000},
    {"effect": {"kind": "MULTIPLIER", "factor": "3"},
     "when": {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-03-01T00:00:00Z"}},
    {"effect": {"kind": "BONUS", "points": 60}, "budget": 100},
    {"effect": {"kind": "MULTIPLIER", "factor": "1.5"}, "budget": 90},
    {"effect": {"kind": "MULTIPLIER", "factor": "0.75"}, "budget": 90},
    {"effect": {"kind": "BONUS", "points": 21}, "audience": {"segments": ["vip"]}},
    {"id": "extra", "effect": {"kind": "BONUS", "points": 17}, "opt_in": True},
]  # fmt: skip

EVENTS: list[dict[str, Any]] = [
    {"id": "review", "name": "Review", "event": "review", "points": 25,
     "limits": [{"times": 2, "per": "MONTH"}]},
    {"id": "fame", "name": "Fame", "event": "review", "points": 40, "budget": 60,
     "limits": [{"times": 3, "per": "EVER"}]},
    {"id": "thanks", "name": "Thanks", "event": "review", "reward": "mug",
     "limits": [{"times": 1, "per": "MONTH"}]},
]  # fmt: skip

TIERS: list[dict[str, Any] | None] = [
    None,
    {"metric": "MONEY", "currency": "EUR", "window": {"kind": "ROLLING", "months": 12},
     "validity": {"until": "MONTHS", "months": 6},
     "levels": [{"id": "silver", "name": "Silver", "threshold": "100",
                 "benefits": {"multiplier": "1.5"}},
                {"id": "gold", "name": "Gold", "threshold": "250",
                 "benefits": {"multiplier": "2", "rewards": ["mug", "cake"]}}]},
    {"metric": "POINTS", "levels": [{"id": "gold", "name": "Gold", "threshold": "300",
                                     "benefits": {"multiplier": "2"}}]},
    {"metric": "ORDERS", "window": {"kind": "SINCE_JOINING"},
     "levels": [{"id": "gold", "name": "Gold", "threshold": "3",
                 "benefits": {"multiplier": "1.2"}}]},
]  # fmt: skip

CAMPAIGNS: list[dict[str, Any]] = [
    {"kind": "STAMPS", "id": "card", "name": "Card", "target": 5, "award": {"points": 90},
     "scope": {"only": {"categories": ["coffee"]}}, "at_most_a_day": 3},
    {"kind": "CHALLENGE", "id": "spree", "name": "Spree", "goal": "MONEY", "currency": "EUR",
     "target": "120", "period": "MONTH", "recurs": "EACH_PERIOD", "award": {"points": 60}},
    {"kind": "CHALLENGE", "id": "variety", "name": "Variety", "goal": "CATEGORIES", "target": "3",
     "award": {"points": 45}},
    {"kind": "CHALLENGE", "id": "streak", "name": "Streak", "goal": "ORDERS", "target": "1",
     "period": "MONTH", "in_a_row": 2, "recurs": "EACH_COMPLETION", "award": {"points": 80}},
    {"kind": "STAMPS", "id": "rare", "name": "Rare", "target": 2, "award": {"points": 50},
     "budget": 70, "resets_each": "MONTH"},
    {"kind": "CHALLENGE", "id": "sprint", "name": "Sprint", "goal": "ORDERS", "target": "2",
     "opt_in": True, "recurs": "EACH_COMPLETION", "award": {"points": 35}},
    {"kind": "STAMPS", "id": "cups", "name": "Cups", "target": 3, "award": {"reward": "mug"}},
]  # fmt: skip

REWARDS: list[dict[str, Any]] = [
    {"id": "mug", "name": "Mug", "kind": "OTHER", "valid_days": 90},
    {"id": "cake", "name": "Cake", "kind": "OTHER"},
]
#: Whatever is bought makes a paying member.
MEMBERSHIPS: list[dict[str, Any] | None] = [
    None, None, {"product": "p", "months": 1, "segment": "vip"}, {"product": "p"},
]  # fmt: skip


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    """Any mixture of rules, levels and campaigns."""
    tiers = draw(st.sampled_from(TIERS))
    usable = [number for number, rule in enumerate(RULES) if tiers or "tiers" not in str(rule)]
    chosen = draw(st.lists(st.sampled_from(usable), unique=True, max_size=6))
    rules = [{"id": f"r{number}", "name": f"Rule {number}"} | RULES[number] for number in chosen]
    return Programme.model_validate({
        "earning": {
            "rates": {"EUR": {"points": draw(st.integers(1, 3)), "per": "1"}},
            "rules": rules,
            "groups": {"base": draw(st.sampled_from(["ADD", "MULTIPLY"])), "extra": "MULTIPLY",
                       "best": "BEST_OF"},
            "basis": draw(st.sampled_from(["GROSS", "NET"])),
            "shipping": draw(st.booleans()),
            "limits": draw(st.sampled_from([[], [{"points": 900, "per": "MONTH"}]])),
            "events": EVENTS,
        },
        "tiers": tiers,
        "rewards": REWARDS,
        "membership": draw(st.sampled_from(MEMBERSHIPS)),
        "campaigns": draw(st.lists(st.sampled_from(CAMPAIGNS), max_size=3,
                                   unique_by=lambda each: each["id"])),
        "maturity": {"after": draw(st.sampled_from(["PAYMENT", "FULFILMENT"])), "days": 14,
                     "trusted": draw(st.sampled_from([None, {"orders": 2, "days": 1}]))},
        "spent_points_of_returns": draw(st.sampled_from(["DEBT", "CLAMP"])),
    })  # fmt: skip


@dataclass(frozen=True)
class Bought:
    """One order: (category, price of a piece in cents, pieces bought, pieces kept) by line."""

    number: int
    at: datetime
    lines: tuple[tuple[str, int, int, int], ...]
    shipping: int
    is_sent: bool

    @property
    def is_kept(self) -> bool:
        """Tell whether anything of it stayed."""
        return any(kept for _, _, _, kept in self.lines)

    def before_returns(self) -> "Bought":
        """Return the order as it was when nothing had come back."""
        return replace(self, lines=tuple((c, price, n, n) for c, price, n, _ in self.lines))

    def never_bought(self) -> "Bought":
        """Return the order as if only what stayed had been bought."""
        lines = tuple((c, price, kept, kept) for c, price, _, kept in self.lines)
        return replace(self, lines=lines)


_LINES = st.integers(1, 4).flatmap(
    lambda pieces: st.tuples(
        st.sampled_from(CATEGORIES), st.integers(100, 6_000), st.just(pieces),
        st.integers(0, pieces),
    )
)  # fmt: skip


@st.composite
def lives(draw: st.DrawFn) -> list[Bought]:
    """What a member bought, the first order first."""
    days = sorted(draw(st.lists(st.integers(0, 120), min_size=1, max_size=5)))
    return [
        Bought(
            number,
            BEGAN + day * DAY + timedelta(minutes=number),
            tuple(draw(st.lists(_LINES, min_size=1, max_size=3))),
            draw(st.sampled_from([0, 0, 490])),
            draw(st.booleans()),
        )
        for number, day in enumerate(days)
    ]


def state(bought: Bought, *, hour: int = 0) -> OrderState:
    """Return the order as Saleor tells it, so many hours after it was made."""
    lines = [_line(bought, place) for place, line in enumerate(bought.lines) if line[2]]
    whole = sum((line.gross for line in lines), _money(bought.shipping))
    kept = sum((_money(price * left) for _, price, _, left in bought.lines), Decimal(0))
    kept += _money(bought.shipping)
    # What came back was paid back; all of it: shipping too.
    kept = kept if bought.is_kept else Decimal(0)
    at = bought.at + timedelta(hours=hour)
    return OrderState(
        saleor_id=f"T3JkZXI6{bought.number}", number=str(bought.number), user_id="VXNlcjox",
        origin="CHECKOUT", status="UNFULFILLED",
        charge_status="FULL" if kept == whole else "PARTIAL", currency="EUR", total=whole,
        shipping_gross=_money(bought.shipping),
        shipping_net=_money(bought.shipping), charged=kept, refunded=whole - kept,
        charged_to_gift_cards=Decimal(0), lines=tuple(lines), fulfilled_at=None,
        created_at=bought.at, changed_at=at, read_at=at, channel="default-channel",
    )  # fmt: skip


def _line(bought: Bought, place: int) -> OrderLine:
    category, price, pieces, kept = bought.lines[place]
    gross, net = _money(price * pieces), _money(price * pieces * 4) / 5
    parcels = (Parcel(bought.at + DAY, kept),) if bought.is_sent and kept else ()
    return OrderLine(
        f"L{place}", pieces, pieces - kept, gross, net, False, False, gross, net,
        parcels=parcels, goods=Goods("p", "s", "t", (category,), ()),
    )  # fmt: skip


def _money(cents: int) -> Decimal:
    return (Decimal(cents) / 100).quantize(Decimal("0.0001"))
