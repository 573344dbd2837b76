"""GraphQL over HTTP: what is answered to whom sends what, however strange."""

import json
import logging
import re
from typing import Any

import pytest
from asking import Shopfront, codes
from django.db import connection
from django.test import Client
from factories import give, make_member
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_loyalty.entrypoints.api.views import BODY_BYTES_MAX

PROGRAMME = "{ programme { version } }"


class TestBody:
    @pytest.mark.parametrize(
        "body",
        [
            b"{", b"null", b"[]", b"1", b'"query"', b"\xff\xfe", b"{}\0", b"\0",
            b'{"query": null}', b'{"query": 1}', b'{"query": ["{me{id}}"]}', b'{"variables": {}}',
            b'{"query": "{me{id}}", "variables": []}', b'{"query": "{me{id}}", "variables": "{}"}',
            b'{"query": "{me{id}}", "operationName": 1}', b'{"query": "\\ud800"}',
            b'{"query": "{me{id}}", "variables": {"a": NaN}}' [:-2],
            b'[{"query": "{me{id}}"}, {"query": "{me{id}}"}]',
            b"[" * 10_000, b'{"query":' * 3_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        ],
    )  # fmt: skip
    def test_that_is_no_graphql_request_is_refused(self, shop: Shopfront, body: bytes) -> None:
        response = shop.post(body)

        assert response.status_code == 400
        assert codes(response.json()) == ["MALFORMED"]

    def test_must_be_small(self, shop: Shopfront) -> None:
        padding = "#" * BODY_BYTES_MAX

        response = shop.post({"query": PROGRAMME + padding})

        assert response.status_code == 413
        assert response.json()["errors"][0]["message"] == "Send at most 262144 bytes."

    def test_may_be_as_large_as_we_say(self, shop: Shopfront) -> None:
        body = json.dumps({"query": PROGRAMME})

        response = shop.post(body + " " * (BODY_BYTES_MAX - len(body)))

        assert response.json() == {"data": {"programme": {"version": 1}}}

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/graphql", "multipart/form-data", ""]
    )
    def test_must_be_json(self, shop: Shopfront, kind: str) -> None:
        response = Client().generic("POST", "/graphql/", b"{}", content_type=kind)

        assert response.status_code == 415

    def test_must_be_posted(self, shop: Shopfront) -> None:
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            response = Client().generic(method, "/graphql/", headers={"Accept": "application/json"})
            assert (response.status_code, response["Allow"]) == (405, "GET, POST, OPTIONS")

    def test_names_the_operation_wanted(self, shop: Shopfront) -> None:
        query = "query A { programme { version } } query B { programme { name } }"

        first = shop.post({"query": query, "operationName": "A"}).json()
        none = shop.post({"query": query}).json()

        assert first == {"data": {"programme": {"version": 1}}}
        assert codes(none) == ["INVALID"]


class TestBrowsers:
    def test_see_a_page_to_try_queries_on(self) -> None:
        response = Client().get("/graphql/", headers={"Accept": "text/html,*/*;q=0.8"})

        assert response.status_code == 200
        assert response["Content-Type"] == "text/html; charset=utf-8"
        assert b"/static/graphiql/boot.js" in response.content
        assert b"<script>" not in response.content
        assert "script-src 'self';" in response["Content-Security-Policy"]

    @pytest.mark.parametrize(
        "file", ["boot.js", "page.css", "graphiql.min.js", "graphiql.min.css",
                 "react.production.min.js", "react-dom.production.min.js"],
    )  # fmt: skip
    def test_get_all_of_the_page_from_us(self, file: str) -> None:
        response = Client().get(f"/static/graphiql/{file}")

        assert response.status_code == 200
        assert b"".join(response.streaming_content)  # type: ignore[attr-defined]

    def test_of_any_storefront_may_ask(self, shop: Shopfront) -> None:
        preflight = Client().options(
            "/graphql/", headers={"Origin": "https://shop.example",
                                  "Access-Control-Request-Method": "POST"},
        )  # fmt: skip
        answer = shop.post({"query": PROGRAMME}, Origin="https://shop.example")

        assert preflight.status_code == 204
        assert "Saleor-Api-Url" in preflight["Access-Control-Allow-Headers"]
        for response in (preflight, answer):
            assert response["Access-Control-Allow-Origin"] == "*"
            assert "Access-Control-Allow-Credentials" not in response
        assert answer["Cache-Control"] == "no-store"


class TestErrors:
    def test_do_not_guess_names(self, shop: Shopfront) -> None:
        for query in ("{ programm { name } }", "{ programme { nam } }",
                      "{ members(frst: 1) { pageInfo { hasNextPage } } }"):  # fmt: skip
            [error] = shop.ask(query)["errors"]
            assert "Did you mean" not in error["message"]
            assert error["extensions"] == {"code": "INVALID"}

    def test_nobody_foresaw_are_logged_with_an_id(
        self, shop: Shopfront, caplog: pytest.LogCaptureFixture
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE loyalty_programmeversion RENAME TO gone")

            with caplog.at_level(logging.ERROR):
                response = shop.post({"query": "{ me { id } programme { name } }"})

        assert response.status_code == 200
        [error] = response.json()["errors"]
        error_id = error["extensions"]["id"]
        assert error["message"] == (
            f"Something went wrong on our side. If you report it, name the id {error_id}."
        )
        assert error["extensions"]["code"] == "INTERNAL_ERROR"
        assert response.json()["data"] == {"me": None, "programme": None}
        assert error_id in caplog.text
        assert "gone" not in response.text
        assert "ProgrammingError" in caplog.text

    def test_of_one_field_leave_the_others(self, shop: Shopfront) -> None:
        answer = shop.ask("{ members { edges { cursor } } programme { version } }")

        assert answer["data"] == {"members": None, "programme": {"version": 1}}
        assert answer["errors"] == [
            {
                "message": "You need these permissions: MANAGE_USERS.",
                "locations": [{"line": 1, "column": 3}],
                "path": ["members"],
                "extensions": {"code": "PERMISSION_DENIED"},
            }
        ]


EVERY_FIELD = """
query ($id: ID, $user: ID, $users: [ID!], $first: Int = 3, $after: String, $last: Int) {
  member(id: $id, userId: $user) {
    history(first: $first, last: $last, after: $after) { edges { cursor } }
  }
  members(first: $first, after: $after, last: $last, filter: {userIds: $users}) {
    edges { node { lots(first: 2, before: $after) { edges { node { id } } } } }
  }
}
"""
ADJUST = """
mutation ($input: MemberPointsAdjustInput!) {
  memberPointsAdjust(input: $input) { errors { code } member { id } posting { id } }
}
"""
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
    | st.sampled_from([10**30, -1, 1e308, "\0", "VXNlcjox", "TWVtYmVyOjE=", "😀", "MjAyNg=="]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)  # fmt: skip
WORDS = """
{ } ( ) [ ] : ! $ @ ... query mutation fragment on subscription Query me members programme history
lots edges node id first: 3 99999999999999999999999999 -1 1e999 null true "x" "\\u0000" \"""
__schema types __typename a: $a @skip(if: true) @include Member é # input: {points: 1}
memberPointsAdjust language: FR
"""
words = st.sampled_from([*WORDS.split(), "\0", "\n"])


class TestGarbage:
    """Whatever comes in, the answer is GraphQL, and never a failure of ours."""

    fuzzed = settings(
        max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )

    @staticmethod
    def answered(response: Any, *, with_codes: set[str]) -> None:
        assert response.status_code in {200, 400, 413}
        assert set(codes(response.json())) <= with_codes

    @given(body=st.binary(min_size=1, max_size=200) | json_values.map(json.dumps).map(str.encode))
    @fuzzed
    def test_as_a_body(self, shop: Shopfront, body: bytes) -> None:
        self.answered(shop.post(body), with_codes={"MALFORMED", "INVALID"})

    @given(text=st.text(max_size=200) | st.lists(words, max_size=60).map(" ".join))
    @fuzzed
    def test_as_a_document(self, shop: Shopfront, text: str) -> None:
        response = shop.post({"query": text}, token=shop.customer())

        self.answered(
            response, with_codes={"INVALID", "LIMIT_EXCEEDED", "PERMISSION_DENIED", "MALFORMED"}
        )

    @given(
        variables=st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(["id", "user", "users", "first", "after", "last"], json_values),
        )
    )
    @fuzzed
    def test_as_variables(self, shop: Shopfront, variables: dict[str, Any]) -> None:
        give(make_member(shop.row, "VXNlcjox"), 1)
        body = json.dumps({"query": EVERY_FIELD, "variables": variables})

        response = shop.post(body, token=shop.staff())

        self.answered(response, with_codes={"INVALID", "LIMIT_EXCEEDED", "MALFORMED"})

    @given(
        fields=st.fixed_dictionaries(
            {},
            optional={
                "memberId": json_values, "points": json_values | st.integers(-5, 5),
                "note": json_values | st.text(), "idempotencyKey": json_values | st.text(),
                "more": json_values,
            },
        )
    )  # fmt: skip
    @fuzzed
    def test_as_a_correction(self, shop: Shopfront, fields: dict[str, Any]) -> None:
        body = json.dumps({"query": ADJUST, "variables": {"input": fields}})

        response = shop.post(body, token=shop.staff())

        self.answered(response, with_codes={"INVALID", "MALFORMED"})
        assert not (response.json().get("data") or {}).get("posting")

    # What may be another app's token is asked about; the shop of these tests is not there.
    @given(
        token=st.text(st.characters(codec="latin-1"), min_size=1, max_size=300).filter(
            lambda token: not re.fullmatch("[A-Za-z0-9]{24,128}", token)
        )
    )
    @fuzzed
    def test_as_a_token(self, shop: Shopfront, token: str) -> None:
        response = shop.post({"query": "{ me { id } }"}, token=token)

        assert response.status_code == 401
