"""Whole points out of exact ones: sums stay right, and nobody loses a whole point."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_loyalty.earning.sharing import rounded, shared_out


@pytest.mark.parametrize(
    ("exact", "expected"),
    [
        ([], []),
        (["1.5"], [1]),
        (["1.2", "1.9"], [1, 2]),
        (["1.9", "1.2"], [2, 1]),
        (["0.4", "0.4", "0.4"], [1, 0, 0]),
        (["10.3", "0.9", "0.8"], [10, 1, 1]),
        (["100", "-49.5"], [100, -50]),
        (["100.5", "-49.5"], [101, -50]),
        (["0.25", "-0.25"], [0, 0]),
    ],
)
def test_what_is_left_by_rounding_goes_to_those_who_lost_most(
    exact: list[str], expected: list[int]
) -> None:
    assert rounded([Fraction(each) for each in exact]) == expected


@pytest.mark.parametrize(
    ("points", "weights", "expected"),
    [
        (10, [1, 1, 1], [4, 3, 3]),
        (10, [3, 5, 3], [3, 4, 3]),
        (1, [1, 2, 1], [0, 1, 0]),
        (7, [0, 1], [0, 7]),
        (7, [0, 0, 0], [7, 0, 0]),
        (0, [1, 2], [0, 0]),
        (-10, [1, 1, 1], [-4, -3, -3]),
        (10, [-1, -1, -1], [4, 3, 3]),
        (-10, [-3, -5, -3], [-3, -4, -3]),
    ],
)
def test_points_are_shared_out_in_proportion(
    points: int, weights: list[int], expected: list[int]
) -> None:
    assert shared_out(points, weights) == expected


fractions = st.fractions(-1000, 1000, max_denominator=60)


@given(st.lists(fractions, max_size=8))
def test_rounded_numbers_are_next_to_the_exact_ones_and_add_up(exact: list[Fraction]) -> None:
    found = rounded(exact)

    assert sum(found) == floor(sum(exact, Fraction(0)))
    assert all(abs(each - part) < 1 for each, part in zip(exact, found, strict=True))


@given(
    st.integers(-10_000, 10_000),
    st.lists(st.integers(0, 500), min_size=1, max_size=8).filter(any),
    st.sampled_from([1, -1]),
)
def test_shares_are_next_to_the_exact_ones_and_add_up(
    points: int, weights: list[int], sign: int
) -> None:
    found = shared_out(points, [sign * weight for weight in weights])

    assert sum(found) == points
    assert all(
        abs(Fraction(points * weight, sum(weights)) - part) < 1
        for weight, part in zip(weights, found, strict=True)
    )
