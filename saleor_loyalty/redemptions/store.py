"""How redemptions' rows are changed by steps that take time, and leased meanwhile.

While Saleor is asked, an order that uses the redemption may be heard of. So a step never saves a
row it read before: it changes the columns it knows about, of a row that still is as expected.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.sql import fetch, run

#: Longer than all calls take that are made under one lease, with their time-outs.
LEASE = timedelta(seconds=20 * settings.SALEOR_TIMEOUT_S)
#: The outbox leaves what a request works on alone for so long.
SOON = timedelta(seconds=30)
TROUBLE_CHARACTERS_MAX = 300
#: How long a request waits for whoever works on the redemption, and how often it looks.
WAIT_S_MAX = 25
_LOOK_S = 0.05
#: What nothing happens to is looked at so often.
REVIEW = timedelta(days=1)

_CLAIM = """
UPDATE loyalty_redemption SET leased_until = %s WHERE id = (
    SELECT id FROM loyalty_redemption
    WHERE due_at <= %s AND (leased_until IS NULL OR leased_until <= %s)
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""
_LEASE = """
UPDATE loyalty_redemption SET leased_until = %s
WHERE id = %s AND (leased_until IS NULL OR leased_until <= %s) RETURNING id
"""
_FREE = "UPDATE loyalty_redemption SET leased_until = NULL WHERE id = %s AND leased_until = %s"


class Busy(TimeoutError):
    """Somebody else works on the redemption, and did not finish in time."""


def claim(*, at: datetime) -> UUID | None:
    """Lease the redemption that is due the longest; free it with `free`. None: none is due."""
    rows = fetch(_CLAIM, [at + LEASE, at, at])
    return rows[0][0] if rows else None


def free(redemption_id: UUID, *, claimed_at: datetime) -> None:
    """End a lease that was taken at this moment."""
    run(_FREE, [redemption_id, claimed_at + LEASE])


@contextmanager
def leased(redemption_id: UUID, *, at: datetime) -> Iterator[Redemption]:
    """Work on a redemption that nobody else works on meanwhile, as it is then.

    :raises Busy: if somebody else does for too long.
    """
    began = time.monotonic()
    while True:
        waited = time.monotonic() - began
        now = at + timedelta(seconds=waited)
        if fetch(_LEASE, [now + LEASE, redemption_id, now]):
            break
        if waited > WAIT_S_MAX:
            raise Busy(str(redemption_id))
        time.sleep(_LOOK_S)
    try:
        yield get(redemption_id)
    finally:
        free(redemption_id, claimed_at=now)


def get(redemption_id: UUID) -> Redemption:
    """Return a redemption with its member."""
    return Redemption.objects.select_related("member").get(id=redemption_id)


@transaction.atomic
def change(redemption: Redemption, *, only: str | None = None, **changes: Any) -> bool:
    """Change columns of a redemption, here and in the database; tell whether that was done.

    Who woke it up since it was read is not forgotten: it is due no later then. What else may have
    happened meanwhile, its end and its use, is known here afterwards.

    :param only: the status it must still have; otherwise nothing is changed.
    """
    row = Redemption.objects.select_for_update().get(id=redemption.id)
    is_as_expected = only is None or row.status == only
    if is_as_expected:
        if "due_at" in changes and row.due_at and row.due_at != redemption.due_at:
            changes["due_at"] = min(row.due_at, changes["due_at"] or row.due_at)
        for name, value in changes.items():
            setattr(row, name, value)
            setattr(redemption, name, value)
        row.save(update_fields=list(changes))
    redemption.status, redemption.closing_as = row.status, row.closing_as
    redemption.due_at = row.due_at
    return is_as_expected


def next_look(redemption: Redemption, at: datetime) -> datetime:
    """Return when an issued redemption is to be looked at next."""
    return min(redemption.expires_at, at + REVIEW)


def put_off(redemption_id: UUID, *, until: datetime) -> None:
    """Let a redemption wait."""
    Redemption.objects.filter(id=redemption_id).update(due_at=until)


def put_off_shop(installation_id: UUID, *, at: datetime, until: datetime) -> None:
    """Let all redemptions of a shop wait that are due; those somebody works on are left alone."""
    due = Redemption.objects.filter(installation_id=installation_id, due_at__lte=at)
    due.filter(leased_until=None).update(due_at=until)
