"""What staff see in their Dashboard when events could not be processed."""

from typing import Any

import pytest
from factories import NOON, make_shop
from loopback import LoopbackServer

from saleor_loyalty.entrypoints.webhooks import problems
from saleor_loyalty.entrypoints.webhooks.models import InboxEvent
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.keys import new_key

pytestmark = pytest.mark.django_db


def give_up(shop: Installation) -> None:
    InboxEvent.objects.create(
        installation=shop, name="OrderPaid", digest=new_key().bytes, body=b"{}", status="FAILED",
        due_at=NOON, received_at=NOON,
    )  # fmt: skip


def test_each_shop_with_events_given_up_is_told_once_a_run() -> None:
    told: list[dict[str, Any]] = []

    def answer(_path: str, body: Any) -> tuple[int, Any]:
        told.append(body["variables"])
        return 200, {"data": {"appProblemCreate": {"errors": []}}}

    with LoopbackServer(answer).running() as saleor:
        shop = make_shop(api_url=f"{saleor.url}/graphql/")
        make_shop()  # nothing failed there
        give_up(shop)
        give_up(shop)

        problems.report()

    assert [problem["key"] for problem in told] == ["loyalty-events"]
    assert "replay_inbox" in told[0]["message"]


def test_a_shop_that_does_not_answer_does_not_keep_the_next_from_being_told() -> None:
    asked: list[str] = []

    def answer(_path: str, _body: Any) -> tuple[int, Any]:
        asked.append("told")
        return 200, {"data": {"appProblemCreate": {"errors": []}}}

    with LoopbackServer(answer).running() as saleor:
        for url in ("http://127.0.0.1:9/graphql/", f"{saleor.url}/graphql/"):
            give_up(make_shop(api_url=url))

        problems.report()

    assert asked == ["told"]
