"""How a level changed, in words for the member."""

from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from tiers.climbs import METALS, day, midnight, programme, versions

from saleor_loyalty.tiers.queries import Step
from saleor_loyalty.tiers.sentences import change, name

# Gold is gone, and still has its name.
KNOWN = versions(programme(METALS), ("2026-06-01", programme((("silver", 100),))))


@pytest.mark.parametrize(
    ("before", "after", "cause", "sentence"),
    [
        ("silver", "gold", "UPGRADE", "You reached Gold."),
        ("gold", "silver", "REVIEW", "Gold has ended: Silver from now on."),
        ("gold", "", "REVIEW", "Gold has ended."),
        ("gold", "gold", "REVIEW", "You have Gold until 31 December 2027."),
        ("", "gold", "MANUAL", "The shop gave you Gold."),
        ("gold", "", "MANUAL", "Gold, which the shop gave you, has ended."),
        ("gold", "silver", "TERMS", "The levels are other ones now: you have Silver."),
        ("gold", "", "TERMS", "Gold has ended."),
        ("gold", "silver", "CORRECTION", "Your orders changed: you have Silver."),
        ("gold", "", "CORRECTION", "Your orders changed: Gold is not reached any more."),
        ("", "emerald", "UPGRADE", "You reached emerald."),
    ],
)
def test_every_change_has_a_sentence(before: str, after: str, cause: str, sentence: str) -> None:
    step = Step(UUID(int=1), before, after, day("2026-03-01"), midnight("2028-01-01"), cause)

    assert change(step, KNOWN, ZoneInfo("UTC")) == sentence


def test_a_promise_without_an_end_says_so() -> None:
    step = Step(UUID(int=1), "gold", "gold", day("2026-03-01"), None, "CORRECTION")

    assert change(step, KNOWN, ZoneInfo("UTC")) == "You keep Gold."


def test_the_last_day_is_the_shops() -> None:
    step = Step(UUID(int=1), "gold", "gold", day("2026-03-01"), midnight("2028-01-01"), "REVIEW")

    assert change(step, KNOWN, ZoneInfo("Asia/Tokyo")) == "You have Gold until 1 January 2028."


def test_the_newest_name_counts() -> None:
    renamed = programme((("silver", 100),)).model_copy(deep=True)
    assert renamed.tiers
    level = renamed.tiers.levels[0].model_copy(update={"name": "Argent"})
    tiers = renamed.tiers.model_copy(update={"levels": (level,)})
    newest = renamed.model_copy(update={"tiers": tiers})

    assert name("silver", versions(programme(METALS), ("2026-06-01", newest))) == "Argent"
