"""Levels and points of members, as the storefront of a sandbox shop shows them."""

from typing import Any

import pytest
from mirrors.showroom import MINUTE, Showroom

from saleor_loyalty.mirrors.models import Mirror

pytestmark = pytest.mark.django_db
NOBODY: dict[str, Any] = {"tier": None, "points": None}


def test_a_member_is_shown_by_the_name_of_their_level_and_what_they_can_use(
    showroom: Showroom,
) -> None:
    showroom.attributes()
    showroom.member(120, tier="gold")

    showroom.work()

    assert showroom.shown() == {"tier": "Gold", "points": 120.0}
    assert showroom.shown("bob") == NOBODY


def test_points_can_be_a_text_and_one_attribute_is_enough(showroom: Showroom) -> None:
    showroom.attribute("loyalty-points", "PLAIN_TEXT")
    showroom.member(120, tier="gold")

    showroom.work()

    assert showroom.shown() == {"points": "120"}


def test_what_changes_is_shown_half_a_minute_later_in_one_go(showroom: Showroom) -> None:
    showroom.attributes()
    member = showroom.member(120)
    showroom.work()
    before = showroom.calls()

    showroom.give(member, 5)
    showroom.work(after=MINUTE / 60)
    showroom.give(member, 7)
    showroom.put_on(member, "gold")
    showroom.work(after=MINUTE / 60)
    at_once = showroom.shown()
    showroom.work()

    assert at_once == {"tier": "", "points": 120.0}
    assert showroom.shown() == {"tier": "Gold", "points": 132.0}
    assert showroom.calls() - before == 1


def test_what_comes_to_the_same_is_not_said_again(showroom: Showroom) -> None:
    showroom.attributes()
    member = showroom.member(120)
    showroom.work()

    showroom.give_back(showroom.spend(member, 20))
    showroom.work()
    showroom.work(after=25 * 60 * MINUTE)
    showroom.work()

    assert showroom.calls() == 1


def test_points_that_are_gone_are_no_longer_shown(showroom: Showroom) -> None:
    showroom.attributes()
    member = showroom.member(120)
    showroom.work()

    showroom.spend(member, 120)
    showroom.work()

    assert showroom.shown() == {"tier": "", "points": 0.0}


def test_of_members_who_have_nothing_nothing_is_said(showroom: Showroom) -> None:
    showroom.attributes()
    showroom.member()

    showroom.work()

    assert showroom.shown() == NOBODY
    assert showroom.calls() == 0


def test_a_level_with_a_new_name_is_shown_by_it_within_a_day(showroom: Showroom) -> None:
    showroom.attributes()
    showroom.member(tier="gold")
    showroom.work()

    showroom.publish(gold="Platinum")
    showroom.work(after=25 * 60 * MINUTE)
    showroom.work()

    assert showroom.shown()["tier"] == "Platinum"


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_commits_late_is_found(showroom: Showroom) -> None:
    showroom.attributes()
    alice, bob = showroom.member(), showroom.member(name="bob")
    showroom.work()

    with showroom.uncommitted(alice, 70):
        showroom.give(bob, 50)
        showroom.work()
    showroom.work()
    too_soon = showroom.shown()
    showroom.work(after=15 * MINUTE)
    showroom.work()

    assert showroom.shown("bob")["points"] == 50.0
    assert (too_soon, showroom.shown()["points"]) == (NOBODY, 70.0)


def test_a_removed_shop_is_left_alone(showroom: Showroom) -> None:
    showroom.attributes()
    showroom.member(120)
    showroom.shop.is_active = False
    showroom.shop.save()

    showroom.work()

    assert (showroom.calls(), showroom.calls("CustomerAttributes")) == (0, 0)


def test_more_members_than_a_turn_takes_all_get_theirs(
    showroom: Showroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saleor_loyalty.mirrors.operations.BATCH_MAX", 1)
    monkeypatch.setattr("saleor_loyalty.mirrors.finding.MEMBERS_MAX", 1)
    monkeypatch.setattr("saleor_loyalty.mirrors.finding.EVENTS_MAX", 1)
    for points, name in enumerate(("alice", "bob", "carol"), start=1):
        showroom.member(points, name)
    showroom.attributes()

    showroom.work()

    shown = [showroom.shown(name)["points"] for name in ("alice", "bob", "carol")]
    assert shown == [1.0, 2.0, 3.0]
    assert not Mirror.objects.filter(due_at__isnull=False).exclude(due_at__gt=showroom.now).exists()
