"""Where members stand is written down, with every change once."""

from datetime import datetime
from functools import partial
from uuid import UUID

import pytest
from crowds import at_once
from django.db import connection, transaction
from django.db.utils import Error as DatabaseError
from django.test.utils import CaptureQueriesContext
from factories import DAY, NOON, make_installation, make_member
from tiers.climbs import BEAUTY, climb, day, programme, spent

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.ledger.store import lock
from saleor_loyalty.members.models import Member
from saleor_loyalty.pages import Window
from saleor_loyalty.tiers.models import TierChange, TierGrant
from saleor_loyalty.tiers.operations import (
    EndsBeforeItBegins,
    Gift,
    GrantKeyUsed,
    note_standing,
    revoke,
    set_tier,
)
from saleor_loyalty.tiers.queries import Held, due_for_review, given, histories, levels
from saleor_loyalty.tiers.rules import Climb

pytestmark = pytest.mark.django_db
TERMS = programme(BEAUTY)
GIFT = Gift("gold", NOON, NOON + 90 * DAY, True, "Our fault", "VXNlcjo5")


@pytest.fixture
def shop(db: None) -> Installation:
    return make_installation()


def note(shop: Installation, member_id: UUID, way: Climb, at: datetime) -> None:
    with transaction.atomic():
        lock([member_id])
        standing = way.standing_at(at)
        standings = {member_id: (standing, way.changes)}
        note_standing(installation_id=shop.pk, standings=standings, at=at)


def told(member_id: UUID) -> list[tuple[str, str, str]]:
    """Return the history as it is read: from, to and cause, the oldest first."""
    page = histories([member_id], Window(50))[member_id]
    return [(step.from_level, step.to_level, step.cause) for step in page.rows][::-1]


class TestNoting:
    def test_writes_the_level_and_how_it_was_reached(self, shop: Installation) -> None:
        anna = make_member(shop)
        way = climb(TERMS, spent("2026-02-01", 400))

        note(shop, anna, way, day("2026-03-01"))

        assert levels([anna]) == {
            anna: Held("vib", day("2026-02-01"), day("2028-01-01T00:00"), "UPGRADE")
        }
        assert told(anna) == [("insider", "vib", "UPGRADE")]
        assert Member.objects.get(id=anna).tier_review_at == day("2028-01-01T00:00")

    def test_again_writes_nothing_again(self, shop: Installation) -> None:
        anna = make_member(shop)
        for month in (3, 4, 5):
            way = climb(TERMS, spent("2026-02-01", 400))
            note(shop, anna, way, day(f"2026-0{month}-01"))

        assert len(told(anna)) == 1

    def test_of_nothing_new_is_one_query(self, shop: Installation) -> None:
        anna = make_member(shop)
        way = climb(TERMS, spent("2026-02-01", 400))
        note(shop, anna, way, day("2026-03-01"))

        with transaction.atomic():
            lock([anna])
            standings = {anna: (way.standing_at(day("2026-03-02")), way.changes)}
            with CaptureQueriesContext(connection) as queries:
                note_standing(installation_id=shop.pk, standings=standings, at=day("2026-03-02"))

        assert len(queries) == 1

    @pytest.mark.parametrize("members", [1, 20])
    def test_takes_as_many_queries_for_one_member_as_for_many(
        self, shop: Installation, members: int
    ) -> None:
        way = climb(TERMS, spent("2026-02-01", 400))
        standings = {
            make_member(shop): (way.standing_at(day("2026-03-01")), way.changes)
            for _ in range(members)
        }

        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            note_standing(installation_id=shop.pk, standings=standings, at=day("2026-03-01"))

        statements = [query["sql"] for query in queries if "SAVEPOINT" not in query["sql"]]
        assert len(statements) == 3

    def test_leaves_out_how_everybody_began(self, shop: Installation) -> None:
        anna = make_member(shop)

        note(shop, anna, climb(TERMS), day("2026-03-01"))

        assert told(anna) == []
        held = levels([anna])[anna]
        assert held
        assert (held.level, held.cause) == ("insider", "START")

    def test_leaves_the_story_as_told_where_late_news_leads_to_the_same_place(
        self, shop: Installation
    ) -> None:
        anna = make_member(shop)
        note(shop, anna, climb(TERMS, spent("2026-02-05", 1000)), day("2026-03-01"))

        late = climb(TERMS, spent("2026-02-01", 400), spent("2026-02-05", 1000))
        note(shop, anna, late, day("2026-03-02"))

        assert told(anna) == [("insider", "rouge", "UPGRADE")]

    def test_adds_what_was_heard_late_and_leads_elsewhere(self, shop: Installation) -> None:
        anna = make_member(shop)
        note(shop, anna, climb(TERMS, spent("2026-02-05", 400)), day("2026-03-01"))

        late = climb(TERMS, spent("2026-02-01", 600), spent("2026-02-05", 400))
        note(shop, anna, late, day("2026-03-02"))

        assert [to for _, to, _ in told(anna)] == ["vib", "vib", "rouge"]

    def test_a_return_is_followed_by_a_correction(self, shop: Installation) -> None:
        anna = make_member(shop)
        note(shop, anna, climb(TERMS, spent("2026-02-01", 400)), day("2026-03-01"))

        note(shop, anna, climb(TERMS, spent("2026-02-01", 300)), day("2026-03-02"))

        assert told(anna) == [("insider", "vib", "UPGRADE"), ("vib", "insider", "CORRECTION")]
        held = levels([anna])[anna]
        assert held
        assert held.level == "insider"

    def test_a_return_that_is_taken_back_is_followed_by_another(self, shop: Installation) -> None:
        anna = make_member(shop)
        note(shop, anna, climb(TERMS, spent("2026-02-01", 400)), day("2026-03-01"))
        note(shop, anna, climb(TERMS, spent("2026-02-01", 300)), day("2026-03-02"))

        note(shop, anna, climb(TERMS, spent("2026-02-01", 400)), day("2026-03-03"))
        note(shop, anna, climb(TERMS, spent("2026-02-01", 400)), day("2026-03-04"))

        assert told(anna)[1:] == [
            ("vib", "insider", "CORRECTION"),
            ("insider", "vib", "CORRECTION"),
        ]

    def test_touches_no_member_of_another_shop(self, shop: Installation) -> None:
        ben = make_member(make_installation())

        note(shop, ben, climb(TERMS, spent("2026-02-01", 400)), day("2026-03-01"))

        assert levels([ben]) == {ben: None}
        assert TierChange.objects.count() == 0

    def test_wants_a_transaction(self, shop: Installation) -> None:
        # Tests run in one themselves.
        connection.in_atomic_block, inside = False, connection.in_atomic_block
        try:
            with pytest.raises(AssertionError):
                note_standing(installation_id=shop.pk, standings={}, at=NOON)
        finally:
            connection.in_atomic_block = inside


def test_the_history_never_changes(shop: Installation) -> None:
    note(shop, make_member(shop), climb(TERMS, spent("2026-02-01", 400)), day("2026-03-01"))

    for change in (TierChange.objects.all().delete, partial(TierChange.objects.update, cause="X")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


class TestHistories:
    def test_are_read_page_by_page_for_many_members(self, shop: Installation) -> None:
        members = [make_member(shop) for _ in range(3)]
        for member_id in members:
            deeds = spent("2026-02-01", 400), spent("2026-02-02", 700)
            note(shop, member_id, climb(TERMS, *deeds), day("2026-03-01"))

        with CaptureQueriesContext(connection) as queries:
            pages = histories(members, Window(1))

        assert len(queries) == 1
        assert [[step.to_level for step in pages[each].rows] for each in members] == [["rouge"]] * 3
        assert all(page.has_next for page in pages.values())


class TestDue:
    def test_are_members_whose_review_has_come_the_longest_due_first(
        self, shop: Installation
    ) -> None:
        anna, ben, cleo = (make_member(shop) for _ in range(3))
        note(shop, anna, climb(TERMS, spent("2026-02-01", 400)), day("2026-03-01"))
        note(shop, ben, climb(TERMS, spent("2025-02-01", 400)), day("2026-03-01"))
        note(shop, cleo, climb(TERMS), day("2026-03-01"))

        def due(at: str, limit: int = 10) -> list[tuple[UUID, UUID]]:
            return due_for_review(at=day(at), limit=limit)

        assert due("2026-12-31") == []
        assert due("2027-01-01T00:00") == [(shop.pk, ben)]
        assert due("2028-01-01T00:00") == [(shop.pk, ben), (shop.pk, anna)]
        assert due("2028-01-01T00:00", limit=1) == [(shop.pk, ben)]

    def test_are_no_longer_once_reviewed(self, shop: Installation) -> None:
        anna = make_member(shop)
        for at in ("2026-03-01", "2028-01-01T00:00"):
            note(shop, anna, climb(TERMS, spent("2026-02-01", 400)), day(at))

        assert due_for_review(at=day("2028-01-01T00:00"), limit=10) == []
        assert told(anna)[-1] == ("vib", "insider", "REVIEW")


@pytest.mark.django_db(transaction=True)
def test_members_somebody_else_has_locked_are_left_out_of_those_due() -> None:
    shop = make_installation()
    anna, ben = make_member(shop), make_member(shop)
    for member_id in (anna, ben):
        note(shop, member_id, climb(TERMS, spent("2026-02-01", 400)), day("2026-03-01"))

    def found() -> list[tuple[UUID, UUID]]:
        with transaction.atomic():
            return due_for_review(at=day("2029-01-01"), limit=10)

    with transaction.atomic():
        lock([anna])
        answers = at_once([found])

    assert answers == [[(shop.pk, ben)]]


class TestGiving:
    def test_writes_who_gave_what_and_why(self, shop: Installation) -> None:
        anna = make_member(shop)

        grant = set_tier(installation_id=shop.pk, member_id=anna, gift=GIFT, key="k")

        [seen] = given([anna], at=NOON + DAY)[anna]
        assert (seen.id, seen.level, seen.reason, seen.is_floor) == (
            grant.id, "gold", "Our fault", True,
        )  # fmt: skip
        assert TierGrant.objects.get().by == "VXNlcjo5"

    def test_with_the_same_key_gives_nothing_again(self, shop: Installation) -> None:
        anna = make_member(shop)
        first = set_tier(installation_id=shop.pk, member_id=anna, gift=GIFT, key="k")

        later = Gift("gold", NOON + 99 * DAY, NOON + 90 * DAY, True, "Our fault", "VXNlcjo5")
        again = set_tier(installation_id=shop.pk, member_id=anna, gift=later, key="k")

        assert (again.id, again.from_at) == (first.id, NOON)

    def test_something_else_with_the_same_key_is_refused(self, shop: Installation) -> None:
        anna = make_member(shop)
        set_tier(installation_id=shop.pk, member_id=anna, gift=GIFT, key="k")

        other = Gift("silver", NOON, NOON + 90 * DAY, True, "Our fault", "VXNlcjo5")
        with pytest.raises(GrantKeyUsed):
            set_tier(installation_id=shop.pk, member_id=anna, gift=other, key="k")

    def test_until_a_moment_that_has_passed_is_refused(self, shop: Installation) -> None:
        gift = Gift("gold", NOON, NOON, True, "Our fault", "VXNlcjo5")

        with pytest.raises(EndsBeforeItBegins):
            set_tier(installation_id=shop.pk, member_id=make_member(shop), gift=gift, key="k")

    def test_can_be_revoked_and_then_counts_no_more(self, shop: Installation) -> None:
        anna, ben = make_member(shop), make_member(shop)
        for member_id in (anna, ben):
            set_tier(installation_id=shop.pk, member_id=member_id, gift=GIFT, key="k")

        assert revoke(member_id=anna, by="VXNlcjo5", at=NOON + DAY) == 1
        assert revoke(member_id=anna, by="VXNlcjo5", at=NOON + 2 * DAY) == 0

        assert TierGrant.objects.get(member_id=anna).revoked_at == NOON + DAY
        assert [len(found) for found in given([anna, ben], at=NOON + DAY).values()] == [0, 1]

    def test_has_nothing_to_revoke_once_it_has_ended(self, shop: Installation) -> None:
        anna = make_member(shop)
        set_tier(installation_id=shop.pk, member_id=anna, gift=GIFT, key="k")

        assert given([anna], at=NOON + 90 * DAY) == {anna: []}
        assert revoke(member_id=anna, by="VXNlcjo5", at=NOON + 90 * DAY) == 0


@pytest.mark.django_db(transaction=True)
def test_the_same_level_given_many_times_at_once_is_given_once() -> None:
    shop = make_installation()
    anna = make_member(shop)

    def give_it() -> UUID:
        return set_tier(installation_id=shop.pk, member_id=anna, gift=GIFT, key="k").id

    assert len(set(at_once([give_it] * 6))) == 1
    assert TierGrant.objects.count() == 1
