"""Which rewards members were given, by what they did: pure.

A reward is known by the how-manieth of its kind it is: the third full card, the second year on a
level. So goods that go back take the last one away, whichever order it came with; and whoever has
used that one already gets no other for the next.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from saleor_loyalty.accrual.history import History, Replayed
from saleor_loyalty.programme.document import Programme, Version, version_at
from saleor_loyalty.programme.reward_terms import Reward
from saleor_loyalty.programme.tier_terms import Tiers
from saleor_loyalty.redemptions.entitlements import AWARD, TIER, Due
from saleor_loyalty.redemptions.rules import expires_at
from saleor_loyalty.tiers.rules import Change

#: The most rewards that one campaign, event or level gives a member in all.
GIVEN_MAX = 1_000


def due(history: History, replayed: Replayed, versions: Sequence[Version]) -> dict[str, Due]:
    """Return every reward a member should have been given, by what gave it.

    What gives a reward before there was a programme gives it on the programme's first day.

    :param versions: every version of the programme, the latest to take effect first.
    """
    began, counts, rewards = versions[-1].effective_from, Counter[str](), dict[str, Due]()
    for source, reward, at in (*_won(replayed, versions), *_of_levels(history, replayed, versions)):
        counts[source] += 1
        if counts[source] <= GIVEN_MAX:
            earned_at = max(at, began)
            ends_at = expires_at(earned_at, reward.valid_days)
            rewards[f"{source}:{counts[source]}"] = Due(reward.id, earned_at, ends_at)
    return rewards


def _won(replayed: Replayed, versions: Sequence[Version]) -> Iterator[tuple[str, Reward, datetime]]:
    """Yield what campaigns and events gave, the first first."""
    documents = {version.id: version.document for version in versions}
    for accrued in replayed.accrued:
        for reason in accrued.reckoning.reasons:
            reward = _reward(reason.facts.get("reward"), accrued.version_id, documents)
            if reward:
                for _ in range(min(GIVEN_MAX, reason.facts.get("times", 1))):
                    yield f"{AWARD}{reason.rule}", reward, accrued.entry.at


def _of_levels(
    history: History, replayed: Replayed, versions: Sequence[Version]
) -> Iterator[tuple[str, Reward, datetime]]:
    """Yield what levels gave whenever they were reached or kept on, the first first."""
    for at, level in _reached(history, replayed, versions):
        version = version_at(at, versions)
        tiers = version.document.tiers if version else None
        for tier in tiers.levels if tiers else ():
            if version and tier.id == level:
                for key in tier.benefits.rewards:
                    if reward := _among(version.document, key):
                        yield f"{TIER}{level}:{key}", reward, at


def _reached(
    history: History, replayed: Replayed, versions: Sequence[Version]
) -> Iterator[tuple[datetime, str]]:
    """Yield when the member reached a level, or kept it at a review.

    Of what happened before there was a programme only the level of its first day counts.
    """
    if replayed.climb is None or replayed.standing is None:
        return
    changes, began = replayed.climb.changes, versions[-1].effective_from
    level = changes[0].before if changes else replayed.standing.level
    before = [change for change in changes if change.at <= began]
    for change in before:
        level = change.standing.level
    if level:
        yield (
            max(began, min([history.joined_at, *[each.at for each in history.entries[:1]]])),
            level,
        )
    for change in changes[len(before) :]:
        version = version_at(change.at, versions)
        tiers = version.document.tiers if version else None
        if change.standing.level and tiers and _is_earned(change, tiers):
            yield change.at, change.standing.level


def _is_earned(change: Change, tiers: Tiers) -> bool:
    """Tell whether a change is a step up, or keeps a level that was in review."""
    levels = [level.id for level in tiers.levels]
    after, before = change.standing.level, change.before
    if after == before:
        return change.standing.cause == "REVIEW"
    rank = levels.index(before) if before in levels else -1
    return after in levels and levels.index(after) > rank


def _reward(key: str | None, version_id: UUID, documents: dict[UUID, Programme]) -> Reward | None:
    """Return the reward as the terms of an entry have it, else as the latest ones do."""
    if key is None:
        return None
    candidates = [documents[version_id]] if version_id in documents else []
    found = (_among(document, key) for document in [*candidates, *documents.values()])
    return next(filter(None, found), None)


def _among(document: Programme, key: str) -> Reward | None:
    return next((reward for reward in document.rewards if reward.id == key), None)
