"""Gift cards, what is on them, and what orders drew."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from .ids import Node
from .money import ZERO, Money
from .people import User


@dataclass(kw_only=True, eq=False)
class GiftCardEvent(Node):
    """Something that happened to a gift card."""

    KIND: ClassVar[str] = "GiftCardEvent"
    type: str
    date: datetime
    order_id: str | None = None
    order_number: str | None = None
    balance: dict[str, Money] | None = None


@dataclass(kw_only=True, eq=False)
class GiftCard(Node):
    """Money to pay with; assigned to a customer, nobody else can."""

    KIND: ClassVar[str] = "GiftCard"
    code: str
    currency: str
    initial: Decimal
    current: Decimal
    is_active: bool
    created: datetime
    expiry_date: date | None = None
    assigned_to: User | None = None
    events: list[GiftCardEvent] = field(default_factory=list)

    @property
    def last4_code_chars(self) -> str:
        """The end of the code."""
        return self.code[-4:]

    @property
    def display_code(self) -> str:
        """The code as anybody may see it."""
        return f"**** {self.last4_code_chars}"

    @property
    def initial_balance(self) -> Money:
        """What was on it."""
        return Money(self.initial, self.currency)

    @property
    def current_balance(self) -> Money:
        """What is on it."""
        return Money(self.current, self.currency)

    def is_usable(self, *, by: User | None, currency: str, on: date) -> bool:
        """Tell whether somebody can pay with it."""
        is_over = self.expiry_date is not None and self.expiry_date < on
        is_theirs = self.assigned_to is None or self.assigned_to is by
        return self.is_active and not is_over and is_theirs and self.currency == currency

    def move(self, amount: Decimal, *, of: str, pk: str, at: datetime, **about: Any) -> Decimal:
        """Add or draw money, never below zero; return by how much it changed."""
        before = self.current
        self.current = max(ZERO, before + amount)
        self.initial = max(self.initial, self.current)
        balance = {
            "old_current_balance": Money(before, self.currency),
            "current_balance": self.current_balance,
        }
        self.events.append(GiftCardEvent(pk=pk, type=of, date=at, balance=balance, **about))
        return self.current - before
