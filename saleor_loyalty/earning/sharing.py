"""Whole points out of exact ones, so that sums stay right. Pure.

Each gets its share rounded down; what is left goes, point by point, to those who lost most by
rounding, the first of equals first.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm


def rounded(exact: Sequence[Fraction]) -> list[int]:
    """Return whole numbers next to the exact ones, whose sum is theirs rounded down."""
    whole = lcm(*[each.denominator for each in exact])
    parts = [each.numerator * (whole // each.denominator) for each in exact]
    given = [part // whole for part in parts]
    left = sum(parts) // whole - sum(given)
    return _with_rest(given, [part % whole for part in parts], left)


def shared_out(points: int, weights: Sequence[int]) -> list[int]:
    """Share points out in proportion; with weights of nothing the first gets all.

    Neither the points nor the weights need be positive, but all weights have one sign.
    """
    whole = sum(weights)
    if whole < 0:
        return shared_out(points, [-weight for weight in weights])
    if points < 0:
        return [-part for part in shared_out(-points, weights)]
    if not whole:
        return [points, *[0] * (len(weights) - 1)]
    given = [weight * points // whole for weight in weights]
    left = points - sum(given)
    if not left:
        return given
    return _with_rest(given, [weight * points % whole for weight in weights], left)


def _with_rest(given: list[int], losses: Sequence[int], left: int) -> list[int]:
    # Sorting keeps equals in their order, also in reverse.
    by_loss = sorted(range(len(given)), key=losses.__getitem__, reverse=True)
    for index in by_loss[:left]:
        given[index] += 1
    return given
