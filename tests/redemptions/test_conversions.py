"""Points that become money by themselves: Tesco's quarters, REI's years, Costco's own years."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from accrual.worlds import Bought, state
from factories import DAY, give, make_installation, make_member

from saleor_loyalty.accrual import conversions
from saleor_loyalty.accrual.operations import converge
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import member_key, new_key
from saleor_loyalty.ledger import timed
from saleor_loyalty.ledger.queries import balances
from saleor_loyalty.ledger.reconciliation import find_drift
from saleor_loyalty.members.models import PaidMembership
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.redemptions.models import Redemption

pytestmark = pytest.mark.django_db

TESCO = {"each": "QUARTER", "at_least": 150, "step": 50, "money": {"GBP": "0.50"},
         "valid_days": 730}  # fmt: skip
REI = {"each": "YEAR", "issued_after_days": 60, "at_least": 100, "step": 1,
       "money": {"USD": "0.01"}, "valid_days": 670, "members_only": True}  # fmt: skip
COSTCO = {"each": "MEMBERSHIP_YEAR", "issued_after_days": -60, "at_least": 1, "step": 1,
          "money": {"USD": "0.01"}, "valid_days": 365, "members_only": True}  # fmt: skip
LONDON, PACIFIC = "Europe/London", "America/Los_Angeles"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


PUBLISHED = moment("2025-01-01T00:00:00+00:00")


def shop_that(
    conversion: dict[str, Any], *, zone: str = "UTC", name: str = "Club", **parts: Any
) -> Installation:
    shop = make_installation()
    document = {"name": name, "timezone": zone, "conversion": conversion} | parts
    publish(installation_id=shop.pk, document=Programme.model_validate(document), at=PUBLISHED)
    return shop


def member_with(shop: Installation, points: int, *, since: str = "2026-01-10T00:00:00+00:00",
                **life: Any) -> UUID:  # fmt: skip
    member = make_member(shop)
    if points:
        give(member, points, matures_at=moment(since), at=moment(since), **life)
    return member


def pays(
    member: UUID, shop: Installation, *, since: str, until: str | None, year_from: str | None = None
) -> None:
    """Make a paying member."""
    PaidMembership.objects.create(
        installation=shop, member_id=member, order_id=new_key(), segment="club",
        from_at=moment(since), until=moment(until) if until else None,
        year_from=moment(year_from or since),
    )  # fmt: skip


def go(at: str) -> int:
    """Let time do what it does until nothing is due; return how many steps conversions took."""
    while timed.mature(at=moment(at)):
        pass
    steps = 0
    while conversions.convert(at=moment(at)):
        steps += 1
        assert steps < 200, "it ends"
    return steps


def money(member: UUID) -> list[str]:
    """What points of a member became, the first first."""
    rows = Redemption.objects.filter(member_id=member).order_by("requested_at")
    return [f"{row.points} → {row.amount.normalize():f} {row.currency}" for row in rows]


def available(member: UUID, at: str) -> int:
    return balances([member], at=moment(at))[member].available


class TestTesco:
    """Every quarter, 150 points on, in steps of 50; the rest carries over."""

    END, AFTER = "2026-04-01T00:00:00+01:00", "2026-04-01T00:10:00+01:00"

    @pytest.fixture
    def shop(self) -> Installation:
        return shop_that(TESCO, zone=LONDON)

    @pytest.mark.parametrize(
        ("points", "became", "left"),
        [(149, [], 149), (150, ["150 → 1.5 GBP"], 0), (199, ["150 → 1.5 GBP"], 49),
         (1234, ["1200 → 12 GBP"], 34)],
    )  # fmt: skip
    def test_points_become_money_in_steps(
        self, shop: Installation, points: int, became: list[str], left: int
    ) -> None:
        anna = member_with(shop, points)

        go(self.AFTER)

        assert (money(anna), available(anna, self.AFTER)) == (became, left)
        assert find_drift() == []

    def test_what_is_left_carries_over_to_the_next_quarter(self, shop: Installation) -> None:
        anna = member_with(shop, 190)
        go(self.AFTER)
        give(anna, 120, matures_at=moment("2026-05-01T00:00:00+00:00"))

        go("2026-07-01T08:00:00+01:00")

        assert money(anna) == ["150 → 1.5 GBP", "150 → 1.5 GBP"]
        assert available(anna, "2026-07-01T08:00:00+01:00") == 10

    def test_nothing_happens_before_the_quarter_ends_by_the_shops_clocks(
        self, shop: Installation
    ) -> None:
        """British summer time: midnight of 1 April in London is 23:00 of 31 March in UTC."""
        anna = member_with(shop, 150)
        go("2026-03-31T22:59:59+00:00")
        assert money(anna) == []

        # The shop is looked at every hour.
        go("2026-03-31T23:59:59+00:00")
        assert money(anna) == ["150 → 1.5 GBP"]

    def test_points_of_after_the_end_wait_for_the_next_one(self, shop: Installation) -> None:
        anna = member_with(shop, 140)
        give(anna, 300, matures_at=moment(self.END))
        ben = member_with(shop, 160)
        give(ben, 300, matures_at=moment(self.END))

        go("2026-04-02T00:00:00+01:00")

        assert (money(anna), money(ben)) == ([], ["150 → 1.5 GBP"])

    def test_points_that_have_expired_count_for_nothing(self, shop: Installation) -> None:
        anna = member_with(shop, 500, expires_at=moment(self.END))

        go(self.AFTER)

        assert money(anna) == []

    def test_a_member_gets_a_turn_once_whatever_happens(self, shop: Installation) -> None:
        anna = member_with(shop, 150)
        go(self.AFTER)
        give(anna, 500, matures_at=moment("2026-01-11T00:00:00+00:00"))

        for hours in (1, 5, 24, 300):
            later = moment(self.AFTER) + timedelta(hours=hours)
            go(later.isoformat())

        assert money(anna) == ["150 → 1.5 GBP"]

    def test_a_turn_goes_on_where_a_killed_worker_stopped(
        self, shop: Installation, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(conversions, "MEMBERS_MAX", 2)
        members = [member_with(shop, 150) for _ in range(5)]
        conversions.convert(at=moment(self.AFTER))
        assert Redemption.objects.count() == 2

        go(self.AFTER)

        assert [money(member) for member in members] == [["150 → 1.5 GBP"]] * 5

    def test_it_is_a_voucher_of_the_programmes_name_that_the_outbox_makes(
        self, shop: Installation
    ) -> None:
        member_with(shop, 150)
        go(self.AFTER)

        row = Redemption.objects.get()
        assert (row.status, row.means, row.key) == ("REQUESTED", "VOUCHER", "conversion 2026-Q1")
        assert row.facts["name"] == "Club"
        assert row.due_at == row.requested_at == moment(self.AFTER)
        assert row.expires_at == moment(self.AFTER) + 730 * DAY
        assert row.hold_id

    def test_members_of_other_shops_keep_their_points(self, shop: Installation) -> None:
        other = member_with(make_installation(), 500)

        go(self.AFTER)

        assert money(other) == []

    def test_a_key_that_was_used_before_converts_nothing(self, shop: Installation) -> None:
        anna, ben = sorted(member_with(shop, 150) for _ in range(2))
        Redemption.objects.create(
            installation=shop, member_id=anna, key="conversion 2026-Q1", request={}, facts={},
            programme_version_id=shop.programmeversion_set.get().id, times=1, points=0,
            means="RECORD", requested_at=PUBLISHED, expires_at=PUBLISHED, code_ends_at=PUBLISHED,
        )  # fmt: skip

        go(self.AFTER)

        assert (available(anna, self.AFTER), money(ben)) == (150, ["150 → 1.5 GBP"])

    def test_one_members_trouble_keeps_nobody_waiting(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        terms = {"at_least": 1, "step": 1, "money": {"GBP": "1000000"}}
        shop = shop_that(TESCO | terms, zone=LONDON)
        # More money than any column holds.
        rich, others = member_with(shop, 10**11), [member_with(shop, 3) for _ in range(3)]

        go(self.AFTER)

        assert (money(rich), available(rich, self.AFTER)) == ([], 10**11)
        assert [money(member) for member in others] == [["3 → 3000000 GBP"]] * 3
        assert [f"the points of member {rich} could not be converted"] == caplog.messages


class TestREI:
    """Sixty days after the year, for members who still are ones."""

    @pytest.fixture
    def shop(self) -> Installation:
        return shop_that(REI, zone=PACIFIC, membership={"product": "card", "segment": "club"})

    ISSUED = "2027-03-02T01:00:00-08:00"

    def test_what_a_year_earned_becomes_a_dividend_sixty_days_later(
        self, shop: Installation
    ) -> None:
        anna = member_with(shop, 1234)
        pays(anna, shop, since="2026-01-01T00:00:00-08:00", until=None)
        give(anna, 500, matures_at=moment("2027-01-01T00:00:00-08:00"))

        go("2027-03-01T23:30:00-08:00")
        assert money(anna) == []
        go(self.ISSUED)

        assert money(anna) == ["1234 → 12.34 USD"]
        assert Redemption.objects.get().key == "conversion 2026"

    def test_a_leap_year_makes_it_the_first_of_march(self, shop: Installation) -> None:
        anna = member_with(shop, 200)
        pays(anna, shop, since="2026-01-01T00:00:00-08:00", until=None)

        go("2028-03-01T00:30:00-08:00")

        assert Redemption.objects.get().key == "conversion 2027"
        assert money(anna) == ["200 → 2 USD"]

    def test_only_members_get_it(self, shop: Installation) -> None:
        stranger = member_with(shop, 1234)
        former = member_with(shop, 1234)
        pays(former, shop, since="2026-01-01T00:00:00-08:00", until="2027-03-01T23:00:00-08:00")

        go(self.ISSUED)

        assert money(stranger) == money(former) == []
        assert available(former, self.ISSUED) == 1234


class TestCostco:
    """Sixty days before the end of the member's own year, as long as they stay."""

    @pytest.fixture
    def shop(self) -> Installation:
        membership = {"product": "card", "months": 12, "segment": "club"}
        return shop_that(COSTCO, zone=PACIFIC, membership=membership)

    def test_comes_before_the_members_own_year_ends(self, shop: Installation) -> None:
        anna, ben = member_with(shop, 500), member_with(shop, 600)
        for member, day in ((anna, "2026-03-15"), (ben, "2026-03-16")):
            pays(member, shop, since=f"{day}T20:00:00-07:00", until=f"2027{day[4:]}T20:00:00-07:00")

        go("2027-01-13T23:00:00-08:00")
        assert (money(anna), money(ben)) == ([], [])
        go("2027-01-14T00:30:00-08:00")
        assert (money(anna), money(ben)) == (["500 → 5 USD"], [])
        go("2027-01-15T01:30:00-08:00")

        assert money(ben) == ["600 → 6 USD"]
        assert Redemption.objects.get(member_id=anna).key == "conversion year-to-2027-03-15"

    def test_comes_every_year_of_those_who_stay(self, shop: Installation) -> None:
        anna = member_with(shop, 500)
        pays(anna, shop, since="2026-03-15T20:00:00-07:00", until="2027-03-15T20:00:00-07:00")
        pays(anna, shop, since="2027-03-15T20:00:00-07:00", until="2028-03-15T20:00:00-07:00",
             year_from="2026-03-15T20:00:00-07:00")  # fmt: skip
        go("2027-01-14T00:30:00-08:00")
        give(anna, 70, matures_at=moment("2027-06-01T00:00:00+00:00"))

        go("2028-01-15T12:00:00-08:00")

        assert money(anna) == ["500 → 5 USD", "70 → 0.7 USD"]

    def test_of_a_year_that_began_on_29_february(self, shop: Installation) -> None:
        anna = member_with(shop, 500)
        pays(anna, shop, since="2028-02-29T20:00:00-08:00", until="2029-02-28T20:00:00-08:00")

        go("2028-12-29T23:00:00-08:00")
        assert money(anna) == []
        # Sixty days before 28 February.
        go("2028-12-30T00:30:00-08:00")

        assert money(anna) == ["500 → 5 USD"]

    def test_is_not_for_former_members(self, shop: Installation) -> None:
        anna = member_with(shop, 500)
        pays(anna, shop, since="2026-03-15T20:00:00-07:00", until="2026-12-01T20:00:00-08:00")

        for day in (13, 14, 15):
            go(f"2027-01-{day}T12:00:00-08:00")

        assert money(anna) == []

    def test_is_made_up_for_when_the_timer_stood_still(self, shop: Installation) -> None:
        anna = member_with(shop, 500)
        pays(anna, shop, since="2026-03-15T20:00:00-07:00", until="2027-03-15T20:00:00-07:00")

        steps = go("2027-02-01T12:00:00-08:00")

        assert money(anna) == ["500 → 5 USD"]
        assert steps > 30
        assert go("2027-02-01T12:59:00-08:00") == 0

    def test_knows_membership_from_what_was_bought(self, shop: Installation) -> None:
        user = "VXNlcjox"
        bought = Bought(1, moment("2026-03-15T20:00:00-07:00"), (("c", 5_000, 1, 1),), 0, False)
        told = replace(state(bought), user_id=user)
        lines = tuple(
            replace(line, goods=replace(line.goods, product="card")) for line in told.lines
        )
        converge(installation_id=shop.pk, states=[replace(told, lines=lines)], at=bought.at + DAY)
        anna = member_key(shop.pk, user)
        give(anna, 500, matures_at=bought.at)

        go("2027-01-14T00:30:00-08:00")

        assert money(anna) == ["500 → 5 USD"]


class TestCurrencies:
    """Where money is said in several."""

    def shop(self) -> Installation:
        rates = {"EUR": {"points": 1, "per": "1"}}
        both = {**TESCO, "money": {"GBP": "0.50", "EUR": "0.60"}}
        return shop_that(both, earning={"rates": rates})

    def test_that_of_the_members_last_order_counts(self) -> None:
        shop, user = self.shop(), "VXNlcjox"
        for number, currency in ((1, "EUR"), (2, "GBP")):
            bought = Bought(
                number, moment(f"2026-01-0{number}T12:00:00+00:00"), (("c", 5_000, 1, 1),), 0, False
            )
            told = replace(state(bought), user_id=user, currency=currency)
            converge(installation_id=shop.pk, states=[told], at=bought.at)
        anna = member_key(shop.pk, user)
        give(anna, 100, matures_at=moment("2026-01-03T00:00:00+00:00"))

        go("2026-04-01T12:00:00+00:00")

        assert money(anna) == ["150 → 1.5 GBP"]

    def test_else_the_first_one(self) -> None:
        anna = member_with(self.shop(), 150)

        go("2026-04-01T12:00:00+00:00")

        assert money(anna) == ["150 → 1.8 EUR"]
        assert Redemption.objects.get().amount == Decimal("1.8")


def test_a_shop_that_removed_us_waits() -> None:
    shop = shop_that(TESCO)
    anna = member_with(shop, 150)
    Installation.objects.update(is_active=False)

    go("2026-04-01T12:00:00+00:00")
    assert money(anna) == []
