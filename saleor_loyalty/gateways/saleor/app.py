"""What Saleor knows of our own app: whether it is there, and in good order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused, as_asked, call


class UnknownApp(Exception):
    """The token stands for no app of this shop, or for one that is switched off."""

    def __init__(self) -> None:
        super().__init__(
            "The shop does not know our token. Activate the app in the Dashboard, or install it"
            " again."
        )


@dataclass(frozen=True, slots=True)
class InstalledApp:
    """Our app in one shop."""

    id: str
    # What its manifest calls the app.
    identifier: str
    permissions: frozenset[str]
    saleor_version: str
    currencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Webhook:
    """One of our webhooks as the shop knows it, with its last failed deliveries (at most 20)."""

    id: str
    name: str
    is_active: bool
    target_url: str
    query: str
    events: frozenset[str]
    failed_events: tuple[str, ...]
    last_failed_at: str | None


def installed_app(connection: Connection, *, within_s: float | None = None) -> InstalledApp:
    """Return what the shop says about the app the connection's token belongs to.

    :raises UnknownApp: if it belongs to none.
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    try:
        data = call(connection, "InstalledApp", within_s=within_s)
    except SaleorRefused as error:
        # Without an app, Saleor refuses the channels too.
        if set(error.codes) == {"PermissionDenied"}:
            raise UnknownApp from error
        raise
    with as_asked():
        if not data["app"]:
            raise UnknownApp
        channels = data["channels"] or ()
        return InstalledApp(
            id=data["app"]["id"],
            identifier=str(data["app"]["identifier"]),
            permissions=frozenset(entry["code"] for entry in data["app"]["permissions"] or ()),
            saleor_version=data["shop"]["version"],
            currencies=tuple(sorted({channel["currencyCode"] for channel in channels})),
        )


def webhooks(connection: Connection) -> list[Webhook]:
    """Return our webhooks in the shop.

    :raises UnknownApp:
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    data = call(connection, "AppWebhooks")
    with as_asked():
        if not data["app"]:
            raise UnknownApp
        return [_webhook(entry) for entry in data["app"]["webhooks"] or ()]


def create_webhook(connection: Connection, settings: Mapping[str, object]) -> None:
    """Give our app another webhook; `settings` are fields of Saleor's WebhookCreateInput.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    call(connection, "CreateWebhook", {"input": dict(settings)})


def update_webhook(connection: Connection, webhook_id: str, settings: Mapping[str, object]) -> None:
    """Change some settings of one of our webhooks, fields of Saleor's WebhookUpdateInput.

    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    variables = {"id": webhook_id, "input": dict(settings)}
    call(connection, "UpdateWebhook", variables, is_repeatable=True)


def report_problem(connection: Connection, *, key: str, message: str) -> None:
    """Show staff a problem of ours in the Dashboard, among the last hundred.

    Saleor shows what is told under one key within an hour as one problem: it counts, and keeps the
    last message only.

    :param key: 3 to 128 characters; one for each thing that staff should look at.
    :raises SaleorUnavailable:
    :raises SaleorRefused:
    """
    call(connection, "ReportProblem", {"key": key, "message": message}, is_repeatable=True)


def _webhook(entry: dict[str, Any]) -> Webhook:
    failed = [edge["node"] for edge in (entry["eventDeliveries"] or {"edges": ()})["edges"]]
    return Webhook(
        id=entry["id"],
        name=entry["name"] or "",
        is_active=entry["isActive"],
        target_url=entry["targetUrl"],
        query=entry["subscriptionQuery"] or "",
        events=frozenset(event["eventType"] for event in entry["asyncEvents"]),
        failed_events=tuple(delivery["eventType"] for delivery in failed),
        last_failed_at=failed[0]["createdAt"] if failed else None,
    )
