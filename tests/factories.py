"""Rows as production makes them, for tests that need some to be there."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.secrets import encrypt
from saleor_loyalty.keys import member_key, new_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.book import Life
from saleor_loyalty.members.operations import enrol
from saleor_loyalty.programme.document import Programme, starting_programme
from saleor_loyalty.programme.operations import publish

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
_serial = count(1)


def make_installation(
    *, api_url: str | None = None, app_id: str = "QXBwOjE=", jwks: dict[str, Any] | None = None
) -> Installation:
    """A shop that installed us, without a programme."""
    return Installation.objects.create(
        api_url=api_url or f"https://shop{next(_serial)}.example/graphql/",
        app_id=app_id,
        token=encrypt("token"),
        jwks=jwks or {"keys": []},
        jwks_fetched_at=NOON,
        jwks_tried_at=NOON,
        saleor_version="3.23.0",
        installed_at=NOON,
        orders_seen_until=NOON,
    )


def make_shop(programme: Programme | None = None, **installation: Any) -> Installation:
    """A shop with a published programme: by default one point a dollar, available at once."""
    shop = make_installation(**installation)
    document = programme or starting_programme(["USD"])
    publish(installation_id=shop.pk, document=document, at=NOON - DAY)
    return shop


def make_member(shop: Installation | None = None, user: str | None = None) -> UUID:
    """An enrolled member without points."""
    shop = shop or make_installation()
    user = user or f"VXNlcjo{next(_serial)}"
    enrol(installation_id=shop.pk, saleor_user_ids=[user], at=NOON)
    return member_key(shop.pk, user)


def give(
    member_id: UUID,
    points: int,
    *,
    expires_at: datetime | None = None,
    matures_at: datetime | None = NOON,
    order_id: UUID | None = None,
    version_id: UUID | None = None,
    at: datetime = NOON,
) -> UUID:
    """Let the member earn points; return the posting."""
    part = ledger.Part(points, Life(matures_at, expires_at))
    change = ledger.OrderChange(
        member_id, order_id or new_key(), f"test:{next(_serial)}", {"code": "ORDER", "order": "1"},
        at, [part], version_id=version_id,
    )  # fmt: skip
    with transaction.atomic():
        [posting] = ledger.converge_orders(changes=[change], at=at)
    assert posting, "the order had them already"
    return posting


def order_payload(
    *,
    order_id: str = "T3JkZXI6MQ==",
    number: str = "1001",
    user: str | None = "VXNlcjox",
    lines: list[dict[str, Any]] | None = None,
    updated_at: datetime = NOON,
    **changes: Any,
) -> dict[str, Any]:
    """A fully paid order as Saleor would tell it: two lines of 60 and 40, shipping 10."""
    lines = [order_line("L1", 60), order_line("L2", 40)] if lines is None else lines
    shipping = Decimal(10)
    total = sum((line["totalPrice"]["gross"]["amount"] for line in lines), shipping)
    payload = {
        "id": order_id, "number": number, "created": NOON.isoformat(),
        "updatedAt": updated_at.isoformat(), "origin": "CHECKOUT", "status": "UNFULFILLED",
        "chargeStatus": "FULL", "user": {"id": user} if user else None,
        "total": {"currency": "USD", "gross": {"amount": total}},
        "shippingPrice": {"gross": {"amount": shipping}, "net": {"amount": Decimal(8)}},
        "totalCharged": {"amount": total}, "totalRefunded": {"amount": Decimal(0)},
        "lines": lines, "transactions": [], "fulfillments": [], "grantedRefunds": [],
        "channel": {"slug": "default-channel"}, "voucherCode": None, "discounts": [],
        "giftCards": [],
    }  # fmt: skip
    return payload | changes


def order_line(line_id: str, gross: int | str, *, quantity: int = 1, kind: str = "NORMAL",
               is_gift: bool = False) -> dict[str, Any]:  # fmt: skip
    """A line of `quantity` pieces that costs `gross` in all, a fifth of the net price being tax."""
    amount = Decimal(gross)
    price = {"gross": {"amount": amount}, "net": {"amount": amount / Decimal("1.2")}}
    product = {
        "slug": "shirt", "productType": {"slug": "clothes", "kind": kind},
        "category": {"slug": "shirts", "parent": {"slug": "apparel", "parent": None}},
        "collections": [{"slug": "summer"}],
    }  # fmt: skip
    return {
        "id": line_id, "quantity": quantity, "isGift": is_gift, "productSku": "SHIRT-M",
        "saleId": None, "voucherCode": None, "discounts": [],
        "totalPrice": price, "undiscountedTotalPrice": price, "variant": {"product": product},
    }  # fmt: skip


def money(amount: int | str) -> dict[str, Decimal]:
    """Saleor's Money, without its currency."""
    return {"amount": Decimal(amount)}
