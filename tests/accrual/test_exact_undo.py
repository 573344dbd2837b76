"""What came back was never bought: a member who returned goods ends like one who never had them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from accrual.worlds import BEGAN, LATER, Bought, lives, programmes, state
from hypothesis import given, settings

from saleor_loyalty.accrual.history import History, OrderEntry, Replayed
from saleor_loyalty.accrual.rules import ready_all, replay
from saleor_loyalty.keys import new_key
from saleor_loyalty.programme.document import Programme, Version


def world(document: Programme, life: Iterable[Bought], spent: dict[str, int]) -> Replayed:
    """Replay a life under a programme; `spent` ends as what was given of budgets."""
    versions = [Version(new_key(), 1, document, BEGAN)]
    entries = [
        OrderEntry(UUID(int=bought.number), bought.at, {}, now, now.total, bought.at)
        for bought in life
        for now in [state(bought)]
    ]
    given_away = defaultdict(int, spent)
    replayed = replay(
        History(BEGAN, entries), versions, ready_all(versions), spent=given_away, until=LATER
    )
    spent.clear()
    spent.update({key: points for key, points in given_away.items() if points})
    return replayed


def end(replayed: Replayed) -> dict[str, Any]:
    """All that matters of a world: what nothing was earned for leaves no trace."""
    return {
        "points": {
            accrued.entry.id: (accrued.reckoning.points, _parts(accrued.parts))
            for accrued in replayed.accrued
            if accrued.reckoning.points
        },
        "levels": replayed.standing and (replayed.standing.level, replayed.standing.until),
        "outlook": replayed.climb and replayed.climb.outlook(LATER),
        "progress": replayed.count.progress(LATER, replayed.who),
        "orders": replayed.who.order_number,
        "limits": {key: usage for key, usage in replayed.who.used.items() if usage.times},
    }


def _parts(parts: Iterable[Any]) -> Mapping[Any, int]:
    return {part.life: part.points for part in parts if part.points}


@given(programmes(), lives())
@settings(max_examples=300, deadline=None)
def test_a_member_who_returned_goods_ends_like_one_who_never_bought_them(
    document: Programme, life: list[Bought]
) -> None:
    spent_really: dict[str, int] = {}
    spent_never: dict[str, int] = {}

    really = world(document, life, spent_really)
    never = world(document, [b.never_bought() for b in life if b.is_kept], spent_never)

    assert end(really) == end(never)
    assert spent_really == spent_never


@given(programmes(), lives())
@settings(max_examples=200, deadline=None)
def test_points_are_those_of_lines_and_parts_and_never_below_zero(
    document: Programme, life: list[Bought]
) -> None:
    for accrued in world(document, life, {}).accrued:
        points = accrued.reckoning.points
        assert points >= 0
        assert sum(part.points for part in accrued.parts) == points
        assert sum(line.points for line in accrued.reckoning.allocations) == points
        assert all(part.points > 0 for part in accrued.parts)


@given(programmes(), lives())
@settings(max_examples=100, deadline=None)
def test_who_returned_everything_has_nothing(document: Programme, life: list[Bought]) -> None:
    spent: dict[str, int] = {}
    nothing = [
        Bought(b.number, b.at, tuple((c, p, n, 0) for c, p, n, _ in b.lines), b.shipping, b.is_sent)
        for b in life
    ]

    replayed = world(document, nothing, spent)

    assert not any(accrued.reckoning.points for accrued in replayed.accrued)
    assert replayed.who.order_number == 1
    assert spent == {}
    assert Decimal(0) == sum(
        (p.have for p in replayed.count.progress(LATER, replayed.who)), Decimal(0)
    )
