"""Payment transactions: what reports of a payment provider do to the amounts."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from .ids import Node
from .money import ZERO, Money

if TYPE_CHECKING:
    from .apps import App
    from .checkouts import Checkout
    from .orders import Order
    from .people import User

# What each report adds to (authorized, charged, refunded, canceled), as a sign.
EFFECTS: dict[str, tuple[int, int, int, int]] = {
    "REFUND_REQUEST": (0, -1, 0, 0),
    "REFUND_FAILURE": (0, 1, 0, 0),
    "AUTHORIZATION_SUCCESS": (1, 0, 0, 0),
    "CHARGE_SUCCESS": (-1, 1, 0, 0),
    "CHARGE_BACK": (0, -1, 0, 0),
    "REFUND_SUCCESS": (0, -1, 1, 0),
    "REFUND_REVERSE": (0, 1, -1, 0),
    "CANCEL_SUCCESS": (-1, 0, 0, 1),
}


class DifferentAmount(Exception):
    """The same report came before, with another amount."""


@dataclass(kw_only=True, eq=False)
class TransactionEvent(Node):
    """One report about a transaction."""

    KIND: ClassVar[str] = "TransactionEvent"
    created_at: datetime
    type: str
    psp_reference: str
    amount: Money
    message: str = ""


@dataclass(kw_only=True, eq=False)
class Transaction(Node):
    """A payment at a provider."""

    KIND: ClassVar[str] = "TransactionItem"
    currency: str
    created_at: datetime
    modified_at: datetime
    name: str = ""
    message: str = ""
    psp_reference: str = ""
    actions: list[str] = field(default_factory=list)
    authorized: Decimal = ZERO
    charged: Decimal = ZERO
    refunded: Decimal = ZERO
    canceled: Decimal = ZERO
    events: list[TransactionEvent] = field(default_factory=list)
    created_by: "User | App | None" = None
    payment_method_details: dict[str, Any] | None = None
    order: "Order | None" = None
    checkout: "Checkout | None" = None

    @property
    def authorized_amount(self) -> Money:
        """What could still be charged."""
        return Money(self.authorized, self.currency)

    @property
    def charged_amount(self) -> Money:
        """What was charged, less what went back."""
        return Money(self.charged, self.currency)

    @property
    def refunded_amount(self) -> Money:
        """What went back."""
        return Money(self.refunded, self.currency)

    @property
    def canceled_amount(self) -> Money:
        """What will never be charged."""
        return Money(self.canceled, self.currency)

    def known(self, event: TransactionEvent) -> TransactionEvent | None:
        """Return the same report if it came before.

        :raises DifferentAmount: if it came with another amount.
        """
        for earlier in self.events:
            if (earlier.type, earlier.psp_reference) == (event.type, event.psp_reference):
                if earlier.amount != event.amount:
                    raise DifferentAmount
                return earlier
        return None

    def _effect_of(self, event: TransactionEvent) -> tuple[int, int, int, int]:
        effect = EFFECTS.get(event.type, (0, 0, 0, 0))
        requested = any(
            (earlier.type, earlier.psp_reference) == ("REFUND_REQUEST", event.psp_reference)
            for earlier in self.events
        )
        if event.type == "REFUND_SUCCESS" and requested:
            return (0, 0, 1, 0)  # the request has lowered the charged amount already
        if event.type == "REFUND_FAILURE" and not requested:
            return (0, 0, 0, 0)
        return effect

    def take_in(self, event: TransactionEvent) -> None:
        """Apply a report to the amounts."""
        authorized, charged, refunded, canceled = self._effect_of(event)
        self.events.append(event)
        self.modified_at = event.created_at
        amount = event.amount.amount
        self.authorized = max(ZERO, self.authorized + authorized * amount)
        self.charged += charged * amount
        self.refunded += refunded * amount
        self.canceled += canceled * amount


def charge_status(charged: Decimal, due: Decimal) -> str:
    """Tell how much of what is due was charged. Nothing due counts as fully charged."""
    if charged == due:
        return "FULL"
    if charged <= 0:
        return "NONE"
    return "PARTIAL" if charged < due else "OVERCHARGED"
