"""One sandbox: a world, its key, its deliveries and its installer, put together."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from graphql import GraphQLEnumType

# Importing them registers their resolvers.
from . import (  # noqa: F401
    changing_apps,
    changing_checkouts,
    changing_customer_types,
    changing_gift_cards,
    changing_orders,
    changing_people,
    changing_vouchers,
    fields,
    queries,
)
from .access import Caller, app_caller
from .apps import App
from .checkouts import Checkout
from .deliveries import Deliveries, Delivery
from .execution import events_of, load_schema, render
from .installing import Installer
from .orders import Order
from .people import User
from .quirks import Quirks
from .resolving import Request
from .seed import new_world
from .tokens import Signer
from .troubles import Troubles
from .vouchers import Voucher

VERSION = "3.23.0"

SUBJECTS: dict[type, str] = {
    Order: "order",
    User: "user",
    App: "app",
    Voucher: "voucher",
    Checkout: "checkout",
}


@dataclass(frozen=True, slots=True)
class Options:
    """How a sandbox starts. `public_url` is what apps are told, if they reach us elsewhere."""

    quirks: Quirks = field(default_factory=Quirks)
    private_key_pem: str | None = None
    version: str = VERSION
    public_url: str | None = None


def _all_permissions() -> frozenset[str]:
    permissions = load_schema().type_map["PermissionEnum"]
    if not isinstance(permissions, GraphQLEnumType):
        raise TypeError("The schema has lost its permissions.")
    return frozenset(permissions.values)


class Sandbox:
    """Everything behind one API address."""

    def __init__(self, *, api_url: str, options: Options) -> None:
        self.api_url, self.options = api_url, options
        self.domain = urlsplit(api_url).netloc
        self.world = new_world(_all_permissions())
        self.troubles = Troubles()
        self.signer = Signer(api_url, options.private_key_pem)
        self.installer = Installer(
            world=self.world,
            api_url=api_url,
            domain=self.domain,
            version=options.version,
            events_of=events_of,
        )
        self.deliveries = Deliveries(
            world=self.world,
            signer=self.signer,
            render=self._render,
            quirks=options.quirks,
            domain=self.domain,
        )

    def stop(self) -> None:
        """End what runs in the background."""
        self.installer.stop()
        self.deliveries.stop()

    def request(self, caller: Caller) -> Request:
        """Return what the resolvers of one request work with."""
        return Request(
            world=self.world,
            signer=self.signer,
            deliveries=self.deliveries,
            installer=self.installer,
            version=self.options.version,
            domain=self.domain,
            caller=caller,
        )

    def _render(self, delivery: Delivery) -> str:
        app = delivery.webhook.app
        event: dict[str, Any] = {
            "__typename": delivery.event_type.title().replace("_", ""),
            "issued_at": self.world.now(),
            "version": self.options.version,
            "issuing_principal": delivery.by,
            "recipient": app,
            SUBJECTS.get(type(delivery.subject), "voucher_codes"): delivery.subject,
        }
        request = self.request(app_caller(app))
        return render(event, delivery.webhook.subscription_query, request)
