"""Orders and their money, worked out from lines, payments and granted refunds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from .catalogue import Channel
from .checkouts import Address
from .gift_cards import GiftCard
from .ids import Node, global_id
from .money import ZERO, Money, TaxedMoney, add_up, with_tax
from .order_lines import Discount, OrderLine
from .payments import Transaction, charge_status
from .people import User
from .vouchers import Voucher

GONE = frozenset({"RETURNED", "REFUNDED_AND_RETURNED"})


@dataclass(kw_only=True, eq=False)
class FulfillmentLine(Node):
    """Pieces of one order line that travel together."""

    KIND: ClassVar[str] = "FulfillmentLine"
    order_line: OrderLine
    quantity: int


@dataclass(kw_only=True, eq=False)
class Fulfillment(Node):
    """Pieces that were sent, returned or replaced together."""

    KIND: ClassVar[str] = "Fulfillment"
    fulfillment_order: int
    status: str
    created: datetime
    lines: list[FulfillmentLine]
    tracking_number: str = ""

    @property
    def quantity(self) -> int:
        """How many pieces."""
        return sum(line.quantity for line in self.lines)


@dataclass(kw_only=True, eq=False)
class GrantedRefundLine:
    """Pieces of an order line for which money is promised back."""

    id: str
    order_line: OrderLine
    quantity: int
    reason: str | None = None


@dataclass(kw_only=True, eq=False)
class GrantedRefund(Node):
    """Money promised back, whether or not it was paid yet."""

    KIND: ClassVar[str] = "OrderGrantedRefund"
    created_at: datetime
    updated_at: datetime
    amount: Money
    transaction: Transaction
    reason: str = ""
    status: str = "NONE"
    # The report of the payment provider that will settle it.
    psp_reference: str | None = None
    shipping_costs_included: bool = False
    lines: list[GrantedRefundLine] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class Order(Node):
    """Something sold."""

    KIND: ClassVar[str] = "Order"
    number: str
    channel: Channel
    created: datetime
    updated_at: datetime
    status: str
    lines: list[OrderLine]
    origin: str = "CHECKOUT"
    original: str | None = None
    user: User | None = None
    user_email: str | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    undiscounted_shipping: Decimal = ZERO
    shipping: Decimal = ZERO
    voucher: Voucher | None = None
    voucher_code: str | None = None
    checkout_pk: str | None = None
    discounts: list[Discount] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)
    gift_cards: list[GiftCard] = field(default_factory=list)
    # What they paid, which lowers the total.
    on_gift_cards: Decimal = ZERO
    notes: list[str] = field(default_factory=list)
    granted_refunds: list[GrantedRefund] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)

    def money(self, amounts: Iterable[Decimal]) -> Money:
        """Return the sum of amounts in the order's currency."""
        return Money(sum(amounts, ZERO), self.channel.currency_code)

    @property
    def checkout_id(self) -> str | None:
        """The checkout it was made from."""
        return self.checkout_pk and global_id("Checkout", self.checkout_pk)

    @property
    def subtotal(self) -> TaxedMoney:
        """The lines."""
        return add_up((line.total_price for line in self.lines), self.channel.currency_code)

    @property
    def shipping_price(self) -> TaxedMoney:
        """Shipping, after a shipping voucher."""
        return with_tax(self.shipping, self.channel.currency_code)

    @property
    def undiscounted_shipping_price(self) -> Money:
        """Shipping, before a voucher."""
        return self.money([self.undiscounted_shipping])

    @property
    def undrawn(self) -> TaxedMoney:
        """Lines and shipping."""
        return add_up((self.subtotal, self.shipping_price), self.channel.currency_code)

    @property
    def total(self) -> TaxedMoney:
        """Lines and shipping, less what gift cards paid."""
        whole = self.undrawn
        if not self.on_gift_cards:
            return whole
        return with_tax(whole.gross.amount - self.on_gift_cards, whole.currency)

    @property
    def undiscounted_total(self) -> TaxedMoney:
        """Lines and shipping before discounts."""
        shipping = with_tax(self.undiscounted_shipping, self.channel.currency_code)
        prices = [line.undiscounted_total_price for line in self.lines]
        return add_up([*prices, shipping], self.channel.currency_code)

    @property
    def total_charged(self) -> Money:
        """What was charged, less what went back."""
        return self.money(item.charged for item in self.transactions)

    @property
    def total_authorized(self) -> Money:
        """What could still be charged."""
        return self.money(item.authorized for item in self.transactions)

    @property
    def total_canceled(self) -> Money:
        """What will never be charged."""
        return self.money(item.canceled for item in self.transactions)

    @property
    def total_refunded(self) -> Money:
        """What went back."""
        return self.money(item.refunded for item in self.transactions)

    @property
    def total_granted_refund(self) -> Money:
        """What was promised back."""
        return self.money(refund.amount.amount for refund in self.granted_refunds)

    @property
    def total_remaining_grant(self) -> Money:
        """What was promised back and has not gone back yet."""
        refunded, total = self.total_refunded.amount, self.total.gross.amount
        processed = self.total_charged.amount + self.total_authorized.amount + refunded
        done = max(refunded - (processed - total), ZERO)
        return self.money([max(min(self.total_granted_refund.amount, total) - done, ZERO)])

    @property
    def due(self) -> Decimal:
        """What is to be paid, less what was promised back."""
        return max(self.total.gross.amount - self.total_granted_refund.amount, ZERO)

    @property
    def total_balance(self) -> Money:
        """What was charged, less what is to be paid."""
        due = self.total.gross.amount - self.total_granted_refund.amount
        return self.money([self.total_charged.amount, -due])

    @property
    def charge_status(self) -> str:
        """How much of what is due was charged."""
        return charge_status(self.total_charged.amount, self.due)

    @property
    def authorize_status(self) -> str:
        """How much of what is due was charged or could be."""
        covered = self.total_charged.amount + self.total_authorized.amount
        if covered >= self.due:
            return "FULL"
        return "PARTIAL" if covered > 0 else "NONE"

    @property
    def is_paid(self) -> bool:
        """Whether all that is due was charged."""
        return self.charge_status in {"FULL", "OVERCHARGED"}

    def refresh_status(self) -> None:
        """Work the status out from what was sent, returned and replaced."""
        replaced = sum(f.quantity for f in self.fulfillments if f.status == "REPLACED")
        returned = sum(f.quantity for f in self.fulfillments if f.status in GONE)
        ordered = sum(line.quantity for line in self.lines) - replaced
        sent = sum(line.quantity_fulfilled for line in self.lines) - replaced
        if not ordered:
            return
        if sent <= 0:
            self.status = "UNFULFILLED"
        elif returned:
            self.status = "RETURNED" if returned == ordered else "PARTIALLY_RETURNED"
        else:
            self.status = "FULFILLED" if sent == ordered else "PARTIALLY_FULFILLED"
