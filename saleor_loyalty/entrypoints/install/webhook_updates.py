"""Bring our webhooks in a shop to what our manifest says.

A shop reads the manifest once, when it installs us; what newer versions of this app ask for, they
have to tell Saleor themselves.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from saleor_loyalty.entrypoints.install.manifest import Webhook, saleor_version, webhooks_for
from saleor_loyalty.entrypoints.install.webhook_checks import is_same, origin
from saleor_loyalty.gateways.saleor.app import (
    UnknownApp,
    create_webhook,
    installed_app,
    update_webhook,
    webhooks,
)
from saleor_loyalty.gateways.saleor.app import Webhook as Installed
from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused, SaleorUnavailable
from saleor_loyalty.installations.queries import Shop
from saleor_loyalty.installations.queries import connection as connection_to
from saleor_loyalty.installations.secrets import UnreadableSecret
from saleor_loyalty.sql import alone

#: The first version of Saleor whose webhooks have identifiers.
_IDENTIFIERS_SINCE = (3, 23)


class UnknownAddress(Exception):
    """Nobody knows where Saleor should send events."""

    def __init__(self) -> None:
        super().__init__("The shop has no webhook of ours. Set APP_URL to the app's address.")


FAILURES = (UnknownAddress, UnknownApp, UnreadableSecret, SaleorUnavailable, SaleorRefused)


def update_webhooks(shop: Shop) -> list[str]:
    """Create what is missing and correct what is outdated; return the names of these webhooks.

    Our own token is enough. A webhook that was switched off stays so, and one that we do not know
    stays as it is. While another process does the same, nothing is done.

    :raises FAILURES:
    """
    with alone(f"update webhooks of {shop.id}") as is_alone:
        return _update(connection_to(shop)) if is_alone else []


def _update(saleor: Connection) -> list[str]:
    version = saleor_version(installed_app(saleor).saleor_version) or (3, 22)
    installed = webhooks(saleor)
    base_url = settings.APP_URL or origin(installed)
    if not base_url:
        raise UnknownAddress
    changed = []
    for ours in webhooks_for(version):
        theirs, wanted = _counterpart(ours, installed), ours.entry(base_url)
        if theirs is None:
            if version < _IDENTIFIERS_SINCE:
                del wanted["identifier"]
            create_webhook(saleor, wanted)
        elif changes := _changes(theirs, wanted):
            update_webhook(saleor, theirs.id, changes)
        else:
            continue
        changed.append(ours.name)
    return changed


def _counterpart(ours: Webhook, installed: Sequence[Installed]) -> Installed | None:
    """Return the webhook of the same name, or else one that leads to the same door."""
    by_name = [each for each in installed if each.name == ours.name]
    door = urlsplit(ours.entry("")["targetUrl"]).path
    by_door = [each for each in installed if urlsplit(each.target_url).path == door]
    return next(iter(by_name + by_door), None)


def _changes(theirs: Installed, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that have to change."""
    is_right = {
        "name": theirs.name == wanted["name"],
        "targetUrl": theirs.target_url == wanted["targetUrl"],
        "asyncEvents": theirs.events == set(wanted["asyncEvents"]),
        "query": is_same(theirs.query, wanted["query"]),
    }
    changes = {name: wanted[name] for name, right in is_right.items() if not right}
    if "query" in changes:
        # Otherwise Saleor would take the events from the query.
        changes["asyncEvents"] = wanted["asyncEvents"]
    return changes
