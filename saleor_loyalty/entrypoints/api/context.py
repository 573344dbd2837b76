"""What every resolver of a request may know."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Generic, TypeVar
from uuid import UUID

from saleor_loyalty.entrypoints.api.auth import Customer, NotAuthenticated, NotPermitted, Staff
from saleor_loyalty.installations.queries import Shop
from saleor_loyalty.ledger import queries as ledger
from saleor_loyalty.pages import Page, Window

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Together(Generic[Value]):
    """Reads something for all members of a page, the first time one of them is asked for it.

    So the number of SQL queries does not grow with the page.
    """

    read: Callable[[Collection[UUID]], Mapping[UUID, Value]]
    known: dict[UUID, Value] = field(default_factory=dict)

    def get(self, member_id: UUID, *, among: Collection[UUID]) -> Value:
        """Return the member's value; `among` are the members of their page."""
        if member_id not in self.known:
            self.known.update(self.read(among))
        return self.known[member_id]


@dataclass
class Context:
    """One request: which shop it is about, who asks, and what has been read for it."""

    named_shop: Shop | None
    caller: Customer | Staff | None
    token: str = field(repr=False)
    at: datetime
    _histories: dict[Window, Together[Page[ledger.Entry]]] = field(default_factory=dict)
    _lots: dict[Window, Together[Page[ledger.OpenLot]]] = field(default_factory=dict)

    @property
    def shop(self) -> Shop:
        """The shop asked about.

        :raises NotAuthenticated: if the request named none.
        """
        if self.named_shop is None:
            raise NotAuthenticated
        return self.named_shop

    def staff(self, *, need: Collection[str], moves_points: bool = False) -> Staff:
        """Return the member of staff who asks.

        :raises NotPermitted: for everybody else, and if they lack a permission.
        """
        if not isinstance(self.caller, Staff):
            raise NotPermitted(need=need)
        self.caller.check(need=need, moves_points=moves_points)
        return self.caller

    @cached_property
    def balances(self) -> Together[ledger.Balance]:
        """Balances, read together."""
        return Together(partial(ledger.balances, at=self.at))

    def histories(self, window: Window) -> Together[Page[ledger.Entry]]:
        """Pages of history, read together."""
        return self._histories.setdefault(
            window, Together(partial(ledger.histories, window=window))
        )

    def lots(self, window: Window) -> Together[Page[ledger.OpenLot]]:
        """Pages of lots, read together."""
        return self._lots.setdefault(
            window, Together(partial(ledger.lots, window=window, at=self.at))
        )
