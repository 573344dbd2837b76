"""Exact numbers of points, line by line. Pure.

They are integers over a common denominator: as exact as fractions, and much faster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm


@dataclass(frozen=True, slots=True)
class Cells:
    """What one rule gives for some lines: `parts[n] / whole` points for line `lines[n]`."""

    lines: Sequence[int]
    parts: Sequence[int]
    whole: int

    @property
    def total(self) -> Fraction:
        """Return all of it."""
        return Fraction(sum(self.parts), self.whole)

    def times(self, factor: Fraction) -> "Cells":
        """Return so much of it."""
        by = factor.numerator
        parts = [part * by for part in self.parts]
        return Cells(self.lines, parts, self.whole * factor.denominator)


class Tally:
    """What several rules give for each line of an order, so far."""

    __slots__ = ("_parts", "_whole")

    def __init__(self, lines: int) -> None:
        self._parts = [0] * lines
        self._whole = 1

    def copy(self) -> "Tally":
        """Return another tally of the same points."""
        other = Tally(0)
        other._parts, other._whole = self._parts.copy(), self._whole
        return other

    def add(self, cells: Cells) -> None:
        """Count more points, or fewer."""
        self._refine(cells.whole)
        by, parts = self._whole // cells.whole, self._parts
        for line, part in zip(cells.lines, cells.parts, strict=True):
            parts[line] += part * by

    def of(self, lines: Sequence[int]) -> Cells:
        """Return the points of some lines."""
        parts = self._parts
        return Cells(lines, [parts[line] for line in lines], self._whole)

    def at_most(self, cells: Cells) -> Cells:
        """Return of some loss what there is to lose."""
        self._refine(cells.whole)
        by, parts = self._whole // cells.whole, self._parts
        left = [
            max(part * by, -parts[line])
            for line, part in zip(cells.lines, cells.parts, strict=True)
        ]
        return Cells(cells.lines, left, self._whole)

    def _refine(self, whole: int) -> None:
        """Find a denominator that both have."""
        by = lcm(self._whole, whole) // self._whole
        if by > 1:
            self._parts = [part * by for part in self._parts]
            self._whole *= by
