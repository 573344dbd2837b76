"""A sandbox shop whose members have levels and points, and what it shows of them.

Keys carry the time at which they are made, so here it is really now when things happen.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from factories import DAY, give, make_installation

from saleor_loyalty.installations.models import Installation
from saleor_loyalty.installations.secrets import encrypt
from saleor_loyalty.keys import member_key
from saleor_loyalty.ledger import operations as ledger
from saleor_loyalty.members.operations import enrol
from saleor_loyalty.mirrors import operations
from saleor_loyalty.mirrors.models import Mirror, MirrorTarget
from saleor_loyalty.programme.document import Programme, starting_programme
from saleor_loyalty.programme.operations import publish
from saleor_loyalty.programme.tier_terms import Metric, Tier, Tiers
from saleor_loyalty.sandbox import RunningSandbox
from saleor_loyalty.sandbox.apps import App
from saleor_loyalty.sandbox.customer_types import Attribute, CustomerType
from saleor_loyalty.sandbox.people import User
from saleor_loyalty.sandbox.troubles import Trouble
from saleor_loyalty.sandbox.world import new_key
from saleor_loyalty.tiers.operations import note_standing
from saleor_loyalty.tiers.values import Change, Standing

MINUTE = timedelta(minutes=1)
#: More steps than anything here takes.
STEPS_MAX = 200


class Showroom:
    """The sandbox as a shop of ours, in its customers' eyes."""

    def __init__(self, running: RunningSandbox) -> None:
        self.running = running
        self.world = running.sandbox.world
        self.troubles = running.sandbox.troubles
        self.now = datetime.now(UTC)
        self.shop = self._install()
        self.publish()

    def _install(self) -> Installation:
        self.app = App(
            pk=new_key(), identifier=f"loyalty-{new_key()}", name="Loyalty",
            created=self.world.now(), granted=frozenset({"MANAGE_USERS"}), token=new_key(),
            manifest_url="",
        )  # fmt: skip
        self.world.add(self.app)
        shop = make_installation(api_url=self.running.api_url, app_id=self.app.id)
        shop.token = encrypt(self.app.token)
        shop.save()
        return shop

    def publish(self, gold: str = "Gold") -> None:
        """Publish a programme with one level, of that name."""
        level = Tier(id="gold", name=gold, threshold=10)
        document: Programme = starting_programme(["USD"]).model_copy(
            update={"tiers": Tiers(levels=(level,), metric=Metric.ORDERS)}
        )
        publish(installation_id=self.shop.pk, document=document, at=self.now - DAY)

    def attribute(
        self, slug: str, kind: str = "PLAIN_TEXT", customer_type: CustomerType | None = None
    ) -> Attribute:
        """Make an attribute; customers of the type have it, the default one unless given."""
        made = Attribute(
            pk=self.world.next_number("attribute"), name=slug, slug=slug, input_type=kind
        )
        self.world.add(made)
        (customer_type or self.default_type).attributes.append(made)
        return made

    def attributes(self, points: str = "NUMERIC") -> tuple[Attribute, Attribute]:
        """Make both."""
        return self.attribute("loyalty-tier"), self.attribute("loyalty-points", points)

    @property
    def default_type(self) -> CustomerType:
        """What customers are unless somebody says otherwise."""
        return next(each for each in self.world.all(CustomerType) if each.is_default)

    def other_type(self, *users: User) -> CustomerType:
        """Make a type for these customers."""
        made = CustomerType(
            pk=self.world.next_number("customer type"), name="Wholesale", slug=new_key()
        )
        self.world.add(made)
        for user in users:
            user.customer_type_id = made.id
        return made

    def customer(self, name: str = "alice") -> User:
        """Return a customer of the shop."""
        return next(each for each in self.world.all(User) if each.email == f"{name}@example.com")

    def member(self, points: int = 0, name: str = "alice", tier: str = "") -> UUID:
        """A customer who is a member, and where they stand."""
        user_id = self.customer(name).id
        enrol(installation_id=self.shop.pk, saleor_user_ids=[user_id], at=self.now)
        member_id = member_key(self.shop.pk, user_id)
        if points:
            self.give(member_id, points)
        if tier:
            self.put_on(member_id, tier)
        return member_id

    def give(self, member_id: UUID, points: int) -> None:
        """Let a member earn points that can be used at once."""
        give(member_id, points, matures_at=self.now, at=self.now)

    @contextmanager
    def uncommitted(self, member_id: UUID, points: int) -> Iterator[None]:
        """Let a member earn points in a transaction that commits at the end of the block."""
        given, may_commit = Event(), Event()

        def give_slowly() -> None:
            try:
                with transaction.atomic():
                    self.give(member_id, points)
                    given.set()
                    assert may_commit.wait(timeout=30)
            finally:
                connection.close()

        with ThreadPoolExecutor() as pool:
            giving = pool.submit(give_slowly)
            assert given.wait(timeout=30)
            try:
                yield
            finally:
                may_commit.set()
            giving.result(timeout=30)

    def put_on(self, member_id: UUID, tier: str) -> None:
        """Put a member on a level."""
        standing = Standing(tier, self.now, None, "UPGRADE")
        way = [Change(self.now, None, standing)]
        with transaction.atomic():
            note_standing(
                installation_id=self.shop.pk, standings={member_id: (standing, way)}, at=self.now
            )

    def work(self, after: timedelta = MINUTE) -> None:
        """Do what is due, and again after so much time, each until nothing is."""
        self._work()
        self.now += after
        self._work()

    def _work(self) -> None:
        for _step in range(STEPS_MAX):
            if operations.work(at=self.now):
                continue
            is_due = Mirror.objects.filter(due_at__lte=self.now).exists()
            next_turn = MirrorTarget.objects.get(pk=self.shop.pk).serve_at if is_due else None
            if next_turn is None or next_turn > self.now + operations.BETWEEN_TURNS:
                return
            self.now = next_turn
        raise AssertionError("it does not end")

    def spend(self, member_id: UUID, points: int) -> UUID:
        """Let a member spend points."""
        with transaction.atomic():
            return ledger.charge(
                member_id=member_id, points=points, key=str(new_key()), reason={"code": "REWARD"},
                at=self.now,
            )  # fmt: skip

    def give_back(self, spend_id: UUID) -> None:
        """Let a member have points back."""
        with transaction.atomic():
            ledger.give_back(
                spend_id=spend_id, key=str(new_key()), reason={"code": "REWARD"}, at=self.now
            )

    def shown(self, name: str = "alice") -> dict[str, Any]:
        """Return what the storefront shows of a customer."""
        said = {each.slug: each.said.get(self.customer(name).id) for each in self._attributes()}
        return {slug.removeprefix("loyalty-"): value for slug, value in said.items()}

    def calls(self, operation: str = "DescribeCustomer") -> int:
        """Return how often the sandbox was asked to do something."""
        return self.troubles.asked.get(operation, 0)

    def trouble(self, kind: str, times: int = 1, operation: str = "DescribeCustomer") -> None:
        """Let the sandbox fail."""
        self.troubles.order(Trouble(operation, kind, times))

    def clear(self) -> None:
        """Leave the sandbox as it was."""
        self.troubles.clear()
        for attribute in self._attributes():
            self.world.remove(attribute)
        for customer_type in self.world.all(CustomerType):
            customer_type.attributes.clear()
            if not customer_type.is_default:
                self.world.remove(customer_type)
        for user in self.world.all(User):
            user.customer_type_id = None

    def _attributes(self) -> list[Attribute]:
        return [each for each in self.world.all(Attribute) if each.slug.startswith("loyalty-")]
