"""A document with as many mistakes as one can make, and where each of them is."""

from typing import Any

#: What each mistake must be told as: code by path.
ERRORS = {
    "timezone": "UNKNOWN_TIMEZONE",
    "unit.one": "EMPTY",
    "nonsense": "UNKNOWN_WORD",
    "earning.rates.eur": "WRONG_SHAPE",
    "earning.rates.USD.per": "NOT_A_NUMBER",
    "earning.bassis": "UNKNOWN_WORD",
    "earning.rules[1].id": "DUPLICATE_ID",
    "earning.rules[1].when.ends_at": "ENDS_BEFORE_IT_BEGINS",
    "earning.rules[1].group": "UNKNOWN_GROUP",
    "earning.rules[1].audience.tiers[1]": "UNKNOWN_TIER",
    "earning.rules[2].effect.kind": "NOT_A_CHOICE",
    "earning.rules[3].effect.bands.EUR[1].up_to": "BANDS_DO_NOT_RISE",
    "earning.rules[3].effect.bands.EUR[2].up_to": "LAST_BAND_NOT_OPEN",
    "earning.rules[3].limits[0]": "EMPTY_LIMIT",
    "earning.rules[3].limits[1].per": "NOT_A_CHOICE",
    "earning.rules[3].when.weekdays[1]": "TOO_LARGE",
    "earning.rules[3].when.until_time": "NO_TIME",
    "earning.rules[4].id": "RESERVED_ID",
    "earning.rules[4].budget": "BUDGET_BELOW_AWARD",
    "earning.rules[4].when.starts_at": "NOT_A_MOMENT",
    "earning.rules[4].name": "MISSING",
    "earning.rules[5]": "NOT_AN_OBJECT",
    "earning.events[0].limits": "TOO_FEW",
    "earning.events[0].id": "DUPLICATE_ID",
    "earning.events[0].reward": "UNKNOWN_REWARD",
    "maturity.days": "TOO_SMALL",
    "expiry.months": "DAYS_AND_MONTHS",
    "tiers.currency": "NO_CURRENCY",
    "tiers.levels[1].threshold": "TIERS_DO_NOT_RISE",
    "tiers.levels[2].id": "DUPLICATE_ID",
    "tiers.validity.months": "NO_MONTHS",
    "tiers.levels[1].benefits.multiplier": "TOO_SMALL",
    "campaigns[0].award": "EMPTY_AWARD",
    "campaigns[0].target": "OUT_OF_REACH",
    "campaigns[1].period": "NO_PERIOD",
    "campaigns[1].currency": "NO_CURRENCY",
    "campaigns[1].budget": "BUDGET_BELOW_AWARD",
    "campaigns[2].at": "INVALID",
    "campaigns[2].id": "DUPLICATE_ID",
    "value.worth.EUR.money": "TOO_PRECISE",
    "rewards[0].money": "NO_MONEY",
    "rewards[0].steps.at_most": "OUT_OF_REACH",
    "rewards[0].limits[0].points": "NOT_COUNTED",
    "rewards[0].tier_points.bronze": "UNKNOWN_TIER",
    "rewards[1].percent": "TOO_LARGE",
    "rewards[1].share_at_most": "OUT_OF_REACH",
    "rewards[2].points": "NO_POINTS",
    "rewards[2].scope.only": "NO_GOODS",
    "rewards[2].scope.full_price_only": "NOT_IN_VOUCHERS",
    "rewards[3].segment": "NO_SEGMENT",
    "rewards[3].percent": "OTHER_KIND",
    "rewards[3].steps": "OTHER_KIND",
    "conversion.step": "MISSING",
}
NOT_YET_ACTIVE = {"referral"}
WARNINGS = {
    "earning.rules[0].effect.factor": "NEVER_MATTERS",
    "earning.rules[0].limits[1].points": "NEVER_MATTERS",
    "earning.rules[0].scope.only.categories[1]": "REPEATED",
    "earning.rules[1].scope.only.categories[0]": "NOTHING_MEANT",
    "earning.rules[1].effect": "NO_RATE",
    "earning.groups.lonely": "EMPTY_GROUP",
    "earning.groups.best": "NOTHING_TO_CHOOSE",
    "campaigns[1].opt_in": "OPT_IN_WITHOUT_END",
    "campaigns[2].audience.every_order": "NEVER_MATTERS",
    "campaigns[2].at": "OVER",
    "tiers.levels[2].benefits.maturity_days": "NEVER_MATTERS",
    "redeeming.rewards_per_order": "ONE_VOUCHER_PER_ORDER",
    "redeeming.store_credit_from.PLN": "NEVER_MATTERS",
    "rewards[3].points": "NEVER_HAD",
    "rewards[3].minimum": "NEVER_MATTERS",
    "conversion.members_only": "NO_MEMBERSHIP",
}


def document() -> dict[str, Any]:
    """Return the document."""
    return {
        "timezone": "Europe/Atlantis",
        "unit": {"one": ""},
        "nonsense": True,
        "earning": _earning(),
        "maturity": {"days": -1},
        "expiry": {"days": 30, "months": 1},
        "tiers": {
            "levels": [
                {"id": "silver", "name": "Silver", "threshold": 100},
                {"id": "gold", "name": "Gold", "threshold": 90, "benefits": {"multiplier": 0}},
                {"id": "gold", "name": "Gold", "threshold": 200, "benefits": {"maturity_days": 9}},
            ],
            "validity": {"until": "MONTHS"},
        },
        "campaigns": _campaigns(),
        "value": {"worth": {"EUR": {"points": 100, "money": "1.00001"}}},
        "rewards": [
            {
                "id": "five", "name": "5 €", "kind": "MONEY_OFF", "points": 500,
                "steps": {"at_least": 5, "at_most": 4}, "tier_points": {"bronze": 400},
                "limits": [{"points": 500, "per": "DAY"}],
            },
            {
                "id": "half", "name": "Half", "kind": "PERCENT_OFF", "points": 9, "percent": 101,
                "share_at_most": 50,
            },
            {
                "id": "gift", "name": "Gift", "kind": "PRODUCT", "tier_points": {"gold": 5},
                "scope": {"full_price_only": True},
            },
            {
                "id": "door", "name": "Door", "kind": "ACCESS", "percent": 5, "steps": {},
                "minimum": {"EUR": 10},
            },
        ],
        "redeeming": {"rewards_per_order": 2, "store_credit_from": {"PLN": 5}},
        "conversion": {
            "each": "YEAR", "at_least": 1, "money": {"EUR": 1}, "valid_days": 1,
            "members_only": True,
        },
        "referral": {"advocate_points": 5},
    }  # fmt: skip


def _earning() -> dict[str, Any]:
    return {
        "rates": {"eur": {"points": 1, "per": 1}, "USD": {"points": 1, "per": "one"}},
        "bassis": "NET",
        "paid_by_points": "FULL",
        "groups": {"lonely": "ADD", "best": "BEST_OF"},
        "rules": [
            {
                "id": "boost", "name": "Boost", "effect": {"kind": "MULTIPLIER", "factor": 1},
                "limits": [{"points": 100, "per": "MONTH"}, {"points": 200, "per": "DAY"}],
                "scope": {"only": {"categories": ["coffee", "coffee"]}},
                "group": "best",
            },
            {
                "id": "boost", "name": "Boost", "effect": {"kind": "MULTIPLIER", "factor": 2},
                "scope": {"only": {"categories": ["tea"]}, "without": {"categories": ["tea"]}},
                "when": {
                    "starts_at": "2026-12-08T00:00:00Z", "ends_at": "2026-12-01T00:00:00+01:00"
                },
                "group": "bset",
                "audience": {"tiers": ["gold", "platinum"]},
                "currencies": ["GBP"],
            },
            {"id": "typo", "name": "Typo", "effect": {"kind": "MULTIPLIRE", "factor": 2}},
            {
                "id": "steps", "name": "Steps",
                "effect": {
                    "kind": "BANDS",
                    "bands": {"EUR": [
                        {"up_to": 50, "points": 5, "per": 1},
                        {"up_to": 50, "points": 5, "per": 1},
                        {"up_to": 90, "points": 5, "per": 1},
                    ]},
                },
                "limits": [{"per": "DAY"}, {"points": 5, "per": "FORTNIGHT"}],
                "when": {"weekdays": [1, 8], "from_time": "10:00", "until_time": "10:00"},
            },
            {
                "id": "tier-gold", "effect": {"kind": "BONUS", "points": 100}, "budget": 99,
                "when": {"starts_at": "2026-12-01"},
            },
            "a rule",
        ],
        "events": [
            {"id": "boost", "name": "Hello", "event": "review", "reward": "mug", "limits": []}
        ],
    }  # fmt: skip


def _campaigns() -> list[dict[str, Any]]:
    return [
        {
            "kind": "STAMPS", "id": "card", "name": "Card", "target": 10, "at_most_a_day": 1,
            "resets_each": "WEEK", "award": {},
        },
        {
            "kind": "CHALLENGE", "id": "streak", "name": "Streak", "goal": "MONEY", "target": 3,
            "in_a_row": 3, "opt_in": True, "award": {"points": 100}, "budget": 50,
        },
        {
            "kind": "SURPRISE", "id": "card", "name": "Surprise", "at": "1999-01-01T00:00:00Z",
            "award": {"points": 5}, "audience": {"every_order": 3},
        },
    ]  # fmt: skip
