"""Vouchers of ours: useless until they are listed, and found again whatever was not recorded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from factories import NOON
from journeys.shop import Customer, Shop
from loopback import LoopbackServer

from saleor_loyalty.gateways.saleor.checkouts import CodeRefused, apply_code
from saleor_loyalty.gateways.saleor.client import Connection, SaleorRefused, SaleorUnavailable
from saleor_loyalty.gateways.saleor.goods import goods_ids
from saleor_loyalty.gateways.saleor.order_reading import fetch_orders
from saleor_loyalty.gateways.saleor.vouchers import (
    Channel,
    CodeTaken,
    Listing,
    NoSuchVoucher,
    VoucherSpec,
    VoucherState,
    channels,
    create_voucher,
    delete_voucher,
    fetch_vouchers,
    find_voucher,
    list_voucher,
    note_order,
    orders_with_code,
)

# The sandbox opened its doors in 2026, and lives by the real clock.
STARTS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC)
NO_SUCH = "Vm91Y2hlcjo5OTk5OTk="
numbers = count(1)


@pytest.fixture
def alice(shop: Shop) -> Customer:
    return shop.customer("alice@example.com")


@pytest.fixture
def dollars(connection: Connection) -> Channel:
    return next(each for each in channels(connection) if each.currency == "USD")


@pytest.fixture
def spec(dollars: Channel) -> VoucherSpec:
    """Five dollars off, under a code that nobody had yet."""
    return VoucherSpec(
        code=new_code(), name="Loyalty · 5 off", type="ENTIRE_ORDER",
        is_percentage=False, listings=(Listing(dollars.id, Decimal(5), Decimal(20)),),
        starts_at=STARTS, ends_at=ENDS, is_for_one_piece=False,
    )  # fmt: skip


def new_code() -> str:
    return f"LOY-{next(numbers):04}X"


def made(connection: Connection, spec: VoucherSpec) -> str:
    """Make a voucher that can be used."""
    voucher_id = create_voucher(connection, spec)
    list_voucher(connection, voucher_id, spec)
    return voucher_id


def test_channels_are_those_of_the_shop(connection: Connection) -> None:
    told = channels(connection)

    assert {(each.slug, each.currency) for each in told} == {
        ("default-channel", "USD"), ("channel-eur", "EUR"),
    }  # fmt: skip
    assert all(each.is_active and each.id for each in told)


class TestAVoucher:
    def test_cannot_be_used_until_it_is_listed(
        self, shop: Shop, connection: Connection, alice: Customer, spec: VoucherSpec
    ) -> None:
        checkout = shop.checkout(alice, [("tote-bag", 1)])
        voucher_id = create_voucher(connection, spec)

        with pytest.raises(CodeRefused):
            apply_code(connection, checkout, spec.code)
        list_voucher(connection, voucher_id, spec)

        assert apply_code(connection, checkout, spec.code).voucher_discount == 5

    def test_is_read_back_when_it_is_listed_as_often_as_that_is(
        self, connection: Connection, spec: VoucherSpec, dollars: Channel
    ) -> None:
        voucher_id = create_voucher(connection, spec)

        first, second = [list_voucher(connection, voucher_id, spec) for _ in range(2)]

        assert first == second == VoucherState(
            id=voucher_id, code_is_active=True, type="ENTIRE_ORDER", is_percentage=False,
            is_single_use=True, ends_at=ENDS, listings={dollars.id: (Decimal(5), Decimal(20))},
        )  # fmt: skip

    def test_is_made_as_it_was_meant(
        self, connection: Connection, spec: VoucherSpec, dollars: Channel
    ) -> None:
        listing = Listing(dollars.id, Decimal("12.5"), None)
        wanted = replace(spec, type="SHIPPING", is_percentage=True, listings=(listing,))

        told = list_voucher(connection, create_voucher(connection, wanted), wanted)

        assert (told.type, told.is_percentage) == ("SHIPPING", True)
        assert told.listings == {dollars.id: (Decimal("12.5"), None)}

    def test_for_one_piece_is_for_the_cheapest_of_its_goods(
        self, shop: Shop, connection: Connection, alice: Customer, spec: VoucherSpec
    ) -> None:
        named = {"products": ["coffee-beans", "espresso-roast"]}
        coffee = goods_ids(connection, named, channel="default-channel")
        [listing] = spec.listings
        free = (replace(listing, value=Decimal(100)),)
        wanted = replace(spec, type="SPECIFIC_PRODUCT", is_percentage=True, listings=free,
                         is_for_one_piece=True, goods=coffee)  # fmt: skip
        made(connection, wanted)
        items: list[tuple[str | int, int]] = [
            ("espresso-roast", 1), ("coffee-beans", 2), ("oat-cookies", 1)
        ]  # fmt: skip

        told = apply_code(connection, shop.checkout(alice, items), wanted.code)

        assert told.voucher_discount == Decimal("12.5")

    def test_with_a_code_that_is_there_is_found_instead_of_made_again(
        self, connection: Connection, spec: VoucherSpec
    ) -> None:
        voucher_id = create_voucher(connection, spec)

        with pytest.raises(CodeTaken):
            create_voucher(connection, spec)

        assert find_voucher(connection, spec.code) == voucher_id

    def test_is_found_by_exactly_its_code(self, connection: Connection, spec: VoucherSpec) -> None:
        create_voucher(connection, spec)

        assert find_voucher(connection, spec.code[:-1]) is None
        assert find_voucher(connection, spec.code.lower()) is None
        assert find_voucher(connection, spec.name) is None

    def test_that_is_deleted_is_gone_however_often(
        self, connection: Connection, spec: VoucherSpec
    ) -> None:
        voucher_id = made(connection, spec)

        for _ in range(2):
            delete_voucher(connection, voucher_id)

        assert fetch_vouchers(connection, [(voucher_id, spec.code)]) == {}
        assert find_voucher(connection, spec.code) is None
        with pytest.raises(NoSuchVoucher):
            list_voucher(connection, voucher_id, spec)


class TestManyVouchers:
    def test_are_asked_about_in_one_call(
        self, connection: Connection, spec: VoucherSpec, asked: list[str]
    ) -> None:
        ids = {}
        for _ in range(3):
            each = replace(spec, code=new_code())
            ids[made(connection, each)] = each.code
        del asked[:]

        told = fetch_vouchers(connection, [*ids.items(), (NO_SUCH, "X")])

        assert set(told) == set(ids)
        assert all(state.code_is_active for state in told.values())
        assert len(asked) == 1

    def test_tell_of_codes_that_were_used_or_are_not_theirs(
        self, shop: Shop, connection: Connection, alice: Customer, spec: VoucherSpec
    ) -> None:
        voucher_id = made(connection, spec)
        shop.buy(alice, [("tote-bag", 1)], code=spec.code)

        used = fetch_vouchers(connection, [(voucher_id, spec.code)])
        not_theirs = fetch_vouchers(connection, [(voucher_id, "ANOTHER")])

        assert used[voucher_id].code_is_active is False
        assert not_theirs[voucher_id].code_is_active is None


class TestOrdersWithACode:
    @pytest.mark.parametrize("is_for_one_piece", [False, True])
    def test_are_found_also_by_a_code_of_a_line(
        self, shop: Shop, connection: Connection, alice: Customer, spec: VoucherSpec,
        is_for_one_piece: bool,
    ) -> None:  # fmt: skip
        wanted = replace(spec, is_for_one_piece=is_for_one_piece)
        made(connection, wanted)
        bought = shop.buy(alice, [("tote-bag", 2)], code=wanted.code)

        [order] = orders_with_code(connection, wanted.code, at=NOON)

        assert (order.saleor_id, order.read_at) == (bought.id, NOON)
        assert order.codes == {wanted.code}
        assert order.voucher_discount == 5
        assert bool(order.line_voucher_codes) is is_for_one_piece
        assert [order] == fetch_orders(connection, [bought.id], at=NOON)

    def test_are_found_after_the_voucher_is_gone(
        self, shop: Shop, connection: Connection, alice: Customer, spec: VoucherSpec
    ) -> None:
        voucher_id = made(connection, spec)
        shop.buy(alice, [("tote-bag", 1)], code=spec.code)

        delete_voucher(connection, voucher_id)

        assert len(orders_with_code(connection, spec.code, at=NOON)) == 1

    def test_are_none_where_nobody_used_it(self, connection: Connection) -> None:
        assert orders_with_code(connection, "NOBODYS", at=NOON) == []


def test_a_note_is_left_on_an_order(
    shop: Shop, connection: Connection, alice: Customer, asked: list[str]
) -> None:
    order = shop.buy(alice, [("tote-bag", 1)])

    note_order(connection, order.id, "Look at this before it is sent.")

    with pytest.raises(SaleorRefused):
        note_order(connection, "T3JkZXI6MQ==", "Nobody reads this.")
    assert asked[-2:] == ["NoteOrder", "NoteOrder"]


def node(**changes: Any) -> dict[str, Any]:
    """A voucher as Saleor tells it."""
    listing = {"discountValue": 5, "minSpent": None, "channel": {"id": "C1"}}
    return {
        "id": "V1", "type": "ENTIRE_ORDER", "discountValueType": "FIXED", "singleUse": True,
        "endDate": None, "channelListings": [listing],
        "codes": {"edges": [{"node": {"code": "CODE", "isActive": True}}]},
    } | changes  # fmt: skip


def told(answer: Any, ask: Callable[[Connection], Any]) -> Any:
    server = LoopbackServer(lambda _path, _body: (200, {"data": answer}))
    with server.running() as saleor:
        return ask(Connection(f"{saleor.url}/graphql/", "t"))


class TestWhatSaleorAnswers:
    def test_of_a_voucher_that_lost_all_is_read_all_the_same(self) -> None:
        bare = {"vouchers": {"edges": [{"node": node(codes=None, channelListings=None)}]}}

        [state] = told(bare, lambda saleor: fetch_vouchers(saleor, [("V1", "CODE")])).values()

        assert (state.code_is_active, state.listings, state.ends_at) == (None, {}, None)

    @pytest.mark.parametrize(
        "odd",
        [7, {"edges": 7}, {"edges": [{"node": node(endDate="tomorrow")}]},
         {"edges": [{"node": node(channelListings=[{"discountValue": 10**13}])}]},
         {"edges": [{"node": node(codes={"edges": [{"node": None}]})}]},
         {"edges": [{"node": node(type=None)}]}],
    )  # fmt: skip
    def test_of_another_shape_is_transient(self, odd: Any) -> None:
        with pytest.raises(SaleorUnavailable, match="not what was asked"):
            told({"vouchers": odd}, lambda saleor: fetch_vouchers(saleor, [("V1", "CODE")]))

    def test_of_an_order_that_makes_no_sense_is_transient(self) -> None:
        odd = {"orders": {"edges": [{"node": {"id": "O1"}}]}}

        with pytest.raises(SaleorUnavailable, match="not what was asked"):
            told(odd, lambda saleor: orders_with_code(saleor, "CODE", at=NOON))

    def test_of_other_refusals_stays_what_it_is(self, spec: VoucherSpec) -> None:
        no = {"errors": [{"field": "endDate", "code": "INVALID"}]}

        for operation, ask in {
            "voucherCreate": lambda saleor: create_voucher(saleor, spec),
            "voucherChannelListingUpdate": lambda saleor: list_voucher(saleor, "V1", spec),
            "voucherDelete": lambda saleor: delete_voucher(saleor, "V1"),
        }.items():
            with pytest.raises(SaleorRefused) as refusal:
                told({operation: no}, ask)
            assert refusal.value.codes == ["INVALID"]
            assert spec.code not in str(refusal.value)
