"""Everything that is wrong with a document is told at once, and nothing makes us stumble."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programme import mistakes

from saleor_loyalty.programme import presets
from saleor_loyalty.programme.checks.reading import BYTES_MAX
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
            ("expiry", {"months": 6, "counts_from": "LAST_ACT", "acts": ["REDEMPTION"]},
             ("NOT_YET_ACTIVE", "acts[0]", "NOT_YET_ACTIVE")),
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
             ("NOT_YET_ACTIVE", "metric", "NOT_YET_ACTIVE")),
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
        began = time.monotonic()

        found = check_text(text)

        assert code in {each.code for each in found.problems}
        assert found.programme is None
        assert time.monotonic() - began < 5

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
