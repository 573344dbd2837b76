"""Any document that the terms allow, for properties."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from saleor_loyalty.programme import campaign_terms, earning_terms, tier_terms, timing_terms
from saleor_loyalty.programme.document import Programme, Unit, Value, Worth
from saleor_loyalty.programme.parts import Audience, Limit, Named, Rate, Scope, Selection, When
from saleor_loyalty.programme.reward_terms import Conversion, Redeeming, Reward, Steps

keys = st.sampled_from(["a", "b", "c", "d"])
currencies = st.sampled_from(["EUR", "USD"])
few_points = st.integers(1, 5)
amounts = st.sampled_from([Decimal(1), Decimal("1.0"), Decimal("2.5"), Decimal("0.0001")])
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 3), timezones=st.just(UTC))  # noqa: DTZ001
rates = st.builds(Rate, points=few_points, per=amounts)


def some(inner: st.SearchStrategy[Any], size: int = 2) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(inner, max_size=size).map(tuple)


def maybe(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | inner


def by_currency(inner: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[Any]:
    return st.dictionaries(currencies, inner, min_size=least, max_size=2)


def named(part_type: Callable[..., Named], /, **words: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """A list of parts, each id once; their names may be the same."""
    part = st.builds(part_type, id=keys, name=st.sampled_from(["A", "B"]), **words)
    return st.lists(part, max_size=3, unique_by=lambda each: each.id).map(tuple)


scopes = st.builds(
    Scope,
    only=st.builds(Selection, categories=some(keys, 3), skus=some(keys)),
    full_price_only=st.booleans(),
)
whens = st.builds(When, starts_at=maybe(moments), weekdays=some(st.integers(1, 7)))
audiences = st.builds(Audience, tiers=some(keys), every_order=maybe(st.integers(2, 3)))
limits = some(
    st.builds(
        Limit, points=maybe(few_points), times=maybe(few_points),
        per=st.sampled_from(["DAY", "ORDER"]),
    )
)  # fmt: skip
effects = st.one_of(
    st.builds(earning_terms.Multiplier, factor=amounts),
    st.builds(earning_terms.Bonus, points=few_points),
    st.builds(earning_terms.PointsPerAmount, rates=by_currency(rates, 1)),
    st.builds(
        earning_terms.Threshold, money=by_currency(amounts, 1), points=few_points,
        repeats=st.booleans(),
    ),
)  # fmt: skip
rules = named(
    earning_terms.Rule, effect=effects, scope=scopes, when=whens, audience=audiences,
    limits=limits, budget=maybe(few_points), new_category=st.booleans(),
)  # fmt: skip
awards = st.builds(campaign_terms.Award, points=maybe(few_points), reward=maybe(keys))
stamps = named(
    campaign_terms.Stamps, target=st.integers(2, 4), award=awards,
    minimum=by_currency(amounts), each=st.sampled_from(["PIECE", "ORDER"]),
)  # fmt: skip
surprises = named(campaign_terms.Surprise, at=moments, award=awards)
levels = named(
    tier_terms.Tier, threshold=amounts,
    benefits=st.builds(tier_terms.Benefits, multiplier=st.sampled_from([Decimal(1), Decimal(2)])),
)  # fmt: skip
tiers = st.builds(
    tier_terms.Tiers,
    levels=levels.filter(bool),
    currency=maybe(currencies),
    window=st.sampled_from(
        [tier_terms.CalendarYear(), tier_terms.SinceJoining(), tier_terms.RollingMonths()]
    ),
    group=keys,
)
rewards = named(
    Reward, kind=st.sampled_from(["MONEY_OFF", "PRODUCT", "OTHER"]), points=maybe(few_points),
    tier_points=st.dictionaries(keys, few_points, max_size=2), money=by_currency(amounts),
    steps=maybe(st.builds(Steps, at_least=few_points, at_most=few_points)),
    minimum=by_currency(amounts), limits=limits, share_at_most=maybe(few_points),
)  # fmt: skip
redeemings = st.builds(
    Redeeming, rewards_per_order=maybe(few_points), benefit_at_most=maybe(few_points),
    with_promo_code=st.sampled_from(["REFUSE", "REPLACE"]), store_credit_from=by_currency(amounts),
    hold_minutes=st.integers(5, 7), cancelled=st.sampled_from(["RESTORE", "KEEP"]),
)  # fmt: skip
conversions = st.builds(
    Conversion, each=st.sampled_from(["YEAR", "MEMBERSHIP_YEAR"]), at_least=few_points,
    step=few_points, money=by_currency(amounts, 1), valid_days=few_points,
    members_only=st.booleans(),
)  # fmt: skip
documents = st.builds(
    Programme,
    name=st.sampled_from(["A", "B"]),
    unit=st.builds(Unit, one=st.sampled_from(["point", "star"])),
    timezone=st.sampled_from(["UTC", "Europe/Paris"]),
    earning=st.builds(
        earning_terms.Earning,
        rates=by_currency(rates),
        rules=rules,
        groups=st.dictionaries(keys, st.sampled_from(earning_terms.Stacking), max_size=2),
        limits=limits,
    ),
    maturity=st.builds(timing_terms.Maturity, days=st.integers(0, 2)),
    expiry=st.builds(
        timing_terms.Expiry,
        months=maybe(st.integers(1, 2)),
        acts=some(st.sampled_from(timing_terms.Act), 3).filter(bool),
        notice_days=st.integers(1, 3),
    ),
    tiers=maybe(tiers),
    campaigns=stamps | surprises,
    value=st.builds(Value, worth=by_currency(st.builds(Worth, points=few_points, money=amounts))),
    rewards=rewards,
    redeeming=redeemings,
    conversion=maybe(conversions),
)
