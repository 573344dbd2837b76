"""Vouchers and their codes: what they take off, and when they are refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from .catalogue import Channel, Variant
from .ids import Node, global_id
from .money import ZERO, Money, share, to_cents


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
    # Global ids of the products, variants, collections and categories it is for.
    named: dict[str, frozenset[str]] = field(default_factory=dict)

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

    @property
    def goods(self) -> frozenset[str]:
        """The global ids of all it is for."""
        return frozenset().union(*self.named.values())

    def find_code(self, text: str) -> VoucherCode | None:
        """Return the code with exactly this text."""
        return next((code for code in self.codes if code.code == text), None)

    def is_on(self, channel: Channel, at: datetime) -> bool:
        """Tell whether it can be used in a channel at a time, whatever is in the basket."""
        if channel.slug not in self.listings:
            return False
        return self.start_date <= at and (self.end_date is None or at <= self.end_date)

    def is_used_up(self, code: VoucherCode) -> bool:
        """Tell whether the code was used as often as it may be."""
        is_at_limit = self.usage_limit is not None and self.used >= self.usage_limit
        return is_at_limit or not code.is_active

    def is_reached(self, channel: Channel, *, subtotal: Decimal, quantity: int) -> bool:
        """Tell whether a basket is large enough."""
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

    @property
    def is_for_lines(self) -> bool:
        """Whether it takes something off some lines, and not off the whole."""
        return self.type == "SPECIFIC_PRODUCT" or self.apply_once_per_order

    def is_for(self, item: Variant) -> bool:
        """Tell whether it takes something off this variant. Naming no goods means all goods."""
        if self.type != "SPECIFIC_PRODUCT" or not self.goods:
            return True
        product = item.product
        # As in Saleor, a category does not mean those below it.
        ids = {item.id, product.id, product.category.id, *(c.id for c in product.collections)}
        return not self.goods.isdisjoint(ids)

    def reductions(
        self, lines: Sequence[tuple[Variant, int, Decimal]], channel: Channel
    ) -> list[Decimal]:
        """Return what it takes off each line of variant, quantity and price of one."""
        none = [ZERO for _ in lines]
        if channel.slug not in self.listings or self.type == "SHIPPING":
            return none
        if not self.is_for_lines:
            whole = [unit * quantity for _item, quantity, unit in lines]
            return share(self.taken_off(sum(whole, ZERO), channel), whole)
        eligible = [number for number, (item, _, _) in enumerate(lines) if self.is_for(item)]
        if self.apply_once_per_order:
            if eligible:
                cheapest = min(eligible, key=lambda number: lines[number][2])
                none[cheapest] = self.taken_off(lines[cheapest][2], channel)
            return none
        return [
            self._off_line(quantity, unit, channel) if number in eligible else ZERO
            for number, (_item, quantity, unit) in enumerate(lines)
        ]

    def _off_line(self, quantity: int, unit: Decimal, channel: Channel) -> Decimal:
        # Percents are rounded once for all pieces.
        if self.discount_value_type == "PERCENTAGE":
            return self.taken_off(unit * quantity, channel)
        return self.taken_off(unit, channel) * quantity

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
