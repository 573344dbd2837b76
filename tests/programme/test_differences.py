"""What a new version changes is told in words, and nothing is left out."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from programme.documents import documents

from saleor_loyalty.programme import presets
from saleor_loyalty.programme.differences import Change, difference
from saleor_loyalty.programme.document import Programme

PLAIN: dict[str, Any] = {
    "timezone": "Europe/Paris",
    "earning": {
        "rates": {"EUR": {"points": 1, "per": 1}},
        "rules": [
            {"id": "boost", "name": "Boost", "effect": {"kind": "MULTIPLIER", "factor": 2},
             "scope": {"only": {"categories": ["coffee", "tea"]}}},
        ],
    },
    "expiry": {"months": 12},
    "maturity": {"days": 14},
    "tiers": {
        "currency": "EUR",
        "levels": [
            {"id": "silver", "name": "Silver", "threshold": 100},
            {"id": "gold", "name": "Gold", "threshold": 450, "benefits": {"multiplier": 1.5}},
        ],
    },
    "value": {"worth": {"EUR": {"points": 100, "money": 5}}},
    "rewards": [
        {"id": "five", "name": "5 € off", "kind": "MONEY_OFF", "points": 100, "money": {"EUR": 5}},
    ],
}  # fmt: skip
COFFEE = {
    "id": "double-coffee", "name": "Double coffee", "effect": {"kind": "MULTIPLIER", "factor": 2},
    "scope": {"only": {"categories": ["coffee"]}},
    "when": {"starts_at": "2026-12-01T00:00:00+01:00", "ends_at": "2026-12-09T00:00:00+01:00"},
}  # fmt: skip
TAKEN_OUT = object()


def changed(path: str, value: Any, document: Any = None) -> dict[str, Any]:
    """Return the plain document with something else at a place."""
    document = PLAIN if document is None else document
    key, _, rest = path.partition(".")
    if isinstance(document, list):
        items = [*document, None] if int(key) == len(document) else [*document]
        items[int(key)] = changed(rest, value, items[int(key)]) if rest else value
        return items  # type: ignore[return-value]
    inner = changed(rest, value, document.get(key, {})) if rest else value
    return {name: part for name, part in (document | {key: inner}).items() if part is not TAKEN_OUT}


def told(new: dict[str, Any], old: dict[str, Any] = PLAIN) -> list[str]:
    found = difference(Programme.model_validate(old), Programme.model_validate(new))
    return [change.message for change in found]


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("name", "Pearls", "The programme is called “Pearls” instead of “Rewards”."),
        ("earning.rates.EUR.points", 2, "1 point per 1 EUR becomes 2 points per 1 EUR."),
        ("earning.rates.USD", {"points": 3, "per": "2.5"},
         "Orders in USD earn 3 points per 2.50 USD."),
        ("earning.rates.EUR", TAKEN_OUT, "Orders in EUR no longer earn 1 point per 1 EUR."),
        ("earning.shipping", True, "Earning: shipping counts yes instead of no."),
        ("earning.rules.1", COFFEE,
         "Rule “Double coffee” was added: 2 × on category coffee from 1 December 2026"
         " to 8 December 2026."),
        ("earning.rules", [], "Rule “Boost” was taken out: 2 × on category coffee, tea."),
        ("earning.rules.0.effect.factor", 3, "Rule “Boost”: gives 3 × instead of 2 ×."),
        ("earning.rules.0.effect", {"kind": "BONUS", "points": 50},
         "Rule “Boost”: gives 50 points for an order instead of 2 ×."),
        ("earning.rules.0.scope.only.categories.0", "cocoa",
         "Rule “Boost”: on category cocoa, tea instead of category coffee, tea."),
        ("earning.rules.0.when", {"weekdays": [6, 7], "from_time": "22:00", "until_time": "02:00"},
         "Rule “Boost”: time on Saturday, Sunday from 22:00 on until 02:00 instead of always."),
        ("earning.rules.0.audience", {"tiers": ["gold"], "order_numbers": [1]},
         "Rule “Boost”: for members of level gold, order number 1 instead of everybody."),
        ("earning.rules.0.limits", [{"points": 500, "per": "MONTH"}, {"times": 1, "per": "EVER"}],
         "Rule “Boost”: limits at most 500 points a month, at most once in all instead of"
         " nothing."),
        ("earning.rules.0.name", "Bust", "Rule “Boost”: name Bust instead of Boost."),
        ("earning.rules.0.budget", 9000, "Rule “Boost”: budget 9,000 points instead of nothing."),
        ("maturity.days", 0, "Points become usable with payment instead of 14 days after payment."),
        ("maturity.after", "FULFILMENT",
         "Points become usable 14 days after each parcel instead of 14 days after payment."),
        ("expiry.months", None, "Points lapse never instead of after 12 months."),
        ("expiry.counts_from", "LAST_ACT",
         "Points lapse after 12 months, without an act (ORDER) instead of after 12 months."),
        ("expiry.notice_days", 60, "Expiry: days of notice 60 instead of 30."),
        ("tiers.levels.1.threshold", 500, "Level “Gold” from 500 EUR instead of 450 EUR."),
        ("tiers.levels.1.benefits.multiplier", 2,
         "Level “Gold” earns 2 × instead of 1.5 ×."),
        ("tiers.levels.2", {"id": "platinum", "name": "Platinum", "threshold": 900},
         "Level “Platinum” was added: “Platinum” from 900 EUR."),
        ("tiers.window", {"kind": "ROLLING", "months": 6},
         "Levels: counted over the last 6 months instead of the calendar year."),
        ("tiers", None,
         "Levels were taken out: “Silver” from 100 EUR, “Gold” from 450 EUR (multiplier 1.5);"
         " currency EUR."),
        ("value.worth.EUR.money", 4,
         "Points are worth at least 4 EUR for 100 points instead of at least 5 EUR for 100"
         " points."),
        ("campaigns", [{"kind": "STAMPS", "id": "card", "name": "Card", "target": 10,
                        "award": {"points": 50}}],
         "Campaign “Card” was added: 50 points, target 10."),
        ("rewards.0.points", 120, "Reward “5 € off” costs 120 points instead of 100 points."),
        ("rewards.0.points", None, "Reward “5 € off” no longer costs 100 points."),
        ("rewards.0.tier_points.gold", 80, "Reward “5 € off” for level gold costs 80 points now."),
        ("rewards.0.money.EUR", "7.5", "Reward “5 € off”: money 7.50 EUR instead of 5 EUR."),
        ("rewards.0.money.USD", 6, "Reward “5 € off”: money 6 USD instead of nothing."),
        ("rewards.0.minimum.EUR", 20,
         "Reward “5 € off”: smallest order 20 EUR instead of nothing."),
        ("rewards.0.steps", {},
         "Reward “5 € off”: had any number of times at once instead of nothing."),
        ("rewards.0.steps", {"at_least": 2, "at_most": 9},
         "Reward “5 € off”: had at least 2 times at once, at most 9 times at once instead of"
         " nothing."),
        ("rewards.0.limits", [{"times": 3, "per": "YEAR"}],
         "Reward “5 € off”: limits at most 3 times a year instead of nothing."),
        ("rewards.0.share_at_most", 50,
         "Reward “5 € off”: percent of the goods at most 50 instead of nothing."),
        ("rewards.0.channels", ["web", "app"],
         "Reward “5 € off”: channels web, app instead of nothing."),
        ("rewards.0.kind", "GIFT_CARD",
         "Reward “5 € off”: kind GIFT_CARD instead of MONEY_OFF."),
        ("rewards.1", {"id": "door", "name": "First in", "kind": "ACCESS", "points": 50,
                       "segment": "early", "valid_days": 7},
         "Reward “First in” was added: kind ACCESS, 50 points, segment early, days it is valid"
         " 7."),
        ("rewards", [],
         "Reward “5 € off” was taken out: kind MONEY_OFF, 100 points, money 5 EUR."),
        ("redeeming.rewards_per_order", 1, "Redeeming: rewards per order 1 instead of nothing."),
        ("redeeming.points_per_order", 400,
         "Redeeming: points per order 400 points instead of nothing."),
        ("redeeming.benefit_at_most", 40,
         "Redeeming: percent of the goods that all take off at most 40 instead of nothing."),
        ("redeeming.with_promo_code", "REPLACE",
         "Redeeming: beside a promo code REPLACE instead of REFUSE."),
        ("redeeming.store_credit_from.EUR", 50,
         "Redeeming: store credit from 50 EUR instead of nothing."),
        ("redeeming.hold_minutes", 60,
         "Redeeming: minutes it is kept in a checkout 60 instead of 30."),
        ("redeeming.cancelled", "KEEP",
         "Redeeming: points of a cancelled order KEEP instead of RESTORE."),
        ("redeeming.refunded", "KEEP",
         "Redeeming: points of refunded goods KEEP instead of RESTORE."),
        ("redeeming.grace_days", 30, "Redeeming: days of grace 30 instead of 14."),
        ("redeeming.used_by_others", "VOID",
         "Redeeming: a code used by others VOID instead of FLAG."),
        ("redeeming.used_again", "VOID", "Redeeming: a code used again VOID instead of FLAG."),
        ("conversion", {"each": "QUARTER", "at_least": 150, "step": 50, "money": {"EUR": "0.5"},
                        "valid_days": 90},
         "Conversion: for each QUARTER, at least 150 points, step 50 points, money 0.50 EUR, days"
         " it is valid 90 instead of nothing."),
        ("membership", {"product": "club"}, "Membership: product club instead of nothing."),
        ("timezone", "UTC", "Time zone: UTC instead of Europe/Paris."),
    ],
)  # fmt: skip
def test_a_change_is_told_in_a_sentence(path: str, value: Any, sentence: str) -> None:
    assert told(changed(path, value)) == [sentence]


class TestDifference:
    def test_names_the_place_by_ids(self) -> None:
        new = Programme.model_validate(changed("tiers.levels.1.threshold", 500))

        assert difference(Programme.model_validate(PLAIN), new) == (
            Change("tiers.levels.gold.threshold", "Level “Gold” from 500 EUR instead of 450 EUR."),
        )

    def test_tells_what_comes_and_goes_in_a_long_list(self) -> None:
        old = changed("tiers.levels.0.benefits.tags", ["a", "b"])
        new = changed("tiers.levels.0.benefits.tags", ["b", "c"])

        assert told(new, old) == ["Level “Silver”: benefits tags also c, no longer a."]

    def test_tells_another_order(self) -> None:
        old = changed("earning.rules.1", COFFEE)
        new = changed("earning.rules", old["earning"]["rules"][::-1])

        assert told(new, old) == ["Earning: rules in the order double-coffee, boost."]

    def test_calls_points_as_each_version_does(self) -> None:
        new = changed("unit.many", "stars", changed("earning.rates.EUR.points", 2))

        assert told(new) == [
            "Unit: many stars instead of points.",
            "1 point per 1 EUR becomes 2 stars per 1 EUR.",
        ]

    def test_tells_what_points_become_by_themselves(self) -> None:
        old = changed(
            "conversion",
            {"each": "YEAR", "at_least": 100, "step": 50, "money": {"EUR": 1}, "valid_days": 9},
        )
        new = changed("conversion.money.EUR", "1.5", changed("conversion.step", 100, old))

        assert told(new, old) == [
            "Conversion: step 100 points instead of 50 points.",
            "Conversion: money 1.50 EUR instead of 1 EUR.",
        ]

    def test_tells_what_levels_pay(self) -> None:
        old = changed("rewards.0.tier_points", {"gold": 80, "silver": 90})
        new = changed("rewards.0.tier_points", {"gold": 70})

        assert told(new, old) == [
            "Reward “5 € off” for level gold costs 70 points instead of 80 points.",
            "Reward “5 € off” for level silver no longer costs 90 points.",
        ]

    def test_tells_steps_in_one_sentence(self) -> None:
        old = changed("rewards.0.steps", {"at_least": 2, "at_most": 5})
        new = changed("rewards.0.steps", {"at_least": 1})

        assert told(new, old) == [
            "Reward “5 € off”: had any number of times at once instead of at least 2 times at"
            " once, at most 5 times at once."
        ]

    def test_counts_amounts_written_otherwise_as_the_same(self) -> None:
        assert told(changed("earning.rates.EUR.per", "1.00")) == []

    @given(old=documents, new=documents)
    @settings(max_examples=300)
    def test_is_empty_exactly_where_two_documents_are_the_same(
        self, old: Programme, new: Programme
    ) -> None:
        changes = difference(old, new)

        assert bool(changes) == (old != new)
        assert all(change.message and change.path for change in changes)
        assert len({change.path for change in changes}) == len(changes)

    @given(document=documents, data=st.data())
    def test_tells_one_change_about_its_place_only(
        self, document: Programme, data: st.DataObject
    ) -> None:
        chapter = data.draw(st.sampled_from(sorted(set(Programme.model_fields) - {"unit"})))
        other = data.draw(documents)
        new = document.model_copy(update={chapter: getattr(other, chapter)})

        assert {change.path.split(".")[0] for change in difference(document, new)} <= {chapter}
        assert difference(document, document) == ()

    @pytest.mark.parametrize("name", presets.names())
    def test_of_a_preset_and_its_stored_form_there_is_none(self, name: str) -> None:
        programme = Programme.model_validate(presets.load(name))
        stored = Programme.model_validate(programme.model_dump(mode="json"))

        assert difference(programme, stored) == ()
        assert difference(Programme(), programme)
