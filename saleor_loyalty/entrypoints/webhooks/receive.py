"""A delivery is verified, stored and acknowledged. Understanding comes later."""

import hashlib
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from saleor_loyalty.entrypoints.webhooks import signatures
from saleor_loyalty.gateways.saleor.client import SaleorUnavailable
from saleor_loyalty.installations.queries import Shop, shop_by_api_url
from saleor_loyalty.keys import new_key
from saleor_loyalty.observability import logs
from saleor_loyalty.sql import run

logger = logging.getLogger(__name__)

_NAME_MAX = 64
_STORE = """
INSERT INTO loyalty_inboxevent (id, installation_id, name, digest, body, status, attempts,
                                due_at, traceback, received_at)
VALUES (%s, %s, %s, %s, %s, 'WAITING', 0, %s, '', %s)
ON CONFLICT ON CONSTRAINT inbox_event_stored_once DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What Saleor sent: the headers that matter, and the body as it came."""

    api_url: str
    event: str
    signature: str
    body: bytes


class Refused(Exception):
    """The delivery is not for us, or not from whom it says. Saleor will not send it again."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def receive(delivery: Delivery, *, at: datetime) -> HTTPStatus:
    """Store a delivery once; answer with the HTTP status that tells Saleor what to do next.

    2xx: stored (or known already). 4xx: final, nothing was stored. 503: please send it again.
    """
    try:
        try:
            _take_in(delivery, at)
        except (OperationalError, InterfaceError):
            # A connection that outlived its server: try once more with a new one.
            connection.close()
            _take_in(delivery, at)
    except Refused as refusal:
        with logs.about(shop=delivery.api_url[:255], event=delivery.event[:64]):
            logger.info("delivery refused: %s", refusal)
        return refusal.status
    except (SaleorUnavailable, DatabaseError, InterfaceError) as trouble:
        with logs.about(shop=delivery.api_url[:255], event=delivery.event[:64]):
            logger.warning("delivery postponed: %s", type(trouble).__name__)
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.OK


def _take_in(delivery: Delivery, at: datetime) -> None:
    shop = _verified(delivery, at)
    event = _event(delivery, shop)
    store(delivery, shop, event["__typename"], at)


def _verified(delivery: Delivery, at: datetime) -> Shop:
    if len(delivery.body) > settings.WEBHOOK_BODY_BYTES_MAX:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body too large")
    shop = shop_by_api_url(delivery.api_url)
    if shop is None or not shop.is_active:
        raise Refused(HTTPStatus.NOT_FOUND, "unknown shop")
    try:
        signatures.verify(delivery.body, delivery.signature, shop=shop, at=at)
    except signatures.BadSignature as error:
        raise Refused(HTTPStatus.UNAUTHORIZED, f"bad signature: {error}") from error
    return shop


def _event(delivery: Delivery, shop: Shop) -> dict[str, Any]:
    """Check that the signed body was meant for us, and is the event the header names.

    The signature covers neither: without this a body signed for another app could be replayed.
    """
    try:
        event = json.loads(delivery.body)
        name, recipient = event["__typename"], event["recipient"]["id"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "not an event") from error
    if recipient != shop.app_id:
        raise Refused(HTTPStatus.UNAUTHORIZED, "signed for another app")
    if (
        not isinstance(name, str)
        or name.lower() != delivery.event.replace("_", "").lower()
        or len(name) > 64
    ):
        raise Refused(HTTPStatus.BAD_REQUEST, "the header names another event")
    return dict(event)


def store(delivery: Delivery, shop: Shop, name: str, at: datetime) -> None:
    """Put a delivery whose signature was good into the inbox, unless it is there."""
    digest = hashlib.sha256(delivery.body).digest()
    run(_STORE, [new_key(), shop.id, name, digest, delivery.body, at, at])
