"""Points keep the worth that was promised when they were earned."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_loyalty.programme.document import Programme, Value, Version, Worth, version_at
from saleor_loyalty.programme.rules import worth

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def version(number: int, day: int, money: int | None, notice_days: int = 90) -> Version:
    promised = {} if money is None else {"EUR": Worth(points=100, money=Decimal(money))}
    document = Programme(value=Value(worth=promised, notice_days=notice_days))
    return Version(UUID(int=number), number, document, NOON + day * DAY)


def money(versions: list[Version], earned_under: int, day: float) -> Decimal | None:
    """Return what 100 points earned under version number `earned_under` are worth on a day."""
    newest_first = sorted(
        versions, key=lambda each: (each.effective_from, each.number), reverse=True
    )
    [earned] = [each for each in versions if each.number == earned_under]
    found = worth(newest_first, earned, "EUR", NOON + day * DAY)
    return found and found.money


LESS = [version(1, 0, 5), version(2, 100, 4)]
MORE = [version(1, 0, 5), version(2, 100, 6)]
UP_AND_DOWN = [version(1, 0, 5), version(2, 100, 8), version(3, 200, 5), version(4, 300, 3)]


class TestWorth:
    @pytest.mark.parametrize(
        ("versions", "earned_under", "day", "expected"),
        [
            (LESS, 1, 99.9, 5),
            (LESS, 1, 100, 5),
            (LESS, 1, 189.9, 5),
            (LESS, 1, 190, 4),
            (LESS, 2, 100, 4),
            (MORE, 1, 99, 5),
            (MORE, 1, 100, 6),
            (MORE, 1, 9_999, 6),
            # Points of the second version lose from the third one on; those of the first do not.
            (UP_AND_DOWN, 2, 289.9, 8),
            (UP_AND_DOWN, 2, 290, 5),
            (UP_AND_DOWN, 1, 299, 5),
            (UP_AND_DOWN, 1, 389.9, 5),
            (UP_AND_DOWN, 1, 390, 3),
            # A version that promises nothing promises less.
            ([version(1, 0, 5), version(2, 100, None)], 1, 189.9, 5),
            ([version(1, 0, 5), version(2, 100, None)], 1, 190, None),
            ([version(1, 0, None), version(2, 100, 1)], 1, 50, None),
            ([version(1, 0, None), version(2, 100, 1)], 1, 100, 1),
            # Each version says itself how long its promise holds.
            ([version(1, 0, 5, notice_days=0), version(2, 100, 4)], 1, 100, 4),
            ([version(1, 0, 5, notice_days=3), version(2, 100, 4, 900)], 1, 102.9, 5),
            ([version(1, 0, 5, notice_days=3), version(2, 100, 4, 900)], 1, 103, 4),
            # Points earned before the first version took effect.
            ([version(1, 0, 5)], 1, -3, 5),
        ],
    )
    def test_is_the_best_of_now_and_of_what_was_promised(
        self, versions: list[Version], earned_under: int, day: float, expected: int | None
    ) -> None:
        assert money(versions, earned_under, day) == expected

    def test_compares_what_a_point_is_worth(self) -> None:
        old, new = (
            Version(UUID(int=n), n, Programme(value=Value(worth={"EUR": promised})), NOON + n * DAY)
            for n, promised in enumerate(
                [Worth(points=10, money=Decimal(1)), Worth(points=1_000, money=Decimal(99))]
            )
        )

        found = worth([new, old], old, "EUR", NOON + 2 * DAY)

        assert found == Worth(points=10, money=Decimal(1))

    def test_is_a_matter_of_one_currency(self) -> None:
        assert worth(LESS[::-1], LESS[0], "USD", NOON) is None

    @given(
        promises=st.lists(
            st.tuples(st.integers(1, 50), st.none() | st.integers(1, 9), st.integers(0, 60)),
            min_size=1, max_size=5,
        ),
        earned=st.integers(0, 4),
        days=st.lists(st.integers(0, 400), min_size=1, max_size=5),
    )  # fmt: skip
    def test_never_falls_before_the_notice_is_over(
        self, promises: list[tuple[int, int | None, int]], earned: int, days: list[int]
    ) -> None:
        day, versions = 0, []
        for number, (later, amount, notice) in enumerate(promises):
            versions.append(version(number, day, amount, notice))
            day += later
        one = versions[min(earned, len(versions) - 1)]
        for day in days:
            at = NOON + day * DAY
            found = worth(versions[::-1], one, "EUR", at)
            now = version_at(at, versions[::-1])
            assert now
            assert value(found) >= value(now.document.value.worth.get("EUR"))
            ending = timedelta(days=one.document.value.notice_days)
            if all(each.effective_from + ending > at for each in versions if less(each, one)):
                assert value(found) >= value(one.document.value.worth.get("EUR"))


def value(promised: Worth | None) -> Fraction:
    return Fraction(promised.money) / promised.points if promised else Fraction(0)


def less(later: Version, one: Version) -> bool:
    """Tell whether a version takes back what an earlier one promised."""
    promised, kept = (value(each.document.value.worth.get("EUR")) for each in (one, later))
    return later.number > one.number and kept < promised
