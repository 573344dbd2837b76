"""Members on their way through levels, for tests."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from saleor_loyalty.programme.document import Programme, Version
from saleor_loyalty.tiers.rules import Climb, Deed, Fact, Grant, Standing

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
#: Insider from the start, as at most beauty shops.
BEAUTY = (("insider", 0), ("vib", 350), ("rouge", 1000))
METALS = (("silver", 100), ("gold", 500), ("platinum", 1000))


def day(text: str) -> datetime:
    """Return noon of a day such as 2026-03-01, or the moment if there is a time."""
    moment = datetime.fromisoformat(text if "T" in text else f"{text}T12:00")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def midnight(text: str) -> datetime:
    """Return the first moment of a day."""
    return day(f"{text}T00:00")


def programme(
    levels: Iterable[tuple[str, int]] | None = METALS, *, timezone: str = "UTC", **tiers: Any
) -> Programme:
    """Return a programme with these levels; None: without any."""
    if levels is None:
        return Programme(timezone=timezone)
    named = [
        {"id": level, "name": level.title(), "threshold": threshold} for level, threshold in levels
    ]
    if tiers.get("metric", "MONEY") == "MONEY":
        tiers = {"currency": "USD"} | tiers
    return Programme.model_validate({"timezone": timezone, "tiers": {"levels": named, **tiers}})


def versions(*documents: Programme | tuple[str, Programme]) -> list[Version]:
    """Return versions, the latest first, from documents and the days they take effect."""
    dated = [
        (LONG_AGO, each) if isinstance(each, Programme) else (day(each[0]), each[1])
        for each in documents
    ]
    return [
        Version(UUID(int=number), number, document, at)
        for number, (at, document) in enumerate(dated, 1)
    ][::-1]


def spent(at: str, money: int | str, *, points: int = 0) -> Deed:
    """Return an order."""
    return Deed(day(at), Decimal(money), points, is_order=True)


def climb(
    terms: Programme | Sequence[Version],
    *deeds: Deed,
    joined: str = "2025-01-01",
    grants: Sequence[Grant] = (),
    facts: Sequence[Fact] = (),
) -> Climb:
    """Return a member's way after these deeds."""
    known = versions(terms) if isinstance(terms, Programme) else terms
    way = Climb(known, joined_at=midnight(joined), grants=grants, facts=facts)
    for deed in deeds:
        way.standing_at(deed.at)
        way.add(deed)
    return way


def levels_on(way: Climb, *days: str) -> list[str | None]:
    """Return the member's level on each of the days."""
    return [way.standing_at(day(each)).level for each in days]


def told(at: str, value: int | str | None, key: str = "balance") -> Fact:
    """Return a fact that was told."""
    return Fact(key, None if value is None else Decimal(value), day(at))


def given(
    level: str, at: str, until: str | None = None, *, exactly: bool = False,
    revoked: str | None = None,
) -> Grant:  # fmt: skip
    """Return a level given by hand."""
    return Grant(
        level, day(at), day(until) if until else None, not exactly, "Thank you",
        day(revoked) if revoked else None,
    )  # fmt: skip


def story(standings: Iterable[Standing]) -> list[tuple[str | None, str]]:
    """Return levels and causes."""
    return [(standing.level, standing.cause) for standing in standings]
