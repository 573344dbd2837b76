"""How long points last as time goes by, acts happen, and terms change."""

from datetime import UTC, datetime

import pytest
from factories import DAY, NOON, make_installation
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
    publish_terms,
    send_all,
)

from saleor_loyalty.ledger import expiry
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.models import Lot
from saleor_loyalty.members.models import Member
from saleor_loyalty.notices import lifetimes
from saleor_loyalty.notices.lifetimes import apply_terms, keep_alive
from saleor_loyalty.programme.document import Tiers
from saleor_loyalty.programme.tier_terms import Benefits, Metric, Tier
from saleor_loyalty.programme.timing_terms import Act, Expiry

pytestmark = pytest.mark.django_db
INACTIVITY = Expiry(days=100, counts_from="LAST_ACT", notice_days=10)


def planned(lot_id: object) -> datetime | None:
    return Lot.objects.get(pk=lot_id).lapses_at


def apply_all(at: datetime) -> None:
    for _ in range(1000):
        if not apply_terms(at=at):
            return
    raise AssertionError("the rounds do not end")


class TestKeepAlive:
    def test_an_act_lets_all_points_last_a_full_term_from_then(self) -> None:
        shop = make_lapsing_shop(INACTIVITY)
        anna, ben = members(shop, ANNA, BEN)
        lots = [give(anna, 1, lapses_at=NOON + days * DAY) for days in (5, 50)]
        bens = give(ben, 1, lapses_at=NOON + 5 * DAY)

        extended = keep_alive(
            installation_id=shop.pk, acts={anna: NOON + DAY}, act=Act.ORDER, at=NOON + 2 * DAY
        )

        assert extended == 2
        assert [planned(lot) for lot in lots] == [NOON + 101 * DAY] * 2
        assert planned(bens) == NOON + 5 * DAY

    def test_an_older_act_shortens_nothing(self) -> None:
        shop = make_lapsing_shop(INACTIVITY)
        [anna] = members(shop)
        lot, for_ever = give(anna, 1, lapses_at=NOON + 300 * DAY), give(anna, 1, lapses_at=None)

        for moment in (NOON, NOON - 500 * DAY):
            assert not keep_alive(
                installation_id=shop.pk, acts={anna: moment}, act=Act.ORDER, at=NOON
            )

        assert planned(lot) == NOON + 300 * DAY
        assert planned(for_ever) is None

    def test_points_that_were_announced_are_announced_anew(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        shop = make_lapsing_shop(INACTIVITY, saleor)
        [anna] = members(shop)
        lot = give(anna, 1, lapses_at=NOON + 5 * DAY)
        plan_all(NOON)
        send_all(NOON)
        assert end_of(lot)

        keep_alive(installation_id=shop.pk, acts={anna: NOON + DAY}, act=Act.ORDER, at=NOON + DAY)
        assert end_of(lot) is None

        plan_all(NOON + 95 * DAY)
        send_all(NOON + 95 * DAY)
        assert len(post_office.received) == 2
        assert end_of(lot) is not None

    @pytest.mark.parametrize(
        ("terms", "act"),
        [
            (Expiry(days=100), Act.ORDER),
            (Expiry(), Act.ORDER),
            (INACTIVITY, Act.EVENT),
            (INACTIVITY, Act.REDEMPTION),
        ],
    )
    def test_acts_that_do_not_count_change_nothing(self, terms: Expiry, act: Act) -> None:
        shop = make_lapsing_shop(terms)
        [anna] = members(shop)
        lot = give(anna, 1, lapses_at=NOON + 5 * DAY)

        assert keep_alive(installation_id=shop.pk, acts={anna: NOON}, act=act, at=NOON) == 0
        assert planned(lot) == NOON + 5 * DAY

    def test_every_act_that_the_programme_names_counts(self) -> None:
        acts = {"acts": (Act.EVENT, Act.REDEMPTION)}
        shop = make_lapsing_shop(INACTIVITY.model_copy(update=acts))
        [anna] = members(shop)
        give(anna, 1, lapses_at=NOON + 5 * DAY)

        for days, act in enumerate((Act.EVENT, Act.REDEMPTION)):
            moment = NOON + days * DAY
            assert keep_alive(installation_id=shop.pk, acts={anna: moment}, act=act, at=moment)

    def test_takes_any_number_of_members(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(expiry, "MEMBERS_MAX", 2)
        shop = make_lapsing_shop(INACTIVITY)
        everyone = members(shop, *[f"VXNlcjo{number}" for number in range(10, 15)])
        for member_id in everyone:
            give(member_id, 1, lapses_at=NOON + 5 * DAY)

        acts = dict.fromkeys(everyone, NOON)
        assert keep_alive(installation_id=shop.pk, acts=acts, act=Act.ORDER, at=NOON) == 5

    def test_a_shop_without_a_programme_keeps_nothing_alive(self) -> None:
        shop = make_installation()
        acts = dict.fromkeys(members(shop), NOON)
        assert keep_alive(installation_id=shop.pk, acts=acts, act=Act.ORDER, at=NOON) == 0


class TestTerms:
    def test_switching_expiry_on_gives_every_lot_a_full_term(self) -> None:
        shop = make_lapsing_shop(Expiry())
        [anna] = members(shop)
        old = give(anna, 1, lapses_at=None, matures_at=NOON - 900 * DAY)
        pending = give(anna, 1, lapses_at=None, matures_at=NOON + 10 * DAY)
        apply_all(NOON)
        assert planned(old) is None

        publish_terms(shop, Expiry(months=1, round_up_to="MONTH"), at=NOON)
        apply_all(NOON + DAY)

        assert planned(old) == datetime(2026, 5, 1, tzinfo=UTC)
        # As long from the day on which they become available.
        assert planned(pending) == datetime(2026, 5, 1, tzinfo=UTC) + 9 * DAY

    def test_a_version_yet_to_come_changes_nothing_yet(self) -> None:
        shop = make_lapsing_shop(Expiry())
        lot = give(members(shop)[0], 1, lapses_at=None)
        publish_terms(shop, Expiry(days=10), at=NOON + 5 * DAY)

        apply_all(NOON + 4 * DAY)
        assert planned(lot) is None

        apply_all(NOON + 5 * DAY)
        assert planned(lot) == NOON + 15 * DAY

    def test_switching_expiry_off_lets_points_last_though_they_were_announced(
        self, saleor: Saleor, post_office: PostOffice
    ) -> None:
        shop = make_lapsing_shop(saleor=saleor)
        [anna] = members(shop)
        lots = [give(anna, 1, lapses_at=NOON + days * DAY) for days in (5, 50)]
        plan_all(NOON)
        send_all(NOON)
        assert end_of(lots[0])

        publish_terms(shop, Expiry(), at=NOON + DAY)
        apply_all(NOON + DAY)

        assert [planned(lot) for lot in lots] == [None, None]
        assert end_of(lots[0]) is None

    def test_other_terms_leave_what_was_promised(self) -> None:
        shop = make_lapsing_shop(Expiry(days=100))
        lot = give(members(shop)[0], 1, lapses_at=NOON + 100 * DAY)

        for days, terms in enumerate((Expiry(days=10), Expiry(days=500), INACTIVITY), start=1):
            publish_terms(shop, terms, at=NOON + days * DAY)
            apply_all(NOON + days * DAY)

        assert planned(lot) == NOON + 100 * DAY

    def test_points_last_on_a_level_that_says_so_and_a_full_term_after_it(self) -> None:
        gold = Tier(id="gold", name="Gold", threshold=0, benefits=Benefits(points_expire=False))
        tiers = Tiers(levels=(gold,), metric=Metric.ORDERS)
        shop = make_lapsing_shop(Expiry(days=10), tiers=tiers)
        anna, ben = members(shop, ANNA, BEN)
        lots = [give(member_id, 1, lapses_at=NOON + 5 * DAY) for member_id in (anna, ben)]
        Member.objects.filter(pk=anna).update(tier="gold", tier_since=NOON, tier_cause="MANUAL")

        apply_all(NOON)
        assert [planned(lot) for lot in lots] == [None, NOON + 5 * DAY]

        Member.objects.filter(pk=anna).update(tier="", tier_since=None, tier_cause="")
        apply_all(NOON + DAY)
        assert [planned(lot) for lot in lots] == [NOON + 11 * DAY, NOON + 5 * DAY]

    def test_corrections_by_staff_get_a_term_as_well(self) -> None:
        shop = make_lapsing_shop(Expiry(days=10))
        [anna] = members(shop)
        ledger.adjust(member_id=anna, points=5, key="x", reason={"code": "CORRECTION"}, at=NOON)

        apply_all(NOON)

        assert Lot.objects.get().lapses_at == NOON + 10 * DAY

    def test_a_large_shop_takes_many_steps_of_which_each_may_be_the_last(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(expiry, "MEMBERS_MAX", 2)
        shop = make_lapsing_shop(Expiry(days=10))
        everyone = members(shop, *[f"VXNlcjo{number}" for number in range(10, 15)])
        for member_id in everyone:
            give(member_id, 1, lapses_at=None)

        for done in (2, 4, 5):
            assert apply_terms(at=NOON) == 1
            assert Lot.objects.exclude(lapses_at=None).count() == done
        assert apply_terms(at=NOON) == 0
        assert apply_terms(at=NOON + lifetimes.EVERY) == 1
        assert set(Lot.objects.values_list("lapses_at", flat=True)) == {NOON + 10 * DAY}

    def test_no_shop_touches_anothers_points(self) -> None:
        shop, other = make_lapsing_shop(Expiry(days=10)), make_lapsing_shop(Expiry())
        lots = [give(members(each)[0], 1, lapses_at=None) for each in (shop, other)]

        apply_all(NOON)

        assert [planned(lot) for lot in lots] == [NOON + 10 * DAY, None]
