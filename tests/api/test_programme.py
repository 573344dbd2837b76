"""Staff write at the programme and publish it; shoppers read what concerns them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asking import SAM, Shopfront, codes
from loopback import LoopbackServer
from signing import SigningKey

from saleor_loyalty.programme import presets
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.programme.queries import draft, versions
from saleor_loyalty.programme.schema import json_schema

RIGHT = {"name": "Right", "earning": {"rates": {"USD": {"points": 2, "per": 1}}}}
WRONG = {"earning": {"rates": {"usd": {"points": 2, "per": 1}}}}

UPDATE = """mutation ($input: ProgrammeDraftUpdateInput!) { programmeDraftUpdate(input: $input) {
  draft { document revision editedBy problems { path code severity } changes { path message } }
  errors { field path code message } } }"""
PUBLISH = """mutation ($input: ProgrammePublishInput!) { programmePublish(input: $input) {
  version { number isInForce publishedBy note document effectiveFrom withdrawnAt }
  errors { field path code message } } }"""
ROLL_BACK = """mutation ($input: ProgrammeRollBackInput!) { programmeRollBack(input: $input) {
  version { number isInForce note } errors { field code } } }"""
WITHDRAW = """mutation ($input: ProgrammeWithdrawInput!) { programmeWithdraw(input: $input) {
  version { number withdrawnAt } errors { field code message } } }"""


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def saleor() -> Any:
    person = {"id": SAM, "isActive": True, "isConfirmed": True}
    with LoopbackServer(lambda _path, _body: (200, {"data": {"me": person}})).running() as server:
        yield server


@pytest.fixture
def live_shop(db: None, key: SigningKey, saleor: Any) -> Shopfront:
    return Shopfront(key, api_url=f"{saleor.url}/graphql/")


def staff(shop: Shopfront) -> str:
    return shop.staff(permissions=["MANAGE_DISCOUNTS"], user_permissions=["MANAGE_DISCOUNTS"])


def ask(shop: Shopfront, query: str, **variables: Any) -> dict[str, Any]:
    return shop.data(query, token=staff(shop), **variables)


def change(shop: Shopfront, mutation: str, **given: Any) -> dict[str, Any]:
    [answer] = ask(shop, mutation, input=given).values()
    found: dict[str, Any] = answer
    return found


def write(shop: Shopfront, document: Any, revision: int = 0) -> dict[str, Any]:
    return change(shop, UPDATE, document=json.dumps(document), revision=revision)


READING = [
    "{ programmeDraft { revision } }",
    "{ programmeVersions { edges { cursor } } }",
    '{ programmeProblems(document: "{}") { path } }',
    "{ programmeDifferences(from: 1, to: 1) { path } }",
    "{ programmeSchema }",
    "{ programmePresets { id } }",
]
WRITING = [
    (UPDATE, {"revision": 0}),
    (PUBLISH, {"revision": 0}),
    (ROLL_BACK, {"number": 1}),
    (WITHDRAW, {"number": 1}),
]


class TestPermission:
    @pytest.mark.parametrize(
        ("query", "variables"), [*[(query, {}) for query in READING],
                                 *[(query, {"input": given}) for query, given in WRITING]]
    )  # fmt: skip
    def test_is_needed_for_everything(
        self, shop: Shopfront, query: str, variables: dict[str, Any]
    ) -> None:
        for token in (None, shop.customer(), shop.staff()):
            answer = shop.ask(query, token=token, **variables)

            assert codes(answer) == ["PERMISSION_DENIED"]
            assert "MANAGE_DISCOUNTS" in answer["errors"][0]["message"]

    @pytest.mark.parametrize(("query", "given"), WRITING)
    def test_must_be_lent_to_us_where_something_changes(
        self, shop: Shopfront, query: str, given: dict[str, Any]
    ) -> None:
        token = shop.staff(permissions=[], user_permissions=["MANAGE_DISCOUNTS"])

        assert codes(shop.ask(query, token=token, input=given)) == ["PERMISSION_DENIED"]

    @pytest.mark.parametrize(("query", "given"), WRITING[1:])
    def test_must_stand_still_where_points_change(
        self, live_shop: Shopfront, saleor: Any, query: str, given: dict[str, Any]
    ) -> None:
        token = live_shop.staff(
            "VXNlcjox", permissions=["MANAGE_DISCOUNTS"], user_permissions=["MANAGE_DISCOUNTS"]
        )

        assert codes(live_shop.ask(query, token=token, input=given)) == ["UNAUTHENTICATED"]
        assert saleor.asked == ["/graphql/"]
        assert len(versions(live_shop.row.pk)) == 1


class TestDraft:
    def test_is_empty_at_first(self, shop: Shopfront) -> None:
        data = ask(
            shop, "{ programmeDraft { document revision editedAt editedBy problems { path }"
            " changes { path } } }",
        )  # fmt: skip

        assert data["programmeDraft"] == {
            "document": None, "revision": 0, "editedAt": None, "editedBy": None, "problems": [],
            "changes": None,
        }  # fmt: skip

    def test_is_kept_with_what_it_changes(self, shop: Shopfront) -> None:
        answer = write(shop, RIGHT)

        assert json.loads(answer["draft"].pop("document")) == RIGHT
        assert answer == {
            "draft": {
                "revision": 1, "editedBy": SAM, "problems": [],
                "changes": [
                    {"path": "name",
                     "message": "The programme is called “Right” instead of “Rewards”."},
                    {"path": "earning.rates.USD",
                     "message": "1 point per 1 USD becomes 2 points per 1 USD."},
                ],
            },
            "errors": [],
        }  # fmt: skip

    def test_is_kept_with_what_is_wrong(self, shop: Shopfront) -> None:
        answer = write(shop, WRONG)

        assert answer["draft"]["changes"] is None
        assert answer["draft"]["problems"] == [
            {"path": "earning.rates.usd", "code": "WRONG_SHAPE", "severity": "ERROR"}
        ]
        assert draft(shop.row.pk).document == WRONG

    def test_is_not_overwritten_unread(self, shop: Shopfront) -> None:
        write(shop, RIGHT)

        answer = write(shop, WRONG)

        assert answer == {
            "draft": None,
            "errors": [
                {"field": "revision", "path": None, "code": "DRAFT_CHANGED",
                 "message": "Read the draft again: somebody else has changed it."}
            ],
        }  # fmt: skip
        assert draft(shop.row.pk).document == RIGHT

    def test_is_thrown_away(self, shop: Shopfront) -> None:
        write(shop, RIGHT)

        answer = change(shop, UPDATE, revision=1)

        assert answer["draft"]["document"] is None
        assert draft(shop.row.pk).document is None

    @pytest.mark.parametrize("text", ["", "{", "null", "[]", "1", '{"a": "\\u0000"}', "[" * 9999])
    def test_is_an_object(self, shop: Shopfront, text: str) -> None:
        answer = change(shop, UPDATE, document=text, revision=0)

        assert [error["code"] for error in answer["errors"]] == ["INVALID"]
        assert draft(shop.row.pk).revision == 0


class TestPublish:
    def test_puts_the_draft_in_force(self, live_shop: Shopfront) -> None:
        write(live_shop, RIGHT)

        answer = change(live_shop, PUBLISH, revision=1, note=" Twice as much\n")

        version = answer["version"]
        assert answer["errors"] == []
        assert json.loads(version.pop("document"))["name"] == "Right"
        version.pop("effectiveFrom")
        assert version == {
            "number": 2, "isInForce": True, "publishedBy": SAM, "note": "Twice as much",
            "withdrawnAt": None,
        }  # fmt: skip
        assert versions(live_shop.row.pk)[0].document.name == "Right"

    def test_may_be_repeated_without_harm(self, live_shop: Shopfront) -> None:
        write(live_shop, RIGHT)
        change(live_shop, PUBLISH, revision=1)

        again = change(live_shop, PUBLISH, revision=1)

        assert [error["code"] for error in again["errors"]] == ["DRAFT_CHANGED"]
        assert len(versions(live_shop.row.pk)) == 2

    def test_tells_what_is_wrong_and_where(self, live_shop: Shopfront) -> None:
        write(live_shop, WRONG)

        answer = change(live_shop, PUBLISH, revision=1)

        assert answer == {
            "version": None,
            "errors": [
                {"field": "document", "path": "earning.rates.usd", "code": "INVALID",
                 "message": "Write a currency as three capital letters, such as EUR."}
            ],
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("given", "code", "field"),
        [
            ({"effectiveFrom": "2001-01-01T00:00:00Z"}, "IN_THE_PAST", "effectiveFrom"),
            ({"effectiveFrom": "2199-01-01T00:00:00"}, "INVALID", "effectiveFrom"),
            ({"effectiveFrom": "9999-12-31T23:59:59Z"}, "INVALID", "effectiveFrom"),
            ({"note": "x" * 501}, "INVALID", "note"),
            ({"note": "a\0b"}, "INVALID", "note"),
            ({"revision": 2}, "DRAFT_CHANGED", "revision"),
        ],
    )
    def test_refuses_what_it_cannot_do(
        self, live_shop: Shopfront, given: dict[str, Any], code: str, field: str
    ) -> None:
        write(live_shop, RIGHT)

        answer = change(live_shop, PUBLISH, **{"revision": 1, **given})

        assert [(error["code"], error["field"]) for error in answer["errors"]] == [(code, field)]
        assert len(versions(live_shop.row.pk)) == 1

    def test_without_a_draft_publishes_nothing(self, live_shop: Shopfront) -> None:
        answer = change(live_shop, PUBLISH, revision=0)

        assert [error["code"] for error in answer["errors"]] == ["NO_DRAFT"]
        assert draft(live_shop.row.pk).revision == 0

    def test_can_wait_and_be_withdrawn(self, live_shop: Shopfront) -> None:
        later = now() + timedelta(days=30)
        write(live_shop, RIGHT)

        version = change(live_shop, PUBLISH, revision=1, effectiveFrom=later.isoformat())["version"]
        withdrawn = change(live_shop, WITHDRAW, number=2)
        again = change(live_shop, WITHDRAW, number=2)

        assert (version["effectiveFrom"], version["isInForce"]) == (later.isoformat(), False)
        assert withdrawn["version"]["number"] == 2
        assert withdrawn["version"]["withdrawnAt"]
        assert [error["code"] for error in again["errors"]] == ["NOT_WITHDRAWABLE"]
        assert [each.number for each in versions(live_shop.row.pk)] == [1]

    def test_of_an_older_version_makes_a_new_one(self, live_shop: Shopfront) -> None:
        write(live_shop, RIGHT)
        change(live_shop, PUBLISH, revision=1)

        answer = change(live_shop, ROLL_BACK, number=1)

        assert answer == {
            "version": {"number": 3, "isInForce": True, "note": "Version 1 again"}, "errors": []
        }  # fmt: skip

    @pytest.mark.parametrize("mutation", [ROLL_BACK, WITHDRAW])
    @pytest.mark.parametrize("number", [0, 9, -1, 2**31 - 1])
    def test_knows_no_other_versions(
        self, live_shop: Shopfront, mutation: str, number: int
    ) -> None:
        answer = change(live_shop, mutation, number=number)

        assert [(error["code"], error["field"]) for error in answer["errors"]] == [
            ("NOT_FOUND", "number")
        ]


class TestReading:
    def test_lists_versions_page_by_page(self, shop: Shopfront) -> None:
        for name in ("second", "third"):
            publish(installation_id=shop.row.pk, document=Programme(name=name), at=now())
        query = """query ($after: String) { programmeVersions(first: 2, after: $after) {
          edges { node { number isInForce note publishedBy } }
          pageInfo { hasNextPage endCursor } } }"""

        first = ask(shop, query)["programmeVersions"]
        second = ask(shop, query, after=first["pageInfo"]["endCursor"])["programmeVersions"]

        numbers = [edge["node"]["number"] for edge in [*first["edges"], *second["edges"]]]
        assert numbers == [3, 2, 1]
        assert first["edges"][0]["node"] == {
            "number": 3, "isInForce": True, "note": "", "publishedBy": None
        }  # fmt: skip
        assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (
            True, False
        )  # fmt: skip

    def test_shows_no_version_of_another_shop(self, shop: Shopfront, key: SigningKey) -> None:
        other = Shopfront(key)
        publish(installation_id=other.row.pk, document=Programme(name="theirs"), at=now())

        data = ask(shop, "{ programmeVersions { edges { node { number } } } }")
        answer = shop.ask("{ programmeDifferences(from: 1, to: 2) { path } }", token=staff(shop))

        assert len(data["programmeVersions"]["edges"]) == 1
        assert codes(answer) == ["INVALID"]

    def test_tells_problems_in_the_language_of_the_browser(self, shop: Shopfront) -> None:
        query = (
            "query ($document: JSONString!) { programmeProblems(document: $document)"
            " { path code severity message } }"
        )

        found = ask(shop, query, document=json.dumps(WRONG))["programmeProblems"]
        unreadable = ask(shop, query, document="{")["programmeProblems"]

        assert found == [
            {"path": "earning.rates.usd", "code": "WRONG_SHAPE", "severity": "ERROR",
             "message": "Write a currency as three capital letters, such as EUR."}
        ]  # fmt: skip
        assert [each["code"] for each in unreadable] == ["NOT_JSON"]
        assert draft(shop.row.pk).revision == 0

    def test_tells_what_changes(self, shop: Shopfront) -> None:
        publish(installation_id=shop.row.pk, document=Programme.model_validate(RIGHT), at=now())
        write(shop, RIGHT | {"name": "Better"})
        query = "query ($o: Int, $n: Int) { programmeDifferences(from: $o, to: $n) { message } }"

        def told(**numbers: int) -> list[str]:
            found = ask(shop, query, **numbers)["programmeDifferences"]
            return [each["message"] for each in found]

        assert told() == ["The programme is called “Better” instead of “Right”."]
        assert told(o=2, n=2) == []
        assert len(told(o=1, n=2)) == 2
        assert len(told(o=1)) == 2

    def test_shows_the_schema_and_presets(self, shop: Shopfront) -> None:
        data = ask(shop, "{ programmeSchema programmePresets { id name document } }")

        assert json.loads(data["programmeSchema"]) == json_schema()
        shown = {each["id"]: json.loads(each["document"]) for each in data["programmePresets"]}
        assert shown == {name: presets.load(name) for name in presets.names()}

    def test_costs_what_it_takes(self, shop: Shopfront) -> None:
        fields = " ".join(f"a{n}: programmeDraft {{ problems {{ path }} }}" for n in range(10))

        assert codes(shop.ask(f"{{ {fields} }}", token=staff(shop))) == ["LIMIT_EXCEEDED"]


SHOWN = """{ programme { timezone expiryMonths tierMetric tierCurrency
  tiers { threshold tier { id name(language: FR) benefits { multiplier } } }
  rules { id name startsAt endsAt tiers mustBeJoined }
  campaigns { id name(language: FR) goal target points mustBeJoined endsAt } } }"""


class TestForShoppers:
    def test_shows_levels_rules_and_campaigns(self, shop: Shopfront) -> None:
        effect = {"kind": "BONUS", "points": 5}
        over, later = now() - timedelta(days=1), now() + timedelta(days=9)
        document = {
            "timezone": "Europe/Paris",
            "expiry": {"months": 12},
            "earning": {
                "rules": [
                    {"id": "now", "name": "Now", "effect": effect, "budget": 9000,
                     "opt_in": True, "when": {"ends_at": later.isoformat()},
                     "audience": {"tiers": ["gold"]}},
                    {"id": "over", "name": "Over", "effect": effect,
                     "when": {"ends_at": over.isoformat()}},
                    {"id": "secret", "name": "Who complains much", "effect": effect,
                     "audience": {"segments": ["complainers"]}},
                ],
            },
            "tiers": {
                "currency": "USD",
                "levels": [{"id": "gold", "name": "Gold", "translations": {"fr": "Or"},
                            "threshold": "99.5", "benefits": {"multiplier": 2}}],
            },
            "campaigns": [
                {"kind": "STAMPS", "id": "card", "name": "Card", "target": 10,
                 "translations": {"fr": "Carte"}, "award": {"points": 50}},
                {"kind": "SURPRISE", "id": "hush", "name": "Hush", "at": later.isoformat(),
                 "award": {"points": 50}},
            ],
        }  # fmt: skip
        publish(installation_id=shop.row.pk, document=Programme.model_validate(document), at=now())

        assert shop.data(SHOWN)["programme"] == {
            "timezone": "Europe/Paris",
            "expiryMonths": 12,
            "tierMetric": "MONEY",
            "tierCurrency": "USD",
            "tiers": [
                {"threshold": 99.5,
                 "tier": {"id": "gold", "name": "Or", "benefits": {"multiplier": 2.0}}},
            ],
            "rules": [
                {"id": "now", "name": "Now", "startsAt": None, "endsAt": later.isoformat(),
                 "tiers": ["gold"], "mustBeJoined": True},
            ],
            "campaigns": [
                {"id": "card", "name": "Carte", "goal": "STAMPS", "target": 10.0, "points": 50,
                 "mustBeJoined": False, "endsAt": None},
            ],
        }  # fmt: skip

    def test_shows_nothing_where_there_is_nothing(self, shop: Shopfront) -> None:
        assert shop.data(SHOWN)["programme"] == {
            "timezone": "UTC", "expiryMonths": None, "tierMetric": None, "tierCurrency": None,
            "tiers": [], "rules": [], "campaigns": [],
        }  # fmt: skip
