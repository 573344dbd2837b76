"""Running backtests: a shop's members in parts, each counted in bounded pages."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from uuid import UUID
from zoneinfo import ZoneInfo

import django
from django.db import transaction

from saleor_loyalty.accrual import reading
from saleor_loyalty.accrual.history import History
from saleor_loyalty.earning.calendar import later
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.queries import current
from saleor_loyalty.simulation.models import Backtest
from saleor_loyalty.simulation.reports import report
from saleor_loyalty.simulation.rules import Comparison, Programmes, compare
from saleor_loyalty.sql import fetch

logger = logging.getLogger(__name__)

#: Members are split into so many parts, by the first byte of their keys, which are random.
PARTS = 64
MEMBERS_MAX = 500
#: A run that did not finish within this was lost with its worker, and may be begun again.
RUNS_FOR_MAX = timedelta(hours=1)

_MEMBERS = """
SELECT id FROM loyalty_member
WHERE installation_id = %s AND id > %s AND id < %s ORDER BY id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Task:
    """What every part of a backtest is told."""

    installation_id: UUID
    current: Programme
    draft: Programme
    since: datetime
    until: datetime


def backtest(
    *,
    installation_id: UUID,
    draft: Programme,
    months: int,
    at: datetime,
    processes: int = 1,
    progress: Callable[[int], None] = lambda _parts_done: None,
) -> Comparison:
    """Count the shop's orders of the last months under `draft` and the programme in force.

    :param processes: more than one starts others, which works outside of Celery only.
    :param progress: told after each part how many of PARTS are done.
    :raises NoProgramme: if the shop has none to compare with.
    """
    in_force = current(installation_id, at).document
    since = later(at, ZoneInfo(draft.timezone), months=-months)
    task = Task(installation_id, in_force, draft, since, at)
    comparison = Comparison()
    for done, part in enumerate(_parts(task, processes), start=1):
        comparison.add(part)
        progress(done)
    comparison.within_budgets(in_force, draft)
    return comparison


def ask(*, installation_id: UUID, draft: Programme, months: int, at: datetime) -> Backtest:
    """Ask for a backtest; a timer runs it."""
    return Backtest.objects.create(
        installation_id=installation_id,
        document=draft.model_dump(mode="json"),
        months=months,
        requested_at=at,
    )


def run_next(*, at: datetime) -> int:
    """Run the backtest that has waited longest; return how many ran."""
    if (waiting := _claim(at)) is None:
        return 0
    try:
        comparison = backtest(
            installation_id=waiting.installation_id,
            draft=Programme.model_validate(waiting.document),
            months=waiting.months,
            at=waiting.requested_at,
            progress=lambda done: _note(waiting, parts_done=done),
        )
    except Exception:
        logger.exception("backtest %s failed", waiting.id)
        _note(waiting, status=Backtest.Status.FAILED, finished_at=at)
    else:
        _note(waiting, status=Backtest.Status.DONE, result=report(comparison), finished_at=at)
    return 1


@transaction.atomic
def _claim(at: datetime) -> Backtest | None:
    waiting = Backtest.objects.filter(status=Backtest.Status.WAITING) | Backtest.objects.filter(
        status=Backtest.Status.RUNNING, finished_at=None, requested_at__lt=at - RUNS_FOR_MAX
    )
    found = waiting.order_by("id").select_for_update(skip_locked=True).first()
    if found:
        _note(found, status=Backtest.Status.RUNNING)
    return found


def _note(run: Backtest, **changes: object) -> None:
    Backtest.objects.filter(pk=run.pk).update(**changes)


def _parts(task: Task, processes: int) -> Iterator[Comparison]:
    if processes == 1:
        yield from (count_part(task, part) for part in range(PARTS))
        return
    # Fresh processes: a copy of this one would share its connection to the database.
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=django.setup) as pool:
        for counted in as_completed([pool.submit(count_part, task, part) for part in range(PARTS)]):
            yield counted.result()


def count_part(task: Task, part: int) -> Comparison:
    """Count one part of the members, page by page."""
    comparison = Comparison()
    programmes = Programmes.of(task.current, task.draft)
    # Budgets are shared by the pages of a part.
    spent = programmes.nothing_spent()
    for page in _pages(task.installation_id, part):
        books = reading.books(page).values()
        histories = [(_untouched(book.history), book.numbers) for book in books]
        counted = compare(histories, programmes, spent=spent, since=task.since, until=task.until)
        comparison.add(counted)
    return comparison


def _pages(installation_id: UUID, part: int) -> Iterator[list[UUID]]:
    after, end = _first_key(part), _first_key(part + 1)
    while True:
        rows = fetch(_MEMBERS, [installation_id, after, end, MEMBERS_MAX])
        if rows:
            yield [row[0] for row in rows]
        if len(rows) < MEMBERS_MAX:
            return
        after = rows[-1][0]


def _first_key(part: int) -> UUID:
    return UUID(int=min(part * (2**128 // PARTS), 2**128 - 1))


def _untouched(history: History) -> History:
    """Return the history without what it took of real budgets."""
    return replace(history, entries=[replace(entry, granted={}) for entry in history.entries])
