"""Staff correct balances."""

# ruff: noqa: RUF001 (French apostrophes)

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asking import ANNA, SAM, Shopfront, codes
from django.db import connection
from factories import give, make_member
from loopback import LoopbackServer
from signing import SigningKey

from saleor_loyalty.entrypoints.api.scalars import global_id
from saleor_loyalty.ledger.models import Posting

ADJUST = """
mutation ($input: MemberPointsAdjustInput!) {
  memberPointsAdjust(input: $input) {
    posting { id kind points reason }
    member { userId balance { available debt } }
    errors { field code message }
  }
}
"""


class Saleor(LoopbackServer):
    """Answers who somebody is; `person` can be changed."""

    def __init__(self) -> None:
        self.person: Any = {"id": SAM, "isActive": True, "isConfirmed": True}
        super().__init__(lambda _path, _body: (200, {"data": {"me": self.person}}))


@pytest.fixture
def saleor() -> Any:
    with Saleor().running() as server:
        yield server


@pytest.fixture
def live_shop(db: None, key: SigningKey, saleor: Saleor) -> Shopfront:
    shop = Shopfront(key, api_url=f"{saleor.url}/graphql/")
    make_member(shop.row, ANNA)
    return shop


def wanted(shop: Shopfront, **changes: Any) -> dict[str, Any]:
    correction = {"memberId": global_id("Member", shop.anna), "points": 50,
                  "note": "Broken parcel", "idempotencyKey": "key-1"}  # fmt: skip
    return correction | changes


def adjust(shop: Shopfront, **changes: Any) -> dict[str, Any]:
    data = shop.data(ADJUST, token=shop.staff(), input=wanted(shop, **changes))
    answer: dict[str, Any] = data["memberPointsAdjust"]
    return answer


def in_french(shop: Shopfront, *, token: str | None = None, **changes: Any) -> Any:
    body = {"query": ADJUST, "variables": {"input": wanted(shop, **changes)}}
    return shop.post(body, token=token or shop.staff(), **{"Accept-Language": "fr-CA"})


def test_whoever_may_not_correct_is_told_in_the_language_of_the_browser(
    live_shop: Shopfront, saleor: Saleor
) -> None:
    refusals = [in_french(live_shop, token=live_shop.customer()), in_french(live_shop, token="x")]
    saleor.person = "trouble"
    refusals.append(in_french(live_shop))

    assert [response.json()["errors"][0]["message"] for response in refusals] == [
        "Il vous faut ces permissions : MANAGE_USERS.",
        "Nous n’avons pas pu établir qui vous êtes. Envoyez l’en-tête Saleor-Api-Url d’une boutique"
        " qui a installé cette application, et un jeton valide de cette boutique.",
        "Impossible de répondre maintenant. Réessayez dans un instant.",
    ]


class TestMemberPointsAdjust:
    def test_gives_points_with_a_note(self, live_shop: Shopfront) -> None:
        answer = adjust(live_shop, note=" Broken parcel\n")

        posting = Posting.objects.get()
        assert answer == {
            "posting": {
                "id": global_id("Posting", posting.pk),
                "kind": "ADJUST",
                "points": 50,
                "reason": "Correction by the shop: Broken parcel",
            },
            "member": {"userId": ANNA, "balance": {"available": 50, "debt": 0}},
            "errors": [],
        }

    def test_takes_points(self, live_shop: Shopfront) -> None:
        give(live_shop.anna, 30)

        answer = adjust(live_shop, points=-20)

        assert answer["posting"]["points"] == -20
        assert answer["member"]["balance"] == {"available": 10, "debt": 0}

    def test_takes_no_more_than_there_are(self, live_shop: Shopfront) -> None:
        give(live_shop.anna, 30)

        answer = adjust(live_shop, points=-31)

        assert answer == {
            "posting": None,
            "member": None,
            "errors": [
                {
                    "field": "points",
                    "code": "NOT_ENOUGH_POINTS",
                    "message": "Take at most 30 points: no more are available.",
                }
            ],
        }
        assert Posting.objects.filter(kind="ADJUST").count() == 0

    @pytest.mark.parametrize("points", [50, -20])
    def test_answers_a_repeated_request_as_the_first_time(
        self, live_shop: Shopfront, points: int
    ) -> None:
        give(live_shop.anna, 20)

        first = adjust(live_shop, points=points)
        again = adjust(live_shop, points=points)

        assert again == first
        assert Posting.objects.filter(kind="ADJUST").count() == 1

    @pytest.mark.parametrize("change", [{"points": 51}, {"points": -50}, {"note": "Other"}])
    def test_refuses_a_key_that_came_with_another_correction(
        self, live_shop: Shopfront, change: dict[str, Any]
    ) -> None:
        adjust(live_shop)

        [error] = adjust(live_shop, **change)["errors"]

        assert (error["code"], error["field"]) == ("IDEMPOTENCY_KEY_USED", "idempotencyKey")
        assert Posting.objects.count() == 1

    @pytest.mark.parametrize(
        ("change", "code", "field"),
        [
            ({"points": 0}, "INVALID", "points"),
            ({"points": 10_000_001}, "INVALID", "points"),
            ({"points": -10_000_001}, "INVALID", "points"),
            ({"note": " "}, "INVALID", "note"),
            ({"note": "x" * 501}, "INVALID", "note"),
            ({"note": "a\0b"}, "INVALID", "note"),
            ({"idempotencyKey": ""}, "INVALID", "idempotencyKey"),
            ({"idempotencyKey": "x" * 81}, "INVALID", "idempotencyKey"),
            ({"idempotencyKey": "a\nb"}, "INVALID", "idempotencyKey"),
            ({"memberId": "nobody"}, "NOT_FOUND", "memberId"),
            ({"memberId": ANNA}, "NOT_FOUND", "memberId"),
        ],
    )
    def test_refuses_what_it_cannot_do(
        self, live_shop: Shopfront, change: dict[str, Any], code: str, field: str
    ) -> None:
        answer = adjust(live_shop, **change)

        assert [(error["code"], error["field"]) for error in answer["errors"]] == [(code, field)]
        assert Posting.objects.count() == 0

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"points": 0}, "Écrivez un nombre de 1 à 10000000, ou inférieur à zéro."),
            ({"note": " "}, "Écrivez pourquoi, en 500 caractères au plus."),
            ({"note": "a\0b"}, "Écrivez du texte brut."),
            ({"idempotencyKey": ""}, "Écrivez jusqu’à 80 lettres, chiffres et signes."),
            ({"memberId": "nobody"}, "Choisissez un membre de cette boutique."),
            (
                {"points": -1},
                "Retirez au plus 0 point : il n’y en a pas plus de disponibles.",
            ),
        ],
    )
    def test_says_why_not_in_the_language_of_the_browser(
        self, live_shop: Shopfront, change: dict[str, Any], message: str
    ) -> None:
        answer = in_french(live_shop, **change).json()["data"]["memberPointsAdjust"]

        assert [error["message"] for error in answer["errors"]] == [message]

    def test_says_in_the_language_of_the_browser_that_a_key_was_used(
        self, live_shop: Shopfront
    ) -> None:
        adjust(live_shop)

        answer = in_french(live_shop, points=51).json()["data"]["memberPointsAdjust"]

        assert [error["message"] for error in answer["errors"]] == [
            "Utilisez une nouvelle clé pour une nouvelle correction :"
            " celle-ci a déjà servi à une autre."
        ]

    def test_knows_no_member_of_another_shop(self, live_shop: Shopfront, key: SigningKey) -> None:
        other = Shopfront(key)
        make_member(other.row, ANNA)

        answer = adjust(live_shop, memberId=global_id("Member", other.anna))

        assert [error["code"] for error in answer["errors"]] == ["NOT_FOUND"]
        assert Posting.objects.count() == 0


class TestLiveCheck:
    @pytest.mark.parametrize(
        "person",
        [None, {"id": ANNA, "isActive": True, "isConfirmed": True},
         {"id": SAM, "isActive": False, "isConfirmed": True}],
    )  # fmt: skip
    def test_refuses_a_token_that_saleor_has_made_void(
        self, live_shop: Shopfront, saleor: Saleor, person: Any
    ) -> None:
        saleor.person = person

        response = live_shop.post(
            {"query": ADJUST, "variables": {"input": wanted(live_shop)}}, token=live_shop.staff()
        )

        assert response.status_code == 401
        assert codes(response.json()) == ["UNAUTHENTICATED"]
        assert Posting.objects.count() == 0

    def test_is_made_for_corrections_only(self, live_shop: Shopfront, saleor: Saleor) -> None:
        live_shop.data("{ members { edges { cursor } } }", token=live_shop.staff())
        assert saleor.asked == []

        adjust(live_shop)
        assert saleor.asked == ["/graphql/"]

    def test_that_cannot_be_made_now_moves_nothing(self, db: None, key: SigningKey) -> None:
        shop = Shopfront(key, api_url="http://127.0.0.1:1/graphql/")
        make_member(shop.row, ANNA)

        response = shop.post(
            {"query": ADJUST, "variables": {"input": wanted(shop)}}, token=shop.staff()
        )

        assert response.status_code == 503
        assert codes(response.json()) == ["UNAVAILABLE"]
        assert Posting.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_same_request_many_times_at_once_moves_points_once(
    key: SigningKey, saleor: Saleor
) -> None:
    shop = Shopfront(key, api_url=f"{saleor.url}/graphql/")
    make_member(shop.row, ANNA)

    def request(_number: int) -> dict[str, Any]:
        try:
            return adjust(shop)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(request, range(12)))

    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["member"]["balance"]["available"] == 50
    assert Posting.objects.count() == 1
