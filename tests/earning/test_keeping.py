"""What stayed of an order: money and goods that went back were never bought."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from earning.buying import SHIRT, SHOES, bonus, by_line, by_rule, earn, line, order, points, rule
from hypothesis import given
from hypothesis import strategies as st

from saleor_loyalty.earning.rules import (
    SHIPPING,
    Allocation,
    Circumstances,
    Nothing,
    categories_of,
    is_kept,
    is_paid,
    kept_money,
    kept_money_by_line,
    kept_pieces,
    peak_charged,
)
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.programme.earning_terms import Basis


def with_points(money: int) -> Circumstances:
    """A member who paid a part with points."""
    return Circumstances(paid_by_points=Decimal(money))


def returned(*lines: Any, pieces: int = 1) -> list[Any]:
    return [replace(each, quantity_returned=pieces) for each in lines]


class TestAPaidOrder:
    def test_earns_on_its_goods_line_by_line(self) -> None:
        reckoning = earn(order())

        assert reckoning.points == 100
        assert reckoning.allocations == (
            Allocation("shirt", "base", 60),
            Allocation("shoes", "base", 40),
        )
        assert reckoning.nothing is None

    def test_earns_on_shipping_if_the_programme_says_so(self) -> None:
        assert by_line(earn(order(), shipping=True)) == {"shirt": 60, "shoes": 40, SHIPPING: 10}

    def test_earns_on_net_prices_if_the_programme_says_so(self) -> None:
        assert points(order(), basis="NET") == 50
        assert points(order(), basis="NET", shipping=True) == 55

    def test_earns_on_prices_before_discounts_if_the_programme_says_so(self) -> None:
        reduced = order(line("shirt", 60, full=80), SHOES)

        assert points(reduced) == 100
        assert points(reduced, before_discounts=True) == 120
        assert points(reduced, before_discounts=True, basis="NET") == 60

    def test_earns_no_more_when_overcharged(self) -> None:
        assert points(order(charged=500, charge_status="OVERCHARGED")) == 100

    def test_rounds_down_once_for_the_whole_order(self) -> None:
        cents = [line(name, "0.60") for name in ("a", "b", "c")]

        assert earn(order(*cents)).allocations == (Allocation("a", "base", 1),)

    @pytest.mark.parametrize(
        ("number", "per", "gross", "earned"),
        [
            (3, "7.50", "100", 40),
            (3, "7.50", "7.49", 2),
            (1, "10", "9.99", 0),
            (1, "10", "10", 1),
            (10, "1", "19.99", 199),
            (1, "0.3", "1", 3),
            (7, "3", "1", 2),
            (1_000_000, "0.0001", "0.01", 100_000_000),
        ],
    )
    def test_earns_at_any_rate_without_losing_a_fraction(
        self, number: int, per: str, gross: str, earned: int
    ) -> None:
        rates = {"USD": {"points": number, "per": per}}

        assert points(order(line("a", gross)), rates=rates) == earned

    def test_earns_in_a_currency_of_three_decimals(self) -> None:
        rates = {"KWD": {"points": 1, "per": "0.005"}}

        assert points(order(line("a", "12.345"), currency="KWD"), rates=rates) == 2469

    def test_earns_nothing_in_a_currency_without_a_rate(self) -> None:
        assert earn(order(currency="EUR")).nothing is Nothing.NO_RATE
        assert earn(order(currency="EUR"), bonus(5)).points == 5
        assert earn(order(currency="EUR"), bonus(5, currencies=["USD"])).nothing is Nothing.NO_RATE

    @pytest.mark.parametrize(
        "effect",
        [
            {"kind": "RATE", "rates": {"USD": {"points": 1, "per": "1"}}},
            {"kind": "BANDS", "bands": {"USD": [{"points": 1, "per": "1"}]}},
            {"kind": "THRESHOLD", "money": {"USD": "1"}, "points": 1},
            {"kind": "MULTIPLIER", "factor": "2"},
        ],
    )
    def test_earns_nothing_if_all_rules_are_for_other_currencies(
        self, effect: dict[str, Any]
    ) -> None:
        assert earn(order(currency="EUR"), {"id": "a", "effect": effect}).nothing is Nothing.NO_RATE

    def test_earns_no_more_than_the_database_holds(self) -> None:
        rates = {"USD": {"points": 1_000_000, "per": "0.0001"}}

        reckoning = earn(order(line("a", 10_000_000)), rates=rates)

        assert reckoning.points == sum(by_rule(reckoning).values()) == 10**12


class TestWhatDoesNotEarn:
    def test_gifts_and_gift_cards_do_not(self) -> None:
        lines = (SHIRT, line("gift", 40, is_gift=True), line("card", 50, is_gift_card=True))

        assert by_line(earn(order(*lines))) == {"shirt": 60}

    def test_an_order_of_gift_cards_alone_does_not_but_is_an_order(self) -> None:
        state = order(line("card", 50, is_gift_card=True))

        assert earn(state, bonus(5)).points == 0
        assert is_kept(state, state.charged)

    def test_an_order_without_lines_does_not(self) -> None:
        empty = replace(order(), lines=(), total=Decimal(10), charged=Decimal(10))

        assert earn(empty, shipping=True).nothing is Nothing.GIVEN_BACK

    def test_goods_for_nothing_do_not(self) -> None:
        free = line("sample", 0, quantity=3)

        assert points(order(free, shipping=0), bonus(5)) == 0
        assert points(order(free, SHIRT), rule("each", "QUANTITY", points=5), rates={}) == 5

    @pytest.mark.parametrize("status", ["CANCELED", "EXPIRED"])
    def test_a_cancelled_order_does_not(self, status: str) -> None:
        assert earn(order(status=status)).nothing is Nothing.CANCELLED

    @pytest.mark.parametrize("facts", [
        {"origin": "REISSUE"}, {"origin": "BULK_CREATE"}, {"status": "DRAFT"},
    ])  # fmt: skip
    def test_replacements_imports_and_drafts_do_not(self, facts: dict[str, Any]) -> None:
        assert earn(order(**facts)).nothing is Nothing.NOT_A_SALE

    def test_an_order_that_was_a_draft_once_does(self) -> None:
        assert points(order(origin="DRAFT")) == 100


class TestPaid:
    @pytest.mark.parametrize("status", ["FULL", "OVERCHARGED"])
    def test_is_what_saleor_calls_fully_charged(self, status: str) -> None:
        assert is_paid(order(charge_status=status))

    @pytest.mark.parametrize("charged", [0, "0.01", "109.99"])
    def test_is_not_what_was_charged_in_part(self, charged: Any) -> None:
        assert not is_paid(order(charge_status="PARTIAL", charged=charged))

    def test_is_an_order_first_heard_of_after_a_refund(self) -> None:
        assert is_paid(order(charge_status="PARTIAL", charged=80, refunded=30))

    def test_is_an_order_for_next_to_nothing(self) -> None:
        penny = order(line("penny", "0.02"), shipping=0)

        assert is_paid(replace(penny, charge_status="PARTIAL", charged=Decimal("0.01"),
                               refunded=Decimal("0.01")))  # fmt: skip

    def test_is_a_free_order_that_saleor_calls_fully_charged(self) -> None:
        free = order(shipping=0, legacy_gift_card=100)

        assert is_paid(free)
        assert not is_paid(replace(free, charge_status="NONE"))


class TestRefunds:
    """Money comes back: points fall in exact proportion to the order's total of 110."""

    @pytest.mark.parametrize(
        ("refunded", "left"), [(0, 100), ("0.01", 99), (11, 90), (55, 50), (110, 0)]
    )
    def test_take_their_share(self, refunded: Any, left: int) -> None:
        state = order(charged=110 - Decimal(refunded), refunded=refunded)

        assert points(state) == left

    def test_are_spread_over_the_lines(self) -> None:
        assert by_line(earn(order(charged=55, refunded=55))) == {"shirt": 30, "shoes": 20}

    def test_count_alike_if_the_payment_app_does_not_lower_the_charge(self) -> None:
        assert points(order(charged=110, refunded=55)) == 50

    def test_count_once_if_the_charge_falls_before_the_refund_is_reported(self) -> None:
        requested = order(charged=55, refunded=0, charge_status="PARTIAL")
        done = order(charged=55, refunded=55, charge_status="PARTIAL")

        assert (points(requested, peak=110), points(done, peak=110)) == (50, 50)

    def test_that_failed_give_the_points_again(self) -> None:
        assert points(order(), peak=110) == 100

    @pytest.mark.parametrize(("charged", "refunded"), [(0, 110), (0, 500), (110, 500), (-30, 30)])
    def test_of_all_the_money_undo_the_order(self, charged: int, refunded: int) -> None:
        state = order(charged=charged, refunded=refunded)

        assert earn(state, bonus(50), peak=110).nothing is Nothing.GIVEN_BACK
        assert not is_kept(state, Decimal(110))

    def test_by_chargeback_count_without_a_refund(self) -> None:
        assert points(order(charged=55, refunded=0), peak=110) == 50
        assert points(order(charged=0, refunded=0), peak=110) == 0

    def test_of_money_that_was_overcharged_take_no_points(self) -> None:
        assert points(order(charged=110, refunded=20), peak=130) == 100

    def test_are_compared_with_the_most_that_was_ever_charged(self) -> None:
        assert points(order(charged=130, refunded=20, charge_status="OVERCHARGED")) == 100
        assert points(order(charged=130, refunded=75, charge_status="OVERCHARGED")) == 50

    @given(st.lists(st.decimals(0, 200, places=2), min_size=2, max_size=6))
    def test_never_raise_points(self, amounts: list[Decimal]) -> None:
        for is_lowered in (False, True):
            states = [
                order(charged=max(110 - amount * is_lowered, Decimal(0)), refunded=amount)
                for amount in sorted(amounts)
            ]
            left = [points(state, peak=110) for state in states]
            assert left == sorted(left, reverse=True)
            assert all(
                0 <= each <= max(Fraction(100 * (110 - amount)) / 110, Fraction(0))
                for each, amount in zip(left, sorted(amounts), strict=True)
            )


class TestReturnedGoods:
    def test_lose_their_points_before_the_money_is_back(self) -> None:
        assert by_line(earn(order(SHIRT, *returned(SHOES)))) == {"shirt": 60}

    def test_lose_them_piece_by_piece(self) -> None:
        socks = line("socks", 30, quantity=3, quantity_returned=1)

        assert by_line(earn(order(SHIRT, socks))) == {"shirt": 60, "socks": 20}

    def test_lose_them_too_if_only_their_price_was_given_back(self) -> None:
        socks = line("socks", 30, quantity=3, quantity_returned=1, quantity_refunded=1)

        assert by_line(earn(order(SHIRT, socks, charged=80, refunded=20))) == {
            "shirt": 60, "socks": 10,
        }  # fmt: skip

    def test_lose_nothing_but_their_own_points_when_the_money_is_back(self) -> None:
        # 110 were paid; the shoes' 40 are back, and shipping is not.
        state = order(SHIRT, *returned(SHOES), charged=70, refunded=40)

        assert by_line(earn(state)) == {"shirt": 60}
        assert by_line(earn(state, shipping=True)) == {"shirt": 60, SHIPPING: 10}

    def test_take_points_of_others_if_more_money_is_given_back(self) -> None:
        # Of the 70 that shirt and shipping cost, 35 are left.
        state = order(SHIRT, *returned(SHOES), charged=35, refunded=75)

        assert by_line(earn(state)) == {"shirt": 30}

    def test_undo_the_order_when_all_came_back(self) -> None:
        state = order(*returned(SHIRT, SHOES))

        assert earn(state, bonus(50), shipping=True).nothing is Nothing.GIVEN_BACK
        assert not is_kept(state, state.charged)

    def test_undo_the_order_if_nothing_but_a_free_gift_stayed(self) -> None:
        state = order(*returned(SHIRT), line("gift", 0, is_gift=True))

        assert earn(state, bonus(50)).nothing is Nothing.GIVEN_BACK

    def test_count_once_each_however_often_they_are_reported(self) -> None:
        shoes = line("shoes", 40, quantity=2, quantity_returned=5, quantity_refunded=7)

        assert points(order(SHIRT, shoes)) == 60

    def test_matter_only_where_they_earned(self) -> None:
        gift = line("gift", 50, is_gift=True, quantity_returned=1)

        assert points(order(SHIRT, gift)) == 60


class TestGiftCards:
    """Buying with stored value earns nothing, unless the programme says so."""

    def test_of_the_older_kind_lower_what_the_order_earns(self) -> None:
        assert points(order(legacy_gift_card=55)) == 50

    def test_of_the_older_kind_may_pay_for_everything(self) -> None:
        state = order(legacy_gift_card=110)

        assert points(state, bonus(5), shipping=True) == 0
        assert is_kept(state, Decimal(0))

    def test_that_are_payments_lower_what_the_order_earns(self) -> None:
        assert points(order(charged_to_gift_cards=55)) == 50

    def test_of_both_kinds_add_up(self) -> None:
        assert points(order(legacy_gift_card=33, charged_to_gift_cards=22)) == 50

    def test_never_lower_it_below_nothing(self) -> None:
        assert points(order(charged_to_gift_cards=999)) == 0

    @pytest.mark.parametrize(
        "cards",
        [{"legacy_gift_card": 55}, {"legacy_gift_card": 110}, {"charged_to_gift_cards": 55}],
    )
    def test_earn_where_the_programme_says_so(self, cards: dict[str, Any]) -> None:
        assert points(order(**cards), paid_by_gift_card="FULL") == 100

    @pytest.mark.parametrize("cards", [{"legacy_gift_card": 1}, {"charged_to_gift_cards": 1}])
    def test_may_keep_the_whole_order_from_earning(self, cards: dict[str, Any]) -> None:
        reckoning = earn(order(**cards), bonus(5), paid_by_gift_card="NONE")

        assert reckoning.nothing is Nothing.STORED_VALUE
        assert points(order(), paid_by_gift_card="NONE") == 100

    def test_and_a_refund_of_money_leave_the_rest_of_the_money(self) -> None:
        # Half was paid with a card, and half of the other 55 was given back.
        state = order(legacy_gift_card=55, charged="27.50", refunded="27.50")

        assert points(state) == 25
        assert points(state, paid_by_gift_card="FULL") == 75

    def test_pay_for_what_stayed_after_a_return(self) -> None:
        # 50 of each; the shoes' 40 are back in money, so that 10 are left beside the card.
        bought = order(SHIRT, SHOES, shipping=0, legacy_gift_card=50)
        state = replace(
            bought, lines=(SHIRT, *returned(SHOES)), charged=Decimal(10), refunded=Decimal(40)
        )

        assert points(state) == 10
        assert points(state, paid_by_gift_card="FULL") == 60

    def test_that_are_bought_do_not_count_as_paying(self) -> None:
        assert points(order(SHIRT, line("card", 50, is_gift_card=True))) == 60


class TestPaidWithPoints:
    """Twenty were paid with points, so that goods for 100 cost 80."""

    STATE = order(line("shirt", 48, full=60), line("shoes", 32, full=40))

    @pytest.mark.parametrize(
        ("terms", "earned"),
        [
            ({}, {"shirt": 48, "shoes": 32}),
            ({"paid_by_points": "FULL"}, {"shirt": 60, "shoes": 40}),
            (
                {"paid_by_points": "FULL", "shipping": True},
                {"shirt": 60, "shoes": 40, SHIPPING: 10},
            ),
            ({"before_discounts": True}, {"shirt": 48, "shoes": 32}),
            ({"before_discounts": True, "paid_by_points": "FULL"}, {"shirt": 60, "shoes": 40}),
        ],
    )  # fmt: skip
    def test_the_part_paid_with_points_earns_where_the_programme_says_so(
        self, terms: dict[str, Any], earned: dict[str, int]
    ) -> None:
        assert by_line(earn(self.STATE, who=with_points(20), **terms)) == earned

    def test_the_whole_order_earns_nothing_where_the_programme_says_so(self) -> None:
        refused = earn(self.STATE, bonus(5), who=with_points(1), paid_by_points="NONE")

        assert refused.nothing is Nothing.STORED_VALUE
        assert points(self.STATE, paid_by_points="NONE") == 80

    def test_an_order_paid_with_nothing_but_points(self) -> None:
        state = order(line("shirt", 0, full=60), line("shoes", 0, full=40), shipping=0)

        assert points(state, bonus(5), who=with_points(100)) == 0
        assert points(state, who=with_points(100), before_discounts=True) == 0
        assert by_line(earn(state, who=with_points(100), paid_by_points="FULL")) == {
            "shirt": 60, "shoes": 40,
        }  # fmt: skip

    def test_points_that_pay_for_part_of_reduced_goods_earn_as_that_part(self) -> None:
        state = order(line("shirt", 0, full=60), line("shoes", 0, full=40), shipping=0)

        assert by_line(earn(state, who=with_points(50), paid_by_points="FULL")) == {
            "shirt": 30, "shoes": 20,
        }  # fmt: skip
        # Nobody pays more than the price.
        assert points(state, who=with_points(500), paid_by_points="FULL") == 100


class TestWhatOthersAsk:
    """What levels and campaigns count."""

    STATE = order(
        line("coffee", 30, quantity=3, category="coffee", quantity_returned=1),
        line("tea", 20, category="tea"),
        line("jam", 10, category="jam", quantity_returned=1),
        line("gift", 7, category="toys", is_gift=True),
        line("card", 50, is_gift_card=True),
        line("cup", 5),
    )

    def test_pieces_that_stayed(self) -> None:
        assert kept_pieces(self.STATE) == {"coffee": 2, "tea": 1, "jam": 0, "card": 1, "cup": 1}

    def test_own_categories_of_what_stayed(self) -> None:
        assert categories_of(self.STATE) == {"coffee", "tea"}

    @pytest.mark.parametrize(
        ("basis", "shipping", "money"),
        [
            (Basis.GROSS, False, "45"),
            (Basis.GROSS, True, "55"),
            (Basis.NET, False, "22.5"),
            (Basis.NET, True, "27.5"),
        ],
    )
    def test_money_kept_for_goods(self, basis: Basis, shipping: bool, money: str) -> None:
        kept = kept_money(
            self.STATE, basis=basis, shipping=shipping, charged_peak=self.STATE.charged
        )

        assert kept == Decimal(money)

    def test_money_kept_by_line(self) -> None:
        kept = kept_money_by_line(self.STATE, basis=Basis.GROSS, charged_peak=self.STATE.charged)

        assert kept == {"coffee": 20, "tea": 20, "jam": 0, "cup": 5}

    def test_money_paid_with_gift_cards_counts(self) -> None:
        state = order(charged_to_gift_cards=110)

        assert kept_money(
            state, basis=Basis.GROSS, shipping=False, charged_peak=state.charged
        ) == Decimal(100)

    def test_money_is_rounded_down_to_what_the_database_holds(self) -> None:
        state = order(line("a", 10, quantity=3, quantity_returned=1))

        assert kept_money(
            state, basis=Basis.GROSS, shipping=False, charged_peak=state.charged
        ) == Decimal("6.6666")

    def test_no_money_of_a_cancelled_order(self) -> None:
        state = order(status="CANCELED")

        assert not kept_money(state, basis=Basis.GROSS, shipping=True, charged_peak=state.charged)


def exact_shares(state: OrderState, earned: int) -> Iterable[tuple[str, Fraction]]:
    """Each line's part of the points, unrounded."""
    kept = {
        each.id: Fraction(each.gross) * (each.quantity - each.quantity_gone) / each.quantity
        for each in state.lines
    }
    whole = sum(kept.values())
    return [(name, part * earned / whole) for name, part in kept.items()] if whole else []


amounts = st.decimals(0, 10_000, places=2)
any_lines = st.lists(
    st.tuples(amounts, st.integers(1, 5), st.integers(0, 6)), min_size=1, max_size=8
).map(
    lambda rows: [
        line(f"L{number}", gross, quantity=quantity, quantity_returned=gone)
        for number, (gross, quantity, gone) in enumerate(rows)
    ]
)


class TestAllocations:
    def test_give_the_points_left_by_rounding_to_those_who_lost_most(self) -> None:
        state = order(line("a", "3.30"), line("b", "3.50"), line("c", "3.20"))

        assert by_line(earn(state)) == {"a": 3, "b": 4, "c": 3}

    def test_prefer_the_first_of_equals(self) -> None:
        state = order(*[line(name, "0.50") for name in "abcd"])

        assert by_line(earn(state)) == {"a": 1, "b": 1}

    @given(any_lines, st.integers(1, 1000), st.decimals("0.0001", 1000, places=4),
           st.decimals(0, 1, places=4))  # fmt: skip
    def test_add_up_and_differ_from_the_exact_share_by_less_than_a_point(
        self, lines: list[Any], number: int, per: Decimal, share_kept: Decimal
    ) -> None:
        state = order(*lines)
        state = replace(state, charged=(state.total * share_kept).quantize(Decimal("0.0001")))

        earned = earn(state, peak=state.total, rates={"USD": {"points": number, "per": per}})

        given_points = by_line(earned)
        assert sum(given_points.values()) == earned.points <= earned.exact < earned.points + 1
        assert min(given_points.values(), default=1) > 0
        for name, exact in exact_shares(state, earned.points):
            assert abs(given_points.get(name, 0) - exact) < 1


@given(
    lines=any_lines,
    shipping=amounts,
    charged=st.decimals(-1000, 100_000, places=2),
    refunded=st.decimals(-1000, 100_000, places=2),
    peak=st.decimals(0, 100_000, places=2),
    gift_cards=amounts,
    earning=st.fixed_dictionaries({
        "basis": st.sampled_from(["GROSS", "NET"]),
        "shipping": st.booleans(),
        "paid_by_gift_card": st.sampled_from(["NONE", "MONEY_PART", "FULL"]),
    }),
)  # fmt: skip
def test_points_are_never_negative_and_never_more_than_the_money_kept(
    lines: list[Any],
    shipping: Decimal,
    charged: Decimal,
    refunded: Decimal,
    peak: Decimal,
    gift_cards: Decimal,
    earning: dict[str, Any],
) -> None:
    state = order(
        *lines, shipping=shipping, charged=charged, refunded=refunded,
        charged_to_gift_cards=gift_cards,
    )  # fmt: skip
    known = max(peak, peak_charged(state))

    earned = points(state, peak=peak, **earning)

    assert 0 <= earned <= max(Decimal(0), min(state.total, state.charged, known - state.refunded))


class TestGiftCardsThatPointsBought:
    """Of 110, 22 were paid with a card that points bought, and 33 with another one."""

    STATE = order(charged_to_gift_cards=55)
    WHO = Circumstances(points_on_gift_cards=Decimal(22))

    @pytest.mark.parametrize(
        ("by_points", "by_card", "earned"),
        [
            ("MONEY_PART", "MONEY_PART", 50), ("FULL", "MONEY_PART", 70),
            ("MONEY_PART", "FULL", 80), ("FULL", "FULL", 100), ("NONE", "FULL", 0),
            ("FULL", "NONE", 0),
        ],
    )  # fmt: skip
    def test_are_points_and_other_cards_are_not(
        self, by_points: str, by_card: str, earned: int
    ) -> None:
        terms = {"paid_by_points": by_points, "paid_by_gift_card": by_card}

        assert points(self.STATE, who=self.WHO, **terms) == earned

    def test_alone_are_no_gift_cards(self) -> None:
        state = order(charged_to_gift_cards=22)

        assert points(state, who=self.WHO, paid_by_gift_card="NONE") == 80

    def test_of_the_older_kind_are_points_too(self) -> None:
        state = order(legacy_gift_card=22)

        assert points(state, who=self.WHO) == 80
        assert points(state, who=self.WHO, paid_by_points="FULL") == 100

    def test_pay_no_more_than_all_cards_did(self) -> None:
        state = order(charged_to_gift_cards=11)

        assert points(state, who=self.WHO) == 90

    def test_share_what_earns_with_other_means_of_payment(self) -> None:
        """Half by card, half by gift card; of what gift cards paid two fifths were points."""
        state = order(paid={"card:visa": 55, "gift_card": 55})
        double = rule("visa", "MULTIPLIER", factor="2", payment_methods=["card:visa"])

        assert points(state, double, who=self.WHO) == 50 + 50
        assert points(state, double, who=self.WHO, paid_by_points="FULL") == 70 + 50
