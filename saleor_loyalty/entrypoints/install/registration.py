"""A shop installs us: prove that the token is its own, then remember it."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_loyalty.entrypoints.install import allow_list
from saleor_loyalty.entrypoints.install.manifest import IDENTIFIER, PERMISSIONS
from saleor_loyalty.gateways.saleor.app import InstalledApp, UnknownApp, installed_app
from saleor_loyalty.gateways.saleor.client import (
    Connection,
    ForbiddenAddress,
    SaleorRefused,
    SaleorUnavailable,
)
from saleor_loyalty.gateways.saleor.key_sets import fetch_key_set
from saleor_loyalty.installations.operations import install
from saleor_loyalty.programme.document import starting_programme
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.programme.queries import versions

# Saleor waits 18 seconds for us.
ASK_TIMEOUT_S = 6.0
KEYS_TIMEOUT_S = 4.0


class Refusal(Exception):
    """Why the shop was not installed, in words for the person who installs."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def register(*, api_url: str, token: str, at: datetime) -> UUID:
    """Install the shop whose API is at `api_url`, and return its key.

    Nothing is stored or replaced unless everything succeeds.

    :raises Refusal:
    """
    try:
        allow_list.check(api_url)
    except allow_list.ProhibitedUrl as error:
        raise Refusal(HTTPStatus.FORBIDDEN, "SALEOR_URL_PROHIBITED", str(error)) from error
    app = _ask(Connection(api_url, token))
    jwks = _keys(api_url)
    with transaction.atomic():
        installation_id = install(
            api_url=api_url,
            app_id=app.id,
            token=token,
            jwks=jwks,
            saleor_version=app.saleor_version,
            at=at,
        )
        if not versions(installation_id):
            document = starting_programme(list(app.currencies))
            publish(installation_id=installation_id, document=document, at=at)
    return installation_id


def _ask(connection: Connection) -> InstalledApp:
    """Ask the shop at the address it named whether the token is one of ours there."""
    try:
        app = installed_app(connection, within_s=ASK_TIMEOUT_S)
    except UnknownApp as error:
        raise Refusal(
            HTTPStatus.UNAUTHORIZED,
            "UNKNOWN_APP_ID",
            f"The shop {connection.api_url} does not know the token it sent. Check Saleor's"
            " PUBLIC_URL (also of its worker), and that the app is activated when installed.",
        ) from error
    except ForbiddenAddress as error:
        raise Refusal(HTTPStatus.FORBIDDEN, "SALEOR_URL_PROHIBITED", str(error)) from error
    except (SaleorUnavailable, SaleorRefused) as error:
        raise Refusal(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "SALEOR_NOT_AVAILABLE",
            f"Saleor's API at {connection.api_url} could not be asked from where this app runs:"
            f" {error}",
        ) from error
    if app.identifier != IDENTIFIER:
        # Another app of the shop must not put itself in our place.
        raise Refusal(
            HTTPStatus.UNAUTHORIZED,
            "UNKNOWN_APP_ID",
            f"The token sent belongs to another app, {app.identifier[:100]!r}.",
        )
    if missing := sorted(set(PERMISSIONS) - app.permissions):
        raise Refusal(
            HTTPStatus.FORBIDDEN,
            "MISSING_PERMISSIONS",
            f"Install the app with these permissions too: {', '.join(missing)}.",
        )
    return app


def _keys(api_url: str) -> dict[str, Any]:
    try:
        return fetch_key_set(api_url, within_s=KEYS_TIMEOUT_S)
    except (SaleorUnavailable, SaleorRefused) as error:
        raise Refusal(
            HTTPStatus.UNAUTHORIZED,
            "JWKS_NOT_AVAILABLE",
            f"The shop's signing keys (/.well-known/jwks.json) could not be fetched: {error}",
        ) from error
