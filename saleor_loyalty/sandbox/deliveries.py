"""Webhook deliveries: who hears of an event, when, and how often we try."""

import random
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

import httpx

from .apps import App, Webhook
from .ids import Node
from .outgoing import new_client
from .people import User
from .quirks import Quirks
from .schedule import Schedule
from .tokens import Signer
from .world import World, new_key

# Pauses between attempts, in seconds, before `Quirks.speed` divides them.
PAUSES_SECONDS = (10.0, 20.0, 40.0, 80.0, 160.0)
RESPONSE_CHARACTERS_MAX = 1024
KEPT_MAX = 10_000

PERMISSION_OF_EVENTS = {
    "ORDER": "MANAGE_ORDERS",
    "CUSTOMER": "MANAGE_USERS",
    "ACCOUNT": "MANAGE_USERS",
    "VOUCHER": "MANAGE_DISCOUNTS",
    "GIFT": "MANAGE_GIFT_CARD",
    "CHECKOUT": "MANAGE_CHECKOUTS",
}
# Rendered when they are sent, so that they may tell of something newer than the event.
DEFERRED = ("ORDER_", "CHECKOUT_")

# On whose behalf the current thread changes things.
ACTING: ContextVar[User | App | None] = ContextVar("acting", default=None)


@dataclass(kw_only=True, eq=False)
class Attempt(Node):
    """One try to deliver."""

    KIND: ClassVar[str] = "EventDeliveryAttempt"
    created_at: datetime
    status: str
    duration: float = 0.0
    response: str | None = None
    response_status_code: int | None = None


@dataclass(kw_only=True, eq=False)
class Delivery(Node):
    """One event on its way to one webhook."""

    KIND: ClassVar[str] = "EventDelivery"
    created_at: datetime
    webhook: Webhook
    event_type: str
    subject: object
    by: User | App | None
    status: str = "PENDING"
    payload: str | None = None
    attempts: list[Attempt] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Describe the delivery for the control endpoint."""
        return {
            "id": self.id,
            "event": self.event_type,
            "webhook": self.webhook.name,
            "target_url": self.webhook.target_url,
            "status": self.status,
            "payload": self.payload,
            "attempts": [attempt.response_status_code for attempt in self.attempts],
        }


Render = Callable[[Delivery], str]


class Deliveries:
    """Creates deliveries for events, and makes them in the background."""

    def __init__(
        self, *, world: World, signer: Signer, render: Render, quirks: Quirks, domain: str
    ) -> None:
        self.quirks = quirks
        self.kept: deque[Delivery] = deque(maxlen=KEPT_MAX)
        self._world, self._signer, self._render, self._domain = world, signer, render, domain
        # A seeded choice, for tests that repeat: nothing is protected by it.
        self._random = random.Random(quirks.seed)  # noqa: S311
        self._schedule = Schedule()
        self._client = new_client()
        world.announce = self.announce

    def stop(self) -> None:
        """Stop delivering; what was not delivered is lost."""
        self._schedule.stop()
        self._client.close()

    def change(self, quirks: Quirks) -> None:
        """Misbehave differently from now on."""
        self.quirks = quirks
        self._random.seed(quirks.seed)

    def announce(self, event: str, subject: object) -> None:
        """Create the deliveries of an event; the caller holds the world's lock."""
        for app in self._world.all(App):
            for webhook in app.webhooks:
                if _hears(app, webhook, event, subject):
                    self._create(webhook, event, subject)

    def of_webhook(self, webhook: Webhook) -> list[Delivery]:
        """Return what an app may still ask about: the successful ones are forgotten."""
        return [
            delivery
            for delivery in reversed(self.kept)
            if delivery.webhook is webhook and delivery.status in {"PENDING", "FAILED"}
        ]

    def _create(self, webhook: Webhook, event: str, subject: object) -> None:
        delivery = Delivery(
            pk=new_key(),
            created_at=self._world.now(),
            webhook=webhook,
            event_type=event,
            subject=subject,
            by=ACTING.get(),
        )
        self.kept.append(delivery)
        if self.quirks.outage:
            delivery.status = "LOST"
            return
        if not event.startswith(DEFERRED):
            delivery.payload = self._render(delivery)
        for _ in range(self.quirks.copies):
            delay = self._random.uniform(0, self.quirks.shuffle_ms) / 1000
            self._schedule.add(lambda: self._send(delivery, attempt=0), after_seconds=delay)

    def _send(self, delivery: Delivery, *, attempt: int) -> None:
        webhook = delivery.webhook
        if not (webhook.is_active and webhook.app.is_active):
            delivery.status = "FAILED"
            return
        if delivery.payload is None:
            delivery.payload = self._render(delivery)
        outcome = self._post(webhook, delivery.event_type, delivery.payload.encode())
        outcome_code = outcome.response_status_code
        delivery.attempts.append(outcome)
        if outcome.status == "SUCCESS":
            delivery.status = "SUCCESS"
        elif attempt == len(PAUSES_SECONDS) or (outcome_code and outcome_code < 500):
            delivery.status = "FAILED"
        else:
            self._schedule.add(
                lambda: self._send(delivery, attempt=attempt + 1),
                after_seconds=PAUSES_SECONDS[attempt] / self.quirks.speed,
            )

    def _headers(self, webhook: Webhook, event: str, body: bytes) -> dict[str, str]:
        said = {
            "Event": event.lower(),
            "Domain": self._domain,
            "Signature": self._signer.sign(body),
            "Api-Url": self._signer.issuer,
        }
        named = {f"Saleor-{name}": value for name, value in said.items()}
        legacy = {f"X-Saleor-{name}": value for name, value in said.items()}
        return {"Content-Type": "application/json", **named, **legacy, **webhook.headers}

    def _post(self, webhook: Webhook, event: str, body: bytes) -> Attempt:
        attempt = Attempt(pk=new_key(), created_at=self._world.now(), status="FAILED")
        headers = self._headers(webhook, event, body)
        try:
            response = self._client.post(webhook.target_url, content=body, headers=headers)
        except httpx.HTTPError as error:
            attempt.response = repr(error)[:RESPONSE_CHARACTERS_MAX]
            return attempt
        attempt.status = "SUCCESS" if response.is_success else "FAILED"
        attempt.response = response.text[:RESPONSE_CHARACTERS_MAX]
        attempt.response_status_code = response.status_code
        attempt.duration = response.elapsed.total_seconds()
        return attempt


def _hears(app: App, webhook: Webhook, event: str, subject: object) -> bool:
    if not (app.is_active and webhook.is_active and event in webhook.events):
        return False
    if event.startswith("APP_"):
        return subject is app
    permission = PERMISSION_OF_EVENTS.get(event.partition("_")[0])
    return permission in app.granted
