"""Which goods a rule counts."""

from dataclasses import replace
from typing import Any

import pytest
from earning.buying import (
    SHIRT,
    bonus,
    by_line,
    earn,
    line,
    only,
    order,
    programme,
    rule,
    times,
)

from saleor_loyalty.earning.rules import SHIPPING, Circumstances, lines_in, ready
from saleor_loyalty.gateways.saleor.orders import Goods
from saleor_loyalty.programme.parts import Scope, Selection

BEANS = line("beans", 10, category="coffee", collection="summer", product_type="food")
CUP = line("cup", 20, category="kitchen", collection="summer", product_type="ware")
ODD = line("odd", 40)
ORDER = order(BEANS, CUP, ODD)

NAMES = [
    ({"categories": ["coffee"]}, {"beans"}),
    ({"categories": ["all-goods"]}, {"beans", "cup"}),
    ({"collections": ["summer"]}, {"beans", "cup"}),
    ({"products": ["cup"]}, {"cup"}),
    ({"product_types": ["food"]}, {"beans"}),
    ({"skus": ["ODD"]}, {"odd"}),
    ({"skus": ["odd"]}, set()),
    ({"categories": ["coffee"], "skus": ["ODD"]}, {"beans", "odd"}),
    ({"categories": ["summer"]}, set()),
    ({"products": ["coffee"]}, set()),
]


def counted(scope: dict[str, Any], /, **earning: Any) -> set[str]:
    """The lines that a rule of its own counts."""
    extra = rule("extra", "RATE", rates={"USD": {"points": 1, "per": "1"}}, scope=scope)
    reckoning = earn(ORDER, extra, **earning)
    return {each.line for each in reckoning.allocations if each.rule == "extra"}


@pytest.mark.parametrize(("names", "lines"), NAMES)
def test_a_rule_counts_the_goods_it_names(names: dict[str, Any], lines: set[str]) -> None:
    assert counted({"only": names}) == lines


@pytest.mark.parametrize(("names", "lines"), NAMES)
def test_a_rule_leaves_out_the_goods_it_names(names: dict[str, Any], lines: set[str]) -> None:
    assert counted({"without": names}) == {"beans", "cup", "odd"} - lines


def test_what_is_left_out_wins_over_what_is_named() -> None:
    scope = {"only": {"collections": ["summer"]}, "without": {"products": ["cup"]}}

    assert counted(scope) == {"beans"}


def test_the_everyday_rate_has_a_scope_of_its_own() -> None:
    assert by_line(earn(ORDER, scope={"only": {"products": ["cup"]}})) == {"cup": 20}


def test_no_rule_counts_what_is_excluded_from_earning() -> None:
    without = {"without": {"categories": ["kitchen"]}}

    assert counted({}, scope=without) == {"beans", "odd"}
    assert counted({"only": {"products": ["cup"]}}, scope=without) == set()
    assert by_line(earn(ORDER, scope=without)) == {"beans": 10, "odd": 40}


def test_rules_count_goods_the_everyday_rate_does_not_name() -> None:
    assert counted({}, scope=only(products="cup")) == {"beans", "cup", "odd"}


class TestFullPriceOnly:
    REDUCED = order(replace(BEANS, is_full_price=False), CUP)

    def test_leaves_out_reduced_goods(self) -> None:
        assert by_line(earn(self.REDUCED, scope={"full_price_only": True})) == {"cup": 20}

    def test_of_the_everyday_rate_does_not_bind_rules(self) -> None:
        reckoning = earn(self.REDUCED, bonus(30, scope={}), scope={"full_price_only": True})

        assert by_line(reckoning) == {"beans": 10, "cup": 40}


class TestShipping:
    def test_is_counted_by_rules_that_mean_everything(self) -> None:
        assert by_line(earn(ORDER, times(2), shipping=True))[SHIPPING] == 20

    def test_is_counted_by_rules_that_leave_some_goods_out(self) -> None:
        scope = {"without": {"products": ["cup"]}}

        assert by_line(earn(ORDER, times(2, scope=scope), shipping=True))[SHIPPING] == 20

    @pytest.mark.parametrize("scope", [only(products="cup"), {"full_price_only": True}])
    def test_is_not_counted_by_rules_that_mean_some_goods(self, scope: dict[str, Any]) -> None:
        assert by_line(earn(ORDER, times(2, scope=scope), shipping=True))[SHIPPING] == 10

    def test_earns_at_the_everyday_rate_whatever_goods_that_means(self) -> None:
        assert by_line(earn(ORDER, shipping=True, scope=only(products="cup"))) == {
            "cup": 20, SHIPPING: 10,
        }  # fmt: skip

    def test_is_nobody_s_unless_the_programme_says_so(self) -> None:
        assert SHIPPING not in by_line(earn(ORDER, times(2)))


class TestNewCategories:
    NEW = bonus(50, new_category=True)

    def lines(self, before: set[str], *goods: Any) -> set[str]:
        who = Circumstances(categories_before=frozenset(before))
        reckoning = earn(order(*goods or ORDER.lines), self.NEW, who=who, rates={}, shipping=True)
        return {each.line for each in reckoning.allocations}

    def test_are_those_never_bought_from(self) -> None:
        assert self.lines(set()) == {"beans", "cup"}
        assert self.lines({"coffee"}) == {"cup"}
        assert self.lines({"coffee", "kitchen"}) == set()

    def test_are_told_by_the_goods_own_category(self) -> None:
        assert self.lines({"all-goods"}) == {"beans", "cup"}

    def test_are_not_those_of_goods_without_any(self) -> None:
        assert self.lines(set(), SHIRT) == set()


def test_goods_nobody_knows_any_more_are_among_everything() -> None:
    forgotten = replace(SHIRT, goods=Goods())

    assert earn(order(forgotten), times(2)).points == 120
    assert earn(order(forgotten), times(2, scope=only(product_types="food"))).points == 60


def test_others_ask_which_lines_a_scope_means() -> None:
    terms = ready(programme(scope={"without": {"products": ["cup"]}}))
    state = order(BEANS, CUP, replace(ODD, is_gift=True), line("card", 9, is_gift_card=True))
    summer = Scope(only=Selection(collections=("summer",)))

    assert lines_in(state, summer, terms) == (BEANS,)
    assert lines_in(state, Scope(), terms) == (BEANS,)
