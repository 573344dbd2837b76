"""How budgets are locked and saved, and what activities earned."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from saleor_loyalty.keys import new_key
from saleor_loyalty.orders.rules import Earned
from saleor_loyalty.orders.store import EARNED, EARNED_COLUMNS, earned_row
from saleor_loyalty.sql import as_json, fetch, run

_MAKE = """
INSERT INTO loyalty_budget (id, installation_id, key, spent)
SELECT id, %s, key, 0 FROM jsonb_to_recordset(%s::jsonb) AS row(id uuid, key text)
ORDER BY key
ON CONFLICT ON CONSTRAINT budget_once_per_key DO NOTHING
"""
_LOCK = """
SELECT key, spent FROM loyalty_budget WHERE installation_id = %s AND key = ANY(%s)
ORDER BY key FOR NO KEY UPDATE
"""
_READ = "SELECT key, spent FROM loyalty_budget WHERE installation_id = %s AND key = ANY(%s)"
_SAVE = """
UPDATE loyalty_budget AS budget SET spent = row.spent
FROM jsonb_to_recordset(%s::jsonb) AS row(key text, spent bigint)
WHERE budget.installation_id = %s AND budget.key = row.key
"""
_SAVE_ACTIVITIES = f"""
UPDATE loyalty_activity AS done SET {EARNED}
FROM jsonb_to_recordset(%s::jsonb) AS row(id uuid, {EARNED_COLUMNS})
WHERE done.id = row.id
"""  # noqa: S608


def lock_budgets(installation_id: UUID, keys: Collection[str]) -> defaultdict[str, int]:
    """Return what was given of the budgets, and keep everybody else from giving more."""
    if not keys:
        return defaultdict(int)
    wanted = sorted(keys)
    if len(found := fetch(_LOCK, [installation_id, wanted])) < len(wanted):
        run(_MAKE, [installation_id, as_json([{"id": new_key(), "key": key} for key in wanted])])
        found = fetch(_LOCK, [installation_id, wanted])
    return defaultdict(int, found)


def read_budgets(installation_id: UUID, keys: Collection[str]) -> defaultdict[str, int]:
    """Return what was given of the budgets so far."""
    return defaultdict(int, fetch(_READ, [installation_id, sorted(keys)]) if keys else ())


def save_budgets(installation_id: UUID, spent: Mapping[str, int]) -> None:
    """Write what was given of budgets that are locked."""
    if spent:
        rows = [{"key": key, "spent": points} for key, points in spent.items()]
        run(_SAVE, [as_json(rows), installation_id])


def save_activities(earned: Iterable[tuple[UUID, Earned]]) -> None:
    """Write what activities earned."""
    if rows := [{"id": activity_id} | earned_row(each) for activity_id, each in earned]:
        run(_SAVE_ACTIVITIES, [as_json(rows)])
