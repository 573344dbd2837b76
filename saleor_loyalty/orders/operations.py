"""Orders converge: whatever was heard, and however often, the points end where they belong."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.ledger.book import Life
from saleor_loyalty.members.operations import enrol
from saleor_loyalty.observability import logs
from saleor_loyalty.orders import rules
from saleor_loyalty.orders.rules import Decision, Record
from saleor_loyalty.programme.queries import versions
from saleor_loyalty.sql import as_json, fetch, run

logger = logging.getLogger(__name__)

_MAKE = """
INSERT INTO loyalty_order (id, installation_id, saleor_id, number, currency, charged_peak,
                           state_digest, points, postings, receipt, recorded_at)
SELECT id, %s, saleor_id, '', '', 0, '', 0, 0, '{}', %s
FROM jsonb_to_recordset(%s::jsonb) AS row(id uuid, saleor_id text)
ORDER BY saleor_id
ON CONFLICT ON CONSTRAINT order_once_per_shop DO NOTHING
"""
_LOCK = """
SELECT id, saleor_id, number, member_id, programme_version_id, state_at, asked_at,
       state_digest, currency, charged_peak, paid_at, points, postings
FROM loyalty_order WHERE installation_id = %s AND saleor_id = ANY(%s)
ORDER BY id FOR NO KEY UPDATE
"""
_SAVE = """
UPDATE loyalty_order AS known
SET number = row.number, member_id = row.member_id, programme_version_id = row.version_id,
    state_at = row.state_at, asked_at = row.asked_at,
    state_digest = decode(row.state_digest, 'hex'), currency = row.currency,
    charged_peak = row.charged_peak, paid_at = row.paid_at, points = row.points,
    postings = row.postings, receipt = coalesce(row.receipt, known.receipt)
FROM jsonb_to_recordset(%s::jsonb) AS row(
    id uuid, number text, member_id uuid, version_id uuid, state_at timestamptz,
    asked_at timestamptz, state_digest text, currency text, charged_peak numeric,
    paid_at timestamptz, points bigint, postings int, receipt jsonb)
WHERE known.id = row.id
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a batch: orders that changed, and orders Saleor must be asked about."""

    changed: int
    doubtful: frozenset[str]


@transaction.atomic
def converge(
    *, installation_id: UUID, states: Iterable[OrderState], at: datetime, is_certain: bool = False
) -> Outcome:
    """Bring the points of each order to what its newest state says it should have earned.

    Takes the same number of round trips, a dozen or so, for one state and for five hundred.
    Of states older than what is known only the past is remembered: that the order was paid, and
    how much was ever charged. Where that may change its points, or a payload contradicts a state
    with the same change date, the order is reported as doubtful; an answer of Saleor's to our own
    question is certain (`is_certain`).
    """
    told = rules.gather(states)
    records = _lock(installation_id, list(told), at)
    changed = rules.sort(records, told, is_certain=is_certain)
    if changed.newer or changed.recalled:
        _carry_out(_decide(installation_id, changed, told, at, is_certain=is_certain), at)
    return Outcome(len(changed.newer), changed.doubtful)


def _decide(
    installation_id: UUID,
    changed: rules.Sorted,
    told: Mapping[str, rules.Tidings],
    at: datetime,
    *,
    is_certain: bool,
) -> list[Decision]:
    terms = versions(installation_id)
    states = [told[record.saleor_id].newest for record in changed.newer]
    buyers = {state.user_id for state in states if state.user_id}
    members = enrol(installation_id=installation_id, saleor_user_ids=buyers, at=at)
    return [rules.recall(record, versions=terms) for record in changed.recalled] + [
        rules.decide(
            record,
            state,
            versions=terms,
            member_id=members.get(state.user_id or ""),
            is_certain=is_certain,
        )
        for record, state in zip(changed.newer, states, strict=True)
    ]


def _lock(installation_id: UUID, saleor_ids: list[str], at: datetime) -> list[Record]:
    """Make the records that are missing, and lock all of them in the order of their keys."""
    possibly_new = [{"id": new_key(), "saleor_id": saleor_id} for saleor_id in saleor_ids]
    run(_MAKE, [installation_id, at, as_json(possibly_new)])
    return [_record(row) for row in fetch(_LOCK, [installation_id, saleor_ids])]


def _record(row: tuple[Any, ...]) -> Record:
    identifier, saleor_id, number, member_id, version_id, state_at, asked_at, digest, *rest = row
    return Record(
        identifier,
        saleor_id,
        number,
        member_id,
        version_id,
        state_at,
        asked_at,
        bytes(digest),
        *rest,
    )


def _carry_out(decisions: Sequence[Decision], at: datetime) -> None:
    ledger.post(
        changes=[_change(decision) for decision in decisions if decision.delta],
        schedules=[
            ledger.Schedule(decision.record.member_id, decision.record.id, decision.life)
            for decision in decisions
            # A first posting brings its dates along.
            if decision.record.member_id
            and decision.life
            and decision.record.postings > bool(decision.delta)
        ],
        at=at,
    )
    run(_SAVE, [as_json([_row(decision.record) for decision in decisions])])
    if logger.isEnabledFor(logging.DEBUG):
        _tell(decisions)


def _tell(decisions: Sequence[Decision]) -> None:
    """Log what became of each order; in normal work that would be most of what a drain costs."""
    for decision in decisions:
        with logs.about(order=decision.record.saleor_id):
            logger.debug("%+d points %s", decision.delta, decision.reason)


def _change(decision: Decision) -> ledger.Change:
    record = decision.record
    assert record.member_id
    assert record.state_at
    return ledger.Change(
        member_id=record.member_id,
        points=decision.delta,
        key=f"order:{record.id}:{record.postings}",
        reason={"code": decision.reason, "order": record.number},
        occurred_at=record.state_at,
        order_id=record.id,
        has_lots=record.postings > 1,
        life=decision.life or Life(),
    )


def _row(record: Record) -> dict[str, Any]:
    return {
        "id": record.id, "number": record.number, "member_id": record.member_id,
        "version_id": record.version_id, "state_at": record.state_at,
        "asked_at": record.asked_at, "state_digest": record.state_digest.hex(),
        "currency": record.currency, "charged_peak": record.charged_peak,
        "paid_at": record.paid_at, "points": record.points, "postings": record.postings,
        "receipt": record.receipt,
    }  # fmt: skip
