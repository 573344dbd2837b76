"""What a shop has to make before anything is shown, and what it may change later."""

import pytest
from mirrors.showroom import MINUTE, Showroom

from saleor_loyalty.mirrors.models import MirrorTarget

pytestmark = pytest.mark.django_db
HOUR = 60 * MINUTE


def test_a_shop_without_the_attributes_is_left_alone_and_asked_hourly(showroom: Showroom) -> None:
    showroom.member(120)
    for _ in range(6):
        showroom.work(after=HOUR / 4)

    assert (showroom.calls(), showroom.calls("CustomerAttributes")) == (0, 2)


def test_who_has_points_when_the_attributes_are_made_is_shown_too(showroom: Showroom) -> None:
    showroom.member(120)
    showroom.work()

    showroom.attributes()
    showroom.work(after=HOUR)
    showroom.work()

    assert showroom.shown() == {"tier": "", "points": 120.0}


def test_an_attribute_of_another_kind_is_not_used(showroom: Showroom) -> None:
    showroom.attribute("loyalty-tier", "DROPDOWN")
    showroom.attribute("loyalty-points")
    showroom.member(120, tier="gold")

    showroom.work()

    assert showroom.shown() == {"tier": None, "points": "120"}


def test_attributes_that_were_made_again_are_filled_again(showroom: Showroom) -> None:
    tier, points = showroom.attributes()
    showroom.member(120)
    showroom.work()

    for each in (tier, points):
        showroom.default_type.attributes.remove(each)
        showroom.world.remove(each)
    showroom.attributes("PLAIN_TEXT")
    showroom.work(after=HOUR)
    showroom.work()

    assert showroom.shown() == {"tier": "", "points": "120"}


def test_customers_of_a_type_without_the_attributes_hold_nobody_up(showroom: Showroom) -> None:
    showroom.attributes()
    showroom.other_type(showroom.customer("alice"))
    showroom.member(120)
    showroom.member(50, "bob")

    showroom.work()
    showroom.work(after=24 * HOUR)

    assert showroom.shown("alice") == {"tier": None, "points": None}
    assert showroom.shown("bob") == {"tier": "", "points": 50.0}
    assert showroom.calls() == 2, "who was refused is not tried day after day"


def test_a_type_that_gets_the_attributes_later_is_shown_too(showroom: Showroom) -> None:
    tier, points = showroom.attributes()
    wholesale = showroom.other_type(showroom.customer("alice"))
    showroom.member(120)
    showroom.work()

    wholesale.attributes.extend([tier, points])
    showroom.work(after=HOUR)
    showroom.work()

    assert showroom.shown() == {"tier": "", "points": 120.0}


def test_what_only_some_types_have_is_not_used(showroom: Showroom) -> None:
    """Saleor would refuse the whole of it for customers of the others."""
    tier, _points = showroom.attributes()
    showroom.other_type(showroom.customer("bob")).attributes.append(tier)
    showroom.member(120, tier="gold")

    showroom.work()

    assert showroom.shown() == {"tier": "Gold", "points": None}


def test_a_customer_who_is_gone_is_tried_once(showroom: Showroom) -> None:
    showroom.attributes()
    alice = showroom.customer()
    showroom.member(120)
    showroom.world.remove(alice)
    try:
        showroom.work()
        showroom.work(after=24 * HOUR)
    finally:
        showroom.world.add(alice)

    assert showroom.calls() == 1


def test_refusals_let_us_look_soon_whether_the_attributes_are_gone(showroom: Showroom) -> None:
    showroom.attributes()
    showroom.work()
    for each in list(showroom.default_type.attributes):
        showroom.default_type.attributes.remove(each)
    showroom.member(120)

    showroom.work()
    showroom.work(after=5 * MINUTE)

    target = MirrorTarget.objects.get()
    assert (target.tier_attribute, target.points_attribute) == ("", "")
    assert showroom.calls() == 1
