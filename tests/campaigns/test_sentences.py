"""How far a member has come, in words."""

from datetime import UTC, datetime
from typing import Any

import pytest
from campaigns.histories import (
    DAY,
    MONDAY,
    buy,
    challenge,
    daily,
    member,
    order,
    piece,
    progress,
    stamps,
    version,
)
from django.utils import translation

from saleor_loyalty.campaigns.rules import Count
from saleor_loyalty.campaigns.sentences import award, name, next_step, so_far
from saleor_loyalty.campaigns.sentences import won as in_words

NOVEMBER = {"starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"}
REWARDS = [{"id": "cake", "name": "A cake", "kind": "PRODUCT", "translations": {"fr": "Un gâteau"}}]


def after_one(campaign: Any, **document: Any) -> Count:
    """A member who bought one piece for 3 dollars."""
    count = member(version(campaign, **document))
    buy(count, order())
    return count


@pytest.mark.parametrize(
    ("campaign", "have", "missing"),
    [
        (stamps(10), "1 of 10 stamps", "9 more stamps: 100 points"),
        (stamps(2), "1 of 2 stamps", "1 more stamp: 100 points"),
        (
            stamps(10, resets_each="MONTH"),
            "1 of 10 stamps",
            "9 more stamps by 31 March: 100 points",
        ),
        (
            challenge(target=3, when=NOVEMBER),
            "1 of 3 orders",
            "2 more orders by 30 November: 100 points",
        ),
        (challenge("VISITS", 2), "1 of 2 visits", "1 more visit: 100 points"),
        (challenge("PIECES", 2000), "1 of 2,000 items", "1,999 more items: 100 points"),
        (challenge("CATEGORIES", 3), "1 of 3 categories", "2 more categories: 100 points"),
        (
            challenge("MONEY", "50.5", currency="USD"),
            "3.00 of 50.50 USD",
            "47.50 USD more: 100 points",
        ),
        (
            challenge(target=1, period="WEEK", in_a_row=4),
            "1 of 4 weeks in a row",
            "3 more weeks in a row by 8 March: 100 points",
        ),
        (challenge(target=1), "1 of 1 order", "Completed"),
    ],
)
def test_progress_in_words(campaign: Any, have: str, missing: str) -> None:
    found = progress(after_one(campaign))

    assert (so_far(found), next_step(found)) == (have, missing)


def test_the_last_day_is_one_of_the_shops_calendar() -> None:
    count = after_one(stamps(10, resets_each="MONTH"), timezone="America/Los_Angeles")

    assert "by 31 March" in next_step(progress(count))


def test_a_last_day_of_another_year_names_it() -> None:
    rule = challenge(when={"ends_at": "2027-01-15T12:00:00Z"})

    assert "by 15 January 2027:" in next_step(progress(after_one(rule)))


def test_what_must_be_joined_says_so() -> None:
    found = progress(member(version(challenge(target=3, opt_in=True))))

    assert next_step(found) == "Join to take part. 3 more orders: 100 points"


def test_what_begins_later_says_when() -> None:
    rule = challenge(target=3, when={"starts_at": "2026-03-05T00:00:00Z"})

    found = progress(member(version(rule)), MONDAY)

    assert next_step(found) == "From 5 March 2026: 3 more orders: 100 points"


def test_the_shop_names_its_points_and_its_campaigns() -> None:
    unit = {
        "one": "star", "many": "stars",
        "translations": {"fr": {"one": "étoile", "many": "étoiles"}},
    }  # fmt: skip
    card = stamps(10, translations={"fr": "Carte café"}, award={"points": 1})
    found = progress(after_one(card, unit=unit))

    assert (name(found), award(found)) == ("Coffee card", "1 star")
    with translation.override("fr-ca"):
        assert (name(found), award(found)) == ("Carte café", "1 étoile")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"reward": "cake"}, "A cake"),
        ({"reward": "cake", "points": 5}, "A cake, and 5 points"),
        ({"points": 1500}, "1,500 points"),
    ],
)
def test_what_is_won(given: dict[str, Any], words: str) -> None:
    assert award(progress(after_one(stamps(10, award=given), rewards=REWARDS))) == words


@pytest.mark.parametrize(
    ("campaign", "bought", "words"),
    [
        (stamps(2), 2, "Coffee card, card full: 100"),
        (stamps(2), 9, "4 × Coffee card, card full: 400"),
        (stamps(2, award={"reward": "cake"}), 2, "Coffee card, card full: A cake"),
        (challenge(target=1), 1, "March, completed: 100"),
    ],
)
def test_awards_in_words(campaign: Any, bought: int, words: str) -> None:
    [won] = buy(member(version(campaign, rewards=REWARDS)), order(piece(pieces=bought)))

    assert in_words(won.code, {**won.facts, "points": won.points}) == words


def test_streaks_and_surprises_in_words() -> None:
    streak = challenge(target=1, period="DAY", in_a_row=3)
    [won] = buy(member(version(streak)), *daily(3))
    facts = {"name": "Wow", "translations": {}, "points": 10}

    assert in_words(won.code, {**won.facts, "points": 100}) == "March, without a gap: 100"
    assert in_words("SURPRISE", facts) == "Wow, a surprise: 10"


def test_reasons_of_rules_are_none_of_ours() -> None:
    assert in_words("EVERYDAY", {"name": "Everyday", "points": 4}) is None
    assert in_words("STAMPS", {"points": 4}) is None


def test_every_goal_and_period_has_words() -> None:
    for period in ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR"):
        rule = challenge(target=1, period=period, in_a_row=3)
        found = progress(after_one(rule), MONDAY + DAY / 10)
        assert so_far(found) == f"1 of 3 {period.lower()}s in a row"
        assert next_step(found).startswith(f"2 more {period.lower()}s in a row by")


def test_days_are_those_of_the_language() -> None:
    found = progress(after_one(stamps(10, resets_each="YEAR")), datetime(2026, 5, 1, tzinfo=UTC))

    with translation.override("fr"):
        assert "31 décembre" in next_step(found)
