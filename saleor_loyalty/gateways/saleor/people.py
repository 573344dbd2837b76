"""Ask Saleor who people are: somebody by their own token, customers by ours."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused, as_asked, call

#: The most customers of one call.
CUSTOMERS_MAX = 100


@dataclass(frozen=True, slots=True)
class Me:
    """The person a token stands for. `id` is Saleor's global id."""

    id: str
    is_active: bool
    is_confirmed: bool


def me(connection: Connection) -> Me | None:
    """Return whom the connection's token stands for; None if it no longer stands for anybody.

    :raises SaleorUnavailable:
    """
    try:
        person = call(connection, "Me").get("me")
    except SaleorRefused:
        return None
    with as_asked():
        return Me(person["id"], person["isActive"], person["isConfirmed"]) if person else None


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where a customer is written to. It is asked for when it is needed, and never kept."""

    email: str = field(repr=False)
    # As Django writes it: en, fr-ca.
    language: str


def addressees(connection: Connection, user_ids: Sequence[str]) -> dict[str, Addressee]:
    """Return where these customers can be written to, by user id: active accounts only.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    assert len(user_ids) <= CUSTOMERS_MAX, "Saleor answers no more at once"
    if not user_ids:
        return {}
    data = call(connection, "CustomersById", {"ids": list(user_ids), "first": CUSTOMERS_MAX})
    with as_asked():
        people = [edge["node"] for edge in data["customers"]["edges"]]
        return {
            person["id"]: Addressee(
                str(person["email"]), person["languageCode"].lower().replace("_", "-")
            )
            for person in people
            if person["isActive"] and person["email"]
        }
