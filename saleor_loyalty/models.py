"""Every table of the service, in one list (Django looks for models here)."""

from saleor_loyalty.accrual.models import Budget, ConversionTurn, Recount
from saleor_loyalty.activities.models import Activity, Handout, MemberProfile
from saleor_loyalty.campaigns.models import OptIn
from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.ledger.models import Lot, Movement, Posting
from saleor_loyalty.members.models import Member, MemberFact, PaidMembership
from saleor_loyalty.mirrors.models import Mirror, MirrorCursor, MirrorTarget
from saleor_loyalty.notices.models import Extension, Notice, Round
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.models import ProgrammeDraft, ProgrammeVersion
from saleor_loyalty.redemptions.models import (
    Entitlement,
    PartnerCode,
    Redemption,
    RedemptionUse,
    RewardStock,
)
from saleor_loyalty.simulation.models import Backtest
from saleor_loyalty.tiers.models import TierChange, TierGrant

__all__ = [
    "Activity",
    "Backtest",
    "Budget",
    "ConversionTurn",
    "Entitlement",
    "Extension",
    "Handout",
    "InboxEvent",
    "Installation",
    "Lot",
    "Member",
    "MemberFact",
    "MemberProfile",
    "Mirror",
    "MirrorCursor",
    "MirrorTarget",
    "Movement",
    "Notice",
    "OptIn",
    "Order",
    "PaidMembership",
    "PartnerCode",
    "Posting",
    "ProgrammeDraft",
    "ProgrammeVersion",
    "Recount",
    "Redemption",
    "RedemptionUse",
    "RewardStock",
    "Round",
    "TierChange",
    "TierGrant",
]
