"""What every resolver of a request may know."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Generic, TypeVar
from uuid import UUID

from saleor_loyalty.accrual.queries import Whereabouts, whereabouts
from saleor_loyalty.activities.models import MemberProfile
from saleor_loyalty.activities.queries import profiles
from saleor_loyalty.entrypoints.api.auth import (
    Customer,
    NotAuthenticated,
    NotPermitted,
    OtherApp,
    Staff,
)
from saleor_loyalty.installations.queries import Shop
from saleor_loyalty.ledger import queries as ledger
from saleor_loyalty.notices.queries import MemberNotice, notices_of
from saleor_loyalty.pages import Page, Window
from saleor_loyalty.programme.document import Version
from saleor_loyalty.programme.queries import versions
from saleor_loyalty.redemptions import queries as redemptions
from saleor_loyalty.redemptions import stock
from saleor_loyalty.redemptions.models import Entitlement, Redemption
from saleor_loyalty.rewards.values import Offer
from saleor_loyalty.tiers import queries as tiers

Value = TypeVar("Value")
# Where there is no programme, there are neither levels nor campaigns.
_NOWHERE = Whereabouts(None, None, ())


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
    caller: Customer | Staff | OtherApp | None
    token: str = field(repr=False)
    at: datetime
    _histories: dict[Window, Together[Page[ledger.Entry]]] = field(default_factory=dict)
    _lots: dict[Window, Together[Page[ledger.OpenLot]]] = field(default_factory=dict)
    _tier_histories: dict[Window, Together[Page[tiers.Step]]] = field(default_factory=dict)
    _offers: dict[str, Together[list[Offer]]] = field(default_factory=dict)
    _redemptions: dict[tuple[Window, Redemption.Status | None], Together[Page[Redemption]]] = field(
        default_factory=dict
    )

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

    def staff_or_app(self, *, need: Collection[str]) -> Staff | OtherApp:
        """Return the member of staff who asks, as where points move, or the app that does.

        :raises NotPermitted: for everybody else, and if they lack a permission.
        """
        if not isinstance(self.caller, OtherApp):
            return self.staff(need=need, moves_points=True)
        self.caller.check(need=need)
        return self.caller

    @cached_property
    def balances(self) -> Together[ledger.Balance]:
        """Balances, read together."""
        return Together(partial(ledger.balances, at=self.at))

    @cached_property
    def whereabouts(self) -> Together[Whereabouts]:
        """How far members are in levels and campaigns, counted together."""
        return Together(self._whereabouts)

    @cached_property
    def notices(self) -> Together[list[MemberNotice]]:
        """What members are told before points expire, read together."""
        return Together(partial(notices_of, self.shop.id, at=self.at))

    @cached_property
    def profiles(self) -> Together[MemberProfile | None]:
        """What members told of themselves, read together."""
        return Together(profiles)

    @cached_property
    def versions(self) -> Sequence[Version]:
        """The versions of the shop's programme, the latest first."""
        return versions(self.shop.id)

    @cached_property
    def levels(self) -> Together[tiers.Held | None]:
        """The levels members are on, read together."""
        return Together(tiers.levels)

    @cached_property
    def tier_grants(self) -> Together[list[tiers.Given]]:
        """What members were given by hand, read together."""
        return Together(partial(tiers.given, at=self.at))

    def offers(self, currency: str) -> Together[list[Offer]]:
        """The rewards members can have, or why not, read together."""
        return self._offers.setdefault(
            currency,
            Together(partial(redemptions.offers_of, self.shop, currency=currency, at=self.at)),
        )

    @cached_property
    def entitlements(self) -> Together[list[Entitlement]]:
        """Rewards members were given and have not taken, read together."""
        return Together(partial(redemptions.entitlements_of, at=self.at))

    @cached_property
    def stock_taken(self) -> Mapping[str, int]:
        """How often each reward with a stock was had, by everybody."""
        return stock.taken(self.shop.id)

    def redemptions(
        self, window: Window, status: Redemption.Status | None
    ) -> Together[Page[Redemption]]:
        """Pages of redemptions, read together."""
        read = partial(redemptions.redemptions_of, window=window, status=status)
        return self._redemptions.setdefault((window, status), Together(read))

    def tier_histories(self, window: Window) -> Together[Page[tiers.Step]]:
        """Pages of changes of level, read together."""
        return self._tier_histories.setdefault(
            window, Together(partial(tiers.histories, window=window))
        )

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

    def _whereabouts(self, member_ids: Collection[UUID]) -> dict[UUID, Whereabouts]:
        found = whereabouts(installation_id=self.shop.id, member_ids=list(member_ids), at=self.at)
        return {member_id: found.get(member_id, _NOWHERE) for member_id in member_ids}
