"""The presets do what the famous programmes publish; every number is worked out by hand."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from shopping import Shopper, goods, preset

from saleor_loyalty.earning.reckoning import Nothing
from saleor_loyalty.gateways.saleor.orders import Parcel


def shopper_of(name: str, *segments: str) -> Shopper:
    shopper = Shopper(preset(name))
    for segment in segments:
        shopper.is_in(segment)
    return shopper


def local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


class TestSephora:
    """A point a dollar; levels at 350 and 1,000 dollars in a calendar year."""

    def shopper(self) -> Shopper:
        return shopper_of("sephora")

    @pytest.mark.parametrize(("price", "points"), [("1", 1), ("49.99", 49), ("0.99", 0)])
    def test_an_insider_earns_a_point_for_a_dollar(self, price: str, points: int) -> None:
        shopper = self.shopper()
        shopper.spends(price, on="2025-03-10")

        assert shopper.earned() == points

    def test_tax_and_shipping_earn_nothing(self) -> None:
        shopper = self.shopper()
        shopper.buys(goods("serum", "54.25", tax="4.25"), on="2025-03-10", shipping="6.95")

        assert shopper.earned() == 50

    def test_the_order_that_makes_a_vip_is_still_earned_by_an_insider(self) -> None:
        shopper = self.shopper()
        shopper.spends(200, on="2025-03-10")
        shopper.spends(150, on="2025-04-10")
        shopper.spends(100, on="2025-04-11")

        assert [shopper.earned(entry) for entry in (0, 1, 2)] == [200, 150, 125]

    def test_a_vip_has_spent_350_dollars_and_not_a_cent_less(self) -> None:
        shopper = self.shopper()
        shopper.spends("349.99", on="2025-03-10")
        assert shopper.level("2025-03-11") == "insider"

        shopper.spends("0.01", on="2025-03-12")
        assert shopper.level("2025-03-13") == "vip"

    @pytest.mark.parametrize(("price", "points"), [("30", 45), ("29.99", 44), ("0.70", 1)])
    def test_a_rouge_member_earns_one_and_a_half_points_for_a_dollar(
        self, price: str, points: int
    ) -> None:
        shopper = self.shopper()
        shopper.spends(1000, on="2025-03-10")
        shopper.spends(price, on="2025-03-11")

        assert shopper.earned() == points

    def test_a_status_is_kept_for_the_rest_of_the_year_and_all_of_the_next(self) -> None:
        shopper = self.shopper()
        shopper.spends(1000, on="2025-03-10")

        assert shopper.level("2025-12-31") == "rouge"
        assert shopper.level("2026-12-31") == "rouge"
        assert shopper.level("2027-01-02") == "insider"

    def test_a_rouge_member_who_spends_350_dollars_in_the_next_year_becomes_a_vip(self) -> None:
        shopper = self.shopper()
        shopper.spends(1000, on="2025-03-10")
        shopper.spends(350, on="2026-06-01")

        assert shopper.level("2026-12-31") == "rouge"
        assert shopper.level("2027-01-02") == "vip"
        assert shopper.level("2027-12-31") == "vip"
        assert shopper.level("2028-01-02") == "insider"

    def test_what_was_spent_goes_back_to_zero_on_the_first_of_january(self) -> None:
        shopper = self.shopper()
        shopper.spends(300, on="2025-12-31")
        shopper.spends(300, on="2026-01-01")

        assert shopper.level("2026-01-02") == "insider"

    def test_the_year_ends_at_midnight_in_the_shop(self) -> None:
        shopper = self.shopper()
        shopper.spends(300, on="2025-12-31")
        shopper.spends(50, on="2026-01-01T04:59:59+00:00")

        assert shopper.level("2026-01-02") == "vip"

    def test_returned_goods_do_not_count_for_the_status(self) -> None:
        shopper = self.shopper()
        bought = shopper.buys(goods("palette", 200), goods("serum", 200), on="2025-03-10")
        shopper.spends(100, on="2025-03-20")
        assert shopper.earned() == 125

        shopper.gives_back(bought, "serum")
        assert [shopper.earned(entry) for entry in (0, 1)] == [200, 100]
        assert shopper.level("2025-04-01") == "insider"

    def test_points_lapse_after_twelve_months_without_activity(self) -> None:
        shopper = self.shopper()
        shopper.spends(30, on="2025-03-10")

        (part,) = shopper.accrued(0).parts
        assert part.life.ends_at is not None
        assert part.life.ends_at.date().isoformat() == "2026-03-10"

    def test_a_birthday_brings_a_gift_and_no_points(self) -> None:
        shopper = self.shopper()
        shopper.does("birthday", on="2025-07-01", reference="2025")

        assert (shopper.earned(), shopper.rewards()) == (0, ["birthday-gift"])

    def test_a_birthday_is_once_a_year(self) -> None:
        shopper = self.shopper()
        for on in ("2025-07-01", "2025-08-01", "2026-07-01"):
            shopper.does("birthday", on=on, reference=on)

        assert shopper.rewards() == ["birthday-gift", "birthday-gift"]


class TestStarbucks:
    """A star a dollar, two if a preloaded card pays; they live six months after their month."""

    @pytest.mark.parametrize(
        ("price", "paid", "stars"),
        [
            ("5", {"card:visa": 5}, 5),
            ("5", {"gift_card": 5}, 10),
            ("20", {"gift_card": 12, "card:visa": 8}, 32),
            ("4.75", {"gift_card": "4.75"}, 9),
            ("4.75", {"card": "4.75"}, 4),
        ],
    )
    def test_a_preloaded_card_earns_twice_pro_rata(
        self, price: str, paid: dict[str, Any], stars: int
    ) -> None:
        shopper = shopper_of("starbucks")
        shopper.spends(price, on="2026-03-10", paid=paid)

        assert shopper.earned() == stars

    def test_a_double_star_day_doubles_from_when_it_is_joined(self) -> None:
        mixed = {"gift_card": 12, "card:visa": 8}
        shopper = shopper_of("starbucks")
        shopper.spends(20, on="2026-03-10", paid=mixed)
        shopper.joins("double-star-day", on="2026-03-11")
        shopper.spends(20, on="2026-03-12", paid=mixed)

        assert [shopper.earned(entry) for entry in (0, 1)] == [32, 64]

    def test_alcohol_and_gift_cards_earn_nothing(self) -> None:
        shopper = shopper_of("starbucks")
        shopper.buys(
            goods("latte", 10, category="coffee"),
            goods("wine", 15, category="alcohol"),
            goods("voucher", 25, is_gift_card=True),
            on="2026-03-10",
            paid={"card:visa": 50},
        )

        assert shopper.earned() == 10

    def test_stars_earned_on_15_december_2020_expire_on_1_july_2021(self) -> None:
        shopper = shopper_of("starbucks")
        shopper.spends(5, on="2020-12-15")

        (part,) = shopper.accrued(0).parts
        assert part.life.ends_at == local("2021-07-01", "America/Los_Angeles")


class TestUlta:
    """A point a dollar; offers and levels add up: 1 + 0.5 + 4."""

    def member(self, spent: int) -> Shopper:
        shopper = shopper_of("ulta")
        shopper.spends(spent, on="2026-01-02")
        return shopper

    @pytest.mark.parametrize(
        ("spent", "price", "points"),
        [(1, 100, 500), (500, 40, 210), (500, 100, 525), (1200, 10, 55), (1200, 100, 550)],
    )
    def test_a_five_times_offer_at_platinum_makes_5_25_and_at_diamond_5_5(
        self, spent: int, price: int, points: int
    ) -> None:
        shopper = self.member(spent)
        shopper.buys(goods("serum", price, collections=("points-x5",)), on="2026-03-10")

        assert shopper.earned() == points

    def test_other_goods_in_the_basket_earn_what_they_always_do(self) -> None:
        shopper = self.member(1200)
        shopper.buys(
            goods("serum", 100, collections=("points-x5",)), goods("soap", 60), on="2026-03-10"
        )

        allocations = shopper.accrued(-1).reckoning.allocations
        assert shopper.earned() == 550 + 90
        assert sum(each.points for each in allocations if each.line == "serum") == 550
        assert sum(each.points for each in allocations if each.line == "soap") == 90

    def test_offers_add_to_each_other(self) -> None:
        shopper = self.member(1200)
        shopper.buys(
            goods("serum", 100, collections=("points-x5",)), on="2026-03-10", channel="app"
        )

        assert shopper.earned() == 750  # 1 + 0.5 + 2 + 4

    def test_an_offer_for_you_counts_once_you_activated_it(self) -> None:
        shopper = shopper_of("ulta")
        mask = goods("mask", 10, collections=("points-x10",))
        shopper.buys(mask, on="2026-03-10")
        shopper.joins("ten-times-points", on="2026-03-11")
        shopper.buys(mask, on="2026-03-12")

        assert [shopper.earned(entry) for entry in (0, 1)] == [10, 100]

    def test_what_a_gift_card_paid_earns_nothing(self) -> None:
        shopper = self.member(1)
        shopper.spends(100, on="2026-03-10", paid={"gift_card": 40, "card:visa": 60})

        assert shopper.earned() == 60

    def test_points_of_a_member_expire_a_year_later_at_the_end_of_the_quarter(self) -> None:
        (part,) = self.member(100).accrued(0).parts

        assert part.life.ends_at == local("2027-04-01", "America/Chicago")

    def test_points_of_platinum_and_diamond_do_not_expire(self) -> None:
        shopper = self.member(500)
        shopper.spends(10, on="2026-03-10")

        (part,) = shopper.accrued(1).parts
        assert part.life.ends_at is None

    def test_more_points_at_once_buy_more_for_each(self) -> None:
        ladder = [
            (reward.points, reward.money["USD"])
            for reward in preset("ulta").rewards
            if reward.points
        ]

        assert ladder == [
            (100, Decimal("3")),
            (250, Decimal("8")),
            (500, Decimal("17.50")),
            (1000, Decimal("50")),
            (2000, Decimal("125")),
        ]
        worth = [money / points for points, money in ladder]
        assert worth == sorted(set(worth))


class TestTarget:
    """One per cent back in cents, but not on what the shop's own card pays."""

    @pytest.mark.parametrize(
        ("price", "paid", "cents"),
        [
            ("100", {"card:visa": 100}, 100),
            ("19.99", {"card:visa": "19.99"}, 19),
            ("100", {"card:store": 60, "card:visa": 40}, 40),
            ("100", {"card:store": 100}, 0),
        ],
    )
    def test_one_per_cent_comes_back_of_what_other_means_pay(
        self, price: str, paid: dict[str, Any], cents: int
    ) -> None:
        shopper = shopper_of("target")
        shopper.spends(price, on="2026-03-10", paid=paid)

        assert shopper.earned() == cents

    def test_earnings_expire_after_a_year(self) -> None:
        shopper = shopper_of("target")
        shopper.spends(100, on="2026-03-10", paid={"card:visa": 100})

        (part,) = shopper.accrued(0).parts
        assert part.life.ends_at is not None
        assert part.life.ends_at.date().isoformat() == "2027-03-10"

    def test_a_birthday_brings_five_per_cent_off_for_thirty_days(self) -> None:
        shopper = shopper_of("target")
        shopper.does("birthday", on="2026-07-01", reference="2026")
        (reward,) = [each for each in preset("target").rewards if each.percent == 5]

        assert shopper.rewards() == [reward.id]
        assert reward.valid_days == 30


class TestChipotle:
    """Ten points a dollar of food; rewards for four, eight and eleven visits a month."""

    def visits(self, month: str, count: int, *, price: Any = 6) -> Shopper:
        shopper = shopper_of("chipotle")
        self.visit(shopper, month, count, price=price)
        return shopper

    def visit(self, shopper: Shopper, month: str, count: int, *, price: Any = 6) -> None:
        for number in range(1, count + 1):
            shopper.spends(price, on=f"{month}-{number:02}")

    @pytest.mark.parametrize(
        ("price", "tax", "points"), [("11.25", 0, 112), ("12.18", "0.93", 112), ("10.90", 0, 109)]
    )
    def test_ten_points_for_a_dollar_before_tax(self, price: str, tax: Any, points: int) -> None:
        shopper = shopper_of("chipotle")
        shopper.buys(goods("bowl", price, tax=tax), on="2026-07-01")

        assert shopper.earned() == points

    def test_fifteen_dollars_on_an_extra_points_day_earn_three_hundred(self) -> None:
        shopper = shopper_of("chipotle").joins("extra-points-day", on="2026-07-01")
        shopper.spends(15, on="2026-07-01")

        assert shopper.earned() == 300

    def test_students_earn_twelve_points_for_a_dollar_and_a_thousand_once(self) -> None:
        shopper = shopper_of("chipotle", "student")
        shopper.spends(10, on="2026-07-01")
        shopper.does("student-verified", on="2026-07-02", reference="1")
        shopper.does("student-verified", on="2026-09-02", reference="2")

        assert [shopper.earned(entry) for entry in (0, 1, 2)] == [120, 1000, 0]

    @pytest.mark.parametrize(("count", "entrees"), [(3, 0), (4, 1), (7, 1), (8, 2), (11, 3)])
    def test_four_eight_and_eleven_visits_a_month_bring_an_entree_each(
        self, count: int, entrees: int
    ) -> None:
        assert self.visits("2026-07", count).rewards() == ["free-entree"] * entrees

    def test_a_visit_below_six_dollars_does_not_count(self) -> None:
        assert self.visits("2026-07", 20, price="5.99").rewards() == []

    def test_tax_does_not_make_a_visit_of_six_dollars(self) -> None:
        shopper = shopper_of("chipotle")
        for number in range(1, 5):
            shopper.buys(goods("bowl", "6.48", tax="0.49"), on=f"2026-07-{number:02}")

        assert shopper.rewards() == []

    def test_only_one_visit_a_day_counts(self) -> None:
        shopper = self.visits("2026-07", 3)
        for _ in range(3):
            shopper.spends(6, on="2026-07-03")

        assert shopper.rewards() == []

    def test_visits_go_back_to_zero_at_the_end_of_the_month(self) -> None:
        shopper = self.visits("2026-07", 3)
        self.visit(shopper, "2026-08", 3)

        assert shopper.rewards() == []

    def test_thirty_three_visits_in_three_months_bring_nine_entrees_and_the_seasons_gifts(
        self,
    ) -> None:
        shopper = shopper_of("chipotle")
        for month in ("2026-07", "2026-08", "2026-09"):
            self.visit(shopper, month, 11)

        # One of the ten is for being mild three months running.
        rewards = shopper.rewards()
        assert rewards.count("free-entree") == 9 + 1
        assert rewards.count("merchandise") == 1
        assert rewards.count("catering") == 1

    def test_a_visit_that_was_refunded_was_none(self) -> None:
        shopper = self.visits("2026-07", 4)
        assert shopper.rewards() == ["free-entree"]

        shopper.gives_back(1, "thing")
        assert shopper.rewards() == []

    def test_extras_count_for_those_who_joined_them(self) -> None:
        shopper = shopper_of("chipotle")
        for category in ("entrees", "drinks", "sides"):
            shopper.buys(goods(category, 5, category=category), on="2026-07-10")
        assert shopper.total() == 150

        shopper.joins("extras-taste-around", on="2026-07-01")
        assert shopper.total() == 150 + 250


class TestTesco:
    """A point a pound, a point for two litres of fuel; points become vouchers each quarter."""

    @pytest.mark.parametrize(("price", "points"), [("49.99", 49), ("1", 1), ("0.99", 0)])
    def test_a_point_for_a_pound(self, price: str, points: int) -> None:
        shopper = shopper_of("tesco")
        shopper.spends(price, on="2026-03-10", currency="GBP")

        assert shopper.earned() == points

    def test_fuel_earns_a_point_for_two_litres_and_nothing_for_its_price(self) -> None:
        shopper = shopper_of("tesco")
        petrol = goods("petrol", 90, pieces=61, category="fuel")
        shopper.buys(petrol, goods("bread", "20.50"), on="2026-03-10", currency="GBP")

        points = {each.line: 0 for each in shopper.accrued(0).reckoning.allocations}
        for each in shopper.accrued(0).reckoning.allocations:
            points[each.line] += each.points
        assert points == {"petrol": 30, "bread": 20}

    def test_tobacco_earns_nothing(self) -> None:
        shopper = shopper_of("tesco")
        shopper.buys(goods("cigars", 50, category="tobacco"), on="2026-03-10", currency="GBP")

        assert shopper.earned() == 0

    def test_everybody_has_member_prices(self) -> None:
        shopper = shopper_of("tesco")
        shopper.spends(1, on="2026-03-10", currency="GBP")
        (level,) = preset("tesco").tiers.levels  # type: ignore[union-attr]

        assert shopper.level("2026-03-11") == level.id
        assert level.benefits.tags == ("member-prices",)

    def test_150_points_become_a_voucher_and_partners_give_twice_as_much(self) -> None:
        document = preset("tesco")
        conversion, (partner,) = document.conversion, document.rewards

        assert conversion
        assert (conversion.each, conversion.at_least) == ("QUARTER", 150)
        in_store = conversion.money["GBP"] * 150 / conversion.step
        assert partner.points
        at_partners = partner.money["GBP"] * 150 / partner.points
        assert (in_store, at_partners) == (Decimal("1.50"), Decimal("3.00"))


class TestRei:
    """A tenth of what members spend at full price comes back once a year."""

    def test_a_member_gets_a_tenth_of_full_price_purchases(self) -> None:
        shopper = shopper_of("rei", "co-op-member")
        shopper.buys(goods("tent", 200), goods("boots", 150, is_full_price=False), on="2026-03-10")

        assert shopper.earned() == 2000

    def test_the_membership_and_services_earn_nothing(self) -> None:
        shopper = shopper_of("rei", "co-op-member")
        shopper.buys(
            goods("lifetime-membership", 30),
            goods("bike-service", 80, category="services"),
            on="2026-03-10",
        )

        assert shopper.earned() == 0

    def test_purchases_before_joining_earn_nothing(self) -> None:
        shopper = shopper_of("rei").is_in(
            "co-op-member", since=datetime.fromisoformat("2026-03-11T00:00:00+00:00")
        )
        shopper.spends(100, on="2026-03-10")
        shopper.spends(100, on="2026-03-12")

        assert [shopper.earned(entry) for entry in (0, 1)] == [0, 1000]

    def test_ten_dollars_of_purchases_are_the_least_that_is_paid_out(self) -> None:
        document = preset("rei")
        shopper = shopper_of("rei", "co-op-member")
        shopper.spends(10, on="2026-03-10")

        assert document.conversion
        assert shopper.earned() == document.conversion.at_least
        assert document.membership
        assert document.membership.months is None


class TestCostco:
    """Two per cent before tax, net of refunds, at most 1,250 dollars a year."""

    def member(self) -> Shopper:
        return shopper_of("costco", "executive")

    def test_two_per_cent_of_purchases_before_tax(self) -> None:
        shopper = self.member()
        shopper.buys(goods("sofa", "1080", tax=80), on="2026-03-10")

        assert shopper.earned() == 2000

    def test_62_500_dollars_a_year_earn_the_most_there_is(self) -> None:
        shopper = self.member()
        for month in ("02", "04", "06"):
            shopper.spends(25_000, on=f"2026-{month}-10")
        shopper.spends(25_000, on="2027-01-10")

        assert [shopper.earned(entry) for entry in range(4)] == [50_000, 50_000, 25_000, 50_000]

    def test_refunds_make_room_under_the_most_there_is(self) -> None:
        shopper = self.member()
        first = shopper.buys(goods("sofa", 20_000), goods("table", 10_000), on="2026-02-10")
        shopper.spends(40_000, on="2026-03-10")
        assert shopper.total() == 125_000  # of 70,000 dollars

        shopper.gives_back(first, "table")
        assert shopper.total() == 120_000  # of 60,000 dollars
        assert [shopper.earned(entry) for entry in (0, 1)] == [40_000, 80_000]

    def test_other_members_and_the_membership_itself_earn_nothing(self) -> None:
        shopper = shopper_of("costco")
        shopper.spends(100, on="2026-03-10")
        executive = self.member()
        executive.buys(
            goods("executive-membership", 130), goods("fuel", 50, category="fuel"), on="2026-03-10"
        )

        assert (shopper.earned(), executive.earned()) == (0, 0)


class TestTesla:
    """Credits for repeat owners, granted at delivery, alive for a year after the last grant."""

    def owner(self) -> Shopper:
        shopper = shopper_of("tesla")
        shopper.buys(goods("first", 40_000, category="cars"), on="2025-03-10")
        return shopper

    def test_the_first_car_earns_nothing(self) -> None:
        assert self.owner().earned() == 0

    @pytest.mark.parametrize(
        ("category", "granted"), [("cars", 3500), ("flagship-cars", 6000), ("solar", 9000)]
    )
    def test_what_a_repeat_owner_buys_decides_how_much_it_earns(
        self, category: str, granted: int
    ) -> None:
        owner = self.owner()
        owner.buys(goods("second", 90_000, category=category), on="2026-03-10")

        assert owner.earned() == granted

    def test_two_cars_earn_twice(self) -> None:
        owner = self.owner()
        owner.buys(goods("pair", 80_000, pieces=2, category="cars"), on="2026-03-10")

        assert owner.earned() == 7000

    def test_credits_are_granted_at_delivery(self) -> None:
        owner = self.owner()
        at = datetime.fromisoformat("2026-05-04T10:00:00+00:00")
        car = goods("second", 40_000, category="cars")
        owner.buys(car, on="2026-03-10")
        (waiting,) = owner.accrued(1).parts
        assert waiting.life.matures_at is None

        owner.buys(goods("third", 40_000, category="cars", parcels=(Parcel(at, 1),)),
                   on="2026-03-11")  # fmt: skip
        (delivered,) = owner.accrued(2).parts
        assert (delivered.points, delivered.life.matures_at) == (3500, at)

    def test_a_new_grant_keeps_all_credits_for_another_year(self) -> None:
        terms = preset("tesla").expiry

        assert (terms.months, terms.counts_from) == (12, "LAST_ACT")

    def test_ten_referrals_a_year_count_by_what_the_friend_bought(self) -> None:
        referral = preset("tesla").referral

        assert referral
        assert (referral.at_most, referral.per, referral.qualifies_by) == (10, "YEAR", "DELIVERY")
        assert [award.advocate_points for award in referral.awards] == [3500, 2000, 9000]


class TestDropbox:
    """Space for whoever brings a friend, and for the friend."""

    def test_both_get_500_megabytes_up_to_16_gigabytes(self) -> None:
        referral = preset("dropbox").referral

        assert referral
        assert (referral.advocate_points, referral.friend_points) == (500, 500)
        assert referral.at_most
        assert referral.at_most * 500 == 16_000

    def test_buying_earns_no_space(self) -> None:
        shopper = shopper_of("dropbox")
        shopper.spends(120, on="2026-03-10")

        assert shopper.earned() == 0
        assert shopper.accrued(0).reckoning.nothing is Nothing.NO_RATE


class TestAStampCard:
    """Ten coffees, one free."""

    def drinker(self, *cups: int) -> Shopper:
        shopper = shopper_of("stamp-card")
        for number, pieces in enumerate(cups, start=1):
            shopper.buys(
                goods("latte", 4 * pieces, pieces=pieces, category="coffee"),
                on=f"2026-03-{number:02}",
            )
        return shopper

    @pytest.mark.parametrize(
        ("cups", "free"), [((9,), 0), ((10,), 1), ((4, 4, 2), 1), ((6, 6), 1), ((6, 6, 8), 2)]
    )
    def test_ten_coffees_bring_one_and_the_rest_carries_over(
        self, cups: tuple[int, ...], free: int
    ) -> None:
        assert self.drinker(*cups).rewards() == ["free-coffee"] * free

    def test_no_more_than_ten_stamps_are_given_a_day(self) -> None:
        assert self.drinker(25).rewards() == ["free-coffee"]

    def test_tea_brings_no_stamp(self) -> None:
        shopper = self.drinker(9)
        shopper.buys(goods("tea", 3, category="tea"), on="2026-03-20")

        assert shopper.rewards() == []

    def test_a_coffee_that_was_given_back_takes_its_stamp_with_it(self) -> None:
        shopper = self.drinker(6, 4)
        assert shopper.rewards() == ["free-coffee"]

        shopper.gives_back(0, "latte")
        assert shopper.rewards() == []
