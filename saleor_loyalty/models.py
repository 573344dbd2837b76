"""Every table of the service, in one list (Django looks for models here)."""

from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.ledger.models import Lot, Movement, Posting
from saleor_loyalty.members.models import Member
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.models import ProgrammeVersion

__all__ = [
    "InboxEvent",
    "Installation",
    "Lot",
    "Member",
    "Movement",
    "Order",
    "Posting",
    "ProgrammeVersion",
]
