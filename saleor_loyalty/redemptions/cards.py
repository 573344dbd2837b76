"""What gift cards tell of the orders they paid. No event does: the card itself is asked."""

from datetime import UTC, datetime
from decimal import Decimal

from saleor_loyalty.gateways.saleor.gift_cards import GiftCard
from saleor_loyalty.redemptions import rules, using
from saleor_loyalty.redemptions.models import Redemption, RedemptionUse

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def settle(redemption: Redemption, card: GiftCard, *, on_card: Decimal, at: datetime) -> None:
    """Charge what the card was used for, and what is still on it.

    The caller has a transaction open, and the member and the redemption locked.
    """
    known = {use.order_id: use for use in using.uses_of(redemption)}
    for drawn in card.uses:
        use = known.get(drawn.order_id)
        if use is None:
            # Its order has not been heard of yet; until it is, it counts.
            use = RedemptionUse(
                installation_id=redemption.installation_id,
                redemption=redemption,
                order_id=drawn.order_id,
                order_number=drawn.order_number,
                currency=redemption.currency,
                ordered_at=at,
                # Any news of it is newer.
                state_at=LONG_AGO,
                recorded_at=at,
            )
        use.discount = drawn.drawn
        use.save()
    uses = using.uses_of(redemption)
    if card.uses:
        worth = rules.worth_of_card(card, {use.order_id: use.share for use in uses}, on_card)
        using.charge_card(redemption, uses, worth=worth, at=at)
    using.finish(redemption, uses, at=at)
