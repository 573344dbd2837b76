"""Products that make their buyers paying members: from when until when, and what that changes."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from accrual.shops import buys, shop_with
from accrual.worlds import BEGAN, DAY, LATER, Bought, state
from shopping import LONG_AGO, Shopper, day, goods

from saleor_loyalty.accrual.history import OrderEntry
from saleor_loyalty.accrual.operations import converge
from saleor_loyalty.accrual.queries import estimate
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import member_key
from saleor_loyalty.members.models import PaidMembership
from saleor_loyalty.members.operations import tell_facts
from saleor_loyalty.members.queries import memberships_of, paid_segments, paying
from saleor_loyalty.members.rules import Fact
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.document import Programme

ANNA = "VXNlcjox"


def club(*, months: int | None = 12, zone: str = "UTC", **terms: Any) -> Programme:
    """Members of the club get a point for a dollar; others get nothing."""
    rate = {"kind": "RATE", "rates": {"USD": {"points": 1, "per": "1"}}}
    rule = {"id": "club", "name": "Club", "effect": rate, "audience": {"segments": ["club"]},
            "scope": {"without": {"products": ["card"]}}}  # fmt: skip
    membership = {"product": "card", "segment": "club", "months": months} | terms
    return Programme.model_validate(
        {"timezone": zone, "earning": {"rules": [rule]}, "membership": membership}
    )


def joins(shopper: Shopper, *, on: str, pieces: int = 1) -> int:
    return shopper.buys(goods("card", 50, pieces=pieces), on=on)


def spans(shopper: Shopper) -> list[tuple[str, str]]:
    """From which day until which the shopper is a paying member."""
    return [
        (f"{each.from_at:%Y-%m-%d}", f"{each.until:%Y-%m-%d}" if each.until else "for life")
        for each in shopper.story().paid
    ]


class TestASpan:
    def test_lasts_so_many_months_from_the_order_on(self) -> None:
        shopper = Shopper(club())
        joins(shopper, on="2026-03-15")

        assert spans(shopper) == [("2026-03-15", "2027-03-15")]

    def test_from_29_february_on_ends_on_the_28th(self) -> None:
        shopper = Shopper(club())
        joins(shopper, on="2028-02-29")

        assert spans(shopper) == [("2028-02-29", "2029-02-28")]

    def test_ends_at_the_same_time_of_day_though_clocks_changed(self) -> None:
        shopper = Shopper(club(months=6, zone="Europe/Paris"))
        shopper.buys(goods("card", 50), on="2026-01-10T20:00:00+01:00")

        (paid,) = shopper.story().paid
        assert paid.until == datetime.fromisoformat("2026-07-10T20:00:00+02:00")

    def test_may_be_for_life(self) -> None:
        shopper = Shopper(club(months=None))
        joins(shopper, on="2026-03-15")

        assert spans(shopper) == [("2026-03-15", "for life")]

    def test_that_is_renewed_early_goes_on_from_its_end(self) -> None:
        shopper = Shopper(club())
        joins(shopper, on="2026-03-15")
        joins(shopper, on="2027-02-01")

        assert spans(shopper) == [("2026-03-15", "2027-03-15"), ("2027-03-15", "2028-03-15")]
        assert len({paid.year_from for paid in shopper.story().paid}) == 1

    def test_that_is_renewed_late_begins_anew(self) -> None:
        shopper = Shopper(club())
        joins(shopper, on="2026-03-15")
        joins(shopper, on="2027-05-01")

        assert spans(shopper)[1] == ("2027-05-01", "2028-05-01")
        assert len({paid.year_from for paid in shopper.story().paid}) == 2

    def test_of_two_cards_lasts_twice_as_long(self) -> None:
        shopper = Shopper(club())
        order = joins(shopper, on="2026-03-15", pieces=2)

        assert spans(shopper) == [("2026-03-15", "2028-03-15")]
        shopper.gives_back(order, "card")
        assert spans(shopper) == [("2026-03-15", "2027-03-15")]

    def test_that_was_given_back_never_was(self) -> None:
        shopper = Shopper(club())
        order = joins(shopper, on="2026-03-15")
        shopper.gives_back(order, "card")

        assert spans(shopper) == []

    def test_that_was_given_back_may_have_been_until_then(self) -> None:
        shopper = Shopper(club(refund_keeps_rewards=True))
        order = joins(shopper, on="2026-03-15")
        shopper.spends(100, on="2026-03-20")
        shopper.spends(100, on="2026-04-20")
        shopper.gives_back(order, "card")
        entry = shopper.entries[order]
        assert isinstance(entry, OrderEntry)
        back = replace(entry.order, changed_at=day("2026-04-01"))
        shopper.entries[order] = replace(entry, order=back)

        assert spans(shopper) == [("2026-03-15", "2026-04-01")]
        assert [shopper.earned(number) for number in range(3)] == [0, 100, 0]

    def test_of_a_cancelled_order_never_was(self) -> None:
        shopper = Shopper(club())
        shopper.buys(goods("card", 50), on="2026-03-15", status="CANCELED")

        assert spans(shopper) == []


class TestAudiences:
    def test_know_paying_members_from_the_order_that_made_them_so(self) -> None:
        shopper = Shopper(club())
        shopper.spends(100, on="2026-03-14")
        shopper.buys(goods("card", 50), goods("thing", 100), on="2026-03-15")
        shopper.spends(100, on="2027-03-14")
        shopper.spends(100, on="2027-03-15")

        assert [shopper.earned(number) for number in range(4)] == [0, 100, 100, 0]

    def test_lose_what_was_earned_by_a_membership_that_is_given_back(self) -> None:
        shopper = Shopper(club())
        order = joins(shopper, on="2026-03-15")
        shopper.spends(100, on="2026-03-16")
        assert shopper.earned() == 100

        shopper.gives_back(order, "card")

        assert shopper.earned() == 0

    def test_keep_those_of_whom_it_was_told(self) -> None:
        """The end of what was bought is not the end of what the shop said."""
        shopper = Shopper(club()).is_in("club", since=day("2026-01-01"))
        joins(shopper, on="2026-03-15")
        shopper.facts.append(Fact("club", Decimal(0), day("2026-06-01")))
        for date in ("2026-02-01", "2026-07-01", "2027-04-01"):
            shopper.spends(100, on=date)
        shopper.is_in("club", since=day("2027-04-02"))
        shopper.spends(100, on="2027-04-03")

        assert [shopper.accrued(n).reckoning.points for n in range(1, 5)] == [100, 100, 0, 100]

    def test_levels_of_paying_members(self) -> None:
        levels = {"metric": "MEMBERSHIP", "window": {"kind": "SINCE_JOINING"},
                  "validity": {"until": "MONTHS", "months": 1},
                  "levels": [{"id": "free", "name": "Free", "threshold": "0"},
                             {"id": "club", "name": "Club", "threshold": "1"}]}  # fmt: skip
        document = club().model_dump(mode="json") | {"tiers": levels}
        shopper = Shopper(Programme.model_validate(document), joined_at=LONG_AGO)
        joins(shopper, on="2026-03-15")

        assert shopper.level("2026-03-15") == "club"
        assert shopper.level("2027-03-01") == "club"
        assert shopper.level("2027-06-01") == "free"


@pytest.mark.django_db
class TestRows:
    """What is kept for those who ask."""

    @pytest.fixture
    def shop(self) -> Installation:
        return shop_with(
            Programme.model_validate(
                {
                    "earning": {"rates": {"EUR": {"points": 1, "per": "1"}}},
                    "membership": {"product": "p", "months": 12, "segment": "club"},
                }
            )
        )

    def test_tell_who_is_a_paying_member_when(self, shop: Installation) -> None:
        buys(shop, 1)
        anna = member_key(shop.pk, ANNA)

        assert paid_segments([anna], BEGAN - DAY) == {anna: frozenset()}
        assert paid_segments([anna], BEGAN) == {anna: frozenset({"club", "membership"})}
        assert paid_segments([anna], BEGAN + 365 * DAY) == {anna: frozenset()}

    def test_tell_of_a_membership_as_a_whole(self, shop: Installation) -> None:
        buys(shop, 1)
        buys(shop, 2, at=BEGAN + 300 * DAY)
        anna = member_key(shop.pk, ANNA)

        (membership,) = memberships_of([anna], BEGAN + 10 * DAY).values()
        assert membership
        assert (membership.since, membership.until) == (BEGAN, BEGAN + 730 * DAY)
        assert memberships_of([anna], BEGAN - DAY) == {anna: None}

    def test_go_when_the_goods_do_and_come_back_with_them(self, shop: Installation) -> None:
        buys(shop, 1)
        buys(shop, 1, kept=0, hour=1)
        assert not PaidMembership.objects.exists()

        buys(shop, 1, hour=2)
        assert PaidMembership.objects.get().from_at == BEGAN

    def test_are_written_only_when_they_change(self, shop: Installation) -> None:
        buys(shop, 1)
        before = PaidMembership.objects.get().pk
        buys(shop, 1, euros=90, hour=1)

        assert PaidMembership.objects.get().pk == before

    def test_remember_when_a_membership_was_given_back(self) -> None:
        membership = {"product": "p", "segment": "club", "refund_keeps_rewards": True}
        shop = shop_with(Programme.model_validate({"membership": membership}))
        anna = member_key(shop.pk, ANNA)
        buys(shop, 1)
        buys(shop, 1, kept=0, hour=24)
        assert memberships_of([anna], BEGAN + DAY / 2)[anna]
        assert memberships_of([anna], BEGAN + DAY) == {anna: None}

        # Whatever is changed of that order later.
        bought = Bought(1, BEGAN, (("coffee", 10_000, 1, 0),), 490, is_sent=False)
        converge(installation_id=shop.pk, states=[state(bought, hour=48)], at=LATER)

        assert PaidMembership.objects.get().until == BEGAN + DAY
        assert Order.objects.get().state_at == BEGAN + 2 * DAY

    def test_and_what_is_told_make_paying_members(self, shop: Installation) -> None:
        buys(shop, 1)
        buys(shop, 2, user="VXNlcjoy", kept=0)
        anna, ben = member_key(shop.pk, ANNA), member_key(shop.pk, "VXNlcjoy")
        moment = BEGAN + timedelta(hours=1)
        assert paying([anna, ben], segment="club", at=moment) == {anna}

        tell_facts(installation_id=shop.pk, member_id=ben, values={"club": Decimal(1)}, at=moment)

        assert paying([anna, ben], segment="club", at=moment) == {anna, ben}
        assert paying([anna, ben], segment="", at=moment) == {anna}

    def test_an_estimate_knows_the_membership_in_the_basket(self) -> None:
        shop = shop_with(club_in_euros())
        bought = Bought(1, BEGAN, (("coffee", 10_000, 1, 1),), 0, is_sent=False)

        made = estimate(
            installation_id=shop.pk, member_id=None, basket=state(bought), at=BEGAN + DAY
        )

        assert made.reckoning.points == 100


def club_in_euros() -> Programme:
    rate = {"kind": "RATE", "rates": {"EUR": {"points": 1, "per": "1"}}}
    rule = {"id": "club", "name": "Club", "effect": rate, "audience": {"segments": ["club"]}}
    return Programme.model_validate(
        {"earning": {"rules": [rule]}, "membership": {"product": "p", "segment": "club"}}
    )
