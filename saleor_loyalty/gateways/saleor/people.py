"""Ask Saleor who somebody is, with their own token."""

from dataclasses import dataclass

from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused, as_asked, call


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
