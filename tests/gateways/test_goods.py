"""Goods a programme names, as Saleor's ids."""

from typing import Any

import pytest
from loopback import LoopbackServer

from saleor_loyalty.gateways.saleor.client import Connection, SaleorUnavailable
from saleor_loyalty.gateways.saleor.goods import GOODS_MAX, GoodsIds, goods_ids

NOTHING: dict[str, Any] = {"edges": []}


def by_id(*ids: str) -> dict[str, Any]:
    return {"edges": [{"node": {"id": each, "slug": each, "sku": each}} for each in ids]}


def test_goods_of_every_kind_are_found(connection: Connection) -> None:
    named = {"categories": ["food"], "collections": ["winter", "our-picks"],
             "products": ["tote-bag"], "skus": ["enamel-mug"]}  # fmt: skip

    found = goods_ids(connection, named, channel="default-channel")

    assert [len(each) for each in
            (found.categories, found.collections, found.products, found.variants)] \
        == [1, 2, 1, 1]  # fmt: skip
    assert found


def test_categories_come_with_those_below(connection: Connection) -> None:
    drinks = goods_ids(connection, {"categories": ["drinks"]}, channel="default-channel")
    coffee = goods_ids(connection, {"categories": ["coffee"]}, channel="default-channel")

    assert set(coffee.categories) < set(drinks.categories)
    assert (len(coffee.categories), len(drinks.categories)) == (1, 2)


@pytest.mark.parametrize(
    "named", [{}, {"products": ["no-such"], "categories": ["no-such"], "skus": ["no-such"]}]
)
def test_goods_that_are_not_sold_are_left_out(connection: Connection, named: Any) -> None:
    found = goods_ids(connection, named, channel="default-channel")

    assert found == GoodsIds()
    assert not found


class TestAShop:
    """That has more categories than a voucher can name, or answers oddly."""

    def answered(self, below: Any) -> tuple[GoodsIds, int]:
        """Return what is found in such a shop, and how often it was asked."""

        def answer(_path: str, body: Any) -> tuple[int, Any]:
            if "CategoryChildren" in body["query"]:
                nodes = [{"node": {"children": below(each)}} for each in body["variables"]["ids"]]
                return 200, {"data": {"categories": {"edges": nodes}}}
            other = {"collections": None, "products": None, "productVariants": NOTHING}
            return 200, {"data": {"categories": by_id("top")} | other}

        with LoopbackServer(answer).running() as saleor:
            found = goods_ids(
                Connection(f"{saleor.url}/graphql/", "t"), {"categories": ["top"]}, channel="shop"
            )
            return found, len(saleor.asked)

    def test_with_more_categories_than_a_voucher_names_gives_the_upper_ones(self) -> None:
        found, asked = self.answered(lambda above: by_id(*[f"{above}-{n}" for n in range(50)]))

        assert len(found.categories) == GOODS_MAX
        assert found.categories[:2] == ("top", "top-0")
        assert asked == 3

    def test_with_a_ladder_of_categories_is_not_climbed_for_ever(self) -> None:
        found, asked = self.answered(lambda above: by_id(f"{above}-"))

        assert (len(found.categories), asked) == (11, 11)

    def test_whose_categories_lie_in_a_circle_is_asked_once(self) -> None:
        found, asked = self.answered(lambda _above: by_id("top"))

        assert (found.categories, asked) == (("top",), 2)

    def test_of_another_shape_is_transient(self) -> None:
        with pytest.raises(SaleorUnavailable, match="not what was asked"):
            self.answered(lambda _above: 7)
