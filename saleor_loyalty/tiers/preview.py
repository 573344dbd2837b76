"""Who would move if other levels came into force. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from saleor_loyalty.members.rules import Fact
from saleor_loyalty.programme.document import Programme, Version
from saleor_loyalty.tiers.rules import Climb, Deed, Grant

#: The members named of each move.
EXAMPLES_MAX = 5
_DRAFT = UUID(int=0)

#: From which level to which; None: no level.
Move = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Past:
    """One member's history, as far as levels are concerned. Deeds as the draft counts them."""

    member: UUID
    joined_at: datetime
    deeds: Sequence[Deed] = ()
    grants: Sequence[Grant] = ()
    facts: Sequence[Fact] = ()


@dataclass(slots=True)
class Moves:
    """How many members move from which level to which, and some of them."""

    counts: defaultdict[Move, int] = field(default_factory=lambda: defaultdict(int))
    examples: defaultdict[Move, list[UUID]] = field(default_factory=lambda: defaultdict(list))

    def note(self, member: UUID, before: str | None, after: str | None) -> None:
        """Count a member, if they move."""
        if before == after:
            return
        self.counts[before, after] += 1
        if len(self.examples[before, after]) < EXAMPLES_MAX:
            self.examples[before, after].append(member)


@dataclass(frozen=True, slots=True)
class Preview:
    """What other levels would mean for those who are members now."""

    members: int
    # From the level of today to that of the draft, at once.
    at_once: Moves
    # From the level there would be after the member's next review, to that of the draft then, if
    # they do nothing before.
    at_review: Moves


def preview(
    histories: Iterable[Past], *, current: Sequence[Version], draft: Programme, at: datetime
) -> Preview:
    """Return who would move if `draft` came into force at `at`.

    :param current: every version of the programme, the latest to take effect first.
    """
    known = [version for version in current if version.effective_from <= at]
    coming = [Version(_DRAFT, 0, draft, at), *known]
    members, at_once, at_review = 0, Moves(), Moves()
    for past in histories:
        members += 1
        one, other = _walk(past, current, at), _walk(past, coming, at)
        before, after = one.standing_at(at), other.standing_at(at)
        at_once.note(past.member, before.level, after.level)
        outlooks = one.outlook(at), other.outlook(at)
        reviews = [each.review_at for each in outlooks if each and each.review_at]
        if reviews:
            review_at = max(reviews)
            levels = [way.standing_at(review_at).level for way in (one, other)]
            at_review.note(past.member, *levels)
    return Preview(members, at_once, at_review)


def _walk(past: Past, versions: Sequence[Version], at: datetime) -> Climb:
    way = Climb(versions, joined_at=past.joined_at, grants=past.grants, facts=past.facts)
    for deed in past.deeds:
        if deed.at <= at:
            way.add(deed)
    return way
