"""Who is asking, and what they may do."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import GraphQLError

from .apps import App
from .people import User
from .tokens import InvalidToken, Signer, claims_to_be_ours, token_owner
from .world import World

# Not permissions of their own, but named like them: any app, any member of staff.
ANY_APP = "AUTHENTICATED_APP"
ANY_STAFF = "AUTHENTICATED_STAFF_USER"

TOKEN_PARTS = 3


@dataclass(frozen=True, slots=True)
class Caller:
    """An app, a person, or nobody. A void token is kept to complain about when it matters."""

    app: App | None = None
    user: User | None = None
    permissions: frozenset[str] = frozenset()
    complaint: InvalidToken | None = None

    def may(self, *wanted: str) -> bool:
        """Tell whether any one of the wanted permissions is held."""
        return not self.permissions.isdisjoint(wanted)


class Denied(GraphQLError):
    """The caller lacks every one of the permissions that would do."""

    def __init__(self, *wanted: str) -> None:
        super().__init__(
            "This needs one of the permissions " + ", ".join(wanted) + ".",
            extensions={"exception": {"code": "PermissionDenied"}},
        )


def app_caller(app: App) -> Caller:
    """Return an app as a caller."""
    return Caller(app=app, permissions=app.granted | {ANY_APP})


def _user_caller(token: str, *, signer: Signer, world: World) -> Caller:
    claims = signer.claims(token)
    if claims["type"] not in {"access", "thirdparty"}:
        raise InvalidToken(f"A token of type {claims['type']} gives no access.")
    user = token_owner(claims, world.all(User))
    permissions = user.permissions & frozenset(claims.get("permissions", user.permissions))
    if user.is_staff:
        permissions |= {ANY_STAFF}
    return Caller(user=user, permissions=permissions)


def _token_of(headers: Mapping[str, str]) -> str:
    if direct := headers.get("authorization-bearer"):
        return direct
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in {"bearer", "jwt"} else ""


def identify(headers: Mapping[str, str], *, signer: Signer, world: World) -> Caller:
    """Return the caller that the request's headers (in lower case) speak for."""
    token = _token_of(headers)
    if not token:
        return Caller()
    if token.count(".") != TOKEN_PARTS - 1:
        matching = (app for app in world.all(App) if app.token == token and app.is_active)
        app = next(matching, None)
        return app_caller(app) if app else Caller()
    if not claims_to_be_ours(token):
        return Caller()
    try:
        return _user_caller(token, signer=signer, world=world)
    except InvalidToken as complaint:
        return Caller(complaint=complaint)


def complain(caller: Caller) -> None:
    """Refuse a caller who showed a void token.

    :raises GraphQLError: with the code that storefronts look for.
    """
    if caller.complaint is not None:
        extensions = {"exception": {"code": caller.complaint.code}}
        raise GraphQLError(str(caller.complaint), extensions=extensions)
