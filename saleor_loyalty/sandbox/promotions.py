"""The one promotion for whole baskets that a sandbox may have: percents off, or a present."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from .catalogue import Channel, Variant
from .ids import Node
from .money import ZERO, to_cents


@dataclass(kw_only=True, eq=False)
class OrderPromotion(Node):
    """So many percent off baskets that cost enough, or a present, whichever is worth more.

    As in Saleor, any voucher takes it away, and it comes back with the voucher gone.
    """

    KIND: ClassVar[str] = "Promotion"
    name: str = "Promotion"
    percent: int
    minimum: Decimal
    present: Variant | None = None

    def _percents(self, gross: Decimal) -> Decimal:
        return to_cents(gross * self.percent / 100) if gross >= self.minimum else ZERO

    def gives(self, gross: Decimal, channel: Channel) -> Variant | None:
        """Return the present that comes with goods in place of the percents, if there is one."""
        if self.present is None or gross < self.minimum or channel.slug not in self.present.prices:
            return None
        is_best = self.present.price_in(channel) > self._percents(gross)
        return self.present if is_best else None

    def taken_off(self, gross: Decimal, channel: Channel) -> Decimal:
        """Return what it takes off goods."""
        return ZERO if self.gives(gross, channel) else self._percents(gross)
