"""Finding members."""

from uuid import uuid4

import pytest
from factories import NOON, make_installation, make_member

from saleor_loyalty.members import queries
from saleor_loyalty.members.operations import enrol
from saleor_loyalty.pages import Place, Window

pytestmark = pytest.mark.django_db


def test_a_member_is_found_in_their_shop_only() -> None:
    shop, other = make_installation(), make_installation()
    member_id = make_member(shop, "VXNlcjox")

    found = queries.member(shop.pk, member_id)

    assert found is not None
    assert found.saleor_user_id == "VXNlcjox"
    assert queries.member(other.pk, member_id) is None
    assert queries.member(shop.pk, uuid4()) is None


def test_pages_meet_without_gap_or_overlap_in_both_directions() -> None:
    shop = make_installation()
    users = [f"VXNlcjox{number}" for number in range(5)]
    # All at the same moment: only their keys tell them apart.
    enrol(installation_id=shop.pk, saleor_user_ids=users, at=NOON)

    forwards, place = [], None
    for _ in range(3):
        page = queries.members(shop.pk, Window(2, after=place))
        forwards += [row.id for row in page.rows]
        place = Place(page.rows[-1].joined_at, page.rows[-1].id)
    backwards, place = [], None
    for _ in range(3):
        page = queries.members(shop.pk, Window(2, before=place, from_end=True))
        backwards = [row.id for row in page.rows] + backwards
        place = Place(page.rows[0].joined_at, page.rows[0].id)

    assert len(set(forwards)) == 5
    assert forwards == backwards == sorted(forwards, reverse=True)


def test_only_those_asked_for_are_listed() -> None:
    shop = make_installation()
    anna, _ben = make_member(shop, "VXNlcjox"), make_member(shop, "VXNlcjoy")

    some = queries.members(shop.pk, Window(5), user_ids=["VXNlcjox", "VXNlcjo3"])
    none = queries.members(shop.pk, Window(5), user_ids=[])

    assert [row.id for row in some.rows] == [anna]
    assert none.rows == []
