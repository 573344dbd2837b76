"""The rewards that points buy in these tests, and goods to use them for."""

from typing import Any

from saleor_loyalty.programme.document import Programme

#: Four bags of coffee beans.
GOODS = (("coffee-beans", 4),)
#: As much, of two kinds.
TWO_LINES = (("coffee-beans", 2), ("tote-bag", 1))

REWARDS: list[dict[str, Any]] = [
    {"id": "money", "name": "5 off", "kind": "MONEY_OFF", "points": 100, "steps": {},
     "money": {"USD": "5", "EUR": "4"}},
    {"id": "fifty", "name": "50 off", "kind": "MONEY_OFF", "points": 500, "money": {"USD": "50"}},
    {"id": "small", "name": "2 off", "kind": "MONEY_OFF", "points": 50, "money": {"USD": "2"}},
    {"id": "tenth", "name": "A tenth off", "kind": "PERCENT_OFF", "points": 300, "percent": 10},
    {"id": "coffee", "name": "Free coffee", "kind": "PRODUCT", "points": 200,
     "scope": {"only": {"products": ["coffee-beans"]}}},
    {"id": "post", "name": "Free shipping", "kind": "FREE_SHIPPING", "points": 150},
    {"id": "card", "name": "Store credit", "kind": "GIFT_CARD", "points": 100, "steps": {},
     "money": {"USD": "5"}},
    {"id": "club", "name": "The club", "kind": "ACCESS", "points": 80, "segment": "club"},
    {"id": "cinema", "name": "A cinema ticket", "kind": "PARTNER_CODE", "points": 20},
    {"id": "trees", "name": "Ten trees", "kind": "DONATION", "points": 50, "stock": 3},
    {"id": "mug", "name": "A free mug", "kind": "PRODUCT",
     "scope": {"only": {"products": ["enamel-mug"]}}},
    {"id": "rare", "name": "3 off, twice", "kind": "MONEY_OFF", "points": 30, "stock": 2,
     "money": {"USD": "3"}},
    {"id": "once", "name": "2 off, once", "kind": "MONEY_OFF", "points": 20,
     "money": {"USD": "2"}, "limits": [{"times": 1, "per": "EVER"}]},
]  # fmt: skip


def programme(**redeeming: Any) -> Programme:
    """Rewards only: orders earn nothing, so that all points come from where a test says."""
    return Programme.model_validate({"rewards": REWARDS, "redeeming": redeeming})
