"""Random programmes and members, for laws that hold for all of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from tiers.climbs import LONG_AGO, versions

from saleor_loyalty.programme.document import Programme, Version
from saleor_loyalty.programme.tier_terms import Metric
from saleor_loyalty.tiers.rules import Deed, Fact, Grant

JOINED = datetime(2024, 5, 17, 9, tzinfo=UTC)
KEYS = ("bronze", "silver", "gold", "platinum")
moments = st.integers(0, 5 * 365 * 24).map(lambda hours: JOINED + timedelta(hours=hours))
zones = st.sampled_from(["UTC", "Europe/Paris", "America/Los_Angeles", "Pacific/Auckland"])
windows = st.one_of(
    st.integers(1, 24).map(lambda months: {"kind": "ROLLING", "months": months}),
    st.just({"kind": "CALENDAR_YEAR"}),
    st.just({"kind": "SINCE_JOINING"}),
)
validities = st.one_of(
    st.integers(1, 18).map(lambda months: {"until": "MONTHS", "months": months}),
    st.sampled_from(["END_OF_YEAR", "END_OF_NEXT_YEAR", "FOR_EVER"]).map(
        lambda until: {"until": until}
    ),
)
all_keys = st.just(KEYS)
all_metrics = st.sampled_from(Metric)


@st.composite
def programmes(
    draw: st.DrawFn,
    *,
    keys: st.SearchStrategy[tuple[str, ...]] = all_keys,
    metrics: st.SearchStrategy[Metric] = all_metrics,
) -> Programme:
    """A programme with levels of these keys."""
    names = draw(keys)
    if not names:
        return Programme()
    steps = draw(st.lists(st.integers(0, 300), min_size=len(names), max_size=len(names)))
    thresholds = [sum(steps[: place + 1], start=place) for place in range(len(names))]
    tiers: dict[str, Any] = {
        "levels": [
            {"id": key, "name": key, "threshold": threshold}
            for key, threshold in zip(names, thresholds, strict=True)
        ],
        "metric": draw(metrics),
        "attribute": "balance",
        "window": draw(windows),
        "validity": draw(validities),
        "grace_days": draw(st.sampled_from([0, 0, 14, 90])),
        "landing": draw(st.sampled_from(["STRAIGHT", "ONE_LEVEL"])),
    }
    return Programme.model_validate({"timezone": draw(zones), "tiers": tiers})


@st.composite
def timelines(
    draw: st.DrawFn, documents: st.SearchStrategy[Programme], *, most: int = 3
) -> list[Version]:
    """Versions of a programme, the latest to take effect first."""
    drawn = draw(st.lists(documents, min_size=1, max_size=most))
    later = sorted(draw(st.lists(moments, min_size=most - 1, max_size=most - 1, unique=True)))
    known = versions(*drawn)[::-1]
    starts = [LONG_AGO, *later]
    return [
        replace(version, effective_from=at) for version, at in zip(known, starts, strict=False)
    ][::-1]


deeds = st.lists(
    st.builds(
        Deed,
        at=moments,
        money=st.integers(0, 60_000).map(lambda cents: Decimal(cents) / 100),
        points=st.integers(0, 500),
        is_order=st.booleans(),
    ),
    max_size=12,
).map(lambda found: sorted(found, key=lambda deed: deed.at))
facts = st.lists(
    st.builds(
        Fact,
        key=st.sampled_from(["balance", "balance", "membership", "vip"]),
        value=st.none() | st.integers(0, 900).map(Decimal),
        at=moments,
    ),
    max_size=6,
    unique_by=lambda fact: (fact.key, fact.at),
)


@st.composite
def _grant(draw: st.DrawFn) -> Grant:
    at = draw(moments)
    ends = st.none() | st.integers(1, 500).map(lambda days: at + timedelta(days=days))
    return Grant(
        level=draw(st.sampled_from(KEYS)),
        from_at=at,
        until=draw(ends),
        is_floor=draw(st.booleans()),
        reason="",
        revoked_at=draw(ends),
    )


grants = st.lists(_grant(), max_size=3)
