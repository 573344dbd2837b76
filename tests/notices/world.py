"""A shop whose points lapse, with members and lots."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from factories import DAY, NOON, make_member, make_shop
from loopback import LoopbackServer
from points import converge, wanted

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key
from saleor_loyalty.ledger.models import Lot
from saleor_loyalty.notices import planning, sending
from saleor_loyalty.programme.document import Programme, starting_programme
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.programme.timing_terms import Expiry

ANNA, BEN = "VXNlcjox", "VXNlcjoy"
MINUTE = timedelta(minutes=1)
YEAR_OF_365_DAYS = Expiry(days=365, notice_days=30)
_serial = count(1)


class Saleor(LoopbackServer):
    """Tells where customers can be written to; `people` can be changed."""

    def __init__(self) -> None:
        self.people: dict[str, Any] = {ANNA: person(ANNA), BEN: person(BEN, "ben", "FR_CA")}
        self.status = 200
        super().__init__(self._say)

    def _say(self, _path: str, body: Any) -> tuple[int, Any]:
        wanted = body["variables"]["ids"]
        nodes = [{"node": self.people[each]} for each in wanted if each in self.people]
        return self.status, {"data": {"customers": {"edges": nodes}}}


def person(user: str, name: str = "anna", language: str = "EN", **changes: Any) -> dict[str, Any]:
    """A customer as Saleor shows them."""
    found = {"id": user, "email": f"{name}@example.com", "isActive": True, "languageCode": language}
    return found | changes


def programme(expiry: Expiry = YEAR_OF_365_DAYS, **parts: Any) -> Programme:
    """A programme whose points lapse."""
    return starting_programme(["USD"]).model_copy(update={"expiry": expiry, **parts})


def make_lapsing_shop(
    expiry: Expiry = YEAR_OF_365_DAYS,
    saleor: Saleor | None = None,
    api_url: str | None = None,
    **parts: Any,
) -> Installation:
    """A shop with a programme whose points lapse."""
    if saleor and api_url is None:
        api_url = f"{saleor.url}/shop{next(_serial)}/graphql/"
    return make_shop(programme(expiry, **parts), api_url=api_url)


def publish_terms(shop: Installation, expiry: Expiry, *, at: datetime, **parts: Any) -> None:
    """Publish another version of the shop's programme."""
    publish(installation_id=shop.pk, document=programme(expiry, **parts), at=at)


def members(shop: Installation, *users: str) -> list[UUID]:
    """Members of the shop."""
    return [make_member(shop, user) for user in users or (ANNA,)]


def give(
    member_id: UUID,
    points: int,
    *,
    lapses_at: datetime | None,
    matures_at: datetime | None = NOON,
    at: datetime = NOON,
) -> UUID:
    """Let the member earn a lot; return its key."""
    order_id = new_key()
    converge(wanted(member_id, order_id, {matures_at: points}, lapses_at=lapses_at, at=at), at=at)
    return Lot.objects.get(order_id=order_id).pk


def plan_all(at: datetime) -> None:
    """Plan until no round is due."""
    for _ in range(1000):
        if not planning.plan(at=at):
            return
    raise AssertionError("the rounds do not end")


def send_all(at: datetime) -> None:
    """Send until there is nothing left."""
    for _ in range(1000):
        if not sending.send(at=at):
            return
    raise AssertionError("the batches do not end")


def end_of(lot_id: UUID) -> datetime | None:
    """Return when the lot expires; None: nothing makes it."""
    return Lot.objects.get(pk=lot_id).expires_at


__all__ = ["ANNA", "BEN", "DAY", "MINUTE", "NOON"]
