"""Goods that a programme names, as Saleor's ids: what a voucher wants."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saleor_loyalty.gateways.saleor.client import Connection, as_asked, call

#: The most goods of one kind that a voucher names.
GOODS_MAX = 100
# How deep categories lie in one another, as far as we look, and how many in one.
_LEVELS_MAX = 10
_CHILDREN_MAX = 50


@dataclass(frozen=True, slots=True)
class GoodsIds:
    """Goods that a voucher is for, by Saleor's global ids; none: for the whole order."""

    categories: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether any goods are named."""
        return any((self.categories, self.collections, self.products, self.variants))


def goods_ids(
    connection: Connection, slugs: Mapping[str, Sequence[str]], *, channel: str
) -> GoodsIds:
    """Return the ids of goods that are sold in a channel, GOODS_MAX of each kind at most.

    Those that are not sold there (any more) are left out. With a category come all below it:
    Saleor takes vouchers to mean a product's own category only, programmes mean any it lies in.

    :param slugs: of `categories`, `collections` and `products`, and article numbers of `skus`.
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    kinds = ("categories", "collections", "products", "skus")
    asked = {kind: list(slugs.get(kind, ()))[:GOODS_MAX] for kind in kinds}
    data = call(connection, "GoodsBySlug", {**asked, "channel": channel, "first": GOODS_MAX})
    with as_asked():
        categories = _ids(data["categories"], "slug", asked["categories"])
        return GoodsIds(
            categories=_with_those_below(connection, categories),
            collections=_ids(data["collections"], "slug", asked["collections"]),
            products=_ids(data["products"], "slug", asked["products"]),
            variants=_ids(data["productVariants"], "sku", asked["skus"]),
        )


def _with_those_below(connection: Connection, categories: tuple[str, ...]) -> tuple[str, ...]:
    """Return categories and those below them, level by level, GOODS_MAX at most."""
    found, level = dict.fromkeys(categories), list(categories)
    for _ in range(_LEVELS_MAX):
        if not level or len(found) >= GOODS_MAX:
            break
        asked = {"ids": level[:GOODS_MAX], "first": GOODS_MAX, "children": _CHILDREN_MAX}
        data = call(connection, "CategoryChildren", asked)
        below = [
            child["id"] for node in _nodes(data["categories"]) for child in _nodes(node["children"])
        ]
        level = [each for each in below if each not in found]
        found |= dict.fromkeys(level)
    return tuple(found)[:GOODS_MAX]


def _ids(found: Mapping[str, Any] | None, name: str, wanted: Sequence[str]) -> tuple[str, ...]:
    # Asked for nothing, Saleor may answer with everything.
    return tuple([node["id"] for node in _nodes(found) if node[name] in wanted])


def _nodes(found: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    for edge in (found or {"edges": ()})["edges"]:
        yield edge["node"]
