"""Every preset is a programme that a merchant can publish as it is."""

import json
from typing import Any

import pytest
from shopping import preset

from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.presets import load, names
from saleor_loyalty.programme.validation import Severity, check

NAMES = names()


#: What some presets say that the app does not do yet.
WAITING = {
    "dropbox": ["referral"],
    "sephora": ["tiers.levels[2].benefits.free_shipping"],
    "tesla": ["referral"],
    "ulta": ["tiers.levels[2].benefits.free_shipping"],
}
FAMOUS = (
    *("chipotle", "costco", "dropbox", "rei", "sephora", "stamp-card", "starbucks", "target"),
    *("tesco", "tesla", "ulta"),
)


def without_kinds(value: Any) -> Any:
    """A part's kind is its default, and must be written all the same."""
    if isinstance(value, dict):
        return {key: without_kinds(each) for key, each in value.items() if key != "kind"}
    if isinstance(value, list):
        return [without_kinds(each) for each in value]
    return value


def named(value: Any) -> list[Any]:
    """All parts of a document that shoppers see by name."""
    if isinstance(value, list):
        return [part for each in value for part in named(each)]
    if not isinstance(value, dict):
        return []
    own = [value] if {"id", "name"} <= value.keys() else []
    return own + [part for each in value.values() for part in named(each)]


def test_there_is_one_for_each_famous_programme() -> None:
    assert NAMES == FAMOUS


@pytest.mark.parametrize("name", NAMES)
class TestAPreset:
    def test_survives_being_stored(self, name: str) -> None:
        document = preset(name)

        assert Programme.model_validate(document.model_dump(mode="json")) == document
        assert Programme.model_validate_json(document.model_dump_json()) == document

    def test_can_be_published_and_says_what_waits(self, name: str) -> None:
        checked = check(load(name))

        assert checked.programme == preset(name)
        assert {problem.severity for problem in checked.problems} <= {Severity.NOT_YET_ACTIVE}
        assert [problem.path for problem in checked.problems] == WAITING.get(name, [])

    def test_says_only_what_differs_from_the_defaults(self, name: str) -> None:
        said = preset(name).model_dump(mode="json", exclude_defaults=True)

        assert without_kinds(said) == without_kinds(load(name))

    def test_speaks_french_wherever_a_shopper_reads_it(self, name: str) -> None:
        document = load(name)

        for part in named(document):
            assert "fr" in part.get("translations", {}), part["id"]
        assert "unit" not in document or "fr" in document["unit"]["translations"]

    def test_is_named_as_any_shop_could_be(self, name: str) -> None:
        owner = name.split("-")[0]

        assert owner == "stamp" or owner not in json.dumps(load(name)).lower()

    def test_has_no_key_twice(self, name: str) -> None:
        document = preset(name)

        for parts in (
            (*document.earning.rules, *document.earning.events, *document.campaigns),
            document.rewards,
            document.tiers.levels if document.tiers else (),
        ):
            keys = [part.id for part in parts]
            assert len(keys) == len(set(keys))
