"""What Saleor reads before it installs us: who we are, what we may do, where we show up."""

import re
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from saleor_loyalty.gateways.saleor import documents

IDENTIFIER = "saleor-loyalty"
#: Asked for at once, because a shop can only grant more by installing us again.
PERMISSIONS = ("MANAGE_DISCOUNTS", "MANAGE_GIFT_CARD", "MANAGE_ORDERS", "MANAGE_USERS")
REQUIRED_SALEOR = ">=3.22 <4"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Events that Saleor sends to one address, with what a document asks about them."""

    identifier: str
    name: str
    path: str
    document: str

    @property
    def since(self) -> tuple[int, int]:
        """The first version of Saleor that accepts the document."""
        return documents.since(self.document)

    def entry(self, base_url: str) -> dict[str, Any]:
        """Return the manifest's words for it."""
        return {
            "identifier": self.identifier,
            "name": self.name,
            "targetUrl": f"{base_url}/api/webhooks/saleor/{self.path}",
            "query": documents.document(self.document),
            "asyncEvents": list(documents.events(self.document)),
            "isActive": True,
        }


@dataclass(frozen=True, slots=True)
class Mount:
    """A place in the Dashboard where a page of ours appears."""

    identifier: str
    label: str
    mount: str
    target: str
    page: str
    permission: str
    options: dict[str, Any] = field(default_factory=dict)

    def entry(self, base_url: str) -> dict[str, Any]:
        """Return the manifest's words for it."""
        return {
            "identifier": self.identifier,
            "label": self.label,
            "mount": self.mount,
            "target": self.target,
            # The Dashboard appends the address of an app page to `appUrl`.
            "url": "/" if self.target == "APP_PAGE" else f"{base_url}/dashboard/{self.page}",
            "permissions": [self.permission],
            "options": self.options,
        }


WEBHOOKS = (
    Webhook("loyalty-orders", "Loyalty: orders", "orders", "LoyaltyOrders"),
    Webhook("loyalty-customers", "Loyalty: customers", "customers", "LoyaltyCustomers"),
    Webhook("loyalty-deleted-customers", "Loyalty: deleted customers", "deleted-customers",
            "LoyaltyDeletedCustomers"),
    Webhook("loyalty-vouchers", "Loyalty: vouchers", "vouchers", "LoyaltyVouchers"),
    Webhook("loyalty-app", "Loyalty: this app", "app", "LoyaltyApp"),
)  # fmt: skip
_POSTED = {"widgetTarget": {"method": "POST"}}
_POSTED_ON_HOMEPAGE = {"homeWidgetTarget": {"method": "POST", "fullscreen": False}}
#: All that are planned: a shop gets new ones only by installing us again.
MOUNTS = (
    Mount("loyalty-nav", "Loyalty", "NAVIGATION_CUSTOMERS", "APP_PAGE", "overview",
          "MANAGE_USERS"),
    Mount("loyalty-kpi", "Loyalty", "HOMEPAGE_WIDGETS", "WIDGET", "home",
          "MANAGE_ORDERS", _POSTED_ON_HOMEPAGE),
    Mount("loyalty-customer", "Loyalty", "CUSTOMER_DETAILS_WIDGETS", "WIDGET", "customer",
          "MANAGE_USERS", _POSTED),
    Mount("loyalty-adjust", "Adjust points", "CUSTOMER_DETAILS_MORE_ACTIONS", "POPUP", "adjust",
          "MANAGE_USERS"),
    Mount("loyalty-order", "Loyalty", "ORDER_DETAILS_WIDGETS", "WIDGET", "order",
          "MANAGE_ORDERS", _POSTED),
    Mount("loyalty-voucher", "Loyalty", "VOUCHER_DETAILS_WIDGETS", "WIDGET", "voucher",
          "MANAGE_DISCOUNTS", _POSTED),
    Mount("loyalty-search", "Loyalty of this customer", "SEARCH_ACTION", "POPUP", "search",
          "MANAGE_USERS", {"views": ["CUSTOMER_DETAILS"]}),
)  # fmt: skip


def saleor_version(text: str) -> tuple[int, int] | None:
    """Return the major and minor number of a version such as 3.23.4; None if it is none."""
    match = re.match(r"(\d{1,4})\.(\d{1,4})(?!\d)", text)
    return (int(match[1]), int(match[2])) if match else None


def webhooks_for(version: tuple[int, int]) -> list[Webhook]:
    """Return the webhooks that this version of Saleor accepts."""
    return [webhook for webhook in WEBHOOKS if webhook.since <= version]


def manifest(base_url: str, *, saleor: tuple[int, int] | None) -> dict[str, Any]:
    """Return the manifest of an app that is reached at `base_url` (without a slash at its end).

    What a version of Saleor does not know it ignores, but for queries: those it must understand.
    An unknown version, None, gets everything.
    """
    about = f"{base_url}/about"
    return {
        "id": IDENTIFIER,
        "name": "Loyalty",
        "version": version("saleor-loyalty"),
        "about": "Orders become points, with a reason for every entry.",
        "author": "saleor-loyalty",
        "permissions": list(PERMISSIONS),
        "requiredSaleorVersion": REQUIRED_SALEOR,
        "appUrl": f"{base_url}/dashboard",
        "tokenTargetUrl": f"{base_url}/api/register",
        "homepageUrl": about,
        "supportUrl": f"{about}#support",
        "dataPrivacyUrl": f"{about}#privacy",
        "brand": {"logo": {"default": f"{base_url}/static/loyalty/logo.png"}},
        "extensions": [mount.entry(base_url) for mount in MOUNTS],
        "webhooks": [
            webhook.entry(base_url) for webhook in (webhooks_for(saleor) if saleor else WEBHOOKS)
        ],
    }
