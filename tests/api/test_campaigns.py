"""Campaigns, activities and birthdays through our API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asking import ANNA, BEN, SAM, Shopfront, codes
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import DAY, make_member, order_line, order_payload
from loopback import LoopbackServer
from signing import SigningKey

from saleor_loyalty.accrual.operations import converge
from saleor_loyalty.activities.models import Activity, MemberProfile
from saleor_loyalty.campaigns.models import OptIn
from saleor_loyalty.entrypoints.api.scalars import global_id
from saleor_loyalty.gateways.saleor.orders import order_state
from saleor_loyalty.members.models import Member
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish

CAMPAIGNS = """
campaigns {
  campaignId name goal status have target currency periodsInARow periodsInARowTarget timesCompleted
  points rewardId endsAt joinedAt soFar nextStep
}
"""
JOIN = f"""
mutation ($input: CampaignJoinInput!) {{
  campaignJoin(input: $input) {{
    progress {{ campaignId status have }}
    member {{ userId {CAMPAIGNS} }}
    errors {{ field code message }}
  }}
}}
"""
BIRTHDAY = """
mutation ($input: MemberBirthdaySetInput!) {
  memberBirthdaySet(input: $input) {
    member { userId birthday { month day } }
    errors { field code message }
  }
}
"""
RECORD = """
mutation ($input: ActivityRecordInput!) {
  activityRecord(input: $input) {
    activity { id event reference occurredAt isRevoked points }
    member { userId balance { available } }
    errors { field code message }
  }
}
"""
REVOKE = RECORD.replace("Record", "Revoke")
CARD = {
    "kind": "STAMPS", "id": "coffee", "name": "Coffee card", "target": 10, "award": {"points": 100},
    "translations": {"fr": "Carte café"},
}  # fmt: skip
MARCH = {
    "kind": "CHALLENGE", "id": "march", "name": "March", "goal": "ORDERS", "target": 2,
    "opt_in": True, "award": {"points": 70},
}  # fmt: skip
OVER = {**MARCH, "id": "over", "when": {"ends_at": "2026-03-01T00:00:00Z"}}
DOCUMENT = {
    "campaigns": [CARD, MARCH, OVER],
    "earning": {
        "events": [
            {"id": "r", "name": "Reviews", "event": "review", "points": 30,
             "limits": [{"times": 2, "per": "EVER"}]},
        ],
        "rules": [
            {"id": "double", "name": "Double", "opt_in": True,
             "effect": {"kind": "MULTIPLIER", "factor": 2}},
        ],
    },
}  # fmt: skip


class Saleor(LoopbackServer):
    """Answers that it knows Sam."""

    def __init__(self) -> None:
        self.person: Any = {"id": SAM, "isActive": True, "isConfirmed": True}
        super().__init__(lambda _path, _body: (200, {"data": {"me": self.person}}))


@pytest.fixture
def saleor() -> Any:
    with Saleor().running() as server:
        yield server


@pytest.fixture
def shop(db: None, key: SigningKey, saleor: Saleor) -> Shopfront:
    """A shop with campaigns, where nobody is a member yet."""
    shop = Shopfront(key, api_url=f"{saleor.url}/graphql/")
    publish(
        installation_id=shop.row.pk,
        document=Programme.model_validate(DOCUMENT),
        at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    return shop


def now() -> datetime:
    return datetime.now(UTC)


def buys(shop: Shopfront, user: str, *, pieces: int = 7, at: datetime | None = None,
         number: int = 1) -> None:  # fmt: skip
    moment = at or now()
    payload = order_payload(
        order_id=f"order-{user}-{number}", user=user, created=moment.isoformat(),
        updated_at=moment, lines=[order_line("L1", 30, quantity=pieces)],
    )  # fmt: skip
    state = order_state(payload, read_at=moment)
    converge(installation_id=shop.row.pk, states=[state], at=moment)


def campaigns(shop: Shopfront, user: str = ANNA) -> dict[str, dict[str, Any]]:
    data = shop.data(f"{{ me {{ {CAMPAIGNS} }} }}", token=shop.customer(user))
    return {each["campaignId"]: each for each in data["me"]["campaigns"]}


class TestProgress:
    def test_tells_how_far_a_member_is(self, shop: Shopfront) -> None:
        buys(shop, ANNA)

        assert campaigns(shop)["coffee"] == {
            "campaignId": "coffee",
            "name": "Coffee card",
            "goal": "STAMPS",
            "status": "RUNNING",
            "have": 7.0,
            "target": 10.0,
            "currency": None,
            "periodsInARow": 0,
            "periodsInARowTarget": 1,
            "timesCompleted": 0,
            "points": 100,
            "rewardId": None,
            "endsAt": None,
            "joinedAt": None,
            "soFar": "7 of 10 stamps",
            "nextStep": "3 more stamps: 100 points",
        }

    def test_leaves_out_what_is_over(self, shop: Shopfront) -> None:
        buys(shop, ANNA)

        assert set(campaigns(shop)) == {"coffee", "march"}

    def test_speaks_the_language_asked_for(self, shop: Shopfront) -> None:
        buys(shop, ANNA)

        data = shop.data("{ me { campaigns { name(language: FR) } } }", token=shop.customer(ANNA))

        assert data["me"]["campaigns"][0]["name"] == "Carte café"

    def test_takes_as_many_queries_for_a_page_as_for_one(self, shop: Shopfront) -> None:
        fields = f"{CAMPAIGNS} birthday {{ day }}"
        query = f"query ($n: Int) {{ members(first: $n) {{ edges {{ node {{ {fields} }} }} }} }}"
        for number in range(5):
            buys(shop, f"VXNlcjox{number}")
        shop.data(query, token=shop.staff(), n=1)

        counts = []
        for size in (1, 5):
            with CaptureQueriesContext(connection) as queries:
                shop.data(query, token=shop.staff(), n=size)
            counts.append(len(queries))

        assert counts[0] == counts[1]


class TestJoining:
    def test_only_what_happens_afterwards_counts(self, shop: Shopfront) -> None:
        buys(shop, ANNA, at=now() - DAY)

        answer = shop.data(JOIN, token=shop.customer(), input={"campaignId": "march"})

        joined = answer["campaignJoin"]
        assert joined["errors"] == []
        assert joined["progress"] == {"campaignId": "march", "status": "RUNNING", "have": 0.0}
        assert joined["member"]["userId"] == ANNA
        buys(shop, ANNA, at=now() + timedelta(seconds=1), number=2)
        assert campaigns(shop)["march"]["have"] == 1.0

    def test_makes_a_member_of_a_customer(self, shop: Shopfront) -> None:
        shop.data(JOIN, token=shop.customer(BEN), input={"campaignId": "march"})

        assert OptIn.objects.get().member_id == shop.ben
        assert Member.objects.get().saleor_user_id == BEN

    def test_again_changes_nothing(self, shop: Shopfront) -> None:
        first = shop.data(JOIN, token=shop.customer(), input={"campaignId": "march"})
        again = shop.data(JOIN, token=shop.customer(), input={"campaignId": "march"})

        assert again == first
        assert OptIn.objects.count() == 1

    def test_a_rule_is_activated_in_the_same_way(self, shop: Shopfront) -> None:
        answer = shop.data(JOIN, token=shop.customer(), input={"campaignId": "double"})

        assert answer["campaignJoin"]["progress"] is None
        assert answer["campaignJoin"]["errors"] == []
        assert OptIn.objects.get().campaign == "double"

    @pytest.mark.parametrize(
        ("campaign", "code"),
        [
            ("nothing", "NOT_FOUND"),
            ("a\0b", "NOT_FOUND"),
            ("coffee", "NOTHING_TO_JOIN"),
            ("over", "ENDED"),
        ],
    )
    def test_refuses_what_cannot_be_joined(self, shop: Shopfront, campaign: str, code: str) -> None:
        answer = shop.data(JOIN, token=shop.customer(), input={"campaignId": campaign})

        [error] = answer["campaignJoin"]["errors"]
        assert (error["code"], error["field"]) == (code, "campaignId")
        assert not OptIn.objects.exists()
        assert not Member.objects.exists()

    def test_is_for_customers_only(self, shop: Shopfront) -> None:
        for token in (None, shop.staff()):
            answer = shop.ask(JOIN, token=token, input={"campaignId": "march"})
            assert codes(answer) == ["UNAUTHENTICATED"]


class TestBirthday:
    def test_is_told_once_by_the_customer(self, shop: Shopfront) -> None:
        first = shop.data(BIRTHDAY, token=shop.customer(), input={"month": 2, "day": 29})
        again = shop.data(BIRTHDAY, token=shop.customer(), input={"month": 2, "day": 29})
        other = shop.data(BIRTHDAY, token=shop.customer(), input={"month": 3, "day": 1})

        assert first["memberBirthdaySet"] == {
            "member": {"userId": ANNA, "birthday": {"month": 2, "day": 29}},
            "errors": [],
        }
        assert again == first
        assert [each["code"] for each in other["memberBirthdaySet"]["errors"]] == ["ALREADY_SET"]

    def test_is_corrected_by_staff_who_say_why(self, shop: Shopfront) -> None:
        shop.data(BIRTHDAY, token=shop.customer(), input={"month": 2, "day": 29})

        answer = shop.data(
            BIRTHDAY,
            token=shop.staff(),
            input={"userId": ANNA, "month": 3, "day": 1, "note": "A typo"},
        )

        assert answer["memberBirthdaySet"]["member"]["birthday"] == {"month": 3, "day": 1}
        profile = MemberProfile.objects.get()
        assert (profile.birthday_staff_id, profile.birthday_note) == (SAM, "A typo")

    @pytest.mark.parametrize(
        ("change", "code", "field"),
        [
            ({"month": 13}, "INVALID", "day"),
            ({"day": 31}, "INVALID", "day"),
            ({"note": " "}, "INVALID", "note"),
            ({"note": "a\0"}, "INVALID", "note"),
            ({"userId": None}, "NOT_FOUND", "memberId"),
            ({"userId": "x"}, "NOT_FOUND", "userId"),
            ({"userId": None, "memberId": "x"}, "NOT_FOUND", "memberId"),
            ({"memberId": "x"}, "NOT_FOUND", "memberId"),
        ],
    )
    def test_staff_are_told_what_is_wrong(
        self, shop: Shopfront, change: dict[str, Any], code: str, field: str
    ) -> None:
        given = {"userId": ANNA, "month": 2, "day": 1, "note": "Told by phone"}

        answer = shop.data(BIRTHDAY, token=shop.staff(), input=given | change)

        [error] = answer["memberBirthdaySet"]["errors"]
        assert (error["code"], error["field"]) == (code, field)
        assert not MemberProfile.objects.exists()

    def test_of_others_is_none_of_a_customers_business(self, shop: Shopfront) -> None:
        given = {"userId": BEN, "month": 2, "day": 1}

        answer = shop.data(BIRTHDAY, token=shop.customer(), input=given)

        [error] = answer["memberBirthdaySet"]["errors"]
        assert (error["code"], error["field"]) == ("INVALID", "userId")
        assert codes(shop.ask(BIRTHDAY, input=given)) == ["PERMISSION_DENIED"]


class TestActivities:
    def review(self, shop: Shopfront, document: str = RECORD, **changes: Any) -> dict[str, Any]:
        given = {"userId": ANNA, "event": "review", "reference": "r1"} | changes
        data = shop.data(document, token=shop.staff(), input=given)
        answer: dict[str, Any] = next(iter(data.values()))
        return answer

    def test_earn_what_the_programme_gives_for_them(self, shop: Shopfront) -> None:
        answer = self.review(shop, occurredAt="2026-03-01T12:00:00+00:00")

        row = Activity.objects.get()
        assert answer == {
            "activity": {
                "id": global_id("Activity", row.pk),
                "event": "review",
                "reference": "r1",
                "occurredAt": "2026-03-01T12:00:00+00:00",
                "isRevoked": False,
                "points": 30,
            },
            "member": {"userId": ANNA, "balance": {"available": 30}},
            "errors": [],
        }

    def test_told_again_are_answered_as_the_first_time(self, shop: Shopfront) -> None:
        first = self.review(shop)

        assert self.review(shop) == first
        assert Activity.objects.count() == 1

    def test_earn_no_more_than_their_limits(self, shop: Shopfront) -> None:
        points = [self.review(shop, reference=name)["activity"]["points"] for name in "abc"]

        assert points == [30, 30, 0]

    def test_that_are_revoked_give_their_points_back_and_their_room(self, shop: Shopfront) -> None:
        for name in "abc":
            self.review(shop, reference=name)

        answer = self.review(shop, REVOKE, reference="a")

        assert answer["activity"]["points"] == 0
        assert answer["activity"]["isRevoked"]
        # The third review has the room of the first one now.
        assert answer["member"]["balance"] == {"available": 60}
        assert self.review(shop, reference="a")["activity"]["isRevoked"]
        assert self.review(shop, REVOKE, reference="a") == answer

    @pytest.mark.parametrize(
        ("change", "code", "field"),
        [
            ({"event": "Review"}, "INVALID", "event"),
            ({"event": ""}, "INVALID", "event"),
            ({"event": "x" * 41}, "INVALID", "event"),
            ({"event": "birthday"}, "RESERVED", "event"),
            ({"event": "surprise"}, "RESERVED", "event"),
            ({"event": "account-confirmed"}, "RESERVED", "event"),
            ({"reference": ""}, "INVALID", "reference"),
            ({"reference": "x" * 81}, "INVALID", "reference"),
            ({"reference": "a b"}, "INVALID", "reference"),
            ({"occurredAt": "2999-01-01T00:00:00Z"}, "INVALID", "occurredAt"),
            ({"occurredAt": "1999-01-01T00:00:00Z"}, "INVALID", "occurredAt"),
            ({"occurredAt": "2026-01-01T00:00:00"}, "INVALID", "occurredAt"),
            ({"userId": None}, "NOT_FOUND", "memberId"),
            ({"userId": "x"}, "NOT_FOUND", "userId"),
        ],
    )
    def test_that_make_no_sense_are_refused(
        self, shop: Shopfront, change: dict[str, Any], code: str, field: str
    ) -> None:
        answer = self.review(shop, **change)

        assert [(error["code"], error["field"]) for error in answer["errors"]] == [(code, field)]
        assert not Activity.objects.exists()
        assert not Member.objects.exists()

    def test_of_another_moment_need_another_reference(self, shop: Shopfront) -> None:
        self.review(shop, occurredAt="2026-03-01T12:00:00Z")

        [error] = self.review(shop, occurredAt="2026-03-02T12:00:00Z")["errors"]

        assert (error["code"], error["field"]) == ("REFERENCE_USED", "reference")

    def test_that_were_never_told_cannot_be_revoked(self, shop: Shopfront) -> None:
        make_member(shop.row, ANNA)

        [error] = self.review(shop, REVOKE)["errors"]

        assert (error["code"], error["field"]) == ("NOT_FOUND", "reference")

    @pytest.mark.parametrize("document", [RECORD, REVOKE])
    def test_are_told_by_staff_whose_token_still_stands(
        self, shop: Shopfront, saleor: Saleor, document: str
    ) -> None:
        given = {"userId": ANNA, "event": "review", "reference": "r1"}
        weak = shop.staff(permissions=["MANAGE_ORDERS"])

        assert codes(shop.ask(document, token=shop.customer(), input=given)) == [
            "PERMISSION_DENIED"
        ]
        assert codes(shop.ask(document, token=weak, input=given)) == ["PERMISSION_DENIED"]
        saleor.person = None
        assert codes(shop.ask(document, token=shop.staff(), input=given)) == ["UNAUTHENTICATED"]
        assert not Activity.objects.exists()

    def test_of_another_shop_are_not_there(self, shop: Shopfront, key: SigningKey) -> None:
        stranger = make_member()

        answer = self.review(shop, userId=None, memberId=global_id("Member", stranger))

        assert [error["code"] for error in answer["errors"]] == ["NOT_FOUND"]
