"""A sandbox shop whose customers take rewards through our API."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from asking import Shopfront
from factories import give
from journeys.shop import Customer, Shop
from loopback import LoopbackServer
from signing import SigningKey

from saleor_loyalty.gateways.saleor.client import Connection
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.secrets import encrypt
from saleor_loyalty.keys import member_key
from saleor_loyalty.members.operations import enrol
from saleor_loyalty.programme.document import Programme
from saleor_loyalty.programme.operations import publish

REDEMPTION = """
fragment R on Redemption {
  id memberId rewardId name kind means times status isClosing points code
  amount { amount currency } expiresAt requestedAt issuedAt usedAt closedAt checkoutId trouble
}
"""
ERRORS = (
    "errors { field code message obstacle { missingPoints lostPromotion { amount currency }"
    " netBenefit { amount currency } } }"
)
REDEEM = (
    "mutation ($input: RewardRedeemInput!) { rewardRedeem(input: $input) {"
    " redemption { ...R }"
    " checkout { total { amount currency } subtotal { amount } shipping { amount }"
    " balance { amount } discount { amount } replacedPromoCode lostPromotion { amount }"
    " reductions { code message } }"
    " member { balance { available held } } " + ERRORS + " } }" + REDEMPTION
)
APPLY = (
    "mutation ($input: RedemptionApplyInput!) { redemptionApply(input: $input) {"
    " redemption { ...R } checkout { total { amount } discount { amount } } "
    + ERRORS
    + " } }"
    + REDEMPTION
)
CANCEL = (
    "mutation ($input: RedemptionCancelInput!) { redemptionCancel(input: $input) {"
    " redemption { ...R } member { balance { available held } } " + ERRORS + " } }" + REDEMPTION
)
GOODS = [("coffee-beans", 4)]
REWARDS: list[dict[str, Any]] = [
    {"id": "money", "name": "5 off", "kind": "MONEY_OFF", "points": 100, "steps": {},
     "money": {"USD": "5", "EUR": "4"}, "translations": {"fr": "5 de moins"}},
    {"id": "tenth", "name": "A tenth off", "kind": "PERCENT_OFF", "points": 300, "percent": 10,
     "minimum": {"USD": "50"}},
    {"id": "trees", "name": "Ten trees", "kind": "DONATION", "points": 50, "stock": 3},
    {"id": "cinema", "name": "A cinema ticket", "kind": "PARTNER_CODE", "points": 20},
    {"id": "cake", "name": "A birthday cake", "kind": "OTHER"},
]  # fmt: skip


def document(**parts: Any) -> Programme:
    """A programme with rewards."""
    rates = {"earning": {"rates": {"USD": {"points": 1, "per": "1"}}}}
    return Programme.model_validate({**rates, "rewards": REWARDS, **parts})


class Line(LoopbackServer):
    """Between us and a sandbox: messages with one of the words in `lost` do not arrive.

    `promotion` is what an order promotion takes off checkouts without a code, which sandboxes
    do not have.
    """

    def __init__(self, connection: Connection, who: Customer) -> None:
        self.connection, self.who = connection, who
        self.lost, self.promotion = set[str](), 0
        super().__init__(self._carry)

    def _carry(self, _path: str, body: Any) -> tuple[int, Any]:
        if any(word in body["query"] for word in self.lost):
            return 503, {}
        if "query Me" in body["query"]:
            return 200, {"data": {"me": {"id": self.who.id, "isActive": True, "isConfirmed": True}}}
        headers = {"Authorization": f"Bearer {self.connection.token}"}
        answer = httpx.post(self.connection.api_url, json=body, headers=headers)
        content = answer.json()
        checkout = (content.get("data") or {}).get("checkout")
        if self.promotion and checkout and not checkout["voucherCode"]:
            checkout["discount"] = {"amount": self.promotion}
        return answer.status_code, content


class RewardShop(Shopfront):
    """Our API for a sandbox shop, whose own tokens open it."""

    def __init__(
        self, saleor: Shop, connection: Connection, app_id: str, *, api_url: str = ""
    ) -> None:
        super().__init__(SigningKey(), api_url=api_url or saleor.api_url, app_id=app_id)
        self.saleor, self.app_id = saleor, app_id
        keys = httpx.get(saleor.api_url.replace("/graphql/", "/.well-known/jwks.json")).json()
        Installation.objects.filter(pk=self.row.pk).update(
            token=encrypt(connection.token), jwks={"keys": self.key.jwks["keys"] + keys["keys"]}
        )
        publish(
            installation_id=self.row.pk,
            document=document(),
            at=datetime.now(UTC) - timedelta(seconds=1),
        )

    def member(self, who: Customer, points: int = 0) -> UUID:
        """Make a member of a customer, with points they can use."""
        enrol(installation_id=self.row.pk, saleor_user_ids=[who.id], at=datetime.now(UTC))
        member_id = member_key(self.row.pk, who.id)
        if points:
            give(member_id, points)
        return member_id

    def does(self, mutation: str, token: str | None, **given: Any) -> dict[str, Any]:
        """Return the payload of a mutation."""
        data = self.data(mutation, token=token, input=given)
        payload: dict[str, Any] = next(iter(data.values()))
        return payload

    def redeem(
        self, who: Customer, reward: str = "money", *, token: str = "", **more: Any
    ) -> dict[str, Any]:
        """Take a reward."""
        given: dict[str, Any] = {"rewardId": reward, "idempotencyKey": "key-1"} | more
        if reward == "money" and not given.keys() & {"amount", "checkoutId"}:
            given["currency"] = "USD"
        return self.does(REDEEM, token or who.token, **given)

    def staff_token(self) -> str:
        """Return a token that Saleor's Dashboard hands to our app."""
        return self.saleor.staff_token(self.app_id)


def error_codes(payload: Mapping[str, Any]) -> list[str]:
    """Return the codes of a payload's errors."""
    return [error["code"] for error in payload["errors"]]


def available(shop: RewardShop, who: Customer) -> int:
    """Return the points that a customer can use."""
    data = shop.data("{ me { balance { available } } }", token=who.token)
    points: int = data["me"]["balance"]["available"]
    return points


def redemptions(shop: RewardShop, who: Customer) -> list[dict[str, Any]]:
    """Return what a customer sees of the rewards they took, the newest first."""
    query = "{ me { redemptions { edges { node { id status code } } } } }"
    edges = shop.data(query, token=who.token)["me"]["redemptions"]["edges"]
    return [edge["node"] for edge in edges]
