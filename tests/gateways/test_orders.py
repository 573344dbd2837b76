"""Saleor's orders in our words: exact for what Saleor sends, one refusal for everything else."""

import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from factories import DAY, NOON, money, order_line, order_payload
from hypothesis import example, given
from hypothesis import strategies as st

from saleor_loyalty.gateways.saleor.orders import (
    Goods,
    OrderLine,
    OrderState,
    Parcel,
    Payment,
    order_state,
)
from saleor_loyalty.gateways.saleor.payloads import MalformedPayload, moment, parse

READ = NOON + DAY
DEEP = 100_000


def translate(**order: Any) -> OrderState:
    return order_state(order_payload(**order), read_at=READ)


def parcel(status: str = "FULFILLED", created: datetime = NOON, **quantities: int) -> Any:
    lines = [
        {"quantity": quantity, "orderLine": {"id": line}} for line, quantity in quantities.items()
    ]
    return {"status": status, "created": created.isoformat(), "lines": lines}


def payment(charged: int, means: str | None) -> Any:
    details = {"__typename": means, "name": "Some Bank", "brand": None} if means else None
    return {"chargedAmount": money(charged), "paymentMethodDetails": details}


def taken_off(amount: int | str, by: str = "PROMOTION", name: str | None = None) -> Any:
    return {"type": by, "name": name, "total": money(amount)}


def granted_refund(status: str = "SUCCESS", **quantities: int) -> Any:
    return {"status": status, "lines": parcel(**quantities)["lines"]}


def other_price(gross: str, net: str) -> Any:
    return {"gross": money(gross), "net": money(net)}


def with_value(path: str, value: Any) -> dict[str, Any]:
    """A good order but for one field; the path is dotted, with numbers for places in lists."""
    payload: Any = deepcopy(order_payload(
        fulfillments=[parcel("RETURNED", L1=1), parcel("FULFILLED", L1=1)],
        transactions=[payment(10, "GiftCardPaymentMethodDetails")],
        grantedRefunds=[granted_refund(L1=1)],
        lines=[order_line("L1", 60) | {"discounts": [taken_off(1)]}],
        discounts=[taken_off(1, "VOUCHER")], giftCards=[{"id": "R2lmdENhcmQ6MQ=="}],
    ))  # fmt: skip
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    place = payload
    for step in way:
        place = place[step]
    place[last] = value
    return dict(payload)


TEXTS = ["id", "number", "origin", "status", "chargeStatus", "total.currency", "user.id",
         "lines.0.id", "giftCards.0.id", "fulfillments.0.lines.0.orderLine.id",
         "grantedRefunds.0.lines.0.orderLine.id"]  # fmt: skip
PRODUCT = "lines.0.variant.product"
NAMES = ["channel.slug", f"{PRODUCT}.slug", f"{PRODUCT}.productType.slug",
         f"{PRODUCT}.category.slug", f"{PRODUCT}.category.parent.slug",
         f"{PRODUCT}.collections.0.slug"]  # fmt: skip
CODES = ["voucherCode", "lines.0.productSku", "lines.0.voucherCode"]
PRICES = ["total.gross", "shippingPrice.gross", "shippingPrice.net", "lines.0.totalPrice.gross",
          "lines.0.totalPrice.net", "lines.0.undiscountedTotalPrice.gross",
          "lines.0.undiscountedTotalPrice.net", "lines.0.discounts.0.total",
          "discounts.0.total"]  # fmt: skip
FLOWS = ["totalCharged", "totalRefunded", "transactions.0.chargedAmount"]
DATES = ["created", "updatedAt", "fulfillments.0.created", "fulfillments.1.created"]
COUNTS = ["lines.0.quantity", "fulfillments.0.lines.0.quantity",
          "fulfillments.1.lines.0.quantity", "grantedRefunds.0.lines.0.quantity"]  # fmt: skip
OBJECTS = ["total", "shippingPrice", "totalCharged", "channel", "lines.0", "lines.0.totalPrice",
           "lines.0.undiscountedTotalPrice", PRODUCT, f"{PRODUCT}.productType",
           "fulfillments.0", "transactions.0", "grantedRefunds.0"]  # fmt: skip
LISTS = ["lines", "discounts", "giftCards", "fulfillments", "transactions", "grantedRefunds",
         "lines.0.discounts", f"{PRODUCT}.collections"]  # fmt: skip
SHIRT = Goods("shirt", "SHIRT-M", "clothes", ("shirts", "apparel"), ("summer",))


class TestTranslation:
    def test_is_exact(self) -> None:
        assert translate() == OrderState(
            saleor_id="T3JkZXI6MQ==", number="1001", user_id="VXNlcjox", origin="CHECKOUT",
            status="UNFULFILLED", charge_status="FULL", currency="USD", total=Decimal(110),
            shipping_gross=Decimal(10), shipping_net=Decimal(8), charged=Decimal(110),
            refunded=Decimal(0), charged_to_gift_cards=Decimal(0),
            lines=(
                OrderLine("L1", 1, 0, Decimal(60), Decimal(50), False, False,
                          Decimal(60), Decimal(50), goods=SHIRT),
                OrderLine("L2", 1, 0, Decimal(40), Decimal("33.3333"), False, False,
                          Decimal(40), Decimal("33.3333"), goods=SHIRT),
            ),
            fulfilled_at=None, created_at=NOON, changed_at=NOON, read_at=READ,
            channel="default-channel",
        )  # fmt: skip

    def test_loses_no_cent_on_the_way_from_json(self) -> None:
        text = json.dumps(order_payload(), default=float).replace("60.0", "60.10")

        state = order_state(parse(text), read_at=READ)

        assert state.lines[0].gross == Decimal("60.10")

    def test_knows_guests(self) -> None:
        assert translate(user=None).user_id is None

    def test_knows_gifts_and_gift_cards(self) -> None:
        lines = [order_line("a", 1, is_gift=True), order_line("b", 1, kind="GIFT_CARD")]

        first, second = translate(lines=lines).lines

        assert (first.is_gift, first.is_gift_card) == (True, False)
        assert (second.is_gift, second.is_gift_card) == (False, True)

    def test_takes_a_deleted_variant_for_goods(self) -> None:
        line = order_line("a", 1) | {"variant": None, "isGift": None}

        (translated,) = translate(lines=[line]).lines

        assert (translated.is_gift, translated.is_gift_card) == (False, False)
        assert translated.goods == Goods(sku="SHIRT-M")

    def test_knows_goods_without_number_category_or_collection(self) -> None:
        line = order_line("a", 1) | {"productSku": None}
        line["variant"]["product"] |= {"category": None, "collections": None}

        (translated,) = translate(lines=[line]).lines

        assert translated.goods == Goods("shirt", "", "clothes")

    def test_keeps_the_ten_nearest_categories_and_the_first_collections_by_name(self) -> None:
        category = None
        for number in range(30):
            category = {"slug": f"c{number}", "parent": category}
        collections = [{"slug": f"s{number:02}"} for number in reversed(range(30))]
        line = order_line("a", 1)
        line["variant"]["product"] |= {"category": category, "collections": collections}

        (translated,) = translate(lines=[line]).lines

        assert translated.goods.categories == tuple(f"c{number}" for number in range(29, 19, -1))
        assert translated.goods.collections == tuple(f"s{number:02}" for number in range(20))

    def test_knows_the_price_before_discounts(self) -> None:
        line = order_line("a", 48) | {"undiscountedTotalPrice": other_price("60", "50")}

        (translated,) = translate(lines=[line]).lines

        assert (translated.gross, translated.net) == (48, 40)
        assert (translated.undiscounted_gross, translated.undiscounted_net) == (60, 50)
        assert translated.is_full_price  # a voucher for the whole order

    @pytest.mark.parametrize(
        ("facts", "is_full_price"),
        [
            ({"discounts": None}, True),
            ({"discounts": [taken_off(0)]}, True),
            ({"discounts": [taken_off(0), taken_off("0.01")]}, False),
            ({"saleId": "U2FsZTox"}, False),
            ({"voucherCode": "SHIRTS"}, False),
        ],
    )
    def test_knows_what_was_sold_for_less(self, facts: dict[str, Any], is_full_price: bool) -> None:
        (translated,) = translate(lines=[order_line("a", 1) | facts]).lines

        assert translated.is_full_price is is_full_price

    def test_knows_the_voucher(self) -> None:
        assert translate().voucher_code == ""
        assert translate(voucherCode="WELCOME10").voucher_code == "WELCOME10"

    def test_knows_the_codes_of_lines_too(self) -> None:
        lines = [order_line("a", 1) | {"voucherCode": "SHIRTS"}, order_line("b", 1),
                 order_line("c", 1) | {"voucherCode": "SHIRTS"}]  # fmt: skip

        state = translate(lines=lines, voucherCode="WELCOME10")

        assert state.line_voucher_codes == ("SHIRTS",)
        assert state.codes == {"SHIRTS", "WELCOME10"}
        assert translate().codes == frozenset()

    @pytest.mark.parametrize(
        ("order", "line", "discount"),
        [
            ([], [], "0"),
            ([taken_off("5.50", "VOUCHER"), taken_off(3, "ORDER_PROMOTION")], [], "5.50"),
            ([], [taken_off(2, "VOUCHER"), taken_off(4)], "2"),
            # Shops that pass discounts on to lines say the same twice.
            ([taken_off(5, "VOUCHER")], [taken_off(5, "VOUCHER")], "5"),
            ([taken_off(3, "MANUAL")], [taken_off(4, "SALE")], "0"),
        ],
    )
    def test_knows_what_vouchers_took_off(self, order: Any, line: Any, discount: str) -> None:
        lines = [order_line("a", 9) | {"discounts": line}, order_line("b", 9) | {"discounts": None}]

        state = translate(lines=lines, discounts=order)

        assert state.voucher_discount == Decimal(discount)

    def test_knows_the_names_of_vouchers_of_the_order_and_its_lines(self) -> None:
        lines = [
            order_line("a", 9) | {"discounts": [taken_off(1, "VOUCHER", "Shirts")]},
            order_line("b", 9)
            | {"discounts": [taken_off(1, "VOUCHER"), taken_off(1, name="Sale")]},
        ]
        discounts = [taken_off(5, "VOUCHER", "Welcome"), taken_off(1, "ORDER_PROMOTION", "Autumn")]

        state = translate(lines=lines, discounts=discounts)

        assert state.voucher_names == ("Shirts", "Welcome")

    def test_knows_gift_cards_on_it(self) -> None:
        cards = [{"id": "R2lmdENhcmQ6MQ=="}, {"id": "R2lmdENhcmQ6Mg=="}]

        assert translate(giftCards=cards).gift_cards == ("R2lmdENhcmQ6MQ==", "R2lmdENhcmQ6Mg==")

    def test_adds_up_what_came_back_of_each_line(self) -> None:
        lines = [order_line("a", 10, quantity=9), order_line("b", 10)]
        state = translate(lines=lines, fulfillments=[
            parcel("FULFILLED", a=1),
            parcel("RETURNED", a=2, b=1),
            parcel("REFUNDED_AND_RETURNED", a=3),
            parcel("REFUNDED", a=1),
            parcel("REPLACED", a=1),
            parcel("CANCELED", a=1),
            parcel("WAITING_FOR_APPROVAL", a=1),
        ])  # fmt: skip

        assert [line.quantity_returned for line in state.lines] == [5, 1]

    @pytest.mark.parametrize(
        ("parcels", "refunds", "refunded", "gone"),
        [
            ([], [], 0, 0),
            ([parcel("REFUNDED", a=2)], [], 2, 2),
            ([parcel("REFUNDED_AND_RETURNED", a=2)], [], 0, 2),
            ([parcel("REFUNDED", a=1), parcel("RETURNED", a=1)], [], 1, 2),
            ([], [granted_refund(a=2)], 2, 2),
            ([], [granted_refund(a=2), granted_refund(a=1)], 3, 3),
            ([], [granted_refund(status, a=2) for status in ("NONE", "PENDING", "FAILURE")], 0, 0),
            # The same pieces came back: nothing counts twice.
            ([parcel("RETURNED", a=2)], [granted_refund(a=2)], 0, 2),
            ([parcel("RETURNED", a=2)], [granted_refund(a=3)], 1, 3),
            ([parcel("REFUNDED", a=2)], [granted_refund(a=1)], 2, 2),
            # Never more than were bought.
            ([], [granted_refund(a=9), granted_refund(a=9)], 10, 10),
            ([parcel("RETURNED", a=9)], [granted_refund(a=99)], 1, 10),
            ([parcel("RETURNED", a=11)], [granted_refund(a=99)], 0, 10),
        ],
    )  # fmt: skip
    def test_counts_each_piece_once_that_was_refunded_or_came_back(
        self, parcels: Any, refunds: Any, refunded: int, gone: int
    ) -> None:
        lines = [order_line("a", 100, quantity=10)]
        state = translate(lines=lines, fulfillments=parcels, grantedRefunds=refunds)

        assert (state.lines[0].quantity_refunded, state.lines[0].quantity_gone) == (refunded, gone)

    def test_knows_the_parcels_the_customer_has(self) -> None:
        lines = [order_line("a", 10, quantity=9), order_line("b", 10), order_line("c", 10)]
        state = translate(lines=lines, fulfillments=[
            parcel("FULFILLED", NOON + DAY, a=1),
            parcel("FULFILLED", NOON, a=3, b=1),
            parcel("RETURNED", NOON, a=1),
            parcel("CANCELED", NOON, a=1),
            parcel("WAITING_FOR_APPROVAL", NOON, c=1),
        ])  # fmt: skip

        assert [line.parcels for line in state.lines] == [
            (Parcel(NOON, 3), Parcel(NOON + DAY, 1)), (Parcel(NOON, 1),), (),
        ]  # fmt: skip

    def test_names_the_means_of_each_payment(self) -> None:
        visa, wallet, odd = (
            payment(10, "CardPaymentMethodDetails"), payment(20, "OtherPaymentMethodDetails"),
            payment(5, "OtherPaymentMethodDetails"),
        )  # fmt: skip
        visa["paymentMethodDetails"]["brand"] = "VISA"
        wallet["paymentMethodDetails"]["name"] = " Zoë's\0 Wallet\ud800 " + "x" * 1000
        odd["paymentMethodDetails"]["name"] = "\n"

        state = translate(transactions=[
            payment(30, None), visa, payment(3, "CardPaymentMethodDetails"), wallet, odd,
            payment(4, "GiftCardPaymentMethodDetails"), payment(0, None), payment(-5, None),
        ])  # fmt: skip

        long_name = "zoë's wallet " + "x" * 35
        assert state.payments == (
            Payment("card", Decimal(3)), Payment("card:visa", Decimal(10)),
            Payment("gift_card", Decimal(4)), Payment("other", Decimal(5)),
            Payment("other", Decimal(30)), Payment(long_name, Decimal(20)),
        )  # fmt: skip

    def test_adds_up_what_was_paid_with_gift_cards(self) -> None:
        transactions = [
            payment(10, "GiftCardPaymentMethodDetails"),
            payment(60, "CardPaymentMethodDetails"),
            payment(15, "GiftCardPaymentMethodDetails"),
            payment(25, None),
        ]

        assert translate(transactions=transactions).charged_to_gift_cards == 25

    @pytest.mark.parametrize("path", FLOWS)
    def test_accepts_money_below_zero_where_a_chargeback_may_lead_there(self, path: str) -> None:
        order_state(with_value(path, money(-30)), read_at=READ)

    def test_accepts_null_for_lists_nobody_filled(self) -> None:
        state = translate(transactions=None, fulfillments=None, grantedRefunds=None)

        assert (state.charged_to_gift_cards, state.fulfilled_at) == (0, None)


class TestFulfilledAt:
    def test_is_when_the_last_parcel_left(self) -> None:
        parcels = [parcel(created=NOON + 2 * DAY), parcel(created=NOON + DAY)]

        assert translate(status="FULFILLED", fulfillments=parcels).fulfilled_at == NOON + 2 * DAY

    @pytest.mark.parametrize("status", ["UNFULFILLED", "PARTIALLY_FULFILLED", "CANCELED"])
    def test_is_not_known_before(self, status: str) -> None:
        assert translate(status=status, fulfillments=[parcel()]).fulfilled_at is None

    @pytest.mark.parametrize("status", ["RETURNED", "PARTIALLY_RETURNED"])
    def test_is_known_after_a_return(self, status: str) -> None:
        state = translate(status=status, fulfillments=[parcel("RETURNED", L1=1)])

        assert state.fulfilled_at == NOON

    def test_ignores_parcels_that_never_left(self) -> None:
        parcels = [
            parcel(created=NOON),
            parcel("CANCELED", created=NOON + DAY),
            parcel("WAITING_FOR_APPROVAL", created=NOON + DAY),
        ]

        assert translate(status="FULFILLED", fulfillments=parcels).fulfilled_at == NOON


class TestDigest:
    def test_is_as_it_was_before_vouchers_were_read(self) -> None:
        plain, reduced = translate(), translate(discounts=[taken_off(5, "VOUCHER")])

        assert plain.digest == reduced.digest

    def test_is_the_same_for_the_same_facts_told_at_another_time(self) -> None:
        told = translate()

        again = order_state(order_payload(updated_at=NOON + DAY), read_at=READ + DAY)

        assert told.digest == again.digest

    def test_does_not_depend_on_how_json_writes_a_number(self) -> None:
        payload = order_payload(lines=[order_line("L1", 60)])
        texts = [json.dumps(payload, default=kind) for kind in (float, int)]

        assert len({order_state(parse(text), read_at=READ).digest for text in texts}) == 1

    @pytest.mark.parametrize(
        "change",
        [
            {"user": None},
            {"totalRefunded": money(1)},
            {"status": "CANCELED"},
            {"fulfillments": [parcel("RETURNED", L1=1)]},
            {"lines": [order_line("L1", 60), order_line("L2", 41)]},
            {"lines": [order_line("L1", 60), order_line("L2", 40) | {"saleId": "U2FsZTox"}]},
            {"voucherCode": "WELCOME10"},
            {"channel": {"slug": "other"}},
            {"transactions": [payment(110, None)]},
            {"grantedRefunds": [granted_refund(L1=1)]},
            {"fulfillments": [parcel("FULFILLED", L1=1)]},
        ],
        ids=str,
    )
    def test_differs_with_every_fact(self, change: dict[str, Any]) -> None:
        changed = order_state(order_payload() | change, read_at=READ)

        assert changed.digest != translate().digest

    def test_stays_the_same_when_goods_move_in_the_catalogue(self) -> None:
        moved = order_line("L1", 60)
        moved["variant"]["product"] |= {"category": {"slug": "sale"}, "collections": []}

        state = translate(lines=[moved, order_line("L2", 40)])

        assert state.lines[0].goods != SHIRT
        assert state.digest == translate().digest


def refuse(payload: Any) -> None:
    with pytest.raises(MalformedPayload):
        order_state(payload, read_at=READ)


class TestGarbage:
    @pytest.mark.parametrize("payload", [None, [], "order", 1, True, {}, [{}]])
    def test_of_another_kind_is_refused(self, payload: Any) -> None:
        refuse(payload)

    @pytest.mark.parametrize("field", list(order_payload()))
    def test_without_one_of_the_fields_is_refused(self, field: str) -> None:
        payload = order_payload()
        del payload[field]

        refuse(payload)

    @pytest.mark.parametrize("path", TEXTS)
    @pytest.mark.parametrize("text", [None, 1, True, [], {}, "", "x" * 65, "a\0b", "\ud800", b"id"])
    def test_is_refused_as_a_text(self, path: str, text: Any) -> None:
        refuse(with_value(path, text))

    @pytest.mark.parametrize("path", NAMES)
    @pytest.mark.parametrize("name", [None, 1, [], {}, "", "x" * 256, "a\0b", "\ud800", b"id"])
    def test_is_refused_as_a_name(self, path: str, name: Any) -> None:
        refuse(with_value(path, name))

    @pytest.mark.parametrize("path", CODES)
    @pytest.mark.parametrize("code", [0, False, [], {}, "x" * 256, "a\0b", "\ud800", b"id"])
    def test_is_refused_as_a_code(self, path: str, code: Any) -> None:
        refuse(with_value(path, code))

    @pytest.mark.parametrize("path", [*NAMES, *CODES])
    @pytest.mark.parametrize("name", ["x" * 255, "é" * 255, "T-Shirt (M)"])
    def test_is_not_what_shops_call_their_things(self, path: str, name: str) -> None:
        order_state(with_value(path, name), read_at=READ)

    @pytest.mark.parametrize("currency", ["US", "USDT"])
    def test_is_refused_as_a_currency(self, currency: str) -> None:
        refuse(with_value("total.currency", currency))

    @pytest.mark.parametrize("path", [*PRICES, *FLOWS])
    @pytest.mark.parametrize(
        "amount",
        [None, "60", "", True, [], {}, [0, [1], 0], 60.5, float("nan"),
         Decimal("1e400"), 10**12, -(10**12)],
        ids=str,
    )  # fmt: skip
    def test_is_refused_as_money(self, path: str, amount: Any) -> None:
        refuse(with_value(path, {"amount": amount}))

    @pytest.mark.parametrize("path", PRICES)
    def test_below_zero_is_refused_as_a_price(self, path: str) -> None:
        refuse(with_value(path, money("-0.01")))

    @pytest.mark.parametrize("path", COUNTS)
    @pytest.mark.parametrize(
        "count", [None, "1", True, 0, -1, Decimal("1.5"), Decimal("1e999999999"), 10**10, [], 1.0]
    )
    def test_is_refused_as_a_number_of_pieces(self, path: str, count: Any) -> None:
        refuse(with_value(path, count))

    @pytest.mark.parametrize("path", DATES)
    @pytest.mark.parametrize(
        "date",
        [None, 0, "", "yesterday", "2026-03-01T12:00:00", "2026-03-01", "9999-12-31T23:59:59Z",
         "0001-01-01T00:00:00+14:00", "2026-02-30T00:00:00Z", [], {}],
    )  # fmt: skip
    def test_is_refused_as_a_date(self, path: str, date: Any) -> None:
        refuse(with_value(path, date))

    @pytest.mark.parametrize("path", OBJECTS)
    @pytest.mark.parametrize("value", [[], "text", 1, True])
    def test_is_refused_as_an_object(self, path: str, value: Any) -> None:
        refuse(with_value(path, value))

    @pytest.mark.parametrize("path", LISTS)
    @pytest.mark.parametrize("value", [{"0": {}}, "text", 1, True, [None], [[]]])
    def test_is_refused_as_a_list(self, path: str, value: Any) -> None:
        refuse(with_value(path, value))

    def test_of_tiny_fractions_costs_no_time(self) -> None:
        state = order_state(with_value("totalCharged", money("1e-999999")), read_at=READ)

        assert state.charged == 0


class TestMoment:
    @pytest.mark.parametrize(
        "text",
        ["2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00", "2026-03-01T12:00:00.000000+00:00"],
    )
    def test_reads_what_saleor_writes(self, text: str) -> None:
        assert moment(text) == datetime(2026, 3, 1, 12, tzinfo=UTC)


class TestParse:
    @pytest.mark.parametrize(
        "text",
        ["", "{", "NaN", "Infinity", "-Infinity", '{"a": NaN}', "[" * DEEP, '{"a":' * DEEP,
         "1e9999999999999999999999", "9" * 5000, b"\xff\xfe", b'"\xff"'],
        ids=lambda text: repr(text[:12]),
    )  # fmt: skip
    def test_refuses_what_is_not_json(self, text: str | bytes) -> None:
        with pytest.raises(ValueError):  # noqa: PT011
            parse(text)

    def test_reads_a_byte_order_of_utf_8_only_as_json_does(self) -> None:
        assert parse('{"name": "Zoë", "amount": 0.10}'.encode()) == {
            "name": "Zoë",
            "amount": Decimal("0.10"),
        }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text()
    | st.decimals(allow_nan=False) | st.floats() | st.sampled_from([2**63, Decimal("1e400")]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
any_path = st.sampled_from([*TEXTS, *NAMES, *CODES, *DATES, *COUNTS, *OBJECTS, *LISTS, "user",
                            "lines.0.variant", "lines.0.isGift", "lines.0.saleId",
                            f"{PRODUCT}.category", "total.gross.amount",
                            "transactions.0.paymentMethodDetails.__typename",
                            "transactions.0.paymentMethodDetails.name",
                            "transactions.0.paymentMethodDetails"])  # fmt: skip


@given(any_path, json_values)
@example("user", False)
@example("lines", [])
def test_any_value_anywhere_is_translated_or_refused_with_one_error(path: str, value: Any) -> None:
    try:
        state = order_state(with_value(path, value), read_at=READ)
    except MalformedPayload:
        return
    # What passes is fit for the database.
    assert len(state.saleor_id) <= 64
    assert abs(state.total) < 10**12
    json.dumps(repr(replace(state, read_at=NOON))).encode()


@given(st.text() | st.binary())
def test_any_text_is_json_or_refused_with_one_error(text: str | bytes) -> None:
    try:
        parse(text)
    except ValueError:
        return
