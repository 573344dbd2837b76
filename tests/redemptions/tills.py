"""A sandbox shop whose members take rewards, and what is true there whatever we believe."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from factories import NOON, give, make_shop
from journeys.shop import Customer, Order, Shop
from redemptions.shelf import GOODS, programme
from redemptions.sold import carries, share, worth_of

from saleor_loyalty.accrual.operations import converge
from saleor_loyalty.gateways.saleor.client import Connection
from saleor_loyalty.gateways.saleor.order_reading import fetch_orders
from saleor_loyalty.gateways.saleor.orders import OrderState
from saleor_loyalty.installations import queries as installations
from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.secrets import encrypt
from saleor_loyalty.keys import member_key, new_key
from saleor_loyalty.ledger.queries import Balance, balance
from saleor_loyalty.ledger.reconciliation import find_drift
from saleor_loyalty.members.operations import enrol
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.redemptions import operations, outbox
from saleor_loyalty.redemptions.models import Redemption
from saleor_loyalty.redemptions.operations import Wish
from saleor_loyalty.sandbox.gift_cards import GiftCard
from saleor_loyalty.sandbox.orders import Order as SoldOrder
from saleor_loyalty.sandbox.sandbox import Sandbox
from saleor_loyalty.sandbox.vouchers import Voucher, VoucherCode

#: More rounds than anything here takes; what never rests fails.
ROUNDS_MAX = 400
#: More calls than anything here makes.
MANY = 10_000


class Till:
    """Our side and Saleor's side of one shop, at a time that moves when told to."""

    def __init__(self, saleor: Shop, sandbox: Sandbox, connection: Connection, app_id: str) -> None:
        self.saleor, self.sandbox, self.connection = saleor, sandbox, connection
        self._http = saleor._http
        self.row = make_shop(programme(), api_url=saleor.api_url, app_id=app_id)
        Installation.objects.filter(pk=self.row.pk).update(token=encrypt(connection.token))
        self.given: dict[UUID, int] = {}
        self.people: dict[UUID, Customer] = {}
        # A checkout of each member's, where a test wants one.
        self.open: dict[UUID, str] = {}
        # How many calls the last failure was asked for.
        self.asked = 0
        self.at = max(datetime.now(UTC), sandbox.world.now())

    @property
    def shop(self) -> installations.Shop:
        """The shop as operations want it."""
        return installations.shop(self.row.pk)

    def terms(self, **redeeming: Any) -> None:
        """Publish other terms for rewards."""
        at = max(NOON, self.at - timedelta(seconds=1))
        publish(installation_id=self.row.pk, document=programme(**redeeming), at=at)

    def passes(self, **time: int) -> None:
        """Let time pass, for us and for Saleor."""
        self.at += timedelta(**time)
        world = self.sandbox.world
        with world.lock:
            world._last_tick = max(world._last_tick, self.at)

    # Members

    def member(self, points: int = 0, who: Customer | None = None) -> UUID:
        """Make a member of a customer, with points to use."""
        who = who or self.saleor.new_customer()
        enrol(installation_id=self.row.pk, saleor_user_ids=[who.id], at=NOON)
        member_id = member_key(self.row.pk, who.id)
        self.people[member_id], self.given[member_id] = who, points
        if points:
            give(member_id, points)
        return member_id

    def leaves(self, member_id: UUID) -> None:
        """Look after a member no longer: with them, everything came to its end."""
        del self.given[member_id]

    def balance(self, member_id: UUID) -> Balance:
        """What a member has now."""
        return balance(member_id, at=self.at)

    def points(self, member_id: UUID) -> tuple[int, int]:
        """What a member can use now, and what is held."""
        has = self.balance(member_id)
        return has.available - has.debt, has.held

    # Checkouts

    def checkout(self, member_id: UUID, goods: Any = GOODS, *, code: str | None = None) -> str:
        """Fill a checkout of a member's."""
        return self.saleor.checkout(self.people[member_id], goods, code=code)

    def total(self, checkout_id: str) -> Decimal:
        """What is to be paid."""
        return self.saleor.total(checkout_id)[0]

    def pays(self, member_id: UUID, checkout_id: str) -> Order:
        """Pay a checkout, and make the order of it."""
        total, currency = self.saleor.total(checkout_id)
        if total:
            self.saleor.pay(checkout_id, total, currency)
        return self.saleor.complete(checkout_id, self.people[member_id])

    # Rewards

    def redeem(
        self,
        member_id: UUID,
        reward: str = "money",
        checkout_id: str = "",
        key: str = "",
        **wish: Any,
    ) -> Redemption:
        """Take a reward."""
        if reward in ("money", "card"):
            wish = {"times": 1} | wish
        wish = {"currency": "USD"} | wish
        asked = Wish(member_id, key or str(new_key()), reward, checkout_id=checkout_id, **wish)
        return operations.redeem(self.shop, asked, at=self.at)

    def apply(
        self, redemption: Redemption, checkout_id: str, *, agreed: bool = False
    ) -> Redemption:
        """Put a reward into another checkout."""
        return operations.apply_to(
            self.shop, member_id=redemption.member_id, redemption_id=redemption.id,
            checkout_id=checkout_id, accepts_lost_promotion=agreed, at=self.at,
        )  # fmt: skip

    def cancel(self, redemption: Redemption) -> Redemption:
        """Give a reward back."""
        return operations.cancel(
            self.shop, member_id=redemption.member_id, redemption_id=redemption.id, at=self.at
        )

    def works(self) -> None:
        """Let the outbox work until nothing is due."""
        for _ in range(ROUNDS_MAX):
            if not outbox.work(at=self.at):
                return
        raise AssertionError("the outbox never rests")

    # Orders

    def state(self, order_id: str) -> OrderState:
        """An order as Saleor tells it now."""
        [state] = fetch_orders(self.connection, [order_id], at=self.at)
        return state

    def hears(self, *order_ids: str) -> None:
        """Hear how orders are now."""
        self.hears_states(*[self.state(order_id) for order_id in order_ids])

    def hears_states(self, *states: OrderState) -> None:
        """Hear how orders were."""
        told = [replace(state, read_at=self.at) for state in states]
        outcome = converge(installation_id=self.row.pk, states=told, at=self.at)
        if outcome.doubtful:
            asked = fetch_orders(self.connection, sorted(outcome.doubtful), at=self.at)
            converge(installation_id=self.row.pk, states=asked, at=self.at, is_certain=True)

    def hears_all(self) -> None:
        """Hear of every order there is with a reward of this shop's."""
        orders = {each.id for row in self.rows() for each in self.orders_of(row)}
        if orders:
            self.hears(*sorted(orders))

    def rows(self, member_id: UUID | None = None) -> list[Redemption]:
        """Every redemption of who is looked after, or of one member, the oldest first."""
        members = self.given if member_id is None else [member_id]
        rows = Redemption.objects.filter(member_id__in=members)
        return list(rows.order_by("requested_at", "id"))

    # Troubles

    def trouble(
        self, kind: str, *, operation: str = "*", times: int = MANY, seconds: float = 0
    ) -> None:
        """Let Saleor fail."""
        self._control("trouble", operation=operation, kind=kind, times=times, seconds=seconds)

    def well(self) -> dict[str, int]:
        """Let Saleor be well again; return how often each operation was asked for since."""
        asked: dict[str, int] = self._control("trouble")["asked"]
        return asked

    @contextmanager
    def failing(self, kind: str, *, after: int, times: int = MANY) -> Iterator[None]:
        """Let Saleor answer so many calls, and fail from then on, or so many times."""
        self.well()
        if after:
            # Late by nothing.
            self.trouble("LATE", times=after)
        self.trouble(kind, times=times)
        yield
        self.asked = sum(self.well().values())

    def quirks(self, **quirks: bool) -> None:
        """Let Saleor behave as it sometimes does."""
        self._control("quirks", **quirks)

    def promote(self, **promotion: Any) -> None:
        """Begin an order promotion, or end it."""
        self._control("promotion", **promotion)

    def _control(self, name: str, **body: Any) -> dict[str, Any]:
        url = self.saleor.api_url.replace("/graphql/", f"/sandbox/{name}")
        answer: dict[str, Any] = self._http.post(url, json=body).raise_for_status().json()
        return answer

    # The truth

    def codes(self) -> dict[str, tuple[Voucher, VoucherCode]]:
        """Every code of a voucher that anybody could use now."""
        world = self.sandbox.world
        return {
            code.code: (voucher, code)
            for voucher in world.all(Voucher)
            for code in voucher.codes
            if code.is_active and voucher.listings
            and (voucher.end_date is None or voucher.end_date >= self.at)
        }  # fmt: skip

    def voucher_of(self, redemption: Redemption) -> Voucher | None:
        """The voucher that has a redemption's code, usable or not."""
        for voucher in self.sandbox.world.all(Voucher):
            if voucher.find_code(redemption.code):
                return voucher
        return None

    def card_of(self, redemption: Redemption) -> GiftCard | None:
        """The gift card of a redemption."""
        return self.sandbox.world.get(GiftCard, redemption.saleor_id)

    def orders_of(self, redemption: Redemption) -> list[SoldOrder]:
        """Orders that carry a redemption's code or card, the oldest first.

        Of racing orders Saleor forgets the code, and keeps the discount under the voucher's name.
        """
        card = self.card_of(redemption)
        orders = self.sandbox.world.all(SoldOrder)
        if card is not None:
            return [order for order in orders if card in order.gift_cards]
        return [order for order in orders if carries(order, redemption)]

    def justified(self, redemption: Redemption) -> int:
        """The points that what can be used of a redemption, and what was, is worth."""
        if redemption.means not in ("VOUCHER", "GIFT_CARD"):
            return redemption.points if redemption.status == "USED" else 0
        orders, card = self.orders_of(redemption), self.card_of(redemption)
        if redemption.means == "GIFT_CARD":
            worth = worth_of(card, orders) / Fraction(redemption.amount or 1)
            return int(redemption.points * worth)
        shares = [share(order, redemption) for order in orders]
        if any(shares):
            return sum(int(redemption.points * each) for each in shares)
        return redemption.points if redemption.code in self.codes() else 0

    def check_nothing_is_for_nothing(self) -> None:
        """No code can be used, and no order was paid, with points that are free."""
        for member_id, given in self.given.items():
            gone = given - self.points(member_id)[0]
            justified = sum(map(self.justified, self.rows(member_id)))
            assert gone >= justified, f"{gone} points are gone, {justified} should be"
        self.check_drift()

    def check_drift(self) -> None:
        """Lots say what movements say."""
        assert find_drift() == []

    def check_books(self) -> None:
        """Nothing is for nothing, and no point is gone without a code or an order."""
        self.check_nothing_is_for_nothing()
        for member_id, given in self.given.items():
            gone = given - self.points(member_id)[0]
            rows = self.rows(member_id)
            justified = sum(map(self.justified, rows))
            shown = [(row.status, row.closing_as, row.trouble) for row in rows]
            assert gone == justified, f"{gone} points are gone, {justified} should be: {shown}"

    def rests(self) -> None:
        """Let everything come to its end, as time passes."""
        self.well()
        for minutes in (15, 60, 40 * 24 * 60):
            self.passes(minutes=minutes)
            self.hears_all()
            self.works()
            self.check_nothing_is_for_nothing()
        self.check_books()
        for row in self.rows():
            assert row.status in {"USED", "RESTORED", "VOIDED", "EXPIRED"}
            # Not even a useless one lies about.
            assert row.status == "USED" or self.voucher_of(row) is None
        assert all(self.points(member_id)[1] == 0 for member_id in self.given)
