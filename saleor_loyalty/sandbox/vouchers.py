"""Vouchers and their codes: what they take off, and when they are refused."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from .catalogue import Channel
from .ids import Node, global_id
from .money import ZERO, Money, to_cents


@dataclass(kw_only=True, eq=False)
class VoucherCode(Node):
    """One code of a voucher."""

    KIND: ClassVar[str] = "VoucherCode"
    code: str
    created_at: datetime
    used: int = 0
    is_active: bool = True


@dataclass(kw_only=True, eq=False)
class Listing:
    """What a voucher is worth in one channel."""

    voucher_pk: str
    channel: Channel
    discount_value: Decimal
    min_amount_spent: Decimal | None = None

    @property
    def id(self) -> str:
        """The global id."""
        return global_id("VoucherChannelListing", f"{self.voucher_pk}-{self.channel.pk}")

    @property
    def currency(self) -> str:
        """The channel's currency."""
        return self.channel.currency_code

    @property
    def min_spent(self) -> Money | None:
        """The least a basket must cost."""
        if self.min_amount_spent is None:
            return None
        return Money(self.min_amount_spent, self.currency)


@dataclass(kw_only=True, eq=False)
class Voucher(Node):
    """A discount that customers get for a code."""

    KIND: ClassVar[str] = "Voucher"
    start_date: datetime
    name: str | None = None
    type: str = "ENTIRE_ORDER"
    discount_value_type: str = "FIXED"
    end_date: datetime | None = None
    single_use: bool = False
    usage_limit: int | None = None
    apply_once_per_customer: bool = False
    apply_once_per_order: bool = False
    only_for_staff: bool = False
    min_checkout_items_quantity: int = 0
    codes: list[VoucherCode] = field(default_factory=list)
    listings: dict[str, Listing] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)

    @property
    def code(self) -> str | None:
        """The oldest code, whichever was used."""
        return self.codes[0].code if self.codes else None

    @property
    def used(self) -> int:
        """How often all codes were used together."""
        return sum(code.used for code in self.codes)

    @property
    def channel_listings(self) -> list[Listing]:
        """The listings of all channels."""
        return list(self.listings.values())

    def find_code(self, text: str) -> VoucherCode | None:
        """Return the code with exactly this text."""
        return next((code for code in self.codes if code.code == text), None)

    def is_active(self, code: VoucherCode, channel: Channel, at: datetime) -> bool:
        """Tell whether the code can be used at all, whatever is in the basket."""
        if not code.is_active or channel.slug not in self.listings:
            return False
        if self.usage_limit is not None and self.used >= self.usage_limit:
            return False
        return self.start_date <= at and (self.end_date is None or at <= self.end_date)

    def suits(self, channel: Channel, *, subtotal: Decimal, quantity: int) -> bool:
        """Tell whether a basket fulfils the conditions."""
        least = self.listings[channel.slug].min_amount_spent or ZERO
        return subtotal >= least and quantity >= self.min_checkout_items_quantity

    def is_spent_by(self, email: str | None) -> bool:
        """Tell whether this customer had their one use."""
        return self.apply_once_per_customer and email in self.users

    def taken_off(self, price: Decimal, channel: Channel) -> Decimal:
        """Return the discount on a price, never more than the price."""
        value = self.listings[channel.slug].discount_value
        if self.discount_value_type == "PERCENTAGE":
            value = to_cents(price * value / 100)
        return min(value, price)

    def use(self, code: VoucherCode, email: str | None) -> None:
        """Count one use. Nothing is checked here: that happened earlier, as in Saleor."""
        if self.usage_limit is not None:
            code.used += 1
        if self.single_use:
            code.is_active = False
        if self.apply_once_per_customer and email:
            self.users.add(email)


def find_by_code(vouchers: Iterable[Voucher], text: str) -> tuple[Voucher, VoucherCode] | None:
    """Return the voucher that has the code, and the code. Case matters."""
    for voucher in vouchers:
        if code := voucher.find_code(text):
            return voucher, code
    return None
