"""Which goods a rule means. Pure.

What a line sells is turned into tags once, so that asking each rule costs one comparison of sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from saleor_loyalty.gateways.saleor.orders import Goods, OrderLine
from saleor_loyalty.programme.parts import Scope, Selection

#: Tags of goods: what kind of name it is, and the name.
Tags = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Matcher:
    """A scope made ready for asking."""

    only: Tags
    without: Tags
    full_price_only: bool

    @property
    def is_everything(self) -> bool:
        """Tell whether all goods are meant, whatever they cost; then shipping is meant too."""
        return not (self.only or self.full_price_only)

    def pick(self, tags: Sequence[Tags], are_full_price: Sequence[bool]) -> list[int]:
        """Return the places of the goods that are meant, told by tags and price."""
        only, without = self.only, self.without
        places = list(range(len(tags)))
        if only:
            places = [place for place in places if not only.isdisjoint(tags[place])]
        if without:
            places = [place for place in places if without.isdisjoint(tags[place])]
        if self.full_price_only:
            places = [place for place in places if are_full_price[place]]
        return places


def matcher(scope: Scope) -> Matcher:
    """Make a scope ready."""
    return Matcher(_selected(scope.only), _selected(scope.without), scope.full_price_only)


def tags_of(goods: Goods) -> Tags:
    """Return what rules may know goods by. Their categories include those they lie in."""
    return frozenset(
        [
            ("product", goods.product),
            ("sku", goods.sku),
            ("product_type", goods.product_type),
            *[("category", name) for name in goods.categories],
            *[("collection", name) for name in goods.collections],
        ]
    )


def meant(lines: Sequence[OrderLine], wanted: Matcher, excluded: Tags) -> tuple[OrderLine, ...]:
    """Return the lines that a matcher means and that are not among the goods excluded."""
    tags = [tags_of(line.goods) for line in lines]
    places = wanted.pick(tags, [line.is_full_price for line in lines])
    return tuple([lines[place] for place in places if excluded.isdisjoint(tags[place])])


def _selected(selection: Selection) -> Tags:
    return frozenset(
        [
            *[("product", name) for name in selection.products],
            *[("sku", name) for name in selection.skus],
            *[("product_type", name) for name in selection.product_types],
            *[("category", name) for name in selection.categories],
            *[("collection", name) for name in selection.collections],
        ]
    )
