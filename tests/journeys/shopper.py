"""Members at the till, who pay with points."""

import secrets
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from deployment import eventually
from journeys.app import SECONDS_MAX, App, Data
from journeys.shop import Item, Order, Shop

FIVE = {"id": "five", "name": "5 off", "kind": "MONEY_OFF", "points": 100,
        "money": {"USD": "5"}, "steps": {}}  # fmt: skip
CREDIT = {"id": "credit", "name": "Store credit", "kind": "GIFT_CARD", "points": 1000,
          "money": {"USD": "100"}}  # fmt: skip
#: Orders earn nothing, unless a story is about that.
NO_EARNING: Data = {"rates": {}}
_TAKEN = """
fragment Taken on Redemption {
  id rewardId status isClosing means times points code expiresAt trouble
  amount { amount currency }
}
fragment Till on RedeemedCheckout {
  total { amount } subtotal { amount } shipping { amount } balance { amount } discount { amount }
  replacedPromoCode lostPromotion { amount }
}
fragment Wrong on RedemptionError {
  code message obstacle { missingPoints lostPromotion { amount } netBenefit { amount } }
}
"""
TAKE = (
    _TAKEN
    + """
mutation Take($input: RewardRedeemInput!) {
  rewardRedeem(input: $input) {
    redemption { ...Taken } checkout { ...Till } errors { ...Wrong }
  }
}
"""
)
APPLY = (
    _TAKEN
    + """
mutation Apply($input: RedemptionApplyInput!) {
  redemptionApply(input: $input) {
    redemption { ...Taken } checkout { ...Till } errors { ...Wrong }
  }
}
"""
)
GIVE_BACK = """
mutation GiveBack($input: RedemptionCancelInput!) {
  redemptionCancel(input: $input) { redemption { status isClosing } errors { code message } }
}
"""
OFFERS = """
query Offers($checkout: ID!) {
  checkoutOffers(checkoutId: $checkout) {
    reward { id } isAvailable timesAtMost points means replacedPromoCode
    discount { amount } lostPromotion { amount } netBenefit { amount } totalAfter { amount }
    obstacles { code }
  }
}
"""
MINE = """
{
  me {
    id
    redemptions(first: 100) { edges { node { id status points trouble } } }
    lots(first: 100) { edges { node { id available held expiresAt } } }
  }
}
"""
RECEIPT = """
query Receipt($order: ID!) {
  orderReceipt(orderId: $order) { receipt { points summary reasons { points sentence } } }
}
"""
GIVE_POINTS = """
mutation Give($input: MemberPointsAdjustInput!) {
  memberPointsAdjust(input: $input) { errors { field code message } }
}
"""
ODD = """
{
  redemptions(flagged: true, first: 100) {
    edges { node { id } }
  }
}
"""
USES = """
query Uses($id: ID!) {
  redemption(id: $id) {
    status points uses { orderId points flag discount { amount } }
  }
}
"""


def publish(app: App, shop: Shop, *rewards: Data, **terms: Any) -> None:
    """Publish a programme with these rewards, and other terms if given."""
    app.publish(shop, **{"earning": NO_EARNING, "rewards": list(rewards or (FIVE,)), **terms})


def money(amount: Data) -> Decimal:
    """Return an amount without its currency."""
    return Decimal(str(amount["amount"]))


class Shopper:
    """A new customer of a shop, and what they do with points."""

    def __init__(self, app: App, shop: Shop) -> None:
        self.app, self.shop = app, shop
        self.who = shop.new_customer()

    def _ask(self, query: str, token: str | None = None, **variables: Any) -> Any:
        answer = self.app.ask(self.shop, query, token or self.who.token, **variables)
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))

    def _staff(self) -> str:
        return self.shop.staff_token(self.app.app_id)

    # Points

    def is_given(self, points: int) -> None:
        """Staff give points, as soon as the app knows the customer."""
        given = {
            "memberId": self._ask(MINE)["id"],
            "points": points,
            "note": "A present",
            "idempotencyKey": secrets.token_hex(16),
        }
        eventually(
            f"{self.who.email} is given {points} points",
            lambda: not self._ask(GIVE_POINTS, self._staff(), input=given)["errors"],
            within_s=SECONDS_MAX,
        )

    def has(self, **balance: int) -> float:
        """Wait until they have these points and no others; return the seconds it took."""
        return self.app.has(self.shop, self.who, **balance)

    def lots(self) -> list[tuple[int, str | None]]:
        """Return the points that are ready, with their expiry, lot by lot."""
        lots = [edge["node"] for edge in self._ask(MINE)["lots"]["edges"]]
        return [(lot["available"], lot["expiresAt"]) for lot in lots if lot["available"]]

    # At the till

    def checkout(self, items: Sequence[Item] = ((1, 2),), **more: Any) -> str:
        """Fill a checkout up to its payment."""
        return self.shop.checkout(self.who, items, **more)

    def total(self, checkout_id: str) -> Decimal:
        """Return what Saleor says that a checkout costs."""
        return self.shop.total(checkout_id)[0]

    def buys(self, checkout_id: str) -> Order:
        """Pay what is due, if anything is, and complete."""
        return self.shop.complete_paid(checkout_id, self.who)

    # Rewards

    def offers(self, checkout_id: str) -> dict[str, Data]:
        """Return what the rewards would do for a checkout, by their keys."""
        found = self._ask(OFFERS, checkout=checkout_id)
        return {offer["reward"]["id"]: offer for offer in found}

    def tries(self, reward: str, checkout_id: str | None = None, **more: Any) -> Data:
        """Ask for a reward; return the whole answer."""
        wish = {"rewardId": reward, "checkoutId": checkout_id, **more}
        wish.setdefault("idempotencyKey", secrets.token_hex(16))
        payload: Data = self._ask(TAKE, input=wish)
        return payload

    def takes(self, reward: str, checkout_id: str | None = None, **more: Any) -> Data:
        """Take a reward, which must work."""
        payload = self.tries(reward, checkout_id, **more)
        assert payload["errors"] == [], payload
        assert payload["redemption"]["status"] == "ISSUED", payload
        return payload

    def applies(self, redemption: Data, checkout_id: str) -> Data:
        """Put a reward into a checkout, which must work."""
        given = {"redemptionId": redemption["id"], "checkoutId": checkout_id}
        payload: Data = self._ask(APPLY, input=given)
        assert payload["errors"] == [], payload
        return payload

    def gives_back(self, redemption: Data) -> None:
        """Change one's mind; the points are free once Saleor has answered."""
        payload = self._ask(GIVE_BACK, input={"redemptionId": redemption["id"]})
        assert payload["errors"] == [], payload
        self.sees(redemption, "VOIDED")

    def status(self, redemption: Data) -> str:
        """Return how far a redemption is."""
        edges = self._ask(MINE)["redemptions"]["edges"]
        return next(
            str(edge["node"]["status"]) for edge in edges if edge["node"]["id"] == redemption["id"]
        )

    def sees(self, redemption: Data, status: str) -> float:
        """Wait until a redemption has come so far; return the seconds it took."""
        return eventually(
            f"the reward of {self.who.email} is {status}",
            lambda: self.status(redemption) == status,
            within_s=SECONDS_MAX,
        )

    def sentences(self, order: Order) -> list[str]:
        """Return what the receipt of an order says."""
        receipt = self._ask(RECEIPT, order=order.id)["receipt"]
        return [receipt["summary"], *(reason["sentence"] for reason in receipt["reasons"])]

    # What staff see of them

    def uses(self, redemption: Data) -> list[Data]:
        """Return the orders that a redemption was used for."""
        uses: list[Data] = self._ask(USES, self._staff(), id=redemption["id"])["uses"]
        return uses

    def is_shown_to_staff(self, redemption: Data) -> bool:
        """Tell whether staff find a redemption among the odd ones."""
        edges = self._ask(ODD, self._staff())["edges"]
        return redemption["id"] in {edge["node"]["id"] for edge in edges}
