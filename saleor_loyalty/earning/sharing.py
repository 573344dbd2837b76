"""Whole points out of exact ones, so that sums stay right. Pure.

Each gets its share rounded down; what is left goes, point by point, to those who lost most by
rounding, the first of equals first.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import floor


def rounded(exact: Sequence[Fraction]) -> list[int]:
    """Return whole numbers next to the exact ones, whose sum is theirs rounded down."""
    given = [floor(each) for each in exact]
    left = floor(sum(exact, Fraction(0))) - sum(given)
    losses = [each - part for each, part in zip(exact, given, strict=True)]
    return _with_rest(given, losses, left)


def shared_out(points: int, weights: Sequence[int]) -> list[int]:
    """Share points out in proportion; with weights of nothing the first gets all.

    Neither the points nor the weights need be positive, but all weights have one sign.
    """
    if points < 0:
        return [-part for part in shared_out(-points, weights)]
    weights = [abs(weight) for weight in weights]
    whole = sum(weights)
    if not whole:
        return [points, *[0] * (len(weights) - 1)]
    parts = [divmod(weight * points, whole) for weight in weights]
    given = [part for part, _ in parts]
    return _with_rest(given, [loss for _, loss in parts], points - sum(given))


def _with_rest(
    given: list[int], losses: Sequence[int] | Sequence[Fraction], left: int
) -> list[int]:
    if left:
        # Sorting keeps equals in their order, also in reverse.
        by_loss = sorted(range(len(given)), key=losses.__getitem__, reverse=True)
        for index in by_loss[:left]:
            given[index] += 1
    return given
