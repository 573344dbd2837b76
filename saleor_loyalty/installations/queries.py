"""Which shops installed us, answered from memory that is at most five seconds old."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from saleor_loyalty.gateways.saleor.client import Connection
from saleor_loyalty.installations import secrets
from saleor_loyalty.installations.models import Installation

API_URL_CHARACTERS_MAX = 255
KNOWN_S = 5
KNOWN_MAX = 1024


@dataclass(frozen=True, slots=True)
class Shop:
    """One Saleor shop that installed us. `app_id` is Saleor's id of our app there."""

    id: UUID
    api_url: str
    app_id: str
    token: bytes = field(repr=False)  # encrypted
    jwks: dict[str, Any] = field(repr=False)
    saleor_version: str
    is_active: bool


def shop_by_api_url(api_url: str) -> Shop | None:
    """Return the shop whose API is there, or None if it never installed us."""
    if len(api_url) > API_URL_CHARACTERS_MAX or "\0" in api_url:
        return None
    return _by_api_url(api_url, _tick())


def shop(installation_id: UUID) -> Shop:
    """Return the shop with this key.

    :raises Installation.DoesNotExist:
    """
    return _by_id(installation_id, _tick())


def active_shops() -> list[Shop]:
    """Return every shop that has us installed now."""
    return [_shop(row) for row in Installation.objects.filter(is_active=True).order_by("id")]


def orders_seen_until(installation_id: UUID) -> datetime:
    """Return the moment up to which the poller has seen the shop's orders.

    :raises Installation.DoesNotExist:
    """
    return Installation.objects.values_list("orders_seen_until", flat=True).get(pk=installation_id)


def orders_reread_until(installation_id: UUID) -> UUID | None:
    """Return the last order the poller read again; None at the start of a round.

    :raises Installation.DoesNotExist:
    """
    rows = Installation.objects.values_list("orders_reread_until", flat=True)
    return rows.get(pk=installation_id)


def stored_keys(installation_id: UUID) -> tuple[dict[str, Any], bool]:
    """Return the shop's signing keys as they are in the database, and whether they are current.

    They are not while they are being fetched again, or if the last attempt failed.

    :raises Installation.DoesNotExist:
    """
    row = Installation.objects.only("jwks", "jwks_fetched_at", "jwks_tried_at").get(
        pk=installation_id
    )
    return row.jwks, row.jwks_fetched_at >= row.jwks_tried_at


def connection(shop: Shop) -> Connection:
    """Return what opens the shop's API.

    :raises UnreadableSecret:
    """
    return Connection(api_url=shop.api_url, token=secrets.decrypt(shop.token))


def forget() -> None:
    """Forget what is in memory, after a change by this process."""
    _by_api_url.cache_clear()
    _by_id.cache_clear()


def _tick() -> int:
    # Part of the cache's key: what was learned in an earlier tick is not found again.
    return int(time.monotonic() // KNOWN_S)


@lru_cache(maxsize=KNOWN_MAX)
def _by_api_url(api_url: str, _known_in_tick: int) -> Shop | None:
    row = Installation.objects.filter(api_url=api_url).first()
    return _shop(row) if row else None


@lru_cache(maxsize=KNOWN_MAX)
def _by_id(installation_id: UUID, _known_in_tick: int) -> Shop:
    return _shop(Installation.objects.get(pk=installation_id))


def _shop(row: Installation) -> Shop:
    return Shop(
        id=row.id,
        api_url=row.api_url,
        app_id=row.app_id,
        token=bytes(row.token),
        jwks=row.jwks,
        saleor_version=row.saleor_version,
        is_active=row.is_active,
    )
