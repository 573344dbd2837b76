"""What was measured, and what was promised."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One operation: ours beside the limit, both in operations a second."""

    operation: str
    ours: float
    limit: float | None = None
    # Processor time of our processes for one operation, PostgreSQL's not included.
    cpu_us: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    # Of the limit, at least.
    target: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours as a share of the limit."""
        return self.ours / self.limit if self.limit else None


@dataclass(frozen=True, slots=True)
class Promise:
    """A number that must not be above (or below) a bound; without one, to compare others with."""

    name: str
    measured: float
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    @property
    def is_met(self) -> bool:
        """Tell whether it is kept."""
        is_enough = self.at_least is None or self.measured >= self.at_least
        return is_enough and (self.at_most is None or self.measured <= self.at_most)


def middle(measure: Callable[[], float], times: int = 3) -> float:
    """Return the median of several measurements."""
    return median(measure() for _ in range(times))


def text(lines: Sequence[Line], promises: Sequence[Promise]) -> str:
    """Return both tables in Markdown."""
    measured = _table(
        ("Operation", "ours/s", "limit/s", "ratio", "target", "p50 ms", "p99 ms", "CPU µs"),
        [
            (line.operation, _number(line.ours), _number(line.limit), _share(line.ratio),
             _share(line.target), _number(line.p50_ms, 1), _number(line.p99_ms, 1),
             _number(line.cpu_us))
            for line in lines
        ],
    )  # fmt: skip
    promised = _table(
        ("Promise", "bound", "measured", "met"),
        [
            (promise.name, _bound(promise), f"{promise.measured:.2f}{promise.unit}",
             _kept(promise))
            for promise in promises
        ],
    )  # fmt: skip
    return f"{measured}\n\n{promised}"


def as_json(lines: Sequence[Line], promises: Sequence[Promise]) -> dict[str, Any]:
    """Return everything as JSON can hold it."""
    return {
        "lines": [asdict(line) | {"ratio": line.ratio} for line in lines],
        "promises": [asdict(promise) | {"is_met": promise.is_met} for promise in promises],
    }


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [head, rule, *rows]
    return "\n".join("| " + " | ".join(_pad(line, widths)) + " |" for line in lines)


def _pad(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = zip(cells, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]


def _number(value: float | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _bound(promise: Promise) -> str:
    if promise.at_least is not None:
        return f"≥ {promise.at_least:g}{promise.unit}"
    return "" if promise.at_most is None else f"≤ {promise.at_most:g}{promise.unit}"


def _kept(promise: Promise) -> str:
    if not _bound(promise):
        return ""
    return "yes" if promise.is_met else "NO"
