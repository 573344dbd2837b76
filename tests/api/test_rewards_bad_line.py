"""Taking a reward while Saleor does not answer."""

from typing import Any

import pytest
from api.rewarding import GOODS, REDEEM, Line, RewardShop, error_codes
from journeys.shop import Customer

from saleor_loyalty.redemptions.models import Redemption


class TestABadLine:
    """Saleor does not answer: points are held once, and the same key asks what became of it."""

    @pytest.fixture
    def shop(self, far_rewards: RewardShop, anna: Customer) -> RewardShop:
        far_rewards.member(anna, 250)
        return far_rewards

    def redeem(self, shop: RewardShop, who: Customer, checkout: str) -> dict[str, Any]:
        given = {"rewardId": "money", "times": 1, "checkoutId": checkout, "idempotencyKey": "k"}
        return shop.does(REDEEM, shop.customer(who.id), **given)

    @pytest.mark.parametrize("lost", ["voucherCreate", "voucherChannelListingUpdate"])
    def test_before_there_is_a_code(
        self, shop: RewardShop, line: Line, anna: Customer, lost: str
    ) -> None:
        checkout = shop.saleor.checkout(anna, GOODS)
        line.lost.add(lost)
        first = self.redeem(shop, anna, checkout)
        line.lost.clear()
        again = self.redeem(shop, anna, checkout)

        assert error_codes(first) == ["SALEOR_UNAVAILABLE"]
        assert (first["redemption"]["status"], first["redemption"]["code"]) == ("REQUESTED", None)
        assert first["redemption"]["trouble"]
        assert first["member"]["balance"] == {"available": 150, "held": 100}
        assert again["errors"] == []
        assert again["redemption"]["id"] == first["redemption"]["id"]
        assert again["redemption"]["trouble"] is None
        assert again["checkout"]["discount"] == {"amount": 5.0}
        assert again["member"]["balance"] == {"available": 150, "held": 100}

    def test_before_the_code_is_in_the_checkout(
        self, shop: RewardShop, line: Line, anna: Customer
    ) -> None:
        checkout = shop.saleor.checkout(anna, GOODS)
        line.lost.add("checkoutAddPromoCode")
        first = self.redeem(shop, anna, checkout)
        line.lost.clear()
        again = self.redeem(shop, anna, checkout)

        assert error_codes(first) == ["SALEOR_UNAVAILABLE"]
        assert (first["redemption"]["status"], first["checkout"]) == ("ISSUED", None)
        assert again["errors"] == []
        assert again["checkout"]["discount"] == {"amount": 5.0}
        assert again["member"]["balance"] == {"available": 150, "held": 100}

    @pytest.mark.parametrize("lost", ["checkout(", "query Me"])
    def test_before_anything_is_held(
        self, shop: RewardShop, line: Line, anna: Customer, lost: str
    ) -> None:
        checkout = shop.saleor.checkout(anna, GOODS)
        line.lost.add(lost)

        payload = self.redeem(shop, anna, checkout)

        assert error_codes(payload) == ["SALEOR_UNAVAILABLE"]
        assert payload["redemption"] is None
        assert not Redemption.objects.exists()
