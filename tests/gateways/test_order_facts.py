"""States of orders as we keep them: read again exactly as they were, but for who bought."""

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from factories import NOON, order_line, order_payload
from hypothesis import given
from hypothesis import strategies as st

from saleor_loyalty.gateways.saleor.order_facts import dump, load, with_goods_of
from saleor_loyalty.gateways.saleor.orders import (
    UNKNOWN_GOODS,
    Goods,
    OrderLine,
    OrderState,
    Parcel,
    Payment,
    order_state,
)

#: What is not known of states kept by the first version that kept them.
LATER = {"channel", "payments", "voucher", "fulfilled_at"}
LATER_OF_LINES = {"undiscounted", "returned", "refunded", "gift", "gift_card", "reduced",
                  "parcels", "product", "sku", "product_type", "categories",
                  "collections"}  # fmt: skip

names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
ids = names.filter(bool)
amounts = st.decimals(-(10**9), 10**9, places=4, allow_nan=False)
moments = st.datetimes(
    datetime(2000, 1, 1), datetime(2200, 1, 1),  # noqa: DTZ001 (the zone follows)
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
).map(lambda moment: moment.replace(fold=0))  # fmt: skip
counts = st.integers(0, 10**9)
goods = st.builds(
    Goods, names, names, names,
    st.lists(names, max_size=2).map(tuple), st.lists(names, max_size=2).map(tuple),
)  # fmt: skip
parcels = st.lists(st.builds(Parcel, moments, counts), max_size=2).map(tuple)
lines = st.builds(
    OrderLine, ids, counts, counts, amounts, amounts, st.booleans(), st.booleans(), amounts,
    amounts, st.booleans(), counts, parcels, goods,
)  # fmt: skip
states = st.builds(
    OrderState, ids, names, st.none(), names, names, names, names,
    amounts, amounts, amounts, amounts, amounts, amounts,
    st.lists(lines, max_size=2).map(tuple), st.none() | moments, moments, moments, moments, names,
    st.lists(st.builds(Payment, names, amounts), max_size=2).map(tuple), names, amounts,
    st.lists(names, max_size=2).map(tuple), st.lists(ids, max_size=2).map(tuple),
    st.lists(names, max_size=2).map(tuple),
)  # fmt: skip


def kept(state: OrderState) -> Any:
    """What comes back from the database."""
    return json.loads(json.dumps(dump(state)))


@given(states)
def test_a_state_is_read_again_exactly(state: OrderState) -> None:
    again = load(kept(state))

    assert again == state
    assert again.digest == state.digest
    assert [line.goods for line in again.lines] == [line.goods for line in state.lines]


def test_who_bought_is_not_in_the_facts() -> None:
    state = order_state(order_payload(user="VXNlcjox"), read_at=NOON)

    facts = dump(state)

    assert "VXNlcjox" not in json.dumps(facts)
    assert load(facts) == replace(state, user_id=None)


def test_facts_from_before_something_was_kept_are_read_as_if_it_were_nothing() -> None:
    lines = [order_line("L1", 60), order_line("L2", 40)]
    state = order_state(order_payload(lines=lines), read_at=NOON)
    facts = {name: fact for name, fact in kept(state).items() if name not in LATER}
    facts["lines"] = [
        {name: fact for name, fact in line.items() if name not in LATER_OF_LINES}
        for line in facts["lines"]
    ]

    old = load(facts)

    assert old == replace(
        state, user_id=None, channel="",
        lines=tuple(replace(line, goods=UNKNOWN_GOODS) for line in state.lines),
    )  # fmt: skip


def test_every_field_is_kept() -> None:
    assert {field.name for field in fields(OrderState)} == {
        "saleor_id", "number", "user_id", "origin", "status", "charge_status", "currency", "total",
        "shipping_gross", "shipping_net", "charged", "refunded", "charged_to_gift_cards", "lines",
        "fulfilled_at", "created_at", "changed_at", "read_at", "channel", "payments",
        "voucher_code", "voucher_discount", "line_voucher_codes", "gift_cards",
        "voucher_names",
    }, "a new field is to be kept, and to be added to the strategy above"  # fmt: skip


class TestGoods:
    def state(self, *goods: Goods) -> OrderState:
        state = order_state(order_payload(), read_at=NOON)
        [line, _] = state.lines
        lines = [replace(line, id=str(at), goods=each) for at, each in enumerate(goods)]
        return replace(state, lines=tuple(lines))

    def test_stay_what_they_were_when_first_seen(self) -> None:
        shirt, moved, new = Goods("shirt", "S", "t", ("a",)), Goods("shirt", "S", "t"), Goods("new")

        state = with_goods_of(self.state(moved, new), self.state(shirt))

        assert [line.goods for line in state.lines] == [shirt, new]

    def test_stay_known_when_the_variant_is_deleted(self) -> None:
        shirt = Goods("shirt", "S", "t", ("a",))

        state = with_goods_of(self.state(Goods(sku="S")), self.state(shirt))

        assert state.lines[0].goods == shirt

    def test_become_known_where_they_were_not(self) -> None:
        shirt = Goods("shirt")

        state = with_goods_of(self.state(shirt), self.state(UNKNOWN_GOODS))

        assert state.lines[0].goods == shirt

    def test_cost_nothing_where_they_are_the_same(self) -> None:
        state = self.state(Goods("shirt"))

        assert with_goods_of(state, self.state(Goods("shirt"))) is state

    def test_do_not_change_what_else_is_known(self) -> None:
        told, before = self.state(Goods("a")), self.state(Goods("b"))
        paid = replace(told, charged=Decimal(1))

        assert with_goods_of(paid, before).charged == 1
        assert with_goods_of(paid, before).digest == paid.digest
