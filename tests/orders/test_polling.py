"""Closing the gaps webhooks leave, against the sandbox shop: not one delivery reaches us here."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from factories import DAY, make_shop

from saleor_loyalty.accrual import polling
from saleor_loyalty.gateways.saleor.client import SaleorUnavailable
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.queries import shop as shop_by_key
from saleor_loyalty.installations.secrets import encrypt
from saleor_loyalty.ledger.models import Lot, Posting
from saleor_loyalty.orders.models import Order
from saleor_loyalty.sandbox import RunningSandbox, serve
from saleor_loyalty.sandbox.apps import App
from saleor_loyalty.sandbox.bulk import Wish, sell
from saleor_loyalty.sandbox.orders import Order as Sale
from saleor_loyalty.sandbox.people import User
from saleor_loyalty.sandbox.world import World, new_key

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
#: What the sandbox's coffee beans cost, rounded down.
POINTS = 12
PAGE = polling.ORDERS_MAX


@pytest.fixture(scope="module")
def _sandbox() -> Iterator[RunningSandbox]:
    with serve() as running:
        yield running


@pytest.fixture
def world(_sandbox: RunningSandbox) -> World:
    """A shop that sold nothing yet."""
    world = _sandbox.sandbox.world
    for sale in world.all(Sale):
        world.remove(sale)
    return world


@pytest.fixture
def shop(_sandbox: RunningSandbox, world: World) -> Installation:
    """The same shop as we know it, installed a day ago."""
    app = App(
        pk=new_key(), identifier="loyalty", name="Loyalty", created=world.now(),
        granted=frozenset({"MANAGE_ORDERS", "MANAGE_USERS"}), token=new_key(), manifest_url="",
    )  # fmt: skip
    world.add(app)
    installation = make_shop(api_url=_sandbox.api_url)
    installation.token = encrypt(app.token)
    installation.orders_seen_until = world.now() - DAY
    installation.save()
    return installation


def sold(world: World, count: int = 1) -> list[Sale]:
    """Sell to Alice, and let nobody know."""
    return sell(world, Wish(count=count, emails=("alice@example.com",), announce=False))


def catch_up(shop: Installation, at: datetime) -> int:
    return polling.catch_up(shop_by_key(shop.pk), at=at)


def reread(shop: Installation, at: datetime) -> int:
    return polling.reread(shop_by_key(shop.pk), at=at)


def available() -> int:
    return sum(lot.available for lot in Lot.objects.all())


class TestCatchUp:
    def test_finds_every_order_however_many_pages_there_are(
        self, shop: Installation, world: World
    ) -> None:
        sold(world, 2 * PAGE + 1)

        assert catch_up(shop, world.now()) == 2 * PAGE + 1

        assert Order.objects.count() == 2 * PAGE + 1
        assert available() == POINTS * (2 * PAGE + 1)

    def test_finds_nothing_new_a_second_time(self, shop: Installation, world: World) -> None:
        sold(world, 3)
        catch_up(shop, world.now())

        assert catch_up(shop, world.now()) == 0
        assert Posting.objects.count() == 3

    def test_finds_a_cancellation_nobody_told_of(self, shop: Installation, world: World) -> None:
        [sale, _] = sold(world, 2)
        catch_up(shop, world.now())
        sale.status, sale.updated_at = "CANCELED", world.now()

        assert catch_up(shop, world.now()) == 1
        assert available() == POINTS

    def test_goes_on_where_the_last_run_stopped(
        self, shop: Installation, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(polling, "PAGES_MAX", 1)
        sold(world, 2 * PAGE)

        found = [catch_up(shop, world.now()) for _ in range(4)]

        # The last order of a page is looked at twice.
        assert found == [PAGE, PAGE - 1, 1, 0]

    def test_looks_back_a_little_for_changes_that_showed_late(
        self, shop: Installation, world: World
    ) -> None:
        catch_up(shop, world.now() + 4 * MINUTE)
        sold(world)

        assert catch_up(shop, world.now() + 5 * MINUTE) == 1

    def test_goes_by_the_shops_clock_and_not_by_ours(
        self, shop: Installation, world: World
    ) -> None:
        sold(world)
        catch_up(shop, world.now() + DAY)
        sold(world)

        assert catch_up(shop, world.now() + DAY) == 1

    def test_is_not_stopped_by_an_order_that_makes_no_sense(
        self, shop: Installation, world: World
    ) -> None:
        [_, broken, _] = sold(world, 3)
        broken.number = "9" * 65

        assert catch_up(shop, world.now()) == 2

    def test_keeps_its_place_while_saleor_is_away(self, world: World) -> None:
        nowhere = make_shop(api_url="http://127.0.0.1:1/graphql/")
        before = nowhere.orders_seen_until

        with pytest.raises(SaleorUnavailable):
            catch_up(nowhere, world.now())

        nowhere.refresh_from_db()
        assert nowhere.orders_seen_until == before


class TestReread:
    def test_finds_changes_that_do_not_move_the_change_date(
        self, shop: Installation, world: World
    ) -> None:
        [sale] = sold(world)
        alice: User | None = sale.user
        sale.user = None
        catch_up(shop, world.now() + 6 * MINUTE)
        assert available() == 0

        sale.user = alice

        assert reread(shop, world.now() + 7 * MINUTE) == 1
        assert available() == POINTS

    def test_goes_round_through_all_known_orders(self, shop: Installation, world: World) -> None:
        sales = sold(world, PAGE + 1)
        catch_up(shop, world.now())
        last = sales[-1]
        last.user = next(user for user in world.all(User) if user.email == "bob@example.com")

        changed = [reread(shop, world.now()) for _ in range(3)]

        assert changed == [0, 1, 0]

    def test_leaves_orders_alone_that_are_long_over(self, shop: Installation, world: World) -> None:
        [sale] = sold(world)
        catch_up(shop, world.now())
        sale.status = "CANCELED"

        assert reread(shop, world.now() + 121 * DAY) == 0
        assert reread(shop, world.now() + 119 * DAY) == 1

    def test_has_nothing_to_ask_where_nothing_was_sold(
        self, shop: Installation, world: World
    ) -> None:
        assert reread(shop, world.now()) == 0

    def test_is_not_stopped_by_an_order_that_makes_no_sense(
        self, shop: Installation, world: World
    ) -> None:
        [broken, sale] = sold(world, 2)
        catch_up(shop, world.now())
        broken.number, sale.status = "9" * 65, "CANCELED"

        assert reread(shop, world.now()) == 1
        assert available() == POINTS
