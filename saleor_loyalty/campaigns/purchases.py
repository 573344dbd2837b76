"""What of an order counts for a campaign: kept goods only, as if the others were never bought."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from saleor_loyalty.earning.keeping import kept_money_by_line, kept_pieces, may_earn
from saleor_loyalty.earning.scope import Tags, matcher, tags_of
from saleor_loyalty.gateways.saleor.orders import OrderLine, OrderState
from saleor_loyalty.programme.campaign_terms import Challenge, Stamps
from saleor_loyalty.programme.earning_terms import Earning
from saleor_loyalty.programme.parts import Scope

# Scopes are few, and asked for every order.
_matcher = lru_cache(maxsize=1_024)(matcher)


@dataclass(frozen=True, slots=True)
class Basket:
    """The goods of an order that the member kept and that may count, line by line."""

    at: datetime
    currency: str
    lines: tuple[OrderLine, ...]
    # What rules may know each line's goods by.
    tags: tuple[Tags, ...]
    are_full_price: tuple[bool, ...]
    # By the line's id.
    kept_pieces: Mapping[str, int]
    kept_money: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Purchase:
    """The lines of a basket that a campaign means: at least one."""

    basket: Basket
    lines: tuple[OrderLine, ...]
    scope: Scope

    @property
    def at(self) -> datetime:
        """When it was bought."""
        return self.basket.at

    @property
    def pieces(self) -> int:
        """How many pieces were kept."""
        return sum([self.basket.kept_pieces[line.id] for line in self.lines])

    @property
    def money(self) -> Fraction:
        """What was paid for them, in the basket's currency."""
        return sum([self.basket.kept_money[line.id] for line in self.lines], Fraction(0))

    @property
    def categories(self) -> frozenset[str]:
        """The different categories they count for."""
        return frozenset().union(*[_categories(line, self.scope) for line in self.lines])


def basket_of(order: OrderState, charged_peak: Decimal, earning: Earning) -> Basket:
    """Return what the member kept of an order; presents and gift cards never count.

    Nor do goods that earn nothing at all, nor those that cost nothing: the free coffee is not the
    first stamp of the next card.
    """
    excluded = _matcher(earning.scope).without
    money = kept_money_by_line(order, basis=earning.basis, charged_peak=charged_peak)
    kept = [
        (line, tags)
        for line, tags in [(line, tags_of(line.goods)) for line in order.lines]
        if may_earn(line) and money.get(line.id) and excluded.isdisjoint(tags)
    ]
    return Basket(
        at=order.created_at,
        currency=order.currency,
        lines=tuple([line for line, _ in kept]),
        tags=tuple([tags for _, tags in kept]),
        are_full_price=tuple([line.is_full_price for line, _ in kept]),
        kept_pieces=kept_pieces(order),
        kept_money=money,
    )


def purchase(basket: Basket, campaign: Stamps | Challenge) -> Purchase | None:
    """Return what a basket is for a campaign; None if it is nothing."""
    places = _matcher(campaign.scope).pick(basket.tags, basket.are_full_price)
    if not places or not _is_enough(basket, campaign):
        return None
    return Purchase(basket, tuple([basket.lines[place] for place in places]), campaign.scope)


def _is_enough(basket: Basket, campaign: Stamps | Challenge) -> bool:
    """Tell whether all goods of the order together are worth the minimum.

    In a currency that has none, no order is.
    """
    if not campaign.minimum:
        return True
    minimum = campaign.minimum.get(basket.currency)
    return minimum is not None and sum(basket.kept_money.values()) >= minimum


def _categories(line: OrderLine, scope: Scope) -> frozenset[str]:
    """Return the categories that a line counts for: those the campaign names, else its own."""
    of_line = line.goods.categories
    named = set(scope.only.categories).intersection(of_line)
    return frozenset(named or of_line[:1])
