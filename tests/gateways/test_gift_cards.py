"""Gift cards of a customer: made once, worth nothing until recorded, and what orders drew."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from journeys.shop import Customer, Shop
from loopback import LoopbackServer

from saleor_loyalty.gateways.saleor.checkouts import CodeRefused, apply_code, remove_code
from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused, SaleorUnavailable
from saleor_loyalty.gateways.saleor.gift_cards import (
    GiftCard,
    GiftCardSpec,
    GiftCardUse,
    activate_gift_card,
    close_gift_card,
    create_gift_card,
    fetch_gift_card,
)

NO_SUCH = "R2lmdENhcmQ6OTk5OTk5"
TOTE: list[tuple[str | int, int]] = [("tote-bag", 1)]
# With shipping.
TOTE_PRICE = Decimal(30)


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


@pytest.fixture
def spec(alice: Customer) -> GiftCardSpec:
    return GiftCardSpec(
        redemption_id=str(uuid4()), amount=Decimal("10"), currency="USD", user_id=alice.id,
        expires_on=date(2199, 1, 1), note="Loyalty · store credit",
    )  # fmt: skip


@pytest.fixture
def card(connection: Connection, spec: GiftCardSpec) -> GiftCard:
    """One that can be used."""
    return activate_gift_card(connection, create_gift_card(connection, spec).id)


def buy(shop: Shop, connection: Connection, who: Customer, card: GiftCard) -> str:
    """Buy a bag, as far as possible with a gift card; return the order."""
    checkout = shop.checkout(who, TOTE)
    balance = apply_code(connection, checkout, card.code).balance
    if balance:
        shop.pay(checkout, balance, "USD")
    return shop.complete(checkout, who).id


def is_taken(shop: Shop, connection: Connection, who: Customer, code: str) -> bool:
    """Tell whether a new checkout takes a code."""
    try:
        apply_code(connection, shop.checkout(who, TOTE), code)
    except CodeRefused:
        return False
    return True


class TestAGiftCard:
    def test_cannot_be_used_until_it_is_active(
        self, shop: Shop, connection: Connection, alice: Customer, spec: GiftCardSpec
    ) -> None:
        made = create_gift_card(connection, spec)
        before = is_taken(shop, connection, alice, made.code)

        active = activate_gift_card(connection, made.id)

        assert not before
        assert is_taken(shop, connection, alice, made.code)
        assert (made.is_active, made.initial, made.balance, made.uses) == (False, 10, 10, ())
        assert active == replace(made, is_active=True)

    def test_is_made_once_for_a_redemption(
        self, connection: Connection, spec: GiftCardSpec, asked: list[str]
    ) -> None:
        first, second = [create_gift_card(connection, spec) for _ in range(2)]
        other = create_gift_card(connection, replace(spec, redemption_id=str(uuid4())))

        assert first == second
        assert other.id != first.id
        assert asked.count("CreateGiftCard") == 2

    def test_without_an_end_is_made_too(self, connection: Connection, spec: GiftCardSpec) -> None:
        assert create_gift_card(connection, replace(spec, expires_on=None)).balance == 10

    def test_is_of_no_use_to_others(
        self, shop: Shop, connection: Connection, card: GiftCard
    ) -> None:
        assert not is_taken(shop, connection, shop.customer("bob@example.com"), card.code)

    def test_pays_and_leaves_prices_as_they_are(
        self, shop: Shop, connection: Connection, alice: Customer, card: GiftCard
    ) -> None:
        checkout = shop.checkout(alice, TOTE, code="WELCOME10")

        told = apply_code(connection, checkout, card.code)

        assert (told.total, told.balance) == (TOTE_PRICE - Decimal("2.5"), Decimal("17.5"))
        assert (told.voucher_code, told.gift_cards) == ("WELCOME10", 1)

    def test_is_taken_out_by_its_code(
        self, shop: Shop, connection: Connection, alice: Customer, card: GiftCard
    ) -> None:
        checkout = shop.checkout(alice, TOTE)
        apply_code(connection, checkout, card.code)

        told = remove_code(connection, checkout, card.code)

        assert (told.balance, told.gift_cards) == (TOTE_PRICE, 0)

    def test_tells_what_each_order_drew(
        self, shop: Shop, connection: Connection, alice: Customer, spec: GiftCardSpec
    ) -> None:
        large = replace(spec, amount=Decimal(50))
        card = activate_gift_card(connection, create_gift_card(connection, large).id)

        orders = [buy(shop, connection, alice, card) for _ in range(2)]
        told = fetch_gift_card(connection, card.id)

        assert told is not None
        assert [(use.order_id, use.drawn) for use in told.uses] == [
            (orders[0], TOTE_PRICE), (orders[1], 50 - TOTE_PRICE),
        ]  # fmt: skip
        assert all(use.order_number for use in told.uses)
        assert (told.initial, told.balance) == (50, 0)

    def test_that_is_gone_is_none(self, connection: Connection) -> None:
        assert fetch_gift_card(connection, NO_SUCH) is None
        assert close_gift_card(connection, NO_SUCH) is None
        with pytest.raises(SaleorRefused):
            activate_gift_card(connection, NO_SUCH)


class TestClosing:
    def test_leaves_nothing_to_draw_and_tells_what_there_was(
        self, shop: Shop, connection: Connection, alice: Customer, card: GiftCard
    ) -> None:
        before = close_gift_card(connection, card.id)

        assert before == replace(card, is_active=False)
        assert fetch_gift_card(connection, card.id) == replace(
            card, is_active=False, balance=Decimal(0)
        )
        assert not is_taken(shop, connection, alice, card.code)

    def test_may_be_done_again(self, connection: Connection, card: GiftCard) -> None:
        close_gift_card(connection, card.id)

        again = close_gift_card(connection, card.id)

        assert again == replace(card, is_active=False, balance=Decimal(0))

    def test_does_not_count_as_drawn(
        self, shop: Shop, connection: Connection, alice: Customer, spec: GiftCardSpec
    ) -> None:
        large = replace(spec, amount=Decimal(50))
        card = activate_gift_card(connection, create_gift_card(connection, large).id)
        buy(shop, connection, alice, card)

        close_gift_card(connection, card.id)
        told = fetch_gift_card(connection, card.id)

        assert told is not None
        assert [use.drawn for use in told.uses] == [TOTE_PRICE]


def event(kind: str, before: Any, after: Any, order: str | None = "O1") -> dict[str, Any]:
    """Something that moved a card's balance."""
    old = None if before is None else {"amount": before}
    balance = {"oldCurrentBalance": old, "currentBalance": {"amount": after}}
    return {"type": kind, "orderId": order, "orderNumber": order and "1001", "balance": balance}


def read(*events: Any, **changes: Any) -> GiftCard:
    """Read a card to which these things happened."""
    card = {
        "id": "G1", "code": "CODE", "isActive": True, "initialBalance": {"amount": 10},
        "currentBalance": {"amount": 0}, "events": list(events),
    } | changes  # fmt: skip
    server = LoopbackServer(lambda _path, _body: (200, {"data": {"giftCard": card}}))
    with server.running() as saleor:
        told = fetch_gift_card(Connection(f"{saleor.url}/graphql/", "t"), "G1")
        assert told
        return told


class TestWhatHappenedToACard:
    def test_in_refunds_is_taken_off_what_orders_drew(self) -> None:
        card = read(
            event("ISSUED", None, 10, None), event("USED_IN_ORDER", 10, 4),
            event("REFUNDED_IN_ORDER", 4, 6), event("USED_IN_ORDER", 6, 5, "O2"),
        )  # fmt: skip

        assert card.uses == (
            GiftCardUse("O1", "1001", Decimal(4), Decimal(2)),
            GiftCardUse("O2", "1001", Decimal(1)),
        )  # fmt: skip

    def test_in_a_refund_of_everything_leaves_an_order_that_drew_nothing(self) -> None:
        card = read(event("USED_IN_ORDER", 10, 0), event("REFUNDED_IN_ORDER", 0, 10))

        assert card.uses == (GiftCardUse("O1", "1001", Decimal(0), Decimal(10)),)

    @pytest.mark.parametrize(
        "other",
        [
            # The second of two orders at the same moment finds nothing on it.
            event("USED_IN_ORDER", 0, 0),
            event("BALANCE_ADJUSTED", 10, 0, None),
            event("BALANCE_ADJUSTED", 10, 0),
            event("USED_IN_ORDER", None, 0),
            event("USED_IN_ORDER", 10, 0, None),
            event("USED_IN_ORDER", 10, 0) | {"balance": None},
            {"type": "NOTE_ADDED", "orderId": None, "orderNumber": None, "balance": None},
        ],
    )
    def test_otherwise_is_no_use(self, other: Any) -> None:
        assert read(other).uses == ()

    @pytest.mark.parametrize(
        "changes",
        [{"code": None}, {"currentBalance": {"amount": -1}}, {"events": 7}, {"id": 7},
         {"initialBalance": {"amount": 10**13}}, {"events": [{"type": "USED_IN_ORDER"}]}],
    )  # fmt: skip
    def test_is_transient_where_it_makes_no_sense(self, changes: Any) -> None:
        with pytest.raises(SaleorUnavailable, match="not what was asked"):
            read(**changes)
