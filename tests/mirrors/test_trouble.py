"""Shops that do not answer, or not in time: nothing is lost, and nobody else waits."""

import pytest
from mirrors.showroom import MINUTE, Showroom

from saleor_loyalty.mirrors.models import MirrorTarget

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["ERROR", "BUSY", "LOST", "HALF"])
def test_an_answer_that_fails_is_asked_for_again(showroom: Showroom, kind: str) -> None:
    showroom.attributes()
    showroom.member(120)
    showroom.trouble(kind)

    showroom.work()
    showroom.work()

    assert showroom.shown()["points"] == 120.0


def test_a_shop_that_is_down_is_tried_less_and_less(showroom: Showroom) -> None:
    showroom.attributes()
    showroom.work()
    showroom.member(120)
    showroom.trouble("DOWN")
    for _ in range(60):
        showroom.work(after=MINUTE)
    down = showroom.calls()

    showroom.troubles.clear()
    showroom.work(after=60 * MINUTE)

    assert 1 < down <= 5 * 3, "five tries in an hour, of no more than three attempts each"
    assert showroom.shown()["points"] == 120.0
    assert MirrorTarget.objects.get().attempts == 0


def test_a_member_whom_saleor_has_trouble_with_lets_the_others_pass(showroom: Showroom) -> None:
    showroom.attributes()
    showroom.work()
    showroom.member(120)
    showroom.work(after=MINUTE / 60)
    showroom.member(50, "bob")
    showroom.trouble("ERROR", times=3)

    showroom.work()
    showroom.work(after=MINUTE)

    assert showroom.shown("bob")["points"] == 50.0


def test_an_older_saleor_is_left_alone(showroom: Showroom) -> None:
    showroom.attributes()
    showroom.member(120)
    showroom.trouble("DOWN", operation="CustomerAttributes")

    showroom.work()

    assert showroom.calls() == 0


def test_a_shop_that_took_our_permission_away_is_asked_no_more_than_hourly_in_the_end(
    showroom: Showroom,
) -> None:
    showroom.attributes()
    showroom.work()
    showroom.member(120)
    showroom.app.granted = frozenset()
    for _ in range(90):
        showroom.work(after=MINUTE)
    refused = showroom.calls()

    showroom.app.granted = frozenset({"MANAGE_USERS"})
    showroom.work(after=60 * MINUTE)

    assert 1 < refused <= 5
    assert showroom.shown()["points"] == 120.0
