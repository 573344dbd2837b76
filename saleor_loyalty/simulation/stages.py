"""How a shop's members are counted: in parts, page by page, and how far that is.

Members are split into PARTS by the beginning of their keys, which are random. Parts are counted
apart from each other, in one process or in several; a stage is all that is needed to go on.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from saleor_loyalty.simulation import reading
from saleor_loyalty.simulation.comparison import Comparison
from saleor_loyalty.simulation.rules import Programmes, compare

PARTS = 64
_KEYS = 2**128
# No member has either key.
_FIRST, _LAST = UUID(int=0), UUID(int=_KEYS - 1)


@dataclass(frozen=True, slots=True)
class Task:
    """What every part of a backtest is told."""

    installation_id: UUID
    programmes: Programmes
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a backtest is: the members up to the key `reached` are in the comparison."""

    reached: UUID = _FIRST
    comparison: Comparison = field(default_factory=Comparison)

    @property
    def is_last(self) -> bool:
        """Tell whether everybody is counted."""
        return self.reached == _LAST


_STAGE = TypeAdapter(Stage)


def progress(reached: UUID) -> float:
    """Return the share of the members up to a key, which are spread evenly: 0 to 1."""
    return reached.int / _KEYS


def as_json(stage: Stage) -> Any:
    """Return the stage as plain JSON."""
    return _STAGE.dump_python(stage, mode="json")


def from_json(document: Any) -> Stage:
    """Return the stage that `as_json` made this of; None is the first."""
    return Stage() if document is None else _STAGE.validate_python(document)


def next_stage(task: Task, stage: Stage, *, last: UUID = _LAST) -> Stage:
    """Count the next page of members up to the key `last`; the stage given is of no use then."""
    page = reading.page(task.installation_id, after=stage.reached, last=last, until=task.until)
    counted = compare(page.histories, task.programmes, since=task.since, until=task.until)
    stage.comparison.add(counted)
    return Stage(page.reached, stage.comparison)


def count_part(task: Task, part: int) -> Comparison:
    """Count one part of the members."""
    first, last = _bounds(part)
    stage = Stage(first)
    while stage.reached != last:
        stage = next_stage(task, stage, last=last)
    return stage.comparison


def _bounds(part: int) -> tuple[UUID, UUID]:
    """Return the key before those of a part, and its last one."""
    size = _KEYS // PARTS
    return UUID(int=max(0, part * size - 1)), UUID(int=(part + 1) * size - 1)
