"""Whether what is shown still holds, and how long a failure keeps us waiting."""

import pytest
from factories import DAY

from saleor_loyalty.mirrors.rules import Display, Shown, back_off, is_current

NOTHING, GOLD = Display("", 0), Display("Gold", 5)


@pytest.mark.parametrize(
    ("shown", "display", "expected"),
    [
        (Shown(0), NOTHING, True),
        (Shown(0), GOLD, False),
        (Shown(2, "Gold", 5), GOLD, True),
        (Shown(2, "Gold", 4), GOLD, False),
        (Shown(2, "Silver", 5), GOLD, False),
        (Shown(2, "Gold", 5), NOTHING, False),
        (Shown(1, "Gold", 5), GOLD, False),
        (Shown(2, "Gold", None), GOLD, False),
    ],
)
def test_what_is_shown_holds_until_the_member_or_the_setup_changes(
    shown: Shown, display: Display, expected: bool
) -> None:
    assert is_current(shown, display, setup=2) is expected


def test_what_was_refused_is_refused_by_the_same_setup_only() -> None:
    refused = Shown(2, points=None)

    assert [refused.is_refused_by(setup) for setup in (1, 2, 3)] == [False, True, False]
    assert not Shown(2, points=0).is_refused_by(2)


def test_each_failure_lets_us_wait_no_shorter_than_the_one_before_and_never_a_day() -> None:
    waits = [back_off(attempts) for attempts in range(12)]

    assert waits == sorted(waits)
    assert waits[1] < waits[-1] < DAY
