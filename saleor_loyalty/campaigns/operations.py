"""Joining campaigns."""

from datetime import datetime
from uuid import UUID

from saleor_loyalty.campaigns.models import OptIn
from saleor_loyalty.campaigns.rules import joinable
from saleor_loyalty.programme.campaign_terms import Campaign, Surprise
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.earning_terms import Rule


class NoSuchCampaign(LookupError):
    """No campaign of the programme in force has this key."""


class NothingToJoin(Exception):
    """The campaign counts for everybody, without being joined."""


class CampaignOver(Exception):
    """The campaign has ended."""


def join(
    *, installation_id: UUID, member_id: UUID, campaign: str, document: Programme, at: datetime
) -> OptIn:
    """Let a member take part from `at` on; who takes part already does so since then.

    :param campaign: the key of a campaign, or of a rule that must be activated.
    :param document: the programme in force.
    :raises NoSuchCampaign: also for surprises that nobody should hear of yet.
    :raises NothingToJoin:
    :raises CampaignOver:
    """
    offers: list[Campaign | Rule] = [*document.campaigns, *document.earning.rules]
    found = next((each for each in offers if each.id == campaign), None)
    if found is None or isinstance(found, Surprise):
        raise NoSuchCampaign(campaign)
    if not joinable(found):
        raise NothingToJoin(campaign)
    if found.when.ends_at and found.when.ends_at <= at:
        raise CampaignOver(campaign)
    opt_in, _ = OptIn.objects.get_or_create(
        installation_id=installation_id,
        member_id=member_id,
        campaign=campaign,
        defaults={"at": at},
    )
    return opt_in
