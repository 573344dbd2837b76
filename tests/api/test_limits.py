"""How much one request may ask for."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from asking import ANNA, Shopfront, codes
from factories import make_member
from graphql import get_introspection_query, parse

from saleor_loyalty.entrypoints.api import documents, limits

# Fragments that multiply: 400 bytes, 12,000 selections.
BOMB = (
    "{ __schema { " + "...A " * 14 + "} } fragment A on __Schema { " + "types { ...B } " * 14
    + "} fragment B on __Type { " + "name " * 60 + "}"
)  # fmt: skip
NODES = "edges { node { id } }"
# Of Python functions, which no busy machine changes: twice what the worst of them takes now.
CALLS_MAX = 600_000


@contextmanager
def calls_counted() -> Iterator[list[int]]:
    """Count the calls of Python functions in this thread."""
    calls = [0]

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        calls[0] += event == "call"

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)


class TestLimits:
    @pytest.mark.parametrize(
        ("query", "message"),
        [
            (
                "{ a: programme { name } " * 1 + " ".join(
                    f"a{n}: __typename" for n in range(20)) + "}",
                "The query has too much at its root (fields): 21, at most 10 is allowed.",
            ),
            (
                "{ programme {" + " ".join(f"a{n}: name" for n in range(21)) + "} }",
                "The query has too much aliasing (aliases): 21, at most 20 is allowed.",
            ),
            (
                # Written once, meant three times.
                "{ a: programme { ...F } b: programme { ...F } c: programme { ...F } }"
                " fragment F on Programme {" + " ".join(f"a{n}: name" for n in range(6)) + "}",
                "The query has too much aliasing (aliases): 21, at most 20 is allowed.",
            ),
            (
                "{ members(first: 100) { edges { node { history(first: 100) { "
                + NODES + " } } } } }",
                "The query has too much cost: 20301, at most 5000 is allowed.",
            ),
            (
                "{ members(last: 100) { edges { node { lots(last: 25) { ...L } } } } }"
                " fragment L on LotConnection { " + NODES + " }",
                "The query has too much cost: 5301, at most 5000 is allowed.",
            ),
            (
                "{" + " ".join("me { id }" for _ in range(101)) + "}",
                "The query has too much text (fields written): 202, at most 200 is allowed.",
            ),
            ("{ a: __schema { queryType { name } } b: __schema { queryType { name } }"
             " c: __schema { queryType { name } } d: __schema { queryType { name } }"
             " e: __schema { queryType { name } } f: __schema { queryType { name } } }",
             "The query has too much cost: 6012, at most 5000 is allowed."),
        ],
    )  # fmt: skip
    def test_are_told_to_whom_exceeds_them(self, shop: Shopfront, query: str, message: str) -> None:
        answer = shop.ask(query, token=shop.staff())

        assert answer == {
            "errors": [{"message": message, "extensions": {"code": "LIMIT_EXCEEDED"}}]
        }

    def test_tell_whose_query_is_too_deep(self) -> None:
        limits.check_weight(parse("{ a { b { c { d { e { f { g { h } } } } } } } }"), {})
        with pytest.raises(limits.LimitExceeded, match="depth: 9, at most 8"):
            limits.check_weight(parse("{ a { b { c { d { e { f { g { h { i } } } } } } } } }"), {})

    def test_count_pages_whose_size_is_a_variable(self, shop: Shopfront) -> None:
        query = "query ($members: Int, $lots: Int) { members(first: $members) { edges { node {"
        query += " lots(first: $lots) { edges { node { id } } } } } } }"

        small = shop.ask(query, token=shop.staff(), members=10, lots=10)
        large = shop.ask(query, token=shop.staff(), members=100, lots=100)
        unsaid = shop.ask(query, token=shop.staff())

        assert codes(small) == []
        assert codes(large) == codes(unsaid) == ["LIMIT_EXCEEDED"]

    def test_count_what_stands_in_a_fragment_without_a_name(self, shop: Shopfront) -> None:
        names = " ".join(f"a{n}: name" for n in range(21))

        answer = shop.ask("{ programme { ... on Programme { " + names + " } } }")

        assert codes(answer) == ["LIMIT_EXCEEDED"]

    def test_leave_room_for_a_full_page_of_members(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)

        data = shop.data(
            "{ members(first: 100) { edges { node { id balance { available }"
            " history(first: 10) { edges { node { points reason } } } } } } }",
            token=shop.staff(),
        )

        assert len(data["members"]["edges"]) == 1

    def test_leave_room_for_tools_that_read_the_schema(self, shop: Shopfront) -> None:
        query = get_introspection_query(
            specified_by_url=True, directive_is_repeatable=True, schema_description=True,
            input_value_deprecation=True,
        )  # fmt: skip

        data = shop.data(query)

        assert data["__schema"]["queryType"]["name"] == "Query"

    def test_stop_questions_that_go_round_in_the_schema(self, shop: Shopfront) -> None:
        query = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"

        [error] = shop.ask(query)["errors"]

        assert error["message"] == "Maximum introspection depth exceeded"


def nested(times: int) -> str:
    return "{ me " * times + "{ id }" + " }" * times


def fragments(times: int) -> str:
    """Each fragment spreads the next one twice: weighed naively, that takes for ever."""
    chain = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(times))
    return "{ ...F0 } " + chain + f"fragment F{times} on Query {{ programme {{ name }} }}"


MONSTERS = {
    "1,000 aliases": "{" + " ".join(f"a{n}: programme {{ name }}" for n in range(1_000)) + "}",
    "1,000 fields": "{" + "me { id } " * 1_000 + "}",
    "nested 1,000 times": nested(1_000),
    "nested 90 times": nested(90),
    "fragments twice each": fragments(100),
    "fragments in a circle": "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "fragments in a long chain": "{ ...F0 } " + "".join(
        f"fragment F{n} on Query {{ ...F{n + 1} }} " for n in range(240)),
    "fragments that overlap": "{" + "".join(f"...F{n} " for n in range(90)) + "}" + "".join(
        f"fragment F{n} on Query {{ me {{ id }} }} " for n in range(90)),
    "900 directives": "{ __typename " + "@skip(if: false) " * 300 + "}",
    "a very long name": "{ " + "a" * 30_000 + " }",
    "a very long number": "{ members(first: " + "9" * 30_000 + ") { edges { cursor } } }",
    "a very long list": "{ members(filter: {userIds: [" + "1," * 1_900 + "]}) { edges {"
    " cursor } } }",
    "many variables": "query (" + "".join(f"$a{n}: Int " for n in range(400)) + ") { __typename }",
    "a very long text": '{ member(id: "' + "x" * 30_000 + '") { id } }',
}  # fmt: skip


@pytest.mark.parametrize("monster", MONSTERS)
def test_a_monster_costs_little_work(shop: Shopfront, monster: str) -> None:
    documents.document.cache_clear()

    with calls_counted() as calls:
        answer = shop.ask(MONSTERS[monster])

    assert calls[0] < CALLS_MAX
    assert set(codes(answer)) <= {"LIMIT_EXCEEDED", "INVALID", "PERMISSION_DENIED"}


def test_documents_are_remembered_but_not_without_limit(shop: Shopfront) -> None:
    documents.document.cache_clear()
    for _ in range(2):
        for number in range(3):
            shop.data(f"query Q{number} {{ programme {{ name }} }}")
            shop.ask(f"query Q{number} {{ nonsense }}")

    memory = documents.document.cache_info()

    assert (memory.hits, memory.currsize, memory.maxsize) == (3, 3, documents.REMEMBERED_MAX)
    assert limits.TOKENS_MAX == 2_000


def test_a_small_question_about_the_schema_with_a_huge_answer_is_refused() -> None:
    with pytest.raises(limits.LimitExceeded, match="cost"):
        limits.check_weight(parse(BOMB), {})


def test_a_page_size_that_is_no_int_yet_counts_as_the_largest_page() -> None:
    inner = "history(first: $a) { edges { node { id } } }"
    pages = f"query ($a: Int) {{ members(first: $a) {{ edges {{ node {{ {inner} }} }} }} }}"

    with pytest.raises(limits.LimitExceeded, match="cost"):
        limits.check_weight(parse(pages), {"a": 100.0})
