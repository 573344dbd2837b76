"""Everything that is wrong with a document is told at once, and nothing makes us stumble."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programme import mistakes

from saleor_loyalty.gateways.saleor import goods
from saleor_loyalty.programme import presets
from saleor_loyalty.programme.checks.reading import BYTES_MAX
from saleor_loyalty.programme.checks.rewards import GOODS_MAX
from saleor_loyalty.programme.document import Programme, starting_programme
from saleor_loyalty.programme.schema import json_schema
from saleor_loyalty.programme.validation import (
    PROBLEMS_MAX,
    Checked,
    Problem,
    Severity,
    check,
    check_text,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PLAIN: dict[str, Any] = {"earning": {"rates": {"EUR": {"points": 1, "per": 1}}}}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["EUR", "MULTIPLIER", "BEST_OF", "2026-12-01T00:00:00Z", "gold", "MONTHS"]),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def codes(checked: Checked, severity: Severity) -> dict[str, str]:
    return {each.path: each.code for each in checked.problems if each.severity is severity}


def problems(at: datetime | None = NOW, **chapters: Any) -> list[tuple[str, str, str]]:
    """Return severity, path and code of what is wrong with a plain programme and these chapters."""
    found = check(PLAIN | chapters, at=at).problems
    return [(str(each.severity), each.path, each.code) for each in found]


def rule(**changes: Any) -> dict[str, Any]:
    plain = {"id": "r", "name": "R", "effect": {"kind": "MULTIPLIER", "factor": 2}}
    return {**PLAIN["earning"], "rules": [plain | changes]}


class TestCheck:
    def test_finds_nothing_wrong_with_what_a_shop_starts_with(self) -> None:
        programme = starting_programme(["EUR", "USD"])

        assert check(programme.model_dump(mode="json"), at=NOW) == Checked(programme, ())

    def test_tells_every_mistake_of_a_document_at_once(self) -> None:
        found = check(mistakes.document(), at=NOW)

        assert found.programme is None
        assert len(mistakes.ERRORS) >= 30
        assert codes(found, Severity.ERROR) == mistakes.ERRORS
        assert codes(found, Severity.NOT_YET_ACTIVE).keys() == mistakes.NOT_YET_ACTIVE
        assert codes(found, Severity.WARNING) == mistakes.WARNINGS

    def test_says_what_to_do_in_a_sentence_in_the_language_that_is_active(self) -> None:
        for language in ("en", "fr"):
            with translation.override(language):
                for problem in check(mistakes.document(), at=NOW).problems:
                    assert problem.message[0].isupper()
                    assert problem.message[-1] in ".?"
                    assert "%(" not in problem.message

    def test_tells_errors_first(self) -> None:
        severities = [each.severity for each in check(mistakes.document()).problems]

        assert severities == sorted(severities, key=list(Severity).index)

    @pytest.mark.parametrize("name", presets.names())
    def test_finds_nothing_wrong_with_a_preset(self, name: str) -> None:
        found = check(presets.load(name), at=NOW)

        assert found.programme
        assert [each for each in found.problems if each.severity is Severity.ERROR] == []
        assert [each for each in found.problems if each.severity is Severity.WARNING] == []

    def test_reads_what_was_published_before_terms_knew_more(self) -> None:
        older = {"earning": {**PLAIN["earning"], "gift_card_money": True}}

        assert (
            check(older).programme
            == check({"earning": {**PLAIN["earning"], "paid_by_gift_card": "FULL"}}).programme
        )

    def test_gives_up_counting_after_some_hundred_problems(self) -> None:
        found = check({f"word{n}": 1 for n in range(2_000)}).problems

        assert len(found) == PROBLEMS_MAX + 1
        assert (found[-1].code, found[-1].path) == ("MORE", "")


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "document"),
        [
            ("earning.rates.EUR.per", {"earning": {"rates": {"EUR": {"points": 1}}}}),
            ('earning.rates["E U"]', {"earning": {"rates": {"E U": {"points": 1, "per": 1}}}}),
            ('["a.b"]', {"a.b": 1}),
            ("earning.rules[0].effect.rates.EUR.points",
             {"earning": rule(effect={"kind": "RATE", "rates": {"EUR": {"points": 0, "per": 1}}})}),
            ("tiers.window.months",
             {"tiers": {"levels": [{"id": "a", "name": "A", "threshold": 1}], "currency": "EUR",
                        "window": {"kind": "ROLLING", "months": 0}}}),
            ("", []),
            ("", None),
        ],
    )  # fmt: skip
    def test_name_the_very_place(self, path: str, document: Any) -> None:
        assert [each.path for each in check(document).problems if each.code != "NOTHING_EARNS"] == [
            path
        ]


class TestRules:
    def test_of_one_group_with_a_best_are_told_about_the_everyday_rate(self) -> None:
        earning = rule() | {"groups": {"base": "BEST_OF"}}

        assert problems(earning=earning) == [
            ("WARNING", "earning.groups.base", "REPLACES_EVERYDAY_RATE")
        ]

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"when": {"ends_at": "2026-10-31T23:00:00Z"}}, ("when.ends_at", "OVER")),
            ({"limits": [{"times": 1, "per": "ORDER"}]}, ("limits[0].times", "NEVER_MATTERS")),
            ({"limits": [{"points": 5, "per": "DAY"}, {"points": 5, "per": "DAY"}]},
             ("limits[1].points", "NEVER_MATTERS")),
            ({"limits": [{"points": 50, "per": "DAY"}], "budget": 50},
             ("limits[0].points", "NEVER_MATTERS")),
            ({"effect": {"kind": "BONUS", "points": 9}, "limits": [{"points": 8, "per": "DAY"}]},
             ("limits[0].points", "LIMIT_BELOW_AWARD")),
            ({"effect": {"kind": "THRESHOLD", "points": 9, "money": {"USD": 1}},
              "currencies": ["EUR"]}, ("effect.money.USD", "NEVER_MATTERS")),
            ({"when": {"weekdays": [6, 7, 6]}}, ("when.weekdays[2]", "REPEATED")),
        ],
    )  # fmt: skip
    def test_that_hardly_do_what_was_meant_are_warned_of(
        self, change: dict[str, Any], told: tuple[str, str]
    ) -> None:
        path, code = told

        assert problems(earning=rule(**change)) == [("WARNING", f"earning.rules[0].{path}", code)]

    @pytest.mark.parametrize(
        "change",
        [
            {"limits": [{"points": 500, "per": "WEEK"}, {"points": 400, "per": "MONTH"}]},
            {"limits": [{"points": 5, "per": "DAY"}, {"points": 6, "per": "YEAR"}]},
            {"when": {"ends_at": "2026-11-01T00:00:01Z"}},
            {"when": {"from_time": "22:00", "until_time": "02:00"}},
            {"effect": {"kind": "MULTIPLIER", "factor": "0.5"}},
        ],
    )
    def test_that_make_sense_are_left_alone(self, change: dict[str, Any]) -> None:
        assert problems(earning=rule(**change)) == []

    def test_are_not_told_to_be_over_where_nobody_says_when_it_is(self) -> None:
        earning = rule(when={"ends_at": "2001-01-01T00:00:00Z"})

        assert problems(at=None, earning=earning) == []


class TestTiming:
    @pytest.mark.parametrize(
        ("chapter", "change", "told"),
        [
            ("expiry", {"counts_from": "LAST_ACT"}, ("ERROR", "counts_from", "NO_TERM")),
            ("expiry", {"round_up_to": "YEAR"}, ("WARNING", "round_up_to", "NEVER_MATTERS")),
            ("expiry", {"months": 1, "acts": ["EVENT"]}, ("WARNING", "acts", "NEVER_MATTERS")),
            ("expiry", {"days": 20}, ("WARNING", "notice_days", "NOTICE_BEFORE_BEGINNING")),
            ("maturity", {"days": 14, "trusted": {"orders": 3, "days": 14}},
             ("WARNING", "trusted.days", "NEVER_MATTERS")),
            ("maturity", {"days": 14, "windows": [{"days": 3}]},
             ("WARNING", "windows[0]", "FITS_EVERYTHING")),
            ("maturity", {"days": 14, "windows": [
                {"days": 30, "product_types": ["shoes", "hats"]},
                {"days": 3, "product_types": ["shoes"], "channels": ["web"]}]},
             ("WARNING", "windows[1]", "NEVER_MATTERS")),
        ],
    )  # fmt: skip
    def test_that_makes_no_sense_is_told(
        self, chapter: str, change: dict[str, Any], told: tuple[str, str, str]
    ) -> None:
        severity, path, code = told

        assert problems(**{chapter: change}) == [(severity, f"{chapter}.{path}", code)]


class TestTiers:
    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"metric": "ATTRIBUTE", "currency": None}, ("ERROR", "attribute", "NO_ATTRIBUTE")),
            ({"metric": "POINTS"}, ("WARNING", "currency", "NEVER_MATTERS")),
            ({"attribute": "age"}, ("WARNING", "attribute", "NEVER_MATTERS")),
            ({"metric": "MEMBERSHIP", "currency": None},
             ("WARNING", "metric", "NO_MEMBERSHIP")),
            ({"validity": {"months": 3}}, ("WARNING", "validity.months", "NEVER_MATTERS")),
            ({"validity": {"until": "FOR_EVER"}, "grace_days": 3},
             ("WARNING", "grace_days", "NEVER_MATTERS")),
            ({"group": "vip"}, ("ERROR", "group", "UNKNOWN_GROUP")),
            ({"levels": [{"id": "a", "name": "A", "threshold": 1, "benefits": {"multiplier": 3}},
                         {"id": "b", "name": "B", "threshold": 2, "benefits": {"multiplier": 2}}]},
             ("WARNING", "levels[1].benefits.multiplier", "LESS_THAN_BELOW")),
            ({"levels": [{"id": "a", "name": "A", "threshold": 1,
                          "benefits": {"points_expire": False}}]},
             ("WARNING", "levels[0].benefits.points_expire", "NEVER_MATTERS")),
        ],
    )  # fmt: skip
    def test_that_make_no_sense_are_told(
        self, change: dict[str, Any], told: tuple[str, str, str]
    ) -> None:
        severity, path, code = told
        tiers = {"levels": [{"id": "a", "name": "A", "threshold": "1"}], "currency": "EUR"}

        assert problems(tiers=tiers | change) == [(severity, f"tiers.{path}", code)]


FIVE_OFF = {"id": "it", "name": "It", "kind": "MONEY_OFF", "points": 100, "money": {"EUR": 5}}
A_TENTH = {"id": "it", "name": "It", "kind": "PERCENT_OFF", "points": 100, "percent": 10}
A_TEA = {
    "id": "it", "name": "It", "kind": "PRODUCT", "points": 100,
    "scope": {"only": {"categories": ["tea"]}},
}  # fmt: skip
TWO_LEVELS = {
    "currency": "EUR",
    "levels": [
        {"id": "silver", "name": "Silver", "threshold": 1},
        {"id": "gold", "name": "Gold", "threshold": 2},
    ],
}


def of_kind(kind: str, **terms: Any) -> dict[str, Any]:
    return {"id": "it", "name": "It", "kind": kind, "points": 100, **terms}


class TestRewards:
    @pytest.mark.parametrize(
        "reward",
        [
            FIVE_OFF,
            {**FIVE_OFF, "steps": {}},
            {**FIVE_OFF, "steps": {"at_least": 2, "at_most": 2}, "per_order": 2, "stock": 2},
            {**FIVE_OFF, "minimum": {"EUR": 20}, "share_at_most": 50, "tier_points": {"gold": 80}},
            {**FIVE_OFF, "limits": [{"times": 1, "per": "DAY"}, {"times": 5, "per": "YEAR"}]},
            {**FIVE_OFF, "scope": {"only": {"skus": ["TEA-1"], "products": ["tea"]}}},
            A_TENTH,
            {**A_TENTH, "minimum": {"EUR": 20, "USD": 25}, "channels": ["web"]},
            {**A_TENTH, "scope": {"only": {"collections": ["tea"]}}, "share_at_most": 5},
            A_TEA,
            {**A_TEA, "percent": 50},
            of_kind("FREE_SHIPPING", minimum={"EUR": 20}, per_order=1),
            of_kind("GIFT_CARD", money={"EUR": 5}, steps={"at_most": 10}),
            of_kind("ACCESS", segment="vip"),
            of_kind("PARTNER_CODE", money={"EUR": 9}),
            of_kind("DONATION"),
            of_kind("OTHER", audience={"tiers": ["gold"]}, stock=3),
        ],
    )
    def test_that_make_sense_are_left_alone(self, reward: dict[str, Any]) -> None:
        assert problems(rewards=[reward], tiers=TWO_LEVELS) == []

    @pytest.mark.parametrize(
        ("reward", "told"),
        [
            (of_kind("GIFT_CARD"), ("money", "NO_MONEY")),
            (of_kind("PERCENT_OFF"), ("percent", "NO_PERCENT")),
            ({**FIVE_OFF, "percent": 5}, ("percent", "OTHER_KIND")),
            (of_kind("FREE_SHIPPING", percent=5), ("percent", "OTHER_KIND")),
            (of_kind("ACCESS"), ("segment", "NO_SEGMENT")),
            (of_kind("DONATION", steps={}), ("steps", "OTHER_KIND")),
            ({**A_TENTH, "steps": {"at_most": 2}}, ("steps", "OTHER_KIND")),
            ({**FIVE_OFF, "steps": {"at_least": 3, "at_most": 2}},
             ("steps.at_most", "OUT_OF_REACH")),
            ({**FIVE_OFF, "steps": {"at_least": 3}, "per_order": 2}, ("per_order", "OUT_OF_REACH")),
            ({**FIVE_OFF, "steps": {"at_least": 3}, "stock": 2}, ("stock", "OUT_OF_REACH")),
            ({**FIVE_OFF, "steps": {"at_least": 3}, "limits": [{"times": 2, "per": "DAY"}]},
             ("limits[0].times", "OUT_OF_REACH")),
            ({**FIVE_OFF, "points": None, "tier_points": {"gold": 5}}, ("points", "NO_POINTS")),
            ({**FIVE_OFF, "tier_points": {"bronze": 5}}, ("tier_points.bronze", "UNKNOWN_TIER")),
            (of_kind("PRODUCT"), ("scope.only", "NO_GOODS")),
            ({**A_TEA, "scope": {"only": {"categories": ["tea"]}, "without": {"skus": ["A"]}}},
             ("scope.without", "NOT_IN_VOUCHERS")),
            ({**FIVE_OFF, "scope": {"full_price_only": True}},
             ("scope.full_price_only", "NOT_IN_VOUCHERS")),
            ({**A_TENTH, "scope": {"only": {"product_types": ["tea"]}}},
             ("scope.only.product_types", "NOT_IN_VOUCHERS")),
            ({**A_TEA, "scope": {"only": {"skus": [f"S-{n}" for n in range(GOODS_MAX + 1)]}}},
             ("scope.only.skus", "TOO_MANY")),
            *[(of_kind(kind, scope={"only": {"categories": ["tea"]}}, **more),
               ("scope", "OTHER_KIND"))
              for kind, more in (
                  ("FREE_SHIPPING", {}), ("GIFT_CARD", {"money": {"EUR": 5}}), ("DONATION", {}),
                  ("ACCESS", {"segment": "vip"}), ("PARTNER_CODE", {}), ("OTHER", {}))],
            ({**FIVE_OFF, "limits": [{"points": 500, "per": "DAY"}]},
             ("limits[0].points", "NOT_COUNTED")),
            ({**FIVE_OFF, "limits": [{"times": 1, "per": "ORDER"}]},
             ("limits[0].per", "NOT_COUNTED")),
            ({**FIVE_OFF, "limits": [{"per": "DAY"}]}, ("limits[0]", "EMPTY_LIMIT")),
            ({**A_TEA, "share_at_most": 50}, ("share_at_most", "OTHER_KIND")),
            ({**A_TENTH, "share_at_most": 9}, ("share_at_most", "OUT_OF_REACH")),
        ],
    )  # fmt: skip
    def test_that_cannot_work_cannot_be_published(
        self, reward: dict[str, Any], told: tuple[str, str]
    ) -> None:
        path, code = told

        assert problems(rewards=[reward], tiers=TWO_LEVELS) == [
            ("ERROR", f"rewards[0].{path}", code)
        ]

    @pytest.mark.parametrize(
        ("reward", "told"),
        [
            ({**FIVE_OFF, "points": None}, ("points", "NEVER_HAD")),
            ({**FIVE_OFF, "minimum": {"EUR": 9, "USD": 9}}, ("minimum.USD", "NEVER_MATTERS")),
            ({**FIVE_OFF, "money": {"EUR": 5, "USD": 5}, "minimum": {"EUR": 9}},
             ("minimum", "NO_MINIMUM")),
            ({**A_TENTH, "money": {"EUR": 5}}, ("money", "NEVER_MATTERS")),
            ({**A_TENTH, "share_at_most": 10}, ("share_at_most", "NEVER_MATTERS")),
            ({**A_TENTH, "segment": "vip"}, ("segment", "NEVER_MATTERS")),
            (of_kind("OTHER", minimum={"EUR": 9}), ("minimum", "NEVER_MATTERS")),
            (of_kind("DONATION", per_order=1), ("per_order", "NEVER_MATTERS")),
            ({**FIVE_OFF, "when": {"ends_at": "2026-10-31T23:00:00Z"}}, ("when.ends_at", "OVER")),
        ],
    )  # fmt: skip
    def test_that_hardly_do_what_was_meant_are_warned_of(
        self, reward: dict[str, Any], told: tuple[str, str]
    ) -> None:
        path, code = told

        assert problems(rewards=[reward]) == [("WARNING", f"rewards[0].{path}", code)]

    @pytest.mark.parametrize(
        "giver",
        [
            {"tiers": {"currency": "EUR", "levels": [
                {"id": "a", "name": "A", "threshold": 1, "benefits": {"rewards": ["it"]}}]}},
            {"campaigns": [{"kind": "STAMPS", "id": "card", "name": "Card", "target": 10,
                            "award": {"reward": "it"}}]},
            {"earning": {**PLAIN["earning"], "events": [
                {"id": "b", "name": "B", "event": "birthday", "reward": "it",
                 "limits": [{"times": 1, "per": "YEAR"}]}]}},
        ],
    )  # fmt: skip
    def test_that_are_given_need_no_price(self, giver: dict[str, Any]) -> None:
        given = {**A_TEA, "points": None}

        assert problems(rewards=[given], **giver) == []
        assert problems(rewards=[{**given, "audience": {"segments": ["vip"]}}], **giver) == [
            ("WARNING", "rewards[0].audience", "NEVER_MATTERS")
        ]
        assert problems(rewards=[{**given, "limits": [{"times": 1, "per": "DAY"}]}], **giver) == [
            ("WARNING", "rewards[0].limits", "NEVER_MATTERS")
        ]

    def test_that_are_given_are_had_once_at_a_time(self) -> None:
        found = problems(rewards=[{**FIVE_OFF, "points": None, "steps": {}}])

        assert ("ERROR", "rewards[0].steps", "STEPS_WITHOUT_POINTS") in found

    def test_name_no_more_goods_than_a_voucher_is_made_for(self) -> None:
        assert GOODS_MAX == goods.GOODS_MAX


class TestWorth:
    WORTH: ClassVar = {"worth": {"EUR": {"points": 100, "money": 5}}}

    @pytest.mark.parametrize(
        ("reward", "path"),
        [
            ({**FIVE_OFF, "points": 101}, "rewards[0].money.EUR"),
            ({**FIVE_OFF, "tier_points": {"gold": 101}}, "rewards[0].money.EUR"),
            (of_kind("PARTNER_CODE", money={"EUR": "4.99"}), "rewards[0].money.EUR"),
        ],
    )
    def test_of_points_is_at_least_what_was_promised(
        self, reward: dict[str, Any], path: str
    ) -> None:
        found = problems(rewards=[reward], tiers=TWO_LEVELS, value=self.WORTH)

        assert found == [("WARNING", path, "LESS_THAN_PROMISED")]

    @pytest.mark.parametrize(
        "reward", [FIVE_OFF, {**FIVE_OFF, "points": 99}, {**FIVE_OFF, "money": {"USD": 1}}, A_TENTH]
    )
    def test_that_is_kept_needs_no_words(self, reward: dict[str, Any]) -> None:
        assert problems(rewards=[reward], value=self.WORTH) == []

    def test_holds_for_conversions_too(self) -> None:
        conversion = {
            "each": "YEAR", "at_least": 100, "step": 100, "money": {"EUR": 4}, "valid_days": 9,
        }  # fmt: skip

        assert problems(conversion=conversion, value=self.WORTH) == [
            ("WARNING", "conversion.money.EUR", "LESS_THAN_PROMISED")
        ]


class TestRedeeming:
    @pytest.mark.parametrize(
        ("redeeming", "told"),
        [
            ({"rewards_per_order": 2},
             ("WARNING", "redeeming.rewards_per_order", "ONE_VOUCHER_PER_ORDER")),
            ({"store_credit_from": {"USD": 50}},
             ("WARNING", "redeeming.store_credit_from.USD", "NEVER_MATTERS")),
            ({"points_per_order": 99}, ("WARNING", "rewards[0].points", "OUT_OF_REACH")),
            ({"benefit_at_most": 9}, ("ERROR", "rewards[1].percent", "OUT_OF_REACH")),
        ],
    )  # fmt: skip
    def test_that_makes_no_sense_is_told(
        self, redeeming: dict[str, Any], told: tuple[str, str, str]
    ) -> None:
        tenth = {**A_TENTH, "id": "tenth", "points": 50}

        assert problems(rewards=[FIVE_OFF, tenth], redeeming=redeeming) == [told]

    @pytest.mark.parametrize(
        "redeeming",
        [
            {"rewards_per_order": 1, "points_per_order": 100, "benefit_at_most": 10},
            {"rewards_per_order": 2, "with_promo_code": "STORE_CREDIT"},
            {"store_credit_from": {"EUR": 50}},
        ],
    )
    def test_that_makes_sense_is_left_alone(self, redeeming: dict[str, Any]) -> None:
        tenth = {**A_TENTH, "id": "tenth"}

        assert problems(rewards=[FIVE_OFF, tenth], redeeming=redeeming) == []

    def test_several_rewards_go_together_where_some_are_gift_cards(self) -> None:
        card = of_kind("GIFT_CARD", money={"EUR": 5})

        assert problems(rewards=[card], redeeming={"rewards_per_order": 2}) == []

    def test_a_reward_that_levels_get_for_less_may_fit_into_an_order(self) -> None:
        cheaper = {**FIVE_OFF, "tier_points": {"gold": 90}}

        assert (
            problems(rewards=[cheaper], tiers=TWO_LEVELS, redeeming={"points_per_order": 90}) == []
        )

    def test_what_paid_for_points_may_count_and_what_is_redeemed_keeps_points_alive(self) -> None:
        earning = {**PLAIN["earning"], "paid_by_points": "NONE"}
        expiry = {"months": 6, "counts_from": "LAST_ACT", "acts": ["REDEMPTION"]}

        assert problems(earning=earning, expiry=expiry) == []


class TestConversion:
    PLAIN: ClassVar = {
        "each": "QUARTER", "at_least": 150, "step": 50, "money": {"EUR": 1}, "valid_days": 90,
    }  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "told"),
        [
            ({"step": 151}, ("ERROR", "at_least", "LESS_THAN_A_STEP")),
            ({"each": "MEMBERSHIP_YEAR"}, ("ERROR", "each", "NO_MEMBERSHIP")),
            ({"members_only": True}, ("WARNING", "members_only", "NO_MEMBERSHIP")),
            ({"issued_after_days": -90}, ("ERROR", "issued_after_days", "BEFORE_ITS_BEGINNING")),
            ({"each": "DAY", "issued_after_days": -1},
             ("ERROR", "issued_after_days", "BEFORE_ITS_BEGINNING")),
        ],
    )  # fmt: skip
    def test_that_makes_no_sense_is_told(
        self, change: dict[str, Any], told: tuple[str, str, str]
    ) -> None:
        severity, path, code = told

        assert problems(conversion=self.PLAIN | change) == [(severity, f"conversion.{path}", code)]

    @pytest.mark.parametrize(
        "change", [{}, {"step": 150}, {"issued_after_days": -89}, {"issued_after_days": 60}]
    )
    def test_that_makes_sense_is_left_alone(self, change: dict[str, Any]) -> None:
        assert problems(conversion=self.PLAIN | change) == []

    def test_of_paying_members_needs_something_they_pay_for(self) -> None:
        conversion = self.PLAIN | {"each": "MEMBERSHIP_YEAR", "members_only": True}

        assert problems(conversion=conversion, membership={"product": "club"}) == []

        levels = TWO_LEVELS | {"metric": "MEMBERSHIP", "currency": None}
        assert problems(tiers=levels, membership={"product": "club"}) == []

    def test_gives_store_credit_in_its_currencies(self) -> None:
        redeeming = {"store_credit_from": {"EUR": 50}}

        assert problems(conversion=self.PLAIN, redeeming=redeeming) == []


class TestText:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            (b'{"name": "Fid\xe9lit\xe9"}', "NOT_JSON"),
            ("{'name': 1}", "NOT_JSON"),
            ("", "NOT_JSON"),
            ("[" * 100_000, "NOT_JSON"),
            ('{"maturity": {"days": ' + "9" * 5_000 + "}}", "NOT_JSON"),
            ('{"name": "a", "name": "b"}', "WRITTEN_TWICE"),
            ('{"maturity": {"days": 1e999999999}}', "NOT_A_NUMBER"),
            ('{"maturity": {"days": NaN}}', "NOT_A_NUMBER"),
            ('{"name": "\\u0000"}', "NOT_TEXT"),
            ('{"name": "\\ud800"}', "NOT_TEXT"),
            ('{"\\ud800": 1}', "NOT_TEXT"),
            (" " * (BYTES_MAX + 1), "TOO_LARGE"),
            ('{"name": ' + "[" * 50 + "]" * 50 + "}", "TOO_LARGE"),
            ("[" + "0," * 300_000 + "0]", "TOO_LARGE"),
        ],
    )
    def test_that_nobody_could_publish_is_told_in_a_moment(
        self, text: str | bytes, code: str
    ) -> None:
        began = time.process_time()

        found = check_text(text)

        assert code in {each.code for each in found.problems}
        assert found.programme is None
        # Of work, not of waiting on a busy machine.
        assert time.process_time() - began < 30

    def test_tells_where_json_cannot_be_read(self) -> None:
        assert check_text('{"name":\n  oops}').problems == (
            Problem("", "NOT_JSON", "Write JSON: line 2, column 3 cannot be read."),
        )

    def test_keeps_amounts_as_they_are_written(self) -> None:
        found = check_text('{"earning": {"rates": {"EUR": {"points": 1, "per": 0.1}}}}').programme

        assert found
        assert str(found.earning.rates["EUR"].per) == "0.1"


def places(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return every place of a document."""
    inner = document.items() if isinstance(document, dict) else enumerate(document)
    found = [path]
    for key, value in inner:
        here = (*path, key)
        found += places(value, here) if isinstance(value, dict | list) else [here]
    return found


SEEDS = [presets.load(name) for name in presets.names()]


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """A preset in which some places hold anything."""
    document = json.loads(json.dumps(draw(st.sampled_from(SEEDS))))
    for _time in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from([each for each in places(document) if each]))
        around = document
        for key in path:
            around = around[key]
        around[last] = draw(anything)
    return document


class TestAnything:
    @given(document=anything | broken())
    @settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
    def test_is_checked_without_stumbling_and_published_only_if_right(self, document: Any) -> None:
        found = check(document, at=NOW)

        assert (found.programme is None) == bool(found.errors)
        for problem in found.problems:
            assert problem.message
        if found.programme:
            stored = json.loads(json.dumps(found.programme.model_dump(mode="json")))
            assert Programme.model_validate(stored) == found.programme
            assert check(stored, at=NOW) == found

    @given(text=st.text(max_size=50) | st.binary(max_size=50))
    def test_that_is_written_is_read_without_stumbling(self, text: str | bytes) -> None:
        assert check_text(text).problems or check_text(text).programme

    def test_takes_no_longer_for_a_long_document(self) -> None:
        skus = [f"SKU-{number}" for number in range(5_000)]
        rules = [
            {"id": f"r{n}", "name": "R", "effect": {"kind": "BONUS", "points": 5},
             "scope": {"only": {"skus": skus[:200]}}}
            for n in range(500)
        ]  # fmt: skip
        earning = {**PLAIN["earning"], "rules": rules, "scope": {"without": {"skus": skus[300:]}}}
        began = time.monotonic()

        assert check({"earning": earning}, at=NOW).programme
        assert time.monotonic() - began < 10


def described(node: Any, name: str = "") -> list[str]:
    """Return the names of the schema's words that say nothing of themselves."""
    if isinstance(node, list):
        return [found for inner in node for found in described(inner, name)]
    if not isinstance(node, dict):
        return []
    missing = []
    for word, inner in node.get("properties", {}).items():
        # What refers to a part has the part's own description.
        if not inner.get("description") and "$ref" not in inner:
            missing.append(f"{name}.{word}")
        missing += described(inner, f"{name}.{word}")
    for part, inner in node.items():
        if part == "$defs":
            missing += [each for key, value in inner.items() for each in described(value, key)]
        elif part != "properties":
            missing += described(inner, name)
    return missing


class TestSchema:
    def test_says_what_every_word_means(self) -> None:
        assert described(json_schema(), "Programme") == []
        assert [
            name for name, part in json_schema()["$defs"].items() if "description" not in part
        ] == []

    def test_is_plain_json_of_its_own_dialect(self) -> None:
        schema = json_schema()

        assert json.loads(json.dumps(schema)) == schema
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["additionalProperties"] is False
        assert set(schema["properties"]) == set(Programme.model_fields)

    def test_has_everything_that_it_refers_to(self) -> None:
        text = json.dumps(json_schema())
        names = {part.split('"')[0] for part in text.split("#/$defs/")[1:]}

        assert names <= set(json_schema()["$defs"])


def test_a_moment_to_come_is_not_over() -> None:
    surprise = {"kind": "SURPRISE", "id": "s", "name": "S", "award": {"points": 1}}
    later, past = NOW + timedelta(days=1), NOW - timedelta(days=1)

    assert problems(campaigns=[surprise | {"at": later.isoformat()}]) == []
    assert problems(campaigns=[surprise | {"at": past.isoformat()}]) == [
        ("WARNING", "campaigns[0].at", "OVER")
    ]
