"""Levels through our API: what members see, and what staff do."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from asking import ANNA, BEN, SAM, Shopfront, codes
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import DAY, make_member, order_line, order_payload
from loopback import LoopbackServer
from signing import SigningKey

from saleor_loyalty.accrual.operations import converge
from saleor_loyalty.accrual.timed import review_tiers
from saleor_loyalty.entrypoints.api.scalars import global_id
from saleor_loyalty.gateways.saleor.orders import order_state
from saleor_loyalty.members.models import Member, MemberFact
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.tiers.models import TierGrant

TIER = "tier { id name french: name(language: FR) since until cause benefits { multiplier tags } }"
SEEN = "userId tier { id cause until } balance { available }"
SET = f"""
mutation ($input: MemberTierSetInput!) {{
  memberTierSet(input: $input) {{ member {{ {SEEN} }} errors {{ field code message }} }}
}}
"""
REVOKE = f"""
mutation ($input: MemberTierRevokeInput!) {{
  memberTierRevoke(input: $input) {{ member {{ {SEEN} }} errors {{ field code message }} }}
}}
"""
TELL = f"""
mutation ($input: MemberFactsSetInput!) {{
  memberFactsSet(input: $input) {{ member {{ {SEEN} }} errors {{ field code message }} }}
}}
"""
LEVELS = [
    {"id": "insider", "name": "Insider", "threshold": "0"},
    {
        "id": "gold", "name": "Gold", "threshold": "100", "translations": {"fr": "Or"},
        "benefits": {"multiplier": "2", "tags": ["early-access"]},
    },
    {"id": "platinum", "name": "Platinum", "threshold": "500", "benefits": {"multiplier": "3"}},
]  # fmt: skip
_serial = count(1)
SPENDING: dict[str, Any] = {
    "earning": {"rates": {"USD": {"points": 1, "per": "1"}}},
    "tiers": {"levels": LEVELS, "currency": "USD", "window": {"kind": "SINCE_JOINING"},
              "validity": {"until": "MONTHS", "months": 12}},
}  # fmt: skip
BALANCES = {
    "tiers": {"levels": LEVELS, "metric": "ATTRIBUTE", "attribute": "balance",
              "window": {"kind": "CALENDAR_YEAR"}},
}  # fmt: skip


class Saleor(LoopbackServer):
    """Answers who somebody is."""

    def __init__(self) -> None:
        self.person: Any = {"id": SAM, "isActive": True, "isConfirmed": True}
        super().__init__(lambda _path, _body: (200, {"data": {"me": self.person}}))


@pytest.fixture
def saleor() -> Any:
    with Saleor().running() as server:
        yield server


@pytest.fixture
def shop(db: None, key: SigningKey, saleor: Saleor) -> Shopfront:
    front = Shopfront(key, api_url=f"{saleor.url}/graphql/")
    run(front, SPENDING)
    return front


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def run(shop: Shopfront, document: dict[str, Any]) -> None:
    """Publish a programme."""
    programme = Programme.model_validate(document)
    publish(installation_id=shop.row.pk, document=programme, at=datetime(2026, 3, 1, 1, tzinfo=UTC))


def buy(shop: Shopfront, user: str, money: int, *, at: datetime | None = None) -> dict[str, Any]:
    """Let a customer buy for so much; return what Saleor says of the order."""
    at = at or now() - DAY
    number = str(next(_serial))
    payload = order_payload(
        order_id=f"order-{number}", number=number, user=user, lines=[order_line("L", money)],
        created=at.isoformat(), updated_at=at,
        shippingPrice={"gross": {"amount": Decimal(0)}, "net": {"amount": Decimal(0)}},
        total={"currency": "USD", "gross": {"amount": Decimal(money)}},
        totalCharged={"amount": Decimal(money)},
    )  # fmt: skip
    hear(shop, payload)
    return payload


def hear(shop: Shopfront, payload: dict[str, Any]) -> None:
    converge(installation_id=shop.row.pk, states=[order_state(payload, read_at=now())], at=now())


def ask(shop: Shopfront, fields: str, user: str = ANNA) -> dict[str, Any]:
    found: dict[str, Any] = shop.data(f"{{ me {{ {fields} }} }}", token=shop.customer(user))["me"]
    return found


def change(shop: Shopfront, mutation: str, **given: Any) -> dict[str, Any]:
    wanted = {"memberId": global_id("Member", shop.anna)} | given
    data = shop.data(mutation, token=shop.staff(), input=wanted)
    answer: dict[str, Any] = next(iter(data.values()))
    return answer


def give(shop: Shopfront, **changes: Any) -> dict[str, Any]:
    gift = {"tierId": "gold", "reason": "Our fault", "idempotencyKey": "k"}
    return change(shop, SET, **gift | changes)


class TestTier:
    def test_is_nothing_before_the_first_order(self, shop: Shopfront) -> None:
        assert ask(shop, f"{TIER} tierHistory {{ edges {{ cursor }} }}") == {
            "tier": None, "tierHistory": {"edges": []},
        }  # fmt: skip

    def test_is_reached_by_buying_and_earns_from_then_on(self, shop: Shopfront) -> None:
        first = now() - 2 * DAY
        buy(shop, ANNA, 100, at=first)
        buy(shop, ANNA, 10)

        found = ask(shop, f"{TIER} balance {{ available }}")

        assert found["tier"].pop("until")[:10] > (first + 364 * DAY).isoformat()[:10]
        assert found == {
            "tier": {
                "id": "gold", "name": "Gold", "french": "Or", "since": first.isoformat(),
                "cause": "UPGRADE", "benefits": {"multiplier": 2.0, "tags": ["early-access"]},
            },
            "balance": {"available": 120},
        }  # fmt: skip

    def test_is_lost_by_returning_and_so_is_what_it_earned(self, shop: Shopfront) -> None:
        payload = buy(shop, ANNA, 100, at=now() - 2 * DAY)
        buy(shop, ANNA, 10)

        hear(shop, payload | {"totalRefunded": {"amount": Decimal(100)},
                              "totalCharged": {"amount": Decimal(0)},
                              "updatedAt": now().isoformat()})  # fmt: skip

        found = ask(shop, "tier { id } balance { available }")
        assert found == {"tier": {"id": "insider"}, "balance": {"available": 10}}

    def test_ends_by_the_clock_though_nothing_is_bought(self, shop: Shopfront) -> None:
        run(shop, SPENDING | {"tiers": SPENDING["tiers"] | {"window": {"kind": "CALENDAR_YEAR"}}})
        buy(shop, ANNA, 100)

        assert review_tiers(at=now() + 300 * DAY) == 0
        assert review_tiers(at=now() + 1_000 * DAY) == 1
        assert review_tiers(at=now() + 1_000 * DAY) == 0

        assert Member.objects.get(id=shop.anna).tier == "insider"


class TestOutlook:
    def test_tells_what_is_missing_in_facts_and_words(self, shop: Shopfront) -> None:
        buy(shop, ANNA, 120)
        found = ask(
            shop,
            "tierOutlook { metric currency attribute reviewAt projectedTier { id name }"
            " next { tier { id benefits { multiplier } } need have missing countedSince"
            " countedUntil sentence } keep { tier { id } missing sentence }"
            " sentence french: sentence(language: FR) }",
        )["tierOutlook"]

        assert found.pop("reviewAt")
        assert "380" in found.pop("french")
        assert found == {
            "metric": "MONEY", "currency": "USD", "attribute": None,
            "projectedTier": {"id": "gold", "name": "Gold"},
            "next": {
                "tier": {"id": "platinum", "benefits": {"multiplier": 3.0}},
                "need": 500.0, "have": 120.0, "missing": 380.0,
                "countedSince": None, "countedUntil": None,
                "sentence": "Spend 380\N{NO-BREAK SPACE}$ more to reach Platinum.",
            },
            "keep": {"tier": {"id": "gold"}, "missing": 0.0,
                     "sentence": "You keep Gold: nothing more is needed."},
            "sentence": "Spend 380\N{NO-BREAK SPACE}$ more to reach Platinum.",
        }  # fmt: skip

    def test_is_nothing_where_the_shop_has_no_levels(self, shop: Shopfront) -> None:
        run(shop, {})

        assert ask(shop, "tierOutlook { sentence }") == {"tierOutlook": None}


class TestHistory:
    def test_tells_how_the_level_changed_and_why(self, shop: Shopfront) -> None:
        buy(shop, ANNA, 100, at=now() - 3 * DAY)
        give(shop, tierId="platinum")
        change(shop, REVOKE)

        found = ask(
            shop,
            "tierHistory(first: 2) { edges { node { id fromTier { name } toTier { name } occurredAt"
            " until cause sentence french: sentence(language: FR) } }"
            " pageInfo { hasNextPage endCursor } }",
        )["tierHistory"]
        rest = ask(
            shop,
            f'tierHistory(after: "{found["pageInfo"]["endCursor"]}")'
            " { edges { node { sentence } } pageInfo { hasNextPage } }",
        )["tierHistory"]

        told = [edge["node"] for edge in found["edges"]]
        assert [node["cause"] for node in told] == ["MANUAL", "MANUAL"]
        assert [node["sentence"] for node in told] == [
            "The shop gave you Gold.", "The shop gave you Platinum.",
        ]  # fmt: skip
        assert rest == {
            "edges": [{"node": {"sentence": "You reached Gold."}}],
            "pageInfo": {"hasNextPage": False},
        }


class TestMemberTierSet:
    def test_gives_a_level_that_lasts_and_counts(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)
        until = now() + 30 * DAY

        answer = give(shop, until=until.isoformat())

        assert answer == {
            "member": {
                "userId": ANNA, "balance": {"available": 0},
                "tier": {"id": "gold", "cause": "MANUAL", "until": until.isoformat()},
            },
            "errors": [],
        }  # fmt: skip
        buy(shop, ANNA, 10, at=now() + timedelta(seconds=5))
        assert sum(ask(shop, "balance { available pending }")["balance"].values()) == 20

    def test_can_say_exactly_which(self, shop: Shopfront) -> None:
        buy(shop, ANNA, 500)

        assert give(shop)["member"]["tier"]["id"] == "platinum"
        assert give(shop, isFloor=False, idempotencyKey="2")["member"]["tier"]["id"] == "gold"

    def test_makes_a_member_of_a_customer(self, shop: Shopfront) -> None:
        assert give(shop, memberId=None, userId=BEN)["member"]["tier"]["id"] == "gold"

    def test_again_with_the_same_key_gives_nothing_again(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)

        assert give(shop) == give(shop)
        assert TierGrant.objects.count() == 1

    @pytest.mark.parametrize(
        ("changes", "field", "code"),
        [
            ({"tierId": "emerald"}, "tierId", "NOT_FOUND"),
            ({"memberId": "x"}, "memberId", "NOT_FOUND"),
            ({"userId": BEN}, "memberId", "NOT_FOUND"),
            ({"reason": " "}, "reason", "INVALID"),
            ({"reason": "x" * 501}, "reason", "INVALID"),
            ({"reason": "a\0b"}, "reason", "INVALID"),
            ({"idempotencyKey": ""}, "idempotencyKey", "INVALID"),
            ({"until": "2026-03-01T00:00:00Z"}, "until", "INVALID"),
            ({"until": "2999-03-01T00:00:00Z"}, "until", "INVALID"),
            ({"until": "2100-03-01T00:00:00"}, "until", "INVALID"),
        ],
    )
    def test_says_what_is_wrong(
        self, shop: Shopfront, changes: dict[str, Any], field: str, code: str
    ) -> None:
        make_member(shop.row, ANNA)

        answer = give(shop, **changes)

        assert [(error["field"], error["code"]) for error in answer["errors"]] == [(field, code)]
        assert (answer["member"], TierGrant.objects.count()) == (None, 0)

    def test_refuses_a_key_that_gave_something_else(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)
        give(shop)

        [error] = give(shop, tierId="platinum")["errors"]

        assert error["code"] == "IDEMPOTENCY_KEY_USED"

    def test_gives_nothing_to_members_of_another_shop(
        self, shop: Shopfront, key: SigningKey
    ) -> None:
        other = Shopfront(key)
        make_member(other.row, ANNA)

        [error] = give(shop, memberId=global_id("Member", other.anna))["errors"]

        assert error["code"] == "NOT_FOUND"


class TestMemberTierRevoke:
    def test_ends_what_was_given(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)
        give(shop)
        give(shop, tierId="platinum", idempotencyKey="2")

        answer = change(shop, REVOKE)

        assert answer["member"]["tier"]["id"] == "insider"
        assert change(shop, REVOKE) == answer

    def test_shows_staff_what_is_left(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)
        give(shop)
        query = (
            "query ($user: ID) { member(userId: $user)"
            " { tierGrants { id tier { name } startsAt until isFloor reason } } }"
        )

        [grant] = shop.data(query, token=shop.staff(), user=ANNA)["member"]["tierGrants"]
        change(shop, REVOKE)
        after = shop.data(query, token=shop.staff(), user=ANNA)["member"]["tierGrants"]

        assert (grant["tier"], grant["isFloor"], grant["reason"], grant["until"]) == (
            {"name": "Gold"}, True, "Our fault", None,
        )  # fmt: skip
        assert after == []

    def test_is_not_shown_to_the_member(self, shop: Shopfront) -> None:
        answer = shop.ask("{ me { tierGrants { reason } } }", token=shop.customer())

        assert codes(answer) == ["PERMISSION_DENIED"]


class TestMemberFactsSet:
    def test_lifts_whoever_reaches_a_level_by_it(self, shop: Shopfront) -> None:
        run(shop, BALANCES)
        make_member(shop.row, ANNA)

        answer = change(shop, TELL, facts=[{"key": "balance", "value": 123.45}, {"key": "vip"}])

        assert answer["errors"] == []
        assert answer["member"]["tier"]["id"] == "gold"
        assert MemberFact.objects.get().value == Decimal("123.45")

    def test_the_same_again_changes_nothing(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)
        for _ in range(2):
            change(shop, TELL, facts=[{"key": "vip", "value": 1}])

        assert MemberFact.objects.count() == 1

    def test_another_number_for_the_same_moment_is_refused(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)
        at = now().isoformat()
        change(shop, TELL, facts=[{"key": "vip", "value": 1}], at=at)

        [error] = change(shop, TELL, facts=[{"key": "vip", "value": 2}], at=at)["errors"]

        assert error["code"] == "TOLD_OTHERWISE"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"facts": []}, "facts"),
            ({"facts": [{"key": f"k{number}", "value": 1} for number in range(51)]}, "facts"),
            ({"facts": [{"key": "a", "value": 1}, {"key": "a", "value": 1}]}, "facts"),
            ({"facts": [{"key": "A", "value": 1}]}, "facts"),
            ({"facts": [{"key": "a", "value": 1e13}]}, "facts"),
            ({"facts": [{"key": "a", "value": 1}], "at": "2999-01-01T00:00:00Z"}, "at"),
            ({"facts": [{"key": "a", "value": 1}], "at": "1999-01-01T00:00:00Z"}, "at"),
        ],
    )
    def test_says_what_is_wrong(self, shop: Shopfront, changes: dict[str, Any], field: str) -> None:
        make_member(shop.row, ANNA)

        [error] = change(shop, TELL, **changes)["errors"]

        assert (error["field"], error["code"]) == (field, "INVALID")
        assert MemberFact.objects.count() == 0


INPUTS: dict[str, dict[str, Any]] = {
    SET: {"tierId": "gold", "reason": "r", "idempotencyKey": "k"},
    REVOKE: {},
    TELL: {"facts": [{"key": "vip", "value": 1}]},
}


@pytest.mark.parametrize("mutation", INPUTS)
class TestPermission:
    def post(self, shop: Shopfront, mutation: str, token: str) -> Any:
        wanted = {"memberId": global_id("Member", shop.anna), **INPUTS[mutation]}
        return shop.post({"query": mutation, "variables": {"input": wanted}}, token=token)

    def test_is_needed(self, shop: Shopfront, mutation: str) -> None:
        make_member(shop.row, ANNA)

        for token in (shop.customer(), shop.staff(user_permissions=["MANAGE_ORDERS"])):
            answer = self.post(shop, mutation, token)
            assert codes(answer.json()) == ["PERMISSION_DENIED"]
        assert (TierGrant.objects.count(), MemberFact.objects.count()) == (0, 0)

    def test_that_saleor_took_back_is_none(
        self, shop: Shopfront, saleor: Saleor, mutation: str
    ) -> None:
        make_member(shop.row, ANNA)
        saleor.person = None

        assert codes(self.post(shop, mutation, shop.staff()).json()) == ["UNAUTHENTICATED"]
        assert (TierGrant.objects.count(), MemberFact.objects.count()) == (0, 0)


class TestNumberOfQueries:
    EVERYTHING = """
    query { members(first: 30) { edges { node {
        tier { id name since benefits { tags } }
        tierOutlook { sentence next { missing sentence } projectedTier { name } }
        tierHistory(first: 3) { edges { node { sentence toTier { name } } } }
        tierGrants { reason tier { name } }
    } } } }
    """

    def test_does_not_grow_with_the_page(self, shop: Shopfront) -> None:
        counts = []
        for batch in range(2):
            for number in range(1 + 8 * batch):
                buy(shop, f"VXNlcjo{batch}{number:02}", 100)
            shop.data("{ __typename }")
            with CaptureQueriesContext(connection) as queries:
                page = shop.data(self.EVERYTHING, token=shop.staff())["members"]
            assert all(edge["node"]["tier"]["id"] == "gold" for edge in page["edges"])
            counts.append(len(queries))

        assert counts[0] == counts[1]
