"""Who is calling: customers, staff and other apps, by the tokens their Saleor gave them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal
from uuid import UUID

import jwt
from django.utils.translation import gettext
from pydantic import BaseModel, ConfigDict, StringConstraints

from saleor_loyalty.entrypoints.api.app_tokens import app_of, looks_like_one
from saleor_loyalty.gateways.saleor.client import Connection
from saleor_loyalty.gateways.saleor.people import me
from saleor_loyalty.installations.queries import Shop
from saleor_loyalty.installations.signing_keys import UnknownKey, signing_key
from saleor_loyalty.keys import member_key

TOKEN_CHARACTERS_MAX = 8_192
LEEWAY_S = 10
# A good signature is believed this long, so that a page of requests is verified once.
BELIEVED_S = 60
BELIEVED_TOKENS_MAX = 10_000


class NotAuthenticated(Exception):
    """Nobody we know: the token is missing, forged, expired, or of another shop."""

    def __init__(self) -> None:
        # One text for all of it: a stranger must not learn which part was wrong.
        super().__init__(
            gettext(
                "We could not establish who you are. Send the header Saleor-Api-Url of a shop that"
                " installed this app, and a valid token of that shop."
            )
        )


class NotPermitted(Exception):
    """Somebody we know, who may not do this; the message names what they need."""

    def __init__(self, *, need: Collection[str]) -> None:
        message = gettext("You need these permissions: %(permissions)s.")
        super().__init__(message % {"permissions": ", ".join(sorted(need))})


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer of the shop; staff who shop are customers here too."""

    user_id: str
    member_id: UUID


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who works for the shop, through Saleor's Dashboard."""

    user_id: str
    # Everything they may do in Saleor, and what of it they lent to us.
    user_permissions: frozenset[str]
    permissions: frozenset[str]

    def check(self, *, need: Collection[str], moves_points: bool = False) -> None:
        """Refuse whoever lacks a permission; where points move, we must hold it as well.

        :raises NotPermitted:
        """
        held = self.user_permissions & self.permissions if moves_points else self.user_permissions
        if not held.issuperset(need):
            raise NotPermitted(need=need)


@dataclass(frozen=True, slots=True)
class OtherApp:
    """Another app of the shop, such as its review system: neither a customer nor staff."""

    app_id: str
    permissions: frozenset[str]

    def check(self, *, need: Collection[str]) -> None:
        """Refuse an app that lacks a permission.

        :raises NotPermitted:
        """
        if not self.permissions.issuperset(need):
            raise NotPermitted(need=need)


class Claims(BaseModel):
    """What a token of Saleor says, as far as we read it."""

    model_config = ConfigDict(strict=True, frozen=True)

    iss: str
    owner: Literal["saleor"]
    type: Literal["access", "thirdparty"]
    # A global id, "User:…" in base64.
    user_id: Annotated[str, StringConstraints(pattern=r"^VXNlcj[op][A-Za-z0-9+/]{1,50}={0,2}$")]
    exp: int
    iat: int
    is_staff: bool
    app: str | None = None
    permissions: list[str] = []
    user_permissions: list[str] = []


_believed: dict[bytes, tuple[Claims, float]] = {}


def verify(token: str, shop: Shop, *, at: datetime) -> Customer | Staff | OtherApp:
    """Return who shows this token to us.

    :raises NotAuthenticated:
    :raises SaleorUnavailable: if the shop had to be asked for its keys or whose the token is, and
        could not be.
    """
    return _app(token, shop, at=at) if looks_like_one(token) else _person(token, shop, at=at)


def verify_customer(token: str, shop: Shop, *, at: datetime) -> Customer:
    """Return the customer who shows this token.

    :raises NotAuthenticated: also for staff, whose tokens are made for the Dashboard.
    :raises SaleorUnavailable:
    """
    caller = _person(token, shop, at=at)
    if not isinstance(caller, Customer):
        raise NotAuthenticated
    return caller


def verify_staff(
    token: str, shop: Shop, *, need: Collection[str], at: datetime, moves_points: bool = False
) -> Staff:
    """Return the member of staff who shows this token, if they hold the permissions needed.

    :raises NotAuthenticated: also for customers and apps.
    :raises NotPermitted:
    :raises SaleorUnavailable:
    """
    caller = _person(token, shop, at=at)
    if not isinstance(caller, Staff):
        raise NotAuthenticated
    caller.check(need=need, moves_points=moves_points)
    return caller


def live_check(token: str, shop: Shop, *, user_id: str) -> None:
    """Ask Saleor whether the token still stands: a changed password voids it before it expires.

    :raises NotAuthenticated:
    :raises SaleorUnavailable:
    """
    person = me(Connection(shop.api_url, token))
    if person is None or person.id != user_id or not person.is_active:
        raise NotAuthenticated


def live_check_staff(caller: Staff | OtherApp, token: str, shop: Shop) -> None:
    """Ask Saleor whether a member of staff may still be believed; apps were asked for lately.

    :raises NotAuthenticated:
    :raises SaleorUnavailable:
    """
    if isinstance(caller, Staff):
        live_check(token, shop, user_id=caller.user_id)


def _app(token: str, shop: Shop, *, at: datetime) -> OtherApp:
    app = app_of(token, shop, at=at)
    # Our own token opens the shop for us; whoever sends it to us has stolen it.
    if app is None or app.id == shop.app_id:
        raise NotAuthenticated
    return OtherApp(app.id, app.permissions)


def _person(token: str, shop: Shop, *, at: datetime) -> Customer | Staff:
    claims = _claims(token, shop, at=at)
    if claims.type == "access":
        # No rights of staff come from here, whatever `is_staff` says.
        return Customer(claims.user_id, member_key(shop.id, claims.user_id))
    if claims.app != shop.app_id or not claims.is_staff:
        raise NotAuthenticated
    return Staff(claims.user_id, frozenset(claims.user_permissions), frozenset(claims.permissions))


def _claims(token: str, shop: Shop, *, at: datetime) -> Claims:
    digest = sha256(f"{shop.id} {token}".encode(errors="replace")).digest()
    now = at.timestamp()
    claims, until = _believed.get(digest, (None, 0.0))
    if claims is None or until < now:
        claims = _verified(token, shop, at=at)
        if len(_believed) >= BELIEVED_TOKENS_MAX:
            _believed.clear()
        _believed[digest] = claims, now + BELIEVED_S
    if not claims.iat - LEEWAY_S <= now <= claims.exp + LEEWAY_S or claims.iss != shop.api_url:
        raise NotAuthenticated
    return claims


def _verified(token: str, shop: Shop, *, at: datetime) -> Claims:
    """Return what the token says, if this shop signed it.

    The key is one that we fetched from the shop: nothing in the token's header says where to
    look for it, and no other algorithm than Saleor's is tried.
    """
    if len(token) > TOKEN_CHARACTERS_MAX:
        raise NotAuthenticated
    try:
        kid = jwt.get_unverified_header(token).get("kid", "")
        payload = jwt.decode(
            token,
            signing_key(shop, kid=kid, at=at),
            algorithms=["RS256"],
            # Times are checked against our caller's clock; Saleor names no audience for us.
            options={"verify_aud": False, "verify_exp": False, "verify_iat": False,
                     "verify_nbf": False},
        )  # fmt: skip
        return Claims.model_validate(payload)
    except (jwt.PyJWTError, UnknownKey, ValueError) as error:
        raise NotAuthenticated from error
