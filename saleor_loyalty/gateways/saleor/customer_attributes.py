"""Two attributes of customers that the shop has made for us, and what they say of whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused, as_asked, call
from saleor_loyalty.gateways.saleor.payloads import Fields

#: The attributes' slugs, as the shop has to choose them.
TIER, POINTS = "loyalty-tier", "loyalty-points"
#: The most customer types of a shop that are looked at.
TYPES_MAX = 100
#: What Saleor may not find, or may not like, of a single customer.
_ABOUT_THE_CUSTOMER = {"NOT_FOUND", "INVALID", "REQUIRED"}
_KINDS = {TIER: {"PLAIN_TEXT"}, POINTS: {"PLAIN_TEXT", "NUMERIC"}}


class CustomerRefused(Exception):
    """There is no such customer (any more), or theirs is a type without the attributes."""


@dataclass(frozen=True, slots=True)
class CustomerAttributes:
    """The attributes' ids ("": there is none), and of which types the customers have them."""

    tier: str = ""
    points: str = ""
    points_are_numeric: bool = False
    customer_types: tuple[str, ...] = ()


def fetch_customer_attributes(connection: Connection) -> CustomerAttributes:
    """Return the attributes that every customer type has which has one of them.

    What only some of those types have is left out: Saleor refuses all that is said of a customer
    where one attribute is not of their type.

    :raises SaleorUnavailable:
    :raises SaleorRefused: also if this version of Saleor knows no customer types.
    """
    data = call(connection, "CustomerAttributes", {"first": TYPES_MAX})
    with as_asked():
        nodes = [Fields(each).part("node") for each in data["customerTypes"]["edges"]]
        types = {node.text("id"): _usable(node.list("attributes")) for node in nodes}
    with_any = {key: attributes for key, attributes in types.items() if attributes}
    common = _common(list(with_any.values()))
    if not common:
        return CustomerAttributes()
    points, kind = common.get(POINTS, ("", ""))
    tier, _ = common.get(TIER, ("", ""))
    return CustomerAttributes(tier, points, kind == "NUMERIC", tuple(sorted(with_any)))


def describe_customer(
    connection: Connection,
    attributes: CustomerAttributes,
    user_id: str,
    *,
    tier: str,
    points: int,
) -> None:
    """Say where a customer stands.

    One call for each: Saleor takes no more than four changes at once, and its change of many
    customers overwrites what they change of themselves at the same moment.

    :raises CustomerRefused:
    :raises SaleorUnavailable:
    :raises SaleorRefused: and will refuse the same of everybody.
    """
    values: list[dict[str, str]] = []
    if attributes.tier:
        values.append({"id": attributes.tier, "plainText": tier})
    if attributes.points:
        kind = "numeric" if attributes.points_are_numeric else "plainText"
        values.append({"id": attributes.points, kind: str(points)})
    variables = {"id": user_id, "attributes": values}
    try:
        call(connection, "DescribeCustomer", variables, is_repeatable=True)
    except SaleorRefused as error:
        if error.codes and set(error.codes) <= _ABOUT_THE_CUSTOMER:
            raise CustomerRefused(str(error)) from error
        raise


#: Ids and input types of attributes, by slug.
_Found = dict[str, tuple[str, str]]


def _usable(attributes: Sequence[Fields]) -> _Found:
    found = {each.name("slug"): (each.text("id"), each.name("inputType")) for each in attributes}
    return {slug: found[slug] for slug in _KINDS if found.get(slug, ("", ""))[1] in _KINDS[slug]}


def _common(found: Sequence[_Found]) -> _Found:
    first = found[0] if found else {}
    return {slug: each for slug, each in first.items() if all(slug in other for other in found)}
