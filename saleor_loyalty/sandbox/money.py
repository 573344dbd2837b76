"""Money in decimals, with a tax included in every price."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

TAX_RATE = Decimal("0.20")
CENT = Decimal("0.01")
ZERO = Decimal(0)


def to_cents(amount: Decimal) -> Decimal:
    """Return the amount in whole cents."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class TaxedMoney:
    """A price with and without its tax."""

    net: Money
    gross: Money

    @property
    def currency(self) -> str:
        """The currency of both sides."""
        return self.gross.currency

    @property
    def tax(self) -> Money:
        """The difference of the two sides."""
        return Money(self.gross.amount - self.net.amount, self.currency)


def with_tax(gross: Decimal, currency: str) -> TaxedMoney:
    """Return a price from its gross amount."""
    net = to_cents(gross / (1 + TAX_RATE))
    return TaxedMoney(net=Money(net, currency), gross=Money(gross, currency))


def add_up(prices: Iterable[TaxedMoney], currency: str) -> TaxedMoney:
    """Return the sum of prices, side by side."""
    listed = list(prices)
    net = sum((price.net.amount for price in listed), ZERO)
    gross = sum((price.gross.amount for price in listed), ZERO)
    return TaxedMoney(net=Money(net, currency), gross=Money(gross, currency))


def share(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """Split an amount in proportion to the weights; the last one takes the rounding."""
    total = sum(weights, ZERO)
    if not total:
        return [ZERO for _ in weights]
    parts = [to_cents(amount * weight / total) for weight in weights[:-1]]
    return [*parts, amount - sum(parts, ZERO)]
