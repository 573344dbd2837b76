"""So many bought, one free: a card that fills up."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from saleor_loyalty.campaigns.purchases import Purchase
from saleor_loyalty.earning.calendar import bucket
from saleor_loyalty.programme.campaign_terms import Stamps
from saleor_loyalty.programme.parts import Period


@dataclass(slots=True)
class StampCard:
    """The stamps a member holds in one campaign."""

    stamps: int = 0
    # How often the card became full.
    completed: int = 0
    stamped_at: datetime | None = None
    # Stamps given on the day of the last one.
    stamped_that_day: int = 0

    def add(self, terms: Stamps, purchase: Purchase, zone: ZoneInfo) -> int:
        """Stamp a purchase, no earlier than the last one; return how often the card became full."""
        given = self._earned(terms, purchase, zone)
        kept = self.stamps_at(terms, purchase.at, zone)
        times, self.stamps = divmod(kept + given, terms.target)
        if self._is_another(Period.DAY, purchase.at, zone):
            self.stamped_that_day = 0
        self.stamped_that_day += given
        self.stamped_at = purchase.at
        self.completed += times
        return times

    def stamps_at(self, terms: Stamps, at: datetime, zone: ZoneInfo) -> int:
        """Return the stamps that count at a later moment: some are lost with the period."""
        is_lost = terms.resets_each and self._is_another(terms.resets_each, at, zone)
        return 0 if is_lost else self.stamps

    def _earned(self, terms: Stamps, purchase: Purchase, zone: ZoneInfo) -> int:
        wanted = purchase.pieces if terms.each == "PIECE" else 1
        if terms.at_most_a_day is None:
            return wanted
        is_another_day = self._is_another(Period.DAY, purchase.at, zone)
        given = 0 if is_another_day else self.stamped_that_day
        return min(wanted, max(0, terms.at_most_a_day - given))

    def _is_another(self, period: Period, at: datetime, zone: ZoneInfo) -> bool:
        """Tell whether `at` is in another period than the last stamp."""
        last_at = self.stamped_at
        return last_at is None or bucket(period, last_at, zone) != bucket(period, at, zone)
