"""What is to be shown of members."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from saleor_loyalty.ledger.queries import balances
from saleor_loyalty.mirrors.rules import Display
from saleor_loyalty.programme.queries import NoProgramme, current
from saleor_loyalty.tiers.queries import levels


def displays(
    installation_id: UUID, member_ids: Collection[UUID], *, at: datetime
) -> dict[UUID, Display]:
    """Return what is to be shown of members of a shop, with levels by their names of now."""
    names = _names(installation_id, at)
    held, points = levels(member_ids), balances(member_ids, at=at)
    return {
        member_id: Display(
            names.get(level.level, level.level) if (level := held[member_id]) else "",
            points[member_id].available,
        )
        for member_id in member_ids
    }


def _names(installation_id: UUID, at: datetime) -> dict[str, str]:
    try:
        tiers = current(installation_id, at).document.tiers
    except NoProgramme:
        return {}
    return {level.id: level.name for level in tiers.levels} if tiers else {}
