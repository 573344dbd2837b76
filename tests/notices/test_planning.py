"""Who has to be told that points will expire."""

from datetime import date, timedelta

import pytest
from crowds import at_once
from factories import DAY, NOON, make_installation
from notices.world import (
    ANNA,
    BEN,
    end_of,
    give,
    make_lapsing_shop,
    members,
    plan_all,
    publish_terms,
)

from saleor_loyalty.installations.operations import deactivate
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.members.models import Member
from saleor_loyalty.notices import planning
from saleor_loyalty.notices.models import Notice, Round
from saleor_loyalty.programme import queries
from saleor_loyalty.programme.document import Tiers
from saleor_loyalty.programme.tier_terms import Benefits, Metric, Tier
from saleor_loyalty.programme.timing_terms import Expiry

pytestmark = pytest.mark.django_db
SOON = NOON + 20 * DAY


def planned() -> list[tuple[date, int]]:
    rows = Notice.objects.order_by("lapses_on", "member_id")
    return [(row.lapses_on, row.points) for row in rows]


def test_plans_one_notice_for_each_member_and_day() -> None:
    anna, ben = members(make_lapsing_shop(), ANNA, BEN)
    lots = {give(anna, 10, lapses_at=SOON), give(anna, 5, lapses_at=SOON + timedelta(hours=3))}
    give(anna, 3, lapses_at=SOON + DAY)
    give(ben, 7, lapses_at=SOON)

    plan_all(NOON)

    assert sorted(planned()) == [
        (date(2026, 3, 21), 7),
        (date(2026, 3, 21), 15),
        (date(2026, 3, 22), 3),
    ]
    notice = Notice.objects.get(points=15)
    assert set(notice.lots) == lots
    assert notice.expires_at == NOON + 30 * DAY
    assert notice.sent_at is None
    assert all(end_of(lot) is None for lot in lots)


def test_days_are_those_of_the_shop() -> None:
    [anna] = members(make_lapsing_shop(timezone="Pacific/Auckland"))
    give(anna, 10, lapses_at=SOON)

    plan_all(NOON)

    assert planned() == [(date(2026, 3, 22), 10)]


def test_plans_a_day_before_it_has_to_so_that_points_end_as_planned() -> None:
    [anna] = members(make_lapsing_shop())
    give(anna, 10, lapses_at=NOON + 31 * DAY)
    give(anna, 20, lapses_at=NOON + 33 * DAY)

    plan_all(NOON)

    assert planned() == [(date(2026, 4, 1), 10)]
    assert Notice.objects.get().expires_at == NOON + 31 * DAY


def test_goes_round_again_and_plans_only_what_is_new() -> None:
    [anna] = members(make_lapsing_shop())
    give(anna, 10, lapses_at=SOON)
    plan_all(NOON)
    first = Notice.objects.get()

    plan_all(NOON + planning.EVERY)
    assert Notice.objects.get().pk == first.pk

    give(anna, 5, lapses_at=SOON + timedelta(hours=1))
    plan_all(NOON + 2 * planning.EVERY)

    # Whoever has read the first one has not read of the new points.
    assert planned() == [(date(2026, 3, 21), 15)]
    assert Notice.objects.get().pk != first.pk


def test_a_large_shop_takes_many_steps_and_whoever_stops_is_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planning, "LOTS_MAX", 2)
    [anna] = members(make_lapsing_shop())
    for days in range(5):
        give(anna, 1, lapses_at=SOON + days * DAY)

    assert planning.plan(at=NOON) == 1
    assert len(planned()) == 2
    assert planning.plan(at=NOON) == 1
    assert len(planned()) == 4
    assert planning.plan(at=NOON) == 1
    assert len(planned()) == 5
    assert planning.plan(at=NOON) == 0


def test_points_of_one_day_on_two_pages_are_one_notice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "LOTS_MAX", 2)
    [anna] = members(make_lapsing_shop())
    for hours in range(5):
        give(anna, 1, lapses_at=SOON + timedelta(hours=hours))

    plan_all(NOON)

    assert planned() == [(date(2026, 3, 21), 5)]


def test_nobody_is_told_of_points_they_do_not_have_yet() -> None:
    [anna] = members(make_lapsing_shop())
    give(anna, 10, lapses_at=SOON, matures_at=NOON + DAY)
    give(anna, 20, lapses_at=SOON, matures_at=None)

    plan_all(NOON)
    assert planned() == []

    plan_all(NOON + DAY)
    assert planned() == [(date(2026, 3, 21), 10)]


def test_points_that_do_not_lapse_are_no_news() -> None:
    shop = make_lapsing_shop()
    [anna] = members(shop)
    give(anna, 10, lapses_at=None)
    lot = give(anna, 5, lapses_at=SOON)
    ledger.spend(member_id=anna, points=5, key="x", reason={"code": "REDEMPTION"}, at=NOON)

    plan_all(NOON)

    assert planned() == []
    assert end_of(lot) is None


def test_a_programme_without_a_term_announces_nothing() -> None:
    shop = make_lapsing_shop()
    [anna] = members(shop)
    give(anna, 10, lapses_at=SOON)
    publish_terms(shop, Expiry(), at=NOON)

    plan_all(NOON)

    assert planned() == []


def test_a_level_whose_points_last_announces_nothing() -> None:
    gold = Tier(id="gold", name="Gold", threshold=0, benefits=Benefits(points_expire=False))
    [anna, ben] = members(
        make_lapsing_shop(tiers=Tiers(levels=(gold,), metric=Metric.ORDERS)), ANNA, BEN
    )
    Member.objects.filter(pk=anna).update(tier="gold", tier_since=NOON, tier_cause="MANUAL")
    give(anna, 10, lapses_at=SOON)
    give(ben, 20, lapses_at=SOON)

    plan_all(NOON)

    assert planned() == [(date(2026, 3, 21), 20)]


def test_each_shop_has_rounds_of_its_own_and_a_removed_app_none() -> None:
    shops = [make_lapsing_shop(), make_lapsing_shop(Expiry(days=365, notice_days=5)),
             make_installation(), make_lapsing_shop()]  # fmt: skip
    for shop in shops:
        give(members(shop)[0], 10, lapses_at=SOON)
    deactivate(installation_id=shops[3].pk, app_id=shops[3].app_id)

    plan_all(NOON)

    assert [row.installation_id for row in Notice.objects.all()] == [shops[0].pk]
    assert Round.objects.count() == 3


def test_a_shop_in_trouble_does_not_keep_the_others_waiting() -> None:
    shops = [make_lapsing_shop(), make_lapsing_shop()]
    for shop in shops:
        give(members(shop)[0], 10, lapses_at=SOON)
    broken = {"timezone": "Nowhere/AtAll"}
    version = queries.current(shops[0].pk, NOON)
    queries._documents[version.id] = version.document.model_copy(update=broken)

    plan_all(NOON)

    assert [row.installation_id for row in Notice.objects.all()] == [shops[1].pk]
    assert Round.objects.get(installation=shops[0]).due_at == NOON + timedelta(hours=1)


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_plan_each_notice_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "LOTS_MAX", 3)
    shops = [make_lapsing_shop() for _ in range(3)]
    for shop in shops:
        for member_id in members(shop, ANNA, BEN):
            for hours in range(4):
                give(member_id, 1, lapses_at=SOON + timedelta(hours=hours))

    at_once([lambda: plan_all(NOON)] * 6)
    plan_all(NOON)

    assert planned() == [(date(2026, 3, 21), 4)] * 6
