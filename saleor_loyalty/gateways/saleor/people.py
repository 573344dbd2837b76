"""Ask Saleor who somebody is: people and apps by their own token, customers by ours."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from saleor_loyalty.gateways.saleor import documents
from saleor_loyalty.gateways.saleor.client import (
    Connection,
    SaleorRefused,
    SaleorUnavailable,
    as_asked,
    call,
    call_document,
)

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
class CallingApp:
    """The app a token stands for, and what it may do. `id` is Saleor's global id."""

    id: str
    permissions: frozenset[str]


def calling_app(connection: Connection, *, within_s: float) -> CallingApp | None:
    """Return the app the connection's token stands for; None if it stands for none.

    The shop is asked once, within so many seconds: a stranger's token is not worth a second try.

    :raises SaleorUnavailable: also if the shop answers nothing that tells of the token.
    """
    document = documents.document("CallingApp")
    try:
        data = call_document(connection, document, is_repeatable=False, within_s=within_s)
    except SaleorRefused as error:
        if set(error.codes) == {"PermissionDenied"}:
            return None
        # The shop is in disorder; whose token it is shows when it is not.
        raise SaleorUnavailable(str(error)) from error
    with as_asked():
        app = data["app"]
        if not app or not app["isActive"]:
            return None
        codes = (str(permission["code"]) for permission in app["permissions"] or ())
        return CallingApp(str(app["id"]), frozenset(codes))


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
