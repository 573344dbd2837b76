"""Which level a number reaches, and what a level of other terms is called in these. Pure."""

from decimal import Decimal

from saleor_loyalty.programme.tier_terms import Tiers

#: Below the lowest level.
GROUND = -1


def rank_reached(tiers: Tiers, value: Decimal) -> int:
    """Return the place of the highest level that `value` reaches, or GROUND."""
    ranks = [rank for rank, level in enumerate(tiers.levels) if level.threshold <= value]
    return max(ranks, default=GROUND)


def rank_of(level: str, tiers: Tiers, *, home: Tiers | None) -> int:
    """Return the place among the levels of a level that was reached under the terms `home`.

    A level that is gone becomes the highest that takes no more than it took; where levels are
    reached by something else now, the one as high up as it was.
    """
    if (rank := _index(level, tiers)) != GROUND or home is None:
        return rank
    former = _index(level, home)
    if former == GROUND:
        return GROUND
    if _measure(home) == _measure(tiers):
        return rank_reached(tiers, home.levels[former].threshold)
    return min(former, len(tiers.levels) - 1)


def level_at(rank: int, tiers: Tiers) -> str | None:
    """Return the key of the level at this place."""
    return None if rank == GROUND else tiers.levels[rank].id


def _index(level: str, tiers: Tiers) -> int:
    return next((rank for rank, each in enumerate(tiers.levels) if each.id == level), GROUND)


def _measure(tiers: Tiers) -> tuple[object, ...]:
    return tiers.metric, tiers.currency, tiers.attribute
