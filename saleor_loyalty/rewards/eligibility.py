"""Whether a member may have a reward at all: who, when, how many are left. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from saleor_loyalty.earning.calendar import EVER, bucket, period_end
from saleor_loyalty.earning.conditions import (
    is_between_dates,
    is_for_level,
    is_for_others,
    is_on,
    is_time_of_week,
)
from saleor_loyalty.earning.reckoning import Circumstances
from saleor_loyalty.programme.parts import Limit
from saleor_loyalty.programme.reward_terms import Reward
from saleor_loyalty.rewards.request import OF_MONEY, Request
from saleor_loyalty.rewards.values import Obstacle, Why

_ORDER = "ORDER"
# Openings are looked for within the days of a week, and the first of the next.
_DAYS_AHEAD = 8


def obstacles(request: Request) -> Iterator[Obstacle]:
    """Return what stands in the way, however often the reward is wanted."""
    if not request.is_given:
        yield from _not_for_them(request)
    if not _is_time(request):
        yield Obstacle(Why.NOT_NOW, {"from": _next_opening(request)})
    checkout, reward = request.checkout, request.reward
    if checkout is not None and reward.channels and checkout.channel not in reward.channels:
        yield Obstacle(Why.WRONG_CHANNEL)
    if reward.kind in OF_MONEY and request.step is None:
        yield Obstacle(Why.WRONG_CURRENCY, {"currencies": tuple(sorted(reward.money))})
    if request.price is None and not request.is_given:
        yield Obstacle(Why.NOT_GIVEN)
    at_most = request.redeeming.rewards_per_order
    if request.is_for_order and at_most is not None and len(request.held) >= at_most:
        yield Obstacle(Why.TOO_MANY_REWARDS, {"limit": at_most})
    if request.times is not None and request.times < request.steps.at_least:
        yield _too_few(request)


def obstacles_to(request: Request, times: int) -> Iterator[Obstacle]:
    """Return what stands in the way of having it so often."""
    left = stock_left(request)
    if left is not None and left < times:
        yield Obstacle(Why.SOLD_OUT, {"left": left})
    limit = None if request.is_given else _tightest(request)
    if limit is not None and _left(limit, request) < times:
        yield Obstacle(Why.LIMIT_REACHED, {"until": _renewed_at(limit, request)})
    missing = request.cost * times - request.shopper.points
    if request.cost and missing > 0:
        yield Obstacle(Why.NOT_ENOUGH_POINTS, {"missing": missing, "unit": request.unit})


def times_within_reach(request: Request) -> int:
    """Return how often points, stock and limits allow; as often as it must be, at least."""
    reach = [request.steps.at_most]
    if request.cost:
        reach.append(request.shopper.points // request.cost)
    if (left := stock_left(request)) is not None:
        reach.append(left)
    if not request.is_given and (limit := _tightest(request)) is not None:
        reach.append(_left(limit, request))
    return max(request.steps.at_least, min(reach))


def stock_left(request: Request) -> int | None:
    """Return how many there are; None: as many as one likes."""
    stock = request.reward.stock
    return None if stock is None else max(0, stock - request.stock_taken)


def times_per_order(reward: Reward) -> int | None:
    """Return how often it can be used in an order; None: as often as one likes."""
    limits = [limit.times for limit in reward.limits if limit.per == _ORDER and limit.times]
    if reward.per_order is not None:
        limits.append(reward.per_order)
    return min(limits, default=None)


def _not_for_them(request: Request) -> Iterator[Obstacle]:
    """Return why the member may not buy it. What was given is theirs, whoever they are now."""
    audience, shopper = request.reward.audience, request.shopper
    who = Circumstances(
        tier=shopper.tier or None, segments=shopper.segments, order_number=shopper.order_number
    )
    if not is_for_level(audience, who):
        yield Obstacle(Why.WRONG_TIER, _named_levels(request))
    if not is_for_others(audience, who):
        yield Obstacle(Why.NOT_FOR_YOU)
    if request.reward.kind == "ACCESS" and request.reward.segment in shopper.segments:
        # They are in already: nothing would come of it.
        yield Obstacle(Why.LIMIT_REACHED, {"until": None})


def _named_levels(request: Request) -> dict[str, Sequence[object]]:
    tiers = request.document.tiers
    wanted = request.reward.audience.tiers
    levels = [level for level in (tiers.levels if tiers else ()) if level.id in wanted]
    return {
        "tiers": tuple(level.name for level in levels),
        "translations": tuple(dict(level.translations) for level in levels),
    }


def _is_time(request: Request) -> bool:
    when = request.reward.when
    if not is_time_of_week(when, request.at.astimezone(request.zone)):
        return False
    # What was given stays when the reward is not sold any more; it ends by itself.
    return request.is_given or is_between_dates(when, request.at)


def _next_opening(request: Request) -> str | None:
    """Return the moment from which it can be had again, by the shop's clock; None: never."""
    when, zone = request.reward.when, request.zone
    since = max(request.at, when.starts_at or request.at).astimezone(zone)
    opens = time.fromisoformat(when.from_time or "00:00")
    days = [since.date() + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD)]
    moments = [since, *[datetime.combine(day, opens, zone) for day in days]]
    return next(
        (each.isoformat() for each in moments if each >= since and is_on(when, each, zone)), None
    )


def _too_few(request: Request) -> Obstacle:
    at_least = request.steps.at_least
    facts = {"at_least": at_least, "points": at_least * request.cost, "unit": request.unit}
    return Obstacle(Why.TOO_FEW, facts)


def _tightest(request: Request) -> Limit | None:
    """Return the limit that leaves least; of equals the one that is renewed last."""
    limits = [each for each in request.reward.limits if each.times and each.per != _ORDER]
    order = {per: place for place, per in enumerate(("DAY", "WEEK", "MONTH", "QUARTER", "YEAR"))}
    return min(
        limits,
        key=lambda limit: (_left(limit, request), -order.get(str(limit.per), len(order))),
        default=None,
    )


def _left(limit: Limit, request: Request) -> int:
    assert limit.times
    now = bucket(limit.per, request.at, request.zone)
    taken = [
        each.times
        for each in request.shopper.taken
        if each.reward == request.reward.id and bucket(limit.per, each.at, request.zone) == now
    ]
    return max(0, limit.times - sum(taken))


def _renewed_at(limit: Limit, request: Request) -> str | None:
    if limit.per == EVER:
        return None
    return period_end(limit.per, request.at, request.zone).astimezone(request.zone).isoformat()
