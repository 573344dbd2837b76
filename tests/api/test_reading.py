"""What customers and staff read through our API."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from asking import ANNA, BEN, Shopfront
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import give, make_member
from signing import SigningKey

from saleor_loyalty.entrypoints.api.scalars import global_id
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.programme.document import Programme, Unit, Value, Worth, starting_programme
from saleor_loyalty.programme.earning_terms import Basis, Earning
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.programme.parts import Rate
from saleor_loyalty.programme.timing_terms import Expiry, Maturity, Moment

DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class TestProgramme:
    def test_everybody_sees_the_version_in_force(self, shop: Shopfront) -> None:
        publish(
            installation_id=shop.row.pk,
            document=Programme(
                name="Perles",
                unit=Unit(one="perle", many="perles"),
                earning=Earning(
                    rates={"USD": Rate(points=3, per="2.50"), "EUR": Rate(points=1, per="1")},
                    basis=Basis.NET,
                    shipping=True,
                ),
                maturity=Maturity(after=Moment.FULFILMENT, days=14),
                expiry=Expiry(days=365),
            ),
            at=datetime(2026, 3, 2, tzinfo=UTC),
        )

        data = shop.data(
            "{ programme { version effectiveFrom name pointName pointsName"
            " earningRates { points per { amount currency } } priceBasis isShippingEarning"
            " isGiftCardMoneyEarning maturityDays maturityStart expiryDays } }"
        )

        assert data["programme"] == {
            "version": 2,
            "effectiveFrom": "2026-03-02T00:00:00+00:00",
            "name": "Perles",
            "pointName": "perle",
            "pointsName": "perles",
            "earningRates": [
                {"points": 1, "per": {"amount": 1.0, "currency": "EUR"}},
                {"points": 3, "per": {"amount": 2.5, "currency": "USD"}},
            ],
            "priceBasis": "NET",
            "isShippingEarning": True,
            "isGiftCardMoneyEarning": False,
            "maturityDays": 14,
            "maturityStart": "FULFILMENT",
            "expiryDays": 365,
        }

    def test_a_version_of_tomorrow_is_not_shown_today(self, shop: Shopfront) -> None:
        later = Programme(name="Later", earning=Earning(rates={}))
        publish(installation_id=shop.row.pk, document=later, at=now() + DAY)

        assert shop.data("{ programme { version } }") == {"programme": {"version": 1}}


class TestMe:
    def test_is_nobody_without_a_token(self, shop: Shopfront) -> None:
        assert shop.data("{ me { id } }") == {"me": None}

    def test_is_nobody_for_staff_at_work(self, shop: Shopfront) -> None:
        assert shop.data("{ me { id } }", token=shop.staff()) == {"me": None}

    def test_has_nothing_before_the_first_order(self, shop: Shopfront) -> None:
        data = shop.data(
            "{ me { id userId joinedAt"
            " balance { available pending held debt nextExpiry { points } }"
            " history { edges { cursor } pageInfo { hasNextPage endCursor } }"
            " lots { edges { cursor } } } }",
            token=shop.customer(),
        )

        assert data["me"] == {
            "id": global_id("Member", shop.anna),
            "userId": ANNA,
            "joinedAt": None,
            "balance": {"available": 0, "pending": 0, "held": 0, "debt": 0, "nextExpiry": None},
            "history": {"edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}},
            "lots": {"edges": []},
        }

    def test_sees_points_by_state_and_what_expires_next(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)
        soon, later = now() + 3 * DAY, now() + 9 * DAY
        give(shop.anna, 100, expires_at=later)
        give(shop.anna, 20, expires_at=soon)
        give(shop.anna, 22, expires_at=soon)
        give(shop.anna, 1000, expires_at=now() - DAY)
        give(shop.anna, 7, matures_at=None, expires_at=now() + DAY)
        ledger.hold(member_id=shop.anna, points=2, key="h", reason={"code": "REDEMPTION"}, at=now())

        data = shop.data(
            "{ me { joinedAt balance { available pending held debt nextExpiry { points at } }"
            " lots(first: 3) { edges { node { earned pending available held expiresAt } } } } }",
            token=shop.customer(),
        )

        assert data["me"]["joinedAt"] == "2026-03-01T12:00:00+00:00"
        assert data["me"]["balance"] == {
            "available": 140, "pending": 7, "held": 2, "debt": 0,
            "nextExpiry": {"points": 40, "at": soon.isoformat()},
        }  # fmt: skip
        nodes = [edge["node"] for edge in data["me"]["lots"]["edges"]]
        assert nodes[0]["pending"] == 7
        assert sorted(node["available"] + node["held"] for node in nodes[1:]) == [20, 22]

    def test_points_may_be_more_than_thirty_two_bits(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)
        give(shop.anna, 2**40)

        data = shop.data("{ me { balance { available } } }", token=shop.customer())

        assert data["me"]["balance"]["available"] == 2**40

    def test_sees_nobody_elses_points(self, shop: Shopfront) -> None:
        make_member(shop.row, BEN)
        give(shop.ben, 5)

        mine = shop.data("{ me { balance { available } } }", token=shop.customer(ANNA))
        his = shop.data("{ me { balance { available } } }", token=shop.customer(BEN))

        assert mine["me"]["balance"]["available"] == 0
        assert his["me"]["balance"]["available"] == 5


HISTORY = """
query ($first: Int, $after: String, $last: Int, $before: String) {
  me {
    history(first: $first, after: $after, last: $last, before: $before) {
      edges { node { points } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""


class TestHistory:
    def test_tells_what_happened_and_why_in_the_language_of_the_browser(
        self, shop: Shopfront
    ) -> None:
        make_member(shop.row, ANNA)
        give(shop.anna, 10, at=datetime(2026, 3, 4, tzinfo=UTC))
        query = "{ me { history { edges { node { kind points reason orderNumber occurredAt"
        query += " english: reason(language: EN) changes { source target points } } } } } }"

        response = shop.post(
            {"query": query}, token=shop.customer(), **{"Accept-Language": "fr-CA,fr;q=0.9"}
        )

        [edge] = response.json()["data"]["me"]["history"]["edges"]
        assert edge["node"] == {
            "kind": "EARN",
            "points": 10,
            "reason": "Commande 1",
            "english": "Order 1",
            "orderNumber": "1",
            "occurredAt": "2026-03-04T00:00:00+00:00",
            "changes": [{"source": "OUTSIDE", "target": "AVAILABLE", "points": 10}],
        }
        assert "Accept-Language" in response["Vary"]

    def test_can_be_read_page_by_page_both_ways(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)
        for points in range(1, 6):
            give(shop.anna, points, at=datetime(2026, 3, 1 + points, tzinfo=UTC))
        token = shop.customer()

        def page(**arguments: object) -> tuple[list[int], dict[str, object]]:
            history = shop.data(HISTORY, token=token, **arguments)["me"]["history"]
            return [edge["node"]["points"] for edge in history["edges"]], history["pageInfo"]

        first, info = page(first=2)
        second, next_info = page(first=2, after=info["endCursor"])
        third, last_info = page(first=2, after=next_info["endCursor"])
        back, back_info = page(last=2, before=next_info["startCursor"])
        end, end_info = page(last=2)

        assert (first, second, third) == ([5, 4], [3, 2], [1])
        assert (back, end) == ([5, 4], [2, 1])
        assert [info["hasNextPage"], info["hasPreviousPage"]] == [True, False]
        assert [last_info["hasNextPage"], last_info["hasPreviousPage"]] == [False, True]
        assert [back_info["hasNextPage"], back_info["hasPreviousPage"]] == [True, False]
        assert [end_info["hasNextPage"], end_info["hasPreviousPage"]] == [False, True]

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"first": 101}, "Ask for 1 to 100 items on a page."),
            ({"last": 101}, "Ask for 1 to 100 items on a page."),
            ({"first": 0}, "Ask for 1 to 100 items on a page."),
            ({"first": -1}, "Ask for 1 to 100 items on a page."),
            ({"first": 1, "last": 1}, "Give either `first` or `last`, not both."),
            ({"after": "nonsense"}, "This is not a cursor that we gave out."),
            ({"before": "é\0"}, "This is not a cursor that we gave out."),
            # A moment without a time zone, and one that is none.
            (
                {"after": "MjAyNi0wMS0wMSAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA=="},
                "This is not a cursor that we gave out.",
            ),
        ],
    )
    def test_refuses_pages_that_cannot_be(
        self, shop: Shopfront, arguments: dict[str, object], message: str
    ) -> None:
        answer = shop.ask(HISTORY, token=shop.customer(), **arguments)

        assert answer["errors"][0]["message"] == message
        assert answer["errors"][0]["extensions"] == {"code": "INVALID"}


class TestStaff:
    def test_finds_a_member_by_either_id(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)
        give(shop.anna, 12)
        query = "query ($id: ID, $user: ID) { member(id: $id, userId: $user)"
        query += " { userId balance { available } } }"

        by_id = shop.data(query, token=shop.staff(), id=global_id("Member", shop.anna))
        by_user = shop.data(query, token=shop.staff(), user=ANNA)

        assert by_id == by_user == {"member": {"userId": ANNA, "balance": {"available": 12}}}

    @pytest.mark.parametrize(
        "found", ["x", "TWVtYmVyOg==", "TWVtYmVyOnl1Y2s=", "é", "\0", "VXNlcjox" * 40]
    )
    def test_finds_nobody_by_an_id_that_is_none(self, shop: Shopfront, found: str) -> None:
        answer = shop.ask(
            "query ($id: ID) { member(id: $id, userId: null) { id } }",
            token=shop.staff(),
            id=found,
        )

        assert answer == {"data": {"member": None}}

    def test_lists_members_the_newest_first(self, shop: Shopfront) -> None:
        users = [f"VXNlcjox{number}" for number in range(3)]
        for user in users:
            make_member(shop.row, user)

        page = "query ($after: String) { members(first: 2, after: $after) { edges"
        page += " { node { userId } } pageInfo { hasNextPage endCursor } } }"
        first = shop.data(page, token=shop.staff())["members"]
        cursor = first["pageInfo"]["endCursor"]
        second = shop.data(page, token=shop.staff(), after=cursor)["members"]

        found = [edge["node"]["userId"] for edge in first["edges"] + second["edges"]]
        assert sorted(found) == users
        assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (
            True, False,
        )  # fmt: skip

    def test_finds_members_by_their_users(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)
        make_member(shop.row, BEN)

        data = shop.data(
            "query ($ids: [ID!])"
            " { members(filter: {userIds: $ids}) { edges { node { userId } } } }",
            token=shop.staff(),
            ids=[BEN, "nobody", "\0", "VXNlcjo3"],
        )

        assert data["members"]["edges"] == [{"node": {"userId": BEN}}]

    def test_asks_for_a_hundred_users_at_most(self, shop: Shopfront) -> None:
        query = "query ($ids: [ID!]) { members(filter: {userIds: $ids}) { edges { cursor } } }"

        [error] = shop.ask(query, token=shop.staff(), ids=[ANNA] * 101)["errors"]

        assert error["message"] == "Ask for at most 100 users at once."

    def test_names_a_member_by_one_id(self, shop: Shopfront) -> None:
        for arguments in ('id: "x", userId: "y"', 'id: ""', "id: null"):
            [error] = shop.ask(f"{{ member({arguments}) {{ id }} }}", token=shop.staff())["errors"]
            assert error["message"] == "Give either `id` or `userId`."

    def test_never_sees_members_of_another_shop(self, shop: Shopfront, key: SigningKey) -> None:
        other = Shopfront(key)
        make_member(other.row, ANNA)

        data = shop.data(
            "query ($id: ID) { member(id: $id) { id } members { edges { cursor } } }",
            token=shop.staff(),
            id=global_id("Member", other.anna),
        )

        assert data == {"member": None, "members": {"edges": []}}


class TestNumberOfQueries:
    EVERYTHING = """
    query ($first: Int) { members(first: $first) { edges { node {
        joinedAt balance { available }
        history(first: 3) { edges { node { points reason changes { points } } } }
        lots(first: 3) { edges { node { available } } }
    } } } }
    """

    @pytest.mark.parametrize("members", [1, 30])
    def test_does_not_grow_with_the_page(self, shop: Shopfront, members: int) -> None:
        for number in range(members):
            give(make_member(shop.row, f"VXNlcjo{number:03}"), 5)
        token = shop.staff()
        shop.data("{ __typename }")  # the shop itself is remembered for some seconds

        with CaptureQueriesContext(
            connection,
        ) as queries:
            page = shop.data(self.EVERYTHING, token=token, first=30)["members"]

        assert len(page["edges"]) == members
        assert page["edges"][-1]["node"]["balance"] == {"available": 5}
        # members, balances, postings, their movements, lots
        assert len(queries) == 5

    def test_is_one_for_a_balance(self, shop: Shopfront) -> None:
        token = shop.customer()
        shop.data("{ __typename }")

        with CaptureQueriesContext(connection) as queries:
            shop.data("{ me { balance { available } } }", token=token)

        assert len(queries) == 1


def test_a_shop_that_removed_the_app_is_not_answered(shop: Shopfront) -> None:
    Installation.objects.update(is_active=False)

    response = shop.post({"query": "{ programme { name } }"})

    assert response.status_code == 401


def test_points_keep_their_worth_while_notice_of_less_is_running(shop: Shopfront) -> None:
    dear, cheap = [
        starting_programme(["USD"]).model_copy(
            update={"value": Value(worth={"USD": Worth(points=100, money=Decimal(money))})}
        )
        for money in (2, 1)
    ]
    first = publish(installation_id=shop.row.pk, document=dear, at=now() - 30 * DAY)
    publish(installation_id=shop.row.pk, document=cheap, at=now() - 10 * DAY)
    give(make_member(shop.row, ANNA), 60, at=now(), version_id=first.pk)

    data = shop.data(
        '{ me { lots(first: 1) { edges { node { worth(currency: "USD")'
        " { points money { amount } } } } } } }",
        token=shop.customer(),
    )

    [edge] = data["me"]["lots"]["edges"]
    assert edge["node"] == {"worth": {"points": 100, "money": {"amount": 2.0}}}
