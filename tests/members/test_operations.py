"""Enrolling: once for each customer of each shop, by a key that anyone can work out."""

from functools import partial

import pytest
from crowds import at_once
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import DAY, NOON, make_installation

from saleor_loyalty.keys import member_key
from saleor_loyalty.members.models import Member
from saleor_loyalty.members.operations import enrol

pytestmark = pytest.mark.django_db
ALICE, BOB = "VXNlcjox", "VXNlcjoy"


def test_makes_members_of_customers_who_are_not_yet() -> None:
    shop = make_installation()
    enrol(installation_id=shop.pk, saleor_user_ids=[ALICE], at=NOON)

    keys = enrol(installation_id=shop.pk, saleor_user_ids=[BOB, ALICE, BOB], at=NOON + DAY)

    assert keys == {user: member_key(shop.pk, user) for user in (ALICE, BOB)}
    assert set(Member.objects.values_list("id", "saleor_user_id", "joined_at")) == {
        (keys[ALICE], ALICE, NOON),
        (keys[BOB], BOB, NOON + DAY),
    }


def test_keeps_customers_of_two_shops_apart() -> None:
    keys = [
        enrol(installation_id=make_installation().pk, saleor_user_ids=[ALICE], at=NOON)[ALICE]
        for _ in range(2)
    ]

    assert keys[0] != keys[1]
    assert Member.objects.count() == 2


@pytest.mark.parametrize("count", [0, 1, 100])
def test_sends_two_queries_at_most(count: int) -> None:
    shop = make_installation()

    with CaptureQueriesContext(connection) as queries:
        enrol(installation_id=shop.pk, saleor_user_ids=map(str, range(count)), at=NOON)

    assert sum("SAVEPOINT" not in query["sql"] for query in queries) <= 2


@pytest.mark.django_db(transaction=True)
def test_enrols_everybody_once_when_many_ask_at_once() -> None:
    shop = make_installation()
    crowds = [[str(n) for n in range(first, first + 30)] for first in range(0, 60, 5)]

    at_once(
        [
            partial(enrol, installation_id=shop.pk, saleor_user_ids=crowd[::way], at=NOON)
            for crowd in crowds
            for way in (1, -1)
        ],
        connections=8,
    )

    assert Member.objects.count() == 85
