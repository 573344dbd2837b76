"""Running backtests: at once, from the command line; or for staff, step by step in the background.

A step counts one page of members and commits how far that brought it. So it takes seconds however
large the shop is, and a worker that is killed loses no more than one step.
"""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import datetime
from functools import lru_cache
from multiprocessing import get_context
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import django
from django.db import transaction
from django.db.models import F

from saleor_loyalty.earning.calendar import later
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.programme.document import Programme, Version, always
from saleor_loyalty.programme.queries import NoProgramme, versions
from saleor_loyalty.simulation.comparison import Comparison
from saleor_loyalty.simulation.models import Backtest
from saleor_loyalty.simulation.reports import report
from saleor_loyalty.simulation.rules import Programmes
from saleor_loyalty.simulation.stages import (
    PARTS,
    Task,
    as_json,
    count_part,
    from_json,
    next_stage,
)

logger = logging.getLogger(__name__)

MONTHS_MAX = 120
#: Backtests that are kept of a shop, the newest.
KEPT_MAX = 20
#: A step that was begun so often in vain is not begun again.
TRIES_MAX = 3


class StillRunning(Exception):
    """The shop's last backtest is not over yet: one at a time."""

    def __init__(self, running: Backtest) -> None:
        super().__init__(str(running.pk))
        self.running = running


def plan(*, installation_id: UUID, draft: Programme, months: int, at: datetime) -> Task:
    """Return what is to be counted: the last months' orders, under `draft` and what is in force.

    :raises NoProgramme: if the shop has none to compare with.
    """
    return _plan(installation_id, always(draft), months, at)


def backtest(
    task: Task,
    *,
    processes: int = 1,
    progress: Callable[[int], None] = lambda _parts_done: None,
) -> Comparison:
    """Count all of it.

    :param processes: more than one starts others, which works outside of Celery only.
    :param progress: told after each part how many of PARTS are done.
    """
    comparison = Comparison()
    for done, part in enumerate(_parts(task, processes), start=1):
        comparison.add(part)
        progress(done)
    return comparison


@transaction.atomic
def ask(
    *, installation_id: UUID, draft: Programme, months: int, at: datetime, by: str = ""
) -> Backtest:
    """Ask for a backtest; a timer runs it. The shop's oldest ones are forgotten.

    :raises NoProgramme: if the shop has none to compare with.
    :raises StillRunning: nothing was asked for.
    """
    Installation.objects.select_for_update(no_key=True).get(pk=installation_id)
    known = Backtest.objects.filter(installation_id=installation_id)
    if running := known.filter(status__in=Backtest.OPEN).first():
        raise StillRunning(running)
    newest = list(known.order_by("-id").values_list("id", flat=True)[: KEPT_MAX - 1])
    known.exclude(id__in=newest).delete()
    return Backtest.objects.create(
        installation_id=installation_id,
        document=draft.model_dump(mode="json"),
        version_id=_in_force(installation_id, at)[0].id,
        months=months,
        requested_at=at,
        requested_by=by,
    )


def go_on(*, at: datetime) -> bool:
    """Go one step on with the backtest that has waited longest; return whether there was any.

    One that did not get on so often that there is no hope is given up instead.
    """
    if (begun := _begin(at)) is None:
        return False
    if begun.tries >= TRIES_MAX:
        logger.error("backtest %s is given up", begun.pk)
        _note(begun, status=Backtest.Status.FAILED, finished_at=at)
        return True
    try:
        _step(begun, at)
    except Exception:
        # Others must have their turn, whatever it is; this one is tried again.
        logger.exception("a step of backtest %s failed", begun.pk)
    return True


def _plan(installation_id: UUID, draft: Version, months: int, at: datetime) -> Task:
    in_force = _in_force(installation_id, at)
    zone = ZoneInfo(draft.document.timezone)
    programmes = Programmes.of(in_force[0], draft, in_force)
    return Task(installation_id, programmes, later(at, zone, months=-months), at)


def _in_force(installation_id: UUID, at: datetime) -> list[Version]:
    """Return the version in force at `at`, and those before it."""
    found = [each for each in versions(installation_id) if each.effective_from <= at]
    if not found:
        raise NoProgramme(str(installation_id))
    return found


@transaction.atomic
def _begin(at: datetime) -> Backtest | None:
    """Choose a backtest, and remember that a step of it is begun."""
    waiting = Backtest.objects.filter(status__in=Backtest.OPEN)
    turn = waiting.order_by(F("worked_at").asc(nulls_first=True), "id")
    found = turn.select_for_update(no_key=True, skip_locked=True).first()
    if found:
        running = Backtest.Status.RUNNING
        _note(found, status=running, worked_at=at, tries=min(found.tries + 1, TRIES_MAX))
    return found


def _step(begun: Backtest, at: datetime) -> None:
    task = _task(begun.pk)
    stage = next_stage(task, from_json(begun.stage))
    if stage.is_last:
        figures = report(stage.comparison, task.programmes)
        _note(begun, status=Backtest.Status.DONE, result=figures, stage=None, finished_at=at)
    else:
        _note(begun, stage=as_json(stage), tries=0)


def _note(run: Backtest, **changes: Any) -> None:
    # What is over stays so.
    Backtest.objects.filter(pk=run.pk, status__in=Backtest.OPEN).update(**changes)


@lru_cache(maxsize=8)
def _task(backtest_id: UUID) -> Task:
    """Return what a backtest is about; the same for each of its steps."""
    row = Backtest.objects.get(pk=backtest_id)
    # Its own key, so that its terms are made ready once.
    draft = Version(row.pk, 0, Programme.model_validate(row.document), row.requested_at)
    return _plan(row.installation_id, draft, row.months, row.requested_at)


def _parts(task: Task, processes: int) -> Iterator[Comparison]:
    if processes == 1:
        yield from (count_part(task, part) for part in range(PARTS))
        return
    # Fresh processes: a copy of this one would share its connection to the database.
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=django.setup) as pool:
        for counted in as_completed([pool.submit(count_part, task, part) for part in range(PARTS)]):
            yield counted.result()
