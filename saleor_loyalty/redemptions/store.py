"""How redemptions' rows are changed by steps that take time, and leased meanwhile.

While Saleor is asked, an order that uses the redemption may be heard of. So a step never saves a
row it read before: it changes the columns it knows about, of a row that still is as expected.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

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

_CHANGE = """
UPDATE loyalty_redemption SET {columns} WHERE id = %s AND (%s::text IS NULL OR status = %s)
RETURNING status, closing_as, due_at
"""
# What was due at the moment that is known is due anew; what somebody woke up, no later than then.
_DUE_AT = """
CASE WHEN due_at IS DISTINCT FROM %s::timestamptz
THEN LEAST(due_at, %s::timestamptz) ELSE %s::timestamptz END
"""
_FIELDS = {each.name: each for each in Redemption._meta.fields}  # noqa: SLF001 (it is documented)
_STATE = "SELECT status, closing_as, due_at FROM loyalty_redemption WHERE id = %s"


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


def change(redemption: Redemption, *, only: str | None = None, **changes: Any) -> bool:
    """Change columns of a redemption, here and in the database; tell whether that was done.

    Who woke it up since it was read is not forgotten: it is due no later then. What else may have
    happened meanwhile, its end and its use, is known here afterwards.

    :param only: the status it must still have; otherwise nothing is changed.
    """
    rows = _changed(redemption, only, changes) if changes else []
    if rows:
        for name, value in changes.items():
            setattr(redemption, name, value)
    [state] = rows or fetch(_STATE, [redemption.id])
    redemption.status, redemption.closing_as, redemption.due_at = state
    return bool(rows) or (not changes and only in (None, redemption.status))


def _changed(
    redemption: Redemption, only: str | None, changes: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    columns, values = list[str](), list[Any]()
    for name, value in changes.items():
        is_due_at = name == "due_at"
        columns.append(f"{name} = {_DUE_AT if is_due_at else '%s'}")
        prepared = _FIELDS[name].get_db_prep_save(value, connection)
        values += [redemption.due_at, prepared, prepared] if is_due_at else [prepared]
    statement = _CHANGE.format(columns=", ".join(columns))
    return fetch(statement, [*values, redemption.id, only, only])


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
