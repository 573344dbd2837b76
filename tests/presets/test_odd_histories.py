"""Whatever shoppers do, and in whatever order: what they gave back was never bought."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shopping import Shopper, goods, order, preset

from saleor_loyalty.accrual.history import Accrued, EventEntry, OrderEntry
from saleor_loyalty.gateways.saleor.orders import OrderLine, OrderState
from saleor_loyalty.programme.presets import names

NAMES = names()
YEAR_BEFORE = datetime(2025, 6, 1, 12, tzinfo=UTC)
CATEGORIES = ("coffee", "entrees", "drinks", "cars", "solar", "fuel", "tobacco", "alcohol")
COLLECTIONS = ("points-x2", "points-x5", "points-x10")
METHODS = ("card:visa", "card:store", "gift_card", "other")
SEGMENTS = ("student", "co-op-member", "executive")
OFFERS = ("double-star-day", "extra-points-day", "ten-times-points", "extras-taste-around")


@dataclass(frozen=True)
class Want:
    """Pieces of one thing, of which some are given back."""

    price: Decimal
    pieces: int
    back: int
    is_only_refunded: bool
    facts: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Visit:
    """An order, and how the shop gave its money back."""

    at: datetime
    wants: tuple[Want, ...]
    method: str
    is_charge_lowered: bool
    is_money_back: bool


wants = st.builds(
    lambda price, pieces, back, is_only_refunded, category, collections, full: Want(
        Decimal(price).scaleb(-2),
        pieces,
        min(back, pieces),
        is_only_refunded,
        (("category", category), ("collections", collections), ("is_full_price", full)),
    ),
    st.sampled_from([1, 99, 100, 599, 600, 1999, 12_345, 35_000, 99_999]),
    st.integers(1, 12),
    st.integers(0, 12),
    st.booleans(),
    st.sampled_from(CATEGORIES),
    st.sets(st.sampled_from(COLLECTIONS)).map(sorted).map(tuple),
    st.booleans(),
)
visits = st.lists(
    st.builds(
        lambda hours, wants, *rest: Visit(YEAR_BEFORE + timedelta(hours=hours), wants, *rest),
        st.integers(0, 24 * 500),
        st.lists(wants, min_size=1, max_size=3).map(tuple),
        st.sampled_from(METHODS),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda visit: visit.at,
).map(lambda visits: sorted(visits, key=lambda visit: visit.at))


def line(want: Want, name: int, pieces: int) -> OrderLine:
    return goods(str(name), want.price * pieces, pieces=pieces, **dict(want.facts))


def bought(visit: Visit, *, currency: str) -> OrderState:
    """The order with all that was given back."""
    lines, back = [], Decimal(0)
    for name, want in enumerate(visit.wants):
        whole = line(want, name, want.pieces)
        is_refund = want.is_only_refunded and visit.is_money_back
        gone: dict[str, Any] = {
            "quantity_refunded" if is_refund else "quantity_returned": want.back
        }
        lines.append(replace(whole, **gone))
        back += want.price * want.back * visit.is_money_back
    total = sum((each.gross for each in lines), Decimal(0))
    held = total - back * visit.is_charge_lowered
    state = order(*lines, at=visit.at, currency=currency, paid={visit.method: held})
    return replace(state, total=total, charged=held, refunded=back)


def never_bought(visit: Visit, *, currency: str) -> OrderState | None:
    """The order of only what stayed; None if that is nothing."""
    lines = [
        line(want, name, want.pieces - want.back)
        for name, want in enumerate(visit.wants)
        if want.pieces > want.back
    ]
    paid = {visit.method: sum((each.gross for each in lines), Decimal(0))}
    return order(*lines, at=visit.at, currency=currency, paid=paid) if lines else None


def orders(states: Sequence[OrderState | None]) -> list[OrderState]:
    return [state for state in states if state]


def shopper(name: str, states: Sequence[OrderState], joins: set[str]) -> Shopper:
    who = Shopper(preset(name))
    for state in states:
        key, at = UUID(int=int(state.created_at.timestamp())), state.created_at
        who.entries.append(OrderEntry(key, at, {}, state, state.total, at))
    for each in sorted(joins):
        if each in OFFERS:
            who.joins(each, on="2025-07-01")
        else:
            who.is_in(each, since=YEAR_BEFORE + timedelta(days=20))
    return who


def currency_of(name: str) -> str:
    return "GBP" if name == "tesco" else "USD"


def outcome(who: Shopper) -> list[tuple[Any, ...]]:
    """What each order that is one earned, on which level, and when its points come and go."""
    return [
        (each.entry.at, each.reckoning.points, each.who.tier, each.parts)
        for each in who.story().accrued
        if each.reckoning.nothing is None or each.reckoning.points
    ]


@pytest.mark.parametrize("name", NAMES)
class TestAnyHistory:
    @settings(max_examples=25)
    @given(visits=visits, joins=st.sets(st.sampled_from([*SEGMENTS, *OFFERS])))
    def test_ends_as_if_what_was_given_back_had_never_been_bought(
        self, name: str, visits: list[Visit], joins: set[str]
    ) -> None:
        currency = currency_of(name)
        whole = [bought(each, currency=currency) for each in visits]
        left = [never_bought(each, currency=currency) for each in visits]
        with_returns, without = shopper(name, whole, joins), shopper(name, orders(left), joins)

        assert outcome(with_returns) == outcome(without)
        assert with_returns.rewards() == without.rewards()
        later = "2028-06-01"
        assert with_returns.level(later) == without.level(later)

    @settings(max_examples=25)
    @given(visits=visits, joins=st.sets(st.sampled_from([*SEGMENTS, *OFFERS])))
    def test_adds_up_on_every_receipt(
        self, name: str, visits: list[Visit], joins: set[str]
    ) -> None:
        states = [bought(each, currency=currency_of(name)) for each in visits]
        who = shopper(name, states, joins)

        for accrued in who.story().accrued:
            adds_up(accrued)

    @settings(max_examples=25)
    @given(visits=visits, joins=st.sets(st.sampled_from([*SEGMENTS, *OFFERS])))
    def test_earns_no_less_with_one_more_order(
        self, name: str, visits: list[Visit], joins: set[str]
    ) -> None:
        known = orders([never_bought(each, currency=currency_of(name)) for each in visits])
        fewer, more = shopper(name, known[1:], joins), shopper(name, known, joins)

        assert more.total() >= fewer.total()


@pytest.mark.parametrize("name", ["sephora", "ulta"])
class TestALevelForTheRestOfTheYearAndAllOfTheNext:
    @settings(max_examples=50)
    @given(
        spent=st.lists(
            st.tuples(st.integers(0, 365 * 4), st.sampled_from([1, 149, 200, 350, 500, 999])),
            min_size=1,
            max_size=10,
        ),
        seen=st.integers(0, 365 * 7),
    )
    def test_is_what_this_year_so_far_or_the_last_one_reached(
        self, name: str, spent: list[tuple[int, int]], seen: int
    ) -> None:
        who, by_year = Shopper(preset(name)), Counter[int]()
        seen_at = YEAR_BEFORE + timedelta(days=seen)
        for days, money in sorted(spent):
            at = YEAR_BEFORE + timedelta(days=days)
            if at < seen_at:
                who.spends(money, on=at.isoformat())
                by_year[at.year] += money

        reached = max(by_year[seen_at.year], by_year[seen_at.year - 1])
        tiers = preset(name).tiers
        assert tiers
        levels = [level.id for level in tiers.levels if level.threshold <= reached]
        assert who.level(seen_at.date().isoformat()) == levels[-1]


def adds_up(accrued: Accrued) -> None:
    reckoning = accrued.reckoning
    assert reckoning.points >= 0
    assert reckoning.points == sum(each.points for each in reckoning.allocations)
    assert reckoning.points == sum(each.points for each in reckoning.reasons)
    assert reckoning.points == sum(part.points for part in accrued.parts)
    assert all(part.points > 0 for part in accrued.parts)
    assert 0 <= reckoning.exact - reckoning.points < 1
    lines = {each.line for each in reckoning.allocations}
    assert isinstance(accrued.entry, EventEntry) or lines <= {
        "", "shipping", *[line.id for line in accrued.entry.order.lines],
    }  # fmt: skip
