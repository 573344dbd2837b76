"""Changing which shops installed us."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_loyalty.installations import queries, secrets
from saleor_loyalty.installations.models import Installation

ROTATED_AT_ONCE = 500


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


def claim_key_refetch(*, installation_id: UUID, at: datetime, wait: timedelta) -> bool:
    """Tell whether the caller may fetch the shop's keys; `wait` passes between two fetches."""
    # Strangers get here with forged signatures. Unless a fetch is due no row is found, and so
    # none is locked; of those who find it at once, all but one look again and find it changed.
    due = Installation.objects.filter(pk=installation_id, jwks_tried_at__lte=at - wait)
    return due.update(jwks_tried_at=at) == 1


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
    all_rows = Installation.objects.select_for_update().only("token").order_by("id")
    count, rows = 0, list(all_rows[:ROTATED_AT_ONCE])
    while rows:
        for row in rows:
            row.token = secrets.rotate(bytes(row.token))
        Installation.objects.bulk_update(rows, ["token"])
        count += len(rows)
        rows = list(all_rows.filter(pk__gt=rows[-1].pk)[:ROTATED_AT_ONCE])
    transaction.on_commit(queries.forget)
    return count
