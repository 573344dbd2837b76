"""Birthdays, anniversaries and surprises, written in batches, in a real database."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from crowds import at_once
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from factories import DAY, NOON, make_member, make_shop

from saleor_loyalty.activities import occasions
from saleor_loyalty.activities.models import Activity, Handout
from saleor_loyalty.activities.occasions import anniversaries_due, birthdays_due, surprises_due
from saleor_loyalty.activities.profiles import tell_birthday
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key
from saleor_loyalty.members.models import Member, MemberFact, PaidMembership
from saleor_loyalty.programme.document import Programme

# A shop publishes the day before noon on the first of March 2026.
TODAY = NOON + DAY * 9
YEAR = DAY * 365


def event(name: str) -> dict[str, Any]:
    limits = [{"times": 1, "per": "YEAR"}]
    return {"id": name, "name": name, "event": name, "points": 50, "limits": limits}


def shop_that_celebrates(*campaigns: dict[str, Any], timezone: str = "UTC") -> Installation:
    earning = {"events": [event("birthday"), event("anniversary")]}
    levels = [
        {"id": "silver", "name": "Silver", "threshold": 1},
        {"id": "gold", "name": "Gold", "threshold": 2},
    ]
    tiers = {"levels": levels, "currency": "USD"}
    document = {"earning": earning, "campaigns": campaigns, "timezone": timezone, "tiers": tiers}
    return make_shop(Programme.model_validate(document))


def surprise(**terms: Any) -> dict[str, Any]:
    given = {"kind": "SURPRISE", "id": "wow", "name": "Wow", "at": NOON, "award": {"points": 10}}
    return given | terms


def born(shop: Installation, month: int, day: int, *, told_at: datetime = NOON - YEAR) -> UUID:
    member = make_member(shop)
    tell_birthday(installation_id=shop.pk, member_id=member, month=month, day=day, at=told_at)
    return member


def joined(shop: Installation, at: datetime) -> UUID:
    member = make_member(shop)
    Member.objects.filter(id=member).update(joined_at=at)
    return member


def recorded() -> list[tuple[UUID, str, str, datetime]]:
    return list(Activity.objects.values_list("member_id", "event", "reference", "at"))


@pytest.mark.django_db
class TestBirthdays:
    def test_are_recorded_on_their_day_in_the_shop(self) -> None:
        shop = shop_that_celebrates(timezone="Pacific/Auckland")
        anna, _ben = born(shop, 3, 10), born(shop, 3, 11)
        midnight = datetime(2026, 3, 9, 11, tzinfo=UTC)

        before = birthdays_due(installation_id=shop.pk, at=midnight - DAY / 100)
        after = birthdays_due(installation_id=shop.pk, at=midnight)

        assert (before, after) == (set(), {anna})
        assert recorded() == [(anna, "birthday", "2026", midnight)]

    def test_are_recorded_once_a_year(self) -> None:
        shop = shop_that_celebrates()
        anna = born(shop, 3, 10)

        found = [
            birthdays_due(installation_id=shop.pk, at=at)
            for at in (TODAY, TODAY + DAY, TODAY + YEAR, TODAY + YEAR + DAY * 29)
        ]

        assert found == [{anna}, set(), {anna}, set()]
        assert [reference for _, _, reference, _ in recorded()] == ["2026", "2027"]

    def test_that_were_missed_are_made_up_for_within_thirty_days(self) -> None:
        shop = shop_that_celebrates()
        late, _too_late = born(shop, 4, 2), born(shop, 3, 30)

        found = birthdays_due(installation_id=shop.pk, at=datetime(2026, 5, 1, 12, tzinfo=UTC))

        assert found == {late}
        assert recorded() == [(late, "birthday", "2026", datetime(2026, 4, 2, tzinfo=UTC))]

    def test_of_december_are_made_up_for_in_january_as_those_of_last_year(self) -> None:
        shop = shop_that_celebrates()
        born(shop, 12, 31)

        birthdays_due(installation_id=shop.pk, at=datetime(2027, 1, 2, tzinfo=UTC))
        birthdays_due(installation_id=shop.pk, at=datetime(2027, 12, 31, tzinfo=UTC))

        assert [reference for _, _, reference, _ in recorded()] == ["2026", "2027"]

    def test_on_the_29th_of_february_come_every_year(self) -> None:
        shop = shop_that_celebrates()
        born(shop, 2, 29)

        for year in (2027, 2028):
            birthdays_due(installation_id=shop.pk, at=datetime(year, 3, 2, tzinfo=UTC))

        assert [at.date().isoformat() for _, _, _, at in recorded()] == [
            "2027-02-28",
            "2028-02-29",
        ]

    def test_told_on_the_day_itself_count_from_next_year_on(self) -> None:
        shop = shop_that_celebrates()
        born(shop, 3, 10, told_at=TODAY - DAY / 4)

        assert birthdays_due(installation_id=shop.pk, at=TODAY) == set()
        assert birthdays_due(installation_id=shop.pk, at=TODAY + YEAR) != set()

    def test_of_another_shop_are_its_own(self) -> None:
        shop, other = shop_that_celebrates(), shop_that_celebrates()
        born(other, 3, 10)

        assert birthdays_due(installation_id=shop.pk, at=TODAY) == set()

    def test_come_in_batches_of_bounded_size(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(occasions, "BATCH_MAX", 3)
        shop = shop_that_celebrates()
        members = {born(shop, 3, 10) for _ in range(7)}

        batches = [birthdays_due(installation_id=shop.pk, at=TODAY) for _ in range(4)]

        assert [len(batch) for batch in batches] == [3, 3, 1, 0]
        assert set.union(*batches) == members

    def test_the_number_of_queries_is_the_same_for_one_and_for_many(self) -> None:
        shop = shop_that_celebrates()
        # The programme is read once and remembered.
        birthdays_due(installation_id=shop.pk, at=TODAY)
        counts = []
        for people in (1, 20):
            for _ in range(people):
                born(shop, 3, 10)
            with CaptureQueriesContext(connection) as queries:
                birthdays_due(installation_id=shop.pk, at=TODAY)
            counts.append(len(queries))

        assert counts[0] == counts[1]

    def test_without_points_for_them_nothing_is_recorded(self) -> None:
        shop = make_shop()
        born(shop, 3, 10)

        assert birthdays_due(installation_id=shop.pk, at=TODAY) == set()


@pytest.mark.django_db
class TestAnniversaries:
    def test_are_recorded_every_year_from_the_first_on(self) -> None:
        shop = shop_that_celebrates()
        anna = joined(shop, datetime(2025, 3, 10, 23, 59, tzinfo=UTC))
        joined(shop, datetime(2026, 3, 10, 1, tzinfo=UTC))
        old = joined(shop, datetime(2011, 3, 10, tzinfo=UTC))

        found = anniversaries_due(installation_id=shop.pk, at=TODAY)

        assert found == {anna, old}
        assert anniversaries_due(installation_id=shop.pk, at=TODAY + DAY) == set()

    def test_begin_at_midnight_in_the_shop(self) -> None:
        shop = shop_that_celebrates(timezone="America/New_York")
        joined(shop, datetime(2025, 3, 10, 3, 59, tzinfo=UTC))

        anniversaries_due(installation_id=shop.pk, at=TODAY)

        # It was the ninth there.
        assert [at for _, _, _, at in recorded()] == [datetime(2026, 3, 9, 4, tzinfo=UTC)]

    def test_of_those_who_joined_on_the_29th_of_february_come_on_the_28th(self) -> None:
        shop = shop_that_celebrates()
        anna = joined(shop, datetime(2024, 2, 29, 12, tzinfo=UTC))

        assert anniversaries_due(installation_id=shop.pk, at=datetime(2027, 2, 28, tzinfo=UTC)) == {
            anna
        }


@pytest.mark.django_db
class TestSurprises:
    def test_are_for_everybody_who_was_there(self) -> None:
        shop = shop_that_celebrates(surprise())
        members = {make_member(shop) for _ in range(3)}
        joined(shop, NOON + DAY)

        found = surprises_due(installation_id=shop.pk, at=NOON + DAY * 2)

        assert found == members
        assert {row[1:] for row in recorded()} == {("surprise", "wow", NOON)}
        assert surprises_due(installation_id=shop.pk, at=NOON + DAY * 2) == set()

    def test_are_for_those_tiers_and_segments_only(self) -> None:
        audience = {"tiers": ["gold", "silver"], "segments": ["vip", "press"]}
        shop = shop_that_celebrates(surprise(audience=audience))
        anna, ben, carl, dora = [make_member(shop) for _ in range(4)]
        Member.objects.filter(id__in=[anna, ben, dora]).update(tier="gold")
        for member, value, at in [
            (anna, 1, NOON - DAY),
            (carl, 1, NOON - DAY),
            (ben, 1, NOON - DAY * 2),
            (ben, None, NOON - DAY),
            (dora, 1, NOON + DAY),
        ]:
            MemberFact.objects.create(
                installation=shop, member_id=member, key="press",
                value=value and Decimal(value), at=at,
            )  # fmt: skip

        assert surprises_due(installation_id=shop.pk, at=NOON + DAY * 2) == {anna}

    @pytest.mark.parametrize("segment", ["club", "membership"])
    def test_are_for_paying_members_too(self, segment: str) -> None:
        shop = shop_that_celebrates(surprise(audience={"segments": [segment]}))
        anna, ben, _ = [make_member(shop) for _ in range(3)]
        for member, until in ((anna, NOON + DAY), (ben, NOON)):
            PaidMembership.objects.create(
                installation=shop, member_id=member, order_id=new_key(), segment="club",
                from_at=NOON - DAY, year_from=NOON - DAY, until=until,
            )  # fmt: skip

        assert surprises_due(installation_id=shop.pk, at=NOON + DAY) == {anna}

    def test_go_on_where_the_last_batch_stopped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(occasions, "BATCH_MAX", 2)
        shop = shop_that_celebrates(surprise())
        members = sorted(make_member(shop) for _ in range(5))

        batches = [surprises_due(installation_id=shop.pk, at=NOON + DAY) for _ in range(4)]

        assert batches == [set(members[:2]), set(members[2:4]), set(members[4:]), set()]
        assert Handout.objects.get().is_finished

    def test_a_batch_that_failed_is_done_again(self) -> None:
        shop = shop_that_celebrates(surprise())
        member = make_member(shop)

        with transaction.atomic():
            surprises_due(installation_id=shop.pk, at=NOON + DAY)
            transaction.set_rollback(True)

        assert surprises_due(installation_id=shop.pk, at=NOON + DAY) == {member}

    def test_wait_for_their_time(self) -> None:
        shop = shop_that_celebrates(surprise(at=NOON + DAY))
        make_member(shop)

        assert surprises_due(installation_id=shop.pk, at=NOON) == set()
        assert not Handout.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", [birthdays_due, anniversaries_due, surprises_due])
def test_workers_at_once_give_everybody_one(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occasions, "BATCH_MAX", 5)
    shop = shop_that_celebrates(surprise())
    members = {born(shop, 3, 10) for _ in range(40)}
    Member.objects.update(joined_at=datetime(2025, 3, 10, tzinfo=UTC))

    def work() -> list[UUID]:
        found: list[UUID] = []
        for _ in range(20):
            found += kind(installation_id=shop.pk, at=TODAY)
        return found

    at_once([work] * 4)
    # Those that were locked when their turn came.
    work()

    assert sorted(member for member, *_ in recorded()) == sorted(members)
