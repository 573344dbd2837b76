"""What entries win by completing campaigns, beside what they earn. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from saleor_loyalty.campaigns.rules import Award
from saleor_loyalty.earning.reckoning import WHOLE_ENTRY, Allocation, Reason, Reckoning


def within_budgets(awards: Iterable[Award], left: Mapping[str, int]) -> list[Award]:
    """Cut awards to what is left of their campaigns' budgets."""
    rest = dict(left)
    cut = []
    for award in awards:
        points = min(award.points, rest.get(award.campaign, award.points))
        if award.campaign in rest:
            rest[award.campaign] -= points
        cut.append(replace(award, points=points))
    return cut


def with_awards(reckoning: Reckoning, awards: Sequence[Award]) -> Reckoning:
    """Return what an entry earned together with what it won."""
    if not awards:
        return reckoning
    points = sum(award.points for award in awards)
    allocations = [Allocation(WHOLE_ENTRY, each.campaign, each.points) for each in awards]
    reasons = [Reason(each.campaign, each.code, each.points, each.facts) for each in awards]
    return replace(
        reckoning,
        points=reckoning.points + points,
        exact=reckoning.exact + Fraction(points),
        allocations=(*reckoning.allocations, *[each for each in allocations if each.points]),
        reasons=(*reckoning.reasons, *reasons),
        # An order of goods that earn nothing may complete a campaign.
        nothing=None,
    )
