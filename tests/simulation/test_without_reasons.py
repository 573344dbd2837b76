"""Counting without explaining, for very many orders: the same points, rule by rule."""

from collections import Counter, defaultdict
from uuid import UUID

from accrual.worlds import BEGAN, LATER, Bought, lives, programmes, state
from hypothesis import given

from saleor_loyalty.accrual.history import History, OrderEntry, Replayed
from saleor_loyalty.accrual.rules import ready_all, replay
from saleor_loyalty.programme.document import Programme, always


def counted(document: Programme, life: list[Bought], *, is_explained: bool) -> Replayed:
    """Replay a life of orders under one programme."""
    entries = [
        OrderEntry(UUID(int=each.number + 1), each.at, {}, state(each), state(each).total, each.at)
        for each in life
    ]
    version = always(document)
    return replay(
        History(BEGAN, entries), [version], ready_all([version]), spent=defaultdict(int),
        until=LATER, is_explained=is_explained,
    )  # fmt: skip


@given(programmes(), lives())
def test_nothing_but_the_explanation_is_missing(document: Programme, life: list[Bought]) -> None:
    whole = counted(document, life, is_explained=True)
    brief = counted(document, life, is_explained=False)

    assert brief.standing == whole.standing
    assert brief.deeds == whole.deeds
    for one, other in zip(brief.accrued, whole.accrued, strict=True):
        assert one.reckoning.points == other.reckoning.points
        assert one.reckoning.exact == other.reckoning.exact
        assert one.granted == other.granted
        by_rule: Counter[str] = Counter()
        for allocation in other.reckoning.allocations:
            by_rule[allocation.rule] += allocation.points
        assert {each.rule: each.points for each in one.reckoning.allocations} == {
            rule: points for rule, points in by_rule.items() if points
        }
