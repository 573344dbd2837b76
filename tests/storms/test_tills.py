"""One member at two hundred tills at once: the whole of it, from the mutation to the checkout."""

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import pytest
from deployment import copy_of, data_folder
from journeys.app import App
from journeys.shop import ADDRESS, Shop
from journeys.shopper import FIVE, TAKE, Shopper, publish

from saleor_loyalty.sandbox import RunningSandbox, serve
from saleor_loyalty.sandbox.seed import STAFF_EMAIL, STAFF_PASSWORD
from saleor_loyalty.sandbox.vouchers import Voucher

pytestmark = pytest.mark.slow

TILLS = 200
COPIES = 50
ANSWER_SECONDS_MAX = 60
#: How many of the reward its member can pay.
PAID = 20


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def saleor(sandbox: RunningSandbox) -> Iterator[Shop]:
    """The sandbox, as its shoppers and staff see it."""
    shop = Shop(sandbox.api_url, STAFF_EMAIL, STAFF_PASSWORD)
    yield shop
    shop.close()


@pytest.fixture(scope="module")
def app(
    migrated_dir: Path, saleor: Shop, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """Our app, running and installed in the shop, where points buy five dollars off."""
    logs = tmp_path_factory.mktemp("logs")
    with data_folder() as folder, App(copy_of(migrated_dir, folder), logs, saleor.api_url) as ours:
        # Two hundred redemptions ask the shop hundreds of times within seconds. Before we ask that
        # often we say that it does not answer; here nobody may get away with that.
        ours.programs.settings["SALEOR_CALLS_PER_MINUTE"] = "1000000"
        ours.programs.start("serve", "--workers", "2")
        ours.programs.start("worker", "--concurrency", "1")
        ours.app_id = saleor.install(ours.manifest_url)
        publish(ours, saleor, FIVE)
        yield ours


def rich(app: App, saleor: Shop, points: int) -> Shopper:
    """A new member with points."""
    shopper = Shopper(app, saleor)
    shopper.is_given(points)
    return shopper


def checkouts(saleor: Shop, shopper: Shopper, count: int) -> list[str]:
    """So many checkouts of a member's, each with goods for more than five dollars."""
    article = max(saleor.articles(), key=lambda each: each.price)
    assert article.price > 5
    filled = {
        "channel": "default-channel",
        "email": shopper.who.email,
        "lines": [{"variantId": article.variant_id, "quantity": 1}],
        "shippingAddress": ADDRESS,
        "billingAddress": ADDRESS,
    }
    made = [
        saleor.ask("CreateCheckout", token=shopper.who.token, input=filled) for _ in range(count)
    ]
    return [each["checkout"]["id"] for each in made]


def take_at_once(
    app: App, saleor: Shop, shopper: Shopper, wishes: Sequence[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Send the mutation for each checkout and key, all at the same moment; return the answers."""
    start = Barrier(len(wishes), timeout=ANSWER_SECONDS_MAX)
    headers = {"Saleor-Api-Url": saleor.api_url, "Authorization-Bearer": shopper.who.token}
    limits = httpx.Limits(max_connections=len(wishes))

    def take(wish: tuple[str, str]) -> dict[str, Any]:
        checkout, key = wish
        asked = {"rewardId": "five", "times": 1, "checkoutId": checkout, "idempotencyKey": key}
        start.wait()
        # Not by way of the postman: he would be the slowest of all.
        answer = client.post(
            f"{app.programs.url}/graphql/", headers=headers,
            json={"query": TAKE, "variables": {"input": asked}},
        ).json()  # fmt: skip
        assert "errors" not in answer, answer
        payload: dict[str, Any] = answer["data"]["rewardRedeem"]
        return payload

    with (
        httpx.Client(limits=limits, timeout=ANSWER_SECONDS_MAX) as client,
        ThreadPoolExecutor(len(wishes)) as tills,
    ):
        return list(tills.map(take, wishes))


def usable_codes(sandbox: RunningSandbox) -> set[str]:
    """Every code that could be used in the shop now."""
    vouchers = [each for each in sandbox.sandbox.world.all(Voucher) if each.listings]
    return {code.code for voucher in vouchers for code in voucher.codes if code.is_active}


def told(payload: dict[str, Any]) -> str:
    """What a till shows in the end."""
    if payload["errors"]:
        [error] = payload["errors"]
        return str(error["code"])
    # The reward is there, and so is what it did to the checkout.
    assert payload["checkout"]
    return str(payload["redemption"]["status"])


def test_two_hundred_tills_at_once_never_spend_more_than_there_is(
    app: App, saleor: Shop, sandbox: RunningSandbox
) -> None:
    anna = rich(app, saleor, 100 * PAID)
    tills = checkouts(saleor, anna, TILLS)
    before, codes = anna.total(tills[0]), usable_codes(sandbox)

    answers = take_at_once(app, saleor, anna, [(each, secrets.token_hex(8)) for each in tills])

    assert Counter(map(told, answers)) == {"ISSUED": PAID, "NOT_ENOUGH_POINTS": TILLS - PAID}
    anna.has(held=100 * PAID)
    taken = {each["redemption"]["code"] for each in answers if each["redemption"]}
    assert len(taken) == PAID
    assert usable_codes(sandbox) - codes == taken
    cheaper = [each for each in tills if anna.total(each) == before - 5]
    assert cheaper == [
        till for till, answer in zip(tills, answers, strict=True) if not answer["errors"]
    ]
    assert app.programs.run("reconcile").startswith("OK ")


def test_the_same_key_fifty_times_at_once_is_one_redemption_and_fifty_equal_answers(
    app: App, saleor: Shop, sandbox: RunningSandbox
) -> None:
    ben = rich(app, saleor, 1_000)
    [till] = checkouts(saleor, ben, 1)
    before, codes = ben.total(till), usable_codes(sandbox)

    first, *others = take_at_once(app, saleor, ben, [(till, "the-same")] * COPIES)

    assert told(first) == "ISSUED"
    assert all(other == first for other in others)
    ben.has(available=900, held=100)
    assert usable_codes(sandbox) - codes == {first["redemption"]["code"]}
    assert ben.total(till) == before - 5
    assert app.programs.run("reconcile").startswith("OK ")
