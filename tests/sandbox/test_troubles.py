"""An API that fails on purpose, for chosen operations, so and so often."""

import time
from typing import Any

import httpx
import pytest
from journeys.shop import Shop
from sandbox.backdoor import Backdoor

READ = "query Read { shop { name } }"
# Something that leaves a trace.
DO = """mutation Do { giftCardCreate(input: {balance: {amount: "1", currency: "USD"},
  isActive: true}) { giftCard { id } } }"""
DONE = "query Done { giftCards(first: 100) { totalCount } }"


def times_done(backdoor: Backdoor) -> Any:
    return backdoor.ask(DONE)["totalCount"]


@pytest.mark.parametrize(("kind", "status"), [("ERROR", 500), ("BUSY", 429), ("DOWN", 503)])
def test_nothing_is_done_before_an_error(backdoor: Backdoor, kind: str, status: int) -> None:
    backdoor.command("trouble", operation="Do", kind=kind)

    assert backdoor.post(DO).status_code == status
    assert times_done(backdoor) == 0


def test_the_work_is_done_though_the_connection_is_lost(backdoor: Backdoor) -> None:
    backdoor.command("trouble", operation="Do", kind="LOST")

    with pytest.raises(httpx.RemoteProtocolError):
        backdoor.post(DO)

    assert times_done(backdoor) == 1


def test_the_work_is_done_though_half_the_answer_is_missing(backdoor: Backdoor) -> None:
    backdoor.command("trouble", operation="Do", kind="HALF")

    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        backdoor.post(DO).json()

    assert times_done(backdoor) == 1


def test_a_late_answer_is_a_whole_one(backdoor: Backdoor) -> None:
    backdoor.command("trouble", operation="Read", kind="LATE", seconds=0.2)
    began = time.monotonic()

    assert backdoor.ask(READ) == {"name": "Corner Shop"}
    assert time.monotonic() - began >= 0.2


def test_only_the_named_operation_fails_and_only_so_often(backdoor: Backdoor) -> None:
    backdoor.command("trouble", operation="Do", kind="ERROR", times=2)

    statuses = [backdoor.post(query).status_code for query in (DO, READ, DO, DO)]

    assert statuses == [500, 200, 500, 200]


def test_all_fail_while_it_is_down_until_it_is_up_again(backdoor: Backdoor) -> None:
    backdoor.command("trouble", operation="*", kind="DOWN")

    statuses = [backdoor.post(query).status_code for query in (DO, READ, DO)]
    asked = backdoor.command("trouble")["asked"]

    assert statuses == [503, 503, 503]
    assert (asked["Do"], asked["Read"]) == (2, 1)
    assert times_done(backdoor) == 0


@pytest.mark.parametrize(
    "wrong", [{"kind": "BAD"}, {"kind": "LATE", "seconds": 31}, {"kind": "ERROR", "times": 0}, {}]
)
def test_other_troubles_are_unknown(shop: Shop, wrong: dict[str, Any]) -> None:
    door = shop.api_url.replace("/graphql/", "/sandbox/trouble")

    assert httpx.post(door, json={"operation": "Do", **wrong}).status_code == 400
