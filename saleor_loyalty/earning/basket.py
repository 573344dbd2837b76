"""What of an order may earn: the goods kept, and the money kept for them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from saleor_loyalty.earning.keeping import (
    FINEST,
    GIFT_CARD,
    Kept,
    bought_with_points,
    fine,
    legacy_gift_card_money,
    may_earn,
)
from saleor_loyalty.earning.reckoning import EVERYDAY, SHIPPING, Circumstances
from saleor_loyalty.earning.scope import Tags, tags_of
from saleor_loyalty.earning.terms import ReadyRule, Terms
from saleor_loyalty.gateways.saleor.orders import OrderLine, OrderState
from saleor_loyalty.programme.earning_terms import Basis, Earning, StoredValue

_NOTHING, _ALL = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class Basket:
    """The part of an order that may earn: goods, and after them perhaps shipping.

    `weights[n]` times `scale` is the money kept for line n, and is more than nothing.
    """

    order: OrderState
    local: datetime
    scale: Fraction
    # Of goods and shipping.
    ids: Sequence[str]
    weights: Sequence[int]
    # Of goods only.
    goods: Sequence[OrderLine]
    tags: Sequence[Tags]
    are_full_price: Sequence[bool]
    # Categories bought from before this order.
    categories_before: frozenset[str]
    # The share of what gift cards paid that may earn: 0 to 1.
    gift_cards_earn: Fraction

    def meant_by(self, rule: ReadyRule) -> list[int]:
        """Return which lines a rule counts."""
        places = rule.scope.pick(self.tags, self.are_full_price)
        if rule.new_category:
            return [place for place in places if self._is_new(self.goods[place].goods.categories)]
        has_shipping = len(self.ids) > len(self.goods)
        # Whether the everyday rate counts shipping is said by itself, whatever goods it means.
        if has_shipping and (rule.scope.is_everything or rule.id == EVERYDAY):
            places.append(len(self.goods))
        return places

    def weight(self, places: Sequence[int]) -> list[int]:
        """Return what each of these lines weighs."""
        weights = self.weights
        return [weights[place] for place in places]

    def money(self, places: Sequence[int]) -> Fraction:
        """Return the money kept for these lines."""
        return sum(self.weight(places)) * self.scale

    def pieces(self, places: Sequence[int]) -> int:
        """Return how many pieces these lines kept; shipping has none."""
        goods = [self.goods[place] for place in places if place < len(self.goods)]
        return sum([line.quantity - line.quantity_gone for line in goods])

    def paid_by(self, methods: Sequence[str]) -> Fraction:
        """Return the share of the money that may earn which was paid so: 0 to 1."""
        order, by_cards = self.order, self.gift_cards_earn
        older = Fraction(legacy_gift_card_money(order)) * by_cards
        paid = [
            (each.method, Fraction(each.amount) * (by_cards if each.method == GIFT_CARD else 1))
            for each in order.payments
        ]
        paid.append((GIFT_CARD, older))
        not_counted = Fraction(order.charged_to_gift_cards) * (1 - by_cards)
        whole = Fraction(order.charged) - not_counted + older
        # Some money was charged by means that nobody told.
        whole = max(whole, sum([amount for _, amount in paid], Fraction(0)))
        wanted = sum([part for method, part in paid if _is_one_of(method, methods)], Fraction(0))
        return wanted / whole if wanted > 0 else Fraction(0)

    def _is_new(self, categories: Sequence[str]) -> bool:
        return bool(categories) and categories[0] not in self.categories_before


def basket(order: OrderState, kept: Kept, terms: Terms, who: Circumstances) -> Basket:
    """Return what of an order may earn."""
    earning = terms.document.earning
    price = _price(order, earning, who.paid_by_points)
    by, of = price.factor.numerator, price.factor.denominator
    weighed = [
        (line, tags, price.of(line) * left * by)
        for line, left in zip(order.lines, kept.stayed, strict=True)
        if may_earn(line) and terms.excluded.isdisjoint(tags := tags_of(line.goods))
    ]
    cards_count = _earning_share_of_cards(order, earning, who)
    may_count = 1 - kept.on_gift_cards * (1 - cards_count) if kept.on_gift_cards else _ALL
    goods = [each for each in weighed if each[2] > 0 and may_count]
    freight = _freight(order, earning) * kept.whole * of if may_count else 0
    return Basket(
        order=order,
        local=order.created_at.astimezone(terms.zone),
        scale=may_count * kept.held / (kept.whole * of * FINEST),
        ids=[line.id for line, *_ in goods] + [SHIPPING] * (freight > 0),
        weights=[weight for *_, weight in goods] + [freight] * (freight > 0),
        goods=[line for line, *_ in goods],
        tags=[tags for _, tags, _ in goods],
        are_full_price=[line.is_full_price for line, *_ in goods],
        categories_before=who.categories_before,
        gift_cards_earn=cards_count,
    )


@dataclass(frozen=True, slots=True)
class _Price:
    """Which price of a line counts, and how much of it."""

    is_net: bool
    is_undiscounted: bool
    factor: Fraction = Fraction(1)

    def of(self, line: OrderLine) -> int:
        if self.is_undiscounted:
            return fine(line.undiscounted_net if self.is_net else line.undiscounted_gross)
        return fine(line.net if self.is_net else line.gross)


def _price(order: OrderState, earning: Earning, paid_by_points: Decimal) -> _Price:
    """Return the price that counts. What points paid for has lowered the goods' prices already."""
    is_net, before = earning.basis is Basis.NET, earning.before_discounts
    if paid_by_points <= 0:
        return _Price(is_net, before)
    points, lines = Fraction(paid_by_points), [line for line in order.lines if may_earn(line)]
    money = Fraction(sum([line.gross for line in lines], Decimal(0)))
    if earning.paid_by_points is StoredValue.MONEY_PART:
        return _Price(is_net, before, money / (money + points) if before else Fraction(1))
    if before:
        return _Price(is_net, before)
    if money:
        return _Price(is_net, before, (money + points) / money)
    # All of it was paid with points: they are shared out by what the goods would have cost.
    value = Fraction(sum([line.undiscounted_gross for line in lines], Decimal(0)))
    return _Price(is_net, True, min(Fraction(1), points / value) if value else Fraction(0))


def _freight(order: OrderState, earning: Earning) -> int:
    if not earning.shipping:
        return 0
    return fine(order.shipping_net if earning.basis is Basis.NET else order.shipping_gross)


def _earning_share_of_cards(order: OrderState, earning: Earning, who: Circumstances) -> Fraction:
    """Return the share of what gift cards paid that may earn.

    Cards that points bought are points: what is said of those holds, and not what is said of
    gift cards, so that nothing is withheld twice.
    """
    cards = _NOTHING if earning.paid_by_gift_card is StoredValue.MONEY_PART else _ALL
    if not who.points_on_gift_cards:
        return cards
    points = _NOTHING if earning.paid_by_points is StoredValue.MONEY_PART else _ALL
    by_points = bought_with_points(order, who.points_on_gift_cards)
    return by_points * points + (1 - by_points) * cards


def _is_one_of(method: str, wanted: Sequence[str]) -> bool:
    """Tell whether a payment is meant: `card` means every card, `card:visa` that brand."""
    return any(method == each or method.startswith(f"{each}:") for each in wanted)
