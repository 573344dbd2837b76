"""Whatever a member bought, in whatever campaign: properties."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from campaigns.histories import (
    MONDAY,
    buy,
    challenge,
    member,
    order,
    piece,
    progress,
    stamps,
    times,
    version,
)
from hypothesis import given
from hypothesis import strategies as st

from saleor_loyalty.campaigns.rules import Progress
from saleor_loyalty.earning.reckoning import Circumstances
from saleor_loyalty.gateways.saleor.orders import OrderLine, OrderState
from saleor_loyalty.programme.campaign_terms import Goal
from saleor_loyalty.programme.parts import Period

END = MONDAY + timedelta(days=400)

periods = st.none() | st.sampled_from(Period)
cards = st.builds(
    stamps,
    st.integers(2, 12),
    each=st.sampled_from(["PIECE", "ORDER"]),
    at_most_a_day=st.none() | st.integers(1, 5),
    resets_each=periods,
    minimum=st.sampled_from([{}, {"USD": 5}]),
)
challenges = st.builds(
    challenge,
    st.sampled_from(Goal),
    st.integers(1, 12),
    currency=st.just("USD"),
    period=periods,
    in_a_row=st.integers(1, 3),
    recurs=st.sampled_from(["ONCE", "EACH_PERIOD", "EACH_COMPLETION"]),
    minimum=st.sampled_from([{}, {"USD": 5}]),
)
lines = st.builds(
    lambda name, pieces, back: piece(
        name, pieces=pieces, back=min(pieces, back), categories=[name]
    ),
    st.sampled_from(["tea", "coffee", "cake"]),
    st.integers(1, 6),
    st.integers(0, 6),
)
baskets = st.lists(lines, min_size=1, max_size=3).map(
    lambda found: [replace(line, id=f"L{number}") for number, line in enumerate(found)]
)
histories = st.lists(st.tuples(baskets, st.integers(0, 60)), max_size=15).map(
    lambda bought: [
        order(*basket, at=MONDAY + timedelta(hours=7 * sum(gap for _, gap in bought[: number + 1])))
        for number, (basket, _) in enumerate(bought)
    ]
)


def never_bought(history: list[OrderState]) -> list[OrderState]:
    """The same history without all that came back."""
    kept = [
        ([_fewer(line) for line in each.lines if line.quantity_gone < line.quantity], each)
        for each in history
    ]
    return [order(*left, at=each.created_at) for left, each in kept if left]


def _fewer(line: OrderLine) -> OrderLine:
    pieces = line.quantity - line.quantity_gone
    return replace(
        piece(line.goods.sku, pieces=pieces, categories=line.goods.categories), id=line.id
    )


def without_gaps(found: Progress) -> tuple[object, ...]:
    return found.have, found.in_a_row, found.completed, found.status


@given(histories, cards | challenges)
def test_what_came_back_is_as_if_it_had_never_been_bought(
    history: list[OrderState], campaign: object
) -> None:
    terms = version(campaign)
    returned, never = member(terms), member(terms)

    awards = [buy(returned, each) for each in history]
    others = [buy(never, each) for each in never_bought(history)]

    assert [each for each in awards if each] == [each for each in others if each]
    assert progress(returned, END) == progress(never, END)


@given(histories, cards | challenges)
def test_looking_on_the_way_changes_nothing(history: list[OrderState], campaign: object) -> None:
    terms = version(campaign)
    watched, alone = member(terms), member(terms)

    awards = []
    for each in history:
        progress(watched, each.created_at)
        awards += buy(watched, each)
        progress(watched, END)

    assert awards == buy(alone, *history)
    assert progress(watched, END) == progress(alone, END)


@given(histories, cards | challenges)
def test_every_completion_is_one_of_some_award(history: list[OrderState], campaign: object) -> None:
    count = member(version(campaign))

    awards = buy(count, *history)

    assert progress(count, END).completed == times(awards)
    assert sum(award.points for award in awards) == 100 * times(awards)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 30)), max_size=20), st.integers(2, 12))
def test_stamps_give_the_award_every_so_many_pieces_and_keep_the_rest(
    bought: list[tuple[int, int]], target: int
) -> None:
    count = member(version(stamps(target)))

    awards = buy(count, *[order(piece(pieces=each), at=MONDAY) for each, _ in bought])

    whole = sum(pieces for pieces, _ in bought)
    assert times(awards) == whole // target
    assert progress(count).have == whole % target


@given(histories, st.integers(1, 5), st.sampled_from(["PIECE", "ORDER"]))
def test_no_day_gives_more_stamps_than_it_may(
    history: list[OrderState], at_most: int, each: str
) -> None:
    count = member(version(stamps(1_000, each=each, at_most_a_day=at_most)))

    by_day: dict[object, int] = defaultdict(int)
    for bought in history:
        before = progress(count, END).have
        buy(count, bought)
        by_day[bought.created_at.date()] += int(progress(count, END).have - before)

    assert all(given <= at_most for given in by_day.values())


@given(histories, challenges)
def test_what_is_won_once_is_won_once(history: list[OrderState], campaign: object) -> None:
    once = campaign.model_copy(update={"recurs": "ONCE"})  # type: ignore[attr-defined]

    assert times(buy(member(version(once)), *history)) <= 1


@given(histories, challenges, st.integers(0, 2_500))
def test_what_came_before_joining_does_not_count(
    history: list[OrderState], campaign: object, hours: int
) -> None:
    joined_at = MONDAY + timedelta(hours=hours)
    opt_in = campaign.model_copy(update={"opt_in": True})  # type: ignore[attr-defined]
    member_of_old = member(version(opt_in), joined={"march": joined_at})
    newcomer = member(version(campaign))

    awards = buy(member_of_old, *history)
    others = buy(newcomer, *[each for each in history if each.created_at >= joined_at])

    assert awards == others


@given(histories, cards | challenges)
def test_nothing_counts_for_others_than_the_audience(
    history: list[OrderState], campaign: object
) -> None:
    gold = campaign.model_copy(  # type: ignore[attr-defined]
        update={"audience": campaign.audience.model_copy(update={"tiers": ("gold",)})}  # type: ignore[attr-defined]
    )

    assert buy(member(version(gold)), *history, who=Circumstances(tier="silver")) == []
