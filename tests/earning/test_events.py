"""What something other than an order earns."""

from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from earning.buying import NOON, programme, used

from saleor_loyalty.earning.reckoning import ALL_RULES
from saleor_loyalty.earning.rules import (
    Allocation,
    Circumstances,
    Reckoning,
    Usage,
    points_for_event,
    ready,
    usages,
)


def event(key: str = "review", points: int = 20, **facts: Any) -> dict[str, Any]:
    limits = facts.pop("limits", [{"times": 2, "per": "DAY"}])
    return {"id": f"for-{key}", "name": key.capitalize(), "event": key, "points": points,
            "limits": limits, **facts}  # fmt: skip


def earn(*events: dict[str, Any], of: str = "review", at: datetime = NOON,
         who: Circumstances | None = None, **earning: Any) -> Reckoning:  # fmt: skip
    terms = ready(programme(events=list(events), **earning))
    return points_for_event(of, at, terms, who or Circumstances())


def test_an_event_gives_the_points_of_its_rules() -> None:
    reckoning = earn(event(), event("visit", 5))

    assert reckoning.points == 20
    assert reckoning.allocations == (Allocation("", "for-review", 20),)
    assert [(each.rule, each.code, each.points) for each in reckoning.reasons] == [
        ("for-review", "EVENT", 20)
    ]


def test_several_rules_of_one_event_add_up() -> None:
    more = event() | {"id": "more", "points": 7}

    assert earn(event(), more).points == 27


def test_an_event_nobody_knows_gives_nothing() -> None:
    assert earn(event(), of="party") == Reckoning(0)


@pytest.mark.parametrize(
    ("facts", "who"),
    [
        ({"audience": {"tiers": ["gold"]}}, Circumstances(tier="gold")),
        ({"audience": {"segments": ["vip"]}}, Circumstances(segments=frozenset({"vip"}))),
    ],
)
def test_an_event_may_be_for_some_members(facts: dict[str, Any], who: Circumstances) -> None:
    assert earn(event(**facts), who=who).points == 20
    assert earn(event(**facts)).points == 0


def test_an_event_may_have_its_time() -> None:
    evening = event(when={"from_time": "18:00"})

    assert earn(evening, at=datetime(2026, 3, 1, 17, 30, tzinfo=UTC)).points == 0
    assert earn(
        evening, at=datetime(2026, 3, 1, 17, 30, tzinfo=UTC), timezone="Europe/Paris"
    ).points == 20  # fmt: skip


@pytest.mark.parametrize(
    ("already", "given"), [(used("for-review", "2026-03-01", times=1), 20),
                           (used("for-review", "2026-03-01", times=2), 0),
                           (used("for-review", "2026-02-28", times=2), 20)]
)  # fmt: skip
def test_an_event_gives_points_so_many_times(already: Circumstances, given: int) -> None:
    assert earn(event(), who=already).points == given


def test_an_event_gives_no_more_points_than_its_limit_and_its_budget_leave() -> None:
    limited = event(limits=[{"points": 50, "per": "YEAR"}], budget=100)

    assert earn(limited, who=used("for-review", "2026", points=45)).points == 5
    assert earn(limited, who=used("for-review", "2026", points=50)).points == 0
    assert earn(limited, who=Circumstances(budget_left={"for-review": 3})).points == 3
    assert earn(limited, who=Circumstances(budget_left={"for-review": 0})).reasons == ()


def test_events_and_orders_share_the_limit_of_all_rules() -> None:
    limits = [{"points": 100, "per": "DAY"}]

    who = used(ALL_RULES, "2026-03-01", points=90)
    assert earn(event(), who=who, limits=limits).points == 10


def test_an_event_is_counted_by_its_limits() -> None:
    terms = ready(programme(events=[event()], limits=[{"points": 100, "per": "DAY"}]))
    reckoning = points_for_event("review", NOON, terms, Circumstances())

    assert dict(usages(reckoning, terms, NOON)) == {
        ("for-review", "2026-03-01"): Usage(20, 1),
        (ALL_RULES, "2026-03-01"): Usage(20, 1),
    }


class TestAReward:
    CAKE: ClassVar[dict[str, Any]] = {
        "rewards": [{"id": "cake", "name": "Cake", "kind": "OTHER", "points": 10,
                     "translations": {"fr": "Gâteau"}}],
    }  # fmt: skip
    BIRTHDAY = event("birthday", 0, reward="cake", limits=[{"times": 1, "per": "YEAR"}])

    def test_may_be_given_instead_of_points(self) -> None:
        reckoning = earn(self.BIRTHDAY, of="birthday", **self.CAKE)

        assert (reckoning.points, reckoning.allocations) == (0, ())
        assert reckoning.reasons[0].facts == {
            "name": "Birthday", "exact": "0", "reward": "cake", "reward_name": "Cake",
            "reward_translations": {"fr": "Gâteau"},
        }  # fmt: skip

    def test_is_given_so_many_times(self) -> None:
        terms = ready(programme(events=[self.BIRTHDAY], **self.CAKE))
        first = points_for_event("birthday", NOON, terms, Circumstances())
        used_up = dict(usages(first, terms, NOON))

        assert used_up == {("for-birthday", "2026"): Usage(0, 1)}
        again = points_for_event("birthday", NOON, terms, Circumstances(used=used_up))
        assert again.reasons == ()
