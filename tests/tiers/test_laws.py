"""What holds for every member, every programme and every history."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tiers.histories import (
    JOINED,
    KEYS,
    deeds,
    facts,
    grants,
    moments,
    programmes,
    timelines,
)

from saleor_loyalty.programme.document import Programme, Version, version_at
from saleor_loyalty.programme.tier_terms import Metric, Tiers
from saleor_loyalty.tiers.ladder import GROUND, rank_of
from saleor_loyalty.tiers.rules import Climb, Deed, Fact, Grant, Standing

END = JOINED + timedelta(days=9 * 365)
INSTANT = timedelta(microseconds=1)
some_keys = st.lists(st.sampled_from(KEYS), unique=True, max_size=4).map(
    lambda keys: tuple(sorted(keys, key=KEYS.index))
)
spending = st.sampled_from([Metric.MONEY, Metric.POINTS, Metric.ORDERS])


def walk(
    versions: Sequence[Version],
    done: Sequence[Deed],
    *,
    grants: Sequence[Grant] = (),
    facts: Sequence[Fact] = (),
    stops: Sequence[datetime] = (),
) -> tuple[Climb, list[tuple[datetime, Standing]]]:
    """Walk through the deeds, with stops to look around; return what was seen."""
    way = Climb(versions, joined_at=JOINED, grants=grants, facts=facts)
    seen = []
    by_time: list[tuple[datetime, int, Deed | None]] = [
        *((at, 0, None) for at in stops),
        *((deed.at, number, deed) for number, deed in enumerate(done, 1)),
    ]
    for at, _, deed in sorted(by_time, key=lambda each: each[:2]):
        if deed:
            way.add(deed)
        else:
            seen.append((at, way.standing_at(at)))
    return way, seen


@given(timelines(programmes(keys=some_keys)), deeds, grants, facts, st.lists(moments, max_size=15))
@settings(max_examples=300)
def test_a_way_walked_in_steps_ends_where_it_ends_in_one_go(
    versions: list[Version],
    done: list[Deed],
    given_: list[Grant],
    told: list[Fact],
    stops: list[datetime],
) -> None:
    straight, _ = walk(versions, done, grants=given_, facts=told)
    slowly, _ = walk(versions, done, grants=given_, facts=told, stops=stops)

    assert slowly.standing_at(END) == straight.standing_at(END)
    assert slowly.changes == straight.changes
    assert slowly.outlook(END) == straight.outlook(END)


@given(timelines(programmes(keys=some_keys)), deeds, facts, st.data())
def test_what_was_returned_is_as_if_never_bought(
    versions: list[Version], done: list[Deed], told: list[Fact], data: st.DataObject
) -> None:
    returned = data.draw(st.sets(st.sampled_from(range(len(done))))) if done else set()
    after = [
        replace(deed, money=Decimal(0), points=0, is_order=False) if number in returned else deed
        for number, deed in enumerate(done)
    ]
    never = [deed for number, deed in enumerate(done) if number not in returned]

    one, _ = walk(versions, after, facts=told)
    other, _ = walk(versions, never, facts=told)

    assert one.standing_at(END) == other.standing_at(END)
    assert one.changes == other.changes


@given(timelines(programmes(), most=4), deeds, facts, st.lists(moments, min_size=2, max_size=25))
@settings(max_examples=400)
def test_no_level_is_lost_before_its_promised_end_whatever_versions_come(
    versions: list[Version], done: list[Deed], told: list[Fact], stops: list[datetime]
) -> None:
    _, seen = walk(versions, done, facts=told, stops=stops)

    for place, (at, standing) in enumerate(seen):
        for later_at, later in seen[place + 1 :]:
            if standing.until is None or later_at < standing.until:
                assert _rank(later, later_at, versions) >= _rank_now(
                    standing, at, later_at, versions
                )


@given(timelines(programmes(keys=some_keys), most=4), deeds, st.lists(moments, min_size=2))
def test_a_level_that_is_gone_becomes_another_and_comes_back_with_it(
    versions: list[Version], done: list[Deed], stops: list[datetime]
) -> None:
    _, seen = walk(versions, done, stops=stops)

    for place, (at, standing) in enumerate(seen):
        for later_at, later in seen[place + 1 :]:
            still_promised = standing.until is None or later_at < standing.until
            # The same terms again, by their content.
            if still_promised and _tiers(at, versions) == _tiers(later_at, versions):
                assert _rank(later, later_at, versions) >= _rank(standing, at, versions)


@given(timelines(programmes(keys=some_keys)), deeds, grants, facts, st.lists(moments, max_size=9))
def test_what_the_outlook_projects_comes_true_if_nothing_happens(
    versions: list[Version],
    done: list[Deed],
    given_: list[Grant],
    told: list[Fact],
    stops: list[datetime],
) -> None:
    now = max([JOINED, *[deed.at for deed in done], *stops])
    way, _ = walk(versions, done, grants=given_, facts=told)

    outlook = way.outlook(now)

    assume(outlook)
    assert outlook
    assert way.standing_at(now).level == outlook.level
    if outlook.review_at:
        assert way.standing_at(outlook.review_at).level == outlook.projected


@given(programmes(metrics=spending), deeds, moments)
@settings(max_examples=300)
def test_what_the_outlook_asks_for_is_enough_and_one_less_is_not(
    document: Programme, done: list[Deed], now: datetime
) -> None:
    versions = [Version(UUID(int=1), 1, document, JOINED - timedelta(days=999))]
    done = [deed for deed in done if deed.at <= now]
    outlook = walk(versions, done)[0].outlook(now)
    assert outlook
    tiers = _tiers(now, versions)
    assert tiers

    if goal := outlook.rise:
        assert _after(versions, done, tiers, now, goal.missing).standing_at(now).level == goal.level
        if goal.missing > 1:
            less = _after(versions, done, tiers, now, goal.missing - 1).standing_at(now)
            assert less.level == outlook.level
    if (goal := outlook.keep) and goal.by:
        moment = max(now, goal.since or now)
        kept = _after(versions, done, tiers, moment, goal.missing).standing_at(goal.by)
        assert _rank(kept, goal.by, versions) >= rank_of(goal.level, tiers, home=None)
        if goal.missing > 1:
            way = _after(versions, done, tiers, moment, goal.missing - 1)
            # Little to keep a level may be enough to win the next.
            assume(way.standing_at(goal.by - INSTANT).level == goal.level)
            less = way.standing_at(goal.by)
            assert _rank(less, goal.by, versions) < rank_of(goal.level, tiers, home=None)


def _after(
    versions: list[Version], done: list[Deed], tiers: Tiers, at: datetime, amount: Decimal
) -> Climb:
    """Return the way on which the member also does so much at `at`."""
    if tiers.metric is Metric.ORDERS:
        more = [Deed(at, Decimal(0), 0, is_order=True)] * int(amount)
    else:
        more = [Deed(at, amount, int(amount), is_order=False)]
    return walk(versions, [*done, *more])[0]


def _tiers(at: datetime, versions: Sequence[Version]) -> Tiers | None:
    version = version_at(at, versions)
    return version.document.tiers if version else None


def _rank(standing: Standing, at: datetime, versions: Sequence[Version]) -> int:
    tiers = _tiers(at, versions)
    if tiers is None or standing.level is None:
        return GROUND
    return rank_of(standing.level, tiers, home=None)


def _rank_now(
    standing: Standing, at: datetime, later_at: datetime, versions: Sequence[Version]
) -> int:
    """Return the place of a former level in the levels of later."""
    tiers = _tiers(later_at, versions)
    if tiers is None or standing.level is None:
        return GROUND
    return rank_of(standing.level, tiers, home=_tiers(at, versions))
