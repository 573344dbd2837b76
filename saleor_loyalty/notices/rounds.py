"""Rounds through all of a shop, a bounded step at a time: whoever stops, the next one goes on."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from saleor_loyalty.keys import new_key
from saleor_loyalty.notices.models import Round
from saleor_loyalty.sql import run

logger = logging.getLogger(__name__)

_AFTER_FAILURE = timedelta(hours=1)

_BEGIN = """
INSERT INTO loyalty_round (id, installation_id, job, due_at)
SELECT %s, id, %s, %s FROM loyalty_installation AS installation
WHERE is_active AND NOT EXISTS (
    SELECT FROM loyalty_round WHERE installation_id = installation.id AND job = %s)
ORDER BY id LIMIT 1
ON CONFLICT DO NOTHING
"""

#: Does the next part of a round, and tells whether there is more; moves the round's place along.
Step = Callable[[Round], bool]


def go_on(job: Round.Job, step: Step, *, every: timedelta, at: datetime) -> int:
    """Take one step of one round that is due, and return how many were taken: none or one.

    One shop's trouble does not keep the others waiting: its round goes on an hour later.
    """
    run(_BEGIN, [new_key(), job, at, job])
    claimed = None
    try:
        with transaction.atomic():
            due = Round.objects.filter(job=job, due_at__lte=at, installation__is_active=True)
            locked = due.select_for_update(skip_locked=True, of=("self",))
            claimed = locked.order_by("due_at", "id").first()
            if claimed is None:
                return 0
            _step(claimed, step, every, at)
    except Exception:
        if claimed is None:
            raise
        logger.exception("%s stopped for a shop", job, extra={"shop": str(claimed.installation_id)})
        Round.objects.filter(pk=claimed.pk).update(due_at=at + _AFTER_FAILURE)
    return 1


def _step(claimed: Round, step: Step, every: timedelta, at: datetime) -> None:
    has_more = step(claimed)
    if not has_more:
        claimed.place_at = claimed.place_id = None
        claimed.due_at = at + every
    claimed.save(update_fields=["place_at", "place_id", "due_at"])
