"""Recording what members did, in a real database."""

from datetime import datetime
from uuid import UUID

import pytest
from crowds import at_once
from django.db import IntegrityError, transaction
from factories import DAY, NOON, make_member, make_shop

from saleor_loyalty.activities.models import Activity, MemberProfile
from saleor_loyalty.activities.operations import Recorded, accounts_confirmed, record, revoke
from saleor_loyalty.activities.profiles import (
    BirthdayLocked,
    Correction,
    NoSuchDay,
    correct_birthday,
    tell_birthday,
)
from saleor_loyalty.installations.models import Installation


def review(
    shop: Installation, member: UUID, *, number: str = "r1", at: datetime = NOON
) -> Recorded:
    return record(
        installation_id=shop.pk, member_id=member, event="review", reference=number,
        occurred_at=at, at=NOON + DAY,
    )  # fmt: skip


@pytest.mark.django_db
class TestRecording:
    def test_keeps_what_happened_and_when_we_heard_of_it(self) -> None:
        shop = make_shop()
        member = make_member(shop)

        recorded = review(shop, member)

        row = Activity.objects.get()
        assert (recorded.is_new, recorded.activity) == (True, row)
        assert (row.member_id, row.event, row.reference) == (member, "review", "r1")
        assert (row.at, row.recorded_at) == (NOON, NOON + DAY)
        assert (row.points, row.postings, row.parts, row.receipt) == (0, 0, [], {})

    def test_the_same_told_again_changes_nothing(self) -> None:
        shop = make_shop()
        member = make_member(shop)
        first = review(shop, member)

        again = review(shop, member, at=NOON + DAY)

        assert (again.is_new, again.activity) == (False, first.activity)
        assert again.activity.at == NOON

    def test_one_reference_may_be_of_several_members_and_events(self) -> None:
        shop = make_shop()
        anna, ben = make_member(shop), make_member(shop)

        news = [
            review(shop, anna).is_new,
            review(shop, ben).is_new,
            record(
                installation_id=shop.pk, member_id=anna, event="video", reference="r1",
                occurred_at=NOON, at=NOON,
            ).is_new,
        ]  # fmt: skip

        assert news == [True, True, True]

    def test_what_is_revoked_cannot_be_told_again(self) -> None:
        shop = make_shop()
        member = make_member(shop)
        review(shop, member)
        what = {"member_id": member, "event": "review", "reference": "r1"}

        first = revoke(installation_id=shop.pk, **what)
        second = revoke(installation_id=shop.pk, **what)
        again = review(shop, member)

        assert first
        assert second
        assert (first.is_new, second.is_new) == (True, False)
        assert (again.is_new, again.activity.is_revoked) == (False, True)

    def test_nobody_revokes_what_is_not_theirs(self) -> None:
        shop, other = make_shop(), make_shop()
        member = make_member(shop)
        review(shop, member)
        what = {"member_id": member, "event": "review"}

        assert revoke(installation_id=other.pk, reference="r1", **what) is None
        assert revoke(installation_id=shop.pk, reference="r2", **what) is None
        assert not Activity.objects.get().is_revoked

    def test_an_account_is_confirmed_once(self) -> None:
        shop = make_shop()
        anna, ben = make_member(shop), make_member(shop)

        first = accounts_confirmed(
            installation_id=shop.pk, confirmed=[(anna, NOON), (anna, NOON + DAY)], at=NOON
        )
        second = accounts_confirmed(
            installation_id=shop.pk, confirmed=[(anna, NOON + DAY), (ben, NOON)], at=NOON
        )

        assert (first, second) == ({anna}, {ben})
        assert Activity.objects.get(member_id=anna).event == "account-confirmed"
        assert accounts_confirmed(installation_id=shop.pk, confirmed=[], at=NOON) == set()


@pytest.mark.django_db(transaction=True)
def test_many_who_tell_the_same_at_once_tell_it_once() -> None:
    shop = make_shop()
    member = make_member(shop)

    told = at_once([lambda: review(shop, member)] * 16)

    assert sum(each.is_new for each in told) == 1
    assert Activity.objects.count() == 1


@pytest.mark.django_db
class TestBirthdays:
    def test_are_told_once(self) -> None:
        shop = make_shop()
        member = make_member(shop)
        told = {"installation_id": shop.pk, "member_id": member, "at": NOON}

        tell_birthday(month=2, day=29, **told)
        again = tell_birthday(month=2, day=29, **told | {"at": NOON + DAY})

        assert again.birthday_set_at == NOON
        with pytest.raises(BirthdayLocked):
            tell_birthday(month=2, day=28, **told)
        assert MemberProfile.objects.get().birth_day == 29

    def test_staff_may_correct_them_and_say_why(self) -> None:
        shop = make_shop()
        member = make_member(shop)
        tell_birthday(installation_id=shop.pk, member_id=member, month=2, day=1, at=NOON)

        correct_birthday(
            installation_id=shop.pk, member_id=member, month=1, day=2,
            correction=Correction("VXNlcjo5", "Typed the wrong way round"), at=NOON + DAY,
        )  # fmt: skip

        profile = MemberProfile.objects.get()
        assert (profile.birth_month, profile.birth_day) == (1, 2)
        assert (profile.birthday_set_by, profile.birthday_set_at) == ("STAFF", NOON + DAY)
        assert profile.birthday_note == "Typed the wrong way round"
        assert profile.birthday_staff_id == "VXNlcjo5"

    @pytest.mark.parametrize(
        ("month", "day"), [(2, 30), (4, 31), (13, 1), (0, 1), (1, 0), (1, 32), (10**20, 1)]
    )
    def test_are_days_there_are(self, month: int, day: int) -> None:
        shop = make_shop()
        member = make_member(shop)

        with pytest.raises(NoSuchDay):
            tell_birthday(installation_id=shop.pk, member_id=member, month=month, day=day, at=NOON)
        assert not MemberProfile.objects.exists()

    @pytest.mark.parametrize(("month", "day"), [(2, 30), (4, 31), (13, 1), (1, 32)])
    def test_the_database_refuses_days_there_are_not(self, month: int, day: int) -> None:
        shop = make_shop()

        with pytest.raises(IntegrityError, match="profile_birthday_exists"), transaction.atomic():
            MemberProfile.objects.create(
                member_id=make_member(shop), installation=shop, birth_month=month, birth_day=day,
                birthday_set_at=NOON, birthday_set_by="STAFF",
            )  # fmt: skip
