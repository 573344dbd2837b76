"""Staff let points last longer, or count again."""

import pytest
from crowds import at_once
from django.db import connection
from factories import DAY, NOON
from notices.post_office import PostOffice
from notices.world import (
    ANNA,
    BEN,
    Saleor,
    end_of,
    give,
    make_lapsing_shop,
    members,
    plan_all,
    send_all,
)

from saleor_loyalty.ledger import expiry, timed
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.models import Lot
from saleor_loyalty.ledger.queries import balance
from saleor_loyalty.notices import staff
from saleor_loyalty.notices.models import Extension

pytestmark = pytest.mark.django_db
UNTIL = NOON + 200 * DAY


def ends() -> list[object]:
    return sorted(set(Lot.objects.values_list("lapses_at", flat=True)), key=str)


def test_one_members_points_last_longer_at_once() -> None:
    shop = make_lapsing_shop()
    anna, ben = members(shop, ANNA, BEN)
    for member_id in (anna, ben):
        give(member_id, 1, lapses_at=NOON + DAY)

    row = staff.extend(installation_id=shop.pk, member_id=anna, until=UNTIL, key="k", at=NOON)

    assert (row.lots, row.done_at) == (1, NOON)
    assert ends() == [NOON + DAY, UNTIL]
    assert staff.apply_extensions(at=NOON) == 0


def test_everybodys_points_last_longer_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "MEMBERS_MAX", 2)
    shop, other = make_lapsing_shop(), make_lapsing_shop()
    for member_id in members(shop, *[f"VXNlcjo{number}" for number in range(10, 15)]):
        give(member_id, 1, lapses_at=NOON + DAY)
    theirs = give(members(other)[0], 1, lapses_at=NOON + DAY)

    row = staff.extend(installation_id=shop.pk, member_id=None, until=UNTIL, key="k", at=NOON)
    assert row.done_at is None

    steps = 0
    while staff.apply_extensions(at=NOON + DAY):
        steps += 1
    row.refresh_from_db()
    assert (steps, row.lots, row.done_at) == (3, 5, NOON + DAY)
    assert ends() == [NOON + DAY, UNTIL]
    assert Lot.objects.get(lapses_at=NOON + DAY).pk == theirs


def test_points_that_expired_after_everybodys_were_asked_for_are_saved(
    saleor: Saleor, post_office: PostOffice
) -> None:
    shop = make_lapsing_shop(saleor=saleor)
    [anna] = members(shop)
    lot = give(anna, 1, lapses_at=NOON + DAY)
    plan_all(NOON)
    send_all(NOON)
    end = end_of(lot)
    assert end

    staff.extend(installation_id=shop.pk, member_id=None, until=UNTIL, key="k", at=end - DAY / 24)
    staff.apply_extensions(at=end + DAY / 24)

    assert balance(anna, at=end + DAY).available == 1


def test_the_same_request_again_changes_nothing() -> None:
    shop = make_lapsing_shop()
    [anna] = members(shop)
    give(anna, 1, lapses_at=NOON + DAY)
    wanted = {"installation_id": shop.pk, "member_id": anna, "until": UNTIL, "key": "k"}

    first = staff.extend(**wanted, at=NOON)
    again = staff.extend(**wanted, at=NOON + DAY)

    assert (again.pk, again.lots, again.done_at) == (first.pk, 1, NOON)
    with pytest.raises(staff.KeyUsed):
        staff.extend(**wanted | {"until": UNTIL + DAY}, at=NOON)
    with pytest.raises(staff.KeyUsed):
        staff.extend(**wanted | {"member_id": None}, at=NOON)
    # A key is the shop's own.
    staff.extend(**wanted | {"installation_id": make_lapsing_shop().pk, "member_id": None}, at=NOON)


def test_expired_points_count_again_within_the_grace_period(
    saleor: Saleor, post_office: PostOffice
) -> None:
    shop = make_lapsing_shop(saleor=saleor)
    [anna] = members(shop)
    lot = give(anna, 10, lapses_at=NOON + DAY)
    plan_all(NOON)
    send_all(NOON)
    end = end_of(lot)
    assert end
    late, soon = end + staff.GRACE, end + 5 * DAY
    timed.expire(at=soon)

    with pytest.raises(ledger.NothingToRevive):
        staff.revive(installation_id=shop.pk, member_id=anna, key="late", at=late)
    staff.revive(installation_id=shop.pk, member_id=anna, key="k", at=soon)
    with pytest.raises(ledger.AlreadyPosted):
        staff.revive(installation_id=shop.pk, member_id=anna, key="k", at=soon)

    assert balance(anna, at=soon).available == 10
    assert (Lot.objects.get().lapses_at, end_of(lot)) == (soon + 365 * DAY, None)


@pytest.mark.django_db(transaction=True)
def test_many_workers_and_requests_at_once_extend_once() -> None:
    shop = make_lapsing_shop()
    for member_id in members(shop, ANNA, BEN):
        give(member_id, 1, lapses_at=NOON + DAY)

    def ask() -> int:
        return staff.extend(
            installation_id=shop.pk, member_id=None, until=UNTIL, key="k", at=NOON
        ).lots

    at_once([ask, lambda: staff.apply_extensions(at=NOON)] * 6)
    while staff.apply_extensions(at=NOON):
        pass

    assert Extension.objects.get().lots == 2
    assert ends() == [UNTIL]
    connection.close()
