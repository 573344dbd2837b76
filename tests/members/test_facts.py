"""Facts told of members: each change once, and segments from them."""

from datetime import datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from crowds import at_once
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import DAY, NOON, make_installation, make_member

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.members.models import Member, MemberFact
from saleor_loyalty.members.operations import FACTS_MAX, ToldOtherwise, TooManyFacts, tell_facts
from saleor_loyalty.members.rules import Fact, segments_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Installation:
    return make_installation()


def tell(
    shop: Installation, member_id: UUID, at: datetime = NOON, **values: int | str | None
) -> int:
    told = {key: None if value is None else Decimal(value) for key, value in values.items()}
    return tell_facts(installation_id=shop.pk, member_id=member_id, values=told, at=at)


def known(member_id: UUID) -> list[tuple[str, Decimal | None, datetime]]:
    rows = MemberFact.objects.filter(member_id=member_id).order_by("at", "key")
    return list(rows.values_list("key", "value", "at"))


class TestTelling:
    def test_remembers_what_is_news(self, shop: Installation) -> None:
        anna = make_member(shop)

        assert tell(shop, anna, vip=1, balance="12.5") == 2
        assert tell(shop, anna, NOON + DAY, vip=1, balance=13) == 1

        assert known(anna) == [
            ("balance", Decimal("12.5"), NOON),
            ("vip", 1, NOON),
            ("balance", 13, NOON + DAY),
        ]

    def test_the_same_again_is_no_news(self, shop: Installation) -> None:
        anna = make_member(shop)
        tell(shop, anna, vip=1)

        assert tell(shop, anna, vip=1) == 0

    def test_that_nothing_is_known_is_news_once(self, shop: Installation) -> None:
        anna = make_member(shop)
        tell(shop, anna, vip=1)

        assert tell(shop, anna, NOON + DAY, vip=None, other=None) == 1
        assert tell(shop, anna, NOON + 2 * DAY, vip=None) == 0

    def test_another_number_for_the_same_moment_is_refused(self, shop: Installation) -> None:
        anna = make_member(shop)
        tell(shop, anna, vip=1)

        with pytest.raises(ToldOtherwise, match="vip"):
            tell(shop, anna, vip=2, other=3)

        assert len(known(anna)) == 1

    def test_something_earlier_is_remembered_beside_what_came_later(
        self, shop: Installation
    ) -> None:
        anna = make_member(shop)
        tell(shop, anna, NOON + DAY, balance=5)

        assert tell(shop, anna, NOON, balance=5) == 1

    def test_of_more_keys_than_anybody_needs_is_refused(self, shop: Installation) -> None:
        anna = make_member(shop)
        tell(shop, anna, **{f"k{number}": 1 for number in range(FACTS_MAX)})

        assert tell(shop, anna, NOON + DAY, k7=2) == 1
        with pytest.raises(TooManyFacts):
            tell(shop, anna, NOON + DAY, one_more=1)

    def test_of_a_member_of_another_shop_is_refused(self, shop: Installation) -> None:
        with pytest.raises(Member.DoesNotExist):
            tell(shop, make_member(make_installation()), vip=1)

    @pytest.mark.parametrize("count", [1, 50])
    def test_takes_as_many_queries_for_one_fact_as_for_many(
        self, shop: Installation, count: int
    ) -> None:
        anna = make_member(shop)

        with CaptureQueriesContext(connection) as queries:
            tell(shop, anna, **{f"k{number}": 1 for number in range(count)})

        assert sum("SAVEPOINT" not in query["sql"] for query in queries) == 4


@pytest.mark.django_db(transaction=True)
def test_the_same_told_many_times_at_once_is_remembered_once() -> None:
    shop = make_installation()
    anna = make_member(shop)

    news = at_once([partial(tell, shop, anna, vip=1)] * 6)

    assert sorted(news) == [0, 0, 0, 0, 0, 1]


class TestSegments:
    def fact(self, value: int | None, days: int, key: str = "vip") -> Fact:
        return Fact(key, None if value is None else Decimal(value), NOON + days * DAY)

    def test_are_the_keys_whose_latest_number_is_not_nothing(self) -> None:
        facts = [self.fact(1, 0), self.fact(0, 5), self.fact(7, 0, "staff"), self.fact(None, 9)]

        assert segments_at(facts, NOON + DAY) == {"vip", "staff"}
        assert segments_at(facts, NOON + 5 * DAY) == {"staff"}
        assert segments_at(facts, NOON - DAY) == set()

    def test_do_not_depend_on_the_order_in_which_they_were_told(self) -> None:
        facts = [self.fact(0, 5), self.fact(1, 0)]

        assert (
            segments_at(facts, NOON + 9 * DAY) == segments_at(facts[::-1], NOON + 9 * DAY) == set()
        )
