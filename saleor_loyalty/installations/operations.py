"""Changing which shops installed us."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_loyalty.installations import queries, secrets
from saleor_loyalty.installations.models import Installation

ROTATED_AT_ONCE_MAX = 10_000


@transaction.atomic
def install(
    *,
    api_url: str,
    app_id: str,
    token: str,
    jwks: Mapping[str, Any],
    saleor_version: str,
    at: datetime,
) -> UUID:
    """Remember a shop that installed us; return its key.

    A shop that installs us again keeps its key, and with it members, points and the place up to
    which its orders were seen; all that Saleor gave us is replaced at once.
    """
    given = {
        "app_id": app_id,
        "token": secrets.encrypt(token),
        "jwks": dict(jwks),
        "jwks_fetched_at": at,
        "jwks_tried_at": at,
        "saleor_version": saleor_version,
        "is_active": True,
    }
    row, _is_new = Installation.objects.update_or_create(
        api_url=api_url,
        defaults=given,
        create_defaults={**given, "installed_at": at, "orders_seen_until": at},
    )
    transaction.on_commit(queries.forget)
    return row.id


@transaction.atomic
def deactivate(*, installation_id: UUID, app_id: str) -> None:
    """Note that the shop removed our app `app_id`. Members and points stay as they are.

    Nothing happens if it has installed us anew since, as another app.
    """
    Installation.objects.filter(pk=installation_id, app_id=app_id).update(is_active=False)
    transaction.on_commit(queries.forget)


@transaction.atomic
def claim_key_refetch(*, installation_id: UUID, at: datetime, wait: timedelta) -> bool:
    """Tell whether the caller may fetch the shop's keys; `wait` passes between two fetches."""
    row = Installation.objects.select_for_update(no_key=True).get(pk=installation_id)
    if row.jwks_tried_at > at - wait:
        return False
    row.jwks_tried_at = at
    row.save(update_fields=["jwks_tried_at"])
    return True


def remember_keys(*, installation_id: UUID, jwks: Mapping[str, Any], at: datetime) -> None:
    """Replace the shop's signing keys."""
    Installation.objects.filter(pk=installation_id).update(jwks=dict(jwks), jwks_fetched_at=at)
    queries.forget()


def orders_seen_until(*, installation_id: UUID, moment: datetime) -> None:
    """Note that the poller has seen every order changed before `moment`; it never goes back."""
    rows = Installation.objects.filter(pk=installation_id, orders_seen_until__lt=moment)
    rows.update(orders_seen_until=moment)


def orders_reread_until(*, installation_id: UUID, order_key: UUID | None) -> None:
    """Note the last order the poller read again; None when a round is complete."""
    Installation.objects.filter(pk=installation_id).update(orders_reread_until=order_key)


@transaction.atomic
def rotate_secrets() -> int:
    """Encrypt every shop's token with the first of ENCRYPTION_KEYS; return how many there are.

    :raises UnreadableSecret: if one opens with none of them; then nothing is changed.
    """
    rows = list(Installation.objects.select_for_update().order_by("id")[:ROTATED_AT_ONCE_MAX])
    for row in rows:
        row.token = secrets.rotate(bytes(row.token))
    Installation.objects.bulk_update(rows, ["token"], batch_size=500)
    transaction.on_commit(queries.forget)
    return len(rows)
