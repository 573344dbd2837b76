"""Other apps of the shop tell what members did, by their own tokens; strangers learn nothing."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from asking import ANNA, Shopfront, codes
from factories import make_member
from gateways.raw_server import RawServer, Reply, json_reply, serving
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    is_required_input_field,
)
from journeys.shop import Shop as Driver
from sandbox.small_app import RunningApp
from signing import SigningKey

from saleor_loyalty.activities.models import Activity
from saleor_loyalty.entrypoints.api import app_tokens, auth
from saleor_loyalty.entrypoints.api.schema import schema
from saleor_loyalty.gateways.saleor.client import SaleorUnavailable
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.queries import Shop, shop_by_api_url
from saleor_loyalty.members.models import MemberFact
from saleor_loyalty.sandbox import serve
from saleor_loyalty.sandbox.apps import App
from saleor_loyalty.sandbox.seed import STAFF_EMAIL, STAFF_PASSWORD

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
REVIEWS, OURS = "QXBwOjI=", "QXBwOjE="
# As Saleor makes them.
TOKEN = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1"
RECORD = """
mutation ($input: ActivityRecordInput!) {
  activityRecord(input: $input) { activity { event } member { userId } errors { code } }
}
"""
REVOKE = RECORD.replace("Record", "Revoke")
TELL = """
mutation ($input: MemberFactsSetInput!) {
  memberFactsSet(input: $input) { member { userId } errors { code } }
}
"""
REVIEW = {"userId": ANNA, "event": "review", "reference": "r1"}
OPEN = {"activityRecord", "activityRevoke", "memberFactsSet"}


def app(*permissions: str, app_id: str = REVIEWS, is_active: bool = True) -> Reply:
    """Saleor's answer about an app."""
    found = {"id": app_id, "isActive": is_active,
             "permissions": [{"code": code} for code in permissions]}  # fmt: skip
    return json_reply(json.dumps({"data": {"app": found}}))


#: Saleor's answer about a token that is no app's.
NOBODY = json_reply(
    '{"data": {"app": null}, "errors": [{"message": "To access this path, you need one of the'
    ' following permissions: AUTHENTICATED_STAFF_USER, AUTHENTICATED_APP", "path": ["app"],'
    ' "extensions": {"exception": {"code": "PermissionDenied"}}}]}'
)
MANAGES_USERS = app("MANAGE_USERS", "MANAGE_ORDERS")
DOWN = json_reply("down", status=503)


@pytest.fixture
def saleor() -> Iterator[RawServer]:
    """A shop that knows one app of a review system."""
    with serving(MANAGES_USERS) as server:
        yield server


@pytest.fixture
def shop(db: None, key: SigningKey, saleor: RawServer) -> Shopfront:
    return Shopfront(key, api_url=f"{saleor.url}/graphql/", app_id=OURS)


@pytest.fixture
def known(shop: Shopfront) -> Shop:
    found = shop_by_api_url(shop.row.api_url)
    assert found is not None
    return found


def another() -> str:
    """Return a token nobody has seen before."""
    return uuid4().hex


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


class TestAnApp:
    def test_is_known_by_what_the_shop_lets_it_do(self, known: Shop, saleor: RawServer) -> None:
        caller = auth.verify(TOKEN, known, at=AT)

        assert caller == auth.OtherApp(REVIEWS, frozenset({"MANAGE_ORDERS", "MANAGE_USERS"}))
        [asked] = saleor.asked
        assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
        assert "query CallingApp {" in json.loads(asked.body)["query"]

    def test_tells_what_members_did(self, shop: Shopfront) -> None:
        [told, again] = [shop.data(RECORD, token=TOKEN, input=REVIEW) for _ in range(2)]
        revoked = shop.data(REVOKE, token=TOKEN, input=REVIEW)

        assert told == again
        assert told["activityRecord"] == {
            "activity": {"event": "review"}, "member": {"userId": ANNA}, "errors": [],
        }  # fmt: skip
        assert revoked["activityRevoke"]["errors"] == []
        assert Activity.objects.get().is_revoked

    def test_tells_facts_of_members(self, shop: Shopfront) -> None:
        given = {"userId": ANNA, "facts": [{"key": "vip", "value": 1}]}

        answer = shop.data(TELL, token=TOKEN, input=given)

        assert answer["memberFactsSet"] == {"member": {"userId": ANNA}, "errors": []}
        assert MemberFact.objects.get().key == "vip"

    def test_needs_the_permission(self, shop: Shopfront, saleor: RawServer) -> None:
        saleor.replies = [app("MANAGE_ORDERS", "HANDLE_PAYMENTS")]

        answer = shop.ask(RECORD, token=TOKEN, input=REVIEW)

        assert codes(answer) == ["PERMISSION_DENIED"]
        assert "MANAGE_USERS" in answer["errors"][0]["message"]
        assert not Activity.objects.exists()

    def test_may_do_nothing_else(self, shop: Shopfront, saleor: RawServer) -> None:
        saleor.replies = [app("MANAGE_USERS", "MANAGE_ORDERS", "MANAGE_DISCOUNTS", "MANAGE_APPS")]
        make_member(shop.row, ANNA)
        assert schema.mutation_type is not None

        refusals = {
            name: codes(shop.ask(calling(name, field), token=TOKEN))
            for name, field in schema.mutation_type.fields.items()
        }

        assert {name for name, found in refusals.items() if not found} == OPEN
        assert {code for found in refusals.values() for code in found} == {
            "PERMISSION_DENIED", "UNAUTHENTICATED",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("query", "answer"),
        [
            ("{ programme { version } me { userId } }", {"programme": {"version": 1}, "me": None}),
            ("{ members { edges { node { userId } } } }", ["PERMISSION_DENIED"]),
            (f'{{ member(userId: "{ANNA}") {{ userId }} }}', ["PERMISSION_DENIED"]),
            ("{ programmeDraft { __typename } }", ["PERMISSION_DENIED"]),
        ],
    )
    def test_sees_what_everybody_sees(
        self, shop: Shopfront, saleor: RawServer, query: str, answer: Any
    ) -> None:
        saleor.replies = [app("MANAGE_USERS", "MANAGE_ORDERS", "MANAGE_DISCOUNTS")]
        make_member(shop.row, ANNA)

        found = shop.ask(query, token=TOKEN)

        assert (codes(found) or found["data"]) == answer

    def test_is_neither_a_customer_nor_staff(self, known: Shop, saleor: RawServer) -> None:
        with pytest.raises(auth.NotAuthenticated):
            auth.verify_customer(TOKEN, known, at=AT)
        with pytest.raises(auth.NotAuthenticated):
            auth.verify_staff(TOKEN, known, need=[], at=AT)
        assert saleor.asked == []

    def test_of_ours_is_nobody_who_calls(self, shop: Shopfront, saleor: RawServer) -> None:
        saleor.replies = [app("MANAGE_USERS", app_id=OURS)]

        assert refusal(shop, TOKEN) == (401, ["UNAUTHENTICATED"])

    def test_that_was_switched_off_is_nobody(self, shop: Shopfront, saleor: RawServer) -> None:
        saleor.replies = [app("MANAGE_USERS", is_active=False)]

        assert refusal(shop, TOKEN) == (401, ["UNAUTHENTICATED"])

    def test_of_another_shop_is_asked_about_there(
        self, shop: Shopfront, key: SigningKey, saleor: RawServer
    ) -> None:
        with serving(NOBODY) as elsewhere:
            other = Shopfront(key, api_url=f"{elsewhere.url}/graphql/")
            assert shop.post({"query": "{ me { userId } }"}, token=TOKEN).status_code == 200

            assert refusal(other, TOKEN) == (401, ["UNAUTHENTICATED"])
            assert (len(saleor.asked), len(elsewhere.asked)) == (1, 1)

    def test_is_told_when_the_shop_cannot_say(
        self, shop: Shopfront, saleor: RawServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        answers = [DOWN, json_reply("<html>", status=404), json_reply('{"data": {"app": "?"}}')]
        for reply in answers:
            saleor.replies = [reply]
            assert refusal(shop, TOKEN) == (503, ["UNAVAILABLE"])

        # One attempt each, and nothing of it is remembered.
        assert len(saleor.asked) == len(answers)
        saleor.replies = [MANAGES_USERS]
        assert shop.post({"query": "{ me { userId } }"}, token=TOKEN).status_code == 200
        assert TOKEN not in caplog.text


class TestAnAnswer:
    def test_about_an_app_is_believed_for_a_minute(self, known: Shop, saleor: RawServer) -> None:
        first = auth.verify(TOKEN, known, at=AT)
        saleor.replies = [app("MANAGE_ORDERS")]
        believed = auth.verify(TOKEN, known, at=later(60))
        after = auth.verify(TOKEN, known, at=later(60.1))

        assert believed == first != after == auth.OtherApp(REVIEWS, frozenset({"MANAGE_ORDERS"}))
        assert len(saleor.asked) == 2

    def test_does_not_last_longer_where_the_clock_is_set_back(
        self, known: Shop, saleor: RawServer
    ) -> None:
        auth.verify(TOKEN, known, at=AT)
        auth.verify(TOKEN, known, at=later(-3600))

        assert len(saleor.asked) == 2

    def test_that_it_is_nobody_holds_for_some_seconds(self, known: Shop, saleor: RawServer) -> None:
        saleor.replies = [NOBODY]
        for seconds in (0, 1, 9, 10):
            with pytest.raises(auth.NotAuthenticated):
                auth.verify(TOKEN, known, at=later(seconds))
        assert len(saleor.asked) == 1

        saleor.replies = [MANAGES_USERS]
        assert isinstance(auth.verify(TOKEN, known, at=later(10.1)), auth.OtherApp)

    def test_that_it_is_nobody_any_more_counts_at_once(
        self, known: Shop, saleor: RawServer
    ) -> None:
        auth.verify(TOKEN, known, at=AT)
        saleor.replies = [NOBODY]

        for seconds in (61, 62):
            with pytest.raises(auth.NotAuthenticated):
                auth.verify(TOKEN, known, at=later(seconds))
        assert len(saleor.asked) == 2

    def test_is_kept_by_hash_and_not_without_limit(
        self, known: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(app_tokens, "REMEMBERED_MAX", 3)
        monkeypatch.setattr(app_tokens, "_good", app_tokens._Memory())

        tokens = [another() for _ in range(5)]
        for number, token in enumerate(tokens):
            auth.verify(token, known, at=later(number))

        assert len(app_tokens._good.answers) == 3
        assert not any(token in repr(app_tokens._good) for token in tokens)

    def test_serves_all_who_ask_at_the_same_time(self, known: Shop, saleor: RawServer) -> None:
        with ThreadPoolExecutor(4) as threads:
            callers = list(threads.map(lambda _: auth.verify(TOKEN, known, at=AT), range(4)))

        assert len(set(callers)) == len(saleor.asked) == 1


class TestStrangers:
    @pytest.mark.parametrize(
        "token",
        ["nonsense", "x" * 23, "x" * 129, "x" * 10_000, "é" * 30, "x" * 30 + "\n",
         "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC-", "x" * 15 + "." + "y" * 15, "a.b.c", "٣" * 30],
    )  # fmt: skip
    def test_whose_tokens_are_no_apps_cost_the_shop_nothing(
        self, known: Shop, saleor: RawServer, token: str
    ) -> None:
        with pytest.raises(auth.NotAuthenticated):
            auth.verify(token, known, at=AT)
        assert saleor.asked == []

    def test_have_the_shop_asked_a_few_times_a_minute(self, known: Shop, saleor: RawServer) -> None:
        saleor.replies = [NOBODY]
        for minute in (1, 2):
            outcomes = [outcome(another(), known, at=later(60 * minute)) for _ in range(50)]

            turns = app_tokens.STRANGERS_PER_MINUTE
            assert outcomes == ["refused"] * turns + ["later"] * (50 - turns)
            assert len(saleor.asked) == turns * minute

    def test_have_it_asked_less_where_calls_are_few(
        self, known: Shop, saleor: RawServer, settings: Any
    ) -> None:
        saleor.replies = [NOBODY]
        for per_minute, turns in ((60, 6), (5, 1)):
            saleor.asked.clear()
            settings.SALEOR_CALLS_PER_MINUTE = per_minute
            # Each in a minute of its own.
            for _ in range(10):
                outcome(another(), known, at=later(60 * per_minute))
            assert len(saleor.asked) == turns

    def test_do_not_keep_out_an_app_that_was_known(self, known: Shop, saleor: RawServer) -> None:
        auth.verify(TOKEN, known, at=AT)
        saleor.replies = [NOBODY]
        attack = [outcome(another(), known, at=later(120)) for _ in range(50)]
        saleor.replies = [MANAGES_USERS]

        assert "later" in attack
        assert isinstance(auth.verify(TOKEN, known, at=later(121)), auth.OtherApp)

    def test_of_one_shop_cost_others_nothing(
        self, known: Shop, saleor: RawServer, key: SigningKey
    ) -> None:
        saleor.replies = [NOBODY]
        for _ in range(50):
            outcome(another(), known, at=AT)
        with serving(MANAGES_USERS) as elsewhere:
            other = shop_by_api_url(Shopfront(key, api_url=f"{elsewhere.url}/graphql/").row.api_url)
            assert other is not None

            assert isinstance(auth.verify(TOKEN, other, at=AT), auth.OtherApp)


class TestWithAShop:
    """The same with a shop that has apps, staff and customers."""

    def test_an_app_calls_with_the_token_of_its_installation(
        self, db: None, key: SigningKey
    ) -> None:
        ours = RunningApp()
        reviews = RunningApp(identifier="reviews", permissions=("MANAGE_USERS",))
        with serve() as sandbox:
            driver = Driver(sandbox.api_url, STAFF_EMAIL, STAFF_PASSWORD)
            our_id = driver.install(ours.app.manifest_url)
            reviews_id = driver.install(reviews.app.manifest_url)
            shop = Shopfront(key, api_url=sandbox.api_url, app_id=our_id)
            token = reviews.app.token

            told = shop.data(RECORD, token=token, input=REVIEW)
            assert told["activityRecord"]["errors"] == []
            assert refusal(shop, ours.app.token) == (401, ["UNAUTHENTICATED"])
            assert refusal(shop, another()) == (401, ["UNAUTHENTICATED"])

            with sandbox.sandbox.world.lock:
                sandbox.sandbox.world.require(App, reviews_id).is_active = False
            known = shop_by_api_url(sandbox.api_url)
            assert known is not None
            with pytest.raises(auth.NotAuthenticated):
                auth.verify(token, known, at=datetime.now(UTC) + timedelta(seconds=61))
            driver.close()
        ours.stop()
        reviews.stop()
        assert Installation.objects.count() == 1


def refusal(shop: Shopfront, token: str) -> tuple[int, list[str]]:
    """Return the status and codes of the answer to a token."""
    response = shop.post({"query": RECORD, "variables": {"input": REVIEW}}, token=token)
    return response.status_code, codes(response.json())


def outcome(token: str, shop: Shop, *, at: datetime) -> str:
    """Return what became of a token nobody knows."""
    try:
        auth.verify(token, shop, at=at)
    except auth.NotAuthenticated:
        return "refused"
    except SaleorUnavailable:
        return "later"
    return "believed"


def calling(name: str, field: GraphQLField) -> str:
    """Return a document that calls a mutation with the least it takes."""
    arguments = ", ".join(f"{key}: {filled(each.type)}" for key, each in field.args.items())
    return f"mutation {{ {name}({arguments}) {{ __typename }} }}"


def filled(kind: Any) -> str:
    """Return a value of an input type, as GraphQL writes it."""
    if isinstance(kind, GraphQLNonNull):
        return filled(kind.of_type)
    if isinstance(kind, GraphQLList):
        return f"[{filled(kind.of_type)}]"
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        required = {n: f for n, f in kind.fields.items() if is_required_input_field(f)}
        return "{" + ", ".join(f"{n}: {filled(f.type)}" for n, f in required.items()) + "}"
    samples = {"Int": "1", "Float": "1", "Points": "1", "Boolean": "true",
               "Date": '"2026-03-01"', "DateTime": '"2026-03-01T12:00:00Z"'}  # fmt: skip
    return samples.get(kind.name, '"x"')
