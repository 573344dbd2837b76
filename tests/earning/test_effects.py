"""What each kind of rule gives for the goods it counts."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from earning.buying import (
    SHIRT,
    SHOES,
    bonus,
    by_line,
    by_rule,
    earn,
    line,
    only,
    order,
    points,
    rule,
    times,
)

NO_EVERYDAY: dict[str, Any] = {"rates": {}}
SHIRTS = only(products="shirt")


def rate(number: int, per: Any, **facts: Any) -> dict[str, Any]:
    return rule("rate", "RATE", rates={"USD": {"points": number, "per": str(per)}}, **facts)


class TestRate:
    def test_comes_on_top_of_the_everyday_rate(self) -> None:
        assert by_rule(earn(order(), rate(3, 2, scope=SHIRTS))) == {"base": 100, "rate": 90}

    def test_may_be_all_there_is(self) -> None:
        assert by_line(earn(order(), rate(3, 2), **NO_EVERYDAY)) == {"shirt": 90, "shoes": 60}

    def test_needs_the_currency(self) -> None:
        euros = rule("rate", "RATE", rates={"EUR": {"points": 1, "per": "1"}})

        assert points(order(), euros) == 100

    def test_is_rounded_together_with_everything_else(self) -> None:
        third = order(line("a", "0.50"))
        reckoning = earn(third, rate(1, 1))

        assert reckoning.points == 1
        assert reckoning.exact == 1
        assert by_rule(reckoning) == {"base": 1}


class TestBands:
    #: 5 a dollar up to 50, 10 up to 80, 1 beyond.
    STEPS = (
        {"up_to": "50", "points": 5, "per": "1"},
        {"up_to": "80", "points": 10, "per": "1"},
        {"points": 1, "per": "1"},
    )

    @pytest.mark.parametrize(
        ("money", "earned"),
        [("0.20", 1), ("49.99", 249), (50, 250), ("50.10", 251), (80, 550), (100, 570)],
    )
    def test_count_each_part_at_its_own_rate(self, money: Any, earned: int) -> None:
        bands = rule("bands", "BANDS", bands={"USD": list(self.STEPS)})

        assert points(order(line("a", money)), bands, **NO_EVERYDAY) == earned

    def test_tell_of_the_steps_that_were_reached(self) -> None:
        bands = rule("bands", "BANDS", bands={"USD": list(self.STEPS)})

        def steps(money: Any) -> list[str]:
            reckoning = earn(order(line("a", money)), bands, **NO_EVERYDAY)
            return [step["money"] for step in reckoning.reasons[0].facts["steps"]]

        assert steps(50) == ["50"]
        assert steps(60) == ["50", "10"]
        assert steps(100) == ["50", "30", "20"]

    def test_may_end_somewhere(self) -> None:
        bands = rule("bands", "BANDS", bands={"USD": list(self.STEPS[:1])})

        assert points(order(), bands, **NO_EVERYDAY) == 250

    def test_may_begin_with_nothing(self) -> None:
        steps = [{"up_to": "90", "points": 0, "per": "1"}, {"points": 2, "per": "1"}]

        assert points(order(), rule("b", "BANDS", bands={"USD": steps}), **NO_EVERYDAY) == 20

    def test_are_of_the_goods_meant_and_shared_out_by_their_money(self) -> None:
        bands = rule("bands", "BANDS", bands={"USD": list(self.STEPS)}, scope=SHIRTS)

        assert by_line(earn(order(), bands, **NO_EVERYDAY)) == {"shirt": 350}
        everything = rule("bands", "BANDS", bands={"USD": list(self.STEPS)})
        assert by_line(earn(order(), everything, **NO_EVERYDAY)) == {"shirt": 342, "shoes": 228}

    def test_count_the_money_that_was_kept(self) -> None:
        bands = rule("bands", "BANDS", bands={"USD": list(self.STEPS)})
        state = order(SHIRT, replace(SHOES, quantity_returned=1))

        assert points(state, bands, **NO_EVERYDAY) == 350

    def test_are_multiplied(self) -> None:
        bands = rule("bands", "BANDS", bands={"USD": list(self.STEPS)})

        assert points(order(), bands, times(2), **NO_EVERYDAY) == 1140


class TestMultiplier:
    @pytest.mark.parametrize(
        ("factor", "earned"),
        [("100", 10_000), ("2", 200), ("1.5", 150), ("1.0001", 100), ("1", 100), ("0.5", 50),
         ("0", 0)],
    )  # fmt: skip
    def test_multiplies_what_rates_give(self, factor: str, earned: int) -> None:
        assert points(order(), times(factor)) == earned

    def test_counts_only_the_goods_meant(self) -> None:
        reckoning = earn(order(), times(2, scope=SHIRTS))

        assert by_rule(reckoning) == {"base": 100, "times": 60}
        assert by_line(reckoning) == {"shirt": 120, "shoes": 40}

    def test_takes_away_line_by_line(self) -> None:
        reckoning = earn(order(), times("0.5", scope=SHIRTS))

        assert by_rule(reckoning) == {"base": 100, "times": -30}
        assert by_line(reckoning) == {"shirt": 30, "shoes": 40}

    def test_multiplies_rates_of_rules_too(self) -> None:
        assert points(order(), rate(3, 2, scope=SHIRTS), times(2)) == 380

    def test_does_not_multiply_bonuses(self) -> None:
        threshold = rule("threshold", "THRESHOLD", money={"USD": "50"}, points=7)
        pieces = rule("pieces", "QUANTITY", points=3)

        assert points(order(), bonus(50), threshold, pieces, times(2)) == 200 + 50 + 7 + 6

    def test_is_exact_before_it_is_rounded(self) -> None:
        reckoning = earn(order(line("a", "37.90")), times("1.25"))

        assert reckoning.exact == Fraction("47.375")
        assert reckoning.points == 47


class TestBonus:
    def test_is_given_once_for_an_order_with_any_of_the_goods(self) -> None:
        assert by_rule(earn(order(), bonus(50))) == {"base": 100, "bonus": 50}
        assert points(order(), bonus(50, scope=only(products="hat"))) == 100

    def test_is_spread_over_the_goods_by_their_money(self) -> None:
        assert by_line(earn(order(), bonus(50), **NO_EVERYDAY)) == {"shirt": 30, "shoes": 20}

    def test_goes_when_the_last_of_the_goods_goes(self) -> None:
        half = order(replace(SHIRT, quantity=2, quantity_returned=1), SHOES)
        gone = order(replace(SHIRT, quantity=2, quantity_returned=2), SHOES)

        assert by_rule(earn(half, bonus(50, scope=SHIRTS)))["bonus"] == 50
        assert "bonus" not in by_rule(earn(gone, bonus(50, scope=SHIRTS)))


class TestThreshold:
    @pytest.mark.parametrize(
        ("money", "repeats", "earned"),
        [
            ("100.01", False, 0), ("100", False, 20), ("30", False, 20),
            ("100.01", True, 0), ("100", True, 20), ("50.01", True, 20), ("50", True, 40),
            ("30", True, 60), ("33.33", True, 60),
        ],
    )  # fmt: skip
    def test_is_met_by_so_much_money(self, money: str, repeats: bool, earned: int) -> None:
        threshold = rule("t", "THRESHOLD", money={"USD": money}, points=20, repeats=repeats)

        assert points(order(), threshold, **NO_EVERYDAY) == earned

    def test_counts_only_the_goods_meant_and_shipping_where_it_earns(self) -> None:
        def threshold(money: str, **facts: Any) -> dict[str, Any]:
            return rule("t", "THRESHOLD", money={"USD": money}, points=20, **facts)

        assert points(order(), threshold("60", scope=SHIRTS)) == 120
        assert points(order(), threshold("60.01", scope=SHIRTS)) == 100
        assert points(order(), threshold("110")) == 100
        assert points(order(), threshold("110"), shipping=True) == 130

    def test_needs_the_currency(self) -> None:
        assert points(order(), rule("t", "THRESHOLD", money={"EUR": "1"}, points=20)) == 100

    def test_is_lost_with_the_goods_or_the_money(self) -> None:
        threshold = rule("t", "THRESHOLD", money={"USD": "100"}, points=20)

        assert points(order(SHIRT, replace(SHOES, quantity_returned=1)), threshold) == 60
        assert points(order(charged="108.90", refunded="1.10"), threshold) == 99


class TestQuantity:
    COFFEE = line("coffee", 70, quantity=7)

    @pytest.mark.parametrize(("every", "earned"), [(1, 35), (2, 15), (3, 10), (7, 5), (8, 0)])
    def test_is_given_for_every_so_many_pieces(self, every: int, earned: int) -> None:
        pieces = rule("p", "QUANTITY", every=every, points=5)

        assert points(order(self.COFFEE), pieces, **NO_EVERYDAY) == earned

    def test_counts_pieces_over_all_lines_meant(self) -> None:
        pieces = rule("p", "QUANTITY", every=8, points=5)

        assert points(order(self.COFFEE, SHIRT), pieces, **NO_EVERYDAY) == 5
        assert points(order(self.COFFEE, SHIRT), pieces, shipping=True, **NO_EVERYDAY) == 5

    def test_counts_the_pieces_that_stayed(self) -> None:
        pieces = rule("p", "QUANTITY", every=3, points=5)
        state = order(replace(self.COFFEE, quantity_returned=2))

        assert points(state, pieces, **NO_EVERYDAY) == 5

    def test_does_not_count_shipping_as_a_piece(self) -> None:
        pieces = rule("p", "QUANTITY", every=2, points=5)

        assert points(order(SHIRT), pieces, shipping=True, **NO_EVERYDAY) == 0
