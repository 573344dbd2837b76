"""Members read what is about to expire, and staff put it off, through our API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asking import ANNA, BEN, SAM, Shopfront, codes
from factories import NOON, make_member
from loopback import LoopbackServer
from notices.world import DAY, end_of, give, plan_all, publish_terms
from signing import SigningKey

from saleor_loyalty.entrypoints.api.scalars import global_id
from saleor_loyalty.ledger import timed
from saleor_loyalty.ledger.models import Lot
from saleor_loyalty.notices import staff
from saleor_loyalty.notices.models import Extension, Notice
from saleor_loyalty.notices.operations import seen
from saleor_loyalty.programme.timing_terms import Expiry

NOTICES = "{ me { notices { id points expiresOn message sentAt } } }"
SEEN = """
mutation ($id: ID!) {
  noticeSeen(id: $id) { notice { id points sentAt } errors { field code message } }
}
"""
EXTEND = """
mutation ($input: PointsExtendInput!) {
  pointsExtend(input: $input) {
    extension { until isDone lots } errors { field code message }
  }
}
"""
REVIVE = """
mutation ($input: MemberPointsReviveInput!) {
  memberPointsRevive(input: $input) {
    posting { kind points reason } member { balance { available } }
    errors { field code message }
  }
}
"""


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey()


@pytest.fixture
def now() -> datetime:
    """The API asks the clock."""
    return datetime.now(UTC)


@pytest.fixture
def shop(db: None, key: SigningKey, now: datetime) -> Any:
    """A shop whose points lapse, where Anna and Ben have some; its Saleor knows Sam."""
    sam = {"data": {"me": {"id": SAM, "isActive": True, "isConfirmed": True}}}
    with LoopbackServer(lambda _path, _body: (200, sam)).running() as saleor:
        front = Shopfront(key, api_url=f"{saleor.url}/graphql/")
        publish_terms(front.row, Expiry(days=100, notice_days=30), at=now - 60 * DAY)
        for user in (ANNA, BEN):
            make_member(front.row, user)
        yield front


def lapsing(shop: Shopfront, now: datetime, *, days: int = 10, points: int = 10) -> Any:
    """Points of Anna's that lapse soon, and a notice of it."""
    lot = give(shop.anna, points, lapses_at=now + days * DAY, at=NOON)
    plan_all(now)
    return lot


def notices(shop: Shopfront, user: str = ANNA) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.data(NOTICES, token=shop.customer(user))["me"]["notices"]
    return found


def see(shop: Shopfront, notice_id: str, user: str = ANNA) -> dict[str, Any]:
    answer: dict[str, Any] = shop.data(SEEN, token=shop.customer(user), id=notice_id)["noticeSeen"]
    return answer


class TestNotices:
    def test_a_member_reads_what_expires_when(self, shop: Shopfront, now: datetime) -> None:
        lapsing(shop, now)

        [notice] = notices(shop)

        day = (now + 30 * DAY).date()
        assert (notice["points"], notice["sentAt"]) == (10, None)
        assert notice["expiresOn"] in {day.isoformat(), (day + DAY).isoformat()}
        assert notice["message"].startswith("10 points expire on ")
        assert notices(shop, BEN) == []

    def test_reading_alone_lets_nothing_expire(self, shop: Shopfront, now: datetime) -> None:
        lot = lapsing(shop, now)

        notices(shop)

        assert end_of(lot) is None

    def test_noting_that_it_was_seen_lets_points_expire_as_told(
        self, shop: Shopfront, now: datetime
    ) -> None:
        lot = lapsing(shop, now)
        [notice] = notices(shop)

        answer = see(shop, notice["id"])

        assert answer["errors"] == []
        assert answer["notice"]["sentAt"] is not None
        row = Notice.objects.get()
        assert (row.channel, row.points) == ("STOREFRONT", 10)
        end = end_of(lot)
        assert end
        assert end - now >= 30 * DAY
        assert end.date().isoformat() >= notice["expiresOn"]
        assert [each["sentAt"] is None for each in notices(shop)] == [False]

    def test_seeing_it_again_changes_nothing(self, shop: Shopfront, now: datetime) -> None:
        lot = lapsing(shop, now)
        [notice] = notices(shop)

        first = see(shop, notice["id"])
        end = end_of(lot)
        again = see(shop, notice["id"])

        assert again == first
        assert end_of(lot) == end

    def test_points_that_joined_it_since_were_not_seen(
        self, shop: Shopfront, now: datetime
    ) -> None:
        day = now.replace(hour=1) + 10 * DAY
        first = give(shop.anna, 10, lapses_at=day, at=NOON)
        plan_all(now)
        [notice] = notices(shop)
        second = give(shop.anna, 5, lapses_at=day + timedelta(hours=1), at=NOON)
        plan_all(now + DAY)

        answer = see(shop, notice["id"])

        assert [error["code"] for error in answer["errors"]] == ["NOT_FOUND"]
        assert [end_of(lot) for lot in (first, second)] == [None, None]
        [joined] = notices(shop)
        assert joined["points"] == 15
        assert see(shop, joined["id"])["errors"] == []

    def test_nobody_sees_for_another(self, shop: Shopfront, now: datetime) -> None:
        lot = lapsing(shop, now)
        [notice] = notices(shop)

        answer = see(shop, notice["id"], BEN)
        by_staff = shop.ask(SEEN, token=shop.staff(), id=notice["id"])
        by_nobody = shop.ask(SEEN, id=notice["id"])

        assert [error["code"] for error in answer["errors"]] == ["NOT_FOUND"]
        assert codes(by_staff) == codes(by_nobody) == ["UNAUTHENTICATED"]
        assert see(shop, "nonsense")["errors"][0]["code"] == "NOT_FOUND"
        assert end_of(lot) is None

    def test_used_points_are_no_news(self, shop: Shopfront, now: datetime) -> None:
        lot = lapsing(shop, now)
        Lot.objects.filter(pk=lot).update(available=0, spent=10)

        assert notices(shop) == []

    def test_speaks_french(self, shop: Shopfront, now: datetime) -> None:
        lapsing(shop, now)

        query = "{ me { notices { message(language: FR) } } }"
        [notice] = shop.data(query, token=shop.customer())["me"]["notices"]

        assert notice["message"].startswith("10 points expirent le ")

    def test_the_number_of_queries_does_not_grow_with_the_page(
        self, shop: Shopfront, now: datetime, django_assert_max_num_queries: Any
    ) -> None:
        query = "{ members(first: 50) { edges { node { notices { points } } } } }"
        for number in range(20):
            member_id = make_member(shop.row, f"VXNlcjo{number + 50}")
            give(member_id, 5, lapses_at=now + 5 * DAY)
        plan_all(now)
        shop.data(query, token=shop.staff())

        with django_assert_max_num_queries(8):
            data = shop.data(query, token=shop.staff())

        nodes = [edge["node"]["notices"] for edge in data["members"]["edges"]]
        assert sum(len(each) for each in nodes) == 20


class TestPointsExtend:
    def extend(self, shop: Shopfront, now: datetime, **changes: Any) -> dict[str, Any]:
        wanted = {"memberId": global_id("Member", shop.anna), "idempotencyKey": "k",
                  "until": (now + 200 * DAY).date().isoformat()}  # fmt: skip
        data = shop.data(EXTEND, token=shop.staff(), input=wanted | changes)
        answer: dict[str, Any] = data["pointsExtend"]
        return answer

    def test_extends_a_members_points_to_the_end_of_the_day(
        self, shop: Shopfront, now: datetime
    ) -> None:
        lapsing(shop, now)

        answer = self.extend(shop, now)

        midnight = datetime.combine((now + 201 * DAY).date(), datetime.min.time(), UTC)
        assert answer == {
            "extension": {"until": midnight.isoformat(), "isDone": True, "lots": 1},
            "errors": [],
        }
        assert Lot.objects.get().lapses_at == midnight
        assert notices(shop) == []
        assert self.extend(shop, now) == answer
        assert Extension.objects.count() == 1

    def test_extends_everybodys_in_the_background(self, shop: Shopfront, now: datetime) -> None:
        lapsing(shop, now)

        answer = self.extend(shop, now, memberId=None, everybody=True)
        assert answer["extension"]["isDone"] is False
        staff.apply_extensions(at=now)

        answer = self.extend(shop, now, memberId=None, everybody=True)
        assert answer["extension"]["isDone"] is True
        assert answer["extension"]["lots"] == 1

    @pytest.mark.parametrize(
        ("change", "code", "field"),
        [
            ({"memberId": None}, "INVALID", "memberId"),
            ({"everybody": True}, "INVALID", "memberId"),
            ({"memberId": "nobody"}, "NOT_FOUND", "memberId"),
            ({"until": "2020-01-01"}, "INVALID", "until"),
            ({"until": "2199-01-01"}, "INVALID", "until"),
            ({"idempotencyKey": "a b"}, "INVALID", "idempotencyKey"),
        ],
    )
    def test_refuses_what_it_cannot_do(
        self, shop: Shopfront, now: datetime, change: dict[str, Any], code: str, field: str
    ) -> None:
        answer = self.extend(shop, now, **change)

        assert [(error["code"], error["field"]) for error in answer["errors"]] == [(code, field)]
        assert Extension.objects.count() == 0

    def test_refuses_a_key_that_came_with_another(self, shop: Shopfront, now: datetime) -> None:
        self.extend(shop, now)
        answer = self.extend(shop, now, memberId=None, everybody=True)
        assert [error["code"] for error in answer["errors"]] == ["IDEMPOTENCY_KEY_USED"]

    def test_is_for_staff_only(self, shop: Shopfront) -> None:
        wanted = {"everybody": True, "until": "2030-01-01", "idempotencyKey": "k"}
        answer = shop.ask(EXTEND, token=shop.customer(), input=wanted)
        assert codes(answer) == ["PERMISSION_DENIED"]


class TestMemberPointsRevive:
    def revive(self, shop: Shopfront, **changes: Any) -> dict[str, Any]:
        wanted = {"memberId": global_id("Member", shop.anna), "idempotencyKey": "k"}
        data = shop.data(REVIVE, token=shop.staff(), input=wanted | changes)
        answer: dict[str, Any] = data["memberPointsRevive"]
        return answer

    def test_lets_expired_points_count_again_once(self, shop: Shopfront, now: datetime) -> None:
        lapsing(shop, now - 40 * DAY)
        notice = Notice.objects.get()
        seen(installation_id=shop.row.pk, member_id=shop.anna, notice_id=notice.pk,
             at=now - 40 * DAY)  # fmt: skip
        timed.expire(at=now)

        answer = self.revive(shop)

        assert answer == {
            "posting": {"kind": "REVIVE", "points": 10, "reason": "Expired points count again"},
            "member": {"balance": {"available": 10}},
            "errors": [],
        }
        assert self.revive(shop) == answer

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({}, "NOTHING_TO_REVIVE"),
            ({"memberId": "nobody"}, "NOT_FOUND"),
            ({"idempotencyKey": ""}, "INVALID"),
        ],
    )
    def test_refuses_what_it_cannot_do(
        self, shop: Shopfront, change: dict[str, Any], code: str
    ) -> None:
        assert [error["code"] for error in self.revive(shop, **change)["errors"]] == [code]

    def test_is_for_staff_only(self, shop: Shopfront) -> None:
        wanted = {"memberId": global_id("Member", shop.anna), "idempotencyKey": "k"}
        answer = shop.ask(REVIVE, token=shop.customer(), input=wanted)
        assert codes(answer) == ["PERMISSION_DENIED"]
