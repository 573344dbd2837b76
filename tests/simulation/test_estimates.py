"""What a basket would earn: asked through GraphQL, with the programme in force and the draft."""

from datetime import UTC, datetime
from typing import Any

import pytest
from asking import Shopfront, codes
from factories import make_installation, make_member
from journeys.shop import Shop
from simulation.shops import ANNA, buy, programme, tried

from saleor_loyalty.accrual.models import Budget
from saleor_loyalty.entrypoints.api.scalars import global_id
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.members.models import Member
from saleor_loyalty.orders.models import Order
from saleor_loyalty.programme.operations import edit_draft, publish

ESTIMATE = """
query ($checkout: ID, $channel: String, $lines: [EstimateLineInput!], $member: ID,
       $draft: Boolean) {
  estimate(checkoutId: $checkout, channel: $channel, lines: $lines, memberId: $member,
           draft: $draft) {
    receipt {
      points summary
      reasons { rule code points sentence(language: FR) }
      lines { lineId rule points }
      nearly { rule points }
    }
    campaigns { have }
  }
}
"""
MUG = "enamel-mug"
PERMISSIONS = ["MANAGE_DISCOUNTS", "MANAGE_USERS"]


@pytest.fixture
def shop(front: Shopfront) -> Shopfront:
    """A point a euro is in force; the draft has two, and ten for the second order."""
    at = datetime.now(UTC)
    publish(installation_id=front.row.pk, document=programme(), at=at)
    draft = tried().model_dump(mode="json")
    edit_draft(installation_id=front.row.pk, document=draft, revision=None, at=at)
    return front


@pytest.fixture
def mug(saleor: Shop) -> str:
    return next(each.variant_id for each in saleor.articles() if each.sku == MUG)


def staff(shop: Shopfront, *permissions: str) -> str:
    held = list(permissions or PERMISSIONS)
    return shop.staff(permissions=held, user_permissions=held)


def basket(mug: str, **more: Any) -> dict[str, Any]:
    return {"channel": "channel-eur", "lines": [{"variantId": mug, "quantity": 1}]} | more


class TestABasket:
    """A mug at 14.80 euros."""

    def points(self, shop: Shopfront, token: str | None, **wanted: Any) -> int:
        estimate = shop.data(ESTIMATE, token=token, **wanted)["estimate"]
        found: int = estimate["receipt"]["points"]
        return found

    def test_earns_by_what_is_in_force_for_anybody(self, shop: Shopfront, mug: str) -> None:
        receipt = shop.data(ESTIMATE, **basket(mug))["estimate"]["receipt"]

        assert receipt["points"] == 14
        assert [(each["rule"], each["points"]) for each in receipt["reasons"]] == [("base", 14)]
        assert receipt["lines"] == [{"lineId": mug, "rule": "base", "points": 14}]
        assert receipt["summary"]
        assert "14,80" in receipt["reasons"][0]["sentence"]

    def test_earns_by_the_draft_for_staff_who_ask_for_it(self, shop: Shopfront, mug: str) -> None:
        assert self.points(shop, staff(shop), **basket(mug, draft=True)) == 29
        assert self.points(shop, staff(shop), **basket(mug, draft=False)) == 14
        assert self.points(shop, staff(shop), **basket(mug, draft=None)) == 14

    def test_earns_what_the_members_history_makes_of_it(self, shop: Shopfront, mug: str) -> None:
        buy(shop.row, ANNA, "60", on="2026-01-10", number="1")
        anna = global_id("Member", shop.anna)

        # Her second order.
        assert self.points(shop, staff(shop), **basket(mug, draft=True, member=anna)) == 39
        assert self.points(shop, shop.customer(), **basket(mug)) == 14

    def test_of_a_checkout_is_found(self, shop: Shopfront, saleor: Shop) -> None:
        checkout = saleor.checkout("guest@example.com", [(MUG, 2)])

        estimate = shop.data(ESTIMATE, checkout=checkout)["estimate"]

        # A checkout in dollars, which earn nothing here.
        assert estimate["receipt"]["points"] == 0
        assert estimate["campaigns"] == []

    def test_leaves_nothing_behind(self, shop: Shopfront, mug: str) -> None:
        self.points(shop, shop.customer(), **basket(mug))

        assert not Order.objects.exists()
        assert not Member.objects.exists()
        assert not Budget.objects.exists()


class TestNobodyIsTold:
    def test_about_the_draft_without_the_permission(self, shop: Shopfront, mug: str) -> None:
        for token in (None, shop.customer(), staff(shop, "MANAGE_USERS")):
            answer = shop.ask(ESTIMATE, token=token, **basket(mug, draft=True))
            assert codes(answer) == ["PERMISSION_DENIED"]

    def test_about_members_without_the_permission(self, shop: Shopfront, mug: str) -> None:
        member = global_id("Member", make_member(shop.row, ANNA))
        for token in (None, shop.customer(), staff(shop, "MANAGE_DISCOUNTS")):
            answer = shop.ask(ESTIMATE, token=token, **basket(mug, member=member))
            assert codes(answer) == ["PERMISSION_DENIED"]

    def test_about_members_of_another_shop(self, shop: Shopfront, mug: str) -> None:
        member = global_id("Member", make_member())

        answer = shop.ask(ESTIMATE, token=staff(shop), **basket(mug, member=member))

        assert answer["errors"][0]["message"] == "Choose a member of this shop."

    @pytest.mark.parametrize(
        "wanted",
        [
            {},
            {"lines": None, "channel": None},
            {"channel": "channel-eur"},
            {"lines": [{"variantId": "x", "quantity": 1}]},
            {"checkout": "x", "lines": [{"variantId": "x", "quantity": 1}], "channel": "c"},
            {"lines": [{"variantId": "x", "quantity": 0}], "channel": "channel-eur"},
            {"lines": [{"variantId": "x", "quantity": 1}], "channel": "no-such"},
            {"checkout": "x"},
        ],
    )
    def test_what_makes_no_sense(self, shop: Shopfront, wanted: dict[str, Any]) -> None:
        answer = shop.ask(ESTIMATE, **wanted)

        assert codes(answer) == ["INVALID"]

    def test_a_draft_that_is_not_there(self, shop: Shopfront, mug: str) -> None:
        edit_draft(
            installation_id=shop.row.pk, document={"earning": 1}, revision=None,
            at=datetime.now(UTC),
        )  # fmt: skip

        answer = shop.ask(ESTIMATE, token=staff(shop), **basket(mug, draft=True))

        assert codes(answer) == ["INVALID"]

    def test_anything_where_no_programme_is_in_force(self, front: Shopfront, mug: str) -> None:
        bare = make_installation(jwks=front.key.jwks)
        token = bytes(Installation.objects.get(pk=front.row.pk).token)
        Installation.objects.filter(pk=front.row.pk).update(api_url="https://old.example/graphql/")
        Installation.objects.filter(pk=bare.pk).update(api_url=front.row.api_url, token=token)

        assert front.data(ESTIMATE, **basket(mug)) == {"estimate": None}
